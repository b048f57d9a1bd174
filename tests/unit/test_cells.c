/* SPDX-License-Identifier: Apache-2.0 */
#include "survey/cells.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/default_survey.h"

static struct definition *survey;
static struct cells *cells;

static int
code_index(enum code_list_id list, const char *code)
{
	int i = definition_find_code(survey, list, code, strlen(code));
	assert_true(i >= 0);
	return i;
}

/* Does a unit with these attributes count in the cell? */
static bool
counts_in(const struct register_row *row, enum dimension dimension, const char *code)
{
	uint16_t of[CELLS_OF_UNIT_MAX];
	size_t n = cells_of_unit(cells, row, of);
	for (size_t i = 0; i < n; i++) {
		const struct cell_info *info = cells_info(cells, of[i]);
		if (info->dimension == dimension && strcmp(info->code, code) == 0)
			return true;
	}
	return false;
}

static struct register_row
row_in(const char *zone, const char *section)
{
	return (struct register_row){
	    .unit_type = (int8_t)code_index(CODES_UNIT_TYPE, "DN"),
	    .commune = (int16_t)code_index(CODES_COMMUNE, "18073"),
	    .zone = (int16_t)code_index(CODES_ZONE, zone),
	    .section = (int16_t)code_index(CODES_SECTION, section),
	    .size_mask = 1u << SIZE_SMALL,
	};
}

static void
expect_cell(const uint16_t *of, size_t n, size_t *found, enum dimension dimension, const char *code)
{
	for (size_t i = 0; i < n; i++) {
		const struct cell_info *info = cells_info(cells, of[i]);
		if (info->dimension == dimension && strcmp(info->code, code) == 0) {
			++*found;
			return;
		}
	}
	fail_msg("not in %s of dimension %d", code, dimension);
}

static const struct code *
code_at(enum code_list_id list, int index)
{
	static const struct code unknown = {.code = "_U", .type = "_U", .parent = -1};
	return index < 0 ? &unknown : &survey->list[list].code[index];
}

/* The groups that hold every one of the codes in a mask. */
static void
expect_groups(const uint16_t *of, size_t n, size_t *found, enum dimension dimension,
    enum code_list_id id, uint64_t mask)
{
	const struct code_list *list = &survey->list[id];
	for (size_t g = 0; g < list->groups; g++) {
		uint64_t inside = 0;
		for (size_t i = 0; i < list->group[g].members; i++)
			inside |= UINT64_C(1) << list->group[g].member[i];
		if (mask && !(mask & ~inside))
			expect_cell(of, n, found, dimension, list->group[g].code);
	}
}

/* Every cell that the unit belongs in by its codes, each once, and no other. */
static void
expect_cells(const struct register_row *row)
{
	uint16_t of[CELLS_OF_UNIT_MAX];
	size_t n = cells_of_unit(cells, row, of), found = 0;
	const struct code *zone = code_at(CODES_ZONE, row->zone);
	bool one_size = (row->size_mask & (row->size_mask - 1)) == 0;
	assert_int_equal(of[0], 0);
	expect_cell(of, n, &found, DIMENSION_WHOLE, "_T");
	expect_cell(of, n, &found, DIMENSION_ZONE, zone->code);
	if (zone->parent >= 0)
		expect_cell(of, n, &found, DIMENSION_ZONE, code_at(CODES_ZONE, zone->parent)->code);
	expect_cell(of, n, &found, DIMENSION_ZONE_TYPE, zone->type);
	expect_cell(of, n, &found, DIMENSION_COMMUNE, code_at(CODES_COMMUNE, row->commune)->code);
	expect_cell(of, n, &found, DIMENSION_SECTOR, code_at(CODES_SECTION, row->section)->code);
	expect_groups(of, n, &found, DIMENSION_SECTOR, CODES_SECTION,
	    row->section < 0 ? 0 : UINT64_C(1) << row->section);
	expect_cell(of, n, &found, DIMENSION_SIZE,
	    one_size ? code_at(CODES_SIZE, __builtin_ctz(row->size_mask))->code : "_U");
	expect_groups(of, n, &found, DIMENSION_SIZE, CODES_SIZE, row->size_mask);
	expect_cell(
	    of, n, &found, DIMENSION_UNIT_TYPE, code_at(CODES_UNIT_TYPE, row->unit_type)->code);
	assert_int_equal(found, n);
}

