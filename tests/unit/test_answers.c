/* SPDX-License-Identifier: Apache-2.0 */
/* What answers_decode refuses, what it finds, and what it takes. */
#include "survey/answers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/answers_rig.h"
#include "tests/support/survey_group.h"

static void
expect_malformed(struct bytes message, const char *reason)
{
	struct decoded decoded;
	decode_bytes(d, message.at, message.n, &decoded);
	assert_int_equal(decoded.status, ANSWERS_MALFORMED);
	assert_non_null(strstr(decoded.reason, reason));
	decoded_free(&decoded);
}

/* Decoded without any finding. */
static void
expect_well(struct bytes message)
{
	struct decoded decoded;
	decode_bytes(d, message.at, message.n, &decoded);
	assert_int_equal(decoded.status, ANSWERS_OK);
	assert_int_equal(decoded.findings.total, 0);
	decoded_free(&decoded);
}

/* Exactly one finding; the answer of its question is don't know to the rules. */
static void
expect_found(struct bytes message, const char *question, const char *check, const char *value)
{
	struct decoded decoded;
	decode_bytes(d, message.at, message.n, &decoded);
	assert_int_equal(decoded.status, ANSWERS_OK);
	assert_int_equal(decoded.findings.total, 1);
	assert_true(mini_found(d, &decoded.findings, question, check));
	assert_string_equal(decoded.findings.finding[0].value, value);
	if (question) {
		const struct answer *answer = &decoded.answers.answer[mini_question(d, question)];
		assert_int_equal(answer->state, ANSWER_DONT_KNOW);
		assert_true(answer->mask == 0 && answer->text.n == 0);
	}
	decoded_free(&decoded);
}

static void
each_type_of_answer_is_taken(void **state)
{
	(void)state;
	struct bytes message = answer_of("B01", choices_of("Y X"));
	message = joined(message, answer_of("B02", text_field(3, "Y")));
	message = joined(message, answer_of("B03", number_field(6, 1)));
	message = joined(message, answer_of("B04", text_field(5, "Hà Tĩnh")));
	message = joined(message, answer_of("H04", number_field(2, 9)));
	message = joined(message, answer_of("G03", number_field(2, 250)));
	message = joined(message, confirmed_of("S_ZERO", "thuê"));
	message = joined(message, number_field(3, 77));
	struct decoded x;
	decode_bytes(d, message.at, message.n, &x);
	const struct answer *a = x.answers.answer;
	assert_int_equal(x.status, ANSWERS_OK);
	assert_int_equal(x.findings.total, 0);
	assert_int_equal(a[mini_question(d, "B01")].mask, 3);
	assert_int_equal(a[mini_question(d, "B02")].mask, 2);
	assert_int_equal(a[mini_question(d, "B03")].state, ANSWER_DONT_KNOW);
	assert_int_equal(a[mini_question(d, "B04")].text.n, strlen("Hà Tĩnh"));
	assert_int_equal(a[mini_question(d, "H04")].number, -5);
	assert_int_equal(a[mini_question(d, "G03")].number, 125);
	assert_int_equal(a[mini_question(d, "H02")].state, ANSWER_BLANK);
	assert_int_equal(x.answers.confirmations, 1);
	assert_true(answers_confirm(&x.answers, (size_t)mini_check(d, "S_ZERO")));
	assert_false(answers_confirm(&x.answers, (size_t)mini_check(d, "S_FAST")));
	assert_int_equal(x.answers.seconds, 77);
	decoded_free(&x);
}

static void
no_bytes_are_no_answers(void **state)
{
	(void)state;
	struct decoded x;
	decode_bytes(d, NULL, 0, &x);
	assert_int_equal(x.status, ANSWERS_OK);
	assert_int_equal(x.answers.seconds, -1);
	assert_int_equal(x.answers.confirmations, 0);
	for (size_t i = 0; i < d->questions; i++)
		assert_int_equal(x.answers.answer[i].state, ANSWER_BLANK);
	decoded_free(&x);
}

