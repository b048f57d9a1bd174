/* SPDX-License-Identifier: Apache-2.0 */
/* Answers messages made by hand, right or wrong, and decoded from heap copies of exactly their
 * size, so that the sanitizer sees an over-read. */
#ifndef KHAOSAT_TESTS_SUPPORT_ANSWERS_RIG_H
#define KHAOSAT_TESTS_SUPPORT_ANSWERS_RIG_H

#include "tests/support/mini_survey.h"

struct bytes {
	uint8_t at[256];
	size_t n;
};

struct bytes bytes_of(const void *at, size_t n);
struct bytes text_field(unsigned field, const char *text);
struct bytes bytes_field(unsigned field, struct bytes value);
struct bytes number_field(unsigned field, uint64_t number);
struct bytes joined(struct bytes a, struct bytes b);

/* Field 1 of Answers: the question's code, then `value`, which is encoded fields. */
struct bytes answer_of(const char *question, struct bytes value);
/* Field 4 of Answer; codes divided by blanks. */
struct bytes choices_of(const char *codes);
/* Field 2 of Answers. */
struct bytes confirmed_of(const char *check, const char *reason);

/* What came of decoding; the spans stay good until decoded_free. */
struct decoded {
	uint8_t *copy;
	struct answers answers;
	struct findings findings;
	const char *reason; /* NULL: not malformed */
	enum answers_status status;
};

void decode_bytes(const struct definition *d, const uint8_t *bytes, size_t n, struct decoded *out);
void decoded_free(struct decoded *decoded);

#endif
