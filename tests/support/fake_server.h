/* SPDX-License-Identifier: Apache-2.0 */
/* A collector made for a test of the client: a thread that plays a script on each connection it
 * accepts, one after another. What it counts may be looked at after fake_server_stop. */
#ifndef KHAOSAT_TESTS_SUPPORT_FAKE_SERVER_H
#define KHAOSAT_TESTS_SUPPORT_FAKE_SERVER_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/client.h"
#include "proto/khaosat.pb-c.h"

struct fake_server {
	int listener, fd;
	uint16_t port;
	pthread_t thread;
	void (*script)(struct fake_server *s);
	unsigned connections; /* to serve before it ends */
	unsigned connection;  /* which one is served, from 0 */
	unsigned requests;
	bool staff_token_seen; /* one that begins with 0xab */
	bool unit_seen;
	void *user;
};

/* Listens on loopback, at a free port, when it returns. `user` is set before the thread starts. */
void fake_server_start(
    struct fake_server *s, void (*script)(struct fake_server *s), unsigned connections, void *user);
/* Wait until it has served all of its connections. */
void fake_server_stop(struct fake_server *s);
struct client fake_server_client(const struct fake_server *s);

/* For scripts. The next request, or its number, is NULL or 0 when the client has gone. */
Khaosat__V1__Request *fake_server_request(struct fake_server *s);
uint64_t fake_server_id(struct fake_server *s);
void fake_server_bytes(struct fake_server *s, const uint8_t *bytes, size_t n);
/* Frame a response of at most cap bytes; how many there are. */
size_t fake_server_frame(const Khaosat__V1__Response *response, uint8_t *bytes, size_t cap);
void fake_server_send(struct fake_server *s, const Khaosat__V1__Response *response);
/* Say DONE, without a body. */
void fake_server_done(struct fake_server *s, uint64_t id);
/* Answer the Hello that comes first. */
void fake_server_hello(struct fake_server *s, bool staff);

#endif
