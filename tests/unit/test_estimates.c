/* SPDX-License-Identifier: Apache-2.0 */
/* The Estimates message against a second reckoning, a walk over the rows. */
#include "collector/estimates.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collector/columns_fill.h"
#include "survey/estimate.h"
#include "survey/kinds.h"
#include "survey/rule.h"
#include "tests/support/default_survey.h"

#define UNITS 4000
#define REF_YEAR 2025

static struct definition *survey;
static struct cells *cells;
static struct counters *counters;
static struct register_row rows[UNITS];
static struct indicator_bits bits[UNITS];
static bool has_answered[UNITS];

static uint32_t
below(uint32_t n)
{
	static uint64_t state = 57;
	state = state * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (uint32_t)((state >> 33) % n);
}

static int16_t
random_code(enum code_list_id list)
{
	return (int16_t)((int)below((uint32_t)survey->list[list].codes + 1) - 1);
}

static void
make_unit(struct columns *columns, uint32_t i)
{
	static const uint8_t masks[] = {1, 1, 1, 1, 2, 2, 4, 8, 3, 15};
	rows[i] = (struct register_row){.tax_code = (uint64_t)i * 1000,
	    .unit_type = (int8_t)below(4),
	    .status = (int8_t)definition_find_code(survey, CODES_STATUS, "ACTIVE", 6),
	    .legal_form = -1,
	    .supporting_industry = -1,
	    .commune = random_code(CODES_COMMUNE),
	    .zone = below(2) ? random_code(CODES_ZONE)
			     : (int16_t)definition_find_code(survey, CODES_ZONE, "NONE", 4),
	    .section = random_code(CODES_SECTION),
	    .size_mask = masks[below(10)],
	    .employees = (int32_t)below(50) - 1};
	columns_put(columns, i, &rows[i]);
	has_answered[i] = below(10) < 7;
	for (unsigned k = 0; k < survey->indicators; k++)
		indicator_bits_set(&bits[i], k,
		    below(20) == 0 ? TRUTH_UNKNOWN
		    : below(4) > 0 ? TRUTH_TRUE
				   : TRUTH_FALSE);
	const struct standing standing = {
	    has_answered[i] ? &bits[i] : NULL, has_answered[i] ? CASE_COMPLETE : CASE_NOT_STARTED};
	counters_add(counters, columns, i, &standing, 1);
}

static int
set_up(void **state)
{
	(void)state;
	survey = default_survey();
	cells = cells_new(survey);
	struct columns *columns = columns_new(survey, REF_YEAR, UNITS, 0);
	counters = counters_new(survey, cells, &(struct design){0});
	assert_true(cells != NULL && counters != NULL && columns != NULL);
	for (uint32_t i = 0; i < UNITS; i++)
		make_unit(columns, i);
	columns_release(columns);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	counters_free(counters);
	cells_free(cells);
	definition_free(survey);
	return 0;
}

/* ------------------------------------------------------------------- the second reckoning */

static bool
counts_in(const struct register_row *row, size_t cell)
{
	uint16_t of[CELLS_OF_UNIT_MAX];
	size_t n = cells_of_unit(cells, row, of);
	for (size_t i = 0; i < n; i++)
		if (of[i] == cell)
			return true;
	return false;
}

static unsigned
stratum_of(const struct register_row *row)
{
	const struct kinds *kinds = cells_kinds(cells);
	return kinds_stratum(kinds, kinds_of_unit(kinds, row));
}

