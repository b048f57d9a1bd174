/* SPDX-License-Identifier: Apache-2.0 */
/* `lock` is held shared by whoever uses the environment and alone by compaction, which puts another
 * in its place. Writers are serialised by LMDB itself. */
#include "storage/erasable.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "storage/layout.h"
#include "storage/lmdb_env.h"

#define MAP_BYTES ((uint64_t)64 << 30) /* address space, not memory */
#define ERASED_AT_ONCE 256u            /* keys: what a transaction touches is bounded */

struct erasable {
	pthread_rwlock_t lock;
	MDB_env *env; /* NULL: lost in a failed compaction */
	MDB_dbi values;
	struct locked_folder folder;
	char *path; /* of contacts.mdb */
};

/* ------------------------------------------------------------------- opening */

/* Both databases, made where there is nothing at all. */
static enum store_status
look_or_create(struct erasable *e, MDB_txn *txn, char *message)
{
	MDB_dbi meta, names;
	MDB_stat stat;
	int code = mdb_dbi_open(txn, NULL, 0, &names);
	if (code == 0)
		code = mdb_stat(txn, names, &stat);
	if (code != 0)
		return lmdb_fail(STORE_FAILED, e->path, code, message);
	unsigned int flags = stat.ms_entries == 0 ? MDB_CREATE : 0, kind = 0;
	code = mdb_dbi_open(txn, LAYOUT_META_DATABASE, flags, &meta);
	if (code == 0)
		code = mdb_dbi_open(txn, LAYOUT_VALUES_DATABASE, flags, &e->values);
	if (code == 0 && flags == MDB_CREATE)
		code = lmdb_put_format(txn, meta, LAYOUT_CONTACTS_FORMAT);
	if (code == 0)
		code = mdb_dbi_flags(txn, e->values, &kind);
	if (code == 0 && kind != 0)
		code = MDB_INCOMPATIBLE;
	if (code == MDB_NOTFOUND || code == MDB_INCOMPATIBLE || code == MDB_CORRUPTED) {
		snprintf(message, STORAGE_MESSAGE_BYTES, "%s: another program's data", e->path);
		return STORE_NOT_OURS;
	}
	if (code != 0)
		return lmdb_fail(STORE_FAILED, e->path, code, message);
	uint32_t format;
	return lmdb_check_format(txn, meta, LAYOUT_CONTACTS_FORMAT, e->path, message, &format);
}

/* A short file may be whole here (see lmdb_length). Zeros in place of what is missing: LMDB tells a
 * page of zeros from one of its own, where a hole in the map would end the process. */
static int
fill_up(MDB_env *env)
{
	struct lmdb_length length;
	int code = lmdb_length(env, &length);
	if (code != 0 || length.file_bytes >= length.mapped_bytes)
		return code;
	return ftruncate(length.fd, (off_t)length.mapped_bytes) == 0 ? 0 : errno;
}

static enum store_status
open_env(struct erasable *e, char *message)
{
	enum store_status status =
	    lmdb_env_open(&e->env, e->path, MDB_NOSUBDIR, MAP_BYTES, message);
	if (status != STORE_OK)
		return status;
	MDB_txn *txn;
	int code = fill_up(e->env);
	if (code == 0)
		code = mdb_txn_begin(e->env, NULL, 0, &txn);
	if (code == 0) {
		status = look_or_create(e, txn, message);
		if (status == STORE_OK)
			code = mdb_txn_commit(txn);
		else
			mdb_txn_abort(txn);
	}
	if (code == 0 && status == STORE_OK && !folder_sync(&e->folder))
		code = errno;
	if (code != 0)
		status = lmdb_fail(STORE_FAILED, e->path, code, message);
	if (status != STORE_OK) {
		mdb_env_close(e->env);
		e->env = NULL;
	}
	return status;
}

enum store_status
erasable_open(const char *folder, struct erasable **out, char message[256])
{
	struct erasable *e = calloc(1, sizeof(*e));
	if (e == NULL || asprintf(&e->path, "%s/%s", folder, LAYOUT_CONTACTS) < 0) {
		free(e);
		return lmdb_fail(STORE_FAILED, folder, ENOMEM, message);
	}
	enum store_status status = folder_lock(&e->folder, folder, LAYOUT_CONTACTS_LOCK, message);
	if (status != STORE_OK) {
		free(e->path);
		free(e);
		return status;
	}
	pthread_rwlock_init(&e->lock, NULL);
	unlinkat(
	    e->folder.folder_fd, LAYOUT_CONTACTS_NEW, 0); /* of a compaction that was cut short */
	status = open_env(e, message);
	if (status != STORE_OK) {
		erasable_close(e);
		return status;
	}
	*out = e;
	return STORE_OK;
}

