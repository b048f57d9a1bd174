/* SPDX-License-Identifier: Apache-2.0 */
/* What the loader of definitions refuses, each with the path and the reason that it must name. */
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

struct breakage {
	const char *pointer, *value; /* NULL: removed */
	const char *path, *reason;   /* of one of the problems; the reason is a part of it */
};

#define Q "/sections/0/questions"
#define L "{'vi':'x','en':'x'}"
#define OPS_RULE "/indicators/0/rule"

static const struct breakage structure[] = {
    {"/id", NULL, "/id", "missing"},
    {"/id", "'ht dt'", "/id", "may hold A-Z"},
    {"/id", "''", "/id", "empty"},
    {"/id", "'ABCDEFGHIJKLMNOPQRSTUVWX'", "/id", "24 characters, at most 23"},
    {"/version", "0", "/version", "is 0, must be 1"},
    {"/version", "'1'", "/version", "integer"},
    {"/version", "9223372036854775807", "/version", "must be 1 to"},
    {"/title/en", NULL, "/title/en", "missing"},
    {"/title/fr", "'x'", "/title/fr", "unknown key"},
    {"/title/vi", "7", "/title/vi", "must be a string"},
    {"/title/vi", "'Phie\u0302\u0301u'", "/title/vi", "bad text"},
    {"/title/vi", "'a\\u0007b'", "/title/vi", "bad text"},
    {"/title/vi", "'{Y} {ref_year}'", "/title/vi", "{Y} and {ref_date}"},
    {"/title/en", "'{'", "/title/en", "{Y} and {ref_date}"},
    {"/a~b", "1", "/a~0b", "unknown key"},
    {"/dont_know", NULL, "/dont_know", "missing"},
    {"/labels", "[]", "/labels", "object"},
    {"/labels/NONE", NULL, Q "/0/choices/4", "'NONE' has no label"},
    {"/labels/YES", NULL, Q "/2", "'YES' has no label"},
    {"/columns/0/column", "'colour'", "/columns/0/column", "'colour' is not a column"},
    {"/contacts/0/code", "'A04'", "/contacts/0/code", "used twice"},
    {"/lists", NULL, "/lists", "missing"},
    {"/lists/colour", "{}", "/lists/colour", "unknown key"},
    {"/lists/commune/codes/1/code", "'18073'", "/lists/commune/codes/1/code",
	"'18073' is used twice"},
    {"/lists/commune/codes", "[]", "/lists/commune/codes", "has 0 elements"},
    {"/lists/commune/codes/0/label", NULL, "/lists/commune/codes/0/label", "missing"},
    {"/lists/commune/codes/1/label", "''", "/lists/commune/codes/1/label", "must not be empty"},
    {"/lists/commune/codes/0", "7", "/lists/commune/codes/0", "must be an object"},
    {"/lists/commune/groups", "[]", "/lists/commune/groups", "unknown key"},
    {"/lists/zone/codes/1/type", "'XX'", "/lists/zone/codes/1/type",
	"'XX' is not a code of the list zone_type"},
    {"/lists/zone/codes/1/type", NULL, "/lists/zone/codes/1/type", "missing"},
    {"/lists/zone/codes/1/parent", "'KKT_Z'", "/lists/zone/codes/1/parent",
	"'KKT_Z' is not a zone"},
    {"/lists/zone/codes/1/parent", "'KCN_X'", "/lists/zone/codes/1/parent", "cannot be the parent"},
    {"/lists/zone/codes/2/parent", "'KCN_Z'", "/lists/zone/codes/1/parent", "zones nest once"},
    {"/lists/zone/codes/0", NULL, "/lists/zone/codes", "must hold NONE"},
    {"/lists/zone/codes/0/type", "'KCN'", "/lists/zone/codes/0/type", "has the type NONE only"},
    {"/lists/zone/codes/0/parent", "'KKT_Y'", "/lists/zone/codes/0/parent", "cannot be the parent"},
    {"/lists/zone/codes/1/parent", "'NONE'", "/lists/zone/codes/1/parent", "cannot be the parent"},
    {"/lists/zone_type/codes/2", NULL, "/lists/zone/codes/0/type",
	"'NONE' is not a code of the list zone_type"},
    {"/lists/commune/codes/1/code", "'_U'", "/lists/commune/codes/1/code", "stands for a total"},
    {"/lists/section/groups",
	"[{'code':'W','label':'w','members':['A']},{'code':'X','label':'x','members':['A']},"
	"{'code':'Y','label':'y','members':['A']},{'code':'Z','label':'z','members':['B','A']}]",
	"/lists/section/groups/3/members/1", "'A' is in more than 3 groups"},
    {"/lists/section/groups/0/code", "'_T'", "/lists/section/groups/0/code", "stands for a total"},
    {"/lists/section/codes/0/versions", "[2019]", "/lists/section/codes/0/versions", "2018, 2025"},
    {"/lists/section/codes/0/versions", "[2018,2018]", "/lists/section/codes/0/versions",
	"each once"},
    {"/lists/section/groups/0/members/0", "'Z'", "/lists/section/groups/0/members/0",
	"'Z' is not a code"},
    {"/lists/section/groups/0/members/0", "'C'", "/lists/section/groups/0/members/1",
	"named twice"},
    {"/lists/section/groups/0/code", "'A'", "/lists/section/groups/0/code",
	"is a code of the list already"},
    {"/lists/size/codes/0/code", "'TINY'", "/lists/size", "MICRO, SMALL, MEDIUM, LARGE"},
    {"/vsic/0/version", "2017", "/vsic/0/version", "2018 or 2025"},
    {"/vsic/0/from", "9", "/vsic/0/to", "is 3, below from, 9"},
    {"/vsic/1/from", "2", "/vsic/1", "overlap with /vsic/0"},
    {"/vsic/2/section", "'J-2018'", "/vsic/2/section", "not a section of version 2025"},
    {"/vsic/2/section", "'X'", "/vsic/2/section", "'X' is not a code"},
};

