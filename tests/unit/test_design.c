/* SPDX-License-Identifier: Apache-2.0 */
/* What a register may say of a sample, and what is wrong with one that says otherwise. */
#include "survey/design.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/default_survey.h"

static struct definition *survey;

struct found {
	struct design_reading reading;
	struct register_problems problems;
	uint64_t row; /* of the last problem that the end found */
	struct register_problem at_end;
	size_t ends;
	uint8_t stratum; /* of the last row */
};

static void
on_problem(void *user, uint64_t row, const struct register_problem *problem)
{
	struct found *f = user;
	f->row = row;
	f->at_end = *problem;
	f->ends++;
}

static bool
add(struct found *f, const char *stratum, const char *weight)
{
	struct register_text text = {0};
	text.cell[REGISTER_STRATUM] = (struct cell){stratum, strlen(stratum)};
	text.cell[REGISTER_WEIGHT] = (struct cell){weight, strlen(weight)};
	return design_add(
	    &f->reading, survey, f->reading.rows + 1, &text, &f->problems, &f->stratum);
}

static void
end(struct found *f)
{
	design_end(&f->reading, survey, on_problem, f);
}

/* The last problem of a row. */
static void
assert_problem(
    const struct found *f, enum register_column column, const char *value, const char *words)
{
	assert_true(f->problems.n > 0);
	const struct register_problem *p = &f->problems.problem[f->problems.n - 1];
	assert_int_equal(p->column, column);
	assert_string_equal(p->value, value);
	assert_non_null(strstr(p->words->en, words));
	assert_true(survey->check[p->check].hard && p->words->vi[0] != '\0');
}

static void
a_register_without_strata_is_a_census(void **state)
{
	(void)state;
	struct found f = {0};
	assert_true(add(&f, "", "") && add(&f, "", ""));
	assert_int_equal(f.stratum, 0);
	end(&f);
	assert_int_equal(f.problems.n + f.ends, 0);
}

static void
strata_are_numbered_by_name_and_those_drawn_are_marked(void **state)
{
	(void)state;
	struct found f = {0};
	uint8_t order[DESIGN_STRATA_MAX + 1];
	assert_true(add(&f, "small", "2"));
	assert_int_equal(f.stratum, 1 | DESIGN_DRAWN);
	assert_true(add(&f, "small", ""));
	assert_int_equal(f.stratum, 1);
	assert_true(add(&f, "large", "1"));
	assert_int_equal(f.stratum, 2 | DESIGN_DRAWN);
	end(&f);
	assert_int_equal(f.problems.n + f.ends, 0);
	design_order(&f.reading, order);
	assert_int_equal(order[1], 2);
	assert_int_equal(order[2], 1);
}

static void
every_row_names_a_stratum_or_none_does(void **state)
{
	(void)state;
	struct found f = {0};
	add(&f, "a", "1");
	assert_false(add(&f, "", ""));
	assert_problem(&f, REGISTER_STRATUM, "", "other rows name a stratum");
	struct found g = {0};
	add(&g, "", "");
	assert_false(add(&g, "a", "1"));
	assert_problem(&g, REGISTER_STRATUM, "a", "the first row names no stratum");
	assert_false(add(&g, "", "1.5"));
	assert_problem(&g, REGISTER_WEIGHT, "1.5", "without a stratum");
}

static void
a_weight_is_a_number_from_one_on(void **state)
{
	(void)state;
	static const char *const bad[] = {"0", "0.5", "0.999999999", "-1", "1,5", "x", "1.", ".5",
	    "1e3", "1.5 ", "nan", "inf", "1000000000", "1.2.3", "12345678901234567890123"};
	static const char *const good[] = {
	    "1", "1.0", "999999999", "1.000000000000001", "6.66666666666667"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct found f = {0};
		assert_false(add(&f, "a", bad[i]));
		assert_problem(&f, REGISTER_WEIGHT, bad[i], "a number from 1 on");
	}
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct found f = {0};
		assert_true(add(&f, "a", good[i]));
	}
}

