/* SPDX-License-Identifier: Apache-2.0 */
/* The walk by hand against protobuf-c's generated code, and against every broken form of a message.
 */
#include "survey/answers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/khaosat.pb-c.h"
#include "survey/wire.h"
#include "tests/support/answers_rig.h"
#include "tests/support/survey_group.h"

/* One message with a value of each kind, an OTHER, a confirmation and a duration. */
static uint8_t *
full_message(size_t *n)
{
	struct answers all = {.seconds = 640};
	unsigned seed = 11;
	for (bool full = false; !full;) {
		size_t blank = 0;
		mini_answers(d, &seed, &all);
		for (size_t i = 0; i < d->questions; i++)
			blank += all.answer[i].state == ANSWER_BLANK;
		full = blank < 4 && all.confirmations > 1 && all.seconds > 0 &&
		       all.answer[mini_question(d, "B01")].text.n > 0;
	}
	uint8_t *bytes = answers_encode(d, &all, n);
	assert_non_null(bytes);
	return bytes;
}

static void
assert_same_span(struct span a, struct span b)
{
	assert_int_equal(a.n, b.n);
	if (a.n > 0)
		assert_memory_equal(a.bytes, b.bytes, a.n);
}

static void
assert_same_answers(const struct answers *a, const struct answers *b)
{
	for (size_t i = 0; i < d->questions; i++) {
		assert_int_equal(a->answer[i].state, b->answer[i].state);
		assert_true(a->answer[i].mask == b->answer[i].mask);
		assert_true(a->answer[i].number == b->answer[i].number);
		assert_same_span(a->answer[i].text, b->answer[i].text);
	}
	assert_int_equal(a->confirmations, b->confirmations);
	for (size_t i = 0; i < a->confirmations; i++) {
		assert_int_equal(a->confirmed[i].check, b->confirmed[i].check);
		assert_same_span(a->confirmed[i].reason, b->confirmed[i].reason);
	}
	assert_int_equal(a->seconds, b->seconds);
}

static void
what_is_encoded_decodes_to_the_same(void **state)
{
	(void)state;
	unsigned seed = 1;
	for (int round = 0; round < 3000; round++) {
		struct answers answers;
		struct decoded x;
		size_t n;
		mini_answers(d, &seed, &answers);
		uint8_t *bytes = answers_encode(d, &answers, &n);
		assert_non_null(bytes);
		decode_bytes(d, bytes, n, &x);
		assert_int_equal(x.status, ANSWERS_OK);
		assert_int_equal(x.findings.total, 0);
		assert_same_answers(&answers, &x.answers);
		decoded_free(&x);
		free(bytes);
	}
}

/* ------------------------------------------------------------------- against protobuf-c */

static void
assert_text(const char *text, struct span span)
{
	assert_int_equal(strlen(text), span.n);
	assert_memory_equal(text, span.bytes, span.n);
}

static uint64_t
mask_of(const struct question *q, char **codes, size_t n)
{
	uint64_t mask = 0;
	for (size_t i = 0; i < n; i++) {
		int choice = question_find_choice(q, codes[i], strlen(codes[i]));
		assert_true(choice >= 0);
		mask |= UINT64_C(1) << choice;
	}
	return mask;
}

static void
assert_same_answer(const Khaosat__V1__Answer *theirs, const struct answers *answers)
{
	size_t question = mini_question(d, theirs->question);
	const struct question *q = &d->question[question];
	const struct answer *ours = &answers->answer[question];
	bool dk = theirs->value_case == KHAOSAT__V1__ANSWER__VALUE_DONT_KNOW;
	assert_int_equal(ours->state, dk ? ANSWER_DONT_KNOW : ANSWER_VALUE);
	if (theirs->value_case == KHAOSAT__V1__ANSWER__VALUE_NUMBER)
		assert_true(theirs->number == ours->number);
	if (theirs->value_case == KHAOSAT__V1__ANSWER__VALUE_CHOICE)
		assert_true(mask_of(q, (char *[]){theirs->choice}, 1) == ours->mask);
	if (theirs->value_case == KHAOSAT__V1__ANSWER__VALUE_CHOICES)
		assert_true(
		    mask_of(q, theirs->choices->code, theirs->choices->n_code) == ours->mask);
	if (theirs->value_case == KHAOSAT__V1__ANSWER__VALUE_TEXT)
		assert_text(theirs->text, ours->text);
	else
		assert_text(theirs->other, ours->text);
}

