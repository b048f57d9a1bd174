/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fault/storage_faults.h"

#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <stdarg.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

size_t fault_first_map_bytes;
size_t fault_last_map_bytes;

static atomic_int armed;
static atomic_uint skip, times;
static atomic_int error;
static atomic_int second_half; /* how the next write fails */
static atomic_bool fired, panics_after, panicking, spares_first;
static atomic_llong free_space = -1;

static void
arm(enum fault_call call, unsigned int calls_before, unsigned int n, int code)
{
	atomic_store(&skip, calls_before);
	atomic_store(&times, n);
	atomic_store(&error, code);
	atomic_store(&fired, false);
	fault_first_map_bytes = 0;
	atomic_store(&armed, (int)call);
}

void
fault_arm(enum fault_call call, unsigned int nth, int code)
{
	arm(call, nth - 1, 1, code);
}

void
fault_arm_for(enum fault_call call, unsigned int n, int code)
{
	arm(call, 0, n, code);
}

bool
fault_disarm(void)
{
	atomic_store(&armed, FAULT_NONE);
	atomic_store(&panics_after, false);
	atomic_store(&panicking, false);
	atomic_store(&second_half, 0);
	atomic_store(&spares_first, false);
	return atomic_load(&fired);
}

void
fault_spare_first_thread(void)
{
	atomic_store(&spares_first, true);
}

void
fault_panic_after_commit(void)
{
	atomic_store(&panics_after, true);
}

void
fault_free_space(long long bytes)
{
	atomic_store(&free_space, bytes);
}

/* Callers follow each other: the test waits while the writer is at work. */
static int
failure(enum fault_call call)
{
	if (atomic_load(&armed) != (int)call)
		return 0;
	if (call >= FAULT_CALLOC && atomic_load(&spares_first) && gettid() == getpid())
		return 0;
	if (atomic_load(&skip) > 0) {
		atomic_fetch_sub(&skip, 1);
		return 0;
	}
	if (atomic_load(&times) == 0)
		return 0;
	atomic_fetch_sub(&times, 1);
	atomic_store(&fired, true);
	if (atomic_load(&error) == FAULT_DEATH)
		kill(getpid(), SIGKILL);
	return atomic_load(&error);
}

static int
system_failure(enum fault_call call)
{
	int code = failure(call);
	if (code != 0)
		errno = code;
	return code;
}

#define WRAP(CALL, type, name, parameters, arguments)                                              \
	type __real_##name parameters;                                                             \
	type __wrap_##name parameters;                                                             \
	type __wrap_##name parameters                                                              \
	{                                                                                          \
		int code = failure(CALL);                                                          \
		return code != 0 ? code : __real_##name arguments;                                 \
	}

#define WRAP_SYSTEM(CALL, type, failed, name, parameters, arguments)                               \
	type __real_##name parameters;                                                             \
	type __wrap_##name parameters;                                                             \
	type __wrap_##name parameters                                                              \
	{                                                                                          \
		return system_failure(CALL) != 0 ? failed : __real_##name arguments;               \
	}

/* clang-format off */
WRAP(FAULT_ENV_CREATE, int, mdb_env_create, (MDB_env **env), (env))
WRAP(FAULT_ENV_SYNC, int, mdb_env_sync, (MDB_env *env, int force), (env, force))
WRAP(FAULT_ENV_OPEN, int, mdb_env_open,
    (MDB_env *env, const char *path, unsigned int flags, mdb_mode_t mode), (env, path, flags, mode))
WRAP(FAULT_ENV_INFO, int, mdb_env_info, (MDB_env *env, MDB_envinfo *info), (env, info))
WRAP(FAULT_DBI_OPEN, int, mdb_dbi_open,
    (MDB_txn *txn, const char *name, unsigned int flags, MDB_dbi *dbi), (txn, name, flags, dbi))
WRAP(FAULT_STAT, int, mdb_stat, (MDB_txn *txn, MDB_dbi dbi, MDB_stat *stat), (txn, dbi, stat))
WRAP(FAULT_GET, int, mdb_get, (MDB_txn *txn, MDB_dbi dbi, MDB_val *key, MDB_val *value),
    (txn, dbi, key, value))
WRAP(FAULT_PUT, int, mdb_put,
    (MDB_txn *txn, MDB_dbi dbi, MDB_val *key, MDB_val *value, unsigned int flags),
    (txn, dbi, key, value, flags))
WRAP(FAULT_DEL, int, mdb_del, (MDB_txn *txn, MDB_dbi dbi, MDB_val *key, MDB_val *value),
    (txn, dbi, key, value))
WRAP(FAULT_CURSOR_OPEN, int, mdb_cursor_open, (MDB_txn *txn, MDB_dbi dbi, MDB_cursor **cursor),
    (txn, dbi, cursor))
WRAP(FAULT_CURSOR_GET, int, mdb_cursor_get,
    (MDB_cursor *cursor, MDB_val *key, MDB_val *value, MDB_cursor_op op), (cursor, key, value, op))
WRAP(FAULT_ENV_COPY, int, mdb_env_copyfd2, (MDB_env *env, mdb_filehandle_t fd, unsigned int flags),
    (env, fd, flags))
