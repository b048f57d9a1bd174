/* SPDX-License-Identifier: Apache-2.0 */
/* Three-valued logic (Kleene) with a fourth value, not applicable, that drops out of and, or and
 * at-least-k; all parts dropped leaves not applicable; NOT of it is itself. Pure; any thread. */
#ifndef KHAOSAT_SURVEY_KLEENE_H
#define KHAOSAT_SURVEY_KLEENE_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

/* The values stand in entries, two bits each: never renumber. */
enum truth { TRUTH_FALSE = 0, TRUTH_TRUE = 1, TRUTH_UNKNOWN = 2, TRUTH_NA = 3 };

#define INDICATORS_MAX 64

/* The values of all indicators of one unit, two bits each, in the definition's order from the
 * lowest bit of the first word. On the wire and on disk: 16 bytes, little-endian words. */
struct indicator_bits {
	uint64_t word[INDICATORS_MAX / 32];
};

static inline enum truth
indicator_bits_get(const struct indicator_bits *bits, unsigned indicator)
{
	return (enum truth)(bits->word[indicator / 32] >> (indicator % 32 * 2) & 3);
}

static inline void
indicator_bits_set(struct indicator_bits *bits, unsigned indicator, enum truth value)
{
	unsigned shift = indicator % 32 * 2;
	uint64_t *word = &bits->word[indicator / 32];
	*word = (*word & ~((uint64_t)3 << shift)) | (uint64_t)value << shift;
}

static inline void
indicator_bits_write(const struct indicator_bits *bits, uint8_t out[sizeof(*bits)])
{
	const uint64_t word[] = {htole64(bits->word[0]), htole64(bits->word[1])};
	_Static_assert(sizeof(word) == sizeof(*bits), "all words are written");
	memcpy(out, word, sizeof(word));
}

static inline struct indicator_bits
indicator_bits_read(const uint8_t bytes[sizeof(struct indicator_bits)])
{
	struct indicator_bits bits;
	memcpy(bits.word, bytes, sizeof(bits.word));
	return (struct indicator_bits){{le64toh(bits.word[0]), le64toh(bits.word[1])}};
}

static inline enum truth
truth_of(int condition)
{
	return condition ? TRUTH_TRUE : TRUTH_FALSE;
}

#endif
