/* SPDX-License-Identifier: Apache-2.0 */
/* The default survey at work: each check, indicator, score and population takes each value that it
 * can, by questionnaires that go the way of a submission. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "questionnaire.h"
#include "survey_table.h"
#include "tests/support/survey_group.h"

static struct questionnaire q;

/* ------------------------------------------------------------------------------- checks */

static void
the_base_questionnaire_is_accepted_without_a_finding(void **state)
{
	(void)state;
	char fired[512];
	questionnaire_judge(&q, d, NULL);
	questionnaire_fired(&q, d, fired);
	assert_string_equal(fired, "");
	assert_int_equal(q.status, VALIDATE_OK);
	questionnaire_clear(&q);
}

/* Who is told must be able to go there: the question named is one that is asked. */
static void
assert_told_where_it_is_asked(const char *patch)
{
	const struct findings *f = &q.validation.findings;
	for (size_t i = 0; i < f->n; i++) {
		if (d->check[f->finding[i].check].stage != CHECK_SUBMISSION)
			continue;
		int k = f->finding[i].question;
		if (k < 0 || q.validation.evaluation.relevance[k] != TRUTH_TRUE)
			fail_msg("%s by %s", d->check[f->finding[i].check].code, patch);
	}
}

static void
judge_check_case(const struct check_case *c)
{
	char fired[512];
	questionnaire_judge(&q, d, c->patch);
	questionnaire_fired(&q, d, fired);
	if (strcmp(fired, c->fires ? c->check : "") != 0)
		fail_msg("%s should %s, fired: \"%s\" by %s", c->check,
		    c->fires ? "fire alone" : "be silent", fired, c->patch);
	assert_told_where_it_is_asked(c->patch);
	bool hard = d->check[definition_find_check(d, c->check, strlen(c->check))].hard;
	if (q.row_good && q.problems.n == 0 && q.json_findings.n == 0)
		assert_int_equal(q.status, !c->fires ? VALIDATE_OK
					   : hard    ? VALIDATE_REJECTED
						     : VALIDATE_UNCONFIRMED);
	assert_int_equal(q.row_good, !(c->fires && hard && q.problems.n > 0));
	questionnaire_clear(&q);
}

static void
each_check_fires_and_stays_silent(void **state)
{
	(void)state;
	for (size_t i = 0; i < check_cases; i++)
		judge_check_case(&check_table[i]);
}

static void
no_check_is_without_a_case(void **state)
{
	(void)state;
	for (size_t i = 0; i < d->checks; i++) {
		const char *code = d->check[i].code;
		if (strcmp(code, "EH13") == 0 || strcmp(code, "EH14") == 0)
			continue; /* need a file of units */
		bool seen[2] = {false, false};
		for (size_t k = 0; k < check_cases; k++)
			if (strcmp(check_table[k].check, code) == 0)
				seen[check_table[k].fires] = true;
		if (!seen[0] || !seen[1])
			fail_msg("%s", code);
	}
}

/* ------------------------------------------------------------------------------- values */

/* Only what a collector would accept may show a value. */
static void
judge_accepted(const char *what, const char *patch)
{
	questionnaire_judge(&q, d, patch);
	char fired[512];
	questionnaire_fired(&q, d, fired);
	if (!q.row_good || (q.status != VALIDATE_OK && q.status != VALIDATE_UNCONFIRMED))
		fail_msg("%s: %s by %s", what, fired, patch ? patch : "base");
}

static void
assert_truth(enum truth found, enum truth wanted, const char *what, const char *patch)
{
	static const char *const word[] = {"false", "true", "unknown", "not applicable"};
	if (found != wanted)
		fail_msg("%s is %s, not %s, by %s", what, word[found], word[wanted],
		    patch ? patch : "base");
}

static void
each_indicator_takes_each_value(void **state)
{
	(void)state;
	for (size_t i = 0; i < indicator_cases; i++) {
		const struct indicator_case *c = &indicator_table[i];
		judge_accepted(c->indicator, c->patch);
		int k = definition_find_indicator(d, c->indicator);
		assert_true(k >= 0);
		assert_truth(indicator_bits_get(&q.validation.evaluation.bits, (unsigned)k),
		    c->value, c->indicator, c->patch);
		questionnaire_clear(&q);
	}
}

