/* SPDX-License-Identifier: Apache-2.0 */
#include "survey/fieldwork.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void
expect(const struct fraction *rate, enum fieldwork_rate which, uint64_t num, uint64_t den)
{
	assert_int_equal(rate[which].num, num);
	assert_int_equal(rate[which].den, den);
}

static void
each_rate_is_of_the_units_that_its_definition_names(void **state)
{
	(void)state;
	/* not started, in progress, complete, partial, refusal, non-contact, out of scope, unknown
	 */
	const uint64_t units[FIELDWORK_STATES] = {7, 2, 40, 5, 3, 8, 100, 6};
	struct fraction rate[FIELDWORK_RATES];
	fieldwork_rates(units, 51, rate);
	expect(rate, FIELDWORK_RESPONSE, 40, 71);
	expect(rate, FIELDWORK_WITH_PARTIAL, 45, 71);
	expect(rate, FIELDWORK_WITHOUT_UNKNOWN, 40, 65);
	expect(rate, FIELDWORK_CONTACT, 50, 71);
	expect(rate, FIELDWORK_COOPERATION, 40, 50);
	expect(rate, FIELDWORK_REFUSAL, 3, 71);
	expect(rate, FIELDWORK_COVERAGE, 51, 71);
}

static void
units_out_of_scope_alone_make_no_rate(void **state)
{
	(void)state;
	const uint64_t units[FIELDWORK_STATES] = {0, 0, 0, 0, 0, 0, 9, 0};
	struct fraction rate[FIELDWORK_RATES];
	fieldwork_rates(units, 0, rate);
	for (int i = 0; i < FIELDWORK_RATES; i++)
		expect(rate, (enum fieldwork_rate)i, 0, 0);
}

static void
every_rate_has_a_name_and_words_in_both_languages(void **state)
{
	(void)state;
	for (int i = 0; i < FIELDWORK_RATES; i++) {
		const struct fieldwork_info *info = fieldwork_info((enum fieldwork_rate)i);
		assert_non_null(info->name);
		assert_non_null(info->label.vi);
		assert_non_null(info->label.en);
		assert_non_null(info->head.vi);
		assert_non_null(info->head.en);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_rate_is_of_the_units_that_its_definition_names),
	    cmocka_unit_test(units_out_of_scope_alone_make_no_rate),
	    cmocka_unit_test(every_rate_has_a_name_and_words_in_both_languages),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
