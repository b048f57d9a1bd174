/* SPDX-License-Identifier: Apache-2.0 */
/* A sample some of whose register rows are corrected after it was drawn: where a unit was then and
 * where it is now, against a walk over the units. */
#include "collector/estimates.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collector/checkpoint.h"
#include "collector/recount.h"
#include "survey/kinds.h"
#include "survey/rule.h"
#include "tests/support/state_oracle.h"
#include "tests/support/state_rig.h"

#define UNITS 180u
#define STRATA 3u

static struct state_rig rig;
static unsigned seed;

static bool
is_drawn(unsigned serial)
{
	return serial / STRATA % 2 == 0;
}

static void
load_sample(void)
{
	uint8_t *rows = malloc(UNITS * 256);
	size_t n = 0;
	assert_non_null(rows);
	for (unsigned serial = 0; serial < UNITS; serial++) {
		struct register_text text;
		char cells[REGISTER_COLUMNS][32];
		state_rig_unit(serial, &text, cells);
		text.cell[REGISTER_STRATUM] = (struct cell){&"abc"[serial % STRATA], 1};
		text.cell[REGISTER_WEIGHT] = (struct cell){"2", is_drawn(serial)};
		text.has_code_hash = is_drawn(serial);
		n += register_encode(&text, rows + n, UNITS * 256 - n);
	}
	struct entry chunk = {
	    .kind = ENTRY_REGISTER_CHUNK, .round = state_rig_view(&rig, 0).number};
	uint64_t number = state_rig_put(&rig, &chunk, rows, n, 0);
	free(rows);
	state_rig_load_chunks(&rig, 0, &number, 1, UNITS, false);
	state_rig_phase(&rig, 0, ENTRY_ROUND_OPENED);
}

static int
set_up(void **state)
{
	(void)state;
	seed = 7;
	state_rig_make(&rig);
	state_rig_define(&rig);
	assert_int_equal(state_rig_round(&rig, "one", ""), 0);
	load_sample();
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	state_rig_free(&rig);
	return 0;
}

static unsigned
below(unsigned n)
{
	seed = seed * 1103515245u + 12345u;
	return (seed >> 16) % n;
}

static void
live(unsigned steps)
{
	while (steps-- > 0) {
		unsigned serial = below(UNITS);
		if (!is_drawn(serial))
			continue;
		switch (below(8)) {
		case 0:
			state_rig_withdraw(&rig, 0, serial);
			break;
		case 1:
			state_rig_case(&rig, 0, serial, below(2) ? CASE_OUT_OF_SCOPE : CASE_NONE);
			break;
		case 2:
		case 3:
			state_rig_change_row(&rig, 0, serial, below(UNITS), false);
			break;
		case 4:
			state_rig_change_row(&rig, 0, serial, serial, false); /* as it was */
			break;
		default:
			state_rig_answer(&rig, 0, serial, &seed);
		}
	}
}

/* ------------------------------------------------------------------- the walk */

/* Whether a unit with such a row is a certain member in a cell. */
static bool
is_there(const struct round_view *view, const struct cells *cells, const struct register_row *row,
    unsigned population, size_t cell)
{
	uint16_t of[CELLS_OF_UNIT_MAX];
	size_t n = cells_of_unit(cells, row, of);
	enum truth member = rule_evaluate_row(
	    view->definition->population[population].rule, view->definition, row, view->ref_year);
	for (size_t i = 0; i < n; i++)
		if (of[i] == cell)
			return member == TRUTH_TRUE;
	return false;
}

