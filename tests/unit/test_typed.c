/* SPDX-License-Identifier: Apache-2.0 */
#include "client/typed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/survey_group.h"

static struct typed_line typed;

static enum typed
type(const char *question, const char *line)
{
	return typed_parse(d, mini_question(d, question), LANGUAGE_VI, line, &typed);
}

static void
choices_are_typed_as_numbers_or_codes(void **state)
{
	(void)state;
	assert_int_equal(type("B01", "1 3"), TYPED_ANSWER);
	assert_int_equal(typed.answer.mask, 5);
	assert_int_equal(type("B01", "1,3"), TYPED_ANSWER);
	assert_int_equal(typed.answer.mask, 5);
	assert_int_equal(type("B01", "x, z"), TYPED_ANSWER);
	assert_int_equal(typed.answer.mask, 5);
	assert_int_equal(type("B01", "0"), TYPED_WRONG);
	assert_int_equal(type("B01", "6"), TYPED_WRONG);
	assert_int_equal(type("B01", "99999999999999999999"), TYPED_WRONG);
	assert_int_equal(type("B01", "-1"), TYPED_WRONG);
	assert_int_equal(type("B01", "quatsch"), TYPED_WRONG);
	assert_int_equal(type("B01", ", ,"), TYPED_WRONG);
	assert_int_equal(type("B02", "2"), TYPED_ANSWER);
	assert_int_equal(typed.answer.mask, 2);
	assert_int_equal(type("B02", "1 2"), TYPED_WRONG);
}

static void
yes_and_no_may_be_words(void **state)
{
	(void)state;
	const struct question *q = &d->question[mini_question(d, "B03")];
	uint64_t yes = (uint64_t)1 << question_find_choice(q, "YES", 3);
	static const char *const words[] = {"c", "có", "Y", "yes", "1"};
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		assert_int_equal(type("B03", words[i]), TYPED_ANSWER);
		assert_int_equal(typed.answer.mask, yes);
	}
	assert_int_equal(type("B03", "không"), TYPED_ANSWER);
	assert_int_equal(typed.answer.mask, 3 & ~yes);
}

static void
numbers_are_taken_as_people_write_them(void **state)
{
	(void)state;
	static const struct {
		const char *question, *line;
		int64_t number;
	} good[] = {
	    {"H02", "1500", 1500},
	    {"H02", "1.500", 1500},
	    {"H02", "1 500 000", 1500000},
	    {"H02", "12,345,678", 12345678},
	    {"H04", "-3", -3},
	    {"G05_A", "60%", 60},
	    {"G05_A", "60 %", 60},
	    {"G03", "12,5", 125},
	    {"G03", "12.5%", 125},
	    {"G03", "12", 120},
	};
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(type(good[i].question, good[i].line), TYPED_ANSWER);
		assert_int_equal(typed.answer.state, ANSWER_VALUE);
		assert_int_equal(typed.answer.number, good[i].number);
	}
	static const char *const bad[] = {"abc", "1.5", "1.50", "1.5000", "1,500.000", "1.500.",
	    "-", "12345678901234567890", "1e3", "%", "１２"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(type("H02", bad[i]), TYPED_WRONG);
	assert_int_equal(type("G03", "12,55"), TYPED_WRONG);
	assert_int_equal(type("G03", "1,2,3"), TYPED_WRONG);
}

static void
a_line_may_lead_elsewhere(void **state)
{
	(void)state;
	assert_int_equal(type("B01", ""), TYPED_EMPTY);
	assert_int_equal(type("B01", "<"), TYPED_BACK);
	assert_int_equal(type("B01", ":q"), TYPED_QUIT);
	assert_int_equal(type("B01", ":H"), TYPED_HELP);
	assert_int_equal(type("B01", ":r"), TYPED_REVIEW);
	assert_int_equal(type("B01", ":x"), TYPED_CLEAR);
	assert_int_equal(type("B01", ":zz"), TYPED_WRONG);
	assert_int_equal(type("B01", ":g03"), TYPED_GOTO);
	assert_int_equal(typed.place, mini_question(d, "G03"));
	assert_int_equal(type("B01", ":G05"), TYPED_GOTO);
	assert_int_equal(typed.place, mini_question(d, "G05_A"));
}

static void
a_question_mark_is_dont_know_where_that_is_admitted(void **state)
{
	(void)state;
	assert_int_equal(type("B01", "?"), TYPED_ANSWER);
	assert_int_equal(typed.answer.state, ANSWER_DONT_KNOW);
	assert_int_equal(type("B06", "?"), TYPED_WRONG);
	assert_int_equal(type("B05", "?"), TYPED_ANSWER);
	assert_int_equal(typed.answer.state, ANSWER_DONT_KNOW);
	assert_int_equal(type("B04", "?"), TYPED_ANSWER);
	assert_int_equal(typed.answer.state, ANSWER_VALUE);
	assert_int_equal(type("B04", "một câu"), TYPED_ANSWER);
	assert_int_equal(typed.answer.text.n, strlen("một câu"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(choices_are_typed_as_numbers_or_codes),
	    cmocka_unit_test(yes_and_no_may_be_words),
	    cmocka_unit_test(numbers_are_taken_as_people_write_them),
	    cmocka_unit_test(a_line_may_lead_elsewhere),
	    cmocka_unit_test(a_question_mark_is_dont_know_where_that_is_admitted),
	};
	return cmocka_run_group_tests(tests, load_mini_survey, unload_survey);
}
