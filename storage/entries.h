/* SPDX-License-Identifier: Apache-2.0 */
/* Where the entries are: the engine, with the journal in front of it. An entry that was appended is
 * in one of them, on stable storage; a thread of ours, the applier, moves them from the one into
 * the other behind everybody's back. Only store.c calls this: whoever commits appends, any thread
 * reads. */
#ifndef KHAOSAT_STORAGE_ENTRIES_H
#define KHAOSAT_STORAGE_ENTRIES_H

#include <stddef.h>
#include <stdint.h>

#include "storage/engine_lmdb.h"
#include "storage/store.h"

struct entries;

enum entries_status {
	ENTRIES_OK,
	ENTRIES_FULL,  /* nothing was stored: try again later */
	ENTRIES_BROKEN /* not known whether it was stored; no more is taken */
};

/* As store_open; starts no thread. */
enum store_status entries_open(
    struct entries **out, const struct store_options *options, char *message);

/* `broken` is called once, on the applier's thread, when the engine will take nothing more; what
 * was appended is safe in the journal. */
typedef void entries_broken(void *context, const char *why);
bool entries_start(struct entries *entries, entries_broken *broken, void *context);

/* Everything into the engine, if it takes it, then close. Accepts NULL. */
void entries_close(struct entries *entries);

uint64_t entries_last(const struct entries *entries); /* before entries_start, or the writer */
const uint8_t *entries_log_id(const struct entries *entries);

/* Of the file system, less what the entries still in the journal will take; 0 where it does not
 * say. */
uint64_t entries_free_bytes(struct entries *entries);

/* Of the journal: what the engine does not hold yet, and how much it takes at most. */
uint64_t entries_journal_bytes(struct entries *entries);
uint64_t entries_journal_room(const struct entries *entries);

/* Both files still have a name: what is appended outlives this process. Any thread. */
bool entries_are_there(const struct entries *entries);

/* The engine's. Any thread. */
struct engine_map entries_map(const struct entries *entries);

/* Append jobs[0..n) with the numbers they carry, which follow the last one without a gap.
 * ENTRIES_OK: all are on stable storage. Else `message` says why. */
enum entries_status entries_append(
    struct entries *entries, const struct store_job *const *jobs, size_t n, char *message);

/* As store_read; `to` is at most the number of an entry that was appended. */
enum store_status entries_read(
    struct entries *entries, uint64_t from, uint64_t to, store_visit *visit, void *context);

/* As store_check. */
enum store_status entries_check(struct entries *entries, store_differs *differs, void *context);

#endif
