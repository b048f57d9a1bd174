/* SPDX-License-Identifier: Apache-2.0 */
/* Every operator by hand, on the survey of definition_rig.json. */
#include "survey/rule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/definition_rig.h"
#include "tests/support/rule_rig.h"

static const char *const leaf[] = {F, T, U, N};

/* Rows: the first part F, T, U, N; columns: the second. */
static void
expect_table(const char *operator, const char table[4][5])
{
	for (int a = 0; a < 4; a++)
		for (int b = 0; b < 4; b++)
			expect_f(table[a][b], "{'%s':[%s,%s]}", operator, leaf[a], leaf[b]);
}

static void
and_is_kleenes_and_drops_what_is_not_applicable(void **unused)
{
	(void)unused;
	expect_table("and", (const char[4][5]){"FFFF", "FTUT", "FUUU", "FTUN"});
}

static void
or_is_kleenes_and_drops_what_is_not_applicable(void **unused)
{
	(void)unused;
	expect_table("or", (const char[4][5]){"FTUF", "TTTT", "UTUU", "FTUN"});
}

static void
not_leaves_unknown_and_not_applicable_as_they_are(void **unused)
{
	(void)unused;
	const char *wanted = "TFUN";
	for (int i = 0; i < 4; i++)
		expect_f(wanted[i], "{'not':%s}", leaf[i]);
}

static void
when_is_not_applicable_unless_its_condition_holds(void **unused)
{
	(void)unused;
	const char *const table[] = {"NNNN", "FTUN", "UUUU", "NNNN"};
	for (int a = 0; a < 4; a++)
		for (int b = 0; b < 4; b++)
			expect_f(table[a][b], "{'when':%s,'then':%s}", leaf[a], leaf[b]);
}

static void
at_least_counts_what_is_true_and_what_may_be(void **unused)
{
	(void)unused;
	expect_f('T', "{'at_least':{'k':2,'of':[%s,%s,%s,%s]}}", T, T, F, U);
	expect_f('U', "{'at_least':{'k':2,'of':[%s,%s,%s,%s]}}", T, F, U, N);
	expect_f('F', "{'at_least':{'k':2,'of':[%s,%s,%s,%s]}}", T, F, F, N);
	expect_f('F', "{'at_least':{'k':3,'of':[%s,%s,%s]}}", T, N, T);
	expect_f('N', "{'at_least':{'k':1,'of':[%s,%s]}}", N, N);
}

static void
any_is_true_as_soon_as_a_chosen_code_is_in_the_set(void **unused)
{
	(void)unused;
	const char *rule = "{'any':'Q1','in':['A','B']}";
	expect('U', rule);
	say_dont_know("Q1");
	expect('U', rule);
	choose("Q1", "NONE");
	expect('F', rule);
	choose("Q1", "C");
	expect('F', rule);
	choose("Q1", "B C");
	expect('T', rule);
	choose("Q1", "C OTHER");
	expect('U', rule);
	choose("Q1", "A OTHER");
	expect('T', rule);
	expect('U', "{'any':'Q1','except':['A','OTHER']}");
	choose("Q1", "C OTHER");
	expect('T', "{'any':'Q1','except':['A','OTHER']}");
	expect('T', "{'any':'Q1','in':['OTHER']}");
}

static void
ticked_reads_what_was_ticked_whatever_other_means(void **unused)
{
	(void)unused;
	const char *rule = "{'ticked':'Q1','in':['A','B']}";
	expect('U', rule);
	choose("Q1", "C OTHER");
	expect('F', rule);
	choose("Q1", "B OTHER");
	expect('T', rule);
	expect('T', "{'ticked':'Q1','in':['OTHER']}");
}

static void
what_hangs_on_a_missing_answer_is_unknown_and_what_is_not_asked_not_applicable(void **unused)
{
	(void)unused;
	const char *rule = "{'any':'Q2','in':['X']}";
	choose("Q2", "X"); /* asked only where Q1 has A */
	expect('U', rule);
	say_dont_know("Q1");
	expect('U', rule);
	choose("Q1", "B");
	expect('N', rule);
	choose("Q1", "A");
	expect('T', rule);
	choose("Q2", "NONE");
	expect('F', rule);
}

