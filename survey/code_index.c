/* SPDX-License-Identifier: Apache-2.0 */
/* Codes of more than eight bytes that share a head are told apart by the rest, which is hashed too.
 */
#include "survey/code_index.h"

size_t
code_index_slots(size_t codes)
{
	size_t slots = 4;
	while (slots < 2 * codes)
		slots *= 2;
	return slots;
}

static uint64_t
head_of(const char *code, size_t n)
{
	return code_word(code, n < CODE_HEAD_BYTES ? n : CODE_HEAD_BYTES);
}

static uint32_t
place_of(uint64_t head, const char *code, size_t n)
{
	for (size_t i = CODE_HEAD_BYTES; i < n; i++)
		head = head * 31 + (uint8_t)code[i];
	return code_place(head, n);
}

static bool
is_code(const struct code_slot *slot, uint64_t head, const char *code, size_t n)
{
	return slot->head == head && slot->length == n &&
	       (n <= CODE_HEAD_BYTES || memcmp(slot->code + CODE_HEAD_BYTES, code + CODE_HEAD_BYTES,
					    n - CODE_HEAD_BYTES) == 0);
}

/* The slot that holds the code, or the free one where it belongs. */
static struct code_slot *
slot_of(const struct code_index *index, const char *code, size_t n)
{
	uint64_t head = head_of(code, n);
	for (uint32_t i = place_of(head, code, n);; i++) {
		struct code_slot *slot = &index->slot[i & index->mask];
		if (slot->length == 0 || is_code(slot, head, code, n))
			return slot;
	}
}

bool
code_index_add(struct code_index *index, const char *code, int16_t value)
{
	size_t n = strlen(code);
	struct code_slot *slot = slot_of(index, code, n);
	if (slot->length != 0)
		return false;
	*slot = (struct code_slot){code, head_of(code, n), (uint16_t)n, value};
	return true;
}

int
code_index_find_any(const struct code_index *index, const char *code, size_t n)
{
	const struct code_slot *slot = slot_of(index, code, n);
	return slot->length != 0 ? slot->value : -1;
}
