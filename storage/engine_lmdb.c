/* SPDX-License-Identifier: Apache-2.0 */
/* LMDB as a log. Its default sync is kept: pages are written and fdatasync'ed, then the meta page
 * is written through a descriptor with O_DSYNC. A commit that fails before the meta page stored
 * nothing. One that fails at the meta page leaves what is on disk unknown, and LMDB refuses every
 * later transaction: that is how the two are told apart here (see is_whole). */
#include "storage/engine_parts.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/statvfs.h>

#include "storage/xxh3.h"

static_assert(sizeof(size_t) == sizeof(uint64_t), "MDB_INTEGERKEY holds an entry's number");

/* LMDB calls a short write EIO, and a disk that fills up during one write makes it short. */
#define NEARLY_FULL_BYTES ((uint64_t)16 << 20)

int
engine_folder(const struct engine *engine)
{
	return engine->folder.folder_fd;
}

uint64_t
engine_last(const struct engine *engine)
{
	return engine->last;
}

const uint8_t *
engine_log_id(const struct engine *engine)
{
	return engine->log_id;
}

bool
engine_has_journal(const struct engine *engine)
{
	return engine->has_journal;
}

struct engine_map
engine_map(const struct engine *engine)
{
	struct engine_map map = {.is_full = atomic_load(&engine->is_map_full)};
	MDB_envinfo info;
	MDB_stat stat;
	if (mdb_env_info(engine->env, &info) == 0 && mdb_env_stat(engine->env, &stat) == 0) {
		map.bytes = ((uint64_t)info.me_last_pgno + 1) * stat.ms_psize;
		map.room_bytes = info.me_mapsize;
	}
	return map;
}

bool
engine_is_there(const struct engine *engine)
{
	int fd;
	return mdb_env_get_fd(engine->env, &fd) == 0 && file_has_name(fd);
}

uint64_t
engine_free_bytes(const struct engine *engine)
{
	struct statvfs fs;
	while (fstatvfs(engine->folder.folder_fd, &fs) != 0) {
		if (errno != EINTR)
			return 0;
	}
	return (uint64_t)fs.f_bavail * fs.f_frsize;
}

uint64_t
engine_number(const MDB_val *key)
{
	uint64_t number = 0;
	if (key->mv_size == sizeof(number))
		memcpy(&number, key->mv_data, sizeof(number));
	return number;
}

int
engine_last_number(MDB_txn *txn, MDB_dbi packs, uint64_t *last)
{
	MDB_cursor *cursor;
	MDB_val key, value;
	int code = mdb_cursor_open(txn, packs, &cursor);
	if (code != 0)
		return code;
	code = mdb_cursor_get(cursor, &key, &value, MDB_LAST);
	if (code == MDB_NOTFOUND) {
		*last = 0;
		code = 0;
	} else if (code == 0) {
		uint32_t count = pack_count(value.mv_data, value.mv_size);
		*last = engine_number(&key) + count - 1;
		code = count == 0 ? MDB_CORRUPTED : 0;
	}
	mdb_cursor_close(cursor);
	return code;
}

/* ------------------------------------------------------------------- appending */

static void
digest(const MDB_val *pack, uint8_t out[XXH3_BYTES])
{
	const struct piece piece = {pack->mv_data, pack->mv_size};
	xxh3_digest(&piece, 1, out);
}

int
engine_put(
    struct engine *engine, MDB_txn *txn, uint64_t number, const struct piece *piece, size_t n)
{
	while (n > 0) {
		MDB_val key = lmdb_val(&number, sizeof(number));
		MDB_val value = {0};
		size_t count = pack_plan(piece, n, &value.mv_size);
		int code = mdb_put(txn, engine->packs, &key, &value, MDB_APPEND | MDB_RESERVE);
		if (code != 0)
			return code;
		pack_fill(value.mv_data, piece, count);
		uint8_t bytes[XXH3_BYTES];
		digest(&value, bytes);
		MDB_val made = lmdb_val(bytes, sizeof(bytes));
		code = mdb_put(txn, engine->digests, &key, &made, MDB_APPEND);
		if (code != 0)
			return code;
		number += count;
		piece += count;
		n -= count;
	}
	return 0;
}

/* After a failed write: the environment still takes transactions, and ends where it did. */
static bool
is_whole(struct engine *engine)
{
	MDB_txn *txn;
	uint64_t last = 0;
	if (mdb_txn_begin(engine->env, NULL, 0, &txn) != 0)
		return false;
	bool whole = engine_last_number(txn, engine->packs, &last) == 0 && last == engine->last;
	mdb_txn_abort(txn);
	return whole;
}

static enum engine_status
failed(struct engine *engine, const char *what, int code, char *message)
{
	lmdb_fail(STORE_FAILED, what, code, message);
	atomic_store(&engine->is_map_full, code == MDB_MAP_FULL);
	bool full =
	    lmdb_is_full(code) || (code == EIO && engine_free_bytes(engine) < NEARLY_FULL_BYTES);
	return full && is_whole(engine) ? ENGINE_FULL : ENGINE_BROKEN;
}