static void
count_admits_that_other_may_add_one(void **unused)
{
	(void)unused;
	const char *rule = "{'count':'Q1','ge':2}";
	expect('U', rule);
	choose("Q1", "A");
	expect('F', rule);
	choose("Q1", "A OTHER");
	expect('U', rule);
	choose("Q1", "A C");
	expect('T', rule);
	choose("Q1", "NONE");
	expect('T', "{'count':'Q1','eq':0}");
	choose("Q1", "A B OTHER");
	expect('F', "{'count':'Q1','in':['C'],'ge':2}");
	expect('T', "{'count':'Q1','in':['A','OTHER'],'eq':2}");
	expect('F', "{'count':'Q1','lt':2}");
	choose("Q1", "B");
	expect('N', "{'count':'Q2','ge':0}");
}

static void
comparisons_are_exact_at_their_bounds(void **unused)
{
	(void)unused;
	static const char *const relation[] = {"ge", "gt", "le", "lt", "eq", "ne"};
	static const char *const wanted[] = {
	    "FFTTFT", "TFTFTF", "TTFFFT"}; /* 9, 10, 11 against 10 */
	for (int n = 0; n < 3; n++)
		for (int r = 0; r < 6; r++) {
			enter("N1", 9 + n);
			expect_f(
			    wanted[n][r], "{'compare':[{'question':'N1'}],'%s':[10]}", relation[r]);
		}
}

