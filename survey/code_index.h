/* SPDX-License-Identifier: Apache-2.0 */
/* A hash table from codes to indices, filled while a definition is loaded and only read afterwards.
 * It borrows the codes. Pure; any thread once filled. */
#ifndef KHAOSAT_SURVEY_CODE_INDEX_H
#define KHAOSAT_SURVEY_CODE_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct code_slot {
	const char *code; /* NULL: free */
	uint64_t head;    /* its first eight bytes */
	uint16_t length;
	int16_t value;
};

struct code_index {
	struct code_slot *slot; /* mask + 1 of them, at least twice as many as codes */
	uint32_t mask;
};

/* Slots that `codes` codes need: a power of two. */
size_t code_index_slots(size_t codes);

/* False when the code is there already; nothing is changed then. */
bool code_index_add(struct code_index *index, const char *code, int16_t value);

/* The value, or -1. */
int code_index_find(const struct code_index *index, const char *code, size_t n);

#endif
