/* SPDX-License-Identifier: Apache-2.0 */
/* The default survey run through: every choice alone, every section, every combination of the legs,
 * every score. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "questionnaire.h"
#include "survey_table.h"
#include "tests/support/survey_group.h"

static struct questionnaire q;
static struct evaluation e;

static int
question_index(const char *code)
{
	int i = definition_find_question(d, code, strlen(code));
	assert_true(i >= 0);
	return i;
}

static void
evaluate_again(void)
{
	evaluate(
	    &(struct facts){
		.definition = d, .row = &q.row, .answers = &q.answers, .ref_year = REF_YEAR},
	    &e);
}

static enum truth
value_of(const char *code)
{
	int i = definition_find_indicator(d, code);
	assert_true(i >= 0);
	return indicator_bits_get(&e.bits, (unsigned)i);
}

static void
answer_with(const char *question, uint64_t mask)
{
	struct answer *a = &q.answers.answer[question_index(question)];
	*a = (struct answer){.state = ANSWER_VALUE, .mask = mask};
}

static void
answer_code(const char *question, const char *code)
{
	if (code == NULL) {
		q.answers.answer[question_index(question)] =
		    (struct answer){.state = ANSWER_DONT_KNOW};
		return;
	}
	int i = question_find_choice(&d->question[question_index(question)], code, strlen(code));
	assert_true(i >= 0);
	answer_with(question, (uint64_t)1 << i);
}

static bool
listed(const char *codes, const char *code)
{
	size_t n = strlen(code);
	for (const char *p = codes; *p != '\0'; p += strcspn(p, " ") + (p[strcspn(p, " ")] != 0))
		if (strcspn(p, " ") == n && strncmp(p, code, n) == 0)
			return true;
	return false;
}

/* ------------------------------------------------------------------------------- choices */

static enum truth
value_in_set(const struct choice_set *set)
{
	if (set->indicator != NULL)
		return value_of(set->indicator);
	const struct score *score = &d->score[definition_find_score(d, set->score)];
	return rule_evaluate(score->item[set->item - 1], &e);
}

static void
run_choice_set(const struct choice_set *set)
{
	questionnaire_judge(&q, d, set->patch);
	const struct question *question = &d->question[question_index(set->question)];
	for (size_t i = 0; i < question->choices; i++) {
		const char *code = question->choice[i].code;
		answer_with(set->question, (uint64_t)1 << i);
		evaluate_again();
		enum truth wanted = truth_of(listed(set->codes, code));
		if ((int)i == question->other_choice)
			wanted = TRUTH_UNKNOWN;
		if (value_in_set(set) != wanted)
			fail_msg("%s%s %u: %s of %s", set->indicator ? set->indicator : "",
			    set->score ? set->score : "", set->item, code, set->question);
	}
	questionnaire_clear(&q);
}

static void
each_choice_alone_decides_as_written(void **state)
{
	(void)state;
	for (size_t i = 0; i < choice_sets; i++)
		run_choice_set(&choice_table[i]);
}

static void
each_choice_alone_makes_others_be_asked(void **state)
{
	(void)state;
	questionnaire_judge(&q, d, NULL);
	for (size_t i = 0; i < relevance_sets; i++) {
		const struct relevance_set *set = &relevance_table[i];
		const struct answer before = q.answers.answer[question_index(set->parent)];
		const struct question *parent = &d->question[question_index(set->parent)];
		for (size_t c = 0; c < parent->choices; c++) {
			answer_with(set->parent, (uint64_t)1 << c);
			evaluate_again();
			enum truth wanted = truth_of(listed(set->codes, parent->choice[c].code));
			if (e.relevance[question_index(set->question)] != wanted)
				fail_msg("%s by %s of %s", set->question, parent->choice[c].code,
				    set->parent);
		}
		q.answers.answer[question_index(set->parent)] = before;
	}
	questionnaire_clear(&q);
}

static void
every_other_question_is_always_asked_of_whom_it_concerns(void **state)
{
	(void)state;
	static const char *const type[] = {"DN", "HT", "BQL", "HTX"};
	questionnaire_judge(&q, d, NULL);
	for (size_t t = 0; t < ENTRIES(type); t++) {
		q.row.unit_type =
		    (int8_t)definition_find_code(d, CODES_UNIT_TYPE, type[t], strlen(type[t]));
		evaluate_again();
		for (size_t i = 0; i < d->questions; i++) {
			const char *code = d->question[i].code;
			bool depends = d->question[i].type == QUESTION_LIST;
			for (size_t k = 0; k < relevance_sets; k++)
				depends |= strcmp(relevance_table[k].question, code) == 0;
			if (depends)
				continue;
			bool zone_unit = t == 1 || t == 2;
			bool asked = code[0] == 'M' ? zone_unit : code[0] != 'D' || t != 2;
			assert_int_equal(e.relevance[i], truth_of(asked));
		}
	}
	questionnaire_clear(&q);
}