static void
reckon(const struct goal *goal, size_t cell, struct stratum strata[KINDS_STRATA],
    struct rate_counts *c, struct employee_counts *employees)
{
	memset(c, 0, sizeof(*c));
	memset(employees, 0, sizeof(*employees));
	for (unsigned s = 0; s < KINDS_STRATA; s++) {
		struct kind_stratum keys = kinds_stratum_keys(s);
		strata[s] = (struct stratum){
		    .size = keys.size, .activity = keys.activity, .zone = keys.zone};
	}
	for (uint32_t i = 0; i < UNITS; i++) {
		if (!counts_in(&rows[i], cell) ||
		    rule_evaluate_row(survey->population[goal->population].rule, survey, &rows[i],
			REF_YEAR) != TRUTH_TRUE)
			continue;
		struct stratum *s = &strata[stratum_of(&rows[i])];
		uint64_t of_unit = rows[i].employees > 0 ? (uint64_t)rows[i].employees : 0;
		enum truth value = indicator_bits_get(&bits[i], goal->indicator);
		bool met = has_answered[i] && value == TRUTH_TRUE;
		bool not_met = has_answered[i] && value == TRUTH_FALSE;
		c->n++;
		c->met += met;
		c->not_met += not_met;
		c->unknown += has_answered[i] && !met && !not_met;
		employees->all += of_unit;
		employees->responded += has_answered[i] ? of_unit : 0;
		s->n++;
		s->met += met;
		s->not_met += not_met;
	}
}

/* ------------------------------------------------------------------- the message */

static Khaosat__V1__Estimates *
estimates_of(enum interval_method method)
{
	struct estimates_wanted wanted = {
	    .figures = {.definition = survey, .cells = cells, .reference_date = "2025-12-31"},
	    .counters = counters,
	    .method = method};
	Khaosat__V1__Rates head;
	size_t n;
	khaosat__v1__rates__init(&head);
	for (size_t i = 0; i < survey->goals; i++)
		wanted.figures.goal[i] = true;
	for (size_t i = 0; i < DIMENSIONS; i++)
		wanted.figures.dimension[i] = true;
	uint8_t *bytes = estimates_encode(&wanted, &head, &n);
	assert_non_null(bytes);
	Khaosat__V1__Estimates *m = khaosat__v1__estimates__unpack(NULL, n, bytes);
	free(bytes);
	assert_non_null(m);
	assert_int_equal(m->n_estimate, survey->goals * cells_count(cells));
	assert_int_equal(m->rates->n_rate, m->n_estimate);
	return m;
}

static void
assert_near(double value, double expected)
{
	if (!(fabs(value - expected) <= 1e-12))
		fail_msg("%.17g is not %.17g", value, expected);
}

static void
assert_estimate(const Khaosat__V1__Estimate *told, const struct goal *goal, size_t cell)
{
	const struct estimate_spec spec = {.threshold = {goal->threshold_pct, goal->strict},
	    .named_list = goal->named_list,
	    .method = INTERVAL_WILSON};
	struct stratum strata[KINDS_STRATA];
	struct rate_counts c;
	struct employee_counts employees;
	struct estimate e;
	reckon(goal, cell, strata, &c, &employees);
	/* membership that is unknown is in the product's counts only */
	struct rate_counts with_unknown;
	counters_rate(counters, cell, (size_t)(goal - survey->goal), &with_unknown);
	assert_int_equal(c.n, with_unknown.n);
	estimate_make(&spec, &with_unknown, strata, KINDS_STRATA, &e);
	assert_int_equal(told->made, e.is_made);
	assert_int_equal(told->verdict, e.verdict);
	assert_int_equal(told->method, e.has_interval ? e.interval.method : 0);
	assert_int_equal(told->strata, e.strata);
	assert_int_equal(told->employees, employees.all);
	assert_int_equal(told->employees_responded, employees.responded);
	assert_near(told->share, e.share);
	assert_near(told->standard_error, sqrt(e.variance));
	assert_near(told->low, e.has_interval ? e.interval.low.value : 0);
	assert_near(told->high, e.has_interval ? e.interval.high.value : 0);
}

