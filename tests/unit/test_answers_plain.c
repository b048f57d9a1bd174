/* SPDX-License-Identifier: Apache-2.0 */
/* The short way through an answer against the long one: an answer whose question is not written
 * first means the same and goes the long way only. */
#include "survey/answers_parts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "survey/whole_answers.h"
#include "tests/support/answers_rig.h"
#include "tests/support/survey_group.h"

static void
copy(struct wire_out *out, const uint8_t *from, const uint8_t *to)
{
	memcpy(out->at, from, (size_t)(to - from));
	out->at += to - from;
}

/* The first field of an Answer behind the others; as it is where there is none. */
static void
turn(struct wire answer, struct wire_out *out)
{
	struct wire rest = answer;
	uint32_t field;
	enum wire_type type;
	if (!wire_tag(&rest, &field, &type) || !wire_skip(&rest, type))
		rest = answer;
	copy(out, rest.at, rest.end);
	copy(out, answer.at, rest.at);
}

/* Every Answer turned; what follows something that is no field stays as it is. */
static void
turn_all(const uint8_t *bytes, size_t n, uint8_t *out)
{
	struct wire rest = {bytes, bytes + n}, span;
	struct wire_out w = {out, out + n, false};
	while (rest.at < rest.end) {
		struct wire before = rest;
		uint32_t field;
		enum wire_type type;
		if (!wire_tag(&rest, &field, &type))
			break;
		bool is_answer = field == ANSWERS_ANSWER && type == WIRE_BYTES;
		if (is_answer ? !wire_bytes(&rest, &span) : !wire_skip(&rest, type)) {
			rest = before;
			break;
		}
		copy(&w, before.at, is_answer ? span.at : rest.at);
		if (is_answer)
			turn(span, &w);
	}
	copy(&w, rest.at, rest.end);
	assert_int_equal(w.at - out, n);
}

static void
assert_same_text(struct span a, struct span b)
{
	assert_int_equal(a.n, b.n);
	assert_int_equal(a.bytes == NULL, b.bytes == NULL);
	if (a.n > 0)
		assert_memory_equal(a.bytes, b.bytes, a.n);
}

static void
assert_same(const struct decoded *a, const struct decoded *b)
{
	assert_int_equal(a->status, b->status);
	if (a->status == ANSWERS_MALFORMED)
		return;
	for (size_t i = 0; i < d->questions; i++) {
		const struct answer *x = &a->answers.answer[i], *y = &b->answers.answer[i];
		assert_int_equal(x->state, y->state);
		assert_true(x->mask == y->mask && x->number == y->number);
		assert_same_text(x->text, y->text);
	}
	assert_int_equal(a->findings.total, b->findings.total);
	for (size_t i = 0; i < a->findings.n; i++) {
		const struct finding *x = &a->findings.finding[i], *y = &b->findings.finding[i];
		assert_true(x->question == y->question && x->check == y->check);
		assert_string_equal(x->question_code, y->question_code);
		assert_string_equal(x->value, y->value);
	}
}

/* Decodes a message and its other form; they must come to the same. */
static void
decode_both(const uint8_t *bytes, size_t n, struct decoded *out)
{
	struct decoded turned;
	uint8_t *other = malloc(n + 1);
	assert_non_null(other);
	turn_all(bytes, n, other);
	decode_bytes(d, bytes, n, out);
	decode_bytes(d, other, n, &turned);
	assert_same(out, &turned);
	decoded_free(&turned);
	free(other);
}

/* Answers of a message that the short way takes. */
static size_t
taken(const uint8_t *bytes, size_t n)
{
	static struct answers answers;
	struct findings findings;
	struct decoder x = {.d = d,
	    .ref_year = MINI_REF_YEAR,
	    .end = (const char *)bytes + n,
	    .out = &answers,
	    .findings = &findings};
	struct wire rest = {bytes, bytes + n}, answer;
	size_t count = 0;
	memset(&answers, 0, sizeof(answers));
	for (;;) {
		count += answers_take_plain(&x, &rest);
		if (rest.at == rest.end || *rest.at != SPAN_TAG(ANSWERS_ANSWER))
			return count;
		rest.at++;
		assert_true(wire_bytes(&rest, &answer));
	}
}

