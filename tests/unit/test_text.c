/* SPDX-License-Identifier: Apache-2.0 */
#include "survey/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <utf8proc.h>

/* Checks a heap copy of exactly these bytes, so that the sanitizer sees an over-read. */
static enum text_status
check(const char *bytes, size_t n, size_t max_chars, bool multiline)
{
	char *copy = malloc(n ? n : 1);
	assert_non_null(copy);
	memcpy(copy, bytes, n);
	enum text_status status = text_check(copy, n, max_chars, multiline);
	free(copy);
	return status;
}

static enum text_status
check_string(const char *text)
{
	return check(text, strlen(text), 100, false);
}

static void
vietnamese_and_other_text_in_form_c_is_well(void **state)
{
	(void)state;
	assert_int_equal(check("", 0, 0, false), TEXT_OK);
	assert_int_equal(check_string("plain"), TEXT_OK);
	assert_int_equal(check_string("Công ty “Hoành Sơn” – kỹ thuật số…"), TEXT_OK);
	assert_int_equal(check_string("日本語 한국어 ไทย العربية 😀"), TEXT_OK);
	assert_int_equal(check_string("x\xCC\xB3"), TEXT_OK); /* a mark that joins nothing */
}

static void
what_form_c_would_change_is_found(void **state)
{
	(void)state;
	assert_int_equal(check_string("ha\xCC\x80"), TEXT_NOT_NFC);        /* a, grave */
	assert_int_equal(check_string("\xCC\x80 a"), TEXT_OK);             /* a grave first */
	assert_int_equal(check_string("\xC3\xA2\xCC\xA3"), TEXT_NOT_NFC);  /* â, dot below */
	assert_int_equal(check_string("x\xCC\x81\xCC\xA3"), TEXT_NOT_NFC); /* marks out of order */
	assert_int_equal(check_string("\xE2\x84\xAB"), TEXT_NOT_NFC);      /* the angstrom sign */
	assert_int_equal(check_string("\xE1\x84\x80\xE1\x85\xA1"), TEXT_NOT_NFC); /* Hangul parts */
	assert_int_equal(check_string("\xE0\xA5\x98"), TEXT_NOT_NFC); /* excluded composite */
	assert_int_equal(check_string("good, but then e\xCC\x82"), TEXT_NOT_NFC);
}

static void
a_long_run_of_marks_is_judged_too(void **state)
{
	(void)state;
	char text[4002] = "q";
	size_t n = 1;
	for (; n < 4001; n += 2)
		memcpy(text + n, "\xCC\xB3", 2);
	assert_int_equal(check(text, n, 4000, false), TEXT_OK);
	memcpy(text + n - 2, "\xCC\xA1", 2);
	assert_int_equal(check(text, n, 4000, false), TEXT_NOT_NFC);
}

