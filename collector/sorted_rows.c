/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/sorted_rows.h"

#include <string.h>

size_t
sorted_rows_at(const void *items, size_t n, size_t item_bytes, size_t offset, uint32_t row)
{
	size_t low = 0, high = n;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		uint32_t found;
		memcpy(&found, (const char *)items + middle * item_bytes + offset, sizeof(found));
		if (found < row)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}
