/* SPDX-License-Identifier: Apache-2.0 */
/* What the predicates of the default survey imply, over random answers of random units: STRICT =>
 * BROAD => CORE => (OPS and MGMT), STRICT => ANY, MGMT_ADV => MGMT; so in every cell STRICT is met
 * by no more units than BROAD, and BROAD by no more than CORE. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "survey/cells.h"
#include "survey/rule.h"
#include "tests/support/survey_group.h"

#define REF_YEAR 2025
#define UNITS 60000
#define PREMISES_WANTED 1000

/* xorshift64*, the same in every run. */
static uint64_t
random_below(uint64_t n)
{
	static uint64_t x = 0x9E3779B97F4A7C15u;
	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	return (x * 0x2545F4914F6CDD1Du >> 16) % n;
}

/* An index of the list, or unknown for one unit in ten. */
static int
random_code(enum code_list_id list)
{
	return random_below(10) == 0 ? UNKNOWN_CODE : (int)random_below(d->list[list].codes);
}

static void
random_row(struct register_row *row)
{
	*row = (struct register_row){
	    .tax_code = 3090000014000 + random_below(20) / 19,
	    .unit_type = (int8_t)random_code(CODES_UNIT_TYPE),
	    .status = (int8_t)random_code(CODES_STATUS),
	    .legal_form = (int8_t)random_code(CODES_LEGAL_FORM),
	    .supporting_industry = -1,
	    .commune = (int16_t)random_code(CODES_COMMUNE),
	    .zone = (int16_t)random_code(CODES_ZONE),
	    .section = (int16_t)random_code(CODES_SECTION),
	    .size_mask = (uint8_t)(1 + random_below(15)),
	    .start_year = UNKNOWN_NUMBER,
	    .employees = (int32_t)random_below(400),
	    .employees_prev = UNKNOWN_NUMBER,
	    .revenue_mvnd = (int64_t)random_below(400000),
	    .capital_mvnd = UNKNOWN_NUMBER,
	};
	if (random_below(2) == 0) /* half of them make something */
		row->section = (int16_t)random_below(6);
}

static uint64_t
random_choices(const struct question *question)
{
	if (question->type != QUESTION_MULTI)
		return (uint64_t)1 << random_below(question->choices);
	if (question->none_choice >= 0 && random_below(5) == 0)
		return (uint64_t)1 << question->none_choice;
	uint64_t mask = 0;
	for (size_t i = 0; i < question->choices; i++)
		if ((int)i != question->none_choice &&
		    random_below((int)i == question->other_choice ? 12 : 4) == 0)
			mask |= (uint64_t)1 << i;
	return mask != 0 ? mask : 1;
}

static void
random_answers(struct answers *answers)
{
	memset(answers, 0, sizeof(*answers));
	answers->seconds = -1;
	for (size_t i = 0; i < d->questions; i++) {
		const struct question *question = &d->question[i];
		struct answer *a = &answers->answer[i];
		uint64_t fate = random_below(20);
		if (question->type == QUESTION_LIST || question->type == QUESTION_TEXT || fate == 0)
			continue;
		if (fate == 1) {
			a->state = ANSWER_DONT_KNOW;
			continue;
		}
		a->state = ANSWER_VALUE;
		if (question->choices > 0)
			a->mask = random_choices(question);
		else
			a->number = (int64_t)random_below(question->tenths ? 40 : 101);
	}
}

static unsigned
indicator(const char *code)
{
	int i = definition_find_indicator(d, code);
	assert_true(i >= 0);
	return (unsigned)i;
}

static const char *const implication[][2] = {
    {"APPLY_STRICT", "APPLY_BROAD"},
    {"APPLY_BROAD", "APPLY_CORE"},
    {"APPLY_CORE", "OPS"},
    {"APPLY_CORE", "MGMT"},
    {"APPLY_STRICT", "APPLY_ANY"},
    {"MGMT_ADV", "MGMT"},
};
#define IMPLICATIONS (sizeof(implication) / sizeof(implication[0]))

static void
a_true_premise_has_a_true_conclusion(void **state)
{
	(void)state;
	static struct answers answers;
	static struct evaluation e;
	unsigned premises[IMPLICATIONS] = {0};
	for (unsigned n = 0; n < UNITS; n++) {
		struct register_row row;
		random_row(&row);
		random_answers(&answers);
		evaluate(
		    &(struct facts){
			.definition = d, .row = &row, .answers = &answers, .ref_year = REF_YEAR},
		    &e);
		for (size_t i = 0; i < IMPLICATIONS; i++) {
			if (indicator_bits_get(&e.bits, indicator(implication[i][0])) != TRUTH_TRUE)
				continue;
			premises[i]++;
			assert_int_equal(
			    indicator_bits_get(&e.bits, indicator(implication[i][1])), TRUTH_TRUE);
		}
	}
	for (size_t i = 0; i < IMPLICATIONS; i++)
		assert_true(premises[i] >= PREMISES_WANTED);
}

/* Units met in each cell, by predicate from the narrowest. */
static const char *const nested[] = {"APPLY_STRICT", "APPLY_BROAD", "APPLY_CORE"};
#define NESTED (sizeof(nested) / sizeof(nested[0]))

static void
count_unit(const struct cells *cells, const struct register_row *row,
    const struct indicator_bits *bits, unsigned (*met)[NESTED])
{
	uint16_t cell[CELLS_OF_UNIT_MAX];
	size_t n = cells_of_unit(cells, row, cell);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < NESTED; k++)
			met[cell[i]][k] +=
			    indicator_bits_get(bits, indicator(nested[k])) == TRUTH_TRUE;
}

static void
a_narrower_predicate_is_met_by_no_more_units_in_any_cell(void **state)
{
	(void)state;
	static struct answers answers;
	static struct evaluation e;
	struct cells *cells = cells_new(d);
	assert_non_null(cells);
	unsigned(*met)[NESTED] = calloc(cells_count(cells), sizeof(*met));
	assert_non_null(met);
	for (unsigned n = 0; n < UNITS / 3; n++) {
		struct register_row row;
		random_row(&row);
		random_answers(&answers);
		evaluate(
		    &(struct facts){
			.definition = d, .row = &row, .answers = &answers, .ref_year = REF_YEAR},
		    &e);
		count_unit(cells, &row, &e.bits, met);
	}
	for (size_t c = 0; c < cells_count(cells); c++)
		for (size_t k = 1; k < NESTED; k++)
			assert_true(met[c][k - 1] <= met[c][k]);
	assert_true(met[0][0] > 0 && met[0][0] < met[0][1] && met[0][1] < met[0][2]);
	free(met);
	cells_free(cells);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_true_premise_has_a_true_conclusion),
	    cmocka_unit_test(a_narrower_predicate_is_met_by_no_more_units_in_any_cell),
	};
	return cmocka_run_group_tests(tests, load_default_survey, unload_survey);
}