static void
every_estimate_is_that_of_a_walk_over_the_rows(void **state)
{
	(void)state;
	Khaosat__V1__Estimates *m = estimates_of(INTERVAL_WILSON);
	unsigned made = 0, intervals = 0;
	for (size_t i = 0; i < m->n_estimate; i++) {
		size_t goal = i / cells_count(cells), cell = i % cells_count(cells);
		assert_string_equal(m->rates->rate[i]->goal, survey->goal[goal].code);
		if (!kinds_has_cell(cells_kinds(cells), cell)) {
			assert_false(m->estimate[i]->made || m->estimate[i]->method != 0);
			assert_int_equal(m->estimate[i]->verdict, m->rates->rate[i]->verdict);
			continue;
		}
		if (goal % 4 == 0) /* a walk for each would take a minute */
			assert_estimate(m->estimate[i], &survey->goal[goal], cell);
		made += m->estimate[i]->made != 0;
		intervals += m->estimate[i]->method != 0;
	}
	assert_true(made > 200 && intervals > 100);
	khaosat__v1__estimates__free_unpacked(m, NULL);
}

static void
a_method_is_used_where_it_can_be(void **state)
{
	(void)state;
	for (unsigned method = INTERVAL_WILSON; method <= INTERVAL_HYPERGEOMETRIC; method++) {
		Khaosat__V1__Estimates *m = estimates_of((enum interval_method)method);
		bool is_exact = method >= INTERVAL_CLOPPER_PEARSON;
		unsigned used = 0;
		for (size_t i = 0; i < m->n_estimate; i++) {
			const Khaosat__V1__Estimate *e = m->estimate[i];
			used += e->method == method;
			assert_true(e->method == 0 || e->method == method ||
				    (int)e->method == INTERVAL_HYPERGEOMETRIC);
			assert_true(!is_exact || e->method == 0 || e->strata == 1);
			assert_true(e->low <= e->high && e->low >= 0 && e->high <= 1);
		}
		assert_true(used > 100);
		khaosat__v1__estimates__free_unpacked(m, NULL);
	}
}

static void
employees_follow_answers_and_withdrawals(void **state)
{
	(void)state;
	struct columns *columns = columns_new(survey, REF_YEAR, 1, 0);
	struct counters *c = counters_new(survey, cells, &(struct design){0});
	const struct register_row row = {.unit_type = 0,
	    .status = rows[0].status,
	    .section = 1,
	    .zone = -1,
	    .size_mask = 1,
	    .commune = -1,
	    .employees = 40};
	size_t kind = kinds_of_unit(cells_kinds(cells), &row), all_members = 0;
	assert_true(columns != NULL && c != NULL);
	columns_put(columns, 0, &row);
	const struct standing silent = {NULL, CASE_NOT_STARTED}, ceased = {NULL, CASE_OUT_OF_SCOPE};
	const struct standing first = {&bits[0], CASE_COMPLETE}, second = {&bits[1], CASE_COMPLETE};
	counters_add(c, columns, 0, &silent, 1);
	counters_move(c, columns, 0, &silent, &first);
	counters_move(c, columns, 0, &first, &second); /* a correction */
	for (size_t i = 0; i < survey->populations; i++) {
		struct employee_counts e = counters_employees(c, kind, i);
		bool is_member = columns_member(columns, 0, (unsigned)i) == TRUTH_TRUE;
		all_members += is_member;
		assert_int_equal(e.all, is_member ? 40 : 0);
		assert_int_equal(e.responded, is_member ? 40 : 0);
	}
	assert_true(all_members > 0);
	counters_move(c, columns, 0, &second, &silent);
	for (size_t i = 0; i < survey->populations; i++)
		assert_int_equal(counters_employees(c, kind, i).responded, 0);
	counters_move(c, columns, 0, &silent, &ceased);
	for (size_t i = 0; i < survey->populations; i++)
		assert_int_equal(counters_employees(c, kind, i).all, 0);
	counters_move(c, columns, 0, &ceased, &silent);
	counters_add(c, columns, 0, &silent, -1);
	for (size_t i = 0; i < survey->populations; i++)
		assert_int_equal(counters_employees(c, kind, i).all, 0);
	counters_free(c);
	columns_release(columns);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_estimate_is_that_of_a_walk_over_the_rows),
	    cmocka_unit_test(a_method_is_used_where_it_can_be),
	    cmocka_unit_test(employees_follow_answers_and_withdrawals),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