static void
add_unit(const struct round_view *view, unsigned serial, size_t goal, size_t cell,
    struct stratum strata[STRATA])
{
	const struct goal *g = &view->definition->goal[goal];
	const struct cells *cells = state_cells(rig.state, 0);
	struct stratum *s = &strata[serial % STRATA];
	struct unit_view unit;
	struct register_text text;
	struct register_row drawn;
	char words[REGISTER_COLUMNS][32];
	state_rig_unit(serial, &text, words);
	assert_true(register_judge(view->definition, view->ref_year, &text, &drawn, NULL));
	assert_int_equal(
	    state_unit(rig.state, 0, state_rig_tax_code(serial), &unit), is_drawn(serial));
	if (!is_drawn(serial)) /* nothing is told of it, and nothing happens to it */
		unit = (struct unit_view){.row = drawn, .state = CASE_NOT_STARTED};
	enum truth value = indicator_bits_get(&unit.bits, g->indicator);
	bool was = is_there(view, cells, &drawn, g->population, cell);
	bool is = is_there(view, cells, &unit.row, g->population, cell) &&
		  unit.state != CASE_OUT_OF_SCOPE && (unit.head == 0 || value != TRUTH_NA);
	s->n += is;
	s->met += is && unit.head != 0 && value == TRUTH_TRUE;
	s->not_met += is && unit.head != 0 && value == TRUTH_FALSE;
	s->beside += !was;
	if (!is_drawn(serial))
		return;
	s->drawn_in += is;
	s->drawn_out += was && !is;
	s->moved_in += is && !was;
	s->beside_drawn += !was;
}

static size_t
compare(const struct estimates_source *source, size_t goal, size_t cell, uint64_t *moved)
{
	const struct round_view view = state_rig_view(&rig, 0);
	struct stratum ours[STRATA_MAX], theirs[STRATA] = {{0}};
	size_t n = estimates_strata(source, goal, cell, ours), different = 0;
	if (n == 0)
		return 0;
	assert_int_equal(n, STRATA);
	for (unsigned serial = 0; serial < UNITS; serial++)
		add_unit(&view, serial, goal, cell, theirs);
	for (size_t i = 0; i < n; i++) {
		const struct stratum *a = &ours[i], *b = &theirs[i];
		different += a->n != b->n || a->met != b->met || a->not_met != b->not_met ||
			     a->drawn_in != b->drawn_in || a->drawn_out != b->drawn_out ||
			     a->moved_in != b->moved_in || a->beside != b->beside ||
			     a->beside_drawn != b->beside_drawn;
		*moved += a->moved_in;
	}
	return different;
}

static uint64_t
assert_strata_equal_a_walk(void)
{
	uint64_t last, moved = 0;
	struct round_view view = state_rig_view(&rig, 0);
	struct counters *counters = state_counters(rig.state, 0, &last);
	const struct estimates_source source = {
	    view.definition, state_cells(rig.state, 0), counters, INTERVAL_WILSON};
	assert_non_null(counters);
	for (size_t cell = 0; cell < cells_count(source.cells); cell++)
		for (size_t goal = 0; goal < view.definition->goals; goal++)
			assert_int_equal(compare(&source, goal, cell, &moved), 0);
	counters_free(counters);
	return moved;
}

static void
a_unit_weighs_as_it_was_drawn_and_counts_where_it_is(void **state)
{
	(void)state;
	assert_int_equal(assert_strata_equal_a_walk(), 0);
	state_rig_answer(&rig, 0, 7, &seed);
	state_rig_change_row(&rig, 0, 7, 9, false);
	assert_true(assert_strata_equal_a_walk() > 0);
	state_rig_case(&rig, 0, 7, CASE_OUT_OF_SCOPE);
	assert_int_equal(assert_strata_equal_a_walk(), 0);
	state_rig_case(&rig, 0, 7, CASE_NONE);
	state_rig_change_row(&rig, 0, 7, 7, false); /* it was right after all */
	assert_int_equal(assert_strata_equal_a_walk(), 0);
	for (unsigned i = 0; i < 4; i++) {
		live(150);
		assert_true(assert_strata_equal_a_walk() > 20);
	}
}

/* ------------------------------------------------------------------- what lasts */

static void
recount(struct checkpoint *copy, struct recount_result *out)
{
	recount_run(rig.store, copy, NULL, NULL, out);
	assert_int_equal(out->status, RECOUNT_DONE);
	checkpoint_free(copy);
}

