/* SPDX-License-Identifier: Apache-2.0 */
/* A stop does not wait for a recount: it ends without a word on what it has not read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "collector/checkpoint.h"
#include "collector/recount.h"
#include "tests/support/state_rig.h"

#define UNITS 8u

static void
a_recount_ends_when_it_is_told_to(void **state)
{
	struct state_rig rig;
	struct recount_result result;
	atomic_bool is_stopping = true;
	(void)state;
	state_rig_make(&rig);
	state_rig_two_rounds(&rig, UNITS);
	struct checkpoint *copy = state_copy(rig.state);
	assert_non_null(copy);
	copy->fold.round[0]->view.responded++; /* nothing is compared, so this is not told */
	recount_run(rig.store, copy, NULL, &is_stopping, &result);
	assert_int_equal(result.status, RECOUNT_STOPPED);
	assert_int_equal(result.entries, 0);
	assert_int_equal(result.lines, 0);
	recount_result_free(&result);
	is_stopping = false;
	recount_run(rig.store, copy, NULL, &is_stopping, &result);
	assert_int_equal(result.status, RECOUNT_DONE);
	assert_int_equal(result.entries, state_last(rig.state));
	assert_int_equal(result.lines, 1);
	recount_result_free(&result);
	checkpoint_free(copy);
	state_rig_free(&rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(a_recount_ends_when_it_is_told_to)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
