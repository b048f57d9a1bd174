/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/state.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/state_oracle.h"
#include "tests/support/state_rig.h"

#define UNITS 120u

static struct state_rig rig;

static int
set_up(void **state)
{
	(void)state;
	state_rig_make(&rig);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	state_rig_free(&rig);
	return 0;
}

static void
assert_rates_equal_a_walk(uint32_t round)
{
	uint64_t tax_code[UNITS];
	size_t compared;
	for (unsigned i = 0; i < UNITS; i++)
		tax_code[i] = state_rig_tax_code(i);
	assert_int_equal(oracle_rates(rig.state, round, tax_code, UNITS, &compared), 0);
	assert_true(compared > 50);
}

static void
after_any_random_run_every_rate_equals_a_walk_over_the_rows(void **state)
{
	(void)state;
	unsigned seed = 7;
	state_rig_two_rounds(&rig, UNITS);
	assert_rates_equal_a_walk(0);
	for (unsigned i = 0; i < 8; i++) {
		state_rig_live(&rig, UNITS, 60, &seed);
		assert_rates_equal_a_walk(0);
		assert_rates_equal_a_walk(1);
	}
}

static void
a_state_folded_from_the_log_is_the_one_that_lived(void **state)
{
	(void)state;
	unsigned seed = 11;
	uint8_t lived[32], folded[32];
	char path[128];
	snprintf(path, sizeof(path), "%s/image", rig.folder);
	state_rig_two_rounds(&rig, UNITS);
	uint32_t three = state_rig_round(&rig, "three", "two"); /* has chunks that wait */
	uint64_t waiting = state_rig_chunk(&rig, three, 0, 10);
	state_rig_live(&rig, UNITS, 300, &seed);
	state_rig_phase(&rig, 0, ENTRY_ROUND_CLOSED);
	oracle_digest(rig.state, path, lived);
	uint64_t last = state_last(rig.state);
	state_rig_close(&rig);
	state_rig_open(&rig, false);
	oracle_digest(rig.state, path, folded);
	assert_memory_equal(lived, folded, sizeof(lived));
	assert_int_equal(state_last(rig.state), last);
	assert_rates_equal_a_walk(0);
	assert_rates_equal_a_walk(1);
	uint8_t id[UUID_BYTES] = {0};
	id[15] = 1;
	assert_int_equal(state_chunk(rig.state, three, id), waiting);
	state_rig_live(&rig, UNITS, 50, &seed); /* and it lives on */
	assert_rates_equal_a_walk(1);
}

/* ------------------------------------------------------------------- views */

static void
a_round_goes_through_its_phases(void **state)
{
	(void)state;
	struct round_view v;
	struct store_owner owner = state_owner(rig.state);
	uint64_t definition = state_rig_define(&rig);
	assert_int_equal(owner.last(owner.context, SUBJECT_CATALOGUE), definition);
	assert_int_equal(state_catalogue_last(rig.state), definition);
	uint32_t index = state_rig_round(&rig, "one", "");
	assert_true(state_round(rig.state, "one", &v));
	assert_int_equal(v.phase, ROUND_CREATED);
	assert_int_equal(v.number, definition + 1);
	assert_int_equal(v.last, v.number);
	assert_int_equal(v.definition_number, definition);
	assert_int_equal(v.ref_year, 2025);
	assert_int_equal(v.closes_ms, 1770000000000);
	assert_string_equal(v.reference_date, "2025-12-31");
	assert_int_equal(v.units, 0);
	assert_int_equal(state_catalogue_last(rig.state), v.number);
	state_rig_load(&rig, index, UNITS, 50, true);
	assert_true(state_round_at(rig.state, index, &v));
	assert_int_equal(v.phase, ROUND_LOADED);
	assert_int_equal(v.units, UNITS);
	assert_int_equal(v.last, state_last(rig.state));
	state_rig_phase(&rig, index, ENTRY_ROUND_OPENED);
	assert_true(state_round_at(rig.state, index, &v));
	assert_int_equal(v.phase, ROUND_OPEN);
	assert_int_equal(v.opened_ms, rig.clock_ms);
	state_rig_phase(&rig, index, ENTRY_ROUND_CLOSED);
	assert_true(state_round_at(rig.state, index, &v));
	assert_int_equal(v.phase, ROUND_CLOSED);
	assert_int_equal(v.closed_ms, rig.clock_ms);
	assert_int_equal(owner.last(owner.context, state_round_subject(index)), v.last);
	assert_int_equal(state_rounds(rig.state), 1);
	assert_false(state_round(rig.state, "two", &v));
	assert_false(state_round_at(rig.state, 1, &v));
}

static void
chunks_are_known_by_their_id_until_the_register_is_loaded(void **state)
{
	(void)state;
	uint8_t id[UUID_BYTES] = {0};
	state_rig_define(&rig);
	uint32_t round = state_rig_round(&rig, "one", "");
	assert_int_equal(state_chunk(rig.state, round, id), 0);
	uint64_t number = state_rig_chunk(&rig, round, 7, 3);
	id[0] = 7;
	id[15] = 1;
	assert_int_equal(state_chunk(rig.state, round, id), number);
	assert_int_equal(state_chunk(rig.state, round + 1, id), 0);
	state_rig_load(&rig, round, UNITS, 100, true);
	assert_int_equal(state_chunk(rig.state, round, id), 0);
}

