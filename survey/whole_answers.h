/* SPDX-License-Identifier: Apache-2.0 */
/* Answers that are nearly always sent alike and take but a few bytes, don't know or one choice, by
 * all of these: what the whole answer says is one look away, and nothing of it need be judged. Made
 * with the definition; immutable afterwards, any thread. */
#ifndef KHAOSAT_SURVEY_WHOLE_ANSWERS_H
#define KHAOSAT_SURVEY_WHOLE_ANSWERS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define WHOLE_ANSWER_BYTES 16 /* with its length before it, in one byte */

struct loader; /* survey/loader.h */

struct whole_answer {
	uint64_t bytes[2]; /* its length and itself, zeros behind them; the first is 0: free */
	uint64_t mask;     /* the choice; 0: don't know */
	int64_t question;
};

struct whole_answers { /* open addressing with linear probing, at most half full */
	struct whole_answer *slot;
	uint32_t mask;
	uint32_t shift; /* leaves of 64 bits as many as number the slots */
};

/* All of the definition, whose questions are loaded. NULL when memory is out, which is recorded. */
const struct whole_answers *whole_answers_make(struct loader *l);

static inline uint64_t
whole_answers_place(const struct whole_answers *w, const uint64_t bytes[2])
{
	uint64_t turned = bytes[1] << 29 | bytes[1] >> 35;
	return (bytes[0] ^ turned) * UINT64_C(0x9E3779B97F4A7C15) >> w->shift;
}

/* Of n bytes, a length and so many more; NULL: none that is known. n is WHOLE_ANSWER_BYTES at most,
 * and that many may be read. */
static inline const struct whole_answer *
whole_answers_find(const struct whole_answers *w, const uint8_t *at, size_t n)
{
	static const uint8_t ones[2 * WHOLE_ANSWER_BYTES] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
	    0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
	uint64_t bytes[2], wanted[2];
	memcpy(bytes, at, sizeof(bytes));
	memcpy(wanted, ones + WHOLE_ANSWER_BYTES - n, sizeof(wanted)); /* n ones, then zeros */
	bytes[0] &= wanted[0];
	bytes[1] &= wanted[1];
	for (uint64_t i = whole_answers_place(w, bytes);; i = (i + 1) & w->mask) {
		const struct whole_answer *slot = &w->slot[i];
		if (slot->bytes[0] == bytes[0] && slot->bytes[1] == bytes[1])
			return slot;
		if (slot->bytes[0] == 0)
			return NULL;
	}
}

#endif