static void
the_walk_reads_what_protobuf_c_reads(void **state)
{
	(void)state;
	unsigned seed = 5;
	for (int round = 0; round < 2000; round++) {
		struct answers answers;
		struct decoded x;
		size_t n, blank = 0;
		mini_answers(d, &seed, &answers);
		uint8_t *bytes = answers_encode(d, &answers, &n);
		decode_bytes(d, bytes, n, &x);
		Khaosat__V1__Answers *theirs = khaosat__v1__answers__unpack(NULL, n, bytes);
		assert_non_null(theirs);
		for (size_t i = 0; i < theirs->n_answer; i++)
			assert_same_answer(theirs->answer[i], &x.answers);
		for (size_t i = 0; i < d->questions; i++)
			blank += x.answers.answer[i].state == ANSWER_BLANK;
		assert_int_equal(theirs->n_answer, d->questions - blank);
		assert_int_equal(theirs->n_confirmed, x.answers.confirmations);
		for (size_t i = 0; i < theirs->n_confirmed; i++) {
			const struct confirmation *ours = &x.answers.confirmed[i];
			assert_int_equal(mini_check(d, theirs->confirmed[i]->check), ours->check);
			assert_text(theirs->confirmed[i]->reason, ours->reason);
		}
		assert_int_equal(theirs->seconds, x.answers.seconds < 0 ? 0 : x.answers.seconds);
		khaosat__v1__answers__free_unpacked(theirs, NULL);
		decoded_free(&x);
		free(bytes);
	}
}

static void
what_protobuf_c_writes_in_any_order_is_read(void **state)
{
	(void)state;
	unsigned seed = 9;
	for (int round = 0; round < 1000; round++) {
		struct answers answers;
		struct decoded x;
		size_t n;
		mini_answers(d, &seed, &answers);
		uint8_t *bytes = answers_encode(d, &answers, &n);
		Khaosat__V1__Answers *theirs = khaosat__v1__answers__unpack(NULL, n, bytes);
		assert_non_null(theirs);
		assert_int_equal(khaosat__v1__answers__get_packed_size(theirs), n);
		for (size_t i = theirs->n_answer; i > 1; i--) {
			seed = seed * 1664525u + 1013904223u;
			size_t j = (seed >> 8) % i;
			Khaosat__V1__Answer *swapped = theirs->answer[j];
			theirs->answer[j] = theirs->answer[i - 1];
			theirs->answer[i - 1] = swapped;
		}
		khaosat__v1__answers__pack(theirs, bytes);
		decode_bytes(d, bytes, n, &x);
		assert_int_equal(x.status, ANSWERS_OK);
		assert_same_answers(&answers, &x.answers);
		khaosat__v1__answers__free_unpacked(theirs, NULL);
		decoded_free(&x);
		free(bytes);
	}
}

/* ----------------------------------------------------------------------------- broken */

static void
every_prefix_is_malformed_or_a_message_of_fewer_answers(void **state)
{
	(void)state;
	size_t n, well = 0;
	uint8_t *bytes = full_message(&n);
	for (size_t prefix = 0; prefix < n; prefix++) {
		struct decoded x;
		decode_bytes(d, bytes, prefix, &x);
		well += x.status == ANSWERS_OK;
		decoded_free(&x);
	}
	/* it can only be cut between the fields of the outermost message */
	Khaosat__V1__Answers *theirs = khaosat__v1__answers__unpack(NULL, n, bytes);
	assert_int_equal(well, theirs->n_answer + theirs->n_confirmed + 1);
	khaosat__v1__answers__free_unpacked(theirs, NULL);
	free(bytes);
}

static void
a_flipped_bit_is_refused_found_or_another_message(void **state)
{
	(void)state;
	size_t n, outcome[3] = {0, 0, 0};
	uint8_t *bytes = full_message(&n);
	for (size_t bit = 0; bit < 8 * n; bit++) {
		struct decoded x, again;
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		decode_bytes(d, bytes, n, &x);
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		bool well = x.status == ANSWERS_OK && x.findings.total == 0;
		outcome[x.status == ANSWERS_MALFORMED ? 0 : well ? 1 : 2]++;
		if (well) {
			size_t m;
			uint8_t *encoded = answers_encode(d, &x.answers, &m);
			decode_bytes(d, encoded, m, &again);
			assert_int_equal(again.findings.total, 0);
			assert_same_answers(&x.answers, &again.answers);
			decoded_free(&again);
			free(encoded);
		}
		decoded_free(&x);
	}
	assert_true(outcome[0] > 0 && outcome[1] > 0 && outcome[2] > 0);
	free(bytes);
}

static void
random_bytes_do_no_harm(void **state)
{
	(void)state;
	unsigned seed = 2;
	for (int round = 0; round < 20000; round++) {
		uint8_t bytes[48];
		struct decoded x;
		for (size_t i = 0; i < sizeof(bytes); i++) {
			seed = seed * 1664525u + 1013904223u;
			/* small numbers are more often tags and lengths */
			bytes[i] = (uint8_t)(seed & 0x1000 ? seed >> 24 : seed >> 28);
		}
		decode_bytes(d, bytes, seed % sizeof(bytes), &x);
		decoded_free(&x);
	}
}

