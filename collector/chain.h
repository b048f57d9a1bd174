/* SPDX-License-Identifier: Apache-2.0 */
/* The entries of one unit in one round, newest first: each names the one before. A walk reads
 * headers from the log. Bounded: a unit whose chain is full takes no further entries; before that
 * it is long, so that nobody who fills it keeps a grant, a code or an answer from being taken back.
 * Any thread.
 */
#ifndef KHAOSAT_COLLECTOR_CHAIN_H
#define KHAOSAT_COLLECTOR_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/state.h"
#include "proto/entry.h"
#include "storage/store.h"

#define CHAIN_UNIT_ENTRIES 1000u /* with so many a unit, and who acts for it, adds no more */
#define CHAIN_MAX_ENTRIES 1100u  /* the rest is the office's, and for taking back */

struct chain_link {
	uint64_t number; /* 0: none */
	struct entry entry;
	uint8_t header[ENTRY_HEADER_BYTES]; /* the same, as it stands in the log */
};

struct chain {
	struct chain_link head;   /* the submission that counts */
	struct chain_link edited; /* the last edit of its answers */
	struct chain_link known;  /* the entry whose instance_id was asked for */
	bool is_named;            /* a submission with the id of `named` is among them */
	unsigned proposals;       /* to change the register row */
	bool is_long;             /* CHAIN_UNIT_ENTRIES */
	bool is_full;             /* CHAIN_MAX_ENTRIES */
};

/* One entry's header. False: it cannot be read. */
bool chain_read(struct store *store, uint64_t number, struct chain_link *out);

/* Walk a unit's entries. `instance_id` and `named` are 16 bytes each, or NULL where nothing is
 * asked. False: the log cannot be read. */
bool chain_walk(struct store *store, const struct unit_view *unit, const uint8_t *instance_id,
    const uint8_t *named, struct chain *out);

/* The entry that holds the answers that count: the head, or the last edit of it; 0: no head. */
uint64_t chain_answers_entry(const struct chain *chain);

enum chain_status {
	CHAIN_OK,
	CHAIN_NO_ANSWERS, /* the entry holds none */
	CHAIN_STORE,      /* the log cannot be read */
	CHAIN_MEMORY
};

/* The answers in an entry, to be freed. */
enum chain_status chain_answers(struct store *store, uint64_t number, uint8_t **out, size_t *n);

#endif
