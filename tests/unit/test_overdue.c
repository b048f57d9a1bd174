/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "collector/overdue.h"

#define NOW_MS INT64_C(1760000000000)
#define DAY_MS INT64_C(86400000)
#define TICK_MS 250

static void
a_deadline_that_passed_before_the_start_waits_an_hour(void **state)
{
	(void)state;
	struct overdue o = {0};
	assert_true(overdue_look(&o, NOW_MS, 5));
	assert_true(overdue_waits(&o, NOW_MS - DAY_MS, 5));
	assert_true(overdue_waits(&o, NOW_MS, 5));
	assert_true(overdue_waits(&o, NOW_MS, 5 + OVERDUE_WAIT_MS - 1));
	assert_false(overdue_waits(&o, NOW_MS, 5 + OVERDUE_WAIT_MS));
}

static void
a_deadline_that_was_waited_for_does_not_wait(void **state)
{
	(void)state;
	struct overdue o = {0};
	overdue_look(&o, NOW_MS, 0);
	assert_false(overdue_look(&o, NOW_MS + TICK_MS, TICK_MS));
	assert_false(overdue_waits(&o, NOW_MS + TICK_MS, TICK_MS));
	assert_false(overdue_look(&o, NOW_MS + TICK_MS + OVERDUE_GAP_MS, TICK_MS));
	assert_false(overdue_waits(&o, NOW_MS + OVERDUE_GAP_MS, TICK_MS));
}

static void
a_deadline_that_the_clock_was_set_over_waits_an_hour(void **state)
{
	(void)state;
	struct overdue o = {0};
	int64_t at_ms = 2 * OVERDUE_WAIT_MS;
	overdue_look(&o, NOW_MS, 0);
	overdue_look(&o, NOW_MS + TICK_MS, at_ms);
	assert_true(overdue_look(&o, NOW_MS + DAY_MS, at_ms));
	assert_true(overdue_waits(&o, NOW_MS + DAY_MS / 2, at_ms));
	assert_false(overdue_look(&o, NOW_MS + DAY_MS + TICK_MS, at_ms + TICK_MS));
	assert_true(overdue_waits(&o, NOW_MS + DAY_MS / 2, at_ms + OVERDUE_WAIT_MS - 1));
	assert_false(overdue_waits(&o, NOW_MS + DAY_MS / 2, at_ms + OVERDUE_WAIT_MS));
}

static void
a_clock_that_was_set_right_again_keeps_no_round_from_its_time(void **state)
{
	(void)state;
	struct overdue o = {0};
	overdue_look(&o, NOW_MS, 0);
	overdue_look(&o, NOW_MS + DAY_MS, 0);
	assert_false(overdue_look(&o, NOW_MS + TICK_MS, TICK_MS));
	assert_false(overdue_look(&o, NOW_MS + 2 * TICK_MS, 2 * TICK_MS));
	assert_false(overdue_waits(&o, NOW_MS + 2 * TICK_MS, 2 * TICK_MS));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_deadline_that_passed_before_the_start_waits_an_hour),
	    cmocka_unit_test(a_deadline_that_was_waited_for_does_not_wait),
	    cmocka_unit_test(a_deadline_that_the_clock_was_set_over_waits_an_hour),
	    cmocka_unit_test(a_clock_that_was_set_right_again_keeps_no_round_from_its_time),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
