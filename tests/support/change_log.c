/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/change_log.h"

#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "storage/layout.h"
#include "storage/pack.h"

#define MAP_BYTES ((size_t)1 << 30)

/* The pack that holds the entry; *first is the number it stands under. */
static int
find_pack(MDB_txn *txn, MDB_dbi packs, uint64_t number, uint64_t *first, MDB_val *pack)
{
	MDB_cursor *cursor;
	MDB_val key;
	int error = mdb_cursor_open(txn, packs, &cursor);
	if (error != 0)
		return error;
	while ((error = mdb_cursor_get(cursor, &key, pack, MDB_NEXT)) == 0) {
		memcpy(first, key.mv_data, sizeof(*first));
		if (number - *first < pack_count(pack->mv_data, pack->mv_size))
			break;
	}
	mdb_cursor_close(cursor);
	return error;
}

static int
change_in(MDB_txn *txn, uint64_t number, log_changer *change, void *context)
{
	MDB_dbi packs;
	MDB_val old;
	struct piece piece;
	uint64_t first;
	int error = mdb_dbi_open(txn, LAYOUT_PACKS_DATABASE, 0, &packs);
	if (error == 0)
		error = find_pack(txn, packs, number, &first, &old);
	if (error != 0)
		return error;
	if (!pack_piece(old.mv_data, old.mv_size, (uint32_t)(number - first), &piece))
		return MDB_CORRUPTED;
	uint8_t *bytes = malloc(old.mv_size);
	if (bytes == NULL)
		return MDB_PANIC;
	memcpy(bytes, old.mv_data, old.mv_size);
	MDB_val key = {sizeof(first), &first}, new = {old.mv_size, bytes};
	error = MDB_BAD_VALSIZE;
	if (change(context, bytes + (piece.bytes - (const uint8_t *)old.mv_data), piece.n))
		error = mdb_put(txn, packs, &key, &new, 0);
	free(bytes);
	return error;
}

int
change_log(const char *folder, uint64_t number, log_changer *change, void *context)
{
	char path[4096];
	MDB_env *env;
	MDB_txn *txn;
	snprintf(path, sizeof(path), "%s/%s", folder, LAYOUT_DATA);
	int error = mdb_env_create(&env);
	if (error != 0)
		return error;
	mdb_env_set_maxdbs(env, 2);
	mdb_env_set_mapsize(env, MAP_BYTES);
	error = mdb_env_open(env, path, MDB_NOSUBDIR | MDB_NOLOCK, LAYOUT_FILE_MODE);
	if (error == 0)
		error = mdb_txn_begin(env, NULL, 0, &txn);
	if (error == 0) {
		error = change_in(txn, number, change, context);
		if (error == 0)
			error = mdb_txn_commit(txn);
		else
			mdb_txn_abort(txn);
	}
	mdb_env_close(env);
	return error;
}
