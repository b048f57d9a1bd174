/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked, what is hidden, what is to blame, and how rules are printed. */
#include "survey/rule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/definition_rig.h"
#include "tests/support/rule_rig.h"

/* relevance and hidden of a question: "T", "F", "U" asked but not required, "H" hidden */
static char
asked(const struct definition *d, const char *code)
{
	struct evaluation e;
	int index = definition_find_question(d, code, strlen(code));
	facts.definition = d;
	evaluate(&facts, &e);
	assert_true(!e.hidden[index] || e.relevance[index] == TRUTH_UNKNOWN);
	return e.hidden[index] ? 'H' : "FTU"[e.relevance[index]];
}

static void
an_empty_cell_asks_without_requiring_and_a_missing_answer_hides(void **unused)
{
	(void)unused;
	assert_int_equal(asked(rig, "D1"), 'T');
	assert_int_equal(asked(rig, "D2"), 'H'); /* D1 is blank */
	row.section = -1;
	assert_int_equal(asked(rig, "D1"), 'U');
	assert_int_equal(asked(rig, "D2"), 'H');
	choose("D1", "K");
	assert_int_equal(asked(rig, "D2"), 'U');
	choose("D1", "L");
	assert_int_equal(asked(rig, "D2"), 'F');
	say_dont_know("D1");
	assert_int_equal(asked(rig, "D2"), 'H');
	row.section = 4;
	assert_int_equal(asked(rig, "D1"), 'F');
	assert_int_equal(asked(rig, "D2"), 'F');
}

static void
the_parts_of_a_list_share_its_relevance(void **unused)
{
	(void)unused;
	assert_int_equal(asked(rig, "L1_B"), 'H');
	choose("Q1", "C");
	assert_int_equal(asked(rig, "L1_B"), 'T');
	choose("Q1", "A");
	assert_int_equal(asked(rig, "L1_B"), 'F');
	choose("Q1", "C");
	row.section = -1;
	assert_int_equal(asked(rig, "L1_A"), 'U');
}

static void
relevance_that_is_not_applicable_does_not_ask(void **unused)
{
	(void)unused;
	json_t *root = rig_survey();
	rig_put(root, "/sections/0/questions/2/relevance", rig_json("{'ticked':'Q2','in':['X']}"));
	struct definition *d = rig_load(root, &problems);
	choose("Q1", "B");
	assert_int_equal(asked(d, "Q3"), 'F'); /* Q2 is not applicable */
	say_dont_know("Q1");
	assert_int_equal(asked(d, "Q3"), 'H'); /* Q2 is hidden */
	definition_free(d);
	json_decref(root);
}

static void
relevance_is_hidden_only_by_answers_that_have_a_part_in_it(void **unused)
{
	(void)unused;
	json_t *root = rig_survey();
	rig_put(root, "/sections/0/questions/2/relevance",
	    rig_json("{'and':[{'register':'status','in':['ACTIVE']},{'ticked':'Q1','in':['A']}]}"));
	rig_put(root, "/sections/0/questions/3/relevance",
	    rig_json(
		"{'compare':[{'register':'employees'}],'gt':[{'register':'employees_prev'}]}"));
	struct definition *d = rig_load(root, &problems);
	assert_int_equal(asked(d, "Q3"), 'H'); /* both are unknown */
	choose("Q1", "A");
	assert_int_equal(asked(d, "Q3"), 'U'); /* only the cell */
	row.status = 0;
	assert_int_equal(asked(d, "Q3"), 'T');
	leave_blank("Q1");
	assert_int_equal(asked(d, "Q3"), 'H');
	assert_int_equal(asked(d, "N1"), 'U');
	definition_free(d);
	json_decref(root);
}

