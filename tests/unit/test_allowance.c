/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "collector/address.h"
#include "collector/allowance.h"

#define SECOND 1000000

static void
a_bucket_gives_a_burst_and_then_its_rate(void **state)
{
	(void)state;
	const struct allowance_rules rules = {.per_second = 10, .burst = 5};
	struct allowance *t = allowance_new(8, &rules);
	int64_t now = 1000 * (int64_t)SECOND;
	for (int i = 0; i < 5; i++)
		assert_int_equal(allowance_take(t, 1, now), 0);
	assert_int_equal(allowance_take(t, 1, now), 100);
	assert_int_equal(allowance_take(t, 1, now + 60000), 40);
	assert_int_equal(allowance_take(t, 1, now + 99001), 1); /* rounded up */
	assert_int_equal(allowance_take(t, 2, now), 0);         /* another's is full */
	unsigned taken = 0;
	for (int ms = 1; ms <= 10000; ms++)
		taken += allowance_take(t, 1, now + ms * 1000) == 0;
	assert_int_equal(taken, 100);
	for (int i = 0; i < 5; i++)
		assert_int_equal(allowance_take(t, 1, now + 20 * SECOND), 0);
	assert_int_not_equal(allowance_take(t, 1, now + 20 * SECOND), 0);
	allowance_free(t);
}

static void
assert_left(struct allowance *t, uint64_t key, int64_t now, uint64_t tokens, uint64_t full_ms)
{
	struct allowance_left left;
	assert_true(allowance_left(t, key, now, &left));
	assert_int_equal(left.burst, 5);
	assert_int_equal(left.tokens, tokens);
	assert_int_equal(left.full_ms, full_ms);
}

static void
what_is_left_of_a_bucket_can_be_seen_and_is_not_used_up_by_that(void **state)
{
	(void)state;
	struct allowance_left left;
	struct allowance_rules rules = {.per_second = 10, .burst = 5};
	struct allowance *t = allowance_new(8, &rules);
	int64_t now = 1000 * (int64_t)SECOND;
	assert_left(t, 1, now, 5, 0);
	for (uint64_t i = 1; i <= 5; i++) {
		assert_int_equal(allowance_take(t, 1, now), 0);
		assert_left(t, 1, now, 5 - i, 100 * i);
		assert_left(t, 1, now, 5 - i, 100 * i);
	}
	assert_int_not_equal(allowance_take(t, 1, now), 0);
	assert_int_equal(allowance_wait(t, 1, now), 100);
	assert_int_equal(allowance_wait(t, 1, now + 99001), 1);
	assert_int_equal(allowance_wait(t, 1, now + 100000), 0);
	assert_int_equal(allowance_wait(t, 2, now), 0);
	assert_left(t, 1, now + 99000, 0, 401);
	assert_left(t, 1, now + 100000, 1, 400);
	assert_left(t, 1, now + SECOND, 5, 0);
	assert_left(t, 2, now, 5, 0);
	rules.per_second = 0;
	allowance_set(t, &rules);
	assert_false(allowance_left(t, 1, now, &left));
	allowance_free(t);
}

static void
no_rule_is_no_limit_and_a_new_rule_holds_at_once(void **state)
{
	(void)state;
	struct allowance_rules rules = {.burst = 1};
	struct allowance *t = allowance_new(8, &rules);
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(allowance_take(t, 1, 0), 0);
		assert_true(allowance_hold(t, 1));
	}
	rules = (struct allowance_rules){.held_max = 1000, .per_second = 1, .burst = 1};
	allowance_set(t, &rules);
	assert_false(allowance_hold(t, 1));
	assert_int_equal(allowance_take(t, 1, SECOND), 0);
	assert_int_equal(allowance_take(t, 1, SECOND), 1000);
	allowance_free(t);
}

static void
what_is_held_is_counted_for_each_key(void **state)
{
	(void)state;
	const struct allowance_rules rules = {.held_max = 2, .burst = 1};
	struct allowance *t = allowance_new(8, &rules);
	assert_true(allowance_hold(t, 1));
	assert_true(allowance_hold(t, 1));
	assert_false(allowance_hold(t, 1));
	assert_true(allowance_hold(t, 2));
	allowance_release(t, 1);
	assert_true(allowance_hold(t, 1));
	assert_false(allowance_hold(t, 1));
	allowance_free(t);
}

