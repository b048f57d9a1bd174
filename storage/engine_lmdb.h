/* SPDX-License-Identifier: Apache-2.0 */
/* The log in LMDB: appends a batch of entries in one synced transaction, reads them back. One
 * thread appends, any thread reads. Only store.c calls it; another engine would have these
 * functions. */
#ifndef KHAOSAT_STORAGE_ENGINE_LMDB_H
#define KHAOSAT_STORAGE_ENGINE_LMDB_H

#include <stddef.h>
#include <stdint.h>

#include "storage/store.h"

struct engine;

enum engine_status {
	ENGINE_OK,
	ENGINE_FULL,  /* nothing was stored, what was there is whole: try again later */
	ENGINE_BROKEN /* not known whether it was stored; the engine takes nothing more */
};

/* `log_id` names a log that is made anew; NULL: a random one. */
enum store_status engine_open(struct engine **out, const char *folder, const uint8_t *log_id,
    uint64_t map_max_bytes, char *message);
void engine_close(struct engine *engine); /* syncs; accepts NULL */

uint64_t engine_last(const struct engine *engine); /* as found by engine_open */
const uint8_t *engine_log_id(const struct engine *engine);
uint64_t engine_free_bytes(
    const struct engine *engine); /* of the file system; 0 where it does not say */

/* Append jobs[0..n) with the numbers they carry, which follow the last one without a gap.
 * ENGINE_OK: all are on stable storage. Else none of the jobs has been touched, and `message` says
 * why. */
enum engine_status engine_append(
    struct engine *engine, const struct store_job *const *jobs, size_t n, char *message);

/* As store_read. */
enum store_status engine_read(
    struct engine *engine, uint64_t from, uint64_t to, store_visit *visit, void *context);

#endif
