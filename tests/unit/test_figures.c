/* SPDX-License-Identifier: Apache-2.0 */
/* Figures by hand against protobuf-c: what it reads, and how many bytes it would take. */
#include "collector/figures.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/khaosat.pb-c.h"
#include "tests/support/default_survey.h"

static struct definition *survey;
static struct cells *cells;
static struct rate_counts *counts;
static struct figures_wanted wanted;

static uint64_t
random_below(uint64_t n)
{
	static uint64_t state = 1;
	state = state * UINT64_C(6364136223846793005) + 1442695040888963407;
	return n == 0 ? 0 : (state >> 33) % n;
}

/* Of every size, nought among them; parts never more than the whole. */
static struct rate_counts
random_counts(void)
{
	static const uint64_t most[] = {1, 2, 200, 20000, 2000000, 3000000000};
	uint64_t n = random_below(most[random_below(6)]), left = n;
	struct rate_counts c = {.n = n};
	c.met = random_below(left + 1);
	left -= c.met;
	c.not_met = random_below(left + 1);
	left -= c.not_met;
	c.unknown = random_below(left + 1);
	c.n_unknown = random_below(most[random_below(6)]);
	c.n_unknown_met = random_below(c.n_unknown + 1);
	c.n_unknown_not_met = random_below(c.n_unknown - c.n_unknown_met + 1);
	return c;
}

static int
set_up(void **state)
{
	(void)state;
	survey = default_survey();
	cells = cells_new(survey);
	assert_non_null(cells);
	counts = calloc(cells_count(cells) * survey->goals, sizeof(*counts));
	assert_non_null(counts);
	wanted = (struct figures_wanted){
	    .definition = survey, .cells = cells, .reference_date = "2026-06-30", .counts = counts};
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	free(counts);
	cells_free(cells);
	definition_free(survey);
	return 0;
}

static void
assert_rate(const Khaosat__V1__Rate *rate, size_t goal_index, size_t cell_index)
{
	const struct goal *goal = &survey->goal[goal_index];
	const struct cell_info *cell = cells_info(cells, cell_index);
	const struct rate_counts *c = &counts[cell_index * survey->goals + goal_index];
	const struct threshold threshold = {goal->threshold_pct, goal->strict};
	struct fraction low = rate_bound_low(c), high = rate_bound_high(c);
	assert_string_equal(rate->goal, goal->code);
	assert_int_equal(rate->dimension, cell->dimension);
	assert_string_equal(rate->cell, cell->code);
	assert_string_equal(rate->parent, cell->parent);
	assert_string_equal(rate->label_vi, cell->label.vi);
	assert_string_equal(rate->label_en, cell->label.en);
	assert_int_equal(rate->n, c->n);
	assert_int_equal(rate->responded, rate_responded(c));
	assert_int_equal(rate->met, c->met);
	assert_int_equal(rate->not_met, c->not_met);
	assert_int_equal(rate->unknown, c->unknown);
	assert_int_equal(rate->n_unknown, c->n_unknown);
	assert_int_equal(rate->n_unknown_met, c->n_unknown_met);
	assert_int_equal(rate->n_unknown_not_met, c->n_unknown_not_met);
	assert_int_equal(rate->verdict, rate_verdict(threshold, c));
	assert_int_equal(rate->progress, strcmp(wanted.reference_date, goal->deadline) < 0);
	assert_int_equal(rate->needed, rate_needed(threshold, c));
	assert_int_equal(rate->bound_low_num, low.num);
	assert_int_equal(rate->bound_low_den, low.den);
	assert_int_equal(rate->bound_high_num, high.num);
	assert_int_equal(rate->bound_high_den, high.den);
}

static void
expect_what_is_wanted(void)
{
	struct figures *figures = figures_new(&wanted);
	assert_non_null(figures);
	size_t n = figures_bytes(figures), at = 0;
	uint8_t *bytes = malloc(n + 1);
	assert_non_null(bytes);
	struct wire_out w = {bytes, bytes + n, false};
	figures_put(figures, &w);
	assert_ptr_equal(w.at, bytes + n);
	Khaosat__V1__Rates *rates = khaosat__v1__rates__unpack(NULL, n, bytes);
	assert_non_null(rates);
	for (size_t goal = 0; goal < survey->goals; goal++)
		for (size_t cell = 0; wanted.goal[goal] && cell < cells_count(cells); cell++)
			if (figures_wants_cell(&wanted, cell))
				assert_rate(rates->rate[at++], goal, cell);
	assert_int_equal(at, rates->n_rate);
	assert_int_equal(khaosat__v1__rates__get_packed_size(rates), n);
	khaosat__v1__rates__free_unpacked(rates, NULL);
	free(bytes);
	figures_free(figures);
}

static void
all_figures_are_read_as_they_were_counted(void **state)
{
	(void)state;
	for (size_t i = 0; i < survey->goals; i++)
		wanted.goal[i] = true;
	for (size_t i = 0; i < DIMENSIONS; i++)
		wanted.dimension[i] = true;
	expect_what_is_wanted(); /* of nobody */
	for (int round = 0; round < 20; round++) {
		for (size_t i = 0; i < cells_count(cells) * survey->goals; i++)
			counts[i] = random_counts();
		expect_what_is_wanted();
	}
}

static void
only_what_is_wanted_is_there(void **state)
{
	(void)state;
	for (int round = 0; round < 200; round++) {
		for (size_t i = 0; i < survey->goals; i++)
			wanted.goal[i] = random_below(4) == 0;
		for (size_t i = 0; i < DIMENSIONS; i++)
			wanted.dimension[i] = random_below(3) == 0;
		expect_what_is_wanted();
	}
}

static void
cells_are_chosen_by_their_codes_within_the_dimensions(void **state)
{
	(void)state;
	char *codes[2];
	size_t chosen = 0;
	for (size_t i = 0; i < DIMENSIONS; i++)
		wanted.dimension[i] = i == DIMENSION_SIZE || i == DIMENSION_COMMUNE;
	wanted.cell = codes;
	wanted.cell_codes = 2;
	for (size_t i = 0; i < 2; i++) {
		size_t first, n;
		cells_of_dimension(cells, i == 0 ? DIMENSION_SIZE : DIMENSION_COMMUNE, &first, &n);
		codes[i] = (char *)(uintptr_t)cells_info(cells, first + n / 2)->code;
	}
	for (size_t i = 0; i < cells_count(cells); i++)
		chosen += figures_wants_cell(&wanted, i);
	assert_int_equal(chosen, 2);
	expect_what_is_wanted();
	wanted.cell_codes = 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(all_figures_are_read_as_they_were_counted),
	    cmocka_unit_test(only_what_is_wanted_is_there),
	    cmocka_unit_test(cells_are_chosen_by_their_codes_within_the_dimensions),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