static void
what_is_no_answers_message_is_refused_with_a_reason(void **state)
{
	(void)state;
	struct bytes good = answer_of("B03", text_field(3, "YES"));
	struct bytes number = number_field(2, 60);
	expect_malformed(bytes_of("\x0A", 1), "length");
	expect_malformed(bytes_of("\x0A\x05\x0A", 3), "length");
	expect_malformed(bytes_of("\x18\xFF", 2), "length");
	expect_malformed(bytes_of("\x18\x80\x00", 3), "not valid");
	expect_malformed(bytes_of("\x18\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x02", 11), "not valid");
	expect_malformed(bytes_of("\x18\x80\x80\x80\x80\x10", 6), "seconds");
	expect_malformed(bytes_of("\x98\x00\x01", 3), "tag");
	expect_malformed(bytes_of("\x00\x01", 2), "tag");
	expect_malformed(bytes_of("\x0B\x0C", 2), "tag"); /* a group */
	expect_malformed(joined(good, bytes_of("\x20\x01", 2)), "does not have");
	expect_malformed(joined(good, bytes_of("\xFF", 1)), "tag");
	expect_malformed(text_field(3, "60"), "wire type");
	expect_malformed(bytes_of("\x1D\x01\x00\x00\x00", 5), "wire type");
	expect_malformed(number_field(1, 1), "wire type");
	expect_malformed(joined(number_field(3, 1), number_field(3, 1)), "twice");
	expect_malformed(joined(good, good), "answered twice");
	expect_malformed(answer_of("F01", joined(number, text_field(5, "x"))), "two values");
	expect_malformed(answer_of("F01", joined(number, number)), "twice");
	expect_malformed(answer_of("F01", text_field(8, "x")), "does not have");
	expect_malformed(answer_of("F01", text_field(2, "60")), "wire type");
	expect_malformed(answer_of("F01", number_field(6, 0)), "dont_know");
	expect_malformed(answer_of("F01", number_field(6, 2)), "dont_know");
	expect_malformed(answer_of("F01", (struct bytes){.n = 0}), "without a value");
	expect_malformed(answer_of("B01", text_field(7, "x")), "without a value");
	expect_malformed(answer_of("", number), "without a question");
	expect_malformed(bytes_field(1, number), "without a question");
	expect_malformed(answer_of("B01", choices_of("")), "without a code");
	expect_malformed(answer_of("ZZZ", choices_of("")), "without a code");
	expect_malformed(answer_of("B01", bytes_field(4, text_field(2, "X"))), "does not have");
	expect_malformed(answer_of("B01", bytes_field(4, number_field(1, 1))), "wire type");
	expect_malformed(bytes_field(2, text_field(2, "x")), "without a check");
	expect_malformed(joined(confirmed_of("S_ZERO", "x"), confirmed_of("S_ZERO", "x")), "twice");
	expect_malformed(bytes_field(2, text_field(3, "x")), "does not have");
}

static void
more_than_64_kib_is_refused(void **state)
{
	(void)state;
	struct decoded x;
	uint8_t *large = calloc(1, ANSWERS_BYTES_MAX + 1);
	assert_non_null(large);
	decode_bytes(d, large, ANSWERS_BYTES_MAX + 1, &x);
	assert_int_equal(x.status, ANSWERS_MALFORMED);
	assert_string_equal(x.reason, "more than 65536 bytes");
	decoded_free(&x);
	free(large);
}

static void
questions_that_take_no_answer_are_found_under_their_code(void **state)
{
	(void)state;
	static const char *const codes[] = {"A01", "P01", "ZZZ", "G05", "b01", "B01 "};
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		struct bytes message = answer_of(codes[i], text_field(5, "x"));
		expect_found(message, NULL, "E_QUESTION", codes[i]);
		struct decoded x;
		decode_bytes(d, message.at, message.n, &x);
		assert_string_equal(x.findings.finding[0].question_code, codes[i]);
		decoded_free(&x);
	}
	struct bytes code = joined(bytes_field(1, bytes_of("B0\0"
							   "1",
						      4)),
	    text_field(5, "x"));
	expect_found(bytes_field(1, code), NULL, "E_QUESTION", "B0\\u00001");
	expect_found(answer_of("A_CODE_THAT_IS_MUCH_LONGER_THAN_CODES_ARE", text_field(5, "x")),
	    NULL, "E_QUESTION", "A_CODE_THAT_IS_MUCH_LONGER_THAN_CODES_ARE");
}

