/* SPDX-License-Identifier: Apache-2.0 */
#include "survey/definition.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "survey/rule.h"
#include "tests/support/definition_rig.h"

static struct definition_problems problems;

static void
expect_not_json(const char *text, size_t n, const char *reason)
{
	char *exact = malloc(n ? n : 1);
	assert_non_null(exact);
	memcpy(exact, text, n);
	assert_null(definition_load(exact, n, &problems));
	free(exact);
	assert_int_equal(problems.n, 1);
	assert_string_equal(problems.problem[0].path, "");
	if (!strstr(problems.problem[0].reason, reason))
		fail_msg("%s", problems.problem[0].reason);
}

static void
what_is_not_json_is_refused_with_line_and_column(void **unused)
{
	(void)unused;
	static char deep[100000];
	memset(deep, '[', sizeof(deep));
	expect_not_json("", 0, "line 1");
	expect_not_json("{", 1, "line 1");
	expect_not_json("{}\n}", 4, "line 2");
	expect_not_json("[]", 2, "must be an object");
	expect_not_json("{\"id\":1,\"id\":2}", 15, "duplicate");
	expect_not_json("{\"id\":\"a\\u0000b\"}", 17, "\\u0000");
	expect_not_json("{\"id\":\"a\0b\"}", 12, "line 1");
	expect_not_json("{\"id\":\"\xff\"}", 10, "decode");
	expect_not_json("{\"id\":\"\xed\xa0\x80\"}", 12, "decode");
	expect_not_json("{\"version\":99999999999999999999}", 32, "too big");
	expect_not_json(deep, sizeof(deep), "line 1");
}

static void
bytes_beyond_the_limit_are_not_even_parsed(void **unused)
{
	(void)unused;
	size_t n = DEFINITION_BYTES_MAX + 1;
	char *blanks = malloc(n);
	assert_non_null(blanks);
	memset(blanks, ' ', n);
	assert_null(definition_load(blanks, n, &problems));
	assert_non_null(strstr(problems.problem[0].reason, "longer than"));
	free(blanks);
}

static void
every_prefix_of_a_definition_is_refused(void **unused)
{
	(void)unused;
	json_t *root = rig_survey();
	char *text = json_dumps(root, JSON_COMPACT);
	for (size_t n = 0; n < strlen(text); n += 7) {
		char *exact = malloc(n ? n : 1);
		assert_non_null(exact);
		memcpy(exact, text, n);
		assert_null(definition_load(exact, n, &problems));
		assert_int_equal(problems.n, 1);
		free(exact);
	}
	free(text);
	json_decref(root);
}

static void
wrong_types_everywhere_are_refused_and_do_no_harm(void **unused)
{
	(void)unused;
	static const char *const wrong[] = {"null", "true", "-1", "1e300", "''", "[]", "{}", "[[]]",
	    "[null]", "[{}]", "{'a':[]}", "9223372036854775807"};
	static const char *const pointers[] = {"/title", "/labels", "/columns", "/columns/0",
	    "/lists", "/lists/zone", "/lists/zone/codes", "/lists/zone/codes/1",
	    "/lists/section/groups", "/lists/section/groups/0/members", "/vsic", "/sections",
	    "/sections/0", "/sections/0/questions", "/sections/0/questions/0",
	    "/sections/0/questions/0/choices", "/sections/0/questions/0/choices/0",
	    "/sections/1/questions/2/parts", "/sections/1/questions/2/parts/0",
	    "/sections/1/relevance", "/scores", "/scores/0/items", "/scores/0/items/0",
	    "/indicators", "/indicators/0", "/indicators/1/rule/when", "/indicators/1/rule/then/in",
	    "/checks", "/checks/0/builtin", "/checks/4/questions", "/populations",
	    "/populations/0/rule/and", "/goals", "/goals/0"};
	unsigned refused = 0;
	for (size_t p = 0; p < sizeof(pointers) / sizeof(pointers[0]); p++)
		for (size_t w = 0; w < sizeof(wrong) / sizeof(wrong[0]); w++) {
			json_t *root = rig_survey();
			rig_put(root, pointers[p], rig_json(wrong[w]));
			struct definition *d = rig_load(root, &problems);
			assert_true(!d == (problems.n > 0));
			refused += !d;
			definition_free(d);
			json_decref(root);
		}
	/* An empty array is right for what may be left out: columns, vsic and goals, questions of a
	 * check. An empty object is right for no one but the labels of choices, and there NONE
	 * lacks. */
	assert_in_range(refused, 34 * 12 - 5, 34 * 12 - 3);
}