static const struct breakage questions[] = {
    {"/sections", "[]", "/sections", "has 0 elements"},
    {"/sections", "[{'code':'S','title':{'vi':'x','en':'x'}}]", "/sections/0/questions", "missing"},
    {"/sections/1/code", "'Q'", "/sections/1/code", "'Q' is used twice"},
    {Q "/1/code", "'Q1'", Q "/1/code", "'Q1' is used twice"},
    {Q "/1/code", "'A04'", Q "/1/code", "is a column or a contact already"},
    {Q "/1/code", "'Q-1'", Q "/1/code", "may hold"},
    {Q "/1", "[]", Q "/1", "must be an object"},
    {Q "/1/type", "'date'", Q "/1/type", "'date' is not one of those known"},
    {Q "/1/min", "1", Q "/1/min", "unknown key"},
    {Q "/1/required", "'yes'", Q "/1/required", "true or false"},
    {Q "/0/choices/1/code", "'A'", Q "/0/choices/1", "'A' is listed twice"},
    {Q "/0/choices/1/code", "'DK'", Q "/0/choices/1", "cannot be a choice"},
    {Q "/0/choices/1", "'MAYBE'", Q "/0/choices/1", "'MAYBE' has no label"},
    {Q "/0/choices", "['NONE']", Q "/0/choices", "NONE excludes"},
    {Q "/0/choices", "[]", Q "/0/choices", "has 0 elements"},
    {Q "/3/min", "101", Q "/3/min", "is 101, above max, 100"},
    {Q "/3/max", "1e3", Q "/3/max", "integer"},
    {Q "/3/max", "3000000000", Q "/3/max", "must be"},
    {Q "/4/max", "1000000000001", Q "/4/max", "must be"},
    {Q "/4/max", "'ref_year'", Q "/4/max", "only an int"},
    {Q "/5/max", "1001", Q "/5/max", "must be 0 to 1000"},
    {Q "/6/max_chars", "0", Q "/6/max_chars", "must be 1"},
    {"/sections/1/questions/2/parts", "[]", "/sections/1/questions/2/parts", "has 0 elements"},
    {"/sections/1/questions/2/parts", NULL, "/sections/1/questions/2/parts", "missing"},
    {"/sections/1/questions/2/parts/0/type", "'text'", "/sections/1/questions/2/parts/0/type",
	"pct, int or money"},
    {"/sections/1/questions/2/parts/0/relevance", "{'const':true}",
	"/sections/1/questions/2/parts/0/relevance", "unknown key"},
    {"/sections/1/questions/2/parts/1/range_check", "'EH99'",
	"/sections/1/questions/2/parts/1/range_check", "'EH99' is not a check"},
    {"/sections/1/questions/2/parts/1/range_check", "'ES01'",
	"/sections/1/questions/2/parts/1/range_check", "'ES01' is not a hard check"},
};