static void
of_too_many_keys_the_one_quiet_longest_is_forgotten_but_none_that_holds(void **state)
{
	(void)state;
	const struct allowance_rules rules = {.held_max = 1, .per_second = 1, .burst = 1};
	struct allowance *t = allowance_new(4, &rules);
	assert_true(allowance_hold(t, 100));
	for (uint64_t key = 1; key <= 3; key++)
		assert_int_equal(allowance_take(t, key, SECOND), 0);
	assert_int_not_equal(allowance_take(t, 1, SECOND), 0); /* known, and the newest now */
	assert_int_equal(allowance_take(t, 4, SECOND), 0);     /* in the place of 2 */
	assert_int_not_equal(allowance_take(t, 1, SECOND), 0);
	assert_int_not_equal(allowance_take(t, 3, SECOND), 0);
	assert_int_equal(allowance_take(t, 2, SECOND), 0);
	for (uint64_t key = 1000; key < 2000; key++)
		allowance_take(t, key, SECOND);
	assert_false(allowance_hold(t, 100));
	allowance_free(t);
}

static void
with_every_place_held_no_further_key_holds_and_none_waits(void **state)
{
	(void)state;
	const struct allowance_rules rules = {.held_max = 9, .per_second = 1, .burst = 1};
	struct allowance *t = allowance_new(2, &rules);
	assert_true(allowance_hold(t, 1));
	assert_true(allowance_hold(t, 2));
	assert_false(allowance_hold(t, 3));
	assert_int_equal(allowance_take(t, 3, SECOND), 0);
	allowance_release(t, 3);
	allowance_release(t, 1);
	assert_true(allowance_hold(t, 3));
	allowance_free(t);
}

/* The same told by arrays, without lists and chains. */
static void
random_use_agrees_with_plain_counts(void **state)
{
	(void)state;
	enum { KEYS = 40, HELD_MAX = 3 };
	const struct allowance_rules rules = {.held_max = HELD_MAX, .per_second = 100, .burst = 7};
	struct allowance *t = allowance_new(KEYS, &rules);
	unsigned held[KEYS] = {0};
	int64_t full[KEYS] = {0}, now = SECOND;
	srand(57);
	for (int i = 0; i < 200000; i++) {
		unsigned key = (unsigned)rand() % KEYS;
		now += rand() % 500;
		switch (rand() % 3) {
		case 0:
			assert_int_equal(allowance_hold(t, key), held[key] < HELD_MAX);
			held[key] += held[key] < HELD_MAX;
			break;
		case 1:
			if (held[key] > 0) {
				allowance_release(t, key);
				held[key]--;
			}
			break;
		default: {
			int64_t from = full[key] > now ? full[key] : now;
			bool has_one = from + 10000 - now <= 70000;
			assert_int_equal(allowance_take(t, key, now) == 0, has_one);
			if (has_one)
				full[key] = from + 10000;
		}
		}
	}
	allowance_free(t);
}

static uint64_t
key_of(const char *text)
{
	struct sockaddr_storage address;
	socklen_t bytes;
	assert_true(address_parse(text, &address, &bytes));
	return address_key(&address);
}

static void
a_peer_is_an_ipv4_address_or_a_network_of_64_bits(void **state)
{
	(void)state;
	assert_int_equal(key_of("192.0.2.7:1"), key_of("192.0.2.7:2"));
	assert_int_not_equal(key_of("192.0.2.7:1"), key_of("192.0.2.8:1"));
	assert_int_equal(key_of("[::ffff:192.0.2.7]:1"), key_of("192.0.2.7:2"));
	assert_int_equal(key_of("[2001:db8:0:1::1]:1"), key_of("[2001:db8:0:1:ffff::2]:1"));
	assert_int_not_equal(key_of("[2001:db8:0:1::1]:1"), key_of("[2001:db8:0:2::1]:1"));
	assert_int_not_equal(key_of("[::1]:1"), 0);
	assert_int_not_equal(key_of("0.0.0.0:1"), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_bucket_gives_a_burst_and_then_its_rate),
	    cmocka_unit_test(what_is_left_of_a_bucket_can_be_seen_and_is_not_used_up_by_that),
	    cmocka_unit_test(no_rule_is_no_limit_and_a_new_rule_holds_at_once),
	    cmocka_unit_test(what_is_held_is_counted_for_each_key),
	    cmocka_unit_test(
		of_too_many_keys_the_one_quiet_longest_is_forgotten_but_none_that_holds),
	    cmocka_unit_test(with_every_place_held_no_further_key_holds_and_none_waits),
	    cmocka_unit_test(random_use_agrees_with_plain_counts),
	    cmocka_unit_test(a_peer_is_an_ipv4_address_or_a_network_of_64_bits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