static void
choices_must_be_those_of_the_question(void **state)
{
	(void)state;
	expect_found(answer_of("B03", text_field(3, "MAYBE")), "B03", "E_CHOICE", "MAYBE");
	expect_found(answer_of("B03", text_field(3, "")), "B03", "E_CHOICE", "");
	expect_found(answer_of("B03", text_field(3, "DK")), "B03", "E_CHOICE", "DK");
	expect_found(answer_of("B01", choices_of("X Q")), "B01", "E_CHOICE", "Q");
	expect_found(answer_of("B01", choices_of("DK")), "B01", "E_CHOICE", "DK");
	expect_found(answer_of("B01", choices_of("X X")), "B01", "E_CHOICE", "X");
	expect_found(answer_of("H04", number_field(6, 1)), "H04", "E_CHOICE", "DK");
	expect_well(answer_of("B03", text_field(3, "NO")));
	expect_well(answer_of("B01", choices_of("Z Y X")));
	expect_well(answer_of("H02", number_field(6, 1)));
}

static void
exclusive_choices_stand_alone(void **state)
{
	(void)state;
	expect_found(answer_of("B01", choices_of("X NONE")), "B01", "E_EXCLUSIVE", "X, NONE");
	expect_found(answer_of("B01", choices_of("DK X")), "B01", "E_EXCLUSIVE", "DK");
	expect_found(answer_of("B02", choices_of("X Y")), "B02", "E_EXCLUSIVE", "X, Y");
	expect_found(answer_of("B03", choices_of("YES NO")), "B03", "E_EXCLUSIVE", "YES, NO");
	expect_well(answer_of("B01", choices_of("NONE")));
}

static void
values_must_be_of_the_type_of_the_question(void **state)
{
	(void)state;
	expect_found(answer_of("B01", text_field(3, "X")), "B01", "E_NUMBER", "X");
	expect_found(answer_of("B02", choices_of("X")), "B02", "E_NUMBER", "X");
	expect_found(answer_of("B03", number_field(2, 2)), "B03", "E_NUMBER", "1");
	expect_found(answer_of("B04", number_field(2, 3)), "B04", "E_NUMBER", "-2");
	expect_found(answer_of("H02", text_field(5, "60")), "H02", "E_NUMBER", "60");
	expect_found(answer_of("H02", text_field(3, "X")), "H02", "E_NUMBER", "X");
	expect_found(answer_of("G05_A", choices_of("X Y")), "G05_A", "E_NUMBER", "X");
}

/* sint64 */
static struct bytes
number_of(int64_t number)
{
	return number_field(2, (uint64_t)number << 1 ^ (number < 0 ? UINT64_MAX : 0));
}

static void
numbers_must_be_in_range(void **state)
{
	(void)state;
	expect_well(answer_of("H04", number_of(-5)));
	expect_well(answer_of("H04", number_of(5)));
	expect_found(answer_of("H04", number_of(-6)), "H04", "E_NUMBER", "-6");
	expect_found(answer_of("H04", number_of(6)), "H04", "E_NUMBER", "6");
	expect_found(
	    answer_of("H04", number_of(INT64_MIN)), "H04", "E_NUMBER", "-9223372036854775808");
	expect_found(
	    answer_of("H04", number_of(INT64_MAX)), "H04", "E_NUMBER", "9223372036854775807");
	expect_well(answer_of("H02", number_of(MONEY_MAX)));
	expect_found(
	    answer_of("H02", number_of(MONEY_MAX + 1)), "H02", "E_NUMBER", "1000000000001");
	expect_well(answer_of("G05_A", number_of(100)));
	expect_found(answer_of("G05_A", number_of(101)), "G05_A", "E_PERCENT", "101");
	expect_well(answer_of("G03", number_of(1000)));
	expect_found(answer_of("G03", number_of(1001)), "G03", "E_PERCENT", "100.1");
	expect_found(answer_of("G03", number_of(-1)), "G03", "E_PERCENT", "-0.1");
	expect_well(answer_of("H03", number_of(MINI_REF_YEAR)));
	expect_found(answer_of("H03", number_of(MINI_REF_YEAR + 1)), "H03", "E_NUMBER", "2026");
	expect_found(answer_of("H03", number_of(1989)), "H03", "E_NUMBER", "1989");
}

