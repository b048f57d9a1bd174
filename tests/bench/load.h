/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of the load generator: what it sends, and how each protocol says it. One thread; whatever
 * goes wrong ends the program with a word on stderr. */
#ifndef KHAOSAT_TESTS_BENCH_LOAD_H
#define KHAOSAT_TESTS_BENCH_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Requests as they go over the wire, back to back. */
struct requests {
	uint8_t *bytes;
	size_t n, cap;
	size_t *start; /* of each request; start[count] is the end */
	size_t count;
};

/* What each server is to keep: `answers` under `id`. The rest is there for those who ask it. */
struct submission {
	uint64_t number; /* from 1 */
	uint8_t id[16];
	char *round, *survey_id, *tax_code, *access_code;
	uint32_t survey_version;
	uint8_t *answers;
	size_t answers_n;
};

struct reply {
	size_t bytes;    /* what to drop from the buffer */
	uint64_t number; /* of the submission; 0: answers come in the order of the requests */
	bool accepted;
};

struct protocol {
	const char *name;
	/* What a connection says before its first request, and waits for; NULL: nothing. */
	void (*greet)(int fd);
	/* Write the request to `out` of `room` bytes; the length. */
	size_t (*encode)(const struct submission *s, uint8_t *out, size_t room);
	/* One answer at the start of in[0..n); false: not all of it is there. */
	bool (*reply)(const uint8_t *in, size_t n, struct reply *out);
};

extern const struct protocol load_khaosat, load_redis, load_postgres, load_http;

/* ------------------------------------------------------------------------- load_slice.c */

/* Submissions prepared once, in a file, for every server to take. */
struct slice {
	char *bytes; /* of the file; the submissions point into it */
	size_t at;
	uint64_t count, next;
};

/* bench-load prepare SLICE SURVEY ROUND CODES.csv UNITS FROM COUNT: units FROM .. FROM+COUNT-1 of
 * the sample register of UNITS, each answered once. */
int slice_write(char **arguments);
void slice_open(const char *path, struct slice *out);
bool slice_next(struct slice *slice, struct submission *out);

/* ------------------------------------------------------------------------- load_rates.c */

/* bench-load rates HOST:PORT TOKEN_FILE ROUND TIMES */
int load_rates(char **arguments);

/* ----------------------------------------------------------------------------- load_tls.c */

struct ssl_st;                    /* OpenSSL's SSL */
struct ssl_st *tls_greet(int fd); /* hands are shaken; from now on it knows no socket */
/* In place, where there is room; the length. */
size_t tls_seal(struct ssl_st *ssl, void *bytes, size_t n, size_t room);
/* What came, in the clear: it must not be more than there is room for. The length. */
size_t tls_unseal(struct ssl_st *ssl, const void *bytes, size_t n, void *out, size_t room);

/* ------------------------------------------------------------------------------ load_io.c */

_Noreturn void die(const char *what);
uint64_t now_ns(void);
char *read_file(const char *path, size_t *n);
int dial(const char *address);
void send_exactly(int fd, const void *bytes, size_t n);
void read_exactly(int fd, void *out, size_t n);
int compare_u64(const void *a, const void *b);

#endif
