/* SPDX-License-Identifier: Apache-2.0 */
/* Register rows that are changed after their register was loaded, and proposals to change them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collector/checkpoint.h"
#include "collector/recount.h"
#include "collector/row_text.h"
#include "tests/support/change_log.h"
#include "tests/support/state_oracle.h"
#include "tests/support/state_rig.h"

#define UNITS 60u

static struct state_rig rig;
static unsigned seed;

static int
set_up(void **state)
{
	(void)state;
	seed = 5;
	state_rig_make(&rig);
	state_rig_two_rounds(&rig, UNITS);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	state_rig_free(&rig);
	return 0;
}

static struct unit_view
unit_of(uint32_t round, unsigned serial)
{
	struct unit_view unit;
	assert_true(state_unit(rig.state, round, state_rig_tax_code(serial), &unit));
	return unit;
}

static void
assert_rates_equal_a_walk(uint32_t round)
{
	uint64_t tax_code[UNITS];
	size_t compared;
	for (unsigned i = 0; i < UNITS; i++)
		tax_code[i] = state_rig_tax_code(i);
	assert_int_equal(oracle_rates(rig.state, round, tax_code, UNITS, &compared), 0);
}

static void
recount(struct recount_result *out)
{
	struct checkpoint *copy = state_copy(rig.state);
	assert_non_null(copy);
	recount_run(rig.store, copy, NULL, NULL, out);
	checkpoint_free(copy);
	for (size_t i = 0; i < out->lines && i < 5; i++)
		print_message("%s\n", out->line[i]);
}

static void
a_changed_row_counts_where_it_stands_now_and_in_its_round_alone(void **state)
{
	(void)state;
	struct recount_result result;
	state_rig_answer(&rig, 0, 7, &seed);
	const struct unit_view was = unit_of(0, 7), like = unit_of(0, 9);
	assert_false(was.row.unit_type == like.row.unit_type && was.row.zone == like.row.zone);
	state_rig_change_row(&rig, 0, 7, 9, false);
	const struct unit_view is = unit_of(0, 7), other = unit_of(1, 7);
	assert_int_equal(is.row.tax_code, was.row.tax_code);
	assert_int_equal(is.row.unit_type, like.row.unit_type);
	assert_int_equal(is.row.zone, like.row.zone);
	assert_int_equal(is.row.employees, like.row.employees);
	assert_true(is.head == was.head && is.last == state_last(rig.state));
	assert_memory_equal(is.code_hash, was.code_hash, sizeof(is.code_hash));
	assert_int_equal(other.row.unit_type, was.row.unit_type);
	assert_rates_equal_a_walk(0);
	assert_rates_equal_a_walk(1);
	recount(&result);
	assert_int_equal(result.differences, 0);
	recount_result_free(&result);
}

static void
the_text_of_a_changed_row_is_that_of_the_entry_that_changed_it(void **state)
{
	(void)state;
	Khaosat__V1__RegisterRow *row;
	state_rig_change_row(&rig, 0, 7, 9, false);
	const struct unit_view unit = unit_of(0, 7);
	assert_int_equal(unit.chunk, state_last(rig.state));
	assert_true(row_text_read(rig.store, unit.chunk, &unit.row_in_chunk, 1, &row));
	assert_string_equal(row->name, "Công ty 9");
	assert_int_equal(row->code_hash.len, 0);
	khaosat__v1__register_row__free_unpacked(row, NULL);
	const struct unit_view next = unit_of(0, 8);
	assert_true(row_text_read(rig.store, next.chunk, &next.row_in_chunk, 1, &row));
	assert_string_equal(row->name, "Công ty 8");
	khaosat__v1__register_row__free_unpacked(row, NULL);
}

static void
a_copy_keeps_the_row_that_it_was_made_with(void **state)
{
	(void)state;
	const struct unit_view was = unit_of(0, 7);
	struct checkpoint *copy = state_copy(rig.state);
	const struct columns *columns = copy->fold.round[0]->columns;
	struct register_row row;
	uint32_t at;
	assert_true(columns_find(columns, was.row.tax_code, &at));
	state_rig_change_row(&rig, 0, 7, 9, false);
	columns_row(columns, at, &row);
	assert_int_equal(row.unit_type, was.row.unit_type);
	assert_int_equal(row.zone, was.row.zone);
	assert_int_not_equal(unit_of(0, 7).row.zone, was.row.zone);
	checkpoint_free(copy);
	state_rig_change_row(&rig, 0, 7, 7, false); /* nobody holds them now: changed in place */
	assert_int_equal(unit_of(0, 7).row.zone, was.row.zone);
	assert_rates_equal_a_walk(0);
}

static size_t
open_proposals(uint32_t from, size_t most, uint32_t *next)
{
	static struct row_found found[UNITS];
	size_t n = state_find_proposals(rig.state, 0, from, most, found, next);
	for (size_t i = 0; i < n; i++)
		assert_true(found[i].unit.proposed > found[i].unit.decided);
	return n;
}

static void
a_unit_has_one_open_proposal_until_it_is_decided(void **state)
{
	(void)state;
	uint32_t next;
	for (unsigned i = 0; i < 6; i++)
		state_rig_propose(&rig, 0, i);
	state_rig_propose(&rig, 0, 3); /* in the place of the first */
	assert_int_equal(unit_of(0, 3).proposed, state_last(rig.state));
	assert_int_equal(open_proposals(0, UNITS, &next), 6);
	assert_int_equal(next, 0);
	assert_int_equal(open_proposals(0, 4, &next), 4);
	assert_int_equal(open_proposals(next, 4, &next), 2);
	assert_true(state_rig_end_proposal(&rig, 0, 0, true));
	assert_true(state_rig_end_proposal(&rig, 0, 1, false));
	assert_false(state_rig_end_proposal(&rig, 0, 1, false));
	state_rig_change_row(&rig, 0, 2, 9, true);
	state_rig_change_row(&rig, 0, 3, 9, false); /* unasked: the proposal stays open */
	assert_int_equal(unit_of(0, 2).decided, state_last(rig.state) - 1);
	assert_int_equal(open_proposals(0, UNITS, &next), 3);
	assert_int_equal(unit_of(1, 3).proposed, 0);
}

