/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/large.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#define PAGE_BYTES ((size_t)2 << 20)  /* a large one */
#define LARGE_BYTES (2 * PAGE_BYTES)  /* of less, few pages would be whole */
#define UNIT_BYTES ((size_t)64 << 10) /* of mapping: small pages of any machine */

static size_t
mapped(size_t bytes)
{
	return (bytes + UNIT_BYTES - 1) / UNIT_BYTES * UNIT_BYTES;
}

/* Mapped by a large page too much, and what stands before and behind given back: so it begins with
 * a large page, and small ones are at its end alone. They too come at once, without a fault each.
 * Both are but advice, which may fail. */
static void *
map(size_t bytes)
{
	if (bytes > SIZE_MAX / 2)
		return NULL;
	uint8_t *at = mmap(NULL, mapped(bytes) + PAGE_BYTES, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (at == MAP_FAILED)
		return NULL;
	size_t before = (PAGE_BYTES - (uintptr_t)at % PAGE_BYTES) % PAGE_BYTES;
	uint8_t *array = at + before;
	if (before > 0)
		munmap(at, before);
	munmap(array + mapped(bytes), PAGE_BYTES - before);
	madvise(array, bytes, MADV_HUGEPAGE);
	madvise(array, bytes, MADV_POPULATE_WRITE);
	return array;
}

void *
large_alloc(size_t bytes)
{
	return bytes < LARGE_BYTES ? calloc(bytes, 1) : map(bytes);
}

void
large_free(void *array, size_t bytes)
{
	if (bytes < LARGE_BYTES)
		free(array);
	else if (array != NULL)
		munmap(array, mapped(bytes));
}
