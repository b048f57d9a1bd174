/* SPDX-License-Identifier: Apache-2.0 */
/* Every option of khaosatd and its default: one table in config.c drives parsing, --help and range
 * errors. Main thread, before anything else is started; constant afterwards. */
#ifndef KHAOSAT_COLLECTOR_CONFIG_H
#define KHAOSAT_COLLECTOR_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct config {
	const char *data;   /* folder of the log; points into argv or a constant */
	const char *listen; /* as given */
	const char *log_level;
	const char *restore, *verify; /* a backup to read instead of serving; or NULL */
	uint64_t loops;               /* 0: one a core, at most CONFIG_LOOPS_AUTO */
	uint64_t checkpoint_every;
	uint64_t disk_reserve_mib;
	uint64_t connections;
	uint64_t in_flight;
	uint64_t session_in_flight;
	uint64_t idle_timeout_ms;
	uint64_t read_timeout_ms;
	uint64_t batch;
	/* what follows from them */
	struct sockaddr_storage address;
	socklen_t address_bytes;
	unsigned level; /* enum log_level */
};

#define CONFIG_LOOPS_AUTO 8u

/* In bytes, for a folder that exists: as told, and if nothing was told the default, or 5 % of the
 * disk where that is less. */
uint64_t config_disk_reserve(const struct config *config, const char *folder);

enum config_status {
	CONFIG_OK,
	CONFIG_HELP,    /* --help was asked for */
	CONFIG_VERSION, /* --version likewise */
	CONFIG_USAGE,   /* wrong use: `message` */
	CONFIG_REFUSED  /* understood, but this must not be started: `message` */
};

/* Defaults, then the arguments: "--name value" or "--name=value". */
enum config_status config_parse(int argc, char *const *argv, struct config *out, char message[256]);

/* The text of --help; writes at most cap bytes with the end and returns what it would need. */
size_t config_help(char *out, size_t cap);

#endif