static const struct breakage others[] = {
    {"/indicators/1/code", "'OPS'", "/indicators/1/code", "used twice"},
    {"/indicators/1/rule", NULL, "/indicators/1/rule", "missing"},
    {"/scores/0/items", "[]", "/scores/0/items", "has 0 elements"},
    {"/scores/0/items/0/rule", "{'score':'SC','ge':1}", "/scores/0/items/0/rule/score",
	"may not name a score"},
    {"/scores/0/items/0/rule", "{'indicator':'BASIC'}", "/indicators/3/rule/score",
	"rests on the indicator 'BASIC', which comes later"},
    {"/checks/0/builtin/0", "'tax'", "/checks/0/builtin/0", "'tax' is not a builtin"},
    {"/checks/0/builtin/0", "'vsic'", "/checks", "no check has the builtin 'tax_code'"},
    {"/checks/0/builtin/0", "'vsic'", "/checks/0/builtin/4", "named twice"},
    {"/checks/0/rule", "{'const':true}", "/checks/0/rule", "unknown key"},
    {"/checks/4/severity", "'mild'", "/checks/4/severity", "'mild'"},
    {"/checks/1/severity", "'soft'", "/checks/1/severity", "a builtin check is hard"},
    {"/checks/4/stage", "'import'", "/checks/4/stage", "'import'"},
    {"/checks/4/questions/0", "'Q9'", "/checks/4/questions/0", "'Q9' is not a question"},
    {"/checks/4/stage", "'register'", "/checks/4/rule/and/0", "register only"},
    {"/checks/5/rule", "{'any':'Q1','in':['A']}", "/checks/5/rule", "register only"},
    {"/populations/0/rule", "{'any':'Q1','in':['A']}", "/populations/0/rule", "register only"},
    {"/populations/0/rule", "{'compare':['seconds'],'gt':[1]}", "/populations/0/rule/compare/0",
	"register only"},
    {"/populations/0/rule", "{'indicator':'OPS','round':'earlier'}", "/populations/0/rule",
	"register only"},
    {"/populations/0/rule", "{'when':{'const':true},'then':{'const':true}}", "/populations/0/rule",
	"must never be not applicable"},
    {"/sections/1/relevance", "{'any':'Q1','in':['A']}", "/sections/1/relevance", "register only"},
    {"/goals/0/indicator", "'NOPE'", "/goals/0/indicator", "'NOPE' is not one of the indicators"},
    {"/goals/0/population", "'NOPE'", "/goals/0/population",
	"'NOPE' is not one of the populations"},
    {"/goals/0/threshold", "101", "/goals/0/threshold", "is 101, must be 0 to 100"},
    {"/goals/0/threshold", "-1", "/goals/0/threshold", "is -1"},
    {"/goals/0/threshold", "100", "/goals/0/strict", "no share is above 100 %"},
    {"/goals/0/deadline", "'2027-02-29'", "/goals/0/deadline", "not a date"},
    {"/goals/0/deadline", "'31/12/2025'", "/goals/0/deadline", "not a date"},
    {"/goals/0/deadline", NULL, "/goals/0/deadline", "missing"},
};

