/* SPDX-License-Identifier: Apache-2.0 */
/* Runs with rounded figures over a real log, vintage after vintage; their files are only hashed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collector/export/run.h"
#include "tests/support/state_rig.h"

#define UNITS 300
#define BASE 5

static struct state_rig rig;

static int
set_up(void **state)
{
	unsigned seed = 12;
	(void)state;
	state_rig_make(&rig);
	state_rig_two_rounds(&rig, UNITS);
	state_rig_live(&rig, UNITS, 600, &seed);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	state_rig_free(&rig);
	return 0;
}

/* Of round "one", up to `last`. */
static void
run(uint64_t last, unsigned rounding, bool is_asked, struct run_result *out)
{
	struct round_view round;
	struct export_record *record;
	size_t records;
	assert_true(state_round(rig.state, "one", &round));
	assert_true(state_exports(rig.state, round.index, &record, &records));
	const struct format *format = format_find("csv", 3);
	const struct run_asked asked = {.store = rig.store,
	    .round = &round,
	    .record = record,
	    .records = records,
	    .last = last,
	    .settings = {.is_public = true,
		.stage = STAGE_INTERIM,
		.method = INTERVAL_WILSON,
		.frequency = 5,
		.rounding = rounding},
	    .rounding_is_asked = is_asked,
	    .format = &format,
	    .formats = 1};
	run_make(&asked, out);
	free(record);
}

static void
commit(const struct run_result *made)
{
	struct round_view round;
	struct export_record *record;
	size_t records, n;
	assert_true(state_round(rig.state, "one", &round));
	assert_true(state_exports(rig.state, round.index, &record, &records));
	uint8_t *payload = payload_export_pack(&made->made, &n);
	struct entry e = {.kind = ENTRY_EXPORT_MADE,
	    .round = round.number,
	    .definition = round.definition_number,
	    .revision = made->made.record.vintage,
	    .previous = records > 0 ? record[records - 1].number : 0};
	state_rig_put(&rig, &e, payload, n, state_exports_subject(round.index));
	free(payload);
	free(record);
}

/* One more vintage. */
static struct payload_export
publish(unsigned rounding)
{
	struct run_result made;
	run(state_last(rig.state), rounding, true, &made);
	if (made.status != RUN_OK)
		fail_msg("%s", made.why);
	commit(&made);
	struct payload_export facts = made.made;
	facts.decision = NULL;
	run_result_clear(&made);
	return facts;
}

static void
assert_refused(unsigned rounding, const char *why)
{
	struct run_result made;
	run(state_last(rig.state), rounding, true, &made);
	assert_int_equal(made.status, RUN_REFUSED);
	assert_non_null(strstr(made.why, why));
	run_result_clear(&made);
}

static void
answer(unsigned from, unsigned to)
{
	unsigned seed = 5;
	for (unsigned serial = from; serial < to; serial++)
		state_rig_answer(&rig, 0, serial, &seed);
}

/* Without that, who knows the one unit that answered between two exports would see what. */
static void
rounded_figures_stay_until_as_many_units_as_the_minimum_have_changed(void **state)
{
	(void)state;
	struct payload_export first = publish(BASE), later;
	assert_int_equal(first.rounding, BASE);
	assert_int_equal(first.figures_vintage, 1);
	assert_int_equal(first.figures_last, first.record.last);
	answer(0, 3);
	for (uint32_t vintage = 2; vintage <= 3; vintage++) {
		later = publish(BASE);
		assert_int_equal(later.record.vintage, vintage);
		assert_int_equal(later.figures_vintage, 1);
		assert_int_equal(later.figures_last, first.record.last);
	}
	answer(3, 200);
	later = publish(BASE);
	assert_int_equal(later.figures_vintage, 4);
	assert_int_equal(later.figures_last, later.record.last);
}

static void
the_log_gives_the_same_rounded_bytes_again(void **state)
{
	(void)state;
	struct run_result made, again;
	publish(BASE);
	answer(0, 100);
	uint64_t last = state_last(rig.state);
	run(last, BASE, true, &made);
	state_rig_close(&rig);
	state_rig_open(&rig, false);
	answer(100, 200);
	run(last, BASE, true, &again);
	assert_int_equal(again.status, RUN_OK);
	assert_memory_equal(again.made.manifest, made.made.manifest, SHA256_BYTES);
	run_result_clear(&again);
	run(state_last(rig.state), BASE, true, &again);
	assert_memory_not_equal(again.made.manifest, made.made.manifest, SHA256_BYTES);
	run_result_clear(&made);
	run_result_clear(&again);
}

static void
the_first_public_export_says_how_all_of_the_round_protect(void **state)
{
	(void)state;
	struct run_result made;
	publish(BASE);
	assert_refused(0, "rounded to multiples of 5");
	assert_refused(10, "rounded to multiples of 5");
	run(state_last(rig.state), 0, false, &made); /* left open, it does as they do */
	assert_int_equal(made.status, RUN_OK);
	assert_int_equal(made.made.rounding, BASE);
	run_result_clear(&made);
}

static void
exact_figures_are_not_followed_by_rounded_ones(void **state)
{
	(void)state;
	publish(0);
	assert_refused(BASE, "withhold");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(rounded_figures_stay_until_as_many_units_as_the_minimum_have_changed),
	    TEST(the_log_gives_the_same_rounded_bytes_again),
	    TEST(the_first_public_export_says_how_all_of_the_round_protect),
	    TEST(exact_figures_are_not_followed_by_rounded_ones),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