enum engine_status
engine_append(struct engine *engine, const struct piece *piece, size_t n, char *message)
{
	MDB_txn *txn;
	int code = mdb_txn_begin(engine->env, NULL, 0, &txn);
	if (code != 0)
		return failed(engine, "begin", code, message);
	code = engine_put(engine, txn, engine->last + 1, piece, n);
	if (code != 0) {
		mdb_txn_abort(txn);
		return failed(engine, "put", code, message);
	}
	code = mdb_txn_commit(txn); /* which ends the transaction even when it fails */
	if (code != 0)
		return failed(engine, "commit", code, message);
	engine->last += n;
	atomic_store(&engine->is_map_full, false);
	return ENGINE_OK;
}

/* ------------------------------------------------------------------- reading */

/* The pack that holds a number, or the last one before it. */
static int
find_pack(MDB_cursor *cursor, uint64_t number, MDB_val *key, MDB_val *value)
{
	*key = lmdb_val(&number, sizeof(number));
	int code = mdb_cursor_get(cursor, key, value, MDB_SET_RANGE);
	if (code == MDB_NOTFOUND)
		return mdb_cursor_get(cursor, key, value, MDB_LAST);
	if (code == 0 && engine_number(key) > number)
		return mdb_cursor_get(cursor, key, value, MDB_PREV);
	return code;
}

enum pack_walk {
	PACK_DONE, /* through with this pack */
	PACK_STOP, /* the visitor's word, or `to` is reached */
	PACK_BAD
};

/* *next is in this pack, or past its end. */
static enum pack_walk
walk_pack(const MDB_val *key, const MDB_val *value, uint64_t *next, uint64_t to, store_visit *visit,
    void *context)
{
	uint64_t first = engine_number(key);
	uint32_t count = pack_count(value->mv_data, value->mv_size);
	struct piece piece;
	if (count == 0 || first == 0 || first > *next)
		return PACK_BAD;
	while (*next - first < count) {
		if (*next > to)
			return PACK_STOP;
		if (!pack_piece(value->mv_data, value->mv_size, (uint32_t)(*next - first), &piece))
			return PACK_BAD;
		uint64_t number = (*next)++;
		if (!visit(context, number, piece.bytes, piece.n)) {
			*next = UINT64_MAX;
			return PACK_STOP;
		}
	}
	return PACK_DONE;
}

static enum engine_status
walk(MDB_cursor *cursor, uint64_t *next, uint64_t to, store_visit *visit, void *context)
{
	MDB_val key, value;
	int code = find_pack(cursor, *next, &key, &value);
	while (code == 0) {
		switch (walk_pack(&key, &value, next, to, visit, context)) {
		case PACK_DONE:
			break;
		case PACK_STOP:
			return ENGINE_OK;
		case PACK_BAD:
			return ENGINE_BROKEN;
		}
		code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
	}
	return code == MDB_NOTFOUND ? ENGINE_OK : ENGINE_BROKEN;
}

enum engine_status
engine_read(struct engine *engine, uint64_t *next, uint64_t to, store_visit *visit, void *context)
{
	MDB_txn *txn;
	MDB_cursor *cursor;
	if (mdb_txn_begin(engine->env, NULL, MDB_RDONLY, &txn) != 0)
		return ENGINE_BROKEN;
	enum engine_status status = ENGINE_BROKEN;
	if (mdb_cursor_open(txn, engine->packs, &cursor) == 0) {
		status = walk(cursor, next, to, visit, context);
		mdb_cursor_close(cursor);
	}
	mdb_txn_abort(txn);
	return status;
}

/* ------------------------------------------------------------------- checking */

static bool
is_as_put(const MDB_val *pack, const MDB_val *made)
{
	uint8_t bytes[XXH3_BYTES];
	digest(pack, bytes);
	return made->mv_size == sizeof(bytes) && memcmp(made->mv_data, bytes, sizeof(bytes)) == 0;
}

static int
check_all(struct engine *engine, MDB_txn *txn, store_differs *differs, void *context)
{
	MDB_cursor *cursor;
	MDB_val key, made, pack;
	int code = mdb_cursor_open(txn, engine->digests, &cursor);
	if (code != 0)
		return code;
	while ((code = mdb_cursor_get(cursor, &key, &made, MDB_NEXT)) == 0) {
		uint64_t first = engine_number(&key);
		code = mdb_get(txn, engine->packs, &key, &pack);
		if (code != 0 && code != MDB_NOTFOUND)
			break;
		uint32_t count = code == 0 ? pack_count(pack.mv_data, pack.mv_size) : 0;
		if (code != 0 || !is_as_put(&pack, &made))
			differs(context, first, first + (count > 0 ? count - 1 : 0));
	}
	mdb_cursor_close(cursor);
	return code == MDB_NOTFOUND ? 0 : code;
}

enum engine_status
engine_check(struct engine *engine, store_differs *differs, void *context)
{
	MDB_txn *txn;
	if (mdb_txn_begin(engine->env, NULL, MDB_RDONLY, &txn) != 0)
		return ENGINE_BROKEN;
	int code = check_all(engine, txn, differs, context);
	mdb_txn_abort(txn);
	return code == 0 ? ENGINE_OK : ENGINE_BROKEN;
}