static void
no_indicator_is_without_its_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < d->indicators; i++) {
		const char *code = d->indicator[i].code;
		unsigned seen = 0;
		for (size_t k = 0; k < indicator_cases; k++)
			if (strcmp(indicator_table[k].indicator, code) == 0)
				seen |= 1u << indicator_table[k].value;
		if ((seen & 7) != 7)
			fail_msg("%s", code);
	}
}

static void
each_item_of_a_score_takes_each_value(void **state)
{
	(void)state;
	for (size_t i = 0; i < item_cases; i++) {
		const struct item_case *c = &item_table[i];
		char what[32];
		snprintf(what, sizeof(what), "%s item %u", c->score, c->item);
		judge_accepted(what, c->patch);
		int k = definition_find_score(d, c->score);
		assert_true(k >= 0 && c->item <= d->score[k].items);
		assert_truth(rule_evaluate(d->score[k].item[c->item - 1], &q.validation.evaluation),
		    c->value, what, c->patch);
		questionnaire_clear(&q);
	}
}

static void
no_item_is_without_its_cases(void **state)
{
	(void)state;
	assert_int_equal(d->scores, 3);
	for (size_t i = 0; i < d->scores; i++)
		for (unsigned item = 1; item <= d->score[i].items; item++) {
			unsigned seen = 0;
			for (size_t k = 0; k < item_cases; k++)
				if (item_table[k].item == item &&
				    strcmp(item_table[k].score, d->score[i].code) == 0)
					seen |= 1u << item_table[k].value;
			if ((seen & 7) != 7)
				fail_msg("%s item %u", d->score[i].code, item);
		}
}

static void
scores_are_intervals(void **state)
{
	(void)state;
	static const unsigned items[] = {12, 12, 4};
	for (size_t i = 0; i < d->scores; i++)
		assert_int_equal(d->score[i].items, items[i]);
	for (size_t i = 0; i < score_cases; i++) {
		const struct score_case *c = &score_table[i];
		judge_accepted(c->score, c->patch);
		int k = definition_find_score(d, c->score);
		assert_true(k >= 0);
		unsigned lo = q.validation.evaluation.score_lo[k];
		unsigned hi = q.validation.evaluation.score_hi[k];
		if (lo != c->lo || hi != c->hi)
			fail_msg("%s is [%u, %u], not [%u, %u], by %s", c->score, lo, hi, c->lo,
			    c->hi, c->patch ? c->patch : "base");
		questionnaire_clear(&q);
	}
}

static int
find_population(const char *code)
{
	for (size_t i = 0; i < d->populations; i++)
		if (strcmp(d->population[i].code, code) == 0)
			return (int)i;
	fail_msg("%s", code);
	return -1;
}

static void
each_population_takes_each_value(void **state)
{
	(void)state;
	unsigned seen[POPULATIONS_MAX] = {0};
	for (size_t i = 0; i < population_cases; i++) {
		const struct population_case *c = &population_table[i];
		questionnaire_judge(&q, d, c->patch);
		assert_true(q.row_good);
		int k = find_population(c->population);
		assert_truth(rule_evaluate_row(d->population[k].rule, d, &q.row, REF_YEAR),
		    c->value, c->population, c->patch);
		seen[k] |= 1u << c->value;
		questionnaire_clear(&q);
	}
	for (size_t i = 0; i < d->populations; i++)
		assert_int_equal(seen[i], 7);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_base_questionnaire_is_accepted_without_a_finding),
	    cmocka_unit_test(each_check_fires_and_stays_silent),
	    cmocka_unit_test(no_check_is_without_a_case),
	    cmocka_unit_test(each_indicator_takes_each_value),
	    cmocka_unit_test(no_indicator_is_without_its_cases),
	    cmocka_unit_test(each_item_of_a_score_takes_each_value),
	    cmocka_unit_test(no_item_is_without_its_cases),
	    cmocka_unit_test(scores_are_intervals),
	    cmocka_unit_test(each_population_takes_each_value),
	};
	return cmocka_run_group_tests(tests, load_default_survey, unload_survey);
}
