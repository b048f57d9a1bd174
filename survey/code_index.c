/* SPDX-License-Identifier: Apache-2.0 */
/* Open addressing with linear probing over FNV-1a: codes are a dozen bytes, the table is at most
 * half full, so a look-up is one hash and about one comparison. */
#include "survey/code_index.h"

#include <string.h>

static uint32_t
hash(const char *code, size_t n)
{
	uint32_t h = 2166136261u;
	for (size_t i = 0; i < n; i++)
		h = (h ^ (uint8_t)code[i]) * 16777619u;
	return h ^ h >> 15;
}

size_t
code_index_slots(size_t codes)
{
	size_t slots = 4;
	while (slots < 2 * codes)
		slots *= 2;
	return slots;
}

/* The slot that holds the code, or the free one where it belongs. */
static struct code_slot *
slot_of(const struct code_index *index, const char *code, size_t n)
{
	for (uint32_t i = hash(code, n);; i++) {
		struct code_slot *slot = &index->slot[i & index->mask];
		if (!slot->code || (slot->length == n && memcmp(slot->code, code, n) == 0))
			return slot;
	}
}

bool
code_index_add(struct code_index *index, const char *code, int16_t value)
{
	size_t n = strlen(code);
	struct code_slot *slot = slot_of(index, code, n);
	if (slot->code)
		return false;
	*slot = (struct code_slot){code, (uint16_t)n, value};
	return true;
}

int
code_index_find(const struct code_index *index, const char *code, size_t n)
{
	const struct code_slot *slot = slot_of(index, code, n);
	return slot->code ? slot->value : -1;
}
