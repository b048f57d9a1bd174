/* SPDX-License-Identifier: Apache-2.0 */
/* Rules and facts made of any bytes: each choice that the maker of random rules asks for eats a
 * byte of the input. The definition loads; every indicator and every question's relevance is what
 * the naive evaluator says, asked for once, or alone; a population is unknown exactly where empty
 * columns are to blame; what is printed has the length that was told. */
#include "survey/rule.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/definition_rig.h"
#include "tests/support/naive_rule.h"

#define REF_YEAR 2025
#define RULES_MAX 6
#define UNITS 3

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const uint8_t *at, *end;
static uint64_t seed;

/* When the input has ended, something goes on: the maker asks until it likes what it gets. */
uint64_t
random_below(uint64_t *state, uint64_t n)
{
	if (at < end)
		return *at++ % n;
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (*state >> 33) % n;
}

static uint64_t
below(uint64_t n)
{
	return random_below(&seed, n);
}

/* ------------------------------------------------------------------- made of the input */

static json_t *
made_survey(unsigned rules)
{
	json_t *array = json_array();
	for (unsigned i = 0; i < rules; i++)
		json_array_append_new(array, random_rule(&seed, (unsigned)below(4), i));
	return rig_survey_of(array);
}

/* With a random population too, where it happens to read the register only. */
static struct definition *
load(json_t *root)
{
	static struct definition_problems problems;
	static const char population[] = "/populations/0/rule";
	if (below(2)) {
		rig_put(root, population, random_rule(&seed, (unsigned)below(3), 0));
		struct definition *d = rig_load(root, &problems);
		if (d)
			return d;
		rig_put(root, population, rig_json("{'register':'status','in':['ACTIVE']}"));
	}
	struct definition *d = rig_load(root, &problems);
	assert(d && problems.n == 0);
	return d;
}

static int64_t
number_below(uint64_t n)
{
	return below(3) ? (int64_t)(below(256) << 8 | below(256)) % (int64_t)n : UNKNOWN_NUMBER;
}

static void
make_row(struct register_row *row)
{
	*row = (struct register_row){
	    .tax_code = UINT64_C(1234567890000) + below(2),
	    .unit_type = (int8_t)number_below(3),
	    .status = (int8_t)number_below(2),
	    .legal_form = UNKNOWN_CODE,
	    .supporting_industry = (int8_t)number_below(2),
	    .commune = (int16_t)number_below(2),
	    .zone = (int16_t)number_below(4),
	    .section = (int16_t)number_below(5),
	    .start_year = below(3) ? 1990 + (int32_t)below(40) : UNKNOWN_NUMBER,
	    .employees = (int32_t)number_below(EMPLOYEES_MAX),
	    .employees_prev = (int32_t)number_below(150),
	    .revenue_mvnd = number_below(500) * (below(2) ? 1 : 2000000000),
	    .capital_mvnd = number_below(500),
	};
	if (row->revenue_mvnd < 0)
		row->revenue_mvnd = UNKNOWN_NUMBER;
	enum truth industry = row->section < 0 ? TRUTH_UNKNOWN : truth_of(row->section < 4);
	row->size_mask =
	    size_classes(industry, row->employees, row->revenue_mvnd, row->capital_mvnd);
}

static void
make_value(const struct question *q, struct answer *a)
{
	int64_t max = q->max_is_ref_year ? REF_YEAR : q->max;
	if (q->type == QUESTION_MULTI)
		a->mask = 1 + below((1u << q->choices) - 1);
	else if (q->choices > 0)
		a->mask = UINT64_C(1) << below(q->choices);
	else if (below(8) == 0)
		a->number = below(2) ? max : q->min;
	else
		a->number = q->min + (int64_t)below(120) % (max - q->min + 1);
}

static void
make_answers(const struct definition *d, struct answers *answers)
{
	memset(answers, 0, sizeof(*answers));
	answers->seconds = (int32_t)number_below(300);
	for (size_t i = 0; i < d->questions; i++) {
		struct answer *a = &answers->answer[i];
		uint64_t state = below(6);
		a->state = state == 0 ? ANSWER_BLANK : state == 1 ? ANSWER_DONT_KNOW : ANSWER_VALUE;
		if (a->state == ANSWER_VALUE && d->question[i].type != QUESTION_TEXT &&
		    d->question[i].type != QUESTION_LIST)
			make_value(&d->question[i], a);
	}
}

/* ------------------------------------------------------------------- expected of it */