static void
text_must_be_fit_to_be_stored(void **state)
{
	(void)state;
	struct bytes nul = bytes_field(5, bytes_of("a\0b", 3));
	expect_found(answer_of("B04", text_field(5, "")), "B04", "E_TEXT", "");
	expect_found(answer_of("B04", nul), "B04", "E_TEXT", "a\\u0000b");
	expect_found(answer_of("B04", text_field(5, "a\nb")), "B04", "E_TEXT", "a\\u000ab");
	expect_found(answer_of("B04", text_field(5, "\xFFz")), "B04", "E_TEXT", "\\xffz");
	expect_found(answer_of("B04", text_field(5, "ha\xCC\x80")), "B04", "E_TEXT", "ha\xCC\x80");
	expect_found(
	    answer_of("B04", text_field(5, "12345678901")), "B04", "E_TEXT", "12345678901");
	expect_well(answer_of("B04", text_field(5, "ở23456789ở")));
	expect_well(answer_of("B05", text_field(5, "a\nb")));
	expect_well(answer_of("B05", number_field(6, 1)));
	expect_found(answer_of("B04", number_field(6, 1)), "B04", "E_CHOICE", "DK");
}

static void
other_and_its_text_come_together(void **state)
{
	(void)state;
	struct bytes text = text_field(7, "in lụa"), other = choices_of("X OTHER");
	expect_well(answer_of("B01", joined(other, text)));
	expect_well(answer_of("B01", joined(text, other)));
	expect_well(answer_of("B02", joined(text_field(3, "OTHER"), text)));
	expect_found(answer_of("B01", other), "B01", "E_TEXT", "");
	expect_found(answer_of("B01", joined(other, text_field(7, ""))), "B01", "E_TEXT", "");
	expect_found(
	    answer_of("B01", joined(other, text_field(7, "\t"))), "B01", "E_TEXT", "\\u0009");
	expect_found(answer_of("B01", joined(other, text_field(7, "in\nlụa"))), "B01", "E_TEXT",
	    "in\\u000alụa");
	expect_found(answer_of("B01", joined(choices_of("X"), text)), "B01", "E_TEXT", "in lụa");
	expect_found(
	    answer_of("B01", joined(choices_of("X"), text_field(7, ""))), "B01", "E_TEXT", "");
	expect_found(
	    answer_of("B03", joined(text_field(3, "NO"), text)), "B03", "E_TEXT", "in lụa");
	expect_found(answer_of("H02", joined(number_of(1), text)), "H02", "E_TEXT", "in lụa");
	expect_found(answer_of("B04", joined(text_field(5, "x"), text)), "B04", "E_TEXT", "in lụa");
	expect_found(answer_of("B03", joined(number_field(6, 1), text)), "B03", "E_TEXT", "in lụa");
}

static void
confirmations_name_a_check_and_give_a_reason(void **state)
{
	(void)state;
	expect_well(confirmed_of("S_FAST", "x"));
	expect_well(confirmed_of("E_CORE", "harmless"));
	expect_found(confirmed_of("NO_SUCH", "x"), NULL, "E_QUESTION", "NO_SUCH");
	expect_found(bytes_field(2, text_field(1, "S_FAST")), NULL, "E_TEXT", "S_FAST");
	expect_found(confirmed_of("S_FAST", ""), NULL, "E_TEXT", "S_FAST");
	expect_found(confirmed_of("S_FAST", "a\tb"), NULL, "E_TEXT", "a\\u0009b");
	expect_found(confirmed_of("S_FAST", "a\nb"), NULL, "E_TEXT", "a\\u000ab");
	/* codes as long as they may be, longer, and very long */
	expect_found(confirmed_of("ABCDEFGHIJKLMNOPQRSTUVW", "x"), NULL, "E_QUESTION",
	    "ABCDEFGHIJKLMNOPQRSTUVW");
	expect_found(confirmed_of("ABCDEFGHIJKLMNOPQRSTUVWX", "x"), NULL, "E_QUESTION",
	    "ABCDEFGHIJKLMNOPQRSTUVWX");
	expect_found(confirmed_of("S_FASTS_FASTS_FASTS_FASTS_FASTS_FASTS_FAST", "x"), NULL,
	    "E_QUESTION", "S_FASTS_FASTS_FASTS_FASTS_FASTS_FASTS_FAST");
}