/* A comparison is hidden by a missing answer wherever it stands in it, and not by an empty cell. */
static void
a_comparison_is_hidden_by_the_answers_in_it_only(void **unused)
{
	(void)unused;
	static const char *const rule[] = {
	    "{'compare':[{'question':'N1'},{'register':'employees'}],'gt':[50]}",
	    "{'compare':[{'register':'employees'},{'question':'N1'}],'gt':[50]}",
	    "{'compare':[{'register':'employees'}],'gt':[{'question':'N1'}]}",
	    "{'compare':[{'register':'employees'},{'abs':[1,{'question':'N1'}]}],'gt':[50]}",
	    "{'and':[{'compare':[{'question':'N1'},{'register':'employees'}],'gt':[50]},"
	    "{'register':'status','in':['ACTIVE']}]}"};
	row.status = 0;
	for (size_t i = 0; i < sizeof(rule) / sizeof(rule[0]); i++) {
		json_t *root = rig_survey();
		rig_put(root, "/sections/0/questions/4/relevance", rig_json(rule[i]));
		struct definition *d = rig_load(root, &problems);
		row.employees = -1;
		leave_blank("N1");
		assert_int_equal(asked(d, "N2"), 'H');
		say_dont_know("N1");
		assert_int_equal(asked(d, "N2"), 'H');
		enter("N1", 20);
		assert_int_equal(asked(d, "N2"), 'U');
		row.employees = 100;
		assert_int_equal(asked(d, "N2"), 'T');
		definition_free(d);
		json_decref(root);
	}
}

static void
relevance_may_hang_on_the_earlier_round(void **unused)
{
	(void)unused;
	struct indicator_bits earlier = {{0}};
	json_t *root = rig_survey();
	rig_put(root, "/sections/0/questions/2/relevance", rig_json(U));
	struct definition *d = rig_load(root, &problems);
	assert_int_equal(asked(d, "Q3"), 'U'); /* there is none: asked, not required */
	facts.earlier = &earlier;
	assert_int_equal(asked(d, "Q3"), 'F');
	indicator_bits_set(&earlier, 0, TRUTH_TRUE);
	assert_int_equal(asked(d, "Q3"), 'T');
	facts.earlier = NULL;
	definition_free(d);
	json_decref(root);
}

static uint32_t
blame(const char *rule)
{
	json_t *root = rig_survey();
	rig_put(root, "/populations/0/rule", rig_json(rule));
	struct definition *d = rig_load(root, &problems);
	assert_non_null(d);
	uint32_t columns = rule_blame(d->population[0].rule, d, &row, 2025);
	bool unknown = rule_evaluate_row(d->population[0].rule, d, &row, 2025) == TRUTH_UNKNOWN;
	assert_int_equal(unknown, columns != 0);
	definition_free(d);
	json_decref(root);
	return columns;
}

static void
an_unknown_rule_blames_the_cells_that_it_misses(void **unused)
{
	(void)unused;
	const char *rule =
	    "{'and':[{'register':'status','in':['ACTIVE']},{'not':{'register':'zone','in':"
	    "['NONE']}},{'not':{'register':'dependent'}}]}";
	assert_int_equal(blame(rule), 1u << REGISTER_STATUS | 1u << REGISTER_ZONE);
	row.zone = 1;
	assert_int_equal(blame(rule), 1u << REGISTER_STATUS);
	row.status = 1;
	assert_int_equal(blame(rule), 0); /* false whatever the rest */
	row.employees = 5;
	assert_int_equal(blame("{'register':'size','in':['SME']}"),
	    1u << REGISTER_REVENUE_MVND | 1u << REGISTER_CAPITAL_MVND);
	assert_int_equal(
	    blame("{'register':'supporting_industry'}"), 1u << REGISTER_SUPPORTING_INDUSTRY);
	assert_int_equal(blame("{'compare':[{'register':'employees'},{'abs':[{'register':"
			       "'employees_prev'}]}],'gt':[10]}"),
	    1u << REGISTER_EMPLOYEES_PREV);
	assert_int_equal(blame("{'compare':[{'abs':[{'register':'employees'},{'register':"
			       "'employees_prev'}]}],'gt':[{'register':'revenue_mvnd'}]}"),
	    1u << REGISTER_EMPLOYEES_PREV | 1u << REGISTER_REVENUE_MVND);
	assert_int_equal(blame("{'compare':[{'register':'employees'}],'ge':[0]}"), 0);
	row.section = 0; /* known, as is a number that is 0 */
	row.employees = 0;
	row.revenue_mvnd = 0;
	assert_int_equal(blame("{'register':'size','in':['SME']}"), 1u << REGISTER_CAPITAL_MVND);
	row.revenue_mvnd = -1;
	row.capital_mvnd = 0;
	assert_int_equal(blame("{'register':'size','in':['SME']}"), 1u << REGISTER_REVENUE_MVND);
	row.section = -1;
	assert_int_equal(blame("{'register':'section','in':['BCD']}"), 1u << REGISTER_VSIC);
}

