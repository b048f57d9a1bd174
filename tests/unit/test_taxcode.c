/* SPDX-License-Identifier: Apache-2.0 */
#include "survey/taxcode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void
real_codes_are_valid_and_print_as_they_are(void **state)
{
	(void)state;
	static const char *const valid[] = {"0100233488", "0314409058-002", "0312687878-001",
	    "0100112437", "0100109106", "0100686209", "0101243150", "0300588569", "0100107518",
	    "0104093672", "3090000014", "3090000021", "3090000039", "3090000046", "3090000053",
	    "3090000060", "3090000078", "3090000085",
	    /* the least number of a province, one with a single digit in it, suffixes of each place
	     */
	    "3000000012", "3010000004", "0100112437-001", "0100112437-019", "0100112437-998"};
	for (size_t i = 0; i < sizeof(valid) / sizeof(valid[0]); i++) {
		uint64_t code = 0;
		char text[TAXCODE_TEXT_BYTES];
		assert_int_equal(taxcode_parse(valid[i], &code), TAXCODE_OK);
		assert_int_equal(taxcode_is_dependent(code), strlen(valid[i]) == 14);
		taxcode_print(code, text);
		assert_string_equal(text, valid[i]);
	}
}

static void
blanks_dots_and_a_missing_hyphen_are_forgiven(void **state)
{
	(void)state;
	uint64_t plain = 0, typed = 1;
	assert_int_equal(taxcode_parse("0314409058-002", &plain), TAXCODE_OK);
	assert_int_equal(taxcode_parse(" 0314.409.058 002", &typed), TAXCODE_OK);
	assert_true(plain == typed);
	assert_true(plain == UINT64_C(314409058002));
}

static void
what_is_not_a_tax_code_is_told_apart_from_a_wrong_digit(void **state)
{
	(void)state;
	static const char *const form[] = {"", "123", "01002334881", "0100233488-", "0100233488-1",
	    "01002334-88", "0100233488--001", "010023348A", "0100233488-0012", "-0100233488",
	    "٠١٠٠٢٣٣٤٨٨"};
	static const char *const wrong[] = {"0100233480", "0100000000", "3000000000",
	    "0100233488-000",
	    /* its check digit is right, but the number is none */
	    "3000000005"};
	uint64_t code = 77;
	for (size_t i = 0; i < sizeof(form) / sizeof(form[0]); i++)
		assert_int_equal(taxcode_parse(form[i], &code), TAXCODE_FORM);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(taxcode_parse(wrong[i], &code), TAXCODE_CHECK);
	assert_true(code == 77);
}

/* Every change of one digit and every swap of two neighbours is noticed. */
static void
single_errors_and_neighbour_swaps_are_detected(void **state)
{
	(void)state;
	unsigned tried = 0;
	for (unsigned n = 1; n < 4000; n += 7) {
		uint8_t digits[9] = {3, 0};
		char text[11] = {0};
		for (unsigned i = 8, rest = n * 2477; i >= 2; i--, rest /= 10)
			digits[i] = (uint8_t)(rest % 10);
		unsigned check = taxcode_check_digit(digits);
		if (check == 10)
			continue;
		for (unsigned i = 0; i < 9; i++)
			text[i] = (char)('0' + digits[i]);
		text[9] = (char)('0' + check);
		uint64_t code;
		assert_int_equal(taxcode_parse(text, &code), TAXCODE_OK);
		for (unsigned i = 0; i < 10; i++) {
			char saved = text[i];
			for (char c = '0'; c <= '9'; c++) {
				text[i] = c;
				if (c != saved)
					assert_int_equal(taxcode_parse(text, &code), TAXCODE_CHECK);
			}
			text[i] = saved;
			if (i == 9 || text[i] == text[i + 1])
				continue;
			text[i] = text[i + 1];
			text[i + 1] = saved;
			assert_int_equal(taxcode_parse(text, &code), TAXCODE_CHECK);
			text[i + 1] = text[i];
			text[i] = saved;
			tried++;
		}
	}
	assert_true(tried > 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(real_codes_are_valid_and_print_as_they_are),
	    cmocka_unit_test(blanks_dots_and_a_missing_hyphen_are_forgiven),
	    cmocka_unit_test(what_is_not_a_tax_code_is_told_apart_from_a_wrong_digit),
	    cmocka_unit_test(single_errors_and_neighbour_swaps_are_detected),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