static const struct breakage rules[] = {
    {OPS_RULE, "7", OPS_RULE, "must be an object"},
    {OPS_RULE, "{}", OPS_RULE, "no operator"},
    {OPS_RULE, "{'xor':[]}", OPS_RULE, "no operator"},
    {OPS_RULE, "{'and':[],'or':[]}", OPS_RULE "/or", "unknown key"},
    {OPS_RULE, "{'and':[]}", OPS_RULE "/and", "has 0 elements"},
    {OPS_RULE, "{'and':{}}", OPS_RULE "/and", "must be an array"},
    {OPS_RULE, "{'and':[{'const':true},{'const':1}]}", OPS_RULE "/and/1/const", "true or false"},
    {OPS_RULE, "{'at_least':{'k':3,'of':[{'const':true}]}}", OPS_RULE "/at_least/k",
	"is 3, must be 1 to 1"},
    {OPS_RULE, "{'at_least':{'of':[{'const':true}]}}", OPS_RULE "/at_least/k", "missing"},
    {OPS_RULE, "{'when':{'const':true}}", OPS_RULE "/then", "missing"},
    {OPS_RULE, "{'any':'Q9','in':['A']}", OPS_RULE "/any", "'Q9' is not a question"},
    {OPS_RULE, "{'any':'N1','in':['A']}", OPS_RULE "/any", "not of a type"},
    {OPS_RULE, "{'any':'Q1','in':['Z']}", OPS_RULE "/in/0", "'Z' is not a choice of 'Q1'"},
    {OPS_RULE, "{'any':'Q1','in':['A','A']}", OPS_RULE "/in/1", "named twice"},
    {OPS_RULE, "{'any':'Q1','in':['A'],'except':['B']}", OPS_RULE, "both in and except"},
    {OPS_RULE, "{'any':'Q1'}", OPS_RULE "/in", "missing"},
    {OPS_RULE, "{'count':'Q1'}", OPS_RULE, "needs one of ge"},
    {OPS_RULE, "{'count':'Q1','ge':1,'lt':3}", OPS_RULE, "has 2"},
    {OPS_RULE, "{'count':'Q1','ge':'3'}", OPS_RULE "/ge", "integer"},
    {OPS_RULE, "{'compare':[],'ge':[1]}", OPS_RULE "/compare", "has 0 elements"},
    {OPS_RULE, "{'compare':[1],'ge':1}", OPS_RULE "/ge", "must be an array"},
    {OPS_RULE, "{'compare':[{'question':'Q1'}],'ge':[1]}", OPS_RULE "/compare/0/question",
	"not of a type"},
    {OPS_RULE, "{'compare':[{'question':'L1'}],'ge':[1]}", OPS_RULE "/compare/0/question",
	"not of a type"},
    {OPS_RULE, "{'compare':[{'register':'height'}],'ge':[1]}", OPS_RULE "/compare/0/register",
	"'height'"},
    {OPS_RULE, "{'compare':['year'],'ge':[1]}", OPS_RULE "/compare/0", "'year' is not a term"},
    {OPS_RULE, "{'compare':[1.5],'ge':[1]}", OPS_RULE "/compare/0", "a term must be"},
    {OPS_RULE, "{'compare':[{'question':'N2','times':1000001}],'ge':[1]}",
	OPS_RULE "/compare/0/times", "must be -1000000 to 1000000"},
    {OPS_RULE, "{'compare':[9223372036854775807],'ge':[1]}", OPS_RULE "/compare/0",
	"the sum could pass"},
    {OPS_RULE, "{'compare':[{'abs':[{'question':'N2','times':1000000}],'times':5}],'ge':[1]}",
	OPS_RULE "/compare/0", "the sum could pass"},
    {OPS_RULE, "{'state':'L1','is':['blank']}", OPS_RULE "/state", "not of a type"},
    {OPS_RULE, "{'state':'Q1','is':['empty']}", OPS_RULE "/is/0", "value, dont_know, blank"},
    {OPS_RULE, "{'register':'colour','in':['A']}", OPS_RULE "/register", "'colour'"},
    {OPS_RULE, "{'register':'section','in':['Z']}", OPS_RULE "/in/0",
	"'Z' is not a code of this list"},
    {OPS_RULE, "{'register':'section'}", OPS_RULE "/in", "missing"},
    {OPS_RULE, "{'register':'dependent','in':['A']}", OPS_RULE "/in", "takes no codes"},
    {OPS_RULE, "{'indicator':'NOPE'}", OPS_RULE "/indicator", "'NOPE' is not an indicator"},
    {OPS_RULE, "{'indicator':'PROD'}", OPS_RULE "/indicator", "comes later"},
    {OPS_RULE, "{'indicator':'OPS'}", OPS_RULE "/indicator", "comes later"},
    {OPS_RULE, "{'indicator':'PROD','round':'next'}", OPS_RULE "/round", "'next'"},
    {OPS_RULE, "{'score':'NOPE','ge':1}", OPS_RULE "/score", "'NOPE' is not a score"},
    {OPS_RULE, "{'not':{'not':{'not':{'oops':1}}}}", OPS_RULE "/not/not/not", "no operator"},
    {Q "/1/relevance", "{'ticked':'Q3','in':['YES']}", Q "/1/relevance/ticked",
	"only questions before"},
    {Q "/1/relevance", "{'ticked':'Q2','in':['X']}", Q "/1/relevance/ticked",
	"only questions before"},
    {Q "/1/relevance", "{'indicator':'OPS'}", Q "/1/relevance", "may not read indicators"},
    {Q "/1/relevance", "{'compare':['seconds'],'gt':[1]}", Q "/1/relevance/compare/0", "seconds"},
};

