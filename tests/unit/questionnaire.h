/* SPDX-License-Identifier: Apache-2.0 */
/* Over the default survey: one firm's register row and questionnaire that are valid, judged without
 * a finding, and say "none" to everything; cases are small patches over it. A patch is a JSON
 * object:
 *
 *   {"row": {"vsic": "G"}, "answers": {"D01": null}, "seconds": 80,
 *    "earlier": {"OPS": 1},             values of indicators in the earlier round, as enum truth
 *    "bytes": {"VIDEO": "RADIO"}}       replaced in the encoded bytes, for what no client would
 * send
 *
 * null takes away. For tests only; one thread. */
#ifndef KHAOSAT_TESTS_QUESTIONNAIRE_H
#define KHAOSAT_TESTS_QUESTIONNAIRE_H

#include <jansson.h>
#include <stdbool.h>

#include "survey/register.h"
#include "survey/validate.h"

#define REF_YEAR 2025

/* A questionnaire as a unit would send it, judged. */
struct questionnaire {
	json_t *json; /* base and patch; answers point into it */
	struct register_row row;
	bool row_good;
	struct register_problems problems;
	struct indicator_bits earlier;
	struct answers answers;
	struct findings json_findings; /* found before encoding */
	uint8_t *bytes;
	size_t n;
	struct validation validation; /* only where the row is good */
	enum validate_status status;
};

/* About 60 KiB: keep it static. To be freed with questionnaire_clear. */
void questionnaire_judge(struct questionnaire *q, const struct definition *d, const char *patch);
void questionnaire_clear(struct questionnaire *q);

/* The codes of all checks that fired, register and answers, each once, in the definition's order.
 */
void questionnaire_fired(const struct questionnaire *q, const struct definition *d, char out[512]);

#endif
