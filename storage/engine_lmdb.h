/* SPDX-License-Identifier: Apache-2.0 */
/* The log in LMDB: appends entries in one synced transaction, in packs (storage/pack.h), and reads
 * them back. One thread at a time appends, any thread reads. Only entries.c calls it; another
 * engine would have these functions. */
#ifndef KHAOSAT_STORAGE_ENGINE_LMDB_H
#define KHAOSAT_STORAGE_ENGINE_LMDB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "storage/pack.h"
#include "storage/store.h"

struct engine;

enum engine_status {
	ENGINE_OK,
	ENGINE_FULL,  /* nothing was stored, what was there is whole: try again later */
	ENGINE_BROKEN /* not known whether it was stored; the engine takes nothing more */
};

/* Makes what is not there and brings an older format up to date. `log_id` names a log that is made
 * anew; NULL: a random one. What is found is on stable storage. */
enum store_status engine_open(struct engine **out, const char *folder, const uint8_t *log_id,
    uint64_t map_max_bytes, char *message);
void engine_close(struct engine *engine); /* syncs; accepts NULL */

int engine_folder(const struct engine *engine);    /* descriptor of the folder, borrowed */
uint64_t engine_last(const struct engine *engine); /* for who appends, or when nobody does */
const uint8_t *engine_log_id(const struct engine *engine);
uint64_t engine_free_bytes(
    const struct engine *engine); /* of the file system; 0 where it does not say */

/* Address space of the log. It is reserved once, at the opening: what is full by the word of the
 * last append stays so for this process. Any thread. */
struct engine_map {
	uint64_t bytes, room_bytes;
	bool is_full;
};
struct engine_map engine_map(const struct engine *engine);

/* Has a journal been made to stand in front of this engine? Say that it has, durably. */
bool engine_has_journal(const struct engine *engine);
enum store_status engine_note_journal(struct engine *engine, char *message);

/* Append n > 0 entries, which get the numbers after the last. ENGINE_OK: all are on stable storage.
 * Else none is, unless it is ENGINE_BROKEN, and `message` says why. */
enum engine_status engine_append(
    struct engine *engine, const struct piece *piece, size_t n, char *message);

/* Visit from *next to `to`, as far as there are entries, within one snapshot; *next is then the one
 * to go on with, or UINT64_MAX when the visitor said to stop. ENGINE_BROKEN: the log cannot be
 * read. */
enum engine_status engine_read(
    struct engine *engine, uint64_t *next, uint64_t to, store_visit *visit, void *context);

/* Its file still has a name: what is put there outlives this process. Any thread. */
bool engine_is_there(const struct engine *engine);

/* As store_check, of what is here. */
enum engine_status engine_check(struct engine *engine, store_differs *differs, void *context);

#endif
