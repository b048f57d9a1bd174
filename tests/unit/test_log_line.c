/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "collector/log_line.h"

#define HEAD "2026-11-26T08:00:00.007Z info"

static char line[LOG_LINE_BYTES + 1];

__attribute__((format(printf, 2, 3))) static const char *
write_line(enum log_format form, const char *format, ...)
{
	const struct timespec time = {.tv_sec = 1795680000, .tv_nsec = 7999999};
	va_list arguments;
	va_start(arguments, format);
	size_t n = log_line(line, form, "info", &time, format, arguments);
	va_end(arguments);
	assert_in_range(n, 1, LOG_LINE_BYTES);
	assert_int_equal(line[n - 1], '\n');
	line[n] = '\0';
	assert_ptr_equal(strchr(line, '\n'), line + n - 1);
	return line;
}

#define TEXT(...) write_line(LOG_FORMAT_TEXT, __VA_ARGS__)
#define JSON(...) write_line(LOG_FORMAT_JSON, __VA_ARGS__)

static json_t *
parse(const char *text)
{
	json_error_t error;
	json_t *object = json_loads(text, JSON_REJECT_DUPLICATES, &error);
	assert_non_null(object);
	return object;
}

static void
a_line_of_text_reads_as_its_format(void **state)
{
	(void)state;
	assert_string_equal(TEXT("stopped"), HEAD " stopped\n");
	assert_string_equal(TEXT("session=%llx refused body=%s held_back=%u", 42ull, "submit", 3u),
	    HEAD " session=2a refused body=submit held_back=3\n");
	assert_string_equal(
	    TEXT("a=%d b=%lld c=%zu d=%lu e=%.3s", -1, -2ll, (size_t)3, 4ul, "abcdef"),
	    HEAD " a=-1 b=-2 c=3 d=4 e=abc\n");
}

static void
the_same_line_is_an_object_in_json(void **state)
{
	(void)state;
	assert_string_equal(JSON("session=%llx refused again body=%s held_back=%u at=%lld", 42ull,
				"submit", 3u, -5ll),
	    "{\"time\":\"2026-11-26T08:00:00.007Z\",\"level\":\"info\",\"event\":\"refused again\","
	    "\"session\":\"2a\",\"body\":\"submit\",\"held_back\":3,\"at\":-5}\n");
	assert_string_equal(JSON("stopped"),
	    "{\"time\":\"2026-11-26T08:00:00.007Z\",\"level\":\"info\",\"event\":\"stopped\"}\n");
}

static const char *const forged[] = {
    "",
    " ",
    "a b=c",
    "x\n2026-11-26T08:00:00.000Z error stopped",
    "x\r\n",
    "\"",
    "\\",
    "x\\\"",
    "\",\"level\":\"error",
    "x\" level=\"error",
    "\x01\x02\x1b[2J\x7f",
    "\xff\xfe",
    "\xc3",
    "\xed\xa0\x80",
    "\xc2\x85\xe2\x80\xa8\xe2\x80\xae",
    "C\xc3\xb4ng ty \xc4\x91i\xe1\xbb\x87n",
};

#define FORGED (sizeof(forged) / sizeof(forged[0]))

/* As a reader takes a line apart: a value ends at a blank, or where its quotes close. */
static size_t
fields_of(const char *text)
{
	size_t fields = 0;
	for (; *text != '\0'; text++) {
		if (*text == '=')
			fields++;
		if (*text != '"')
			continue;
		for (text++; *text != '"'; text++) {
			if (*text == '\\')
				text++;
			assert_int_not_equal(*text, '\0');
		}
	}
	return fields;
}

static void
no_value_forges_a_line_or_a_field_of_text(void **state)
{
	(void)state;
	for (size_t i = 0; i < FORGED; i++) {
		const char *text = TEXT("session=%x name=%s last=%u", 1u, forged[i], 7u);
		assert_int_equal(fields_of(text), 3);
		assert_non_null(strstr(text, " last=7\n"));
		for (const char *c = text; *c != '\n'; c++)
			assert_true((unsigned char)*c >= ' ' && *c != 0x7f);
	}
}

static void
no_value_forges_a_line_or_a_member_of_json(void **state)
{
	(void)state;
	for (size_t i = 0; i < FORGED; i++) {
		json_t *object = parse(JSON("session=%x name=%s last=%u", 1u, forged[i], 7u));
		assert_int_equal(json_object_size(object), 6);
		assert_string_equal(json_string_value(json_object_get(object, "level")), "info");
		assert_string_equal(json_string_value(json_object_get(object, "event")), "");
		assert_int_equal(json_integer_value(json_object_get(object, "last")), 7);
		json_decref(object);
		object = parse(JSON("start %s", forged[i]));
		assert_int_equal(json_object_size(object), 3);
		json_decref(object);
	}
}

static void
what_is_printable_comes_back_as_it_was(void **state)
{
	(void)state;
	static const char name[] = "C\xc3\xb4ng ty \"\xc4\x91i\xe1\xbb\x87n\" \\ a=b";
	json_t *object = parse(JSON("name=%s", name));
	assert_string_equal(json_string_value(json_object_get(object, "name")), name);
	json_decref(object);
	assert_string_equal(TEXT("name=%s", "a b"), HEAD " name=\"a b\"\n");
	assert_string_equal(TEXT("name=%s", "a\nb\xff"), HEAD " name=\"a\\\\u000ab\\\\xff\"\n");
	assert_string_equal(TEXT("start %s", "no file"), HEAD " start \"no file\"\n");
}

static void
a_value_that_is_too_long_is_shortened_and_the_line_stays_whole(void **state)
{
	(void)state;
	size_t n = 100000;
	char *large = malloc(n + 1);
	assert_non_null(large);
	for (int c = 1; c < 256; c += 9) {
		memset(large, c, n);
		large[n] = '\0';
		assert_non_null(
		    TEXT("a=%s b=%s c=%s d=%s e=%s", large, large, large, large, large));
		fields_of(line);
		json_t *object =
		    parse(JSON("%s a=%s b=%s c=%s d=%s", large, large, large, large, large));
		assert_in_range(json_object_size(object), 3, 8);
		json_decref(object);
	}
	free(large);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_line_of_text_reads_as_its_format),
	    cmocka_unit_test(the_same_line_is_an_object_in_json),
	    cmocka_unit_test(no_value_forges_a_line_or_a_field_of_text),
	    cmocka_unit_test(no_value_forges_a_line_or_a_member_of_json),
	    cmocka_unit_test(what_is_printable_comes_back_as_it_was),
	    cmocka_unit_test(a_value_that_is_too_long_is_shortened_and_the_line_stays_whole),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
