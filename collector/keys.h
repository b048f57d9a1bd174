/* SPDX-License-Identifier: Apache-2.0 */
/* What opens the units of a round beside the codes that came with its register: codes issued anew
 * or revoked, sub-codes, and firms that were granted. Few units have any, so each stands in a table
 * of its own, 40 bytes and a little, and the others cost nothing. A part of the fold; no lock and
 * no thread of its own. */
#ifndef KHAOSAT_COLLECTOR_KEYS_H
#define KHAOSAT_COLLECTOR_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/limits.h"

enum key_kind {
	KEY_MAIN = 1, /* in place of the register's code; a hash of zeros: no code opens it */
	KEY_SUB = 2,  /* a sub-code */
	KEY_FIRM = 3, /* no code: a firm acts for the unit under its own log-in; a hash of zeros */
};

struct unit_key { /* written to checkpoints as it is */
	uint8_t hash[CODE_HASH_BYTES];
	uint64_t number : 48; /* of the entry that made it */
	uint64_t kind : 16;   /* enum key_kind */
	uint32_t row;         /* of the unit */
	uint32_t firm;        /* of KEY_FIRM: its account; else 0 */
};

/* The same entries in the same order make the same array, which checkpoints and recounts rest on:
 * what is added or removed must follow from the array, not from the order of its chains, which are
 * made anew when it is taken from a checkpoint. */
struct keys {
	struct unit_key *key;
	size_t n, room;
	uint32_t *next, *head; /* chains of places by row; NULL in a copy */
};

#define KEYS_NONE UINT32_MAX
#define KEYS_MAX UINT32_C(0x7FFFFFFF)

void keys_clear(struct keys *keys);
/* Only the array: a copy is written or compared, nothing is looked up in it. False: out of memory.
 */
bool keys_copy(const struct keys *keys, struct keys *out);

/* Take an array of n, allocated, as the table's own, and make its chains. False: out of memory. */
bool keys_take(struct keys *keys, struct unit_key *key, size_t n);

/* The places of a row's keys, in no order; KEYS_NONE: no more. */
uint32_t keys_first(const struct keys *keys, uint32_t row);
uint32_t keys_next(const struct keys *keys, uint32_t at);

bool keys_add(struct keys *keys, const struct unit_key *key); /* false: out of memory */
void keys_remove(struct keys *keys, uint32_t at);             /* another key moves to its place */

#endif
