/* SPDX-License-Identifier: Apache-2.0 */
/* What must be forgettable stays out of the log: respondents' contacts (later drafts, password and
 * token hashes). A second LMDB environment of keys and values; erased means gone from it.
 * Synchronous and durable; any thread (one at a time writes). */
#ifndef KHAOSAT_STORAGE_ERASABLE_H
#define KHAOSAT_STORAGE_ERASABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "storage/store.h"

#define ERASABLE_KEY_MAX_BYTES 256

struct erasable;

/* Files "contacts.mdb" and its lock in `folder`, mode 0600. */
enum store_status erasable_open(const char *folder, struct erasable **out, char message[256]);
void erasable_close(struct erasable *e); /* accepts NULL */

/* STORE_OK: durable. n == 0 erases the key (and is fine when there is none). */
enum store_status erasable_put(
    struct erasable *e, const void *key, size_t key_bytes, const void *value, size_t n);

/* Copies the value into *value, to be freed by the caller; NULL and 0 where there is none. */
enum store_status erasable_get(
    struct erasable *e, const void *key, size_t key_bytes, uint8_t **value, size_t *n);

#endif
