/* SPDX-License-Identifier: Apache-2.0 */
#include "survey/disclosure_parts.h"

#include <stdlib.h>
#include <string.h>

static uint64_t
hash_of(const uint8_t *bytes, size_t n)
{
	uint64_t h = UINT64_C(1469598103934665603); /* FNV-1a */
	for (size_t i = 0; i < n; i++)
		h = (h ^ bytes[i]) * UINT64_C(1099511628211);
	return h ^ (h >> 32);
}

const void *
intern_get(const struct intern *in, size_t number, size_t *n)
{
	size_t begin = number == 0 ? 0 : in->end[number - 1];
	*n = in->end[number] - begin;
	return in->bytes + begin;
}

/* The slot where the string is, or the free one where it belongs. */
static uint32_t *
find_slot(const struct intern *in, const void *bytes, size_t n)
{
	size_t at = hash_of(bytes, n) & (in->slots - 1);
	while (in->slot[at] != 0) {
		size_t other_n;
		const void *other = intern_get(in, in->slot[at] - 1, &other_n);
		if (other_n == n && memcmp(other, bytes, n) == 0)
			break;
		at = (at + 1) & (in->slots - 1);
	}
	return &in->slot[at];
}

static bool
grow_slots(struct intern *in)
{
	size_t slots = in->slots == 0 ? 64 : 2 * in->slots;
	uint32_t *slot = calloc(slots, sizeof(*slot));
	if (slot == NULL)
		return false;
	free(in->slot);
	in->slot = slot;
	in->slots = slots;
	for (size_t i = 0; i < in->count; i++) {
		size_t n;
		const void *bytes = intern_get(in, i, &n);
		*find_slot(in, bytes, n) = (uint32_t)i + 1;
	}
	return true;
}

static bool
make_room(struct intern *in, size_t n)
{
	if (2 * (in->count + 1) > in->slots && !grow_slots(in))
		return false;
	if (in->count == in->count_size) {
		size_t size = in->count_size == 0 ? 64 : 2 * in->count_size;
		size_t *end = realloc(in->end, size * sizeof(*end));
		if (end == NULL)
			return false;
		in->end = end;
		in->count_size = size;
	}
	if (in->bytes == NULL || in->bytes_used + n > in->bytes_size) {
		size_t size = 2 * (in->bytes_size + n) + 1024;
		uint8_t *bytes = realloc(in->bytes, size);
		if (bytes == NULL)
			return false;
		in->bytes = bytes;
		in->bytes_size = size;
	}
	return true;
}

int64_t
intern_number(struct intern *in, const void *bytes, size_t n)
{
	if (!make_room(in, n) || in->count == UINT32_MAX - 1)
		return -1;
	uint32_t *slot = find_slot(in, bytes, n);
	if (*slot != 0)
		return *slot - 1;
	memcpy(in->bytes + in->bytes_used, bytes, n);
	in->bytes_used += n;
	in->end[in->count] = in->bytes_used;
	*slot = (uint32_t)++in->count;
	return (int64_t)in->count - 1;
}

void
intern_free(struct intern *in)
{
	free(in->bytes);
	free(in->end);
	free(in->slot);
	*in = (struct intern){0};
}
