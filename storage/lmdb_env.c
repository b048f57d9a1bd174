/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/lmdb_env.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/layout.h"
#include "storage/lmdb_check.h"

#define MAP_MIN_BYTES ((uint64_t)1 << 20)
#define DATABASES_MAX 4
#define READERS_MAX 512

MDB_val
lmdb_val(const void *bytes, size_t n)
{
	return (MDB_val){.mv_size = n, .mv_data = (void *)(uintptr_t)bytes};
}

bool
file_has_name(int fd)
{
	struct statx file;
	return statx(fd, "", AT_EMPTY_PATH, STATX_NLINK, &file) != 0 || file.stx_nlink > 0;
}

bool
lmdb_is_full(int code)
{
	return code == MDB_MAP_FULL || code == ENOSPC || code == EDQUOT || code == EFBIG;
}

enum store_status
lmdb_fail(enum store_status status, const char *what, int code, char *message)
{
	snprintf(message, STORAGE_MESSAGE_BYTES, "%s: %s", what, mdb_strerror(code));
	return status;
}

enum store_status
folder_lock(struct locked_folder *out, const char *folder, const char *name, char *message)
{
	int folder_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder_fd < 0)
		return lmdb_fail(STORE_FAILED, folder, errno, message);
	int lock_fd = openat(folder_fd, name, O_RDWR | O_CREAT | O_CLOEXEC, LAYOUT_FILE_MODE);
	if (lock_fd < 0) {
		int code = errno;
		close(folder_fd);
		return lmdb_fail(STORE_FAILED, name, code, message);
	}
	if (flock(lock_fd, LOCK_EX | LOCK_NB) != 0) {
		int code = errno;
		close(lock_fd);
		close(folder_fd);
		if (code != EWOULDBLOCK)
			return lmdb_fail(STORE_FAILED, name, code, message);
		snprintf(message, STORAGE_MESSAGE_BYTES, "%s: another process has it open", folder);
		return STORE_IN_USE;
	}
	*out = (struct locked_folder){.folder_fd = folder_fd, .lock_fd = lock_fd};
	return STORE_OK;
}

void
folder_unlock(struct locked_folder *folder)
{
	close(folder->lock_fd);
	close(folder->folder_fd);
}

/* The folder's own name stands in its parent. One that may not be read, or cannot be synced, is not
 * that of whoever runs us, who has made the folder before. */