static void
answers_that_do_not_fit_are_not_encoded(void **state)
{
	(void)state;
	static char text[ANSWERS_BYTES_MAX];
	struct answers answers = {.seconds = -1};
	struct answer *answer = &answers.answer[mini_question(d, "B05")];
	size_t n = 0;
	memset(text, 'x', sizeof(text));
	/* tag and three bytes of length, tag, length and "B05", tag and three bytes of length */
	const uint32_t fits = ANSWERS_BYTES_MAX - 4 - 5 - 4;
	*answer = (struct answer){.state = ANSWER_VALUE, .text = {text, fits}};
	uint8_t *bytes = answers_encode(d, &answers, &n);
	assert_non_null(bytes);
	assert_int_equal(n, ANSWERS_BYTES_MAX);
	free(bytes);
	answer->text.n = fits + 1;
	assert_null(answers_encode(d, &answers, &n));
	answer->text.n = sizeof(text);
	assert_null(answers_encode(d, &answers, &n));
}

static void
no_answers_are_no_bytes(void **state)
{
	(void)state;
	struct answers answers = {.seconds = -1};
	size_t n = 7;
	uint8_t *bytes = answers_encode(d, &answers, &n);
	assert_non_null(bytes);
	assert_int_equal(n, 0);
	free(bytes);
}

/* ------------------------------------------------------------------------- primitives */

static void
varints_of_every_length_come_back(void **state)
{
	(void)state;
	for (unsigned shift = 0; shift < 64; shift++) {
		for (int step = -1; step <= 1; step++) {
			uint64_t value = (UINT64_C(1) << shift) + (uint64_t)(int64_t)step, read = 0;
			uint8_t bytes[WIRE_VARINT_BYTES_MAX];
			struct wire_out out = {bytes, bytes + sizeof(bytes), false};
			wire_put_varint(&out, value);
			assert_false(out.full);
			assert_int_equal(out.at - bytes, wire_varint_size(value));
			struct wire in = {bytes, out.at};
			assert_true(wire_varint(&in, &read));
			assert_true(read == value && in.at == in.end);
			assert_true(wire_zigzag(wire_unzigzag(value)) == value);
			struct wire cut = {bytes, out.at - 1};
			assert_false(wire_varint(&cut, &read));
			assert_true(cut.at == bytes);
			struct wire_out small = {bytes, out.at - 1, false};
			wire_put_varint(&small, value);
			assert_true(small.full && small.at == bytes);
		}
	}
}

static void
varints_over_64_bits_or_longer_than_need_be_are_refused(void **state)
{
	(void)state;
	static const struct {
		uint8_t bytes[11];
		size_t n;
	} bad[] = {
	    {{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x02}, 10},
	    {{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x81, 0x00}, 11},
	    {{0x80, 0x00}, 2},
	    {{0x81, 0x80, 0x00}, 3},
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct wire in = {bad[i].bytes, bad[i].bytes + bad[i].n};
		uint64_t read = 77;
		assert_false(wire_varint(&in, &read));
		assert_true(read == 77 && in.at == bad[i].bytes);
	}
}

static void
a_field_is_skipped_whole_or_not_at_all(void **state)
{
	(void)state;
	uint8_t bytes[] = {0x08, 1, 2, 3, 4, 5, 6, 7, 8};
	struct wire w = {bytes, bytes + 9};
	assert_true(wire_skip(&w, WIRE_VARINT) && w.at == bytes + 1);
	assert_true(wire_skip(&w, WIRE_FIXED64) && w.at == w.end);
	assert_false(wire_skip(&w, WIRE_VARINT));
	w.at = bytes;
	assert_true(wire_skip(&w, WIRE_FIXED32) && w.at == bytes + 4);
	assert_false(wire_skip(&w, WIRE_FIXED64));
	w.at = bytes;
	assert_true(wire_skip(&w, WIRE_BYTES) && w.at == w.end);
	w = (struct wire){bytes, bytes + 8};
	assert_false(wire_skip(&w, WIRE_BYTES));
	assert_true(w.at == bytes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_encoded_decodes_to_the_same),
	    cmocka_unit_test(the_walk_reads_what_protobuf_c_reads),
	    cmocka_unit_test(what_protobuf_c_writes_in_any_order_is_read),
	    cmocka_unit_test(every_prefix_is_malformed_or_a_message_of_fewer_answers),
	    cmocka_unit_test(a_flipped_bit_is_refused_found_or_another_message),
	    cmocka_unit_test(random_bytes_do_no_harm),
	    cmocka_unit_test(answers_that_do_not_fit_are_not_encoded),
	    cmocka_unit_test(no_answers_are_no_bytes),
	    cmocka_unit_test(varints_of_every_length_come_back),
	    cmocka_unit_test(varints_over_64_bits_or_longer_than_need_be_are_refused),
	    cmocka_unit_test(a_field_is_skipped_whole_or_not_at_all),
	};
	return cmocka_run_group_tests(tests, load_mini_survey, unload_survey);
}
