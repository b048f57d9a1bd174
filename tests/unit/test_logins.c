/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/logins.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collector/peers.h"

#define HOME 7u   /* an address */
#define ABROAD 8u /* another */

static struct logins *logins;
static int64_t now_ms;

static int
set_up(void **state)
{
	(void)state;
	logins = malloc(sizeof(*logins));
	assert_non_null(logins);
	assert_true(logins_open(logins));
	now_ms = 1000000;
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	logins_close(logins);
	free(logins);
	return 0;
}

static uint32_t
guess(uint64_t address, const char *name)
{
	struct login_try attempt;
	return logins_begin(logins, address, name, now_ms, &attempt);
}

static uint32_t
get_in(uint64_t address, const char *name)
{
	struct login_try attempt;
	uint32_t wait_ms = logins_begin(logins, address, name, now_ms, &attempt);
	if (wait_ms == 0)
		logins_right(logins, &attempt, now_ms);
	return wait_ms;
}

/* So many that are let through, and none after them. */
static void
assert_guesses(uint64_t address, const char *name, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(guess(address, name), 0);
	assert_in_range(guess(address, name), 1, 1000);
}

static void
after_five_failures_under_a_name_at_an_address_the_wait_doubles_up_to_a_quarter_of_an_hour(
    void **state)
{
	(void)state;
	assert_guesses(HOME, "lan", 5);
	for (int64_t wait_ms = 1000; wait_ms < 900000; wait_ms *= 2) {
		assert_int_equal(guess(HOME, "lan"), wait_ms);
		now_ms += wait_ms;
		assert_int_equal(guess(HOME, "lan"), 0);
	}
	assert_int_equal(guess(HOME, "lan"), 900000);
	now_ms += 900000;
	assert_int_equal(get_in(HOME, "lan"), 0);
	assert_guesses(HOME, "lan", 5); /* all is forgiven */
}

static void
an_address_that_tries_name_after_name_waits_whether_there_are_such_names_or_not(void **state)
{
	(void)state;
	char name[16];
	assert_int_equal(get_in(HOME, "lan"), 0); /* what was right does not count */
	for (unsigned i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "n%u", i);
		assert_int_equal(guess(HOME, name), 0);
	}
	assert_in_range(guess(HOME, "minh"), 1, 1000);
	assert_int_equal(get_in(HOME, "lan"), 0);
	assert_int_equal(get_in(ABROAD, "minh"), 0);
	for (unsigned i = 0; i < 10; i++) { /* and getting in again and again earns nothing */
		assert_int_equal(get_in(HOME, "lan"), 0);
		assert_in_range(guess(HOME, "minh"), 1, 1000);
	}
}

static void
guesses_from_many_addresses_wait_together_and_keep_out_none_who_just_got_in(void **state)
{
	(void)state;
	assert_int_equal(get_in(HOME, "lan"), 0);
	for (uint64_t address = 100; address < 120; address++)
		assert_int_equal(guess(address, "lan"), 0);
	assert_in_range(guess(120, "lan"), 1, 1000);
	assert_in_range(get_in(ABROAD, "lan"), 1, 1000); /* new here: it waits with them */
	assert_int_equal(get_in(HOME, "lan"), 0);
	now_ms += 1000;
	assert_int_equal(get_in(ABROAD, "lan"), 0);
	for (unsigned i = 0; i < 40; i++) { /* a minute at most */
		now_ms += 60000;
		assert_int_equal(guess(200 + i, "lan"), 0);
	}
	assert_in_range(guess(300, "lan"), 30000, 60000);
}

static void
an_attempt_is_taken_back_once_however_often_it_is_said_to_be_right(void **state)
{
	(void)state;
	struct login_try attempt;
	for (unsigned i = 0; i < 19; i++)
		assert_int_equal(guess(100 + i, "lan"), 0);
	assert_int_equal(logins_begin(logins, HOME, "lan", now_ms, &attempt), 0);
	for (unsigned i = 0; i < 5; i++)
		logins_right(logins, &attempt, now_ms);
	assert_int_equal(guess(200, "lan"), 0);
	assert_in_range(guess(201, "lan"), 1, 1000);
}

static void
behind_a_proxy_each_name_waits_by_itself(void **state)
{
	(void)state;
	char name[16];
	assert_guesses(PEERS_SPARED, "lan", 5);
	for (unsigned i = 0; i < 60; i++) {
		snprintf(name, sizeof(name), "n%u", i);
		assert_int_equal(guess(PEERS_SPARED, name), 0);
	}
}

static void
a_name_that_is_too_long_is_cut(void **state)
{
	(void)state;
	char name[300];
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_guesses(HOME, name, 5);
}

static void
a_firm_makes_so_many_tokens_at_once_then_one_in_a_while_and_holds_up_no_other(void **state)
{
	(void)state;
	int64_t now_us = INT64_C(900000000000);
	const int64_t while_us = INT64_C(1000000) * LOGINS_FIRM_MAKE_SECONDS;
	for (unsigned i = 0; i < LOGINS_FIRM_MAKES; i++)
		assert_int_equal(logins_firm_makes(logins, 2, now_us + i), 0);
	uint32_t wait_ms = logins_firm_makes(logins, 2, now_us + 100);
	assert_true(wait_ms > 0 && wait_ms <= 1000 * LOGINS_FIRM_MAKE_SECONDS);
	assert_int_equal(logins_firm_makes(logins, 3, now_us + 100), 0);
	assert_int_equal(logins_firm_makes(logins, 2, now_us + while_us), 0);
	assert_true(logins_firm_makes(logins, 2, now_us + while_us) > 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(
		after_five_failures_under_a_name_at_an_address_the_wait_doubles_up_to_a_quarter_of_an_hour),
	    TEST(an_address_that_tries_name_after_name_waits_whether_there_are_such_names_or_not),
	    TEST(guesses_from_many_addresses_wait_together_and_keep_out_none_who_just_got_in),
	    TEST(an_attempt_is_taken_back_once_however_often_it_is_said_to_be_right),
	    TEST(behind_a_proxy_each_name_waits_by_itself),
	    TEST(a_name_that_is_too_long_is_cut),
	    TEST(a_firm_makes_so_many_tokens_at_once_then_one_in_a_while_and_holds_up_no_other),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