static void
a_recount_finds_the_same_and_names_what_is_not(void **state)
{
	(void)state;
	struct recount_result result;
	live(400);
	recount(state_copy(rig.state), &result);
	assert_int_equal(result.differences, 0);
	recount_result_free(&result);
	struct checkpoint *copy = state_copy(rig.state);
	struct columns *columns = copy->fold.round[0]->columns;
	assert_true(columns->frame_rows > 20);
	columns->frame_row[3].attributes.employees ^= 1;
	recount_run(rig.store, copy, NULL, NULL, &result);
	columns->frame_row[3].attributes.employees ^= 1; /* the state has it too */
	assert_int_equal(result.differences, 1);
	assert_non_null(strstr(result.line[0], "the sample's frame"));
	recount_result_free(&result);
	checkpoint_free(copy);
}

static void
what_lived_comes_back_from_the_log_and_from_a_checkpoint(void **state)
{
	(void)state;
	uint8_t lived[32], folded[32], loaded[32];
	char path[128];
	snprintf(path, sizeof(path), "%s/image", rig.folder);
	live(400);
	oracle_digest(rig.state, path, lived);
	struct checkpoint *copy = state_copy(rig.state);
	assert_true(checkpoint_write(copy, rig.checkpoint));
	checkpoint_free(copy);
	state_rig_close(&rig);
	state_rig_open(&rig, true);
	assert_string_equal(rig.message, "");
	oracle_digest(rig.state, path, loaded);
	assert_true(assert_strata_equal_a_walk() > 20);
	state_rig_close(&rig);
	state_rig_open(&rig, false);
	oracle_digest(rig.state, path, folded);
	assert_true(assert_strata_equal_a_walk() > 20);
	assert_memory_equal(lived, loaded, sizeof(lived));
	assert_memory_equal(lived, folded, sizeof(lived));
}

static void
a_copy_keeps_the_frame_that_it_was_made_with(void **state)
{
	(void)state;
	struct register_row row;
	uint32_t at, membership;
	state_rig_change_row(&rig, 0, 7, 9, false);
	struct checkpoint *copy = state_copy(rig.state);
	const struct columns *columns = copy->fold.round[0]->columns;
	assert_true(columns_find(columns, state_rig_tax_code(7), &at));
	state_rig_change_row(&rig, 0, 6, 9, false); /* before it */
	assert_int_equal(columns->frame_rows, 1);
	columns_frame_row(columns, at, &row, &membership);
	assert_int_equal(row.employees, 49);
	checkpoint_free(copy);
	assert_strata_equal_a_walk();
}

static void
frame_rows_that_do_not_fit_are_no_checkpoint(void **state)
{
	(void)state;
	state_rig_change_row(&rig, 0, 7, 9, false);
	state_rig_change_row(&rig, 0, 13, 9, false);
	for (unsigned i = 0; i < 6; i++) {
		struct checkpoint *copy = state_copy(rig.state);
		struct columns *columns = copy->fold.round[0]->columns;
		struct frame_row *was = columns->frame_row;
		const struct frame_row right[] = {was[0], was[1]};
		uint32_t row = was[1].row;
		assert_int_equal(columns->frame_rows, 2);
		if (i == 0)
			was[1].row = UNITS;
		else if (i == 1)
			was[0].row = row;
		else if (i == 2)
			was[1].attributes.stratum++;
		else if (i == 3)
			was[1].attributes.section = 30000;
		else if (i == 4)
			was[1].attributes.is_corrected = 1;
		else
			columns->attributes[row].is_corrected = 0;
		assert_true(checkpoint_write(copy, rig.checkpoint));
		memcpy(was, right, sizeof(right));
		columns->attributes[row].is_corrected = 1;
		checkpoint_free(copy);
		state_rig_close(&rig);
		state_rig_open(&rig, true);
		assert_non_null(strstr(rig.message, "checkpoint not used"));
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_unit_weighs_as_it_was_drawn_and_counts_where_it_is),
	    TEST(a_recount_finds_the_same_and_names_what_is_not),
	    TEST(what_lived_comes_back_from_the_log_and_from_a_checkpoint),
	    TEST(a_copy_keeps_the_frame_that_it_was_made_with),
	    TEST(frame_rows_that_do_not_fit_are_no_checkpoint),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
