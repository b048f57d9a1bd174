/* SPDX-License-Identifier: Apache-2.0 */
#include "survey/answers_json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/mini_survey.h"

static struct definition *d;
static struct answers answers;
static struct findings findings;
static struct answers_json_errors errors;
static json_t *object; /* of the last text read; spans point into it */

static int
set_up(void **state)
{
	(void)state;
	d = mini_survey();
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	json_decref(object);
	definition_free(d);
	return 0;
}

static bool
read_whole(const char *text)
{
	json_decref(object);
	object = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(object);
	return answers_from_json(d, object, &answers, &findings, &errors);
}

/* One answer, as it stands in "answers". */
static const struct answer *
read_one(const char *question, const char *value)
{
	char text[512];
	snprintf(text, sizeof(text), "{\"answers\": {\"%s\": %s}}", question, value);
	if (!read_whole(text))
		fail_msg("%s: %s", errors.error[0].path, errors.error[0].reason);
	return &answers.answer[mini_question(d, question)];
}

static void
expect_error(const char *text, const char *path, const char *reason)
{
	assert_false(read_whole(text));
	assert_int_equal(errors.n, 1);
	assert_string_equal(errors.error[0].path, path);
	if (!strstr(errors.error[0].reason, reason))
		fail_msg("%s: %s", path, errors.error[0].reason);
}

static void
expect_wrong(const char *question, const char *value, const char *reason)
{
	char text[512], path[96];
	snprintf(text, sizeof(text), "{\"answers\": {\"%s\": %s}}", question, value);
	snprintf(path, sizeof(path), "answers/%s", question);
	expect_error(text, path, reason);
}

static bool
holds(struct span span, const char *text)
{
	return span.n == strlen(text) && memcmp(span.bytes, text, span.n) == 0;
}

static void
each_type_of_answer_is_read(void **state)
{
	(void)state;
	assert_int_equal(read_one("B01", "[\"Y\", \"X\"]")->mask, 3);
	assert_int_equal(read_one("B01", "\"Y\"")->mask, 2);
	assert_int_equal(read_one("B02", "\"Y\"")->mask, 2);
	assert_int_equal(read_one("B02", "[\"Y\"]")->mask, 2);
	assert_int_equal(read_one("B03", "\"YES\"")->mask, 1);
	assert_true(holds(read_one("B04", "\"Hà Tĩnh\"")->text, "Hà Tĩnh"));
	assert_true(holds(read_one("B05", "{\"text\": \"x\"}")->text, "x"));
	assert_int_equal(read_one("H04", "-5")->number, -5);
	assert_int_equal(read_one("H02", "60.0")->number, 60);
	const struct answer *other =
	    read_one("B01", "{\"choices\": [\"X\",\"OTHER\"],\"other\":\"tơ\"}");
	assert_int_equal(other->mask, 9);
	assert_true(holds(other->text, "tơ"));
	other = read_one("B02", "{\"choice\": \"OTHER\", \"other\": \"tơ\"}");
	assert_int_equal(other->mask, 4);
	assert_true(holds(other->text, "tơ"));
}

static void
dont_know_stands_alone_or_alone_in_a_list(void **state)
{
	(void)state;
	assert_int_equal(read_one("B01", "\"DK\"")->state, ANSWER_DONT_KNOW);
	assert_int_equal(read_one("B01", "[\"DK\"]")->state, ANSWER_DONT_KNOW);
	assert_int_equal(read_one("B03", "\"DK\"")->state, ANSWER_DONT_KNOW);
	assert_int_equal(read_one("H02", "\"DK\"")->state, ANSWER_DONT_KNOW);
	assert_int_equal(read_one("B05", "\"DK\"")->state, ANSWER_DONT_KNOW);
	/* where don't know is not admitted it is text like any other */
	assert_true(holds(read_one("B04", "\"DK\"")->text, "DK"));
	assert_true(holds(read_one("B05", "{\"text\": \"DK\"}")->text, "DK"));
}

static void
nothing_means_no_answer(void **state)
{
	(void)state;
	static const char *const nothing[] = {"null", "\"\""};
	static const char *const questions[] = {"B01", "B02", "B03", "B04", "H02", "G03"};
	for (size_t i = 0; i < 6; i++) {
		for (size_t k = 0; k < 2; k++)
			assert_int_equal(read_one(questions[i], nothing[k])->state, ANSWER_BLANK);
	}
	assert_int_equal(read_one("B01", "[]")->state, ANSWER_BLANK);
	assert_int_equal(
	    read_one("B01", "{\"choices\": [], \"other\": \"\"}")->state, ANSWER_BLANK);
	assert_true(
	    read_whole("{\"answers\": {}, \"confirmed\": null, \"seconds\": null, \"x\": 1}"));
	assert_int_equal(answers.seconds, -1);
}

