/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "collector/columns_fill.h"
#include "survey/rule.h"
#include "tests/support/state_rig.h"

static const struct definition *survey; /* of the rig's state */
static struct state_rig rig;

static int
set_up(void **state)
{
	(void)state;
	struct definition_view view;
	state_rig_make(&rig);
	state_rig_define(&rig);
	assert_true(state_definition(rig.state, "STATE", 1, &view));
	survey = view.definition;
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	state_rig_free(&rig);
	return 0;
}

/* Chunks of serials [0, units), one after another, then `extra` bytes as one more. */
static enum columns_status
build(unsigned units, unsigned chunk_rows, uint64_t rows, const uint8_t *extra, size_t extra_bytes,
    struct columns_report *report, struct columns **out)
{
	struct columns_spec spec = {.definition = survey, .ref_year = 2025, .rows = rows};
	struct columns_builder *b = columns_builder_new(&spec, report);
	assert_non_null(b);
	uint64_t number = 100;
	for (unsigned first = 0; first < units; first += chunk_rows, number++) {
		size_t n;
		unsigned count = units - first < chunk_rows ? units - first : chunk_rows;
		uint8_t *bytes = state_rig_rows(first, count, &n);
		columns_builder_add(b, number, bytes, n);
		free(bytes);
	}
	if (extra != NULL)
		columns_builder_add(b, number, extra, extra_bytes);
	return columns_builder_finish(b, out);
}

static void
every_row_is_found_with_its_attributes_and_its_chunk(void **state)
{
	(void)state;
	enum { UNITS = 1000, CHUNK = 77 };
	struct columns_report report;
	struct columns *c = NULL;
	assert_int_equal(build(UNITS, CHUNK, UNITS, NULL, 0, &report, &c), COLUMNS_OK);
	assert_int_equal(report.hard, 0);
	size_t fetched = 0;
	for (unsigned i = 0; i < UNITS; i++) {
		struct register_text unit;
		char text[REGISTER_COLUMNS][32];
		struct register_row right, row;
		uint32_t at, row_in_chunk;
		uint64_t chunk;
		state_rig_unit(i, &unit, text);
		memset(&right, 0, sizeof(right));
		memset(&row, 0, sizeof(row));
		assert_true(register_judge(survey, 2025, &unit, &right, NULL));
		assert_true(columns_find(c, state_rig_tax_code(i), &at));
		assert_int_equal(at, i);
		assert_true(columns_fetch(c, state_rig_tax_code(i)) < UNITS);
		fetched += columns_fetch(c, state_rig_tax_code(i)) == i;
		columns_row(c, at, &row);
		assert_int_equal(row.tax_code, right.tax_code);
		assert_int_equal(row.commune, right.commune);
		assert_int_equal(row.zone, right.zone);
		assert_int_equal(row.section, right.section);
		assert_int_equal(row.status, right.status);
		assert_int_equal(row.unit_type, right.unit_type);
		assert_int_equal(row.legal_form, right.legal_form);
		assert_int_equal(row.supporting_industry, right.supporting_industry);
		assert_int_equal(row.size_mask, right.size_mask);
		assert_int_equal(row.start_year, right.start_year);
		assert_int_equal(row.employees, right.employees);
		assert_int_equal(row.employees_prev, right.employees_prev);
		assert_int_equal(row.revenue_mvnd, right.revenue_mvnd);
		assert_int_equal(row.capital_mvnd, right.capital_mvnd);
		assert_memory_equal(c->code_hash[at], unit.code_hash, CODE_HASH_BYTES);
		columns_chunk(c, at, &chunk, &row_in_chunk);
		assert_int_equal(chunk, 100 + i / CHUNK);
		assert_int_equal(row_in_chunk, i % CHUNK);
	}
	assert_true(fetched > UNITS * 9 / 10); /* but for some that share another's tag */
	uint32_t at;
	assert_true(columns_fetch(c, state_rig_tax_code(UNITS)) < UNITS);
	assert_false(columns_find(c, state_rig_tax_code(UNITS), &at));
	assert_false(columns_find(c, 0, &at));
	columns_release(c);
	columns_report_free(&report);
}

