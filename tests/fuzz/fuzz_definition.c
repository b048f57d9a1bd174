/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a survey definition. What loads is evaluated on a unit that said nothing and on one
 * that answered everything, and every rule is printed. */
#include "survey/definition.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "survey/rule.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
print_all(const struct definition *d)
{
	char out[64];
	for (size_t i = 0; i < d->indicators; i++)
		assert(rule_print(d, d->indicator[i].rule, out, sizeof(out)) > 0);
	for (size_t i = 0; i < d->checks; i++)
		if (d->check[i].rule)
			assert(rule_print(d, d->check[i].rule, out, sizeof(out)) > 0);
}

static void
use(const struct definition *d, const struct answers *answers, int16_t code)
{
	struct register_row row = {.section = code,
	    .zone = code,
	    .commune = code,
	    .size_mask = 6,
	    .employees = code,
	    .revenue_mvnd = code,
	    .unit_type = (int8_t)code};
	struct facts facts = {.definition = d, .row = &row, .answers = answers, .ref_year = 2025};
	struct evaluation e;
	evaluate(&facts, &e);
	for (size_t i = 0; i < d->checks; i++)
		if (d->check[i].stage == CHECK_SUBMISSION)
			rule_evaluate(d->check[i].rule, &e);
	for (size_t i = 0; i < d->populations; i++) {
		const struct rule *rule = d->population[i].rule;
		assert(rule_evaluate_row(rule, d, &row, 2025) != TRUTH_NA);
		rule_blame(rule, d, &row, 2025);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct definition_problems problems;
	static struct answers answers;
	struct definition *d = definition_load((const char *)data, n, &problems);
	assert(!d == (problems.n > 0));
	if (!d)
		return 0;
	for (size_t i = 0; i < d->questions; i++)
		answers.answer[i] = (struct answer){
		    .state = ANSWER_VALUE, .mask = i + 1, .number = INT64_MAX - (int64_t)i};
	use(d, NULL, -1);
	use(d, &answers, 0);
	print_all(d);
	definition_free(d);
	return 0;
}