static void
a_unit_of_any_codes_counts_where_they_say_and_nowhere_else(void **state)
{
	(void)state;
	struct register_row row = {.size_mask = 1};
	for (int i = -1; i < (int)survey->list[CODES_ZONE].codes; i++) {
		row.zone = (int16_t)i;
		expect_cells(&row);
	}
	for (int i = -1; i < (int)survey->list[CODES_COMMUNE].codes; i++) {
		row.commune = (int16_t)i;
		expect_cells(&row);
	}
	for (int i = -1; i < (int)survey->list[CODES_SECTION].codes; i++) {
		row.section = (int16_t)i;
		expect_cells(&row);
	}
	for (int i = -1; i < (int)survey->list[CODES_UNIT_TYPE].codes; i++) {
		row.unit_type = (int8_t)i;
		expect_cells(&row);
	}
	for (unsigned mask = 1; mask < 16; mask++) {
		row.size_mask = (uint8_t)mask;
		expect_cells(&row);
	}
}

static void
a_code_is_shown_under_its_parent_or_its_first_group(void **state)
{
	(void)state;
	static const char *const under[][2] = {{"KCN_VUNGANG1", "KKT_VUNGANG"}, {"CCN_01", ""},
	    {"NONE", ""}, {"B", "BTE"}, {"E", "BTE"}, {"F", "BTF"}, {"G", "GTV"}, {"A", ""},
	    {"MICRO", "SME"}, {"LARGE", ""}, {"18073", ""}, {"DN", ""}};
	for (size_t i = 0; i < sizeof(under) / sizeof(under[0]); i++) {
		size_t cell = 0;
		while (cell < cells_count(cells) &&
		       strcmp(cells_info(cells, cell)->code, under[i][0]) != 0)
			cell++;
		assert_true(cell < cells_count(cells));
		assert_string_equal(cells_info(cells, cell)->parent, under[i][1]);
	}
}

static void
a_park_inside_an_economic_zone_counts_in_both_but_has_one_type(void **state)
{
	(void)state;
	struct register_row row = row_in("KCN_VUNGANG1", "C");
	assert_true(counts_in(&row, DIMENSION_ZONE, "KCN_VUNGANG1"));
	assert_true(counts_in(&row, DIMENSION_ZONE, "KKT_VUNGANG"));
	assert_false(counts_in(&row, DIMENSION_ZONE, "KKT_CAUTREO"));
	assert_true(counts_in(&row, DIMENSION_ZONE_TYPE, "KCN"));
	assert_false(counts_in(&row, DIMENSION_ZONE_TYPE, "KKT"));
	row = row_in("NONE", "C");
	assert_true(counts_in(&row, DIMENSION_ZONE, "NONE"));
	assert_true(counts_in(&row, DIMENSION_ZONE_TYPE, "NONE"));
}

static void
sections_gather_in_groups_and_never_across_versions(void **state)
{
	(void)state;
	struct register_row row = row_in("NONE", "C");
	assert_true(counts_in(&row, DIMENSION_SECTOR, "C"));
	assert_true(counts_in(&row, DIMENSION_SECTOR, "BTE"));
	assert_true(counts_in(&row, DIMENSION_SECTOR, "BTF"));
	assert_false(counts_in(&row, DIMENSION_SECTOR, "GTV"));
	row = row_in("NONE", "J-2025");
	assert_true(counts_in(&row, DIMENSION_SECTOR, "J-2025"));
	assert_true(counts_in(&row, DIMENSION_SECTOR, "GTV"));
	assert_false(counts_in(&row, DIMENSION_SECTOR, "J-2018"));
}

static void
a_firm_of_unknown_class_may_be_certain_to_be_an_sme(void **state)
{
	(void)state;
	struct register_row row = row_in("NONE", "C");
	row.size_mask = 1u << SIZE_MICRO | 1u << SIZE_SMALL;
	assert_true(counts_in(&row, DIMENSION_SIZE, "_U"));
	assert_true(counts_in(&row, DIMENSION_SIZE, "SME"));
	row.size_mask |= 1u << SIZE_LARGE;
	assert_true(counts_in(&row, DIMENSION_SIZE, "_U"));
	assert_false(counts_in(&row, DIMENSION_SIZE, "SME"));
	row.size_mask = 1u << SIZE_LARGE;
	assert_true(counts_in(&row, DIMENSION_SIZE, "LARGE"));
	assert_false(counts_in(&row, DIMENSION_SIZE, "_U"));
}

static void
what_is_unknown_counts_in_the_cell_for_it(void **state)
{
	(void)state;
	const struct register_row row = {
	    .unit_type = -1, .commune = -1, .zone = -1, .section = -1, .size_mask = 15};
	for (unsigned d = DIMENSION_ZONE; d < DIMENSIONS_COUNTED; d++)
		assert_true(counts_in(&row, (enum dimension)d, "_U"));
	assert_true(counts_in(&row, DIMENSION_WHOLE, "_T"));
}

