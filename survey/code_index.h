/* SPDX-License-Identifier: Apache-2.0 */
/* A hash table from codes to indices, filled while a definition is loaded and only read afterwards.
 * It borrows the codes. Open addressing with linear probing. Nearly all codes are eight bytes or
 * less: then one word is hashed and, with the length, compared, in line. Pure; any thread once
 * filled. */
#ifndef KHAOSAT_SURVEY_CODE_INDEX_H
#define KHAOSAT_SURVEY_CODE_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define CODE_HEAD_BYTES 8

struct code_slot {
	const char *code;
	uint64_t head;   /* its first eight bytes */
	uint16_t length; /* 0: the slot is free */
	int16_t value;
};

struct code_index {
	struct code_slot *slot; /* mask + 1 of them, at least twice as many as codes */
	uint32_t mask;
};

/* Slots that `codes` codes need: a power of two. */
size_t code_index_slots(size_t codes);

/* A code is not empty. False when it is there already; nothing is changed then. */
bool code_index_add(struct code_index *index, const char *code, int16_t value);

int code_index_find_any(const struct code_index *index, const char *code, size_t n);

/* A code of at most eight bytes as one word. It is read as two words that overlap, so that no byte
 * after it is looked at. */
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

static inline uint32_t
code_place(uint64_t word, size_t n)
{
	return (uint32_t)((word ^ n) * UINT64_C(0x9E3779B97F4A7C15) >> 32);
}

/* Of a code of one to eight bytes, which as one word is `head`; in an index that has slots. */
static inline int
code_index_find_word(const struct code_index *index, uint64_t head, size_t n)
{
	for (uint32_t i = code_place(head, n);; i++) {
		const struct code_slot *slot = &index->slot[i & index->mask];
		if (slot->head == head && slot->length == n)
			return slot->value;
		if (slot->length == 0)
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
	return code_index_find_word(index, code_word(code, n), n);
}

/* The same where bytes may be read up to `end`: mostly eight of them at once. */
static inline int
code_index_find_before(const struct code_index *index, const char *code, size_t n, const char *end)
{
	if (index->slot == NULL || n == 0 || n > CODE_HEAD_BYTES || end - code < CODE_HEAD_BYTES)
		return code_index_find(index, code, n);
	uint64_t head;
	memcpy(&head, code, sizeof(head));
	return code_index_find_word(index, head & UINT64_MAX >> 8 * (CODE_HEAD_BYTES - n), n);
}

#endif
