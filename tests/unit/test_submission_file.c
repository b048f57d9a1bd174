/* SPDX-License-Identifier: Apache-2.0 */
#include "client/submission_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/client_rig.h"
#include "tests/support/mini_survey.h"

static struct submission_file file;
static struct answers_json_errors errors;

static bool
parse(const char *text)
{
	errors.n = 0;
	return submission_file_parse(text, strlen(text), LANGUAGE_EN, &file, &errors);
}

static void
expect_error(const char *text, const char *path)
{
	assert_false(parse(text));
	assert_true(errors.n >= 1);
	assert_string_equal(errors.error[0].path, path);
}

static void
all_that_a_file_says_is_read(void **state)
{
	(void)state;
	assert_true(parse("{\"round\":\"r1\",\"survey\":\"SMALL\",\"version\":3,"
			  "\"tax_code\":\"30 0012 3455\",\"access_code\":\"oooo-1111-2222-3333\","
			  "\"instance_id\":\"00112233-4455-6677-8899-aabbccddeeff\",\"answers\":{},"
			  "\"comment\":\"x\"}"));
	assert_string_equal(file.outgoing.round, "r1");
	assert_string_equal(file.outgoing.survey_id, "SMALL");
	assert_int_equal(file.outgoing.survey_version, 3);
	assert_string_equal(file.outgoing.tax_code, "3000123455");
	assert_string_equal(file.outgoing.access_code, "0000111122223333");
	assert_true(file.has_instance_id);
	assert_int_equal(file.outgoing.instance_id[15], 0xff);
	assert_false(file.outgoing.corrects);
	submission_file_clear(&file);
}

static void
what_is_wrong_is_named(void **state)
{
	(void)state;
	expect_error("{\"answers\":{},\"anwsers\":{}}", "anwsers");
	expect_error("{\"round\":\"r\"}", "answers");
	expect_error("{\"answers\":{},\"tax_code\":\"3000123456\"}", "tax_code");
	expect_error("{\"answers\":{},\"tax_code\":3000123455}", "tax_code");
	expect_error("{\"answers\":{},\"access_code\":\"U\"}", "access_code");
	expect_error("{\"answers\":{},\"instance_id\":\"1\"}", "instance_id");
	expect_error(
	    "{\"answers\":{},\"corrects\":\"00000000000000000000000000000000\"}", "corrects");
	expect_error("{\"answers\":{},\"version\":-1}", "version");
	expect_error("{\"answers\":{},\"version\":\"1\"}", "version");
	expect_error("[]", "");
	expect_error("{\"answers\":{}", "");
}

static void
a_key_given_twice_is_refused(void **state)
{
	(void)state;
	expect_error("{\"answers\":{\"B03\":\"YES\",\"B03\":\"NO\"}}", "");
	assert_non_null(strstr(errors.error[0].reason, "line 1"));
}

static void
deep_nesting_is_refused(void **state)
{
	(void)state;
	char text[4096] = "{\"answers\":";
	for (int i = 0; i < 1000; i++)
		strcat(text, "[");
	for (int i = 0; i < 1000; i++)
		strcat(text, "]");
	strcat(text, "}");
	expect_error(text, "");
}

/* Every prefix of a good file is an error and never a crash; the copy is exact, so that a read past
 * its end is seen. */
static void
every_prefix_is_refused(void **state)
{
	(void)state;
	static const char text[] =
	    "{\"answers\":{\"B01\":[\"X\"],\"B04\":\"\\u1ea1\"},\"seconds\":5}";
	for (size_t n = 0; n < sizeof(text) - 1; n++) {
		char *copy = malloc(n + 1);
		memcpy(copy, text, n);
		errors.n = 0;
		assert_false(submission_file_parse(copy, n, LANGUAGE_VI, &file, &errors));
		assert_int_equal(errors.n, 1);
		free(copy);
	}
}

static void
text_is_brought_to_normal_form_c(void **state)
{
	(void)state;
	struct definition *d = mini_survey();
	struct answers answers = {0};
	struct findings findings = {0};
	/* "a" with a combining dot below */
	assert_true(parse("{\"answers\":{\"B01\":[\"X\"],\"B04\":\"ba\\u0323n\"}}"));
	assert_true(submission_file_encode(&file, d, LANGUAGE_EN, &answers, &findings, &errors));
	struct span text = answers.answer[mini_question(d, "B04")].text;
	assert_int_equal(text.n, strlen("bạn"));
	assert_memory_equal(text.bytes, "bạn", text.n);
	assert_true(file.outgoing.answers_bytes > 0);
	submission_file_clear(&file);
	definition_free(d);
}

static void
the_same_file_gives_the_same_bytes(void **state)
{
	(void)state;
	struct definition *d = mini_survey();
	struct answers answers;
	struct findings findings = {0};
	uint8_t first[256];
	size_t n = 0;
	for (int i = 0; i < 2; i++) {
		memset(&answers, 0, sizeof(answers));
		assert_true(parse(i == 0 ? "{\"answers\":{\"B01\":[\"X\",\"Y\"],\"B03\":\"NO\"}}"
					 : "{\"answers\":{\"B03\":\"NO\",\"B01\":[\"Y\",\"X\"]}}"));
		assert_true(
		    submission_file_encode(&file, d, LANGUAGE_EN, &answers, &findings, &errors));
		if (i == 0) {
			n = file.outgoing.answers_bytes;
			assert_true(n <= sizeof(first));
			memcpy(first, file.outgoing.answers, n);
		}
		assert_int_equal(file.outgoing.answers_bytes, n);
		assert_memory_equal(file.outgoing.answers, first, n);
		submission_file_clear(&file);
	}
	definition_free(d);
}

static void
an_unknown_question_is_named(void **state)
{
	(void)state;
	struct definition *d = mini_survey();
	struct answers answers = {0};
	struct findings findings = {0};
	assert_true(parse("{\"answers\":{\"B99\":\"X\"}}"));
	assert_false(submission_file_encode(&file, d, LANGUAGE_EN, &answers, &findings, &errors));
	assert_int_equal(errors.n, 1);
	assert_string_equal(errors.error[0].path, "answers/B99");
	submission_file_clear(&file);
	definition_free(d);
}

static void
a_file_with_a_byte_order_mark_is_read_and_a_missing_one_is_said(void **state)
{
	(void)state;
	struct client_rig rig;
	client_rig_open(&rig);
	char *path = client_rig_write(&rig, "a.json", "\xef\xbb\xbf{\"answers\":{}}");
	errors.n = 0;
	assert_true(submission_file_read(path, LANGUAGE_EN, &file, &errors));
	submission_file_clear(&file);
	assert_false(submission_file_read("/nowhere.json", LANGUAGE_EN, &file, &errors));
	assert_int_equal(errors.n, 1);
	free(path);
	client_rig_close(&rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(all_that_a_file_says_is_read),
	    cmocka_unit_test(what_is_wrong_is_named),
	    cmocka_unit_test(a_key_given_twice_is_refused),
	    cmocka_unit_test(deep_nesting_is_refused),
	    cmocka_unit_test(every_prefix_is_refused),
	    cmocka_unit_test(text_is_brought_to_normal_form_c),
	    cmocka_unit_test(the_same_file_gives_the_same_bytes),
	    cmocka_unit_test(an_unknown_question_is_named),
	    cmocka_unit_test(a_file_with_a_byte_order_mark_is_read_and_a_missing_one_is_said),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
