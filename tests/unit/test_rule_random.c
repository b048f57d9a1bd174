/* SPDX-License-Identifier: Apache-2.0 */
/* Random rules over random facts: the compiled evaluator against a naive one. */
#include "survey/rule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/definition_rig.h"
#include "tests/support/naive_rule.h"

#define SURVEYS 40
#define RULES 30
#define UNITS 25
#define CHECKS 8

static uint64_t seed = 20221007;

static uint64_t
below(uint64_t n)
{
	return random_below(&seed, n);
}

/* The rig's survey with random indicators I0, I1, ... in the place of its own. */
static json_t *
random_survey(void)
{
	json_t *rules = json_array();
	for (unsigned i = 0; i < RULES; i++)
		json_array_append_new(rules, random_rule(&seed, (unsigned)below(4), i));
	json_t *root = rig_survey_of(rules);
	for (unsigned i = 0; i < CHECKS; i++) {
		json_t *check = json_deep_copy(json_array_get(json_object_get(root, "checks"), 4));
		char code[24];
		snprintf(code, sizeof(code), "R%u", i);
		json_object_set_new(check, "code", json_string(code));
		json_object_set_new(check, "rule", random_rule(&seed, (unsigned)below(4), RULES));
		rig_put(root, "/checks/-", check);
	}
	return root;
}

static int64_t
unknown_or(uint64_t n)
{
	return below(3) ? (int64_t)below(n) : UNKNOWN_NUMBER;
}

static void
fill_row(struct register_row *row)
{
	row->tax_code = below(2) ? UINT64_C(1234567890000) : UINT64_C(1234567890001);
	row->unit_type = (int8_t)unknown_or(3);
	row->status = (int8_t)unknown_or(2);
	row->supporting_industry = (int8_t)unknown_or(2);
	row->commune = (int16_t)unknown_or(2);
	row->zone = (int16_t)unknown_or(4);
	row->section = (int16_t)unknown_or(5);
	row->size_mask = (uint8_t)(1 + below(15));
	row->start_year = below(3) ? 1990 + (int32_t)below(40) : UNKNOWN_NUMBER;
	row->employees = (int32_t)unknown_or(150);
	row->employees_prev = (int32_t)unknown_or(150);
	row->revenue_mvnd = unknown_or(500);
	row->capital_mvnd = unknown_or(500);
}

static void
fill_answers(const struct definition *d, struct answers *answers)
{
	memset(answers, 0, sizeof(*answers));
	answers->seconds = (int32_t)unknown_or(300);
	for (size_t i = 0; i < d->questions; i++) {
		const struct question *q = &d->question[i];
		struct answer *a = &answers->answer[i];
		uint64_t state = below(6);
		a->state = state == 0 ? ANSWER_BLANK : state == 1 ? ANSWER_DONT_KNOW : ANSWER_VALUE;
		if (q->type == QUESTION_MULTI)
			a->mask = 1 + below((1u << q->choices) - 1);
		else if (q->choices > 0)
			a->mask = UINT64_C(1) << below(q->choices);
		else if (q->type == QUESTION_INT && q->max_is_ref_year)
			a->number = 1990 + (int64_t)below(36);
		else
			a->number = q->min + (int64_t)below(120);
	}
}

static void
expect_same_checks(const json_t *root, const struct facts *facts, const struct evaluation *e)
{
	const struct definition *d = facts->definition;
	const json_t *checks = json_object_get(root, "checks");
	assert_int_equal(d->checks, json_array_size(checks));
	size_t raised = 0;
	for (size_t i = 0; i < d->checks; i++) {
		const json_t *rule = json_object_get(json_array_get(checks, i), "rule");
		if (d->check[i].stage != CHECK_SUBMISSION)
			continue;
		enum truth wanted = naive_rule(root, facts, rule);
		if (wanted != TRUTH_TRUE && wanted != TRUTH_UNKNOWN)
			continue;
		assert_true(raised < e->raised_checks);
		assert_int_equal(e->raised[raised].check, i);
		assert_int_equal(e->raised[raised++].truth, wanted);
	}
	assert_int_equal(e->raised_checks, raised);
}

