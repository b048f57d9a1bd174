/* SPDX-License-Identifier: Apache-2.0 */
/* What the files that decode an Answers message share: its fields, and the state of the walk. For
 * them only. */
#ifndef KHAOSAT_SURVEY_ANSWERS_PARTS_H
#define KHAOSAT_SURVEY_ANSWERS_PARTS_H

#include "survey/answers.h"
#include "survey/wire.h"

enum { ANSWERS_ANSWER = 1, ANSWERS_CONFIRMED, ANSWERS_SECONDS };
enum {
	ANSWER_QUESTION = 1,
	ANSWER_NUMBER,
	ANSWER_CHOICE,
	ANSWER_CHOICES,
	ANSWER_TEXT,
	ANSWER_DONT_KNOW_FIELD,
	ANSWER_OTHER
};
enum { CHOICES_CODE = 1 };
enum { CONFIRMED_CHECK = 1, CONFIRMED_REASON };

/* Field numbers go to 7 at most: a tag is one byte. */
#define VARINT_TAG(field) ((field) << 3 | WIRE_VARINT)
#define SPAN_TAG(field) ((field) << 3 | WIRE_BYTES)

struct decoder {
	const struct definition *d;
	int ref_year;
	const char *end;     /* of all bytes */
	struct answers *out; /* what is not answered yet is blank */
	struct findings *findings;
	const char *reason; /* malformed */
	uint64_t confirmed[CHECKS_MAX / 64];
};

static inline struct span
span_of(struct wire w)
{
	return (struct span){(const char *)w.at, (uint32_t)(w.end - w.at)};
}

/* Take the Answers that stand ahead, as long as they are as nearly all are sent: the question,
 * which was not answered yet, one value and, where OTHER is chosen, its text, in this order and
 * nothing else, all of it good. Returns how many; `rest` begins with the first that is not so,
 * then, of which nothing is taken. */
size_t answers_take_plain(struct decoder *x, struct wire *rest);

#endif