static const struct {
	const char *rule, *printed;
} notation[] = {
    {"{'and':[{'any':'Q1','in':['A','C']},{'or':[" T "," F "]}]}",
	"hasany(Q1,{A,C}) ∧ (true ∨ false)"},
    {"{'not':{'ticked':'Q1','except':['A']}}", "¬ticked(Q1,{B,C,OTHER,NONE})"},
    {"{'not':{'register':'zone','in':['NONE']}}", "¬(zone ∈ {NONE})"},
    {"{'count':'Q1','ge':3}", "count(Q1,{A,B,C}) ≥ 3"},
    {"{'compare':[{'question':'N1'},{'question':'N2','times':-3}],'le':[-4,'ref_year']}",
	"N1 − 3·N2 ≤ −4 + ref_year"},
    {"{'compare':[{'abs':[{'register':'employees'},{'register':'employees_prev','times':-1}],'"
     "times':2}],'ne':['seconds']}",
	"2·|employees − employees_prev| ≠ seconds"},
    {"{'when':{'register':'section','in':['A','BCD']},'then':{'indicator':'OPS'}}",
	"when section ∈ {A..D}: OPS"},
    {"{'at_least':{'k':2,'of':[{'indicator':'OPS'},{'indicator':'PROD'},{'const':false}]}}",
	"at least 2 of (OPS, PROD, false)"},
    {"{'state':'N1','is':['blank','dont_know']}", "state(N1) ∈ {blank,dont_know}"},
    {"{'score':'SC','lt':2}", "SC < 2"},
    {"{'or':[{'register':'dependent'},{'register':'supporting_industry'},{'indicator':'BOTH','"
     "round':'earlier'}]}",
	"dependent ∨ supporting_industry ∨ earlier(BOTH)"},
    {"{'register':'size','in':['SME']}", "size ∈ {MICRO..MEDIUM}"},
};

static void
rules_are_printed_as_statisticians_write_them(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < sizeof(notation) / sizeof(notation[0]); i++) {
		struct definition *d = with_rule(notation[i].rule);
		const struct rule *rule = d->indicator[d->indicators - 1].rule;
		char out[256];
		size_t n = rule_print(d, rule, out, sizeof(out));
		assert_string_equal(out, notation[i].printed);
		assert_int_equal(n, strlen(out));
		char *exact = malloc(n);
		assert_non_null(exact);
		assert_int_equal(rule_print(d, rule, exact, n), n); /* one byte short */
		assert_memory_equal(exact, out, n - 1);
		assert_int_equal(exact[n - 1], '\0');
		assert_int_equal(rule_print(d, rule, NULL, 0), n);
		free(exact);
		definition_free(d);
	}
}

#define TEST(name) cmocka_unit_test_setup(name, fresh)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(an_empty_cell_asks_without_requiring_and_a_missing_answer_hides),
	    TEST(the_parts_of_a_list_share_its_relevance),
	    TEST(relevance_that_is_not_applicable_does_not_ask),
	    TEST(relevance_is_hidden_only_by_answers_that_have_a_part_in_it),
	    TEST(a_comparison_is_hidden_by_the_answers_in_it_only),
	    TEST(relevance_may_hang_on_the_earlier_round),
	    TEST(an_unknown_rule_blames_the_cells_that_it_misses),
	    TEST(rules_are_printed_as_statisticians_write_them),
	};
	return cmocka_run_group_tests(tests, NULL, release);
}
