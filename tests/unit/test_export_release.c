/* SPDX-License-Identifier: Apache-2.0 */
/* Disclosure control over the tables that are published, on the survey that ships and its sample
 * register. That the method holds is shown by an attack (test_disclosure_attack); here, that it is
 * given what is published. */
#include "collector/export/release.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collector/columns_fill.h"
#include "survey/rule.h"
#include "tests/support/default_survey.h"
#include "tests/support/sample.h"

#define UNITS 1000
#define REF_YEAR 2025
#define RELEASES 2

static struct definition *survey;
static struct cells *cells;
static struct columns *columns;
static uint64_t *answer[RELEASES];
static uint8_t *decision[RELEASES];
static size_t size;

static void
make_row(uint32_t row, const struct sample_unit *unit)
{
	struct register_text text;
	struct register_row r;
	struct indicator_bits bits = {{0}};
	sample_unit_cells(unit, &text);
	register_judge(survey, REF_YEAR, &text, &r, NULL);
	columns_put(columns, row, &r);
	for (unsigned k = 0; k < survey->indicators; k++)
		indicator_bits_set(&bits, k, (row * 7 + k) % 3 == 0 ? TRUTH_TRUE : TRUTH_FALSE);
	answer[0][row] = row % 10 < 6 ? release_answer(survey, &bits) : 0;
	answer[1][row] = row % 10 < 7 ? release_answer(survey, &bits) : 0;
	if (row == 77)
		answer[0][row] = answer[1][row] = RELEASE_ABSENT;
}

static int
set_up(void **state)
{
	static struct sample_unit unit;
	struct sample_register s = {.seed = 3, .units = UNITS};
	(void)state;
	survey = default_survey();
	cells = cells_new(survey);
	columns = columns_new(survey, REF_YEAR, UNITS, 0);
	size = release_cells(survey, cells);
	for (unsigned r = 0; r < RELEASES; r++) {
		answer[r] = calloc(UNITS, sizeof(*answer[r]));
		decision[r] = calloc(size, 1);
	}
	for (uint32_t i = 0; sample_register_next(&s, survey, &unit); i++)
		make_row(i, &unit);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	for (unsigned r = 0; r < RELEASES; r++) {
		free(answer[r]);
		free(decision[r]);
	}
	columns_release(columns);
	cells_free(cells);
	definition_free(survey);
	return 0;
}

static struct release_input
input(unsigned earlier)
{
	return (struct release_input){.definition = survey,
	    .cells = cells,
	    .columns = columns,
	    .frequency = DISCLOSURE_FREQUENCY_PUBLIC,
	    .earlier = earlier,
	    .answer = (const uint64_t *const *)answer,
	    .decision = (const uint8_t *const *)decision};
}

static bool
is_withheld(uint8_t d)
{
	return d == RELEASE_CONFIDENTIAL || d == RELEASE_FEW_UNITS;
}

/* Of a whole that is told, its parts in a dimension without groups. */
static void
check_line(const uint8_t *d, unsigned population, enum dimension dimension)
{
	size_t first, count, withheld = 0, few = 0, of_another_time = 0;
	uint8_t whole = d[release_cell(survey, cells, population, 0)];
	cells_of_dimension(cells, dimension, &first, &count);
	for (size_t i = first; i < first + count; i++) {
		uint8_t part = d[release_cell(survey, cells, population, i)];
		withheld += is_withheld(part);
		few += part == RELEASE_FEW_UNITS;
		of_another_time += part < RELEASE_EMPTY && part != whole;
	}
	/* One that is safe by itself may follow: it was withheld for another's sake. */
	assert_false(withheld == 1 && few == 1 && of_another_time == 0 && !is_withheld(whole));
}

static void
no_part_follows_from_the_others_and_the_whole(void **state)
{
	(void)state;
	for (unsigned r = 0; r < RELEASES; r++) {
		struct release_report report;
		const struct release_input in = input(r);
		assert_int_equal(release_decide(&in, decision[r], &report), RELEASE_OK);
		assert_int_equal(report.shown + report.kept + report.withheld + report.empty, size);
		for (unsigned p = 0; p < survey->populations; p++) {
			check_line(decision[r], p, DIMENSION_COMMUNE);
			check_line(decision[r], p, DIMENSION_SIZE);
			check_line(decision[r], p, DIMENSION_UNIT_TYPE);
		}
	}
	/* What was shown before is shown or kept: it cannot be taken back. */
	for (size_t i = 0; i < size; i++)
		if (decision[0][i] == RELEASE_SHOW)
			assert_true(decision[1][i] == RELEASE_SHOW || decision[1][i] == 0);
}

