/* SPDX-License-Identifier: Apache-2.0 */
/* Every option of khaosatd and its default: one table in config.c drives the command line, the
 * file, the help text and range errors. An option never is a secret, it names a file. Main thread;
 * what may change at SIGHUP is handed to other threads, who keep their own. */
#ifndef KHAOSAT_COLLECTOR_CONFIG_H
#define KHAOSAT_COLLECTOR_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define CONFIG_MESSAGE_BYTES 512

struct config {
	const char *config; /* the file; texts point into argv, a constant or `memory` */
	uint64_t check_config;
	const char *restore, *verify;     /* a backup to read instead of serving; or NULL */
	const char *data;                 /* folder of the log */
	const char *user;                 /* or NULL: stay who we are */
	const char *listen, *http_listen; /* as given */
	uint64_t core_dumps;              /* 0 or 1 */
	const char *tls_cert, *tls_key, *tls_client_ca; /* PEM files, or NULL */
	const char *self_signed; /* folder for a certificate to be made, or NULL */
	uint64_t loops;          /* as given, or one a core, at most CONFIG_LOOPS_AUTO */
	uint64_t batch;
	uint64_t checkpoint_every;
	uint64_t disk_reserve_mib;
	const char *export_dir;      /* or NULL: in the data folder */
	const char *export_schedule; /* as given; or NULL */
	const char *export_office;   /* a file, or NULL */
	uint64_t export_frequency, export_rounding, export_keep, export_keep_days;
	uint64_t export_open; /* 0 or 1 */
	uint64_t log_level;   /* enum log_level */
	uint64_t log_format;  /* enum log_format */
	uint64_t connections;
	uint64_t connections_per_address;
	uint64_t address_rate, unit_rate;
	uint64_t limit_loopback; /* 0 or 1 */
	uint64_t output_memory_mib;
	uint64_t in_flight;
	uint64_t session_in_flight;
	uint64_t idle_timeout_ms;
	uint64_t read_timeout_ms;
	uint64_t handshake_timeout_ms;
	/* what follows from them */
	struct sockaddr_storage address, http_address;
	socklen_t address_bytes, http_address_bytes; /* 0: no door for HTTP */
	char *memory;                                /* of the texts that stand in the file */
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
	CONFIG_REFUSED /* understood, but this must not be started, or the file is bad: `message` */
};

/* Defaults, then the file of --config, then the arguments: "--name value" or "--name=value". Where
 * the file is to blame the message begins with its name and the line: "khaosatd.ini:7: ...". */
enum config_status config_parse(
    int argc, char *const *argv, struct config *out, char message[CONFIG_MESSAGE_BYTES]);
void config_free(struct config *config);

/* Takes over those values of `fresh` that may change while the collector runs, and calls `changed`
 * for each option that differs; is_taken false: that needs a restart. */
typedef void config_changed(const char *name, bool is_taken);
void config_reload(struct config *running, const struct config *fresh, config_changed *changed);

/* The text of --help; writes at most cap bytes with the end and returns what it would need. */
size_t config_help(char *out, size_t cap);

#endif
