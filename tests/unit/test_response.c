/* SPDX-License-Identifier: Apache-2.0 */
/* Rates of response: what they are of, and how they print. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "survey/estimate.h"

static void
response_is_counted_by_units_employees_and_items(void **state)
{
	(void)state;
	const struct rate_counts c = {.n = 100, .met = 30, .not_met = 10, .unknown = 10};
	struct response_rates r = response_of(&c, &(struct employee_counts){4000, 3000});
	assert_int_equal(r.unit.num, 50);
	assert_int_equal(r.unit.den, 100);
	assert_int_equal(r.employees.num, 3000);
	assert_int_equal(r.employees.den, 4000);
	assert_int_equal(r.item.num, 10);
	assert_int_equal(r.item.den, 50);
}

/* A million units, each of more employees than there are: of bad registers too. */
static void
any_number_of_employees_makes_a_percentage(void **state)
{
	(void)state;
	const struct rate_counts c = {.n = 1000000, .met = 1000000};
	const struct employee_counts employees = {UINT64_C(200000000000), UINT64_C(150000000000)};
	struct response_rates r = response_of(&c, &employees);
	char text[32];
	percent_print(r.employees, 1, ROUND_HALF_AWAY, false, text);
	assert_string_equal(text, "75.0");
}

/* Below a half of those asked no estimate decides; and all is more than nearly all. */
static void
a_rate_of_response_prints_as_a_half_or_as_all_only_where_it_is(void **state)
{
	(void)state;
	static const struct {
		struct fraction rate;
		const char *text;
	} cases[] = {{{4996, 10000}, "49.96"}, {{5000, 10000}, "50.0"}, {{50004, 100000}, "50.004"},
	    {{9999, 10000}, "99.99"}, {{10000, 10000}, "100.0"}, {{80046, 100000}, "80.0"},
	    {{0, 10000}, "0.0"}, {{0, 0}, ""}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[32];
		percent_print_against(
		    cases[i].rate, response_threshold(cases[i].rate), ROUND_HALF_AWAY, false, text);
		assert_string_equal(text, cases[i].text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(response_is_counted_by_units_employees_and_items),
	    cmocka_unit_test(any_number_of_employees_makes_a_percentage),
	    cmocka_unit_test(a_rate_of_response_prints_as_a_half_or_as_all_only_where_it_is),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
