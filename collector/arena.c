/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/arena.h"

#include <stdalign.h>
#include <stdlib.h>

#define BLOCK_MIN_BYTES 4096

struct arena_block {
	alignas(max_align_t) struct arena_block *next;
};

void
arena_init(struct arena *arena, void *buffer, size_t n, size_t budget)
{
	*arena = (struct arena){.at = buffer, .left = n, .budget = budget};
}

static int
add_block(struct arena *arena, size_t n)
{
	size_t bytes = n > BLOCK_MIN_BYTES ? n : BLOCK_MIN_BYTES;
	if (bytes > arena->budget)
		bytes = n;
	if (bytes > arena->budget)
		return 0;
	struct arena_block *block = malloc(sizeof(*block) + bytes);
	if (block == NULL)
		return 0;
	block->next = arena->blocks;
	arena->blocks = block;
	arena->budget -= bytes;
	arena->at = (uint8_t *)(block + 1);
	arena->left = bytes;
	return 1;
}

void *
arena_alloc(struct arena *arena, size_t n)
{
	const size_t align = alignof(max_align_t);
	if (n > SIZE_MAX / 2)
		return NULL;
	n = (n + align - 1) / align * align;
	if (n == 0)
		n = align;
	if (n > arena->left && !add_block(arena, n))
		return NULL;
	void *piece = arena->at;
	arena->at += n;
	arena->left -= n;
	return piece;
}

void
arena_free(struct arena *arena)
{
	while (arena->blocks != NULL) {
		struct arena_block *next = arena->blocks->next;
		free(arena->blocks);
		arena->blocks = next;
	}
	arena->left = 0;
}