static void
bytes_that_are_not_utf8_are_found(void **state)
{
	(void)state;
	static const char *const bad[] = {"\x80", "\xC3", "\xC3(", "\xC0\xAF", "\xE0\x80\xAF",
	    "\xED\xA0\x80", "\xF0\x80\x80\xAF", "\xF4\x90\x80\x80", "\xF8\x88\x80\x80\x80", "\xFF",
	    "a\xE1\xBB", "\xF0\x9F\x98"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(check_string(bad[i]), TEXT_UTF8);
}

static void
control_characters_are_found_and_lf_only_in_long_text_is_not(void **state)
{
	(void)state;
	assert_int_equal(check("a\0b", 3, 10, true), TEXT_CONTROL);
	assert_int_equal(check("a\tb", 3, 10, true), TEXT_CONTROL);
	assert_int_equal(check("a\rb", 3, 10, true), TEXT_CONTROL);
	assert_int_equal(check("a\x7F", 2, 10, true), TEXT_CONTROL);
	assert_int_equal(check("\xC2\x85", 2, 10, true), TEXT_CONTROL);
	assert_int_equal(check("a\nb", 3, 10, true), TEXT_OK);
	assert_int_equal(check("a\nb", 3, 10, false), TEXT_CONTROL);
}

static void
length_is_counted_in_characters(void **state)
{
	(void)state;
	assert_int_equal(check("ởởở", 9, 3, false), TEXT_OK);
	assert_int_equal(check("ởởở", 9, 2, false), TEXT_TOO_LONG);
	assert_int_equal(check("a", 1, 0, false), TEXT_TOO_LONG);
}

/* Form C of one text by utf8proc alone. */
static bool
is_nfc(const char *text, size_t n)
{
	char ended[64];
	memcpy(ended, text, n);
	ended[n] = '\0';
	char *nfc = text_to_nfc(ended);
	bool same = nfc && strcmp(nfc, ended) == 0;
	free(nfc);
	return same;
}

static void
every_character_alone_and_behind_a_letter_is_judged_as_utf8proc_does(void **state)
{
	(void)state;
	for (int32_t c = 0xA0; c <= 0x10FFFF; c++) {
		char text[8] = "o";
		if (c >= 0xD800 && c < 0xE000)
			continue;
		size_t n = 1 + (size_t)utf8proc_encode_char(c, (utf8proc_uint8_t *)text + 1);
		enum text_status wanted = is_nfc(text, n) ? TEXT_OK : TEXT_NOT_NFC;
		assert_int_equal(text_check(text, n, 2, false), wanted);
		wanted = is_nfc(text + 1, n - 1) ? TEXT_OK : TEXT_NOT_NFC;
		assert_int_equal(text_check(text + 1, n - 1, 1, false), wanted);
	}
}

static bool
is_utf8(const char *text, size_t n)
{
	while (n > 0) {
		utf8proc_int32_t c;
		utf8proc_ssize_t used =
		    utf8proc_iterate((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)n, &c);
		if (used <= 0)
			return false;
		text += used;
		n -= (size_t)used;
	}
	return true;
}

/* Three bytes, each of all values that matter to it, and every beginning of them. A control
 * character that comes first is what is named. */
static void
bytes_are_utf8_where_utf8proc_says_so(void **state)
{
	(void)state;
	static const char tail[] = "A\x7F\x80\x9F\xA0\xBF\xC0\xFF";
	for (unsigned pair = 0; pair < 0x10000; pair++) {
		for (const char *last = tail; *last; last++) {
			char text[] = {(char)(pair >> 8), (char)pair, *last};
			for (size_t n = 1; n <= sizeof(text); n++) {
				enum text_status status = check(text, n, 3, false);
				if (status != TEXT_CONTROL)
					assert_int_equal(status != TEXT_UTF8, is_utf8(text, n));
			}
		}
	}
}

static void
random_text_is_judged_as_utf8proc_does(void **state)
{
	(void)state;
	static const char *const piece[] = {"a", "o", "ơ", "â", "ậ", "\xCC\x80", "\xCC\xA3",
	    "\xCC\x9B", "\xCC\x82", "…", "\xE1\x84\x80", "\xE1\x85\xA1", "\xE1\x86\xA8", "한", " ",
	    "\xE0\xBD\xB3", "\xE0\xBD\xB1", "日", "\xCD\x84"};
	unsigned seed = 7, well = 0;
	for (int round = 0; round < 20000; round++) {
		char text[64];
		size_t n = 0;
		for (int i = 0; i < 8; i++) {
			seed = seed * 1664525u + 1013904223u;
			const char *next = piece[(seed >> 8) % (sizeof(piece) / sizeof(piece[0]))];
			memcpy(text + n, next, strlen(next));
			n += strlen(next);
		}
		bool nfc = is_nfc(text, n);
		well += nfc;
		assert_int_equal(check(text, n, 100, false), nfc ? TEXT_OK : TEXT_NOT_NFC);
	}
	assert_true(well > 500 && well < 19500);
}

static void
what_is_quoted_can_be_printed(void **state)
{
	(void)state;
	char out[16];
	assert_int_equal(text_quote(out, sizeof(out), "Hà Tĩnh", 9), 9);
	assert_string_equal(out, "Hà Tĩnh");
	text_quote(out, sizeof(out), "a\x1B[m\0b", 6);
	assert_string_equal(out, "a\\u001b[m…");
	text_quote(out, sizeof(out),
	    "a\xFF"
	    "b",
	    3);
	assert_string_equal(out, "a\\xffb");
	text_quote(out, sizeof(out),
	    "\xE2\x80\xAE"
	    "abc",
	    6);
	assert_string_equal(out, "\\u202eabc");
	text_quote(out, sizeof(out), "123456789012345", 15);
	assert_string_equal(out, "123456789012345");
	text_quote(out, sizeof(out), "1234567890123456", 16);
	assert_string_equal(out, "123456789012…");
	text_quote(out, sizeof(out), "ởởởởởởởởởởởở", 36);
	assert_string_equal(out, "ởởởở…");
	text_quote(out, 4, "ởở", 6);
	assert_string_equal(out, "…");
	assert_int_equal(text_quote(out, 4, "", 0), 0);
	assert_string_equal(out, "");
}

static void
anything_quoted_into_any_room_is_valid_text(void **state)
{
	(void)state;
	unsigned seed = 3;
	for (int round = 0; round < 5000; round++) {
		char bytes[24];
		for (size_t i = 0; i < sizeof(bytes); i++) {
			seed = seed * 1664525u + 1013904223u;
			bytes[i] = (char)(seed >> 16);
		}
		size_t cap = 4 + seed % 60;
		char *out = malloc(cap);
		assert_non_null(out);
		size_t n = text_quote(out, cap, bytes, sizeof(bytes));
		assert_true(n < cap && strlen(out) == n);
		enum text_status status = text_check(out, n, cap, false);
		assert_true(status == TEXT_OK || status == TEXT_NOT_NFC);
		free(out);
	}
}

static void
a_byte_is_judged_alike_wherever_it_stands(void **state)
{
	(void)state;
	for (size_t n = 1; n <= 20; n++)
		for (size_t at = 0; at < n; at++)
			for (unsigned byte = 0; byte < 0x100; byte++) {
				char *text = malloc(n); /* just so many: an over-read is seen */
				assert_non_null(text);
				memset(text, at % 2 ? '~' : ' ', n);
				text[at] = (char)byte;
				enum text_status wanted = byte >= 0x80 ? TEXT_UTF8
							  : byte < 0x20 || byte == 0x7F
							      ? TEXT_CONTROL
							      : TEXT_OK;
				assert_int_equal(text_check(text, n, n, false), wanted);
				enum text_status short_by_one =
				    wanted == TEXT_OK ? TEXT_TOO_LONG : wanted;
				assert_int_equal(text_check(text, n, n - 1, false), short_by_one);
				free(text);
			}
}

static void
clients_turn_what_people_type_into_form_c(void **state)
{
	(void)state;
	char *nfc = text_to_nfc("Ha\xCC\x80 Ti\xCC\x83nh");
	assert_string_equal(nfc, "Hà Tĩnh");
	free(nfc);
	assert_null(text_to_nfc("\xFF"));
}

static void
each_rule_has_words_in_both_languages(void **state)
{
	(void)state;
	for (int status = TEXT_OK; status <= TEXT_MEMORY; status++) {
		assert_true(strlen(text_rule_en((enum text_status)status)) > 5);
		assert_true(strlen(text_rule_vi((enum text_status)status)) > 5);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(vietnamese_and_other_text_in_form_c_is_well),
	    cmocka_unit_test(what_form_c_would_change_is_found),
	    cmocka_unit_test(a_long_run_of_marks_is_judged_too),
	    cmocka_unit_test(bytes_that_are_not_utf8_are_found),
	    cmocka_unit_test(control_characters_are_found_and_lf_only_in_long_text_is_not),
	    cmocka_unit_test(length_is_counted_in_characters),
	    cmocka_unit_test(every_character_alone_and_behind_a_letter_is_judged_as_utf8proc_does),
	    cmocka_unit_test(bytes_are_utf8_where_utf8proc_says_so),
	    cmocka_unit_test(random_text_is_judged_as_utf8proc_does),
	    cmocka_unit_test(what_is_quoted_can_be_printed),
	    cmocka_unit_test(anything_quoted_into_any_room_is_valid_text),
	    cmocka_unit_test(a_byte_is_judged_alike_wherever_it_stands),
	    cmocka_unit_test(clients_turn_what_people_type_into_form_c),
	    cmocka_unit_test(each_rule_has_words_in_both_languages),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
