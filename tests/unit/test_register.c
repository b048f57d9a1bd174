/* SPDX-License-Identifier: Apache-2.0 */
#include "survey/register.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/default_survey.h"
#include "tests/support/sample.h"

static struct definition *survey;

static void
expect_section(const char *code, unsigned version, const char *expected)
{
	int section = vsic_section(survey, code, strlen(code), version);
	if (expected == NULL)
		assert_int_equal(section, -1);
	else
		assert_string_equal(survey->list[CODES_SECTION].code[section].code, expected);
}

static void
a_vsic_code_has_the_section_of_its_version(void **state)
{
	(void)state;
	expect_section("C", 2018, "C");
	expect_section("C", 2025, "C");
	expect_section("J", 2018, "J-2018");
	expect_section("J", 2025, "J-2025");
	expect_section("V", 2018, NULL);
	expect_section("V", 2025, "V-2025");
	expect_section("01", 2025, "A");
	expect_section("10110", 2018, "C");
	expect_section("62", 2018, "J-2018");
	expect_section("62", 2025, "K-2025");
	expect_section("45", 2018, "G");
	expect_section("45", 2025, NULL);
	expect_section("34", 2018, NULL);
	expect_section("101100", 2018, NULL);
	expect_section("1O", 2018, NULL);
	expect_section("c", 2018, NULL);
	expect_section("C", 2020, NULL);
}

/* ------------------------------------------------------------------------------- one row */

static struct sample_unit
good_unit(void)
{
	return (struct sample_unit){.text = {[REGISTER_TAX_CODE] = "3090000014",
					[REGISTER_NAME] = "Công ty TNHH Hồng Lĩnh",
					[REGISTER_UNIT_TYPE] = "DN",
					[REGISTER_COMMUNE] = "18073",
					[REGISTER_ZONE] = "NONE",
					[REGISTER_VSIC] = "10",
					[REGISTER_VSIC_VERSION] = "2025",
					[REGISTER_START_YEAR] = "2010",
					[REGISTER_EMPLOYEES] = "12",
					[REGISTER_REVENUE_MVND] = "9000",
					[REGISTER_CAPITAL_MVND] = "4000",
					[REGISTER_EMPLOYEES_PREV] = "11",
					[REGISTER_STATUS] = "ACTIVE"}};
}

static bool
judge(const struct sample_unit *unit, struct register_row *row, struct register_problems *problems)
{
	struct register_text text;
	sample_unit_cells(unit, &text);
	return register_judge(survey, 2025, &text, row, problems);
}

static void
each_bad_cell_is_named_with_its_check(void **state)
{
	(void)state;
	static const struct {
		enum register_column column;
		const char *value, *check;
		bool hard;
	} cases[] = {
	    {REGISTER_TAX_CODE, "3090000015", "EH01", true},
	    {REGISTER_TAX_CODE, "", "EH01", true},
	    {REGISTER_NAME, "", "EH15", true},
	    {REGISTER_NAME, "  ", "EH15", true},
	    {REGISTER_NAME, "Co\xCC\x82ng ty", "EH15", true}, /* decomposed */
	    {REGISTER_NAME, "C\xF4ng ty", "EH15", true},      /* Latin-1 */
	    {REGISTER_NAME, "a\nb", "EH15", true},
	    {REGISTER_ADDRESS, "a\tb", "EH15", true},
	    {REGISTER_TAX_CODE, "3090000014                      ", "EH01", true}, /* 32 bytes */
	    {REGISTER_EMPLOYEES, "0000000000000012", "EH12", true}, /* over 15 digits */
	    {REGISTER_SUPPORTING_INDUSTRY, "NONE", "EH12", true},
	    {REGISTER_SUPPORTING_INDUSTRY, "ON", "EH12", true},
	    {REGISTER_VSIC_VERSION, "2017", "EH12", true},
	    {REGISTER_VSIC_VERSION, "2026", "EH12", true},
	    {REGISTER_UNIT_TYPE, "XX", "EH12", true},
	    {REGISTER_UNIT_TYPE, "", "EH12", true},
	    {REGISTER_COMMUNE, "99999", "EH16", true},
	    {REGISTER_ZONE, "KCN", "EH12", true},
	    {REGISTER_VSIC, "V9", "EH17", true},
	    {REGISTER_VSIC, "45", "EH17", true},
	    {REGISTER_VSIC_VERSION, "2020", "EH17", true},
	    {REGISTER_LEGAL_FORM, "GmbH", "EH12", true},
	    {REGISTER_START_YEAR, "2026", "EH11", true},
	    {REGISTER_START_YEAR, "1899", "EH12", true},
	    {REGISTER_EMPLOYEES, "-1", "EH12", true},
	    {REGISTER_EMPLOYEES, "200001", "EH12", true},
	    {REGISTER_EMPLOYEES, "12.5", "EH12", true},
	    {REGISTER_REVENUE_MVND, "1000000000001", "EH12", true},
	    {REGISTER_REVENUE_MVND, "99999999999999999999", "EH12", true},
	    {REGISTER_CAPITAL_MVND, "1e6", "EH12", true},
	    {REGISTER_SUPPORTING_INDUSTRY, "yes", "EH12", true},
	    {REGISTER_STATUS, "OPEN", "EH12", true},
	    {REGISTER_EMPLOYEES_PREV, "100", "ES01", false},
	    {REGISTER_REVENUE_MVND, "100", "ES02", false},
	    {REGISTER_CAPITAL_MVND, "0", "ES17", false},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sample_unit unit = good_unit();
		struct register_row row;
		struct register_problems problems;
		assert_true(judge(&unit, &row, &problems));
		assert_int_equal(problems.n, 0);
		strcpy(unit.text[cases[i].column], cases[i].value);
		assert_int_equal(judge(&unit, &row, &problems), !cases[i].hard);
		assert_true(problems.n >= 1);
		const struct check *check = &survey->check[problems.problem[0].check];
		assert_string_equal(check->code, cases[i].check);
		assert_int_equal(check->hard, cases[i].hard);
		/* A check of several cells blames the first. */
		assert_int_equal(problems.problem[0].column,
		    cases[i].hard ? cases[i].column : REGISTER_EMPLOYEES);
	}
}