static void
what_is_encoded_goes_the_short_way_and_what_is_turned_does_not(void **state)
{
	(void)state;
	unsigned seed = 17;
	for (int round = 0; round < 500; round++) {
		struct answers answers;
		struct decoded x;
		size_t n, given = 0;
		mini_answers(d, &seed, &answers);
		uint8_t *bytes = answers_encode(d, &answers, &n);
		uint8_t *turned = malloc(n + 1);
		assert_true(bytes != NULL && turned != NULL);
		for (size_t i = 0; i < d->questions; i++)
			given += answers.answer[i].state != ANSWER_BLANK;
		turn_all(bytes, n, turned);
		assert_int_equal(taken(bytes, n), given);
		assert_int_equal(taken(turned, n), 0);
		decode_both(bytes, n, &x);
		assert_int_equal(x.findings.total, 0);
		decoded_free(&x);
		free(turned);
		free(bytes);
	}
}

static void
both_ways_say_the_same_of_bytes_that_were_changed(void **state)
{
	(void)state;
	unsigned seed = 3;
	size_t outcome[3] = {0, 0, 0};
	for (int round = 0; round < 10; round++) {
		struct answers answers;
		size_t n;
		mini_answers(d, &seed, &answers);
		uint8_t *bytes = answers_encode(d, &answers, &n);
		for (size_t bit = 0; bit < 8 * n; bit++) {
			struct decoded x;
			bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
			decode_both(bytes, n, &x);
			bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
			bool found = x.findings.total > 0;
			outcome[x.status == ANSWERS_MALFORMED ? 0 : found ? 1 : 2]++;
			decoded_free(&x);
		}
		free(bytes);
	}
	assert_true(outcome[0] > 100 && outcome[1] > 100 && outcome[2] > 100);
}

static void
expect(struct bytes message, size_t short_way, size_t found)
{
	struct decoded x;
	decode_both(message.at, message.n, &x);
	assert_int_equal(x.status, ANSWERS_OK);
	assert_int_equal(x.findings.total, found);
	decoded_free(&x);
	assert_int_equal(taken(message.at, message.n), short_way);
}

static struct bytes
other_text(size_t n)
{
	struct bytes text = {.n = n};
	memset(text.at, 'x', n);
	return joined(choices_of("OTHER"), bytes_field(7, text));
}

static void
the_short_way_takes_what_is_good_and_nothing_else(void **state)
{
	(void)state;
	const struct bytes yes = text_field(3, "YES"), dk = number_field(6, 1);
	expect(answer_of("B03", yes), 1, 0);
	expect(answer_of("B03", dk), 1, 0);
	expect(answer_of("B03", text_field(3, "YE")), 0, 1);
	expect(answer_of("B03", choices_of("YES")), 0, 1);
	expect(answer_of("B03", text_field(3, "")), 0, 1);
	expect(answer_of("B0", yes), 0, 1);
	expect(answer_of("B03A", yes), 0, 1);
	expect(answer_of("B03B03B03B03", yes), 0, 1);
	expect(answer_of("B01", choices_of("X Y")), 1, 0);
	expect(answer_of("B01", choices_of("NONE")), 1, 0);
	expect(answer_of("B01", choices_of("X X")), 0, 1);
	expect(answer_of("B01", choices_of("X NONE")), 0, 1);
	expect(answer_of("B01", choices_of("X DK")), 0, 1);
	expect(answer_of("B01", choices_of("X ZZZZZZZZZ")), 0, 1);
	expect(answer_of("B01", joined(choices_of("X"), text_field(7, "x"))), 0, 1);
	expect(answer_of("B01", choices_of("OTHER")), 0, 1);
	expect(answer_of("B01", other_text(0)), 0, 1);
	expect(answer_of("B01", other_text(1)), 1, 0);
	expect(answer_of("B01", other_text(100)), 1, 0);
	expect(answer_of("B01", other_text(128)), 0, 0); /* its length has two bytes */
	expect(answer_of("H04", number_field(2, wire_zigzag(-5))), 1, 0);
	expect(answer_of("H04", number_field(2, wire_zigzag(6))), 0, 1);
	expect(answer_of("H04", number_field(2, wire_zigzag(-6))), 0, 1);
	expect(answer_of("H04", dk), 0, 1);
	expect(answer_of("H03", number_field(2, wire_zigzag(MINI_REF_YEAR))), 1, 0);
	expect(answer_of("H03", number_field(2, wire_zigzag(MINI_REF_YEAR + 1))), 0, 1);
	expect(answer_of("H04", joined(number_field(2, 2), text_field(7, "x"))), 0, 1);
	expect(answer_of("B04", text_field(5, "đúng")), 1, 0);
	expect(answer_of("B04", text_field(5, "")), 0, 1);
	expect(answer_of("B04", text_field(5, "\x01")), 0, 1);
}

