/* SPDX-License-Identifier: Apache-2.0 */
/* What is accepted, and why not: structure, relevance, hard and soft checks, then the indicators.
 * Pure; any thread. */
#ifndef KHAOSAT_SURVEY_VALIDATE_H
#define KHAOSAT_SURVEY_VALIDATE_H

#include "survey/answers.h"
#include "survey/rule.h"

enum validate_status {
	VALIDATE_OK,
	VALIDATE_MALFORMED,  /* not an Answers message: `reason` */
	VALIDATE_REJECTED,   /* a hard check failed: findings hold every one, soft ones too */
	VALIDATE_UNCONFIRMED /* only soft checks, at least one of them unconfirmed */
};

struct validation {
	struct answers answers; /* decoded; spans point into the bytes given */
	struct evaluation evaluation;
	struct findings findings;
	const char *reason;
};

/* Judge the bytes of an Answers message. `facts->answers` is ignored and set to the decoded
 * answers. About 20 KiB: callers keep one `validation` a thread. */
enum validate_status validate_bytes(
    const struct facts *facts, const uint8_t *bytes, size_t n, struct validation *out);

/* The same for answers that are there already (a form being filled in, a file): `facts->answers`,
 * each judged as answers_decode judges it, and its confirmations too. `out->answers` is not
 * touched. */
enum validate_status validate_answers(const struct facts *facts, struct validation *out);

#endif
