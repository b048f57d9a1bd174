/* SPDX-License-Identifier: Apache-2.0 */
/* What stands in the folder: made where nothing is, checked, brought up to date. In format 1 each
 * entry was a value of its own, in a database that is emptied into packs; the old format's number
 * goes with its last entry, so an upgrade that is cut short goes on at the next open. */
#include "storage/engine_parts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "storage/layout.h"

#define UPGRADE_AT_ONCE 4096
#define UPGRADE_BYTES ((size_t)16 << 20)

/* ------------------------------------------------------------------- making it */

static int
put_record(MDB_txn *txn, MDB_dbi meta, const char *name, const void *bytes, size_t n)
{
	MDB_val key = lmdb_val(name, strlen(name));
	MDB_val value = lmdb_val(bytes, n);
	return mdb_put(txn, meta, &key, &value, MDB_NOOVERWRITE);
}

static int
create_databases(struct engine *engine, MDB_txn *txn)
{
	int code = mdb_dbi_open(txn, LAYOUT_META_DATABASE, MDB_CREATE, &engine->meta);
	if (code == 0)
		code = mdb_dbi_open(
		    txn, LAYOUT_PACKS_DATABASE, MDB_CREATE | MDB_INTEGERKEY, &engine->packs);
	if (code == 0)
		code = lmdb_put_format(txn, engine->meta, STORE_DATA_FORMAT);
	if (code == 0)
		code = put_record(
		    txn, engine->meta, LAYOUT_META_LOG_ID, engine->log_id, sizeof(engine->log_id));
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	uint64_t created_ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
	uint8_t created[8];
	for (unsigned int i = 0; i < 8; i++)
		created[i] = (uint8_t)(created_ms >> 8 * i);
	if (code == 0)
		code = put_record(txn, engine->meta, LAYOUT_META_CREATED, created, sizeof(created));
	return code;
}

/* ------------------------------------------------------------------- checking it */

static enum store_status
not_ours(const char *folder, const char *why, char *message)
{
	snprintf(message, STORAGE_MESSAGE_BYTES, "%s/%s: %s", folder, LAYOUT_DATA, why);
	return STORE_NOT_OURS;
}

static enum store_status
read_meta(struct engine *engine, MDB_txn *txn, const char *folder, char *message)
{
	MDB_val key = lmdb_val(LAYOUT_META_LOG_ID, strlen(LAYOUT_META_LOG_ID));
	MDB_val value;
	int code = mdb_get(txn, engine->meta, &key, &value);
	if (code != 0 && code != MDB_NOTFOUND)
		return lmdb_fail(STORE_FAILED, folder, code, message);
	if (code != 0 || value.mv_size != sizeof(engine->log_id))
		return not_ours(folder, "it has no log id", message);
	memcpy(engine->log_id, value.mv_data, sizeof(engine->log_id));
	key = lmdb_val(LAYOUT_META_JOURNAL, strlen(LAYOUT_META_JOURNAL));
	code = mdb_get(txn, engine->meta, &key, &value);
	if (code != 0 && code != MDB_NOTFOUND)
		return lmdb_fail(STORE_FAILED, folder, code, message);
	engine->has_journal = code == 0;
	return STORE_OK;
}

