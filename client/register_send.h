/* SPDX-License-Identifier: Apache-2.0 */
/* A register on its way to the collector: chunks, several under way at a time, each under an id of
 * its own so that one sent again is stored once; then the request that loads them. One thread. */
#ifndef KHAOSAT_CLIENT_REGISTER_SEND_H
#define KHAOSAT_CLIENT_REGISTER_SEND_H

#include "client/connection.h"
#include "client/register_table.h"

struct register_chunk {
	size_t first, rows;
	uint8_t id[UUID_BYTES];
	uint64_t number; /* of its entry; 0: not stored yet */
};

struct register_sending {
	const struct client *client;
	const char *round;
	const struct register_table *table;
	struct connection *connection; /* opened again when it is lost; closed by the caller */
	struct register_chunk *chunk;
	size_t chunks, stored;
	uint8_t *buf; /* one chunk's bytes */
};

/* False: out of memory. `connection` is owned from here on. */
bool register_send_begin(struct register_sending *s, const struct client *client, const char *round,
    const struct register_table *table, struct connection *connection);

/* Send every chunk, over new connections if need be. EXIT_DONE, or said what is wrong. */
int register_send_chunks(struct register_sending *s);

/* Load them. NULL: no answer came, and nobody knows whether it was loaded. */
Khaosat__V1__Response *register_send_load(struct register_sending *s);

void register_send_end(struct register_sending *s);

#endif