/* Columns of serials [0, units) of a round, read from chunks of so many rows. */
static struct columns *
columns_of(uint32_t round, unsigned units, const uint64_t *chunk, size_t chunks)
{
	struct round_view view;
	struct columns_report report;
	struct columns *columns = NULL;
	assert_true(state_round_at(rig.state, round, &view));
	struct columns_spec spec = {
	    .definition = view.definition, .ref_year = view.ref_year, .rows = units};
	assert_int_equal(
	    columns_read(rig.store, view.number, &spec, chunk, chunks, &report, &columns),
	    COLUMNS_OK);
	columns_report_free(&report);
	return columns;
}

static void
columns_staged_from_other_chunks_are_not_the_register(void **state)
{
	(void)state;
	struct round_view view;
	state_rig_define(&rig);
	uint32_t round = state_rig_round(&rig, "one", "");
	uint64_t chunk[2] = {
	    state_rig_chunk(&rig, round, 0, 30), state_rig_chunk(&rig, round, 30, UNITS - 30)};
	uint64_t turned[2] = {chunk[1], chunk[0]};
	assert_true(state_stage_columns(
	    rig.state, round, columns_of(round, UNITS, turned, 2))); /* replaced by the next */
	assert_true(state_stage_columns(rig.state, round, columns_of(round, 30, chunk, 1)));
	state_rig_load_chunks(&rig, round, chunk, 2, UNITS, false);
	assert_true(state_round_at(rig.state, round, &view));
	assert_int_equal(view.units, UNITS);
	assert_rates_equal_a_walk(round);
	/* What comes when the register is loaded is dropped, and so is what no round can take. */
	assert_true(state_stage_columns(rig.state, round, columns_of(round, 30, chunk, 1)));
	assert_false(state_stage_columns(rig.state, 99, columns_of(round, 30, chunk, 1)));
	assert_rates_equal_a_walk(round);
}

static void
a_head_comes_is_corrected_and_goes(void **state)
{
	(void)state;
	unsigned seed = 3;
	struct unit_view unit;
	struct round_view view;
	uint64_t tax_code = state_rig_tax_code(5);
	struct store_owner owner = state_owner(rig.state);
	state_rig_two_rounds(&rig, UNITS);
	assert_true(state_unit(rig.state, 0, tax_code, &unit));
	assert_int_equal(unit.last, 0);
	assert_int_equal(unit.row.tax_code, tax_code);
	state_rig_answer(&rig, 0, 5, &seed);
	uint64_t first = state_last(rig.state);
	assert_true(state_unit(rig.state, 0, tax_code, &unit));
	assert_int_equal(unit.head, first);
	assert_int_equal(unit.revision, 1);
	state_rig_answer(&rig, 0, 5, &seed);
	assert_true(state_unit(rig.state, 0, tax_code, &unit));
	assert_int_equal(unit.head, first + 1);
	assert_int_equal(unit.revision, 2);
	assert_true(state_round(rig.state, "one", &view));
	assert_int_equal(view.responded, 1);
	assert_true(state_rig_withdraw(&rig, 0, 5));
	assert_true(state_unit(rig.state, 0, tax_code, &unit));
	assert_int_equal(unit.head, 0);
	assert_int_equal(unit.last, first + 2);
	assert_int_equal(unit.revision, 2);
	assert_int_equal(owner.last(owner.context, state_unit_subject(0, tax_code)), first + 2);
	assert_int_equal(owner.last(owner.context, state_unit_subject(1, tax_code)), 0);
	assert_true(state_round(rig.state, "one", &view));
	assert_int_equal(view.responded, 0);
	state_rig_answer(&rig, 0, 5, &seed);
	assert_true(state_unit(rig.state, 0, tax_code, &unit));
	assert_int_equal(unit.revision, 3);
	assert_false(state_unit(rig.state, 0, state_rig_tax_code(UNITS), &unit));
	assert_false(state_unit(rig.state, 2, tax_code, &unit));
}

static void
a_unit_shows_the_bits_of_its_head_in_the_earlier_round(void **state)
{
	(void)state;
	unsigned seed = 5;
	struct unit_view one, two;
	uint64_t tax_code = state_rig_tax_code(9);
	state_rig_two_rounds(&rig, UNITS);
	assert_true(state_unit(rig.state, 1, tax_code, &two));
	assert_false(two.has_earlier);
	state_rig_answer(&rig, 0, 9, &seed);
	assert_true(state_unit(rig.state, 0, tax_code, &one));
	assert_true(state_unit(rig.state, 1, tax_code, &two));
	assert_true(two.has_earlier);
	assert_memory_equal(&two.earlier_bits, &one.bits, sizeof(one.bits));
	assert_non_null(two.earlier_definition);
	assert_false(one.has_earlier);
	state_rig_withdraw(&rig, 0, 9);
	assert_true(state_unit(rig.state, 1, tax_code, &two));
	assert_false(two.has_earlier);
}

