/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/large.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define LARGE_BYTES ((size_t)4 << 20) /* of less, few pages of 2 MiB would be whole */

void *
large_alloc(size_t n, size_t item)
{
	uint8_t *array = calloc(n, item);
	if (array == NULL || n * item < LARGE_BYTES)
		return array;
	/* calloc has mapped so much anew and not touched it. It is but advice: no failure counts.
	 */
	size_t page = (size_t)sysconf(_SC_PAGESIZE),
	       before = (page - (uintptr_t)array % page) % page;
	madvise(array + before, (n * item - before) / page * page, MADV_HUGEPAGE);
	return array;
}