/* Units of each cell that were drawn, or all. */
static uint64_t *
count_units(bool drawn)
{
	uint64_t *units = calloc(size, sizeof(*units));
	for (uint32_t row = 0; row < UNITS; row++) {
		struct register_row r;
		uint16_t of[CELLS_OF_UNIT_MAX];
		columns_row(columns, row, &r);
		size_t n = answer[0][row] == RELEASE_ABSENT ? 0 : cells_of_unit(cells, &r, of);
		if (drawn && !columns_is_drawn(columns, row))
			continue;
		for (unsigned p = 0; p < survey->populations; p++)
			for (size_t i = 0; i < n; i++)
				if (columns_member(columns, row, p) == TRUTH_TRUE)
					units[release_cell(survey, cells, p, of[i])]++;
	}
	return units;
}

static void
a_small_cell_is_never_shown(void **state)
{
	(void)state;
	uint64_t *units = count_units(false);
	size_t small = 0;
	for (size_t goal = 0; goal < survey->goals; goal++)
		for (size_t cell = 0; cell < cells_count(cells); cell++) {
			size_t at =
			    release_cell(survey, cells, survey->goal[goal].population, cell);
			if (!release_tells(survey, cells, goal, cell) || units[at] == 0 ||
			    units[at] >= 5)
				continue;
			small++;
			assert_int_equal(decision[0][at], RELEASE_FEW_UNITS);
		}
	assert_true(small > 10);
	free(units);
}

struct asking {
	uint32_t asked, most; /* from then on it is called off */
};

static bool
is_called_off(const void *context)
{
	struct asking *asking = *(struct asking *const *)context;
	return asking->asked++ >= asking->most;
}

static void
a_release_is_called_off_while_units_are_added_and_while_it_is_decided(void **state)
{
	(void)state;
	struct asking asking;
	const struct asking *const context = &asking;
	struct release_report report;
	uint8_t *out = malloc(size);
	struct release_input in = input(0);
	in.is_called_off = is_called_off;
	in.context = &context;
	for (uint32_t most = 0; most <= UNITS + 100; most += 100) {
		asking = (struct asking){0, most};
		assert_int_equal(release_decide(&in, out, &report), RELEASE_CALLED_OFF);
		assert_in_range(asking.asked - most, 1, most < UNITS ? 1 : 40);
	}
	asking = (struct asking){0, UINT32_MAX};
	assert_int_equal(release_decide(&in, out, &report), RELEASE_OK);
	assert_memory_equal(out, decision[0], size);
	free(out);
}

/* One in four was drawn, and most of these answered: however many units a cell has, few drawn are
 * few. */
static void
a_cell_of_which_few_were_drawn_is_never_shown(void **state)
{
	(void)state;
	struct release_report report;
	uint8_t *of_sample = calloc(size, 1);
	uint64_t *of_census = answer[0];
	uint64_t *answers = calloc(UNITS, sizeof(*answers));
	for (uint32_t row = 0; row < UNITS; row++) {
		bool is_drawn = row % 4 == 0;
		columns->attributes[row].stratum = is_drawn ? 1 | DESIGN_DRAWN : 1;
		answers[row] = is_drawn ? answer[0][row] : 0;
	}
	answer[0] = answers;
	const struct release_input in = input(0);
	assert_int_equal(release_decide(&in, of_sample, &report), RELEASE_OK);
	uint64_t *units = count_units(false), *drawn = count_units(true);
	size_t few = 0, none = 0, shown = 0;
	for (size_t goal = 0; goal < survey->goals; goal++)
		for (size_t cell = 0; cell < cells_count(cells); cell++) {
			size_t at =
			    release_cell(survey, cells, survey->goal[goal].population, cell);
			if (!release_tells(survey, cells, goal, cell))
				continue;
			shown += of_sample[at] == RELEASE_SHOW;
			few += drawn[at] > 0 && drawn[at] < 5 && units[at] >= 5;
			none += drawn[at] == 0 && units[at] > 0;
			if (drawn[at] == 0)
				assert_int_equal(of_sample[at], RELEASE_EMPTY);
			else if (drawn[at] < 5)
				assert_int_equal(of_sample[at], RELEASE_FEW_UNITS);
		}
	assert_true(few > 10 && none > 0 && shown > 10);
	for (uint32_t row = 0; row < UNITS; row++)
		columns->attributes[row].stratum = 0;
	answer[0] = of_census;
	free(units);
	free(drawn);
	free(answers);
	free(of_sample);
}