static void
a_stratum_is_named_in_few_plain_letters(void **state)
{
	(void)state;
	static const char *const bad[] = {
	    "tầng", "a b", "a,b", "123456789012345678901234567890123"};
	struct found f = {0};
	assert_true(add(&f, "12345678901234567890123456789012", "1"));
	assert_true(add(&f, "C.small_1-a", "1"));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_false(add(&f, bad[i], "1"));
		assert_problem(&f, REGISTER_STRATUM, bad[i], "1 to 32");
	}
}

static void
there_are_at_most_64_strata(void **state)
{
	(void)state;
	struct found f = {0};
	char name[16];
	for (unsigned i = 1; i <= DESIGN_STRATA_MAX; i++) {
		snprintf(name, sizeof(name), "s%u", i);
		assert_true(add(&f, name, "1"));
	}
	assert_int_equal(f.stratum, DESIGN_STRATA_MAX | DESIGN_DRAWN);
	assert_false(add(&f, "one-more", "1"));
	assert_problem(&f, REGISTER_STRATUM, "one-more", "more than 64");
	assert_true(add(&f, "s1", "1"));
}

static void
those_drawn_of_a_stratum_have_one_weight(void **state)
{
	(void)state;
	struct found f = {0};
	add(&f, "a", "2.5");
	assert_true(add(&f, "a", "2.50"));
	assert_false(add(&f, "a", "2.4"));
	assert_problem(&f, REGISTER_WEIGHT, "2.4", "one weight");
}

/* Of `units`, `drawn` with that weight. */
static bool
fits(unsigned units, unsigned drawn, const char *weight)
{
	struct found f = {0};
	for (unsigned i = 0; i < units; i++)
		assert_true(add(&f, "a", i < drawn ? weight : ""));
	end(&f);
	if (f.ends > 0) {
		assert_int_equal(f.row, 1);
		assert_int_equal(f.at_end.column, REGISTER_WEIGHT);
		assert_string_equal(f.at_end.value, weight);
		assert_non_null(strstr(f.at_end.words->en, "over those drawn"));
	}
	return f.ends == 0;
}

static void
weights_sum_up_to_the_frame_as_far_as_they_are_rounded(void **state)
{
	(void)state;
	assert_true(fits(20, 3, "7") && fits(20, 3, "6.7") && fits(20, 3, "6.667"));
	assert_true(fits(20, 3, "6.66666666666667") && fits(20, 3, "6.666666667"));
	assert_false(fits(20, 3, "6") || fits(20, 3, "6.6") || fits(20, 3, "6.66"));
	assert_false(fits(20, 3, "6.0000000") || fits(20, 3, "20"));
	assert_true(fits(3, 3, "1") && !fits(3, 3, "6.67")); /* the sample alone is no frame */
	assert_false(fits(3, 3, "999999999"));
}

static void
of_each_stratum_somebody_is_drawn(void **state)
{
	(void)state;
	struct found f = {0};
	add(&f, "a", "1");
	add(&f, "b", "");
	add(&f, "b", "");
	end(&f);
	assert_int_equal(f.ends, 1);
	assert_int_equal(f.row, 2);
	assert_int_equal(f.at_end.column, REGISTER_STRATUM);
	assert_string_equal(f.at_end.value, "b");
	assert_non_null(strstr(f.at_end.words->en, "nobody of this stratum was drawn"));
}

static int
set_up(void **state)
{
	(void)state;
	survey = default_survey();
	return survey == NULL;
}

static int
tear_down(void **state)
{
	(void)state;
	definition_free(survey);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_register_without_strata_is_a_census),
	    cmocka_unit_test(strata_are_numbered_by_name_and_those_drawn_are_marked),
	    cmocka_unit_test(every_row_names_a_stratum_or_none_does),
	    cmocka_unit_test(a_weight_is_a_number_from_one_on),
	    cmocka_unit_test(a_stratum_is_named_in_few_plain_letters),
	    cmocka_unit_test(there_are_at_most_64_strata),
	    cmocka_unit_test(those_drawn_of_a_stratum_have_one_weight),
	    cmocka_unit_test(weights_sum_up_to_the_frame_as_far_as_they_are_rounded),
	    cmocka_unit_test(of_each_stratum_somebody_is_drawn),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