static void
a_reason_is_at_most_500_characters(void **state)
{
	(void)state;
	char reason[REASON_MAX_CHARS + 1];
	struct answers answers = {.seconds = -1, .confirmations = 1};
	memset(reason, 'x', sizeof(reason));
	for (uint32_t extra = 0; extra <= 1; extra++) {
		size_t n = 0;
		struct decoded x;
		answers.confirmed[0] = (struct confirmation){
		    (int16_t)mini_check(d, "S_FAST"), {reason, REASON_MAX_CHARS + extra}};
		uint8_t *bytes = answers_encode(d, &answers, &n);
		assert_non_null(bytes);
		decode_bytes(d, bytes, n, &x);
		assert_int_equal(x.findings.total, extra);
		assert_int_equal(x.answers.confirmations, 1 - extra);
		decoded_free(&x);
		free(bytes);
	}
}

static void
everything_is_found_at_once(void **state)
{
	(void)state;
	struct bytes message =
	    answer_of("B01", joined(choices_of("X Q OTHER NONE"), text_field(7, "")));
	message = joined(message, answer_of("H04", number_of(6)));
	message = joined(message, answer_of("ZZZ", number_of(6)));
	struct decoded x;
	decode_bytes(d, message.at, message.n, &x);
	assert_int_equal(x.findings.total, 5);
	assert_true(mini_found(d, &x.findings, "B01", "E_CHOICE"));
	assert_true(mini_found(d, &x.findings, "B01", "E_EXCLUSIVE"));
	assert_true(mini_found(d, &x.findings, "B01", "E_TEXT"));
	assert_true(mini_found(d, &x.findings, "H04", "E_NUMBER"));
	assert_true(mini_found(d, &x.findings, NULL, "E_QUESTION"));
	decoded_free(&x);
}

static void
findings_beyond_the_limit_are_counted(void **state)
{
	(void)state;
	uint8_t message[4096];
	size_t n = 0;
	for (int i = 0; i < 100; i++) {
		char code[16];
		snprintf(code, sizeof(code), "Z%02d", i);
		struct bytes answer = answer_of(code, number_of(1));
		memcpy(message + n, answer.at, answer.n);
		n += answer.n;
	}
	struct decoded x;
	decode_bytes(d, message, n, &x);
	assert_int_equal(x.findings.n, FINDINGS_MAX);
	assert_int_equal(x.findings.total, 100);
	assert_string_equal(x.findings.finding[FINDINGS_MAX - 1].value, "Z63");
	decoded_free(&x);
}

static void
what_was_found_is_shortened_at_a_character(void **state)
{
	(void)state;
	char long_text[100 + 1] = "";
	for (int i = 0; i < 33; i++)
		strcat(long_text, "ở");
	struct bytes message = answer_of("B03", text_field(3, long_text));
	struct decoded x;
	decode_bytes(d, message.at, message.n, &x);
	const char *value = x.findings.finding[0].value;
	assert_int_equal(strlen(value), 63);
	assert_memory_equal(value, long_text, 60);
	assert_string_equal(value + 60, "…");
	decoded_free(&x);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_type_of_answer_is_taken),
	    cmocka_unit_test(no_bytes_are_no_answers),
	    cmocka_unit_test(what_is_no_answers_message_is_refused_with_a_reason),
	    cmocka_unit_test(more_than_64_kib_is_refused),
	    cmocka_unit_test(questions_that_take_no_answer_are_found_under_their_code),
	    cmocka_unit_test(choices_must_be_those_of_the_question),
	    cmocka_unit_test(exclusive_choices_stand_alone),
	    cmocka_unit_test(values_must_be_of_the_type_of_the_question),
	    cmocka_unit_test(numbers_must_be_in_range),
	    cmocka_unit_test(text_must_be_fit_to_be_stored),
	    cmocka_unit_test(other_and_its_text_come_together),
	    cmocka_unit_test(confirmations_name_a_check_and_give_a_reason),
	    cmocka_unit_test(a_reason_is_at_most_500_characters),
	    cmocka_unit_test(everything_is_found_at_once),
	    cmocka_unit_test(findings_beyond_the_limit_are_counted),
	    cmocka_unit_test(what_was_found_is_shortened_at_a_character),
	};
	return cmocka_run_group_tests(tests, load_mini_survey, unload_survey);
}
