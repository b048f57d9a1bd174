/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as the JSON of answers. What is understood without an error is judged with every rule;
 * what has no finding either is encoded, decodes to what it was, and its JSON, dumped and read
 * back, encodes to the same bytes. */
#include "survey/answers_json.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "survey/validate.h"
#include "tests/support/mini_survey.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* Through text, as a file has it. */
static json_t *
dumped_and_read(const struct definition *d, const struct answers *answers)
{
	json_t *json = answers_to_json(d, answers);
	assert(json);
	char *text = json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(15));
	assert(text);
	json_t *again = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	assert(again);
	free(text);
	json_decref(json);
	return again;
}

static void
expect_json_again(
    const struct definition *d, const struct answers *answers, const uint8_t *bytes, size_t n)
{
	static struct answers again;
	static struct findings findings;
	static struct answers_json_errors errors;
	size_t m;
	json_t *json = dumped_and_read(d, answers);
	bool good = answers_from_json(d, json, &again, &findings, &errors);
	assert(good && findings.total == 0);
	uint8_t *encoded = answers_encode(d, &again, &m);
	assert(encoded && m == n && memcmp(encoded, bytes, n) == 0);
	free(encoded);
	json_decref(json);
}

static void
there_and_back(const struct definition *d, const struct answers *answers)
{
	static struct answers decoded;
	static struct findings findings;
	const char *reason = NULL;
	size_t n, m;
	uint8_t *bytes = answers_encode(d, answers, &n);
	if (!bytes)
		return; /* over ANSWERS_BYTES_MAX */
	enum answers_status status =
	    answers_decode(d, MINI_REF_YEAR, bytes, n, &decoded, &findings, &reason);
	assert(status == ANSWERS_OK);
	uint8_t *again = answers_encode(d, &decoded, &m);
	/* What is found is don't know in what was decoded: then the bytes may differ. */
	assert(again && (findings.total > 0 || (m == n && memcmp(again, bytes, n) == 0)));
	if (findings.total == 0)
		expect_json_again(d, &decoded, bytes, n);
	free(again);
	free(bytes);
}

static void
judge(const struct definition *d, const json_t *object, const char *section)
{
	static struct validation v;
	static struct answers answers;
	static struct findings findings;
	static struct answers_json_errors errors;
	bool good = answers_from_json(d, object, &answers, &findings, &errors);
	assert(good == (errors.n == 0) && errors.n <= ANSWERS_JSON_ERRORS_MAX);
	for (size_t i = 0; i < errors.n; i++)
		assert(memchr(errors.error[i].path, '\0', sizeof(errors.error[i].path)) &&
		       strlen(errors.error[i].reason) > 0);
	if (!good)
		return;
	struct register_row row = mini_row(d, section);
	struct facts facts = {
	    .definition = d, .row = &row, .answers = &answers, .ref_year = MINI_REF_YEAR};
	enum validate_status status = validate_answers(&facts, &v);
	assert(status != VALIDATE_MALFORMED);
	assert((v.findings.total == 0) <= (status == VALIDATE_OK));
	if (findings.total == 0)
		there_and_back(d, &answers);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct definition *d;
	if (!d)
		d = mini_survey();
	json_t *object = json_loadb((const char *)data, n, JSON_REJECT_DUPLICATES, NULL);
	if (object)
		judge(d, object, n % 2 ? "C" : NULL);
	json_decref(object);
	return 0;
}
