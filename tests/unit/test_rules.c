/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "survey/text.h"

static void
a_rule_is_said_in_vietnamese_whatever_field_it_is_of(void **state)
{
	(void)state;
	assert_string_equal(
	    rule_in_vietnamese("contact.phone", "at most 200 characters"), "nhiều nhất 200 ký tự");
	assert_string_equal(rule_in_vietnamese("contact.phone", text_rule_en(TEXT_NOT_NFC)),
	    text_rule_vi(TEXT_NOT_NFC));
	assert_string_equal(
	    rule_in_vietnamese("set_code.reason", "3 to 200 characters"), "3 đến 200 ký tự");
}

static void
what_nobody_has_put_into_words_stays_as_it_is(void **state)
{
	(void)state;
	assert_string_equal(rule_in_vietnamese("hello.x", "just so"), "just so");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_rule_is_said_in_vietnamese_whatever_field_it_is_of),
	    cmocka_unit_test(what_nobody_has_put_into_words_stays_as_it_is),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