static void
expect_same(const json_t *root, const struct facts *facts, unsigned long seen[4])
{
	struct evaluation e;
	const json_t *indicators = json_object_get(root, "indicators");
	evaluate(facts, &e);
	for (unsigned i = 0; i < RULES; i++) {
		const json_t *rule = json_object_get(json_array_get(indicators, i), "rule");
		enum truth found = indicator_bits_get(&e.bits, i);
		enum truth wanted = naive_rule(root, facts, rule);
		if (found != wanted)
			fail_msg(
			    "%s: %d, should be %d", json_dumps(rule, JSON_COMPACT), found, wanted);
		seen[found]++;
		assert_int_equal(rule_evaluate(facts->definition->indicator[i].rule, &e), wanted);
	}
	expect_same_checks(root, facts, &e);
	for (size_t i = 0; i < facts->definition->questions; i++) {
		bool hidden;
		enum truth asked =
		    naive_relevance(root, facts, facts->definition->question[i].code, &hidden);
		assert_int_equal(e.relevance[i], asked);
		assert_int_equal(e.hidden[i], hidden);
	}
}

static void
compiled_rules_agree_with_a_naive_evaluator(void **unused)
{
	(void)unused;
	static struct definition_problems problems;
	static struct answers answers;
	unsigned long seen[4] = {0, 0, 0, 0};
	for (int s = 0; s < SURVEYS; s++) {
		json_t *root = random_survey();
		struct definition *d = rig_load(root, &problems);
		for (size_t i = 0; i < problems.n; i++)
			print_error(
			    "%s: %s\n", problems.problem[i].path, problems.problem[i].reason);
		assert_non_null(d);
		for (int u = 0; u < UNITS; u++) {
			struct register_row row;
			fill_row(&row);
			fill_answers(d, &answers);
			struct indicator_bits earlier = {{below(UINT32_MAX), below(UINT32_MAX)}};
			struct facts facts = {.definition = d,
			    .row = &row,
			    .answers = &answers,
			    .earlier = below(3) ? &earlier : NULL,
			    .earlier_definition = d,
			    .ref_year = 2025};
			expect_same(root, &facts, seen);
		}
		definition_free(d);
		json_decref(root);
	}
	for (int t = 0; t < 4; t++)
		assert_true(seen[t] > 1000);
	assert_true(seen[0] + seen[1] + seen[2] + seen[3] >= 20000);
}

/* A sum with nothing added to it is no range. */
static void
a_range_is_what_the_comparison_of_a_sum_is(void **unused)
{
	(void)unused;
	static const char *const relation[] = {"ge", "gt", "le", "lt", "eq", "ne"};
	static const int64_t limit[] = {
	    -4000000000000000000, -1000000000000, 0, 7, 1000000000000, 4000000000000000000};
	static struct definition_problems problems;
	static struct answers answers;
	json_t *rules = json_array();
	for (unsigned i = 0; i < 60; i++) {
		char rule[160];
		const char *sum = i % 2 ? "{'question':'P1'},0" : "{'question':'P1'}";
		snprintf(rule, sizeof(rule), "{'compare':[%s],'%s':[%lld]}", sum,
		    relation[i / 2 / 5], (long long)limit[i / 2 % 5 + i / 40]);
		json_array_append_new(rules, rig_json(rule));
	}
	json_t *root = rig_survey_of(rules);
	struct definition *d = rig_load(root, &problems);
	assert_non_null(d);
	for (int u = 0; u < 2000; u++) {
		struct register_row row;
		struct evaluation e;
		struct facts facts = {
		    .definition = d, .row = &row, .answers = &answers, .ref_year = 2025};
		fill_row(&row);
		fill_answers(d, &answers);
		struct answer *p1 = &answers.answer[definition_find_question(d, "P1", 2)];
		p1->number = below(2) ? limit[below(6)] + (int64_t)below(3) - 1 : INT64_MIN;
		evaluate(&facts, &e);
		for (unsigned i = 0; i < 60; i += 2)
			assert_int_equal(
			    indicator_bits_get(&e.bits, i), indicator_bits_get(&e.bits, i + 1));
	}
	definition_free(d);
	json_decref(root);
}