/* ------------------------------------------------------------------------------- sections */

static void
only_sections_a_to_f_make_something(void **state)
{
	(void)state;
	questionnaire_judge(&q, d, J({"answers" : {"D01" : ["PLC"]}}));
	int d01 = question_index("D01");
	const struct score *partial = &d->score[definition_find_score(d, "PARTIAL")];
	const struct check *es14 = &d->check[definition_find_check(d, "ES14", 4)];
	for (size_t s = 0; s < d->list[CODES_SECTION].codes; s++) {
		bool makes = d->list[CODES_SECTION].code[s].code[0] <= 'F';
		enum truth wanted = makes ? TRUTH_TRUE : TRUTH_NA;
		q.row.section = (int16_t)s;
		answer_code("D01", "PLC");
		evaluate_again();
		assert_int_equal(e.relevance[d01], truth_of(makes));
		assert_int_equal(value_of("PROD"), wanted);
		assert_int_equal(rule_evaluate(partial->item[2], &e), wanted);
		answer_code("D01", NULL);
		evaluate_again();
		assert_int_equal(rule_evaluate(es14->rule, &e), truth_of(makes));
	}
	questionnaire_clear(&q);
}

/* ------------------------------------------------------------------------------- combinations */

/* Written again, from the field's words: not applicable is dropped. */
static enum truth
all_of(const enum truth *leg, size_t n)
{
	enum truth all = TRUTH_NA;
	for (size_t i = 0; i < n; i++) {
		if (leg[i] == TRUTH_FALSE)
			return TRUTH_FALSE;
		if (leg[i] == TRUTH_UNKNOWN || (leg[i] == TRUTH_TRUE && all == TRUTH_NA))
			all = leg[i];
	}
	return all;
}

static enum truth
any_of(const enum truth *leg, size_t n)
{
	enum truth any = TRUTH_NA;
	for (size_t i = 0; i < n; i++) {
		if (leg[i] == TRUTH_TRUE)
			return TRUTH_TRUE;
		if (leg[i] == TRUTH_UNKNOWN || (leg[i] == TRUTH_FALSE && any == TRUTH_NA))
			any = leg[i];
	}
	return any;
}

/* What makes a leg false, true, unknown, in the order of enum truth; NULL is don't know. */
static const char *const leg_codes[4][3] = {{"NONE", "DASH", NULL}, {"NONE", "BI", NULL},
    {"NONE", "MES", NULL}, {"NONE", "MARKET_INT", NULL}};

static void
assert_legs(const enum truth leg[4], bool own_web)
{
	evaluate_again();
	enum truth broad[4] = {leg[0], leg[1], leg[2], own_web ? TRUTH_TRUE : leg[3]};
	assert_int_equal(value_of("APPLY_STRICT"), all_of(leg, 4));
	assert_int_equal(value_of("APPLY_BROAD"), all_of(broad, 4));
	assert_int_equal(value_of("APPLY_CORE"), all_of(leg, 3));
	assert_int_equal(value_of("APPLY_ANY"), any_of(leg, 4));
	unsigned lo = 0, hi = 0;
	for (size_t i = 0; i < 4; i++) {
		lo += leg[i] == TRUTH_TRUE;
		hi += leg[i] == TRUTH_TRUE || leg[i] == TRUTH_UNKNOWN;
	}
	int partial = definition_find_score(d, "PARTIAL");
	assert_int_equal(e.score_lo[partial], lo);
	assert_int_equal(e.score_hi[partial], hi);
}

static void
the_legs_combine_in_every_way(void **state)
{
	(void)state;
	questionnaire_judge(&q, d, NULL);
	int16_t makes = q.row.section;
	int16_t trades = (int16_t)definition_find_code(d, CODES_SECTION, "G", 1);
	for (unsigned n = 0; n < 3 * 3 * 4 * 4; n++) {
		enum truth leg[4] = {n % 3, n / 3 % 3, n / 9 % 4, n / 36};
		bool own_web = n / 36 == 3;
		answer_code("B01", leg_codes[0][leg[0]]);
		answer_code("C01", leg_codes[1][leg[1]]);
		q.row.section = leg[2] == TRUTH_NA ? trades : makes;
		answer_code("D01", leg_codes[2][leg[2] % 3]);
		if (own_web)
			leg[3] = TRUTH_FALSE;
		answer_code("G01", own_web ? "OWNWEB" : leg_codes[3][leg[3]]);
		assert_legs(leg, own_web);
	}
	questionnaire_clear(&q);
}