static void
cells_are_read_as_written(void **state)
{
	(void)state;
	struct sample_unit unit = good_unit();
	struct register_row row;
	struct register_problems problems;
	strcpy(unit.text[REGISTER_EMPLOYEES], "000000000000012"); /* 15 digits */
	strcpy(unit.text[REGISTER_SUPPORTING_INDUSTRY], "NO");
	strcpy(unit.text[REGISTER_LEGAL_FORM], "CP");
	assert_true(judge(&unit, &row, &problems));
	assert_int_equal(row.employees, 12);
	assert_int_equal(row.supporting_industry, 0);
	assert_int_equal(row.legal_form, definition_find_code(survey, CODES_LEGAL_FORM, "CP", 2));
	strcpy(unit.text[REGISTER_SUPPORTING_INDUSTRY], "YES");
	assert_true(judge(&unit, &row, &problems));
	assert_int_equal(row.supporting_industry, 1);
	strcpy(unit.text[REGISTER_SUPPORTING_INDUSTRY], "MAYBE");
	assert_false(judge(&unit, &row, &problems));
	assert_int_equal(row.supporting_industry, -1);
}

/* 60 employees: a small firm in agriculture, industry and construction, a medium one elsewhere. */
static void
the_section_says_which_limits_hold(void **state)
{
	(void)state;
	struct sample_unit unit = good_unit();
	struct register_row row;
	struct register_problems problems;
	strcpy(unit.text[REGISTER_EMPLOYEES], "60");
	for (char letter = 'A'; letter <= 'V'; letter++) {
		unit.text[REGISTER_VSIC][0] = letter;
		unit.text[REGISTER_VSIC][1] = '\0';
		judge(&unit, &row, &problems);
		assert_int_equal(row.size_mask, 1u << (letter <= 'F' ? SIZE_SMALL : SIZE_MEDIUM));
	}
	strcpy(unit.text[REGISTER_VSIC_VERSION], "2018");
	strcpy(unit.text[REGISTER_VSIC], "J");
	judge(&unit, &row, &problems);
	assert_int_equal(row.size_mask, 1u << SIZE_MEDIUM);
	strcpy(unit.text[REGISTER_VSIC], "");
	judge(&unit, &row, &problems);
	assert_int_equal(row.size_mask, 1u << SIZE_SMALL | 1u << SIZE_MEDIUM);
}

static void
zero_is_a_number_and_not_unknown(void **state)
{
	(void)state;
	struct sample_unit unit = good_unit();
	struct register_row row;
	struct register_problems problems;
	strcpy(unit.text[REGISTER_START_YEAR], "1900");
	strcpy(unit.text[REGISTER_EMPLOYEES], "0");
	strcpy(unit.text[REGISTER_EMPLOYEES_PREV], "0");
	strcpy(unit.text[REGISTER_REVENUE_MVND], "0");
	strcpy(unit.text[REGISTER_CAPITAL_MVND], "0");
	assert_true(judge(&unit, &row, &problems));
	assert_int_equal(row.start_year, 1900);
	assert_true(row.employees == 0 && row.employees_prev == 0);
	assert_true(row.revenue_mvnd == 0 && row.capital_mvnd == 0);
	assert_int_equal(row.size_mask, 1u << SIZE_MICRO);
}

