/* SPDX-License-Identifier: Apache-2.0 */
#include "survey/kinds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/default_survey.h"

static struct definition *survey;
static struct cells *cells;

static int
set_up(void **state)
{
	(void)state;
	survey = default_survey();
	cells = cells_new(survey);
	assert_non_null(cells);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	cells_free(cells);
	definition_free(survey);
	return 0;
}

static int16_t
code(enum code_list_id list, const char *name)
{
	int i = definition_find_code(survey, list, name, strlen(name));
	assert_true(i >= 0);
	return (int16_t)i;
}

/* A unit for each size mask, section and zone there is, unknown among them. */
static bool
next_row(struct register_row *row)
{
	if (row->size_mask == 0) {
		*row = (struct register_row){.size_mask = 1, .section = -1, .zone = -1};
		return true;
	}
	if (++row->size_mask < 16)
		return true;
	row->size_mask = 1;
	if (++row->section < (int)survey->list[CODES_SECTION].codes)
		return true;
	row->section = -1;
	return ++row->zone < (int)survey->list[CODES_ZONE].codes;
}

static void
a_unit_counts_in_a_cell_where_its_kind_does(void **state)
{
	(void)state;
	const struct kinds *kinds = cells_kinds(cells);
	struct register_row row = {0};
	while (next_row(&row)) {
		uint16_t of[CELLS_OF_UNIT_MAX];
		size_t n = cells_of_unit(cells, &row, of), kind = kinds_of_unit(kinds, &row);
		assert_true(kind < kinds_count(kinds));
		bool counts[4096] = {false};
		for (size_t i = 0; i < n; i++)
			counts[of[i]] = true;
		for (size_t c = 0; c < cells_count(cells); c++)
			if (kinds_has_cell(kinds, c))
				assert_int_equal(kinds_in_cell(kinds, kind, c), counts[c]);
	}
}

static bool
is_estimated(enum dimension dimension, const char *name)
{
	for (size_t c = 0; c < cells_count(cells); c++) {
		const struct cell_info *info = cells_info(cells, c);
		if (info->dimension == dimension && strcmp(info->code, name) == 0)
			return kinds_has_cell(cells_kinds(cells), c);
	}
	fail_msg("no cell %s", name);
	return false;
}

static void
the_cells_that_the_method_names_have_estimates(void **state)
{
	(void)state;
	assert_true(is_estimated(DIMENSION_WHOLE, "_T"));
	assert_true(is_estimated(DIMENSION_SIZE, "MICRO"));
	assert_true(is_estimated(DIMENSION_SIZE, "SME"));
	assert_true(is_estimated(DIMENSION_SIZE, "_U"));
	assert_true(is_estimated(DIMENSION_ZONE_TYPE, "KCN"));
	assert_true(is_estimated(DIMENSION_ZONE_TYPE, "NONE"));
	assert_true(is_estimated(DIMENSION_SECTOR, "BTE"));
	assert_true(is_estimated(DIMENSION_SECTOR, "GTV"));
	assert_true(is_estimated(DIMENSION_SECTOR, "A")); /* a group by itself */
	assert_true(is_estimated(DIMENSION_SECTOR, "F"));
	assert_false(is_estimated(DIMENSION_SECTOR, "C"));
	assert_false(is_estimated(DIMENSION_SECTOR, "G"));
	assert_false(is_estimated(DIMENSION_COMMUNE, "18073"));
	assert_false(is_estimated(DIMENSION_UNIT_TYPE, "DN"));
}

static void
assert_stratum(const struct register_row *row, uint8_t size, uint8_t activity, uint8_t zone)
{
	const struct kinds *kinds = cells_kinds(cells);
	struct kind_stratum keys =
	    kinds_stratum_keys(kinds_stratum(kinds, kinds_of_unit(kinds, row)));
	assert_int_equal(keys.size, size);
	assert_int_equal(keys.activity, activity);
	assert_int_equal(keys.zone, zone);
}

static void
strata_are_size_by_activity_by_side_of_the_fence(void **state)
{
	(void)state;
	assert_stratum(&(struct register_row){.size_mask = 1 << SIZE_LARGE,
			   .section = code(CODES_SECTION, "C"),
			   .zone = code(CODES_ZONE, "KCN_VUNGANG1")},
	    4, 1, 0);
	assert_stratum(&(struct register_row){.size_mask = 1 << SIZE_MICRO,
			   .section = code(CODES_SECTION, "A"),
			   .zone = code(CODES_ZONE, "NONE")},
	    1, 0, 1);
	assert_stratum(
	    &(struct register_row){
		.size_mask = 3, .section = code(CODES_SECTION, "K-2025"), .zone = -1},
	    0, 2, 2);
	assert_stratum(&(struct register_row){.size_mask = 15, .section = -1, .zone = -1}, 0, 3, 2);
}

/* The survey with one section group more for each of its sections from G on: more bins than there
 * is room for. */
static void
a_definition_with_dozens_of_groups_loses_estimates_never_counts(void **state)
{
	(void)state;
	struct definition many = *survey;
	struct code_list *list = &many.list[CODES_SECTION];
	static char name[32][8];
	struct code_group group[CODE_GROUPS_MAX];
	int16_t member[CODE_GROUPS_MAX][2];
	size_t first = (size_t)code(CODES_SECTION, "G");
	list->group = group;
	list->groups = 0;
	for (size_t i = first; i + 1 < list->codes && list->groups < CODE_GROUPS_MAX; i += 1) {
		size_t g = list->groups++;
		snprintf(name[g], sizeof(name[g]), "X%zu", g);
		member[g][0] = (int16_t)i;
		member[g][1] = (int16_t)(i + 1);
		group[g] = (struct code_group){
		    .code = name[g], .label = {"", ""}, .member = member[g], .members = 2};
	}
	assert_true(list->groups > 16);
	struct definition *kept = survey;
	struct cells *kept_cells = cells;
	survey = &many;
	cells = cells_new(&many);
	assert_non_null(cells);
	a_unit_counts_in_a_cell_where_its_kind_does(NULL);
	assert_true(is_estimated(DIMENSION_WHOLE, "_T"));
	assert_true(is_estimated(DIMENSION_SECTOR, "X0"));
	assert_false(is_estimated(DIMENSION_SECTOR, name[list->groups - 1]));
	cells_free(cells);
	cells = kept_cells;
	survey = kept;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_unit_counts_in_a_cell_where_its_kind_does),
	    cmocka_unit_test(the_cells_that_the_method_names_have_estimates),
	    cmocka_unit_test(strata_are_size_by_activity_by_side_of_the_fence),
	    cmocka_unit_test(a_definition_with_dozens_of_groups_loses_estimates_never_counts),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