static bool
is_reported(const struct breakage *b)
{
	for (size_t i = 0; i < problems.n; i++)
		if (strcmp(problems.problem[i].path, b->path) == 0 &&
		    strstr(problems.problem[i].reason, b->reason))
			return true;
	for (size_t i = 0; i < problems.n; i++)
		print_error("%s: %s\n", problems.problem[i].path, problems.problem[i].reason);
	return false;
}

static void
expect_reported(const struct breakage *table, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		json_t *root = rig_survey();
		rig_put(root, table[i].pointer, table[i].value ? rig_json(table[i].value) : NULL);
		assert_null(rig_load(root, &problems));
		if (!is_reported(&table[i]))
			fail_msg("%s not reported: %s", table[i].path, table[i].reason);
		json_decref(root);
	}
}

#define EXPECT_REPORTED(table) expect_reported(table, sizeof(table) / sizeof((table)[0]))

static void
what_is_wrong_with_the_structure_is_named_with_its_path(void **unused)
{
	(void)unused;
	EXPECT_REPORTED(structure);
}

static void
what_is_wrong_with_a_question_is_named_with_its_path(void **unused)
{
	(void)unused;
	EXPECT_REPORTED(questions);
}

static void
what_is_wrong_with_a_check_a_score_or_a_goal_is_named_with_its_path(void **unused)
{
	(void)unused;
	EXPECT_REPORTED(others);
}

static void
what_is_wrong_with_a_rule_is_named_with_its_path(void **unused)
{
	(void)unused;
	EXPECT_REPORTED(rules);
}

static void
all_problems_are_found_in_one_go(void **unused)
{
	(void)unused;
	json_t *root = rig_survey();
	rig_put(root, "/version", rig_json("0"));
	rig_put(root, Q "/1/type", rig_json("'date'"));
	rig_put(
	    root, OPS_RULE, rig_json("{'or':[{'any':'Q9','in':['A']},{'any':'Q1','in':['Z']}]}"));
	rig_put(root, "/goals/0/threshold", rig_json("200"));
	assert_null(rig_load(root, &problems));
	assert_int_equal(problems.n, 5);
	json_decref(root);
}

static void
no_more_problems_are_recorded_than_there_is_room_for(void **unused)
{
	(void)unused;
	json_t *root = rig_survey();
	for (int i = 0; i < 200; i++) {
		char pointer[16];
		snprintf(pointer, sizeof(pointer), "/key%d", i);
		rig_put(root, pointer, json_null());
	}
	assert_null(rig_load(root, &problems));
	assert_int_equal(problems.n, DEFINITION_PROBLEMS_MAX);
	json_decref(root);
}