static void
the_platforms_combine_in_every_way(void **state)
{
	(void)state;
	static const char *const question[4] = {"M01", "M02", "M03", "M04"};
	static const char *const codes[4][3] = {{"NONE", "GIS", NULL}, {"NONE", "WEB", NULL},
	    {"NONE", "B2B", NULL}, {"NONE", "LIVE", NULL}};
	questionnaire_judge(&q, d, J({"row" : {"unit_type" : "HT"}}));
	for (unsigned n = 0; n < 81; n++) {
		enum truth leg[4] = {n % 3, n / 3 % 3, n / 9 % 3, n / 27};
		for (size_t i = 0; i < 4; i++)
			answer_code(question[i], codes[i][leg[i]]);
		evaluate_again();
		assert_int_equal(value_of("DX_SYNC"), all_of(leg, 4));
	}
	questionnaire_clear(&q);
}

static void
levels_follow_the_points(void **state)
{
	(void)state;
	int dii3 = definition_find_score(d, "DII3");
	for (unsigned points = 0; points <= 12; points++) {
		questionnaire_judge(&q, d, points_table[points]);
		e = q.validation.evaluation;
		assert_int_equal(e.score_lo[dii3], points);
		assert_int_equal(e.score_hi[dii3], points);
		assert_int_equal(value_of("DII3_VLO"), points <= 3);
		assert_int_equal(value_of("DII3_LO"), points >= 4 && points <= 6);
		assert_int_equal(value_of("DII3_HI"), points >= 7 && points <= 9);
		assert_int_equal(value_of("DII3_VHI"), points >= 10);
		assert_int_equal(value_of("DII_BASIC"), points >= 4);
		questionnaire_clear(&q);
	}
}

/* ------------------------------------------------------------------------------- straight lines */

static uint64_t
all_but_none_and_other(const struct question *question)
{
	uint64_t mask = ((uint64_t)1 << question->choices) - 1;
	if (question->none_choice >= 0)
		mask &= ~((uint64_t)1 << question->none_choice);
	if (question->other_choice >= 0)
		mask &= ~((uint64_t)1 << question->other_choice);
	return mask;
}

static enum truth
straight_lined(void)
{
	q.answers.seconds = 89;
	evaluate_again();
	return rule_evaluate(d->check[definition_find_check(d, "ES13", 4)].rule, &e);
}

static void
one_question_answered_with_care_is_no_straight_line(void **state)
{
	(void)state;
	static const char *const multi[] = {
	    "B01", "C01", "C03", "D01", "E02", "E03", "E07", "F03", "G01", "H06"};
	for (int everything = 0; everything <= 1; everything++) {
		questionnaire_judge(&q, d, NULL);
		for (size_t i = 0; everything && i < ENTRIES(multi); i++)
			answer_with(multi[i],
			    all_but_none_and_other(&d->question[question_index(multi[i])]));
		assert_int_equal(straight_lined(), TRUTH_TRUE);
		for (size_t i = 0; i < ENTRIES(multi); i++) {
			int k = question_index(multi[i]);
			struct answer before = q.answers.answer[k];
			uint64_t all = all_but_none_and_other(&d->question[k]);
			answer_with(multi[i], everything ? all & (all - 1) : 1);
			assert_int_equal(straight_lined(), TRUTH_FALSE);
			q.answers.answer[k] = before;
		}
		questionnaire_clear(&q);
	}
}

static void
no_turnover_with_staff_is_told_by_both_checks(void **state)
{
	(void)state;
	char fired[512];
	questionnaire_judge(&q, d, J({"row" : {"revenue_mvnd" : "0"}}));
	questionnaire_fired(&q, d, fired);
	assert_string_equal(fired, "ES02 ES17");
	questionnaire_clear(&q);
	questionnaire_judge(&q, d, J({"row" : {"revenue_mvnd" : "1"}}));
	questionnaire_fired(&q, d, fired);
	assert_string_equal(fired, "ES02");
	questionnaire_clear(&q);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_choice_alone_decides_as_written),
	    cmocka_unit_test(each_choice_alone_makes_others_be_asked),
	    cmocka_unit_test(every_other_question_is_always_asked_of_whom_it_concerns),
	    cmocka_unit_test(only_sections_a_to_f_make_something),
	    cmocka_unit_test(the_legs_combine_in_every_way),
	    cmocka_unit_test(the_platforms_combine_in_every_way),
	    cmocka_unit_test(levels_follow_the_points),
	    cmocka_unit_test(one_question_answered_with_care_is_no_straight_line),
	    cmocka_unit_test(no_turnover_with_staff_is_told_by_both_checks),
	};
	return cmocka_run_group_tests(tests, load_default_survey, unload_survey);
}
