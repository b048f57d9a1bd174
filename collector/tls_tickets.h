/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of session tickets. One seals the tickets of its time; then it opens them for as long
 * again, and is gone: who steals the keys of today reads no ticket of yesterday. Never on disk.
 * Times are monotonic. Any thread. */
#ifndef KHAOSAT_COLLECTOR_TLS_TICKETS_H
#define KHAOSAT_COLLECTOR_TLS_TICKETS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#define TICKET_SECONDS 7200 /* a ticket lives, and a key seals */
#define TICKET_NAME_BYTES 16
#define TICKET_KEY_BYTES 32

struct ticket_key {
	uint8_t name[TICKET_NAME_BYTES];
	uint8_t cipher[TICKET_KEY_BYTES], mac[TICKET_KEY_BYTES];
};

struct tickets {
	pthread_mutex_t lock;
	struct ticket_key now, before;
	bool has_before;
	int64_t until_ms; /* `now` seals */
};

bool tickets_open(struct tickets *tickets, int64_t now_ms); /* false: no random bytes */
void tickets_close(struct tickets *tickets);

/* The key that seals at that time. False: a new one is due, and there are no random bytes. */
bool tickets_seal(struct tickets *tickets, int64_t now_ms, struct ticket_key *out);

enum tickets_found {
	TICKETS_NONE, /* no such key, or no more */
	TICKETS_NOW,
	TICKETS_BEFORE /* it opens, and the ticket is to be made anew */
};
enum tickets_found tickets_find(struct tickets *tickets, int64_t now_ms,
    const uint8_t name[TICKET_NAME_BYTES], struct ticket_key *out);

struct ssl_ctx_st; /* OpenSSL's SSL_CTX */

/* Tickets of this context are sealed and opened with these keys, which outlive its connections.
 * False: OpenSSL does not take it. */
bool tickets_use(struct tickets *tickets, struct ssl_ctx_st *context);

#endif
