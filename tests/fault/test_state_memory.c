/* SPDX-License-Identifier: Apache-2.0 */
/* The 1st allocation fails, then the 2nd, ... until nothing is left to fail: each time the answer
 * is no, nothing leaks, and the next try works. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collector/checkpoint.h"
#include "collector/recount.h"
#include "tests/support/state_oracle.h"
#include "tests/support/state_rig.h"

#define UNITS 30u

/* ------------------------------------------------------------------- failing */

static _Thread_local unsigned countdown; /* 0: nothing fails; 1: the next one */
static _Thread_local bool has_failed;

static bool
fails(void)
{
	if (countdown == 0 || --countdown > 0)
		return false;
	has_failed = true;
	return true;
}

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t item);
void *__real_realloc(void *old, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t item);
void *__wrap_realloc(void *old, size_t n);

void *
__wrap_malloc(size_t n)
{
	return fails() ? NULL : __real_malloc(n);
}

void *
__wrap_calloc(size_t n, size_t item)
{
	return fails() ? NULL : __real_calloc(n, item);
}

void *
__wrap_realloc(void *old, size_t n)
{
	return fails() ? NULL : __real_realloc(old, n);
}

static void
fail_from(unsigned nth)
{
	countdown = nth;
	has_failed = false;
}

static bool
stop_failing(void)
{
	countdown = 0;
	return has_failed;
}

/* ------------------------------------------------------------------- what is tried */

static struct state_rig rig;
static uint8_t lived[32];
static char image[128];

static int
set_up(void **state)
{
	(void)state;
	unsigned seed = 3;
	state_rig_make(&rig);
	snprintf(image, sizeof(image), "%s/image", rig.folder);
	state_rig_two_rounds(&rig, UNITS);
	state_rig_some_staff(&rig);
	state_rig_chunk(&rig, state_rig_round(&rig, "three", "two"), 0, 9);
	state_rig_live(&rig, UNITS, 40, &seed);
	oracle_digest(rig.state, image, lived);
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
assert_same_state(void)
{
	uint8_t now[32];
	oracle_digest(rig.state, image, now);
	assert_memory_equal(lived, now, sizeof(now));
}

/* Fold into a new state, with the nth allocation failing. True when none was left to fail. */
static bool
fold_once(unsigned nth, const char *checkpoint)
{
	state_free(rig.state);
	rig.state = state_new();
	assert_non_null(rig.state);
	fail_from(nth);
	enum store_status status = state_fold(rig.state, rig.store, checkpoint, rig.message);
	bool failed = stop_failing();
	if (status == STORE_OK)
		assert_same_state();
	else
		assert_true(failed && status == STORE_FAILED && rig.message[0] != '\0');
	return !failed;
}

static void
a_fold_without_memory_says_so_or_is_whole(void **state)
{
	(void)state;
	state_rig_close(&rig);
	assert_int_equal(state_rig_fold(&rig, false), STORE_OK); /* open, no writer */
	unsigned nth = 1;
	while (!fold_once(nth, NULL))
		nth++;
	assert_true(nth > 30);
}

static void
a_checkpoint_without_memory_falls_back_on_the_log(void **state)
{
	(void)state;
	struct checkpoint *copy = state_copy(rig.state);
	assert_true(checkpoint_write(copy, rig.checkpoint));
	checkpoint_free(copy);
	state_rig_close(&rig);
	assert_int_equal(state_rig_fold(&rig, true), STORE_OK);
	unsigned nth = 1;
	while (!fold_once(nth, rig.checkpoint))
		nth++;
	assert_true(nth > 20);
}

static void
a_copy_and_its_file_without_memory_are_not_made(void **state)
{
	(void)state;
	for (unsigned nth = 1;; nth++) {
		fail_from(nth);
		struct checkpoint *copy = state_copy(rig.state);
		bool written = copy != NULL && checkpoint_write(copy, rig.checkpoint);
		bool failed = stop_failing();
		assert_int_equal(written, !failed);
		checkpoint_free(copy);
		if (!failed)
			break;
	}
	assert_same_state();
}

static void
a_recount_without_memory_says_so(void **state)
{
	(void)state;
	struct checkpoint *copy = state_copy(rig.state);
	unsigned whole = 0;
	for (unsigned nth = 1; whole == 0; nth++) {
		struct recount_result result;
		fail_from(nth);
		recount_run(rig.store, copy, NULL, NULL, &result);
		bool failed = stop_failing();
		assert_int_equal(result.status == RECOUNT_DONE, !failed);
		assert_true(result.status == RECOUNT_DONE || result.status == RECOUNT_MEMORY ||
			    result.status == RECOUNT_STORE); /* which lacked memory to read */
		if (!failed) {
			assert_int_equal(result.differences, 0);
			whole = nth;
		}
		recount_result_free(&result);
	}
	assert_true(whole > 30);
	checkpoint_free(copy);
}

static void
columns_without_memory_are_not_built(void **state)
{
	(void)state;
	struct round_view view;
	assert_true(state_round(rig.state, "three", &view));
	const uint64_t chunk = state_chunk(rig.state, view.index, (const uint8_t[16]){[15] = 1});
	assert_true(chunk > 0);
	for (unsigned nth = 1;; nth++) {
		struct columns_spec spec = {
		    .definition = view.definition, .ref_year = view.ref_year, .rows = 9};
		struct columns_report report;
		struct columns *columns = NULL;
		fail_from(nth);
		enum columns_status status =
		    columns_read(rig.store, view.number, &spec, &chunk, 1, &report, &columns);
		bool staged =
		    status == COLUMNS_OK && state_stage_columns(rig.state, view.index, columns);
		bool failed = stop_failing();
		assert_int_equal(staged, !failed);
		assert_true(status == COLUMNS_OK || status == COLUMNS_MEMORY ||
			    status == COLUMNS_STORE); /* which lacked memory to read */
		columns_report_free(&report);
		if (!failed)
			break;
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_fold_without_memory_says_so_or_is_whole),
	    TEST(a_checkpoint_without_memory_falls_back_on_the_log),
	    TEST(a_copy_and_its_file_without_memory_are_not_made),
	    TEST(a_recount_without_memory_says_so),
	    TEST(columns_without_memory_are_not_built),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