WRAP_SYSTEM(FAULT_FLOCK, int, -1, flock, (int fd, int operation), (fd, operation))
WRAP_SYSTEM(FAULT_FSYNC, int, -1, fsync, (int fd), (fd))
WRAP_SYSTEM(FAULT_PREAD, ssize_t, -1, pread, (int fd, void *bytes, size_t n, off_t at),
    (fd, bytes, n, at))
WRAP_SYSTEM(FAULT_MMAP, void *, MAP_FAILED, mmap,
    (void *address, size_t n, int protection, int flags, int fd, off_t at),
    (address, n, protection, flags, fd, at))
WRAP_SYSTEM(FAULT_RENAME, int, -1, renameat, (int a, const char *from, int b, const char *to),
    (a, from, b, to))
WRAP_SYSTEM(FAULT_STATX, int, -1, statx,
    (int fd, const char *path, int flags, unsigned int mask, struct statx *out),
    (fd, path, flags, mask, out))
WRAP_SYSTEM(FAULT_GETRANDOM, ssize_t, -1, getrandom, (void *bytes, size_t n, unsigned int flags),
    (bytes, n, flags))
WRAP_SYSTEM(FAULT_MALLOC, void *, NULL, malloc, (size_t n), (n))
WRAP_SYSTEM(FAULT_REALLOC, void *, NULL, realloc, (void *old, size_t n), (old, n))
WRAP_SYSTEM(FAULT_CALLOC, void *, NULL, calloc, (size_t n, size_t size), (n, size))
/* clang-format on */

int __real_fdatasync(int fd);
int __wrap_fdatasync(int fd);
int
__wrap_fdatasync(int fd)
{
	if (system_failure(FAULT_FDATASYNC) != 0)
		return -1;
	int result = __real_fdatasync(fd);
	return system_failure(FAULT_FDATASYNC_AFTER) != 0 ? -1 : result;
}

ssize_t __real_pwrite(int fd, const void *bytes, size_t n, off_t at);
ssize_t __wrap_pwrite(int fd, const void *bytes, size_t n, off_t at);
ssize_t
__wrap_pwrite(int fd, const void *bytes, size_t n, off_t at)
{
	int code = atomic_exchange(&second_half, 0);
	if (code != 0)
		errno = code;
	if (code != 0 || system_failure(FAULT_PWRITE) != 0)
		return -1;
	code = failure(FAULT_PWRITE_SHORT);
	atomic_store(&second_half, code);
	return __real_pwrite(fd, bytes, code != 0 ? n / 2 : n, at);
}

int __real_openat(int folder, const char *name, int flags, ...);
int __wrap_openat(int folder, const char *name, int flags, ...);
int
__wrap_openat(int folder, const char *name, int flags, ...)
{
	va_list rest;
	va_start(rest, flags);
	mode_t mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;
	va_end(rest);
	return system_failure(FAULT_OPENAT) != 0 ? -1 : __real_openat(folder, name, flags, mode);
}

int __real_mdb_env_set_mapsize(MDB_env *env, size_t bytes);
int __wrap_mdb_env_set_mapsize(MDB_env *env, size_t bytes);
int
__wrap_mdb_env_set_mapsize(MDB_env *env, size_t bytes)
{
	if (fault_first_map_bytes == 0)
		fault_first_map_bytes = bytes;
	fault_last_map_bytes = bytes;
	return __real_mdb_env_set_mapsize(env, bytes);
}

int __real_mdb_txn_begin(MDB_env *env, MDB_txn *parent, unsigned int flags, MDB_txn **txn);
int __wrap_mdb_txn_begin(MDB_env *env, MDB_txn *parent, unsigned int flags, MDB_txn **txn);
int
__wrap_mdb_txn_begin(MDB_env *env, MDB_txn *parent, unsigned int flags, MDB_txn **txn)
{
	int code = failure(FAULT_TXN_BEGIN);
	if (code == 0 && (flags & MDB_RDONLY) == 0 && atomic_load(&panicking))
		code = MDB_PANIC;
	return code != 0 ? code : __real_mdb_txn_begin(env, parent, flags, txn);
}

int __real_mdb_txn_commit(MDB_txn *txn);
int __wrap_mdb_txn_commit(MDB_txn *txn);
int
__wrap_mdb_txn_commit(MDB_txn *txn)
{
	int code = failure(FAULT_TXN_COMMIT);
	if (code != 0) {
		mdb_txn_abort(txn); /* as the real one ends it */
		atomic_store(&panicking, atomic_load(&panics_after));
		return code;
	}
	int real = __real_mdb_txn_commit(txn);
	code = failure(FAULT_TXN_COMMIT_AFTER);
	if (code != 0)
		atomic_store(&panicking, atomic_load(&panics_after));
	return code != 0 ? code : real;
}

int __real_fstatvfs(int fd, struct statvfs *out);
int __wrap_fstatvfs(int fd, struct statvfs *out);
int
__wrap_fstatvfs(int fd, struct statvfs *out)
{
	int result = __real_fstatvfs(fd, out);
	long long bytes = atomic_load(&free_space);
	if (result == 0 && bytes >= 0)
		out->f_bavail = (fsblkcnt_t)bytes / out->f_frsize;
	return result;
}