static void
tenths_are_read_exactly(void **state)
{
	(void)state;
	char value[32];
	for (int tenths = -1000; tenths <= 2000; tenths++) {
		snprintf(value, sizeof(value), "%.1f", tenths / 10.0);
		assert_int_equal(read_one("G03", value)->number, tenths);
	}
	assert_int_equal(read_one("G03", "12")->number, 120);
	assert_int_equal(read_one("G03", "1.25e1")->number, 125);
	assert_int_equal(read_one("G03", "12.50")->number, 125);
	expect_wrong("G03", "12.34", "at most one decimal");
	expect_wrong("G03", "0.05", "at most one decimal");
	expect_wrong("G03", "12.30000000000001", "at most one decimal");
	expect_wrong("G03", "1e300", "too large");
	expect_wrong("G03", "9007199254740992", "too large");
}

static void
numbers_beyond_what_a_double_holds_are_refused(void **state)
{
	(void)state;
	assert_true(read_one("H02", "9007199254740992")->number == INT64_C(9007199254740992));
	expect_wrong("H02", "9007199254740993", "too large");
	expect_wrong("H02", "-9223372036854775808", "too large");
	expect_wrong("H02", "1e18", "too large");
	expect_wrong("H02", "60.5", "whole number");
	expect_wrong("H02", "\"60\"", "must be a number");
	expect_wrong("H02", "true", "must be a number");
	expect_wrong("H02", "[]", "must be a number");
	expect_wrong("H02", "{}", "must be a number");
}

static void
what_cannot_be_an_answer_is_named_with_its_path(void **state)
{
	(void)state;
	expect_wrong("ZZZ", "1", "unknown question");
	expect_wrong("A01", "1", "unknown question");
	expect_wrong("G05", "1", "heading");
	expect_wrong("B01", "[\"X\", \"Q\"]", "unknown choice \"Q\"");
	expect_wrong("B01", "[\"X\", \"X\"]", "twice");
	expect_wrong("B01", "[\"DK\", \"DK\"]", "twice");
	expect_wrong("B01", "[\"X\", 1]", "by its code");
	expect_wrong("B01", "1", "by its code");
	expect_wrong("B02", "[\"X\", \"Y\"]", "only one choice");
	expect_wrong("B03", "true", "by its code");
	expect_wrong("B04", "1", "must be text");
	expect_wrong("B04", "[]", "must be text");
	expect_wrong("B01", "{\"choices\": [\"X\"], \"choice\": \"X\"}", "one of");
	expect_wrong("B01", "{\"choices\": {}}", "must be codes");
	expect_wrong("B01", "{\"chosen\": [\"X\"]}", "a key");
	expect_wrong("B01", "{\"other\": \"x\"}", "no choice");
	expect_wrong("B01", "{\"choices\": [\"OTHER\"], \"other\": 7}", "must be text");
	expect_wrong("B05", "{\"other\": \"x\"}", "a key");
	expect_error("{}", "answers", "missing");
	expect_error("{\"answers\": []}", "answers", "object");
	expect_error("{\"answers\": {}, \"confirmed\": []}", "confirmed", "object");
	expect_error(
	    "{\"answers\": {}, \"confirmed\": {\"ZZ\": \"x\"}}", "confirmed/ZZ", "unknown check");
	expect_error(
	    "{\"answers\": {}, \"confirmed\": {\"S_FAST\": \"\"}}", "confirmed/S_FAST", "reason");
	expect_error(
	    "{\"answers\": {}, \"confirmed\": {\"S_FAST\": 1}}", "confirmed/S_FAST", "text");
	expect_error("{\"answers\": {}, \"seconds\": -1}", "seconds", "0 to");
	expect_error("{\"answers\": {}, \"seconds\": 2147483648}", "seconds", "0 to");
	expect_error("{\"answers\": {}, \"seconds\": \"x\"}", "seconds", "number");
	expect_error("{\"answers\": {\"a\\u001bb\": 1}}", "answers/a\\u001bb", "unknown");
}

static void
all_errors_come_at_once_up_to_the_limit(void **state)
{
	(void)state;
	char text[2048] = "{\"answers\": {\"B01\": 1";
	assert_false(read_whole("{\"answers\": {\"B01\": 1, \"ZZ\": 1}, \"seconds\": -1}"));
	assert_int_equal(errors.n, 3);
	for (int i = 0; i < 60; i++) {
		char one[24];
		snprintf(one, sizeof(one), ", \"Z%d\": 1", i);
		strcat(text, one);
	}
	strcat(text, "}}");
	assert_false(read_whole(text));
	assert_int_equal(errors.n, ANSWERS_JSON_ERRORS_MAX);
}