static void
a_reopening_is_of_one_unit_and_the_last_one_counts(void **state)
{
	(void)state;
	struct unit_view unit;
	static const unsigned serial[] = {40, 3, 77, 12, 3};
	state_rig_two_rounds(&rig, UNITS);
	for (size_t i = 0; i < 5; i++)
		state_rig_reopen(&rig, 0, serial[i], 1000 + (int64_t)i);
	for (unsigned i = 0; i < UNITS; i++) {
		int64_t until = i == 40   ? 1000
				: i == 3  ? 1004
				: i == 77 ? 1002
				: i == 12 ? 1003
					  : 0;
		assert_true(state_unit(rig.state, 0, state_rig_tax_code(i), &unit));
		assert_int_equal(unit.reopened_until_ms, until);
		assert_int_equal(unit.head, 0);
		assert_int_equal(unit.last != 0, until != 0);
	}
}

/* ------------------------------------------------------------------- logs that do not fit */

static uint64_t
none_last(void *context, uint64_t subject)
{
	(void)context;
	(void)subject;
	return 0;
}

static void
apply_nothing(void *context, const struct store_job *const *jobs, size_t n)
{
	(void)context;
	(void)jobs;
	(void)n;
}

static void
a_log_with_an_entry_that_does_not_fit_is_refused_by_its_number(void **state)
{
	(void)state;
	state_rig_two_rounds(&rig, UNITS);
	char words[64];
	snprintf(words, sizeof(words), "entry %u ", (unsigned)state_last(rig.state) + 1);
	state_rig_close(&rig);
	/* Someone with no state to ask puts a submission to a round that never was. */
	assert_int_equal(state_rig_fold(&rig, false), STORE_OK);
	struct store_owner owner = {.last = none_last, .apply = apply_nothing};
	assert_true(store_start(rig.store, &owner));
	struct entry e = {.kind = ENTRY_SUBMISSION, .round = 999, .tax_code = 1};
	state_rig_put(&rig, &e, NULL, 0, 0);
	state_rig_close(&rig);
	assert_int_equal(state_rig_fold(&rig, false), STORE_NOT_OURS);
	assert_ptr_equal(strstr(rig.message, words), rig.message);
}

/* ------------------------------------------------------------------- readers beside the writer */

struct reader {
	pthread_t thread;
	atomic_bool *stop;
	unsigned seed;
	uint64_t reads;
};

/* Every unit counts once in the whole, in whatever moment it is looked at. */
static void
read_once(struct reader *r)
{
	struct unit_view unit;
	struct round_view view;
	struct rate_counts counts[8];
	uint32_t round = r->seed++ % 2;
	assert_true(state_unit(rig.state, round, state_rig_tax_code(r->seed % UNITS), &unit));
	assert_true(unit.head == 0 || unit.revision > 0);
	assert_true(state_round_at(rig.state, round, &view));
	assert_true(view.responded <= view.units);
	uint64_t last = state_rates(rig.state, round, 0, 1, counts);
	assert_true(last <= state_last(rig.state));
	assert_true(counts[0].n + counts[0].n_unknown <= UNITS);
	assert_true(rate_responded(&counts[0]) <= counts[0].n);
	r->reads++;
}

static void *
read_on(void *argument)
{
	struct reader *r = argument;
	while (!atomic_load(r->stop))
		read_once(r);
	return NULL;
}

static void
readers_see_whole_batches_while_the_writer_applies(void **state)
{
	(void)state;
	unsigned seed = 17;
	atomic_bool stop = false;
	struct reader reader[2] = {{.stop = &stop, .seed = 1}, {.stop = &stop, .seed = 50}};
	state_rig_two_rounds(&rig, UNITS);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&reader[i].thread, NULL, read_on, &reader[i]), 0);
	state_rig_live(&rig, UNITS, 150, &seed);
	uint32_t three =
	    state_rig_round(&rig, "three", "two"); /* definitions and rounds move too */
	state_rig_load(&rig, three, UNITS, 60, true);
	atomic_store(&stop, true);
	for (size_t i = 0; i < 2; i++) {
		pthread_join(reader[i].thread, NULL);
		assert_true(reader[i].reads > 0);
	}
	assert_rates_equal_a_walk(0);
	assert_rates_equal_a_walk(1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		after_any_random_run_every_rate_equals_a_walk_over_the_rows, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		a_state_folded_from_the_log_is_the_one_that_lived, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(a_round_goes_through_its_phases, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		chunks_are_known_by_their_id_until_the_register_is_loaded, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		columns_staged_from_other_chunks_are_not_the_register, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(a_head_comes_is_corrected_and_goes, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		a_unit_shows_the_bits_of_its_head_in_the_earlier_round, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		a_reopening_is_of_one_unit_and_the_last_one_counts, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		a_log_with_an_entry_that_does_not_fit_is_refused_by_its_number, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		readers_see_whole_batches_while_the_writer_applies, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
