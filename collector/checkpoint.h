/* SPDX-License-Identifier: Apache-2.0 */
/* A copy of the state, and the file it becomes: a head, then for each round its columns as they
 * stand in memory (checkpoint.c has the layout), then SHA-256 over all of it. Definitions are named
 * by their entries' numbers and loaded from the log. A file of another log, version or machine is
 * not read, nor one whose last entry is another in this log. */
#ifndef KHAOSAT_COLLECTOR_CHECKPOINT_H
#define KHAOSAT_COLLECTOR_CHECKPOINT_H

#include <stdbool.h>
#include <stdint.h>

#include "collector/fold.h"
#include "proto/limits.h"
#include "storage/store.h"

#define CHECKPOINT_VERSION 13
#define CHECKPOINT_MAGIC "khaosat state\n"

struct checkpoint {
	struct fold fold;
	uint8_t log[STORE_LOG_ID_BYTES];
	uint8_t last_entry[SHA256_BYTES]; /* of the header of the entry fold.last */
	uint64_t reserve_bytes; /* the log's: where its file would not leave so much, none is */
};

/* The layout of the file. Little-endian, no padding. */
struct checkpoint_head {
	char magic[16];
	char product[16]; /* the program that made it: how rules read rows may differ from one to
			     the next */
	uint32_t version;
	uint32_t byte_order; /* CHECKPOINT_BYTE_ORDER as the machine writes it */
	uint8_t log[STORE_LOG_ID_BYTES];
	/* Where an old backup of the log was put back, the same numbers may be other entries. */
	uint8_t last_entry[SHA256_BYTES];
	uint64_t last, catalogue_last;
	uint64_t definitions, rounds;
	uint64_t staff_last, accounts, tokens;
};

#define CHECKPOINT_BYTE_ORDER 0x01020304u

/* Behind the head: the definitions' numbers, accounts, tokens; then the rounds, each followed by
 * its arrays: chunk, reopening, pending, export, key, note, frame row, and `units` each of
 * tax_code, code_hash, attributes, membership, head. The index is made anew. */
struct checkpoint_round {
	char name[40], earlier[40], reference_date[16];
	uint64_t number, last, definition_number, earlier_number;
	int64_t opened_ms, closes_ms, closed_ms;
	uint64_t responded, out_of_scope, units, chunks, reopenings, pendings, keys, exports;
	uint64_t notes, frame_rows;
	uint32_t phase;
	uint32_t has_columns;
};

/* SHA-256 of an entry's header; zeros for number 0. False: it cannot be read. */
bool checkpoint_digest_entry(struct store *store, uint64_t number, uint8_t out[SHA256_BYTES]);

/* Read a file into an empty fold, without counters. False: there is none, or `message` says why it
 * is not used; the fold is empty then. */
bool checkpoint_load(const char *path, struct store *store, struct fold *out, char message[256]);

#endif
