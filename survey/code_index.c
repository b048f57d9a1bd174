/* SPDX-License-Identifier: Apache-2.0 */
/* Open addressing with linear probing. Nearly all codes are eight bytes or less, so that one word
 * is what is hashed and, with the length, all that is compared; the table is at most half full. */
#include "survey/code_index.h"

#include <string.h>

#define HEAD_BYTES 8

static uint64_t
head_of(const char *code, size_t n)
{
	uint64_t head = 0;
	for (size_t i = 0; i < n && i < HEAD_BYTES; i++)
		head |= (uint64_t)(uint8_t)code[i] << 8 * i;
	return head;
}

/* Codes that share a head are told apart by the rest, which is hashed too. */
static uint32_t
hash(uint64_t head, const char *code, size_t n)
{
	for (size_t i = HEAD_BYTES; i < n; i++)
		head = head * 31 + (uint8_t)code[i];
	return (uint32_t)((head ^ n) * UINT64_C(0x9E3779B97F4A7C15) >> 32);
}

static bool
is_code(const struct code_slot *slot, uint64_t head, const char *code, size_t n)
{
	return slot->head == head && slot->length == n &&
	       (n <= HEAD_BYTES ||
		   memcmp(slot->code + HEAD_BYTES, code + HEAD_BYTES, n - HEAD_BYTES) == 0);
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
	uint64_t head = head_of(code, n);
	for (uint32_t i = hash(head, code, n);; i++) {
		struct code_slot *slot = &index->slot[i & index->mask];
		if (!slot->code || is_code(slot, head, code, n))
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
	*slot = (struct code_slot){code, head_of(code, n), (uint16_t)n, value};
	return true;
}

int
code_index_find(const struct code_index *index, const char *code, size_t n)
{
	const struct code_slot *slot = slot_of(index, code, n);
	return slot->code ? slot->value : -1;
}
