/* SPDX-License-Identifier: Apache-2.0 */
/* A hash table from codes to indices, filled while a definition is loaded and only read afterwards.
 * It borrows the codes. Open addressing with linear probing. Nearly all codes are seven bytes or
 * less: with their length they are one word, which is hashed and compared in line. Pure; any thread
 * once filled. */
#ifndef KHAOSAT_SURVEY_CODE_INDEX_H
#define KHAOSAT_SURVEY_CODE_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define CODE_HEAD_BYTES 7

struct code_slot {
	uint64_t head; /* its length, then its first seven bytes; 0: the slot is free */
	int64_t value;
};

struct code_index {
	struct code_slot *slot; /* mask + 1 of them, at least twice as many as codes */
	const char **code;      /* of each slot */
	uint32_t mask;
	uint32_t shift; /* leaves of 64 bits as many as number the slots */
};

/* Slots that `codes` codes need: a power of two. */
size_t code_index_slots(size_t codes);

/* Make it use so many slots, which are there. */
void code_index_set_slots(struct code_index *index, size_t slots);

/* A code is not empty. False when it is there already; nothing is changed then. */
bool code_index_add(struct code_index *index, const char *code, int16_t value);

int code_index_find_any(const struct code_index *index, const char *code, size_t n);

/* A code of at most seven bytes as one word, the first in the lowest. It is read as two words that
 * overlap, so that no byte after it is looked at. */
static inline uint64_t
code_word(const char *code, size_t n)
{
	if (n >= 4) {
		uint32_t first, last;
		memcpy(&first, code, sizeof(first));
		memcpy(&last, code + n - sizeof(last), sizeof(last));
		return first | (uint64_t)last << 8 * (n - sizeof(last));
	}
	if (n >= 2) {
		uint16_t first, last;
		memcpy(&first, code, sizeof(first));
		memcpy(&last, code + n - sizeof(last), sizeof(last));
		return first | (uint64_t)last << 8 * (n - sizeof(last));
	}
	return n == 1 ? (uint8_t)code[0] : 0;
}

/* All bytes have a part in the highest bits. */
static inline uint64_t
code_place(const struct code_index *index, uint64_t head)
{
	return head * UINT64_C(0x9E3779B97F4A7C15) >> index->shift;
}

/* Of a code of one to seven bytes; in an index that has slots. */
static inline int
code_index_find_head(const struct code_index *index, uint64_t head)
{
	for (uint64_t i = code_place(index, head);; i = (i + 1) & index->mask) {
		const struct code_slot *slot = &index->slot[i];
		if (slot->head == head)
			return (int)slot->value;
		if (slot->head == 0)
			return -1;
	}
}

/* The value, or -1; also where the index has no slots yet. */
static inline int
code_index_find(const struct code_index *index, const char *code, size_t n)
{
	if (index->slot == NULL)
		return -1;
	if (n == 0 || n > CODE_HEAD_BYTES)
		return code_index_find_any(index, code, n);
	return code_index_find_head(index, n | code_word(code, n) << 8);
}

#endif