static void
money_of_any_size_comes_back(void **state)
{
	(void)state;
	static const int64_t money[] = {
	    UNKNOWN_NUMBER, 0, 1, UINT32_MAX, INT64_C(1) << 32, MONEY_MAX - 1, MONEY_MAX};
	const size_t n = sizeof(money) / sizeof(money[0]);
	struct columns *c = columns_new(survey, 2025, (uint32_t)n, 1);
	assert_non_null(c);
	for (uint32_t i = 0; i < n; i++) {
		struct register_row row = {
		    .tax_code = i + 1, .revenue_mvnd = money[i], .capital_mvnd = money[n - 1 - i]};
		columns_put(c, i, &row);
		columns_row(c, i, &row);
		assert_int_equal(row.revenue_mvnd, money[i]);
		assert_int_equal(row.capital_mvnd, money[n - 1 - i]);
	}
	columns_release(c);
}

static void
an_empty_register_has_no_rows(void **state)
{
	(void)state;
	struct columns_report report;
	struct columns *c = NULL;
	uint32_t at;
	assert_int_equal(build(0, 1, 0, NULL, 0, &report, &c), COLUMNS_OK);
	assert_false(columns_find(c, state_rig_tax_code(0), &at));
	columns_release(c);
	columns_report_free(&report);
}

static void
a_unit_that_comes_twice_over_chunks_is_refused_by_name(void **state)
{
	(void)state;
	struct columns_report report;
	struct columns *c = NULL;
	size_t n;
	uint8_t *again = state_rig_rows(3, 2, &n);
	assert_int_equal(build(50, 20, 52, again, n, &report, &c), COLUMNS_REFUSED);
	assert_null(c);
	assert_int_equal(report.rows, 52);
	assert_int_equal(report.hard, 2);
	char text[REGISTER_COLUMNS][32];
	struct register_text unit;
	size_t found = 0;
	for (size_t i = 0; i < report.n; i++) {
		if (report.problem[i].problem.check != survey->builtin[BUILTIN_DUPLICATE_UNIT])
			continue;
		state_rig_unit(found == 0 ? 3 : 4, &unit, text);
		assert_int_equal(report.problem[i].row, 51 + found);
		assert_string_equal(report.problem[i].problem.value, text[REGISTER_TAX_CODE]);
		found++;
	}
	assert_int_equal(found, 2);
	free(again);
	columns_report_free(&report);
}

static void
every_problem_is_counted_and_a_thousand_are_kept(void **state)
{
	(void)state;
	enum { UNITS = 1500 };
	struct columns_spec spec = {.definition = survey, .ref_year = 2025, .rows = UNITS};
	struct columns_report report;
	struct columns *c = NULL;
	struct columns_builder *b = columns_builder_new(&spec, &report);
	for (unsigned i = 0; i < UNITS; i++) {
		struct register_text unit;
		char text[REGISTER_COLUMNS][32];
		uint8_t bytes[512];
		state_rig_unit(i, &unit, text);
		unit.cell[REGISTER_ZONE] = (struct cell){"NOWHERE", 7};
		size_t n = register_encode(&unit, bytes, sizeof(bytes));
		columns_builder_add(b, 1 + i, bytes, n);
	}
	assert_int_equal(columns_builder_finish(b, &c), COLUMNS_REFUSED);
	assert_int_equal(report.hard, UNITS);
	assert_true(report.total >= UNITS);
	assert_int_equal(report.n, COLUMNS_PROBLEMS_MAX);
	assert_int_equal(report.problem[0].row, 1);
	assert_int_equal(report.problem[0].problem.column, REGISTER_ZONE);
	columns_report_free(&report);
}

static void
rows_must_be_as_many_as_was_said(void **state)
{
	(void)state;
	struct columns_report report;
	struct columns *c = NULL;
	assert_int_equal(build(30, 10, 31, NULL, 0, &report, &c), COLUMNS_COUNT);
	columns_report_free(&report);
	assert_int_equal(build(30, 10, 29, NULL, 0, &report, &c), COLUMNS_COUNT);
	assert_int_equal(report.chunk, 102);
	columns_report_free(&report);
	assert_int_equal(build(30, 10, UINT64_MAX, NULL, 0, &report, &c), COLUMNS_COUNT);
	columns_report_free(&report);
	assert_null(c);
}