/* Each pack begins where the one before it ended: then no entry is missing. */
static int
count_entries(MDB_txn *txn, MDB_dbi packs, uint64_t *last)
{
	MDB_cursor *cursor;
	MDB_val key, value;
	*last = 0;
	int code = mdb_cursor_open(txn, packs, &cursor);
	if (code != 0)
		return code;
	while ((code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0) {
		uint32_t count = pack_count(value.mv_data, value.mv_size);
		if (count == 0 || engine_number(&key) != *last + 1)
			break;
		*last += count;
	}
	mdb_cursor_close(cursor);
	return code == MDB_NOTFOUND ? 0 : code == 0 ? MDB_CORRUPTED : code;
}

/* A log that an older version made gets them from now on. */
static int
open_digests(struct engine *engine, MDB_txn *txn)
{
	unsigned int flags;
	int code = mdb_dbi_open(
	    txn, LAYOUT_DIGESTS_DATABASE, MDB_CREATE | MDB_INTEGERKEY, &engine->digests);
	if (code == 0)
		code = mdb_dbi_flags(txn, engine->digests, &flags);
	return code == 0 && flags != MDB_INTEGERKEY ? MDB_INCOMPATIBLE : code;
}

static enum store_status
check_packs(struct engine *engine, MDB_txn *txn, const char *folder, char *message)
{
	unsigned int flags;
	int code = mdb_dbi_open(txn, LAYOUT_PACKS_DATABASE, 0, &engine->packs);
	if (code == MDB_NOTFOUND)
		return not_ours(folder, "it has no log", message);
	if (code == 0)
		code = mdb_dbi_flags(txn, engine->packs, &flags);
	if (code == 0 && flags != MDB_INTEGERKEY)
		return not_ours(folder, "its log has other keys", message);
	if (code == 0)
		code = open_digests(engine, txn);
	if (code == MDB_INCOMPATIBLE)
		return not_ours(folder, "its digests have other keys", message);
	if (code == 0)
		code = count_entries(txn, engine->packs, &engine->last);
	if (code == MDB_CORRUPTED)
		return not_ours(folder, "damaged, or entries are missing", message);
	if (code == MDB_PAGE_NOTFOUND)
		return not_ours(folder, mdb_strerror(code), message);
	return code == 0 ? STORE_OK : lmdb_fail(STORE_FAILED, folder, code, message);
}

/* Both are made after the log's file: what was accepted last may stand in the journal, and a new
 * log would have it replaced; and nobody who has lost a log takes an empty one for it. NULL: none.
 */
static const char *
left_of_log(const struct engine *engine)
{
	static const char *const names[] = {LAYOUT_JOURNAL, LAYOUT_CHECKPOINT};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (faccessat(engine->folder.folder_fd, names[i], F_OK, 0) == 0)
			return names[i];
	return NULL;
}

static enum store_status
lost(const char *folder, const char *left, char *message)
{
	snprintf(message, STORAGE_MESSAGE_BYTES,
	    "%.150s/" LAYOUT_DATA ": was missing or empty, and the %s beside it is of a log",
	    folder, left);
	return STORE_NOT_OURS;
}

/* What is there, or, where nothing is, the databases put into the transaction. */
static enum store_status
look_or_create(
    struct engine *engine, MDB_txn *txn, const char *folder, uint32_t *format, char *message)
{
	MDB_dbi names;
	MDB_stat stat;
	int code = mdb_dbi_open(txn, LAYOUT_META_DATABASE, 0, &engine->meta);
	if (code == MDB_NOTFOUND) {
		code = mdb_dbi_open(txn, NULL, 0, &names);
		if (code == 0)
			code = mdb_stat(txn, names, &stat);
		if (code == 0 && stat.ms_entries > 0)
			return not_ours(folder, "another program's data", message);
		const char *left = left_of_log(engine);
		if (code == 0 && left != NULL)
			return lost(folder, left, message);
		if (code == 0)
			code = create_databases(engine, txn);
	}
	if (code == MDB_INCOMPATIBLE || code == MDB_CORRUPTED)
		return not_ours(folder, mdb_strerror(code), message);
	if (code != 0)
		return lmdb_fail(STORE_FAILED, folder, code, message);
	enum store_status status =
	    lmdb_check_format(txn, engine->meta, STORE_DATA_FORMAT, folder, message, format);
	if (status == STORE_OK)
		status = read_meta(engine, txn, folder, message);
	if (status == STORE_OK && *format == STORE_DATA_FORMAT)
		status = check_packs(engine, txn, folder, message);
	return status;
}

/* ------------------------------------------------------------------- format 1 */

/* Up to `max` entries of the old log from a number on, as they lie in the map. */
static int
list_old(MDB_txn *txn, MDB_dbi old, uint64_t from, struct piece *piece, size_t *n)
{
	MDB_cursor *cursor;
	MDB_val key = lmdb_val(&from, sizeof(from));
	MDB_val value;
	size_t bytes = 0;
	*n = 0;
	int code = mdb_cursor_open(txn, old, &cursor);
	if (code != 0)
		return code;
	code = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
	while (code == 0 && *n < UPGRADE_AT_ONCE && bytes < UPGRADE_BYTES) {
		if (engine_number(&key) != from + *n) {
			code = MDB_CORRUPTED;
			break;
		}
		piece[(*n)++] = (struct piece){value.mv_data, value.mv_size};
		bytes += value.mv_size;
		code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
	}
	mdb_cursor_close(cursor);
	return code == MDB_NOTFOUND ? 0 : code;
}

/* Moves some entries in the transaction; *is_done when there were no more, and the old log is gone.
 */
static int
upgrade_some(struct engine *engine, MDB_txn *txn, bool *is_done)
{
	static struct piece piece[UPGRADE_AT_ONCE];
	MDB_dbi old;
	unsigned int flags;
	size_t n = 0;
	int code =
	    mdb_dbi_open(txn, LAYOUT_PACKS_DATABASE, MDB_CREATE | MDB_INTEGERKEY, &engine->packs);
	if (code == 0)
		code = mdb_dbi_open(txn, LAYOUT_LOG_DATABASE, 0, &old);
	if (code == 0)
		code = mdb_dbi_flags(txn, engine->packs, &flags);
	if (code == 0 && flags != MDB_INTEGERKEY)
		code = MDB_INCOMPATIBLE;
	if (code == 0)
		code = open_digests(engine, txn);
	if (code == 0)
		code = engine_last_number(txn, engine->packs, &engine->last);
	if (code == 0)
		code = list_old(txn, old, engine->last + 1, piece, &n);
	if (code == 0)
		code = engine_put(engine, txn, engine->last + 1, piece, n);
	if (code == 0)
		engine->last += n;
	*is_done = n == 0;
	if (code == 0 && *is_done) /* packs of an upgrade that was cut short are among them */
		code = count_entries(txn, engine->packs, &engine->last);
	if (code == 0 && *is_done)
		code = mdb_drop(txn, old, 1);
	if (code == 0 && *is_done)
		code = lmdb_put_format(txn, engine->meta, STORE_DATA_FORMAT);
	return code;
}

static enum store_status
upgrade(struct engine *engine, const char *folder, char *message)
{
	bool is_done = false;
	while (!is_done) {
		MDB_txn *txn;
		int code = mdb_txn_begin(engine->env, NULL, 0, &txn);
		if (code == 0) {
			code = upgrade_some(engine, txn, &is_done);
			if (code == 0)
				code = mdb_txn_commit(txn);
			else
				mdb_txn_abort(txn);
		}
		if (code == MDB_NOTFOUND)
			return not_ours(folder, "it has no log", message);
		if (code == MDB_CORRUPTED)
			return not_ours(folder, "entries are missing", message);
		if (code == MDB_INCOMPATIBLE)
			return not_ours(folder, "its packs have other keys", message);
		if (code != 0)
			return lmdb_fail(STORE_FAILED, folder, code, message);
	}
	return STORE_OK;
}

/* ------------------------------------------------------------------- opening */

/* The log only grows, so each of its pages has been written, up to the last. */
static enum store_status
check_length(struct engine *engine, const char *folder, char *message)
{
	struct lmdb_length length;
	int code = lmdb_length(engine->env, &length);
	if (code != 0)
		return lmdb_fail(STORE_FAILED, folder, code, message);
	if (length.file_bytes < length.mapped_bytes)
		return not_ours(folder, "the file has lost its end", message);
	return STORE_OK;
}

static enum store_status
open_databases(struct engine *engine, const char *folder, char *message)
{
	MDB_txn *txn;
	uint32_t format;
	int code = mdb_txn_begin(engine->env, NULL, 0, &txn);
	if (code != 0)
		return lmdb_fail(STORE_FAILED, folder, code, message);
	enum store_status status = look_or_create(engine, txn, folder, &format, message);
	if (status != STORE_OK) {
		mdb_txn_abort(txn);
		return status;
	}
	/* Handles stay open only by a commit; where nothing is new it writes nothing. */
	code = mdb_txn_commit(txn);
	/* Each time: who made the files may have died before. */
	if (code == 0 && !folder_sync(&engine->folder))
		code = errno;
	if (code != 0)
		return lmdb_fail(STORE_FAILED, folder, code, message);
	return format == STORE_DATA_FORMAT ? STORE_OK : upgrade(engine, folder, message);
}

/* The name of a log that is not there yet; read_meta puts that of one that is in its place. */
static bool
choose_log_id(struct engine *engine, const uint8_t *given)
{
	const size_t n = sizeof(engine->log_id);
	if (given != NULL)
		memcpy(engine->log_id, given, n);
	return given != NULL || getrandom(engine->log_id, n, 0) == (ssize_t)n;
}

enum store_status
engine_open(struct engine **out, const char *folder, const uint8_t *log_id, uint64_t map_max_bytes,
    char *message)
{
	struct engine *engine = calloc(1, sizeof(*engine));
	if (engine == NULL)
		return lmdb_fail(STORE_FAILED, folder, ENOMEM, message);
	enum store_status status = STORE_OK;
	if (!choose_log_id(engine, log_id))
		status = lmdb_fail(STORE_FAILED, folder, EIO, message);
	else
		status = folder_lock(&engine->folder, folder, LAYOUT_LOCK, message);
	if (status != STORE_OK) {
		free(engine);
		return status;
	}
	status = lmdb_env_open(&engine->env, folder, 0, map_max_bytes, message);
	if (status == STORE_OK)
		status = check_length(engine, folder, message);
	if (status == STORE_OK)
		status = open_databases(engine, folder, message);
	if (status != STORE_OK) {
		engine_close(engine);
		return status;
	}
	*out = engine;
	return STORE_OK;
}

enum store_status
engine_note_journal(struct engine *engine, char *message)
{
	MDB_txn *txn;
	const uint8_t made = 1;
	int code = mdb_txn_begin(engine->env, NULL, 0, &txn);
	if (code == 0) {
		code = put_record(txn, engine->meta, LAYOUT_META_JOURNAL, &made, sizeof(made));
		if (code == 0)
			code = mdb_txn_commit(txn);
		else
			mdb_txn_abort(txn);
	}
	if (code != 0)
		return lmdb_fail(STORE_FAILED, LAYOUT_DATA, code, message);
	engine->has_journal = true;
	return STORE_OK;
}

void
engine_close(struct engine *engine)
{
	if (engine == NULL)
		return;
	if (engine->env != NULL) {
		mdb_env_sync(
		    engine->env, 1); /* each commit has synced; this is for what we forgot */
		mdb_env_close(engine->env);
	}
	folder_unlock(&engine->folder);
	free(engine);
}
