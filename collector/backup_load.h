/* SPDX-License-Identifier: Apache-2.0 */
/* Fills a new store with the entries of a backup (proto/backup.h), read as a stream. Main thread,
 * before anything else is started. */
#ifndef KHAOSAT_COLLECTOR_BACKUP_LOAD_H
#define KHAOSAT_COLLECTOR_BACKUP_LOAD_H

#include <signal.h>
#include <stdbool.h>

#include "proto/backup.h"
#include "storage/store.h"

#define BACKUP_MESSAGE_BYTES 512

struct backup_source {
	int fd;
	const char *name;                   /* for people */
	const volatile sig_atomic_t *ended; /* not 0: give up */
};

/* The store is made by `options`, whose folder holds none yet, filled, and closed. False: `message`
 * says why, and what is in the folder is worth nothing. */
bool backup_load(const struct backup_source *source, const struct store_options *options,
    struct backup_header *header, char message[BACKUP_MESSAGE_BYTES]);

#endif