static bool
is_empty(const struct register_row *row, unsigned column)
{
	switch ((enum register_column)column) {
	case REGISTER_UNIT_TYPE:
		return row->unit_type < 0;
	case REGISTER_COMMUNE:
		return row->commune < 0;
	case REGISTER_ZONE:
		return row->zone < 0;
	case REGISTER_VSIC:
		return row->section < 0;
	case REGISTER_START_YEAR:
		return row->start_year < 0;
	case REGISTER_EMPLOYEES_PREV:
		return row->employees_prev < 0;
	case REGISTER_SUPPORTING_INDUSTRY:
		return row->supporting_industry < 0;
	case REGISTER_STATUS:
		return row->status < 0;
	case REGISTER_EMPLOYEES:
		return row->employees < 0;
	case REGISTER_REVENUE_MVND:
		return row->revenue_mvnd < 0;
	case REGISTER_CAPITAL_MVND:
		return row->capital_mvnd < 0;
	case REGISTER_TAX_CODE:
	case REGISTER_NAME:
	case REGISTER_ADDRESS:
	case REGISTER_VSIC_VERSION:
	case REGISTER_LEGAL_FORM:
	case REGISTER_STRATUM:
	case REGISTER_WEIGHT:
	case REGISTER_COLUMNS:
		break;
	}
	return false;
}

static void
expect_row_rule(const struct facts *facts, const struct rule *rule)
{
	const struct definition *d = facts->definition;
	enum truth found = rule_evaluate_row(rule, d, facts->row, facts->ref_year);
	uint32_t blamed = rule_blame(rule, d, facts->row, facts->ref_year);
	assert((found == TRUTH_UNKNOWN) == (blamed != 0));
	for (unsigned column = 0; blamed >> column; column++)
		if (blamed >> column & 1)
			assert(column < REGISTER_COLUMNS && is_empty(facts->row, column));
}

static void
expect_print(const struct definition *d, const struct rule *rule)
{
	char few[8];
	size_t n = rule_print(d, rule, few, sizeof(few));
	char *all = malloc(n + 1);
	assert(all && n > 0 && strlen(few) == (n < sizeof(few) ? n : sizeof(few) - 1));
	size_t again = rule_print(d, rule, all, n + 1);
	assert(again == n && strlen(all) == n && memcmp(all, few, strlen(few)) == 0);
	free(all);
}

static void
expect_same_checks(const struct evaluation *e)
{
	const struct definition *d = e->facts.definition;
	size_t raised = 0;
	for (size_t i = 0; i < d->checks; i++) {
		if (d->check[i].stage != CHECK_SUBMISSION)
			continue;
		enum truth truth = rule_evaluate(d->check[i].rule, e);
		if (truth != TRUTH_TRUE && truth != TRUTH_UNKNOWN)
			continue;
		assert(raised < e->raised_checks);
		assert(e->raised[raised].check == i && e->raised[raised].truth == truth);
		raised++;
	}
	assert(raised == e->raised_checks);
}

static void
expect_same(const json_t *root, const struct facts *facts)
{
	struct evaluation e;
	const struct definition *d = facts->definition;
	const json_t *indicators = json_object_get(root, "indicators");
	evaluate(facts, &e);
	for (unsigned i = 0; i < d->indicators; i++) {
		const json_t *rule = json_object_get(json_array_get(indicators, i), "rule");
		enum truth wanted = naive_rule(root, facts, rule);
		assert(indicator_bits_get(&e.bits, i) == wanted);
		assert(rule_evaluate(d->indicator[i].rule, &e) == wanted);
	}
	expect_same_checks(&e);
	for (size_t i = 0; i < d->questions; i++) {
		bool hidden;
		enum truth asked = naive_relevance(root, facts, d->question[i].code, &hidden);
		assert(e.relevance[i] == asked && e.hidden[i] == hidden);
	}
	for (size_t i = 0; i < d->populations; i++)
		expect_row_rule(facts, d->population[i].rule);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct answers answers;
	at = data;
	end = data + (n < 4096 ? n : 4096);
	seed = 1;
	json_t *root = made_survey(1 + (unsigned)below(RULES_MAX));
	struct definition *d = load(root);
	for (size_t i = 0; i < d->indicators; i++)
		expect_print(d, d->indicator[i].rule);
	for (unsigned i = 0; i < UNITS; i++) {
		struct register_row row;
		make_row(&row);
		make_answers(d, &answers);
		struct indicator_bits earlier = {{below(256) << 8 | below(256), below(256)}};
		struct facts facts = {.definition = d,
		    .row = &row,
		    .answers = &answers,
		    .earlier = below(3) ? &earlier : NULL,
		    .earlier_definition = d,
		    .ref_year = REF_YEAR};
		expect_same(root, &facts);
	}
	definition_free(d);
	json_decref(root);
	return 0;
}