static void
cells_of_a_dimension_stand_together_with_labels_and_known_parents(void **state)
{
	(void)state;
	size_t next = 0;
	for (unsigned d = 0; d < DIMENSIONS; d++) {
		size_t first, count;
		cells_of_dimension(cells, (enum dimension)d, &first, &count);
		assert_int_equal(first, next);
		next = first + count;
		for (size_t i = first; i < next; i++) {
			const struct cell_info *info = cells_info(cells, i);
			bool known = info->parent[0] == '\0';
			for (size_t k = first; k < next; k++)
				known |= strcmp(cells_info(cells, k)->code, info->parent) == 0;
			assert_true(known);
			assert_true(strlen(info->label.vi) > 0 && strlen(info->label.en) > 0);
		}
	}
	assert_int_equal(next, cells_count(cells));
	size_t first, count;
	cells_of_dimension(cells, DIMENSION_COMMUNE, &first, &count);
	assert_int_equal(count, 69 + 1);
}

/* ------------------------------------------------------------------- crossed */

static bool
is_among(uint16_t cell, const uint16_t *of, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (of[i] == cell)
			return true;
	return false;
}

/* The cells it is in anyway, then each crossed one that both its cells hold, and no other. */
static void
expect_crossed(const struct cells *crossed, const struct register_row *row)
{
	uint16_t plain[CELLS_OF_UNIT_MAX], of[CELLS_OF_UNIT_MAX];
	size_t n = cells_of_unit(cells, row, plain), all = cells_of_unit(crossed, row, of);
	assert_memory_equal(plain, of, n * sizeof(*of));
	size_t expected = n;
	for (size_t cell = cells_count(cells); cell < cells_count(crossed); cell++) {
		const struct cell_info *info = cells_info(crossed, cell);
		bool both = is_among(info->of[0], of, n) && is_among(info->of[1], of, n);
		assert_int_equal(is_among((uint16_t)cell, of + n, all - n), both);
		expected += both;
	}
	assert_int_equal(all, expected);
}

static void
a_crossed_cell_holds_the_units_of_both_its_cells(void **state)
{
	(void)state;
	struct cells *crossed = cells_new_crossed(survey);
	struct register_row row = {.commune = -1, .unit_type = -1};
	assert_non_null(crossed);
	for (row.zone = -1; row.zone < (int)survey->list[CODES_ZONE].codes; row.zone++)
		for (row.section = -1; row.section < (int)survey->list[CODES_SECTION].codes;
		     row.section++)
			for (row.size_mask = 1; row.size_mask < 16; row.size_mask++)
				expect_crossed(crossed, &row);
	cells_free(crossed);
}

static void
crossed_cells_are_of_sizes_with_groups_of_sectors_and_types_of_zones(void **state)
{
	(void)state;
	struct cells *crossed = cells_new_crossed(survey);
	size_t first, count;
	cells_of_dimension(crossed, DIMENSION_SIZE_SECTOR, &first, &count);
	assert_int_equal(first, cells_count(cells));
	assert_int_equal(count, 6 * 5); /* BTE, BTF, GTV, A, unknown */
	assert_string_equal(cells_info(crossed, first)->code, "SME.BTE");
	assert_string_equal(cells_info(crossed, first + 5 + 3)->code, "MICRO.A");
	assert_string_equal(cells_info(crossed, first + 5 + 3)->label.en,
	    "Micro – Agriculture, forestry and fishing");
	cells_of_dimension(crossed, DIMENSION_SIZE_ZONE_TYPE, &first, &count);
	assert_int_equal(count, 6 * 5); /* KKT, KCN, CCN, outside, unknown */
	assert_int_equal(first + count, cells_count(crossed));
	assert_string_equal(cells_info(crossed, first + count - 1)->code, "_U._U");
	cells_of_dimension(cells, DIMENSION_SIZE_ZONE_TYPE, &first, &count);
	assert_int_equal(count, 0);
	cells_free(crossed);
}

static int
set_up(void **state)
{
	(void)state;
	survey = default_survey();
	cells = cells_new(survey);
	return cells == NULL;
}

static int
tear_down(void **state)
{
	(void)state;
	cells_free(cells);
	definition_free(survey);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_unit_of_any_codes_counts_where_they_say_and_nowhere_else),
	    cmocka_unit_test(a_code_is_shown_under_its_parent_or_its_first_group),
	    cmocka_unit_test(a_crossed_cell_holds_the_units_of_both_its_cells),
	    cmocka_unit_test(crossed_cells_are_of_sizes_with_groups_of_sectors_and_types_of_zones),
	    cmocka_unit_test(a_park_inside_an_economic_zone_counts_in_both_but_has_one_type),
	    cmocka_unit_test(sections_gather_in_groups_and_never_across_versions),
	    cmocka_unit_test(a_firm_of_unknown_class_may_be_certain_to_be_an_sme),
	    cmocka_unit_test(what_is_unknown_counts_in_the_cell_for_it),
	    cmocka_unit_test(cells_of_a_dimension_stand_together_with_labels_and_known_parents),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
