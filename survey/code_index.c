/* SPDX-License-Identifier: Apache-2.0 */
/* Codes of more than seven bytes that share a head are told apart by the rest, which is hashed too.
 */
#include "survey/code_index.h"

#include <assert.h>

#define CODE_MAX UINT8_MAX /* bytes; the length is one */

size_t
code_index_slots(size_t codes)
{
	size_t slots = 4;
	while (slots < 2 * codes)
		slots *= 2;
	return slots;
}

void
code_index_set_slots(struct code_index *index, size_t slots)
{
	index->mask = (uint32_t)slots - 1;
	index->shift = 64 - (uint32_t)__builtin_ctzll(slots);
}

static uint64_t
head_of(const char *code, size_t n)
{
	return n | code_word(code, n < CODE_HEAD_BYTES ? n : CODE_HEAD_BYTES) << 8;
}

static uint64_t
place_of(const struct code_index *index, uint64_t head, const char *code, size_t n)
{
	for (size_t i = CODE_HEAD_BYTES; i < n; i++)
		head = head * 31 + (uint8_t)code[i];
	return code_place(index, head);
}

static bool
is_code(const struct code_index *index, size_t at, uint64_t head, const char *code, size_t n)
{
	return index->slot[at].head == head &&
	       (n <= CODE_HEAD_BYTES || memcmp(index->code[at] + CODE_HEAD_BYTES,
					    code + CODE_HEAD_BYTES, n - CODE_HEAD_BYTES) == 0);
}

/* The slot that holds the code, or the free one where it belongs. */
static size_t
slot_of(const struct code_index *index, const char *code, size_t n)
{
	uint64_t head = head_of(code, n);
	for (size_t at = place_of(index, head, code, n);; at = (at + 1) & index->mask)
		if (index->slot[at].head == 0 || is_code(index, at, head, code, n))
			return at;
}

bool
code_index_add(struct code_index *index, const char *code, int16_t value)
{
	size_t n = strlen(code);
	assert(n <= CODE_MAX);
	size_t at = slot_of(index, code, n);
	if (index->slot[at].head != 0)
		return false;
	index->slot[at] = (struct code_slot){head_of(code, n), value};
	index->code[at] = code;
	return true;
}

int
code_index_find_any(const struct code_index *index, const char *code, size_t n)
{
	if (n > CODE_MAX)
		return -1;
	size_t at = slot_of(index, code, n);
	return index->slot[at].head != 0 ? (int)index->slot[at].value : -1;
}