static void
a_missing_term_stands_for_its_declared_range(void **unused)
{
	(void)unused;
	static const struct {
		const char *relation;
		int bound;
		char wanted;
	} cases[] = {/* N1 is -5 to 100 */
	    {"ge", -5, 'T'}, {"ge", -4, 'U'}, {"ge", 100, 'U'}, {"ge", 101, 'F'}, {"gt", -6, 'T'},
	    {"gt", -5, 'U'}, {"gt", 99, 'U'}, {"gt", 100, 'F'}, {"le", 100, 'T'}, {"le", 99, 'U'},
	    {"le", -5, 'U'}, {"le", -6, 'F'}, {"lt", 101, 'T'}, {"lt", 100, 'U'}, {"lt", -5, 'F'},
	    {"eq", 7, 'U'}, {"eq", 101, 'F'}, {"ne", 101, 'T'}, {"ne", 100, 'U'}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		expect_f(cases[i].wanted, "{'compare':[{'question':'N1'}],'%s':[%d]}",
		    cases[i].relation, cases[i].bound);
	say_dont_know("N1");
	expect('T', "{'compare':[{'question':'N1'}],'ge':[-5]}");
	expect('F', "{'compare':[{'question':'N1','times':-2}],'gt':[10]}");
	expect('U', "{'compare':[{'question':'N1','times':-2}],'ge':[10]}");
	expect('F', "{'compare':[{'question':'Y1'}],'gt':['ref_year']}");
	expect('U', "{'compare':[{'question':'Y1'}],'ge':['ref_year']}");
	expect('T', "{'compare':[{'register':'start_year'}],'ge':[1900]}");
	expect('U', "{'compare':[{'register':'start_year'}],'gt':[1900]}");
	expect('T', "{'compare':[{'register':'start_year'}],'le':[2100]}");
	expect('U', "{'compare':[{'register':'start_year'}],'lt':[2100]}");
	static const char *const number[] = {
	    "employees", "employees_prev", "revenue_mvnd", "capital_mvnd"};
	for (int i = 0; i < 4; i++) {
		const char *greatest = i < 2 ? "200000" : "1000000000000";
		expect_f('T', "{'compare':[{'register':'%s'}],'ge':[0]}", number[i]);
		expect_f('U', "{'compare':[{'register':'%s'}],'gt':[0]}", number[i]);
		expect_f('T', "{'compare':[{'register':'%s'}],'le':[%s]}", number[i], greatest);
		expect_f('U', "{'compare':[{'register':'%s'}],'lt':[%s]}", number[i], greatest);
	}
	expect('F', "{'compare':[{'register':'employees'}],'gt':[200000]}");
	expect('F', "{'compare':[{'register':'capital_mvnd'}],'gt':[1000000000000]}");
}

static void
a_known_part_may_decide_a_sum(void **unused)
{
	(void)unused;
	const char *rule = "{'compare':[{'question':'P1'},{'question':'L1_A'}],'ge':[10]}";
	choose("Q1", "B C");
	expect('U', rule);
	enter("L1_A", 10);
	expect('T', rule);
	enter("L1_A", 9);
	expect('U', rule);
	enter("P1", 0);
	expect('F', rule);
	enter("P1", 1);
	expect('T', rule);
}

static void
a_question_that_is_not_applicable_counts_nothing(void **unused)
{
	(void)unused;
	const char *rule = "{'compare':[{'question':'P1'},{'question':'L1_A'}],'ge':[10]}";
	choose("Q1", "C");
	enter("P1", 500); /* not asked */
	enter("L1_A", 9);
	expect('F', rule);
	choose("Q1", "A");
	expect('N', rule);
	expect('N', "{'compare':[{'abs':[{'question':'P1'}]},{'register':'employees'}],'ge':[0]}");
	expect('T', "{'compare':[1],'eq':[1]}");
}

static void
an_absolute_value_is_taken_of_the_whole_range(void **unused)
{
	(void)unused;
	const char *rule = "{'compare':[{'abs':[{'register':'employees'},"
			   "{'register':'employees_prev','times':-1}],'times':2}],"
			   "'gt':[{'register':'employees_prev'}]}";
	row.employees = 100, row.employees_prev = 66;
	expect('T', rule);
	row.employees_prev = 67;
	expect('F', rule);
	row.employees_prev = 200;
	expect('F', rule);
	row.employees_prev = 201;
	expect('T', rule);
	row.employees_prev = -1;
	expect('U', rule);
	/* |N1| of -5 to 100 is 0 to 100, |N1 - 200| is 100 to 205, |-N1 - 6| is 1 to 106 */
	expect('T', "{'compare':[{'abs':[{'question':'N1'}]}],'ge':[0]}");
	expect('F', "{'compare':[{'abs':[{'question':'N1'}]}],'gt':[100]}");
	expect('T', "{'compare':[{'abs':[{'question':'N1'},-200]}],'ge':[100]}");
	expect('F', "{'compare':[{'abs':[{'question':'N1'},-200]}],'gt':[205]}");
	expect('T', "{'compare':[{'abs':[{'question':'N1','times':-1},-6]}],'ge':[1]}");
	/* N1 is -5 to 100: ranges that end at 0, or reach across it by one */
	expect('T', "{'compare':[{'abs':[{'question':'N1'},-99]}],'ge':[0]}");
	expect('T', "{'compare':[{'abs':[{'question':'N1'},-99]}],'le':[104]}");
	expect('U', "{'compare':[{'abs':[{'question':'N1'},-99]}],'lt':[104]}");
	expect('T', "{'compare':[{'abs':[{'question':'N1'},4]}],'ge':[0]}");
	expect('U', "{'compare':[{'abs':[{'question':'N1'},4]}],'gt':[0]}");
	expect('T', "{'compare':[{'abs':[{'question':'N1'},4]}],'le':[104]}");
	expect('U', "{'compare':[{'abs':[{'question':'N1'},-100]}],'gt':[0]}");
	expect('T', "{'compare':[{'abs':[{'question':'N1'},5]}],'le':[105]}");
	expect('F', "{'compare':[{'abs':[{'question':'N1'}],'times':-1}],'gt':[0]}");
}

static void
numbers_beyond_every_range_do_not_overflow(void **unused)
{
	(void)unused;
	const char *rule =
	    "{'compare':[{'question':'N2','times':1000000},"
	    "{'question':'N1','times':1000000},{'question':'Y1','times':1000000}],'gt':"
	    "[{'abs':[{'question':'N2','times':-1000000},{'question':'N1','times':-1000000},"
	    "{'question':'Y1','times':-1000000}]}]}";
	for (int i = 0; i < 4; i++) {
		enter("N2", i & 1 ? INT64_MAX : INT64_MIN);
		enter("N1", i & 2 ? INT64_MAX : INT64_MIN);
		enter("Y1", INT64_MIN);
		expect('F', rule);
	}
}

static void
seconds_are_unknown_where_they_were_not_measured(void **unused)
{
	(void)unused;
	expect('U', "{'compare':['seconds'],'lt':[90]}");
	answers.seconds = 89;
	expect('T', "{'compare':['seconds'],'lt':[90]}");
	answers.seconds = 90;
	expect('F', "{'compare':['seconds'],'lt':[90]}");
	expect('T', "{'compare':['ref_year'],'eq':[2025]}");
}

static void
the_state_of_an_answer_is_never_unknown(void **unused)
{
	(void)unused;
	expect('T', "{'state':'Q1','is':['blank']}");
	say_dont_know("Q1");
	expect('T', "{'state':'Q1','is':['dont_know','value']}");
	expect('F', "{'state':'Q1','is':['blank','not_applicable']}");
	choose("Q2", "X"); /* hidden: it hangs on Q1 */
	expect('T', "{'state':'Q2','is':['blank']}");
	choose("Q1", "B");
	expect('T', "{'state':'Q2','is':['not_applicable']}");
	expect('F', "{'state':'Q2','is':['value','blank','dont_know']}");
	choose("Q1", "A");
	expect('T', "{'state':'Q2','is':['value']}");
}

static void
codes_of_the_register_are_unknown_where_empty(void **unused)
{
	(void)unused;
	expect('U', "{'register':'status','in':['ACTIVE']}");
	row.status = 0;
	expect('T', "{'register':'status','in':['ACTIVE']}");
	row.status = 1;
	expect('F', "{'register':'status','in':['ACTIVE']}");
	row.section = -1;
	expect('U', "{'register':'section','in':['BCD']}");
	row.section = 3;
	expect('T', "{'register':'section','in':['BCD']}");
	row.section = 0;
	expect('F', "{'register':'section','in':['BCD']}");
	row.section = 4;
	expect('T', "{'register':'section','in':['J-2018']}");
	expect('U', "{'register':'supporting_industry'}");
	row.supporting_industry = 1;
	expect('T', "{'register':'supporting_industry'}");
	expect('F', "{'register':'dependent'}");
	row.tax_code++;
	expect('T', "{'register':'dependent'}");
}

static void
a_zone_matches_by_itself_by_its_parent_and_by_its_own_type(void **unused)
{
	(void)unused;
	const char *const rule[] = {"{'register':'zone','in':['KKT_Y']}",
	    "{'register':'zone','in':['KCN_X']}", "{'register':'zone','in':['NONE']}",
	    "{'register':'zone_type','in':['KCN']}", "{'register':'zone_type','in':['KKT']}",
	    "{'register':'zone_type','in':['NONE']}"};
	/* Nothing known, NONE, KCN_X in KKT_Y, KKT_Y, KCN_Z */
	const char *const wanted[] = {"UUUUUU", "FFTFFT", "TTFTFF", "TFFFTF", "FFFTFF"};
	for (int16_t zone = -1; zone < 4; zone++)
		for (int r = 0; r < 6; r++) {
			row.zone = zone;
			expect(wanted[zone + 1][r], rule[r]);
		}
}

static void
size_is_known_as_soon_as_all_or_none_of_the_possible_classes_match(void **unused)
{
	(void)unused;
	row.size_mask = 7;
	expect('T', "{'register':'size','in':['SME']}");
	expect('U', "{'register':'size','in':['MICRO']}");
	expect('F', "{'register':'size','in':['LARGE']}");
	row.size_mask = 12;
	expect('U', "{'register':'size','in':['SME']}");
	expect('T', "{'register':'size','in':['LARGE','MEDIUM']}");
}

static void
an_indicator_of_the_earlier_round_is_found_by_its_code(void **unused)
{
	(void)unused;
	const char *rule = "{'indicator':'BOTH','round':'earlier'}";
	struct indicator_bits bits = {{0, 0}};
	json_t *root = rig_survey(), *other = rig_survey();
	struct definition *same = rig_load(root, &problems);
	rig_put(other, "/indicators/0/code", json_string("FIRST"));
	rig_put(other, "/indicators/1/code", json_string("BOTH"));
	rig_put(other, "/indicators/2",
	    rig_json("{'code':'OPS','label':{'vi':'x','en':'x'},'rule':" T "}"));
	rig_put(other, "/checks/4/rule", rig_json(T));
	struct definition *moved = rig_load(other, &problems);
	assert_non_null(moved);
	indicator_bits_set(&bits, 1, TRUTH_TRUE);
	indicator_bits_set(&bits, 2, TRUTH_NA);
	expect('U', rule);
	facts.earlier = &bits;
	facts.earlier_definition = same;
	expect('N', rule);
	facts.earlier_definition = moved;
	expect('T', rule);
	expect('U', "{'indicator':'PROD','round':'earlier'}"); /* moved has none */
	definition_free(same);
	definition_free(moved);
	json_decref(root);
	json_decref(other);
}

static void
a_score_is_known_when_both_its_ends_agree(void **unused)
{
	(void)unused;
	choose("Q1", "A"); /* 1, N1 and D1 open: 1 to 3 */
	expect('T', "{'score':'SC','ge':1}");
	expect('U', "{'score':'SC','ge':2}");
	expect('U', "{'score':'SC','eq':3}");
	expect('F', "{'score':'SC','gt':3}");
	enter("N1", 50);
	choose("D1", "K"); /* 2 */
	expect('T', "{'score':'SC','eq':2}");
	row.section = 4; /* D1 is not applicable: 1 */
	expect('T', "{'score':'SC','eq':1}");
}

static void
a_score_may_rest_on_indicators_before_the_one_that_names_it(void **unused)
{
	(void)unused;
	json_t *root = rig_survey();
	rig_put(root, "/scores/0/items/1/rule", rig_json("{'indicator':'BOTH'}"));
	struct definition *d = rig_load(root, &problems);
	struct evaluation e;
	assert_non_null(d);
	assert_int_equal(d->score[0].after, 2);
	choose("Q1", "A");
	choose("D1", "L");
	facts.definition = d;
	evaluate(&facts, &e);
	assert_int_equal(e.score_lo[0], 2);
	assert_int_equal(e.score_hi[0], 2);
	assert_int_equal(indicator_bits_get(&e.bits, 3), TRUTH_TRUE);
	definition_free(d);
	json_decref(root);
}

static void
without_answers_every_one_is_blank(void **unused)
{
	(void)unused;
	facts.answers = NULL;
	expect('U', "{'any':'Q1','in':['A']}");
	expect('T', "{'state':'Q1','is':['blank']}");
	expect('U', "{'compare':['seconds'],'lt':[90]}");
}

#define TEST(name) cmocka_unit_test_setup(name, fresh)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(and_is_kleenes_and_drops_what_is_not_applicable),
	    TEST(or_is_kleenes_and_drops_what_is_not_applicable),
	    TEST(not_leaves_unknown_and_not_applicable_as_they_are),
	    TEST(when_is_not_applicable_unless_its_condition_holds),
	    TEST(at_least_counts_what_is_true_and_what_may_be),
	    TEST(any_is_true_as_soon_as_a_chosen_code_is_in_the_set),
	    TEST(ticked_reads_what_was_ticked_whatever_other_means),
	    TEST(what_hangs_on_a_missing_answer_is_unknown_and_what_is_not_asked_not_applicable),
	    TEST(count_admits_that_other_may_add_one),
	    TEST(comparisons_are_exact_at_their_bounds),
	    TEST(a_missing_term_stands_for_its_declared_range),
	    TEST(a_known_part_may_decide_a_sum),
	    TEST(a_question_that_is_not_applicable_counts_nothing),
	    TEST(an_absolute_value_is_taken_of_the_whole_range),
	    TEST(numbers_beyond_every_range_do_not_overflow),
	    TEST(seconds_are_unknown_where_they_were_not_measured),
	    TEST(the_state_of_an_answer_is_never_unknown),
	    TEST(codes_of_the_register_are_unknown_where_empty),
	    TEST(a_zone_matches_by_itself_by_its_parent_and_by_its_own_type),
	    TEST(size_is_known_as_soon_as_all_or_none_of_the_possible_classes_match),
	    TEST(an_indicator_of_the_earlier_round_is_found_by_its_code),
	    TEST(a_score_is_known_when_both_its_ends_agree),
	    TEST(a_score_may_rest_on_indicators_before_the_one_that_names_it),
	    TEST(without_answers_every_one_is_blank),
	};
	return cmocka_run_group_tests(tests, NULL, release);
}
