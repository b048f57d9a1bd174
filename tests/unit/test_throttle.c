/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/throttle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static struct throttle throttle;

static int
set_up(void **state)
{
	(void)state;
	throttle_init(&throttle);
	return 0;
}

/* Fails as often as it may at that moment. */
static unsigned
fail_at(const char *name, int64_t now_ms)
{
	unsigned n = 0;
	while (n < 100 && throttle_take(&throttle, name, now_ms) == 0)
		n++;
	return n;
}

static void
a_few_are_free_and_then_the_delay_doubles_up_to_a_quarter_of_an_hour(void **state)
{
	(void)state;
	int64_t now_ms = 1000000, expected = THROTTLE_FIRST_MS;
	assert_int_equal(fail_at("lan", now_ms), THROTTLE_FREE);
	for (unsigned i = 0; i < 40; i++) {
		assert_int_equal(throttle_take(&throttle, "lan", now_ms), expected);
		assert_int_equal(throttle_take(&throttle, "lan", now_ms + expected - 1), 1);
		now_ms += expected;
		assert_int_equal(fail_at("lan", now_ms), 1);
		expected = 2 * expected < THROTTLE_MOST_MS ? 2 * expected : THROTTLE_MOST_MS;
	}
	assert_int_equal(expected, THROTTLE_MOST_MS);
}

static void
what_was_right_is_forgiven_at_once(void **state)
{
	(void)state;
	fail_at("lan", 5);
	assert_true(throttle_take(&throttle, "lan", 5) > 0);
	throttle_forgive(&throttle, "lan");
	assert_int_equal(fail_at("lan", 5), THROTTLE_FREE);
}

static void
failures_are_forgotten_after_a_day(void **state)
{
	(void)state;
	fail_at("lan", 5);
	assert_int_equal(fail_at("lan", 5 + THROTTLE_FIRST_MS + THROTTLE_FORGET_MS), 1);
	fail_at("minh", 5);
	assert_int_equal(
	    fail_at("minh", 5 + THROTTLE_FIRST_MS + THROTTLE_FORGET_MS + 1), THROTTLE_FREE);
}

static void
one_name_does_not_slow_down_most_others(void **state)
{
	(void)state;
	char name[16];
	unsigned slowed = 0;
	fail_at("lan", 5);
	for (unsigned i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), "other%u", i);
		slowed += throttle_take(&throttle, name, 5) > 0;
	}
	assert_true(slowed < 20); /* who share its slot: 0.2 on average */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(
		a_few_are_free_and_then_the_delay_doubles_up_to_a_quarter_of_an_hour, set_up),
	    cmocka_unit_test_setup(what_was_right_is_forgiven_at_once, set_up),
	    cmocka_unit_test_setup(failures_are_forgotten_after_a_day, set_up),
	    cmocka_unit_test_setup(one_name_does_not_slow_down_most_others, set_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