/* Nearly RULE_NODES_MAX of them, none like another. */
static void
rules_of_as_many_nodes_as_there_may_be_are_evaluated(void **unused)
{
	(void)unused;
	static struct definition_problems problems;
	static struct answers answers;
	json_t *rules = json_array();
	for (unsigned i = 0; i < 60; i++) {
		json_t *parts = json_array();
		for (unsigned k = 0; k < 128; k++)
			json_array_append_new(
			    parts, rig_json(k % 2 ? "{'state':'N1','is':['blank','dont_know']}"
						  : "{'state':'P1','is':['value']}"));
		json_array_append_new(rules, json_pack("{s:o}", i % 2 ? "and" : "or", parts));
	}
	json_t *root = rig_survey_of(rules);
	struct definition *d = rig_load(root, &problems);
	assert_non_null(d);
	for (int u = 0; u < 50; u++) {
		struct register_row row;
		struct evaluation e;
		struct facts facts = {
		    .definition = d, .row = &row, .answers = &answers, .ref_year = 2025};
		fill_row(&row);
		fill_answers(d, &answers);
		evaluate(&facts, &e);
		for (unsigned i = 0; i < 60; i++)
			assert_int_equal(indicator_bits_get(&e.bits, i),
			    rule_evaluate(d->indicator[i].rule, &e));
	}
	definition_free(d);
	json_decref(root);
}

/* Looks that are made once are those that are equal in all respects. */
static void
looks_that_differ_in_one_respect_are_told_apart(void **unused)
{
	(void)unused;
	static const char *const rule[] = {
	    "{'compare':[{'question':'N1'},{'question':'P1'}],'gt':[60]}",
	    "{'compare':[{'question':'N1'},{'question':'P1'}],'ge':[60]}",
	    "{'compare':[{'question':'N1'},{'question':'P1'}],'gt':[61]}",
	    "{'compare':[{'question':'N1'},{'question':'P1','times':2}],'gt':[60]}",
	    "{'compare':[{'question':'N1'},{'question':'N2'}],'gt':[60]}",
	    "{'compare':[{'question':'N1'}],'gt':[{'question':'P1'},60]}",
	    "{'compare':[{'abs':[{'question':'N1'},{'question':'P1'}]}],'gt':[60]}",
	    "{'compare':[{'abs':[{'question':'N1'},{'question':'P1','times':-1}]}],'gt':[60]}",
	    "{'compare':[{'abs':[{'question':'N1'},{'register':'employees'}]}],'gt':[60]}",
	    "{'state':'N1','is':['blank']}",
	    "{'state':'P1','is':['blank']}",
	    "{'state':'N1','is':['value']}",
	    "{'count':'Q1','in':['A','B'],'ge':1}",
	    "{'count':'Q1','in':['A','C'],'ge':1}",
	    "{'count':'Q1','in':['A','B'],'ge':2}",
	    "{'count':'Q1','in':['A','B'],'le':1}",
	    "{'register':'section','in':['A']}",
	    "{'register':'section','in':['B']}",
	    "{'const':true}",
	    "{'const':false}",
	};
	enum { RULES_HERE = sizeof(rule) / sizeof(rule[0]) };
	static struct definition_problems problems;
	static struct answers answers;
	json_t *rules = json_array();
	for (unsigned i = 0; i < 2 * RULES_HERE; i++) /* each of them twice */
		json_array_append_new(rules, rig_json(rule[i % RULES_HERE]));
	json_t *root = rig_survey_of(rules);
	struct definition *d = rig_load(root, &problems);
	assert_non_null(d);
	for (int u = 0; u < 2000; u++) {
		struct register_row row;
		struct evaluation e;
		struct facts facts = {
		    .definition = d, .row = &row, .answers = &answers, .ref_year = 2025};
		fill_row(&row);
		fill_answers(d, &answers);
		evaluate(&facts, &e);
		for (unsigned i = 0; i < 2 * RULES_HERE; i++)
			assert_int_equal(indicator_bits_get(&e.bits, i),
			    rule_evaluate(d->indicator[i].rule, &e));
	}
	definition_free(d);
	json_decref(root);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(compiled_rules_agree_with_a_naive_evaluator),
	    cmocka_unit_test(a_range_is_what_the_comparison_of_a_sum_is),
	    cmocka_unit_test(rules_of_as_many_nodes_as_there_may_be_are_evaluated),
	    cmocka_unit_test(looks_that_differ_in_one_respect_are_told_apart),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
