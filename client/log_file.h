/* SPDX-License-Identifier: Apache-2.0 */
/* A backup (proto/backup.h) read from a file, entry by entry, as often as need be. One thread. */
#ifndef KHAOSAT_CLIENT_LOG_FILE_H
#define KHAOSAT_CLIENT_LOG_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "proto/backup.h"

/* An entry: header and payload, a loan. False: enough. */
typedef bool log_file_visit(void *context, uint64_t number, const uint8_t *entry, size_t n);

enum log_file_status {
	LOG_FILE_OK, /* to the end, and the digest fits: what was visited may be believed */
	LOG_FILE_STOPPED,
	LOG_FILE_IO,  /* errno */
	LOG_FILE_BAD, /* cut short, damaged, of a newer format, or no backup */
	LOG_FILE_MEMORY
};

/* From the beginning of the file on. `header` is set once it was read. */
enum log_file_status log_file_read(
    FILE *file, log_file_visit *visit, void *context, struct backup_header *header);

/* Once more, of a file that was read to its end: its digest is not reckoned again. */
enum log_file_status log_file_read_again(
    FILE *file, log_file_visit *visit, void *context, const struct backup_header *header);

#endif
