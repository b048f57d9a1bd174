/* SPDX-License-Identifier: Apache-2.0 */
/* LMDB as a log. Its default sync is kept: pages are written and fdatasync'ed, then the meta page
 * is written through a descriptor with O_DSYNC. A commit that fails before the meta page stored
 * nothing. One that fails at the meta page leaves what is on disk unknown, and LMDB refuses every
 * later transaction: that is how the two are told apart here (see is_whole). */
#include "storage/engine_lmdb.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/statvfs.h>
#include <time.h>

#include "storage/layout.h"
#include "storage/lmdb_env.h"

static_assert(sizeof(size_t) == sizeof(uint64_t), "MDB_INTEGERKEY holds an entry's number");

/* LMDB calls a short write EIO, and a disk that fills up during one write makes it short. */
#define NEARLY_FULL_BYTES ((uint64_t)16 << 20)

struct engine {
	MDB_env *env;
	MDB_dbi log;
	struct locked_folder folder;
	uint64_t last;
	uint8_t log_id[STORE_LOG_ID_BYTES];
};

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

/* ------------------------------------------------------------------- opening */

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
	MDB_dbi meta;
	int code = mdb_dbi_open(txn, LAYOUT_META_DATABASE, MDB_CREATE, &meta);
	if (code == 0)
		code = mdb_dbi_open(
		    txn, LAYOUT_LOG_DATABASE, MDB_CREATE | MDB_INTEGERKEY, &engine->log);
	if (code == 0)
		code = lmdb_put_format(txn, meta);
	if (code == 0)
		code = put_record(
		    txn, meta, LAYOUT_META_LOG_ID, engine->log_id, sizeof(engine->log_id));
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	uint64_t created_ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
	uint8_t created[8];
	for (unsigned int i = 0; i < 8; i++)
		created[i] = (uint8_t)(created_ms >> 8 * i);
	if (code == 0)
		code = put_record(txn, meta, LAYOUT_META_CREATED, created, sizeof(created));
	return code;
}

static enum store_status
not_ours(const char *folder, const char *why, char *message)
{
	snprintf(message, STORAGE_MESSAGE_BYTES, "%s/%s: %s", folder, LAYOUT_DATA, why);
	return STORE_NOT_OURS;
}

static enum store_status
read_log_id(struct engine *engine, MDB_txn *txn, MDB_dbi meta, const char *folder, char *message)
{
	MDB_val key = lmdb_val(LAYOUT_META_LOG_ID, strlen(LAYOUT_META_LOG_ID));
	MDB_val value;
	int code = mdb_get(txn, meta, &key, &value);
	if (code != 0 && code != MDB_NOTFOUND)
		return lmdb_fail(STORE_FAILED, folder, code, message);
	if (code != 0 || value.mv_size != sizeof(engine->log_id))
		return not_ours(folder, "it has no log id", message);
	memcpy(engine->log_id, value.mv_data, sizeof(engine->log_id));
	return STORE_OK;
}

static uint64_t
number_of(const MDB_val *key)
{
	uint64_t number = 0;
	if (key->mv_size == sizeof(number))
		memcpy(&number, key->mv_data, sizeof(number));
	return number;
}

static int
last_number(MDB_txn *txn, MDB_dbi log, uint64_t *last)
{
	MDB_cursor *cursor;
	int code = mdb_cursor_open(txn, log, &cursor);
	if (code != 0)
		return code;
	MDB_val key, value;
	code = mdb_cursor_get(cursor, &key, &value, MDB_LAST);
	if (code == 0)
		*last = number_of(&key);
	if (code == MDB_NOTFOUND) {
		*last = 0;
		code = 0;
	}
	mdb_cursor_close(cursor);
	return code;
}

/* As many entries as the last one's number, the first being 1: then none is missing between. */
static enum store_status
check_log(struct engine *engine, MDB_txn *txn, const char *folder, char *message)
{
	unsigned int flags;
	MDB_stat stat;
	int code = mdb_dbi_open(txn, LAYOUT_LOG_DATABASE, 0, &engine->log);
	if (code == MDB_NOTFOUND)
		return not_ours(folder, "it has no log", message);
	if (code == 0)
		code = mdb_dbi_flags(txn, engine->log, &flags);
	if (code == 0 && (flags & MDB_INTEGERKEY) == 0)
		return not_ours(folder, "its log has other keys", message);
	if (code == 0)
		code = mdb_stat(txn, engine->log, &stat);
	if (code == 0)
		code = last_number(txn, engine->log, &engine->last);
	if (code == MDB_CORRUPTED || code == MDB_PAGE_NOTFOUND)
		return not_ours(folder, mdb_strerror(code), message);
	if (code != 0)
		return lmdb_fail(STORE_FAILED, folder, code, message);
	uint64_t first = 1;
	MDB_val key = lmdb_val(&first, sizeof(first));
	MDB_val value;
	if (stat.ms_entries != engine->last ||
	    (engine->last > 0 && mdb_get(txn, engine->log, &key, &value) != 0))
		return not_ours(folder, "entries are missing", message);
	return STORE_OK;
}