void
erasable_close(struct erasable *e)
{
	if (e == NULL)
		return;
	if (e->env != NULL)
		mdb_env_close(e->env);
	folder_unlock(&e->folder);
	pthread_rwlock_destroy(&e->lock);
	free(e->path);
	free(e);
}

/* ------------------------------------------------------------------- using */

/* What is put into a file that was removed is gone with this process. */
static bool
is_there(const struct erasable *e)
{
	int fd;
	return mdb_env_get_fd(e->env, &fd) == 0 && file_has_name(fd);
}

static int
put_or_erase(struct erasable *e, MDB_val *key, const void *value, size_t n)
{
	MDB_txn *txn;
	int code = mdb_txn_begin(e->env, NULL, 0, &txn);
	if (code != 0)
		return code;
	if (n == 0) {
		code = mdb_del(txn, e->values, key, NULL);
		if (code == MDB_NOTFOUND) {
			mdb_txn_abort(txn);
			return 0;
		}
	} else {
		MDB_val data = lmdb_val(value, n);
		code = mdb_put(txn, e->values, key, &data, 0);
	}
	if (code != 0) {
		mdb_txn_abort(txn);
		return code;
	}
	return mdb_txn_commit(txn); /* which ends the transaction even when it fails */
}

enum store_status
erasable_put(struct erasable *e, const void *key, size_t key_bytes, const void *value, size_t n)
{
	if (key_bytes == 0 || key_bytes > ERASABLE_KEY_MAX_BYTES)
		return STORE_FAILED;
	MDB_val name = lmdb_val(key, key_bytes);
	pthread_rwlock_rdlock(&e->lock);
	int code = e->env == NULL || !is_there(e) ? EIO : put_or_erase(e, &name, value, n);
	pthread_rwlock_unlock(&e->lock);
	return code == 0 ? STORE_OK : STORE_FAILED;
}

static int
copy_value(struct erasable *e, MDB_val *key, uint8_t **value, size_t *n)
{
	MDB_txn *txn;
	MDB_val data;
	int code = mdb_txn_begin(e->env, NULL, MDB_RDONLY, &txn);
	if (code != 0)
		return code;
	code = mdb_get(txn, e->values, key, &data);
	uint8_t *copy = NULL;
	if (code == 0 && (copy = malloc(data.mv_size)) == NULL)
		code = ENOMEM;
	if (code == 0)
		memcpy(copy, data.mv_data, data.mv_size);
	mdb_txn_abort(txn);
	if (code != 0 && code != MDB_NOTFOUND)
		return code;
	*value = copy;
	*n = copy == NULL ? 0 : data.mv_size;
	return 0;
}

enum store_status
erasable_get(struct erasable *e, const void *key, size_t key_bytes, uint8_t **value, size_t *n)
{
	if (key_bytes == 0 || key_bytes > ERASABLE_KEY_MAX_BYTES)
		return STORE_FAILED;
	MDB_val name = lmdb_val(key, key_bytes);
	pthread_rwlock_rdlock(&e->lock);
	int code = e->env == NULL ? EIO : copy_value(e, &name, value, n);
	pthread_rwlock_unlock(&e->lock);
	return code == 0 ? STORE_OK : STORE_FAILED;
}

static int
visit_keys(MDB_cursor *cursor, const void *prefix, size_t n, erasable_visit *visit, void *context)
{
	MDB_val key = lmdb_val(prefix, n), value;
	int code = mdb_cursor_get(cursor, &key, &value, n > 0 ? MDB_SET_RANGE : MDB_FIRST);
	while (code == 0 && key.mv_size >= n && memcmp(key.mv_data, prefix, n) == 0 &&
	       visit(context, key.mv_data, key.mv_size, value.mv_data, value.mv_size))
		code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
	return code == MDB_NOTFOUND ? 0 : code;
}

static int
walk_keys(struct erasable *e, const void *prefix, size_t n, erasable_visit *visit, void *context)
{
	MDB_txn *txn;
	MDB_cursor *cursor;
	int code = mdb_txn_begin(e->env, NULL, MDB_RDONLY, &txn);
	if (code != 0)
		return code;
	code = mdb_cursor_open(txn, e->values, &cursor);
	if (code == 0) {
		code = visit_keys(cursor, prefix, n, visit, context);
		mdb_cursor_close(cursor);
	}
	mdb_txn_abort(txn);
	return code;
}

