/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/tls_tickets.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define BEGIN_MS INT64_C(5000)
#define PERIOD_MS (INT64_C(1000) * TICKET_SECONDS)

static void
a_key_seals_for_a_while_opens_for_as_long_again_and_is_gone(void **state)
{
	struct tickets t;
	struct ticket_key first, second, found;
	(void)state;
	assert_true(tickets_open(&t, BEGIN_MS));
	assert_true(tickets_seal(&t, BEGIN_MS + PERIOD_MS - 1, &first));
	assert_int_equal(
	    tickets_find(&t, BEGIN_MS + PERIOD_MS - 1, first.name, &found), TICKETS_NOW);
	assert_memory_equal(&found, &first, sizeof(found));
	assert_true(tickets_seal(&t, BEGIN_MS + PERIOD_MS, &second));
	assert_memory_not_equal(&second, &first, sizeof(second));
	int64_t late_ms = BEGIN_MS + 2 * PERIOD_MS - 1;
	assert_int_equal(tickets_find(&t, late_ms, first.name, &found), TICKETS_BEFORE);
	assert_memory_equal(&found, &first, sizeof(found));
	assert_int_equal(tickets_find(&t, late_ms + 1, first.name, &found), TICKETS_NONE);
	assert_int_equal(tickets_find(&t, late_ms + 1, second.name, &found), TICKETS_BEFORE);
	tickets_close(&t);
}

static void
a_key_that_was_not_asked_for_in_its_time_opens_nothing(void **state)
{
	struct tickets t;
	struct ticket_key first, found;
	(void)state;
	assert_true(tickets_open(&t, BEGIN_MS));
	assert_true(tickets_seal(&t, BEGIN_MS, &first));
	assert_int_equal(
	    tickets_find(&t, BEGIN_MS + 2 * PERIOD_MS, first.name, &found), TICKETS_NONE);
	tickets_close(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_key_seals_for_a_while_opens_for_as_long_again_and_is_gone),
	    cmocka_unit_test(a_key_that_was_not_asked_for_in_its_time_opens_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
