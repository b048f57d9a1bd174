/* SPDX-License-Identifier: Apache-2.0 */
/* What the two LMDB environments share: the folder with its lock, opening with a large reserved
 * map, the format number, telling want of space from other failures. Only storage/ includes this.
 */
#ifndef KHAOSAT_STORAGE_LMDB_ENV_H
#define KHAOSAT_STORAGE_LMDB_ENV_H

#include <lmdb.h>
#include <stdbool.h>
#include <stdint.h>

#include "storage/store.h"

#define STORAGE_MESSAGE_BYTES 256 /* of every `message` in this folder */

/* The folder, open and locked for this process. */
struct locked_folder {
	int folder_fd;
	int lock_fd;
};

/* Lock the file `name` in the folder, making it where there is none. */
enum store_status folder_lock(
    struct locked_folder *out, const char *folder, const char *name, char *message);
void folder_unlock(struct locked_folder *folder);
/* Names of files are durable, and its own. */
bool folder_sync(const struct locked_folder *folder);

/* Open `path` (a folder, or a file with MDB_NOSUBDIR), reserving `map_bytes` or the largest half,
 * quarter ... of it that the system grants; made where there is none. Refuses what is not LMDB's
 * and what lmdb_check.h finds damaged. */
enum store_status lmdb_env_open(
    MDB_env **out, const char *path, unsigned int flags, uint64_t map_bytes, char *message);

/* How far its pages reach, and its file. Reading a page beyond the file is a bus error, so whoever
 * opens an environment looks. Where a transaction frees pages that it has itself added, LMDB does
 * not write them, even the last ones: there a short file may be whole. */
struct lmdb_length {
	uint64_t mapped_bytes;
	uint64_t file_bytes;
	int fd;
};
int lmdb_length(MDB_env *env, struct lmdb_length *out);

/* The format number in `meta`, from 1 to `newest`: else STORE_NEWER_FORMAT or STORE_NOT_OURS. */
enum store_status lmdb_check_format(
    MDB_txn *txn, MDB_dbi meta, uint32_t newest, const char *path, char *message, uint32_t *format);
int lmdb_put_format(MDB_txn *txn, MDB_dbi meta, uint32_t format);

/* The file still has a name: what is put into it outlives this process. So it is taken where the
 * system does not say, as some containers do not. Asks for nothing else: since Linux 6.13 who has
 * been told the time of a file's last change has the next write give it another, and a sync then
 * takes a third longer. */
bool file_has_name(int fd);

/* The disk, the quota or the map has no room. */
bool lmdb_is_full(int code);

enum store_status lmdb_fail(enum store_status status, const char *what, int code, char *message);

/* A value for LMDB, which takes no const; it only reads where we put. */
MDB_val lmdb_val(const void *bytes, size_t n);

#endif