enum store_status
erasable_each(
    struct erasable *e, const void *prefix, size_t n, erasable_visit *visit, void *context)
{
	if (n > ERASABLE_KEY_MAX_BYTES)
		return STORE_FAILED;
	pthread_rwlock_rdlock(&e->lock);
	int code = e->env == NULL ? EIO : walk_keys(e, prefix, n, visit, context);
	pthread_rwlock_unlock(&e->lock);
	return code == 0 ? STORE_OK : STORE_FAILED;
}

/* Where an erasing is: at this key or behind it. */
struct erasing {
	const void *prefix;
	size_t n;
	uint8_t key[ERASABLE_KEY_MAX_BYTES];
	size_t key_bytes;
	erasable_visit *is_wanted;
	void *context;
	size_t erased; /* in this transaction */
};

static int
erase_some(MDB_cursor *cursor, struct erasing *x)
{
	MDB_val key = lmdb_val(x->key, x->key_bytes), value;
	int code =
	    mdb_cursor_get(cursor, &key, &value, x->key_bytes > 0 ? MDB_SET_RANGE : MDB_FIRST);
	while (code == 0 && key.mv_size >= x->n && memcmp(key.mv_data, x->prefix, x->n) == 0) {
		if (key.mv_size > sizeof(x->key)) /* LMDB takes longer ones; we put none */
			return MDB_CORRUPTED;
		if (x->erased == ERASED_AT_ONCE) {
			memcpy(x->key, key.mv_data, key.mv_size);
			x->key_bytes = key.mv_size;
			return 0;
		}
		if (x->is_wanted(
			x->context, key.mv_data, key.mv_size, value.mv_data, value.mv_size)) {
			code = mdb_cursor_del(cursor, 0);
			x->erased++;
		}
		if (code == 0)
			code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
	}
	return code;
}

static int
erase_batch(struct erasable *e, struct erasing *x)
{
	MDB_txn *txn;
	MDB_cursor *cursor;
	int code = mdb_txn_begin(e->env, NULL, 0, &txn);
	if (code != 0)
		return code;
	code = mdb_cursor_open(txn, e->values, &cursor);
	if (code == 0) {
		code = erase_some(cursor, x);
		mdb_cursor_close(cursor);
	}
	if (code != 0 && code != MDB_NOTFOUND) {
		mdb_txn_abort(txn);
		return code;
	}
	return mdb_txn_commit(txn);
}

enum store_status
erasable_erase(struct erasable *e, const void *prefix, size_t n, erasable_visit *is_wanted,
    void *context, size_t *erased)
{
	struct erasing x = {
	    .prefix = prefix, .n = n, .key_bytes = n, .is_wanted = is_wanted, .context = context};
	int code;
	*erased = 0;
	if (n > ERASABLE_KEY_MAX_BYTES)
		return STORE_FAILED;
	memcpy(x.key, prefix, n);
	do {
		x.erased = 0;
		pthread_rwlock_rdlock(&e->lock);
		code = e->env == NULL ? EIO : erase_batch(e, &x);
		pthread_rwlock_unlock(&e->lock);
		if (code == 0)
			*erased += x.erased;
	} while (code == 0 && x.erased == ERASED_AT_ONCE);
	return code == 0 ? STORE_OK : STORE_FAILED;
}

/* ------------------------------------------------------------------- compacting */

static bool
write_copy(struct erasable *e)
{
	int fd = openat(e->folder.folder_fd, LAYOUT_CONTACTS_NEW,
	    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, LAYOUT_FILE_MODE);
	if (fd < 0)
		return false;
	bool done = mdb_env_copyfd2(e->env, fd, MDB_CP_COMPACT) == 0 && fsync(fd) == 0;
	return close(fd) == 0 && done;
}

static bool
replace_file(struct erasable *e)
{
	int fd = e->folder.folder_fd;
	if (!write_copy(e)) {
		unlinkat(fd, LAYOUT_CONTACTS_NEW, 0);
		return false;
	}
	mdb_env_close(e->env);
	e->env = NULL;
	bool done = renameat(fd, LAYOUT_CONTACTS_NEW, fd, LAYOUT_CONTACTS) == 0;
	char message[STORAGE_MESSAGE_BYTES];
	return open_env(e, message) == STORE_OK && done; /* which also syncs the folder */
}

enum store_status
erasable_compact(struct erasable *e)
{
	pthread_rwlock_wrlock(&e->lock);
	bool done = e->env != NULL && replace_file(e);
	pthread_rwlock_unlock(&e->lock);
	return done ? STORE_OK : STORE_FAILED;
}