static void
exclusive_choices_beside_others_are_findings(void **state)
{
	(void)state;
	assert_int_equal(read_one("B01", "[\"X\", \"DK\"]")->mask, 1);
	assert_int_equal(findings.total, 1);
	assert_true(mini_found(d, &findings, "B01", "E_EXCLUSIVE"));
	assert_string_equal(findings.finding[0].value, "DK");
	read_one("B01", "[\"NONE\", \"X\"]");
	assert_int_equal(findings.total, 1);
	assert_string_equal(findings.finding[0].value, "NONE");
	read_one("B01", "[\"NONE\"]");
	assert_int_equal(findings.total, 0);
}

static void
confirmations_and_seconds_are_read(void **state)
{
	(void)state;
	assert_true(read_whole(
	    "{\"answers\": {}, \"confirmed\": {\"S_FAST\": \"vội\"}, \"seconds\": 640}"));
	assert_int_equal(answers.seconds, 640);
	assert_int_equal(answers.confirmations, 1);
	assert_int_equal(answers.confirmed[0].check, mini_check(d, "S_FAST"));
	assert_true(holds(answers.confirmed[0].reason, "vội"));
}

/* Through text, as a file would keep it. */
static void
what_is_written_is_read_back_to_the_same_bytes(void **state)
{
	(void)state;
	unsigned seed = 17;
	for (int round = 0; round < 3000; round++) {
		size_t n, m;
		mini_answers(d, &seed, &answers);
		uint8_t *before = answers_encode(d, &answers, &n);
		json_t *written = answers_to_json(d, &answers);
		assert_non_null(written);
		char *text = json_dumps(written, JSON_REAL_PRECISION(15));
		if (!read_whole(text))
			fail_msg("%s: %s", errors.error[0].path, errors.error[0].reason);
		assert_int_equal(findings.total, 0);
		uint8_t *after = answers_encode(d, &answers, &m);
		assert_int_equal(n, m);
		assert_memory_equal(before, after, n);
		free(before);
		free(after);
		free(text);
		json_decref(written);
	}
}

static void
a_share_is_written_as_people_write_it(void **state)
{
	(void)state;
	memset(&answers, 0, sizeof(answers));
	answers.answer[mini_question(d, "G03")] =
	    (struct answer){.state = ANSWER_VALUE, .number = 123};
	answers.seconds = -1;
	json_t *written = answers_to_json(d, &answers);
	char *text = json_dumps(written, JSON_REAL_PRECISION(15) | JSON_COMPACT);
	assert_string_equal(text, "{\"answers\":{\"G03\":12.3},\"confirmed\":{}}");
	free(text);
	json_decref(written);
}

static void
text_that_is_not_utf8_is_not_written(void **state)
{
	(void)state;
	memset(&answers, 0, sizeof(answers));
	answers.answer[mini_question(d, "B04")] =
	    (struct answer){.state = ANSWER_VALUE, .text = {"\xFF", 1}};
	assert_null(answers_to_json(d, &answers));
}

static size_t allocations_left;

static void *
failing_malloc(size_t n)
{
	if (allocations_left == 0)
		return NULL;
	allocations_left--;
	return malloc(n);
}

/* The first allocation fails, then the second, until there is none left to fail. */
static void
memory_that_runs_out_while_writing_is_told(void **state)
{
	(void)state;
	unsigned seed = 4;
	json_t *written = NULL;
	size_t failed = 0;
	do {
		mini_answers(d, &seed, &answers);
	} while (answers.confirmations == 0 || answers.answer[0].text.n == 0);
	while (!written) {
		allocations_left = failed++;
		json_set_alloc_funcs(failing_malloc, free);
		written = answers_to_json(d, &answers);
		json_set_alloc_funcs(malloc, free);
	}
	assert_true(failed > 20);
	json_t *whole = answers_to_json(d, &answers);
	assert_true(json_equal(written, whole));
	json_decref(written);
	json_decref(whole);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_type_of_answer_is_read),
	    cmocka_unit_test(dont_know_stands_alone_or_alone_in_a_list),
	    cmocka_unit_test(nothing_means_no_answer),
	    cmocka_unit_test(tenths_are_read_exactly),
	    cmocka_unit_test(numbers_beyond_what_a_double_holds_are_refused),
	    cmocka_unit_test(what_cannot_be_an_answer_is_named_with_its_path),
	    cmocka_unit_test(all_errors_come_at_once_up_to_the_limit),
	    cmocka_unit_test(exclusive_choices_beside_others_are_findings),
	    cmocka_unit_test(confirmations_and_seconds_are_read),
	    cmocka_unit_test(what_is_written_is_read_back_to_the_same_bytes),
	    cmocka_unit_test(a_share_is_written_as_people_write_it),
	    cmocka_unit_test(text_that_is_not_utf8_is_not_written),
	    cmocka_unit_test(memory_that_runs_out_while_writing_is_told),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