static void
a_definition_says_what_its_file_says(void **unused)
{
	(void)unused;
	json_t *root = rig_survey();
	struct definition *d = rig_load(root, &problems);
	json_decref(root); /* nothing of it is kept */
	assert_non_null(d);
	assert_string_equal(d->id, "SMALL-1");
	assert_int_equal(d->version, 3);
	assert_int_equal(d->questions, 13);
	const struct question *q = &d->question[definition_find_question(d, "Q1", 2)];
	assert_true(q->required && q->core && q->admits_dk);
	assert_int_equal(q->other_choice, 3);
	assert_int_equal(q->none_choice, 4);
	assert_string_equal(q->choice[3].label.vi, "Khác");
	assert_int_equal(question_find_choice(q, "B", 1), 1);
	assert_int_equal(question_find_choice(q, "BB", 2), -1);
	q = &d->question[definition_find_question(d, "Q2", 2)];
	assert_int_equal(q->none_choice, -1); /* of a single: a choice like any other */
	q = &d->question[definition_find_question(d, "T1", 2)];
	assert_true(q->multiline && !q->admits_dk && q->text_max_chars == 2000);
	q = &d->question[definition_find_question(d, "P1", 2)];
	assert_true(q->tenths && q->min == 0 && q->max == 1000);
	assert_int_equal(q->range_check, definition_find_check(d, "EH03", 4));
	q = &d->question[definition_find_question(d, "N1", 2)];
	assert_true(q->min == -5 && q->max == 100);
	q = &d->question[definition_find_question(d, "N2", 2)];
	assert_int_equal(q->max, MONEY_MAX);
	assert_int_equal(q->range_check, definition_find_check(d, "EH04", 4));
	q = &d->question[definition_find_question(d, "Y1", 2)];
	assert_true(q->max_is_ref_year);
	definition_free(d);
}

static void
the_parts_of_a_list_follow_it(void **unused)
{
	(void)unused;
	json_t *root = rig_survey();
	struct definition *d = rig_load(root, &problems);
	json_decref(root);
	int list = definition_find_question(d, "L1", 2);
	assert_int_equal(definition_find_question(d, "L1_A", 4), list + 1);
	assert_int_equal(definition_find_question(d, "L1_B", 4), list + 2);
	const struct question *q = &d->question[list];
	assert_int_equal(q->list, -1);
	assert_false(q->required); /* it takes no answer; what it says is its parts' default */
	assert_true(q[1].required && q[1].list == list && q[1].section == 1);
	assert_false(q[2].required);
	assert_int_equal(q[2].range_check, definition_find_check(d, "EH04", 4));
	assert_int_equal(d->section[1].first_question, 7);
	assert_int_equal(d->section[1].questions, 6);
	definition_free(d);
}

