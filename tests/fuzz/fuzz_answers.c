/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as an Answers message. What is not malformed is a message to protobuf-c too, with at
 * least as many answers and confirmations; what decodes without a finding is encoded, and decodes
 * again to the same bytes; everything is judged with its rules, and written as JSON where its text
 * is well.
 */
#include "survey/validate.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "proto/khaosat.pb-c.h"
#include "survey/answers_json.h"
#include "tests/support/mini_survey.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
there_and_back(const struct definition *d, const struct answers *answers)
{
	static struct answers again;
	static struct findings findings;
	const char *reason = NULL;
	size_t n, m;
	uint8_t *first = answers_encode(d, answers, &n);
	assert(first);
	assert(
	    answers_decode(d, MINI_REF_YEAR, first, n, &again, &findings, &reason) == ANSWERS_OK);
	assert(findings.total == 0);
	uint8_t *second = answers_encode(d, &again, &m);
	assert(second && n == m && memcmp(first, second, n) == 0);
	json_t *json = answers_to_json(d, answers);
	assert(json);
	json_decref(json);
	free(first);
	free(second);
}

static void
expect_message(
    const struct definition *d, const struct answers *answers, const uint8_t *data, size_t n)
{
	Khaosat__V1__Answers *theirs = khaosat__v1__answers__unpack(NULL, n, data);
	size_t given = 0;
	for (size_t i = 0; i < d->questions; i++)
		given += answers->answer[i].state != ANSWER_BLANK;
	assert(theirs && given <= theirs->n_answer);
	assert(answers->confirmations <= theirs->n_confirmed);
	khaosat__v1__answers__free_unpacked(theirs, NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct definition *d;
	static struct validation v;
	static struct findings structure;
	static struct answers decoded;
	const char *reason = NULL;
	if (!d)
		d = mini_survey();
	struct register_row row = mini_row(d, n % 2 ? "C" : NULL);
	struct facts facts = {.definition = d, .row = &row, .ref_year = MINI_REF_YEAR};
	enum validate_status status = validate_bytes(&facts, data, n, &v);
	assert((status == VALIDATE_MALFORMED) == (v.reason != NULL));
	if (status == VALIDATE_MALFORMED)
		return 0;
	assert(v.findings.n <= FINDINGS_MAX && v.findings.n <= v.findings.total);
	for (size_t i = 0; i < v.findings.n; i++)
		assert(strlen(v.findings.finding[i].value) < sizeof(v.findings.finding[i].value));
	answers_decode(d, MINI_REF_YEAR, data, n, &decoded, &structure, &reason);
	assert(structure.total == 0 || status == VALIDATE_REJECTED);
	expect_message(d, &decoded, data, n);
	if (structure.total == 0)
		there_and_back(d, &decoded);
	return 0;
}