static void
bytes_that_are_no_rows_and_rows_without_a_code_hash_are_malformed(void **state)
{
	(void)state;
	struct columns_report report;
	struct columns *c = NULL;
	assert_int_equal(
	    build(30, 10, 31, (const uint8_t *)"\x0a\x7f", 2, &report, &c), COLUMNS_MALFORMED);
	assert_int_equal(report.chunk, 103);
	assert_int_equal(report.row, 31);
	columns_report_free(&report);
	struct register_text unit;
	char text[REGISTER_COLUMNS][32];
	uint8_t bytes[512];
	state_rig_unit(40, &unit, text);
	unit.has_code_hash = false;
	size_t n = register_encode(&unit, bytes, sizeof(bytes));
	assert_true(n > 0);
	assert_int_equal(build(30, 10, 31, bytes, n, &report, &c), COLUMNS_MALFORMED);
	assert_int_equal(report.row, 31);
	columns_report_free(&report);
	assert_null(c);
}

static void
columns_are_read_from_chunks_of_their_own_round_only(void **state)
{
	(void)state;
	struct round_view one, two;
	state_rig_round(&rig, "one", "");
	state_rig_round(&rig, "two", "");
	assert_true(state_round(rig.state, "one", &one) && state_round(rig.state, "two", &two));
	uint64_t good[2] = {state_rig_chunk(&rig, 0, 0, 5), state_rig_chunk(&rig, 0, 5, 5)};
	uint64_t foreign = state_rig_chunk(&rig, 1, 5, 5);
	const struct {
		uint64_t chunk[2];
		enum columns_status status;
	} wrong[] = {
	    {{good[0], foreign}, COLUMNS_CHUNK},
	    {{good[0], good[0]}, COLUMNS_CHUNK},
	    {{good[0], one.number}, COLUMNS_CHUNK},  /* no chunk */
	    {{good[0], foreign + 1}, COLUMNS_CHUNK}, /* beyond the log */
	    {{0, good[0]}, COLUMNS_CHUNK},
	    {{good[0], good[1]}, COLUMNS_OK},
	};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct columns_spec spec = {.definition = survey, .ref_year = 2025, .rows = 10};
		struct columns_report report;
		struct columns *c = NULL;
		assert_int_equal(
		    columns_read(rig.store, one.number, &spec, wrong[i].chunk, 2, &report, &c),
		    wrong[i].status);
		assert_int_equal(c != NULL, wrong[i].status == COLUMNS_OK);
		columns_release(c);
		columns_report_free(&report);
	}
}

static void
populations_are_counted_with_the_columns_to_blame(void **state)
{
	(void)state;
	enum { UNITS = 700 };
	struct columns_report report;
	struct columns *c = NULL;
	struct population_count count[POPULATIONS_MAX], naive[POPULATIONS_MAX];
	assert_int_equal(build(UNITS, 100, UNITS, NULL, 0, &report, &c), COLUMNS_OK);
	columns_populations(c, count);
	memset(naive, 0, sizeof(naive));
	for (uint32_t i = 0; i < UNITS; i++)
		for (size_t p = 0; p < survey->populations; p++) {
			struct register_row row;
			columns_row(c, i, &row);
			const struct rule *rule = survey->population[p].rule;
			enum truth t = rule_evaluate_row(rule, survey, &row, 2025);
			uint32_t blame = rule_blame(rule, survey, &row, 2025);
			assert_int_equal(columns_member(c, i, (unsigned)p), t);
			naive[p].n += t == TRUTH_TRUE;
			naive[p].n_unknown += t == TRUTH_UNKNOWN;
			for (unsigned k = 0; k < REGISTER_COLUMNS; k++)
				naive[p].blame[k] += t == TRUTH_UNKNOWN && (blame >> k & 1);
		}
	assert_memory_equal(count, naive, survey->populations * sizeof(count[0]));
	assert_true(count[0].n > 0 && count[0].n_unknown > 0);
	assert_true(count[0].blame[REGISTER_STATUS] == count[0].n_unknown);
	columns_release(c);
	columns_report_free(&report);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_row_is_found_with_its_attributes_and_its_chunk),
	    cmocka_unit_test(money_of_any_size_comes_back),
	    cmocka_unit_test(an_empty_register_has_no_rows),
	    cmocka_unit_test(a_unit_that_comes_twice_over_chunks_is_refused_by_name),
	    cmocka_unit_test(every_problem_is_counted_and_a_thousand_are_kept),
	    cmocka_unit_test(rows_must_be_as_many_as_was_said),
	    cmocka_unit_test(bytes_that_are_no_rows_and_rows_without_a_code_hash_are_malformed),
	    cmocka_unit_test(columns_are_read_from_chunks_of_their_own_round_only),
	    cmocka_unit_test(populations_are_counted_with_the_columns_to_blame),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