static void
code_lists_hold_types_parents_and_groups(void **unused)
{
	(void)unused;
	json_t *root = rig_survey();
	struct definition *d = rig_load(root, &problems);
	json_decref(root);
	const struct code_list *zones = &d->list[CODES_ZONE];
	assert_string_equal(zones->code[0].type, "NONE");
	assert_int_equal(zones->code[1].parent, 2);
	assert_int_equal(zones->code[3].parent, -1);
	assert_int_equal(definition_find_code(d, CODES_COMMUNE, "18100", 5), 1);
	assert_int_equal(definition_find_code(d, CODES_COMMUNE, "1810", 4), -1);
	assert_string_equal(zones->code[1].label.en, "X");
	const struct code_list *sections = &d->list[CODES_SECTION];
	assert_int_equal(sections->code[4].attribute, 1);
	assert_int_equal(sections->code[0].attribute, 3);
	assert_int_equal(sections->group[0].members, 3);
	assert_int_equal(sections->group[0].member[0], 1);
	assert_int_equal(d->vsic[1].section, 4);
	assert_int_equal(d->builtin[BUILTIN_TEXT], definition_find_check(d, "EH02", 4));
	assert_int_equal(definition_find_goal(d, "G1"), 0);
	assert_int_equal(definition_find_score(d, "SC"), 0);
	assert_int_equal(definition_find_indicator(d, "NOPE"), -1);
	definition_free(d);
}

/* Memory: jansson's calls through its hooks, ours through --wrap. */
static long calls_left = -1; /* -1: all succeed */
static long blocks;

static bool
is_refused(void)
{
	return calls_left >= 0 && calls_left-- == 0;
}

void *__real_calloc(size_t count, size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes);

void *
__wrap_calloc(size_t count, size_t bytes)
{
	return is_refused() ? NULL : __real_calloc(count, bytes);
}

/* jansson 2.14 does not look whether its string buffer could grow, and then reads beyond it. That
 * buffer doubles from 16 bytes, so requests of these sizes are always met here. */
static bool
is_string_buffer(size_t bytes)
{
	return bytes >= 32 && (bytes & (bytes - 1)) == 0;
}

static void *
counted_malloc(size_t bytes)
{
	void *memory = !is_string_buffer(bytes) && is_refused() ? NULL : malloc(bytes);
	blocks += memory != NULL;
	return memory;
}

static void
counted_free(void *memory)
{
	blocks -= memory != NULL;
	free(memory);
}

static void
a_definition_that_finds_no_memory_is_refused_and_leaks_nothing(void **unused)
{
	(void)unused;
	json_t *root = rig_survey();
	char *text = json_dumps(root, JSON_COMPACT);
	json_decref(root);
	json_set_alloc_funcs(counted_malloc, counted_free);
	struct definition *d = NULL;
	long failures = 0;
	for (; !d; failures++) {
		calls_left = failures;
		d = definition_load(text, strlen(text), &problems);
		assert_true(!d == (problems.n > 0));
		assert_int_equal(blocks, 0);
		assert_in_range(failures, 0, 100000);
	}
	calls_left = -1;
	assert_true(failures > 1000);
	definition_free(d);
	json_set_alloc_funcs(malloc, free);
	free(text);
}

static void
the_default_survey_loads(void **unused)
{
	(void)unused;
	json_t *root = json_load_file(KHAOSAT_SOURCE_DIR "/survey/definitions/ha-tinh-dt-1.json",
	    JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(root);
	struct definition *d = rig_load(root, &problems);
	for (size_t i = 0; i < problems.n; i++)
		print_error("%s: %s\n", problems.problem[i].path, problems.problem[i].reason);
	assert_non_null(d);
	definition_free(d);
	json_decref(root);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_definition_says_what_its_file_says),
	    cmocka_unit_test(the_parts_of_a_list_follow_it),
	    cmocka_unit_test(code_lists_hold_types_parents_and_groups),
	    cmocka_unit_test(what_is_not_json_is_refused_with_line_and_column),
	    cmocka_unit_test(bytes_beyond_the_limit_are_not_even_parsed),
	    cmocka_unit_test(every_prefix_of_a_definition_is_refused),
	    cmocka_unit_test(wrong_types_everywhere_are_refused_and_do_no_harm),
	    cmocka_unit_test(a_definition_that_finds_no_memory_is_refused_and_leaks_nothing),
	    cmocka_unit_test(the_default_survey_loads),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
