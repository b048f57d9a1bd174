/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/code.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "proto/digest.h"

static void
a_printed_code_is_four_groups_of_the_alphabet(void **state)
{
	(void)state;
	char text[CODE_PRINTED_BYTES], canonical[CODE_CHARS + 1];
	const uint8_t zeros[10] = {0},
		      counting[10] = {0x00, 0x44, 0x32, 0x14, 0xC7, 0x42, 0x54, 0xB6, 0x35, 0xCF};
	code_print(zeros, text);
	assert_string_equal(text, "0000-0000-0000-0000");
	code_print(counting, text); /* 0, 1, 2, ... 15, five bits each */
	assert_string_equal(text, "0123-4567-89AB-CDEF");
	assert_true(code_canonical(text, canonical));
	assert_string_equal(canonical, "0123456789ABCDEF");
}

static void
what_people_mistype_is_understood(void **state)
{
	(void)state;
	char code[CODE_CHARS + 1] = "";
	assert_true(code_canonical(" oIl0-abcd efgh-jkmn ", code));
	assert_string_equal(code, "0110ABCDEFGHJKMN");
}

static void
every_letter_and_digit_is_understood_but_u(void **state)
{
	(void)state;
	char code[CODE_CHARS + 1] = "";
	assert_true(code_canonical("0123456789abcdef", code));
	assert_string_equal(code, "0123456789ABCDEF");
	assert_true(code_canonical("ghijklmnopqrstvw", code));
	assert_string_equal(code, "GH1JK1MN0PQRSTVW");
	assert_true(code_canonical("GHIJKLMNOPQRSTVW", code));
	assert_string_equal(code, "GH1JK1MN0PQRSTVW");
	assert_true(code_canonical("xyzXYZ0123456789", code));
	assert_string_equal(code, "XYZXYZ0123456789");
	for (int c = 1; c < 0x100; c++) {
		char typed[] = "?000000000000000";
		typed[0] = (char)c;
		bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
		bool is_known = (c >= '0' && c <= '9') || (is_letter && c != 'u' && c != 'U');
		assert_int_equal(code_canonical(typed, code), is_known);
	}
}

static void
what_is_not_a_code_is_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {"", "0123-4567-89AB-CDE", "0123-4567-89AB-CDEFG",
	    "U123-4567-89AB-CDEF", "0123-4567-89AB-CDÉF", "0123_4567_89AB_CDEF"};
	char code[CODE_CHARS + 1] = "untouched";
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(code_canonical(bad[i], code));
	assert_string_equal(code, "untouched");
}

/* Computed with Python's hashlib from the formula in khaosat.proto. */
static void
the_hash_is_the_published_one(void **state)
{
	(void)state;
	uint8_t hash[CODE_HASH_BYTES];
	char hex[2 * CODE_HASH_BYTES + 1];
	code_hash("2025", "3090000014", "0123456789ABCDEF", hash);
	digest_hex(hash, sizeof(hash), hex);
	assert_string_equal(hex, "543ad0485d77e281dbd7d640b35fd249");
}

static void
hashes_are_the_same_only_where_every_bit_is(void **state)
{
	(void)state;
	uint8_t a[CODE_HASH_BYTES], b[CODE_HASH_BYTES];
	memset(a, 0x5A, sizeof(a));
	memcpy(b, a, sizeof(b));
	assert_true(code_hash_is_same(a, b));
	for (unsigned bit = 0; bit < 8 * sizeof(b); bit++) {
		b[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_false(code_hash_is_same(a, b));
		b[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_printed_code_is_four_groups_of_the_alphabet),
	    cmocka_unit_test(what_people_mistype_is_understood),
	    cmocka_unit_test(every_letter_and_digit_is_understood_but_u),
	    cmocka_unit_test(what_is_not_a_code_is_refused),
	    cmocka_unit_test(the_hash_is_the_published_one),
	    cmocka_unit_test(hashes_are_the_same_only_where_every_bit_is),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
