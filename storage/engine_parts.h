/* SPDX-License-Identifier: Apache-2.0 */
/* What engine_lmdb.c and engine_open.c share. */
#ifndef KHAOSAT_STORAGE_ENGINE_PARTS_H
#define KHAOSAT_STORAGE_ENGINE_PARTS_H

#include <stdatomic.h>

#include "storage/engine_lmdb.h"
#include "storage/lmdb_env.h"

struct engine {
	MDB_env *env;
	atomic_bool is_map_full;
	MDB_dbi packs;
	MDB_dbi digests;
	MDB_dbi meta;
	struct locked_folder folder;
	uint64_t last;
	bool has_journal;
	uint8_t log_id[STORE_LOG_ID_BYTES];
};

/* The number under which a value stands; 0: it is no number. */
uint64_t engine_number(const MDB_val *key);

/* Number of the last entry in the packs, 0 when there is none. MDB_CORRUPTED: not a pack. */
int engine_last_number(MDB_txn *txn, MDB_dbi packs, uint64_t *last);

/* Put entries into the packs of a transaction, the first under `number`, and the packs' digests. */
int engine_put(
    struct engine *engine, MDB_txn *txn, uint64_t number, const struct piece *piece, size_t n);

#endif