/* `n` copies of an element, each with a code of its own, put in the place of an array. */
static void
expect_too_many(const char *pointer, size_t n)
{
	json_t *root = rig_survey();
	json_t *array = json_array();
	for (size_t i = 0; i < n; i++) {
		char code[24];
		snprintf(code, sizeof(code), "X%zu", i);
		json_array_append_new(array, json_pack("{s:s}", "code", code));
	}
	rig_put(root, pointer, array);
	assert_null(rig_load(root, &problems));
	struct breakage b = {NULL, NULL, pointer, "elements, must have"};
	assert_true(is_reported(&b));
	json_decref(root);
}

static void
too_many_of_anything_is_refused(void **unused)
{
	(void)unused;
	expect_too_many("/columns", COLUMNS_MAX + 1);
	expect_too_many("/lists/commune/codes", CODES_MAX + 1);
	expect_too_many("/lists/unit_type/codes", 128);
	expect_too_many("/lists/section/groups", CODE_GROUPS_MAX + 1);
	expect_too_many("/vsic", VSIC_RANGES_MAX + 1);
	expect_too_many("/sections", SECTIONS_MAX + 1);
	expect_too_many("/sections/0/questions/0/choices", CHOICES_MAX + 1);
	expect_too_many("/scores", SCORES_MAX + 1);
	expect_too_many("/indicators", INDICATORS_MAX + 1);
	expect_too_many("/checks", CHECKS_MAX + 1);
	expect_too_many("/populations", POPULATIONS_MAX + 1);
	expect_too_many("/goals", GOALS_MAX + 1);
	expect_too_many("/indicators/0/rule/except", CHOICES_MAX + 1);
}

static void
questions_of_all_sections_together_are_limited(void **unused)
{
	(void)unused;
	json_t *root = rig_survey();
	for (int i = 0; i < QUESTIONS_MAX; i++) {
		char pointer[64], question[160];
		snprintf(pointer, sizeof(pointer), "/sections/%d/questions/-", i % 2);
		snprintf(
		    question, sizeof(question), "{'code':'X%d','type':'tri','label':" L "}", i);
		rig_put(root, pointer, rig_json(question));
	}
	assert_null(rig_load(root, &problems));
	struct breakage b = {NULL, NULL, "/sections", "hold 141 questions, at most 128"};
	assert_true(is_reported(&b));
	json_decref(root);
}

/* `depth` times NOT around a constant, which makes depth + 1 levels. */
static struct definition *
nested(unsigned depth)
{
	json_t *root = rig_survey(), *rule = rig_json("{'const':true}");
	for (unsigned i = 0; i < depth; i++)
		rule = json_pack("{s:o}", "not", rule);
	rig_put(root, OPS_RULE, rule);
	struct definition *d = rig_load(root, &problems);
	json_decref(root);
	return d;
}

static void
rules_nest_32_deep_and_not_deeper(void **unused)
{
	(void)unused;
	struct definition *d = nested(31);
	assert_non_null(d);
	definition_free(d);
	assert_null(nested(32));
	assert_non_null(strstr(problems.problem[0].reason, "32 deep"));
	assert_null(nested(1500));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_wrong_with_the_structure_is_named_with_its_path),
	    cmocka_unit_test(what_is_wrong_with_a_question_is_named_with_its_path),
	    cmocka_unit_test(what_is_wrong_with_a_check_a_score_or_a_goal_is_named_with_its_path),
	    cmocka_unit_test(what_is_wrong_with_a_rule_is_named_with_its_path),
	    cmocka_unit_test(all_problems_are_found_in_one_go),
	    cmocka_unit_test(no_more_problems_are_recorded_than_there_is_room_for),
	    cmocka_unit_test(too_many_of_anything_is_refused),
	    cmocka_unit_test(questions_of_all_sections_together_are_limited),
	    cmocka_unit_test(rules_nest_32_deep_and_not_deeper),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
