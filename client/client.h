/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands of khaosat share: options that every command takes, exit codes, the language,
 * what is said on stderr. One thread. */
#ifndef KHAOSAT_CLIENT_CLIENT_H
#define KHAOSAT_CLIENT_CLIENT_H

#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>

#include "survey/definition.h"

#define CLIENT_HOST "127.0.0.1"
#define CLIENT_PORT 5757

enum exit_code {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_REJECTED = 3,   /* by checks */
	EXIT_UNREACHABLE = 4 /* the collector; what was to be sent is kept in the spool */
};

enum language {
	LANGUAGE_VI, /* the default */
	LANGUAGE_EN  /* --lang en, or a locale that begins with en */
};

struct client {
	const char *host;       /* --server HOST:PORT, KHAOSAT_SERVER; default 127.0.0.1 */
	uint16_t port;          /* default 5757 */
	const char *token_file; /* --token-file, KHAOSAT_TOKEN_FILE; NULL: a unit, not staff */
	const char *firm_login; /* of a firm, left by `khaosat login`; it goes with what names
				   neither a code nor a token file. NULL: none */
	const char *ca;         /* --ca, KHAOSAT_CA; NULL: the system's authorities */
	const char *cert, *key; /* --cert, --key: shown to the collector; both or neither */
	const char *home; /* --home, KHAOSAT_HOME; default ~/.khaosat: spool/, refused/, receipts/,
			     drafts/, survey cache; made 0700 */
	enum language language;
	bool quiet; /* no progress lines */
};

/* Requests without a unit's code come with a token. */
static inline bool
client_has_token(const struct client *client)
{
	return client->token_file != NULL || client->firm_login != NULL;
}

struct command {
	const char *name;                    /* "round create" has two words */
	const char *usage;                   /* one line of arguments */
	const char *summary_vi, *summary_en; /* one line; more for its own help may follow */
	int (*run)(struct client *client, int argc,
	    char **argv); /* argv[0] is the command's name; client_option */
};

/* The text of a label in the client's language. */
const char *client_text(const struct client *client, struct label label);

/* One line on stderr, "khaosat: ...". */
void client_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* "--lang" aware: picks one of two texts. For formats too: the compiler checks both. */
const char *client_say(const struct client *client, const char *vi, const char *en)
    __attribute__((format_arg(2), format_arg(3)));

/* The next option of a command, as getopt_long gives it; -1 at the end, with `optind` at the first
 * argument left over; '?' after what is wrong has been said, with the nearest option that there is.
 * Begin each command with the first call; no short options. */
int client_option(const struct client *client, int argc, char **argv, const struct option *options);

/* Say on stderr that the command was called wrongly and how it is called. Returns EXIT_USAGE. */
int client_usage(const struct client *client, const struct command *command, const char *format,
    ...) __attribute__((format(printf, 3, 4)));

/* Whether nothing is left behind a command's options. False: said what is. */
bool client_is_end(
    const struct client *client, const struct command *command, int argc, char **argv);

/* Say that the value of an option is no time. Returns EXIT_USAGE. */
int client_bad_time(const struct client *client, const char *option, const char *value);

/* A progress line on stderr, rewritten in place on a terminal, one line a 10 % otherwise; nothing
 * when quiet. total 0: unknown. The last call has done == total. */
void client_progress(const struct client *client, const char *what, uint64_t done, uint64_t total);

/* Of `n` words, the one nearest to `word` by edits, or NULL when none is near. */
const char *client_nearest(const char *word, const char *const *words, size_t n);

#endif