static void
variants_and_named_lists_are_told_of_the_whole_only(void **state)
{
	(void)state;
	for (size_t goal = 0; goal < survey->goals; goal++) {
		const struct goal *g = &survey->goal[goal];
		assert_true(release_tells(survey, cells, goal, 0));
		assert_int_equal(
		    release_tells(survey, cells, goal, 1), g->headline && !g->named_list);
	}
}

static void
a_release_that_repeats_shows_nothing_new(void **state)
{
	(void)state;
	uint8_t *again = calloc(size, 1);
	const struct release_input in = input(RELEASES);
	release_repeat(&in, again);
	assert_false(release_shows(again, size));
	for (size_t i = 0; i < size; i++) {
		if (decision[1][i] == RELEASE_SHOW)
			assert_int_equal(again[i], 1);
		else
			assert_int_equal(again[i], decision[1][i]);
	}
	free(again);
}

/* ------------------------------------------------------------------- a unit moves */

/* The cell of the unit's commune in the first population that is told in all cells. */
static size_t
commune_of(uint32_t row, int16_t *commune)
{
	struct register_row r;
	uint16_t of[CELLS_OF_UNIT_MAX];
	columns_row(columns, row, &r);
	*commune = r.commune;
	size_t n = cells_of_unit(cells, &r, of);
	for (size_t i = 0; i < n; i++)
		if (cells_info(cells, of[i])->dimension == DIMENSION_COMMUNE)
			for (size_t g = 0; g < survey->goals; g++)
				if (release_tells(survey, cells, g, of[i]) &&
				    columns_member(columns, row, survey->goal[g].population) ==
					TRUTH_TRUE)
					return release_cell(
					    survey, cells, survey->goal[g].population, of[i]);
	return size;
}

/* A respondent of a commune that the first release showed, other than `but`. */
static uint32_t
find_shown(size_t but, size_t *cell, int16_t *commune)
{
	for (uint32_t row = 0; row < UNITS; row++) {
		*cell = commune_of(row, commune);
		if (*cell < size && *cell != but && decision[0][*cell] == RELEASE_SHOW &&
		    answer[0][row] != 0 && answer[0][row] != RELEASE_ABSENT)
			return row;
	}
	fail();
	return 0;
}

static void
the_cells_that_one_unit_left_and_came_to_keep_their_figures(void **state)
{
	(void)state;
	size_t from, to;
	int16_t left, entered;
	uint32_t mover = find_shown(size, &from, &left);
	find_shown(from, &to, &entered);
	struct columns *now = columns_new(survey, REF_YEAR, UNITS, 0);
	uint8_t *decided = calloc(size, 1);
	for (uint32_t row = 0; row < UNITS; row++) {
		struct register_row r;
		columns_row(columns, row, &r);
		if (row == mover)
			r.commune = entered;
		columns_put(now, row, &r);
	}
	assert_true(release_is_same_register(columns, columns));
	assert_false(release_is_same_register(columns, now));
	const uint64_t *const answers[] = {answer[0], answer[0]};
	const struct columns *const past[] = {columns};
	struct release_report report;
	struct release_input in = input(1);
	in.columns = now;
	in.past = past;
	in.answer = answers;
	assert_int_equal(release_decide(&in, decided, &report), RELEASE_OK);
	assert_int_equal(decided[from], 0); /* that release's */
	assert_int_equal(decided[to], 0);
	columns_release(now);
	free(decided);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(no_part_follows_from_the_others_and_the_whole),
	    cmocka_unit_test(a_small_cell_is_never_shown),
	    cmocka_unit_test(a_release_is_called_off_while_units_are_added_and_while_it_is_decided),
	    cmocka_unit_test(a_cell_of_which_few_were_drawn_is_never_shown),
	    cmocka_unit_test(variants_and_named_lists_are_told_of_the_whole_only),
	    cmocka_unit_test(a_release_that_repeats_shows_nothing_new),
	    cmocka_unit_test(the_cells_that_one_unit_left_and_came_to_keep_their_figures),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