static void
a_tax_code_with_a_nul_is_no_tax_code(void **state)
{
	(void)state;
	struct sample_unit unit = good_unit();
	struct register_text text;
	struct register_row row;
	struct register_problems problems;
	sample_unit_cells(&unit, &text);
	text.cell[REGISTER_TAX_CODE] = (struct cell){"3090000014\0-001", 15};
	assert_false(register_judge(survey, 2025, &text, &row, &problems));
	assert_string_equal(problems.problem[0].value, "3090000014\\u0000-001");
}

static void
expect_default_version(int ref_year, const char *version, const char *section)
{
	struct sample_unit unit = good_unit();
	struct register_text text;
	struct register_row row;
	struct register_problems problems;
	strcpy(unit.text[REGISTER_VSIC], "J");
	strcpy(unit.text[REGISTER_VSIC_VERSION], version);
	sample_unit_cells(&unit, &text);
	assert_true(register_judge(survey, ref_year, &text, &row, &problems));
	assert_string_equal(survey->list[CODES_SECTION].code[row.section].code, section);
}

static void
the_vsic_version_is_the_one_given_or_that_of_the_year(void **state)
{
	(void)state;
	expect_default_version(2024, "", "J-2018");
	expect_default_version(2025, "", "J-2025");
	expect_default_version(2026, "", "J-2025");
	expect_default_version(2024, "2025", "J-2025");
	expect_default_version(2026, "2018", "J-2018");
}

