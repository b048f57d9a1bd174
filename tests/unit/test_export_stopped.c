/* SPDX-License-Identifier: Apache-2.0 */
/* What reads the log for an export while the collector is stopping. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "collector/export/items.h"
#include "collector/export/past.h"
#include "tests/support/state_rig.h"

#define UNITS 300

static void
reading_ends_at_once_when_it_is_to_stop(void **state)
{
	(void)state;
	unsigned seed = 11;
	struct state_rig rig;
	atomic_bool is_stopping = false;
	static struct items items;
	struct past past;
	struct round_view round;
	state_rig_make(&rig);
	state_rig_two_rounds(&rig, UNITS);
	state_rig_live(&rig, UNITS, 800, &seed);
	assert_true(state_round(rig.state, "one", &round));
	const uint64_t last = state_last(rig.state);
	const struct past_asked asked = {.store = rig.store,
	    .round = round.number,
	    .last = &last,
	    .points = 1,
	    .is_stopping = &is_stopping};
	assert_int_equal(past_read(&asked, &past), PAST_OK);
	assert_true(items_count(rig.store, past.round, last, &is_stopping, &items));
	is_stopping = true;
	assert_false(items_count(rig.store, past.round, last, &is_stopping, &items));
	past_clear(&past);
	assert_int_equal(past_read(&asked, &past), PAST_STOPPED);
	assert_int_equal(past.fold.last, 0);
	past_clear(&past);
	state_rig_free(&rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reading_ends_at_once_when_it_is_to_stop),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
