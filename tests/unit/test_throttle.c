/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/throttle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define THROTTLE_FREE 5u
#define THROTTLE_FIRST_MS 1000
#define THROTTLE_MOST_MS 900000

static struct throttle throttle;

static int
set_up(void **state)
{
	(void)state;
	const struct throttle_rules rules = {
	    .free = THROTTLE_FREE, .first_ms = THROTTLE_FIRST_MS, .most_ms = THROTTLE_MOST_MS};
	throttle_init(&throttle, &rules);
	return 0;
}

static uint64_t
key_of(const char *name)
{
	return throttle_key(&throttle, name, strlen(name));
}

/* Fails as often as it may at that moment. */
static unsigned
fail_at(const char *name, int64_t now_ms)
{
	unsigned n = 0;
	while (n < 100 && throttle_take(&throttle, key_of(name), now_ms) == 0)
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
		assert_int_equal(throttle_take(&throttle, key_of("lan"), now_ms), expected);
		assert_int_equal(throttle_take(&throttle, key_of("lan"), now_ms + expected - 1), 1);
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
	assert_true(throttle_take(&throttle, key_of("lan"), 5) > 0);
	throttle_forgive(&throttle, key_of("lan"), 5);
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
one_name_slows_down_no_other(void **state)
{
	(void)state;
	char name[16];
	fail_at("lan", 5);
	for (unsigned i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "other%u", i);
		assert_int_equal(throttle_take(&throttle, key_of(name), 5), 0);
	}
}

static void
of_a_right_attempt_only_that_one_is_taken_back(void **state)
{
	(void)state;
	int64_t now_ms = 1000;
	for (unsigned i = 0; i < 4 * THROTTLE_FREE; i++) {
		assert_int_equal(throttle_take(&throttle, key_of("here"), now_ms), 0);
		throttle_take_back(&throttle, key_of("here"), now_ms);
	}
	assert_int_equal(fail_at("here", now_ms), THROTTLE_FREE);
	now_ms += throttle_wait(&throttle, key_of("here"), now_ms);
	assert_int_equal(throttle_take(&throttle, key_of("here"), now_ms), 0);
	throttle_take_back(&throttle, key_of("here"), now_ms);
	assert_int_equal(fail_at("here", now_ms), 1); /* the wrong ones still count */
	assert_int_equal(throttle_wait(&throttle, key_of("here"), now_ms), 2 * THROTTLE_FIRST_MS);
}

static void
who_was_right_is_known_for_a_day_or_until_wrong(void **state)
{
	(void)state;
	assert_false(throttle_was_right(&throttle, key_of("lan"), 5));
	assert_int_equal(throttle_take(&throttle, key_of("lan"), 5), 0);
	assert_false(throttle_was_right(&throttle, key_of("lan"), 5));
	throttle_forgive(&throttle, key_of("lan"), 5);
	assert_true(throttle_was_right(&throttle, key_of("lan"), 5 + THROTTLE_FORGET_MS));
	assert_false(throttle_was_right(&throttle, key_of("lan"), 6 + THROTTLE_FORGET_MS));
	assert_int_equal(throttle_take(&throttle, key_of("lan"), 7), 0);
	assert_false(throttle_was_right(&throttle, key_of("lan"), 7));
}

static void
more_keys_than_places_forget_the_oldest_and_nothing_else(void **state)
{
	(void)state;
	const unsigned keys = THROTTLE_SETS * THROTTLE_WAYS * 4;
	for (unsigned i = 0; i < keys; i++)
		assert_int_equal(
		    throttle_take(&throttle, throttle_key(&throttle, &i, sizeof(i)), i), 0);
	unsigned last = keys - 1;
	throttle_forgive(&throttle, throttle_key(&throttle, &last, sizeof(last)), keys);
	assert_true(
	    throttle_was_right(&throttle, throttle_key(&throttle, &last, sizeof(last)), keys));
	assert_int_equal(fail_at("new", keys), THROTTLE_FREE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(
		a_few_are_free_and_then_the_delay_doubles_up_to_a_quarter_of_an_hour, set_up),
	    cmocka_unit_test_setup(what_was_right_is_forgiven_at_once, set_up),
	    cmocka_unit_test_setup(failures_are_forgotten_after_a_day, set_up),
	    cmocka_unit_test_setup(one_name_slows_down_no_other, set_up),
	    cmocka_unit_test_setup(of_a_right_attempt_only_that_one_is_taken_back, set_up),
	    cmocka_unit_test_setup(who_was_right_is_known_for_a_day_or_until_wrong, set_up),
	    cmocka_unit_test_setup(
		more_keys_than_places_forget_the_oldest_and_nothing_else, set_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