static bool
sync_parent(const struct locked_folder *folder)
{
	int fd = openat(folder->folder_fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return errno == EACCES || errno == EPERM;
	bool is_synced = fsync(fd) == 0 || errno == EINVAL || errno == EROFS;
	int code = errno;
	close(fd);
	errno = code;
	return is_synced;
}

bool
folder_sync(const struct locked_folder *folder)
{
	return fsync(folder->folder_fd) == 0 && sync_parent(folder);
}

static int
try_open(MDB_env **out, const char *path, unsigned int flags, size_t map_bytes)
{
	MDB_env *env;
	int code = mdb_env_create(&env);
	if (code != 0)
		return code;
	code = mdb_env_set_mapsize(env, map_bytes);
	if (code == 0)
		code = mdb_env_set_maxdbs(env, DATABASES_MAX);
	if (code == 0)
		code = mdb_env_set_maxreaders(env, READERS_MAX);
	if (code == 0)
		code = mdb_env_open(env, path, flags | MDB_NOTLS, LAYOUT_FILE_MODE);
	if (code != 0) {
		mdb_env_close(env); /* also after a failed open */
		return code;
	}
	int fd; /* Debian 12's LMDB leaves its data file open to programs we might start */
	if (mdb_env_get_fd(env, &fd) == 0)
		fcntl(fd, F_SETFD, FD_CLOEXEC);
	*out = env;
	return 0;
}

/* A data file comes to be whole: LMDB writes its first pages without a sync, and opens nothing that
 * holds half of them. */
static int
make_file(const char *path)
{
	char new_path[PATH_MAX];
	if (snprintf(new_path, sizeof(new_path), "%s" LAYOUT_NEW, path) >= (int)sizeof(new_path))
		return ENAMETOOLONG;
	if (unlink(new_path) != 0 && errno != ENOENT) /* of one that was cut short */
		return errno;
	MDB_env *env;
	int code = mdb_env_create(&env);
	if (code != 0)
		return code;
	code = mdb_env_open(env, new_path, MDB_NOSUBDIR | MDB_NOLOCK, LAYOUT_FILE_MODE);
	if (code == 0)
		code = mdb_env_sync(env, 1);
	mdb_env_close(env);
	if (code == 0 && renameat(AT_FDCWD, new_path, AT_FDCWD, path) != 0)
		code = errno;
	return code;
}

/* Whether LMDB may open the file, which is made where it is missing. */
static enum store_status
make_or_check_file(const char *data, char *message)
{
	char why[LMDB_CHECK_WHY_BYTES] = "";
	if (access(data, F_OK) != 0) {
		int code = make_file(data);
		return code == 0 ? STORE_OK : lmdb_fail(STORE_FAILED, data, code, message);
	}
	switch (lmdb_check_file(data, why)) {
	case LMDB_CHECK_SOUND:
		return STORE_OK;
	case LMDB_CHECK_FAILED:
		return lmdb_fail(STORE_FAILED, data, errno, message);
	case LMDB_CHECK_DAMAGED:
		break;
	}
	snprintf(message, STORAGE_MESSAGE_BYTES, "%.170s: damaged: %s", data, why);
	return STORE_NOT_OURS;
}

enum store_status
lmdb_env_open(
    MDB_env **out, const char *path, unsigned int flags, uint64_t map_bytes, char *message)
{
	MDB_env *env = NULL;
	char data[PATH_MAX];
	bool is_file = (flags & MDB_NOSUBDIR) != 0;
	int n = snprintf(data, sizeof(data), "%s%s", path, is_file ? "" : "/" LAYOUT_DATA);
	if (n >= (int)sizeof(data))
		return lmdb_fail(STORE_FAILED, path, ENAMETOOLONG, message);
	enum store_status status = make_or_check_file(data, message);
	if (status != STORE_OK)
		return status;
	int code = try_open(&env, path, flags, map_bytes);
	/* Sanitizers, valgrind and a limited address space refuse large maps. It is done once and
	 * for all: a map must not be resized under a reader. */
	while ((code == ENOMEM || code == EINVAL) && map_bytes / 2 >= MAP_MIN_BYTES) {
		map_bytes /= 2;
		code = try_open(&env, path, flags, map_bytes);
	}
	/* A process that died in a commit left what is seen here, and yet may not be on disk. */
	if (code == 0 && (code = mdb_env_sync(env, 1)) != 0)
		mdb_env_close(env);
	if (code == MDB_INVALID || code == MDB_VERSION_MISMATCH || code == MDB_CORRUPTED)
		return lmdb_fail(STORE_NOT_OURS, data, code, message);
	if (code != 0)
		return lmdb_fail(STORE_FAILED, data, code, message);
	*out = env;
	return STORE_OK;
}

int
lmdb_length(MDB_env *env, struct lmdb_length *out)
{
	MDB_envinfo info;
	MDB_stat stat;
	struct stat file;
	int code = mdb_env_info(env, &info);
	if (code == 0)
		code = mdb_env_stat(env, &stat);
	if (code == 0)
		code = mdb_env_get_fd(env, &out->fd);
	if (code == 0 && fstat(out->fd, &file) != 0)
		code = errno;
	if (code != 0)
		return code;
	out->mapped_bytes = ((uint64_t)info.me_last_pgno + 1) * stat.ms_psize;
	out->file_bytes = (uint64_t)file.st_size;
	return 0;
}

int
lmdb_put_format(MDB_txn *txn, MDB_dbi meta, uint32_t format)
{
	const uint8_t bytes[4] = {(uint8_t)format, (uint8_t)(format >> 8), (uint8_t)(format >> 16),
	    (uint8_t)(format >> 24)};
	MDB_val key = lmdb_val(LAYOUT_META_FORMAT, strlen(LAYOUT_META_FORMAT));
	MDB_val value = lmdb_val(bytes, sizeof(bytes));
	return mdb_put(txn, meta, &key, &value, 0);
}

enum store_status
lmdb_check_format(
    MDB_txn *txn, MDB_dbi meta, uint32_t newest, const char *path, char *message, uint32_t *format)
{
	MDB_val key = lmdb_val(LAYOUT_META_FORMAT, strlen(LAYOUT_META_FORMAT));
	MDB_val value;
	int code = mdb_get(txn, meta, &key, &value);
	if (code != 0 && code != MDB_NOTFOUND)
		return lmdb_fail(STORE_FAILED, path, code, message);
	if (code != 0 || value.mv_size != 4) {
		snprintf(
		    message, STORAGE_MESSAGE_BYTES, "%s: it names no data format of ours", path);
		return STORE_NOT_OURS;
	}
	const uint8_t *b = value.mv_data;
	uint32_t found =
	    (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
	*format = found;
	if (found >= 1 && found <= newest)
		return STORE_OK;
	snprintf(message, STORAGE_MESSAGE_BYTES, "%s: data format %u, this version writes %u", path,
	    found, newest);
	return found > newest ? STORE_NEWER_FORMAT : STORE_NOT_OURS;
}