static void
a_second_answer_is_malformed_either_way(void **state)
{
	(void)state;
	struct decoded x;
	struct bytes one = answer_of("B03", text_field(3, "YES"));
	struct bytes turned = one;
	turn_all(one.at, one.n, turned.at);
	const struct bytes both[] = {
	    joined(one, one), joined(one, turned), joined(turned, one), joined(turned, turned)};
	for (size_t i = 0; i < sizeof(both) / sizeof(both[0]); i++) {
		decode_bytes(d, both[i].at, both[i].n, &x);
		assert_int_equal(x.status, ANSWERS_MALFORMED);
		assert_string_equal(x.reason, "a question is answered twice");
		decoded_free(&x);
	}
}

/* What stands behind it makes no difference. */
static const struct whole_answer *
find_whole(struct bytes message)
{
	uint8_t bytes[WHOLE_ANSWER_BYTES];
	size_t n = message.n - 1; /* without the tag */
	if (n > sizeof(bytes))
		return NULL;
	memset(bytes, 0x1A, sizeof(bytes));
	memcpy(bytes, message.at + 1, n);
	return whole_answers_find(d->whole, bytes, n);
}

/* Whether it is known where it fits, and by no less and no more than all of it. */
static size_t
expect_whole(struct bytes message, size_t question, uint64_t mask)
{
	const struct whole_answer *whole = find_whole(message);
	assert_int_equal(whole != NULL, message.n - 1 <= WHOLE_ANSWER_BYTES);
	if (whole == NULL)
		return 0;
	assert_int_equal(whole->question, question);
	assert_true(whole->mask == mask);
	struct bytes longer = message, shorter = message;
	longer.at[longer.n++] = 0;
	longer.at[1]++;
	shorter.n--;
	shorter.at[1]--;
	assert_null(find_whole(longer));
	assert_null(find_whole(shorter));
	return 1;
}

static void
an_answer_of_one_choice_or_dont_know_is_known_by_its_bytes(void **state)
{
	(void)state;
	size_t known = 0, others = 0;
	for (size_t i = 0; i < d->questions; i++) {
		const struct question *q = &d->question[i];
		struct bytes dk = answer_of(q->code, number_field(6, 1));
		if (q->admits_dk && q->type != QUESTION_LIST)
			known += expect_whole(dk, i, 0);
		else
			assert_null(find_whole(dk));
		for (size_t k = 0; k < q->choices; k++) {
			const char *code = q->choice[k].code;
			struct bytes one =
			    q->type == QUESTION_MULTI ? choices_of(code) : text_field(3, code);
			one = answer_of(q->code, one);
			if ((int)k != q->other_choice)
				known += expect_whole(one, i, UINT64_C(1) << k);
			else
				assert_null(find_whole(one));
			others += (int)k == q->other_choice;
		}
	}
	assert_true(known > 20 && others > 0);
	assert_null(find_whole(answer_of("ZZZ", number_field(6, 1))));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_encoded_goes_the_short_way_and_what_is_turned_does_not),
	    cmocka_unit_test(both_ways_say_the_same_of_bytes_that_were_changed),
	    cmocka_unit_test(the_short_way_takes_what_is_good_and_nothing_else),
	    cmocka_unit_test(a_second_answer_is_malformed_either_way),
	    cmocka_unit_test(an_answer_of_one_choice_or_dont_know_is_known_by_its_bytes),
	};
	return cmocka_run_group_tests(tests, load_mini_survey, unload_survey);
}