static void
what_a_bad_cell_holds_is_fit_to_be_printed(void **state)
{
	(void)state;
	static const struct {
		const char *value, *shown;
	} cases[] = {
	    {"C\xF4ng", "C\\xf4ng"},
	    {"a\x1B[2J", "a\\u001b[2J"},
	    {"a\xC2\x9B", "a\\u009b"},
	    {"x\x7F", "x\\u007f"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sample_unit unit = good_unit();
		struct register_row row;
		struct register_problems problems;
		strcpy(unit.text[REGISTER_NAME], cases[i].value);
		assert_false(judge(&unit, &row, &problems));
		assert_string_equal(problems.problem[0].value, cases[i].shown);
	}
}

static void
a_row_of_no_cells_at_all_is_refused(void **state)
{
	(void)state;
	const uint8_t rows[] = {0x0A, 0x00}; /* one RegisterRow without a field */
	struct register_text text;
	struct register_row row;
	struct register_problems problems;
	size_t at = 0;
	assert_int_equal(register_next(rows, sizeof(rows), &at, &text), REGISTER_ROW);
	assert_false(register_judge(survey, 2025, &text, &row, NULL));
	assert_false(register_judge(survey, 2025, &text, &row, &problems));
	assert_int_equal(problems.n, 3); /* tax code, name, kind of unit */
	assert_string_equal(problems.problem[0].value, "");
}

static void
an_empty_cell_is_unknown_and_skips_what_needs_it(void **state)
{
	(void)state;
	struct sample_unit unit = {.text = {[REGISTER_TAX_CODE] = "3090000014-001",
				       [REGISTER_NAME] = "Chi nhánh",
				       [REGISTER_UNIT_TYPE] = "HT"}};
	struct register_row row;
	struct register_problems problems;
	assert_true(judge(&unit, &row, &problems));
	assert_int_equal(problems.n, 0);
	assert_true(problems.skipped >= 3);
	assert_int_equal(row.commune, -1);
	assert_int_equal(row.zone, -1);
	assert_int_equal(row.section, -1);
	assert_int_equal(row.status, -1);
	assert_int_equal(row.supporting_industry, -1);
	assert_int_equal(row.size_mask, (1u << (SIZE_LARGE + 1)) - 1);
	assert_true(row.employees == -1 && row.revenue_mvnd == -1 && row.start_year == -1);
	assert_true(row.tax_code == UINT64_C(3090000014001));
}

/* ------------------------------------------------------------------------------- rows as bytes */

static size_t
encode_units(uint64_t units, uint8_t *buf, size_t cap, struct register_row *rows)
{
	struct sample_register s = {.seed = 3, .units = units};
	struct sample_unit unit;
	struct register_text text;
	size_t n = 0, i = 0;
	while (sample_register_next(&s, survey, &unit)) {
		sample_unit_cells(&unit, &text);
		assert_true(register_judge(survey, 2025, &text, &rows[i++], NULL));
		text.has_code_hash = true;
		memset(text.code_hash, (int)i, sizeof(text.code_hash));
		size_t used = register_encode(&text, buf + n, cap - n);
		assert_true(used > 0);
		n += used;
	}
	return n;
}

/* Field by field: the struct may have padding. */
static void
assert_same_row(const struct register_row *a, const struct register_row *b)
{
	assert_true(a->tax_code == b->tax_code);
	assert_int_equal(a->unit_type, b->unit_type);
	assert_int_equal(a->status, b->status);
	assert_int_equal(a->legal_form, b->legal_form);
	assert_int_equal(a->supporting_industry, b->supporting_industry);
	assert_int_equal(a->commune, b->commune);
	assert_int_equal(a->zone, b->zone);
	assert_int_equal(a->section, b->section);
	assert_int_equal(a->size_mask, b->size_mask);
	assert_int_equal(a->start_year, b->start_year);
	assert_int_equal(a->employees, b->employees);
	assert_int_equal(a->employees_prev, b->employees_prev);
	assert_true(a->revenue_mvnd == b->revenue_mvnd && a->capital_mvnd == b->capital_mvnd);
}

static void
rows_read_back_from_a_chunk_as_they_were(void **state)
{
	(void)state;
	enum { UNITS = 500 };
	static struct register_row rows[UNITS];
	static uint8_t buf[UNITS * 512];
	size_t n = encode_units(UNITS, buf, sizeof(buf), rows), at = 0, read = 0;
	struct register_text text;
	while (register_next(buf, n, &at, &text) == REGISTER_ROW) {
		struct register_row row;
		assert_true(register_judge(survey, 2025, &text, &row, NULL));
		assert_true(text.has_code_hash);
		assert_int_equal(text.code_hash[0], (uint8_t)(read + 1));
		assert_same_row(&row, &rows[read++]);
	}
	assert_int_equal(read, UNITS);
	assert_int_equal(at, n);
}

static void
a_chunk_cut_short_or_changed_never_reads_beyond_itself(void **state)
{
	(void)state;
	struct register_row rows[3], row;
	struct register_problems problems;
	uint8_t buf[2048];
	size_t n = encode_units(3, buf, sizeof(buf), rows);
	unsigned malformed = 0;
	for (size_t i = 0; i < n * 9; i++) {
		size_t length = i < n ? i : n;
		uint8_t *copy = malloc(length + !length);
		assert_non_null(copy);
		memcpy(copy, buf, length);
		if (i >= n)
			copy[(i - n) / 8] ^= (uint8_t)(1u << (i - n) % 8);
		struct register_text text;
		enum register_walk walk;
		size_t at = 0;
		while ((walk = register_next(copy, length, &at, &text)) == REGISTER_ROW)
			register_judge(survey, 2025, &text, &row, &problems);
		malformed += walk == REGISTER_MALFORMED;
		free(copy);
	}
	assert_true(malformed > n / 2);
}

static void
a_row_that_does_not_fit_is_not_written(void **state)
{
	(void)state;
	struct sample_unit unit = good_unit();
	struct register_text text;
	uint8_t buf[512];
	sample_unit_cells(&unit, &text);
	size_t whole = register_encode(&text, buf, sizeof(buf));
	assert_true(whole > 0);
	for (size_t cap = 0; cap < whole; cap++)
		assert_int_equal(register_encode(&text, buf, cap), 0);
	assert_int_equal(register_encode(&text, buf, whole), whole);
}

static int
set_up(void **state)
{
	(void)state;
	survey = default_survey();
	return 0;
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
	    cmocka_unit_test(a_vsic_code_has_the_section_of_its_version),
	    cmocka_unit_test(each_bad_cell_is_named_with_its_check),
	    cmocka_unit_test(cells_are_read_as_written),
	    cmocka_unit_test(the_section_says_which_limits_hold),
	    cmocka_unit_test(zero_is_a_number_and_not_unknown),
	    cmocka_unit_test(a_tax_code_with_a_nul_is_no_tax_code),
	    cmocka_unit_test(the_vsic_version_is_the_one_given_or_that_of_the_year),
	    cmocka_unit_test(what_a_bad_cell_holds_is_fit_to_be_printed),
	    cmocka_unit_test(a_row_of_no_cells_at_all_is_refused),
	    cmocka_unit_test(an_empty_cell_is_unknown_and_skips_what_needs_it),
	    cmocka_unit_test(rows_read_back_from_a_chunk_as_they_were),
	    cmocka_unit_test(a_chunk_cut_short_or_changed_never_reads_beyond_itself),
	    cmocka_unit_test(a_row_that_does_not_fit_is_not_written),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
