/* SPDX-License-Identifier: Apache-2.0 */
/* What must be forgettable stays out of the log: respondents' contacts, password and token hashes
 * (later drafts). A second LMDB environment of keys and values; erased means gone from it.
 * Synchronous and durable; any thread (one at a time writes).
 *
 * What "gone" means. Once an erase has returned STORE_OK no call answers with the value, after a
 * crash neither. Its bytes are another matter: LMDB never writes over a live page, so an erase or a
 * replacement leaves the old page, value and all, among the file's free pages until a later write
 * happens to reuse it; overwriting the value first would only make one more copy. erasable_compact
 * rewrites the file from what is alive: after it the bytes are in no file here. What the file
 * system and the device keep of deleted files, and what was copied into backups, is beyond this
 * module. */
#ifndef KHAOSAT_STORAGE_ERASABLE_H
#define KHAOSAT_STORAGE_ERASABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "storage/store.h"

#define ERASABLE_KEY_MAX_BYTES 256

struct erasable;

/* The files of storage/layout.h for contacts in `folder`, mode 0600. The statuses are store_open's.
 */
enum store_status erasable_open(const char *folder, struct erasable **out, char message[256]);
void erasable_close(struct erasable *e); /* accepts NULL */

/* STORE_OK: durable. n == 0 erases the key (and is fine when there is none). STORE_FAILED: nothing
 * has changed when the disk is full or the file was removed; after another failure it is not known,
 * and further calls fail.
 */
enum store_status erasable_put(
    struct erasable *e, const void *key, size_t key_bytes, const void *value, size_t n);

/* Copies the value into *value, to be freed by the caller; NULL and 0 where there is none. */
enum store_status erasable_get(
    struct erasable *e, const void *key, size_t key_bytes, uint8_t **value, size_t *n);

/* Visit every key that begins so, in order, with its value: loans for the call, from one instant,
 * in which nothing may be put or erased. Until `visit` returns false. */
typedef bool erasable_visit(
    void *context, const uint8_t *key, size_t key_bytes, const uint8_t *value, size_t n);
enum store_status erasable_each(
    struct erasable *e, const void *prefix, size_t n, erasable_visit *visit, void *context);

/* Erase every key that begins so and that `is_wanted` returns true for, durably, some hundreds at a
 * time; *erased counts those that are gone, also when it fails on the way. */
enum store_status erasable_erase(struct erasable *e, const void *prefix, size_t n,
    erasable_visit *is_wanted, void *context, size_t *erased);

/* Rewrite the file without what was erased or replaced, durably; other calls wait meanwhile. Takes
 * the time of writing all that is alive once. STORE_FAILED: the old file is still in use, or, when
 * even that could not be opened again, every further call fails. Any thread. */
enum store_status erasable_compact(struct erasable *e);

#endif
