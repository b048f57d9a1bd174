/* SPDX-License-Identifier: Apache-2.0 */
/* What others say in English, said in Vietnamese. */
#include "client/words.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void
errors_of_the_system_are_said_in_the_language_asked_for(void **state)
{
	(void)state;
	assert_string_equal(words_errno(LANGUAGE_VI, ENOSPC), "đĩa đã đầy");
	assert_string_equal(words_errno(LANGUAGE_EN, ENOSPC), strerror(ENOSPC));
	assert_string_equal(words_errno(LANGUAGE_VI, ELOOP), strerror(ELOOP));
}

static void
errors_of_json_keep_their_place(void **state)
{
	(void)state;
	static const struct {
		const char *json, *vi;
	} bad[] = {
	    {"{\"a\": 1, \"a\": 2}", "một khóa có hai lần, gần '\"a\"'"},
	    {"{\"a\": \"\\u0000\"}", "có ký tự NUL, gần '\"\\u0000\"'"},
	    {"{\"a\": 99999999999999999999}", "số quá lớn, gần '99999999999999999999'"},
	    {"{\"a\":", "tệp kết thúc giữa chừng"},
	    {"{} x", "thừa nội dung sau khi đã hết, gần 'x'"},
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		json_error_t error;
		char words[JSON_ERROR_TEXT_LENGTH + 64];
		assert_null(json_loads(bad[i].json, JSON_REJECT_DUPLICATES, &error));
		words_json(LANGUAGE_VI, &error, words, sizeof(words));
		assert_string_equal(words, bad[i].vi);
		words_json(LANGUAGE_EN, &error, words, sizeof(words));
		assert_string_equal(words, error.text);
	}
}

static void
reasons_keep_what_they_name(void **state)
{
	(void)state;
	char words[160];
	words_answer(LANGUAGE_VI, "unknown choice \"XX\"", words, sizeof(words));
	assert_string_equal(words, "không có lựa chọn \"XX\"");
	words_answer(LANGUAGE_VI, "choice \"X\" is there twice", words, sizeof(words));
	assert_string_equal(words, "lựa chọn \"X\" có hai lần");
	words_answer(LANGUAGE_VI, "must be 0 to 2147483647", words, sizeof(words));
	assert_string_equal(words, "phải từ 0 đến 2147483647");
	words_answer(LANGUAGE_VI, "something new", words, sizeof(words));
	assert_string_equal(words, "something new");
	words_answer(LANGUAGE_EN, "is too large", words, sizeof(words));
	assert_string_equal(words, "is too large");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(errors_of_the_system_are_said_in_the_language_asked_for),
	    cmocka_unit_test(errors_of_json_keep_their_place),
	    cmocka_unit_test(reasons_keep_what_they_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