static void
what_lived_comes_back_from_the_log_and_from_a_checkpoint(void **state)
{
	(void)state;
	uint8_t lived[32], folded[32], loaded[32];
	char path[128];
	snprintf(path, sizeof(path), "%s/image", rig.folder);
	state_rig_live(&rig, UNITS, 200, &seed);
	oracle_digest(rig.state, path, lived);
	struct checkpoint *copy = state_copy(rig.state);
	assert_true(copy->fold.round[0]->notes.n > 5);
	assert_true(checkpoint_write(copy, rig.checkpoint));
	checkpoint_free(copy);
	state_rig_close(&rig);
	state_rig_open(&rig, true);
	assert_string_equal(rig.message, "");
	oracle_digest(rig.state, path, loaded);
	state_rig_close(&rig);
	state_rig_open(&rig, false);
	oracle_digest(rig.state, path, folded);
	assert_memory_equal(lived, loaded, sizeof(lived));
	assert_memory_equal(lived, folded, sizeof(lived));
	assert_rates_equal_a_walk(0);
	assert_rates_equal_a_walk(1);
}

static void
notes_that_do_not_fit_are_no_checkpoint(void **state)
{
	(void)state;
	state_rig_propose(&rig, 0, 3);
	state_rig_propose(&rig, 0, 5);
	for (unsigned i = 0; i < 5; i++) {
		struct checkpoint *copy = state_copy(rig.state);
		struct round *round = copy->fold.round[0];
		struct row_note *note = round->notes.note;
		if (i == 0)
			note[1].row = UNITS;
		else if (i == 1)
			note[0].row = note[1].row;
		else if (i == 2)
			note[0].proposed = UINT64_C(1) << 40;
		else if (i == 3)
			note[1].changed = UINT64_C(1) << 40;
		else
			round->head[note[0].row].has_note = 0;
		assert_true(checkpoint_write(copy, rig.checkpoint));
		checkpoint_free(copy);
		state_rig_close(&rig);
		state_rig_open(&rig, true);
		assert_non_null(strstr(rig.message, "checkpoint not used"));
	}
}

/* ------------------------------------------------------------------- recounts */

static void
assert_named(const struct recount_result *result, const char *part)
{
	assert_int_equal(result->status, RECOUNT_DONE);
	for (size_t i = 0; i < result->lines; i++)
		if (strstr(result->line[i], part) != NULL)
			return;
	fail_msg("no line with \"%s\"", part);
}

static void
notes_and_rows_in_memory_are_compared(void **state)
{
	(void)state;
	struct recount_result result;
	state_rig_propose(&rig, 0, 3);
	state_rig_change_row(&rig, 0, 7, 9, false);
	struct checkpoint *copy = state_copy(rig.state);
	copy->fold.round[0]->notes.note[0].proposed--;
	recount_run(rig.store, copy, NULL, NULL, &result);
	assert_int_equal(result.differences, 1);
	assert_named(&result, "changes of register rows");
	recount_result_free(&result);
	checkpoint_free(copy);
}

static bool
flip_bits(void *context, uint8_t *bytes, size_t n)
{
	const size_t *at = context;
	assert_true(n > *at);
	bytes[*at] ^= 1;
	return true;
}

static void
a_flipped_bit_of_a_changed_row_is_named(void **state)
{
	(void)state;
	struct recount_result result;
	static const struct {
		size_t at;
		const char *words;
	} flips[] = {{128, "is stored as"}, {ENTRY_HEADER_BYTES + 21, "the digest does not fit"},
	    {48, "the submission is stored as"}};
	for (size_t i = 0; i < sizeof(flips) / sizeof(flips[0]); i++) {
		size_t at = flips[i].at;
		state_rig_answer(&rig, 0, 7, &seed);
		state_rig_change_row(&rig, 0, 7, 9, false);
		uint64_t number = state_last(rig.state);
		state_rig_close(&rig);
		assert_int_equal(change_log(rig.folder, number, flip_bits, &at), 0);
		if (state_rig_fold(&rig, false) == STORE_OK) {
			recount(&result);
			assert_named(&result, flips[i].words);
			recount_result_free(&result);
		} else {
			assert_int_equal(at, 48); /* a log that does not fit is not served */
		}
		state_rig_close(&rig);
		assert_int_equal(change_log(rig.folder, number, flip_bits, &at), 0);
		state_rig_open(&rig, false);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_changed_row_counts_where_it_stands_now_and_in_its_round_alone),
	    TEST(the_text_of_a_changed_row_is_that_of_the_entry_that_changed_it),
	    TEST(a_copy_keeps_the_row_that_it_was_made_with),
	    TEST(a_unit_has_one_open_proposal_until_it_is_decided),
	    TEST(what_lived_comes_back_from_the_log_and_from_a_checkpoint),
	    TEST(notes_that_do_not_fit_are_no_checkpoint),
	    TEST(notes_and_rows_in_memory_are_compared),
	    TEST(a_flipped_bit_of_a_changed_row_is_named),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