/* What is there, or, where nothing is, the databases put into the transaction. */
static enum store_status
look_or_create(struct engine *engine, MDB_txn *txn, const char *folder, char *message)
{
	MDB_dbi meta, names;
	MDB_stat stat;
	int code = mdb_dbi_open(txn, LAYOUT_META_DATABASE, 0, &meta);
	if (code == MDB_NOTFOUND) {
		code = mdb_dbi_open(txn, NULL, 0, &names);
		if (code == 0)
			code = mdb_stat(txn, names, &stat);
		if (code == 0 && stat.ms_entries > 0)
			return not_ours(folder, "another program's data", message);
		if (code == 0)
			code = create_databases(engine, txn);
		if (code == 0)
			code = mdb_dbi_open(txn, LAYOUT_META_DATABASE, 0, &meta);
	}
	if (code == MDB_INCOMPATIBLE || code == MDB_CORRUPTED)
		return not_ours(folder, mdb_strerror(code), message);
	if (code != 0)
		return lmdb_fail(STORE_FAILED, folder, code, message);
	enum store_status status = lmdb_check_format(txn, meta, folder, message);
	if (status == STORE_OK)
		status = read_log_id(engine, txn, meta, folder, message);
	if (status == STORE_OK)
		status = check_log(engine, txn, folder, message);
	return status;
}

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
	int code = mdb_txn_begin(engine->env, NULL, 0, &txn);
	if (code != 0)
		return lmdb_fail(STORE_FAILED, folder, code, message);
	enum store_status status = look_or_create(engine, txn, folder, message);
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
	return STORE_OK;
}

/* The name of a log that is not there yet; read_log_id puts that of one that is in its place. */
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

/* ------------------------------------------------------------------- appending */

/* After a failed write: the environment still takes transactions, and ends where it did. */
static bool
is_whole(struct engine *engine)
{
	MDB_txn *txn;
	uint64_t last = 0;
	if (mdb_txn_begin(engine->env, NULL, 0, &txn) != 0)
		return false;
	bool whole = last_number(txn, engine->log, &last) == 0 && last == engine->last;
	mdb_txn_abort(txn);
	return whole;
}

static enum engine_status
failed(struct engine *engine, const char *what, int code, char *message)
{
	lmdb_fail(STORE_FAILED, what, code, message);
	bool full =
	    lmdb_is_full(code) || (code == EIO && engine_free_bytes(engine) < NEARLY_FULL_BYTES);
	return full && is_whole(engine) ? ENGINE_FULL : ENGINE_BROKEN;
}

enum engine_status
engine_append(struct engine *engine, const struct store_job *const *jobs, size_t n, char *message)
{
	MDB_txn *txn;
	int code = mdb_txn_begin(engine->env, NULL, 0, &txn);
	if (code != 0)
		return failed(engine, "begin", code, message);
	for (size_t i = 0; i < n; i++) {
		assert(jobs[i]->number == engine->last + 1 + i);
		MDB_val key = lmdb_val(&jobs[i]->number, sizeof(jobs[i]->number));
		MDB_val value = lmdb_val(jobs[i]->bytes, jobs[i]->n);
		code = mdb_put(txn, engine->log, &key, &value, MDB_APPEND);
		if (code != 0) {
			mdb_txn_abort(txn);
			return failed(engine, "put", code, message);
		}
	}
	code = mdb_txn_commit(txn); /* which ends the transaction even when it fails */
	if (code != 0)
		return failed(engine, "commit", code, message);
	engine->last += n;
	return ENGINE_OK;
}

/* ------------------------------------------------------------------- reading */

static enum store_status
walk(MDB_cursor *cursor, uint64_t from, uint64_t to, store_visit *visit, void *context)
{
	MDB_val key = lmdb_val(&from, sizeof(from));
	MDB_val value;
	MDB_cursor_op step = MDB_SET_KEY;
	for (uint64_t number = from; number <= to; number++) {
		if (mdb_cursor_get(cursor, &key, &value, step) != 0 || number_of(&key) != number)
			return STORE_FAILED;
		if (!visit(context, number, value.mv_data, value.mv_size) || number == UINT64_MAX)
			return STORE_OK;
		step = MDB_NEXT;
	}
	return STORE_OK;
}

enum store_status
engine_read(struct engine *engine, uint64_t from, uint64_t to, store_visit *visit, void *context)
{
	MDB_txn *txn;
	MDB_cursor *cursor;
	if (mdb_txn_begin(engine->env, NULL, MDB_RDONLY, &txn) != 0)
		return STORE_FAILED;
	enum store_status status = STORE_FAILED;
	if ((to > 0 || last_number(txn, engine->log, &to) == 0) &&
	    mdb_cursor_open(txn, engine->log, &cursor) == 0) {
		status = walk(cursor, from > 0 ? from : 1, to, visit, context);
		mdb_cursor_close(cursor);
	}
	mdb_txn_abort(txn);
	return status;
}
