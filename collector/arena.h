/* SPDX-License-Identifier: Apache-2.0 */
/* Memory of one request: handed out piece by piece, bounded, freed all at once. It starts in a
 * buffer of the caller's, so that most requests cost one malloc. One thread. */
#ifndef KHAOSAT_COLLECTOR_ARENA_H
#define KHAOSAT_COLLECTOR_ARENA_H

#include <stddef.h>
#include <stdint.h>

struct arena_block;

struct arena {
	uint8_t *at;   /* free from here ... */
	size_t left;   /* ... so many bytes */
	size_t budget; /* what may still be taken from malloc */
	struct arena_block *blocks;
};

/* `buffer` stays the caller's and must be aligned as malloc aligns. */
void arena_init(struct arena *arena, void *buffer, size_t n, size_t budget);

/* Aligned as malloc aligns; NULL when the budget or memory is spent. n may be 0. */
void *arena_alloc(struct arena *arena, size_t n);

void arena_free(struct arena *arena); /* everything but the caller's buffer */

#endif
