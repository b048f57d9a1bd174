/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes to requests: each try works on an exact-size heap copy, so that the sanitizer sees a read
 * past the end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "collector/decode.h"
#include "collector/decode_submit.h"

#define BUFFER_BYTES 4096

struct
try {
	struct arena arena;
	uint8_t *bytes;
	void *buffer;
	struct decoded decoded;
	enum decode_status status;
};

static void
decode(struct try *t, const void *bytes, size_t n, size_t budget)
{
	t->bytes = malloc(n > 0 ? n : 1);
	t->buffer = malloc(BUFFER_BYTES);
	assert_non_null(t->bytes);
	assert_non_null(t->buffer);
	memcpy(t->bytes, bytes, n);
	arena_init(&t->arena, t->buffer, BUFFER_BYTES, budget);
	t->status = decode_request(t->bytes, n, &t->arena, &t->decoded);
}

static void
end(struct try *t)
{
	arena_free(&t->arena);
	free(t->bytes);
	free(t->buffer);
}

static size_t
sample(uint8_t out[512])
{
	Khaosat__V1__Request request;
	Khaosat__V1__UnitCredential unit;
	Khaosat__V1__Submit submit;
	uint8_t id[16] = {1};
	char tax_code[] = "3001000009", code[] = "0123456789ABCDEF", round[] = "đợt-1",
	     survey[] = "HT-DT";
	khaosat__v1__request__init(&request);
	khaosat__v1__unit_credential__init(&unit);
	khaosat__v1__submit__init(&submit);
	unit.tax_code = tax_code;
	unit.access_code = code;
	submit.round = round;
	submit.survey_id = survey;
	submit.survey_version = 300;
	submit.instance_id.data = id;
	submit.instance_id.len = sizeof(id);
	submit.answers.data = id;
	submit.answers.len = sizeof(id);
	request.id = 1000000;
	request.version = 1;
	request.credential_case = KHAOSAT__V1__REQUEST__CREDENTIAL_UNIT;
	request.unit = &unit;
	request.body_case = KHAOSAT__V1__REQUEST__BODY_SUBMIT;
	request.submit = &submit;
	assert_in_range(khaosat__v1__request__get_packed_size(&request), 1, 512);
	return khaosat__v1__request__pack(&request, out);
}

static void
a_request_is_decoded_and_its_body_found_as_received(void **state)
{
	(void)state;
	uint8_t bytes[512];
	size_t n = sample(bytes);
	struct try t;
	decode(&t, bytes, n, 0);
	assert_int_equal(t.status, DECODE_OK);
	assert_int_equal(t.decoded.message->id, 1000000);
	assert_string_equal(t.decoded.message->submit->round, "đợt-1");
	assert_ptr_equal(t.decoded.body + t.decoded.body_bytes, t.bytes + n);
	Khaosat__V1__Submit *again =
	    khaosat__v1__submit__unpack(NULL, t.decoded.body_bytes, t.decoded.body);
	assert_non_null(again);
	assert_int_equal(again->survey_version, 300);
	khaosat__v1__submit__free_unpacked(again, NULL);
	end(&t);
}

static void
every_prefix_is_a_smaller_request_or_none(void **state)
{
	(void)state;
	uint8_t bytes[512];
	size_t n = sample(bytes), whole = 0;
	for (size_t i = 0; i < n; i++) {
		struct try t;
		decode(&t, bytes, i, 0);
		assert_true(t.status == DECODE_OK || t.status == DECODE_NOT_A_REQUEST);
		if (t.status == DECODE_OK) {
			assert_int_equal(
			    t.decoded.message->body_case, KHAOSAT__V1__REQUEST__BODY__NOT_SET);
			assert_null(t.decoded.body);
			whole++;
		}
		end(&t);
	}
	assert_int_equal(whole, 4); /* nothing; with an id; a version; a credential */
}

static void
changed_bytes_never_crash_and_bad_text_never_passes(void **state)
{
	(void)state;
	uint8_t bytes[512], bad[512];
	size_t n = sample(bytes);
	uint32_t seed = 1;
	for (unsigned i = 0; i < 20000; i++) {
		memcpy(bad, bytes, n);
		for (unsigned k = 0; k < 1 + i % 3; k++) {
			seed = seed * 1664525 + 1013904223;
			bad[(seed >> 16) % n] = (uint8_t)(seed >> 8);
		}
		struct try t;
		decode(&t, bad, n, 1 << 16);
		assert_true(t.status == DECODE_OK || t.status == DECODE_NOT_A_REQUEST ||
			    t.status == DECODE_BAD_FIELD);
		if (t.status == DECODE_BAD_FIELD)
			assert_true(t.decoded.field[0] != '\0' && t.decoded.rule[0] != '\0');
		end(&t);
	}
}

static void
assert_same_bytes(ProtobufCBinaryData a, ProtobufCBinaryData b)
{
	assert_int_equal(a.len, b.len);
	if (a.len > 0)
		assert_memory_equal(a.data, b.data, a.len);
}

static void
assert_same_submission(const Khaosat__V1__Request *a, const Khaosat__V1__Request *b)
{
	assert_int_equal(a->id, b->id);
	assert_int_equal(a->version, b->version);
	assert_int_equal(a->credential_case, b->credential_case);
	assert_int_equal(a->body_case, b->body_case);
	assert_string_equal(a->unit->tax_code, b->unit->tax_code);
	assert_string_equal(a->unit->access_code, b->unit->access_code);
	assert_string_equal(a->submit->round, b->submit->round);
	assert_string_equal(a->submit->survey_id, b->submit->survey_id);
	assert_int_equal(a->submit->survey_version, b->submit->survey_version);
	assert_same_bytes(a->submit->instance_id, b->submit->instance_id);
	assert_same_bytes(a->submit->deprecated_id, b->submit->deprecated_id);
	assert_same_bytes(a->submit->answers, b->submit->answers);
	assert_int_equal(a->submit->channel, b->submit->channel);
	assert_string_equal(a->submit->tax_code, b->submit->tax_code);
}

/* A field that nobody knows before it sends a request the general way. */
static bool
both_ways_agree(const uint8_t *bytes, size_t n)
{
	static const uint8_t unknown[] = {0xf8, 0x01, 0x00};
	uint8_t longer[512 + sizeof(unknown)];
	struct try by_hand, general;
	memcpy(longer, unknown, sizeof(unknown));
	memcpy(longer + sizeof(unknown), bytes, n);
	decode(&by_hand, bytes, n, 1 << 16);
	decode(&general, longer, n + sizeof(unknown), 1 << 16);
	assert_int_equal(by_hand.status, general.status);
	bool is_submission =
	    by_hand.status == DECODE_OK &&
	    by_hand.decoded.message->body_case == KHAOSAT__V1__REQUEST__BODY_SUBMIT &&
	    by_hand.decoded.message->credential_case == KHAOSAT__V1__REQUEST__CREDENTIAL_UNIT;
	if (is_submission) {
		assert_same_submission(by_hand.decoded.message, general.decoded.message);
		assert_int_equal(by_hand.decoded.body_bytes, general.decoded.body_bytes);
		assert_int_equal(by_hand.decoded.body - by_hand.bytes,
		    general.decoded.body - general.bytes - (ptrdiff_t)sizeof(unknown));
	}
	end(&by_hand);
	end(&general);
	return is_submission;
}

static void
a_submission_is_decoded_by_hand_as_it_is_in_general(void **state)
{
	(void)state;
	uint8_t bytes[512], changed[512];
	size_t n = sample(bytes);
	struct arena arena;
	struct decoded decoded;
	unsigned submissions = 0;
	uint32_t seed = 3;
	uint8_t *buffer = malloc(BUFFER_BYTES);
	assert_non_null(buffer);
	arena_init(&arena, buffer, BUFFER_BYTES, 0);
	assert_true(decode_submit(bytes, n, &arena, &decoded));
	arena_init(&arena, buffer, n, 0);
	assert_false(decode_submit(bytes, n, &arena, &decoded)); /* no memory */
	free(buffer);
	assert_true(both_ways_agree(bytes, n));
	for (size_t at = 0; at < n; at++) {
		for (unsigned value = 0; value < 0x100; value++) {
			memcpy(changed, bytes, n);
			changed[at] = (uint8_t)value;
			submissions += both_ways_agree(changed, n);
		}
	}
	for (unsigned i = 0; i < 20000; i++) { /* pieces moved about: fields twice, in any order */
		memcpy(changed, bytes, n);
		seed = seed * 1664525 + 1013904223;
		size_t from = (seed >> 8) % n, to = (seed >> 17) % n,
		       room = n - (from > to ? from : to);
		memmove(changed + to, changed + from, (seed >> 24) % (room + 1));
		submissions += both_ways_agree(changed, n);
	}
	assert_true(submissions > 10000);
}

static void
fields_of_a_submission_may_come_in_any_order_and_be_left_out(void **state)
{
	(void)state;
	/* answers before the round, then the credential; no id, no version */
	static const uint8_t bytes[] = {
	    0xa2, 1, 7, 0x32, 1, 'x', 0x0a, 2, 'r', '1', 0x1a, 3, 0x0a, 1, 't'};
	struct try t;
	assert_true(both_ways_agree(bytes, sizeof(bytes)));
	decode(&t, bytes, sizeof(bytes), 0);
	assert_string_equal(t.decoded.message->submit->round, "r1");
	assert_string_equal(t.decoded.message->submit->survey_id, "");
	assert_string_equal(t.decoded.message->unit->tax_code, "t");
	assert_int_equal(t.decoded.message->submit->answers.len, 1);
	assert_int_equal(t.decoded.message->id, 0);
	end(&t);
}

static void
an_embedded_nul_is_seen_though_strings_end_there(void **state)
{
	(void)state;
	/* get_survey (11) with round "a\0b" */
	static const uint8_t bytes[] = {0x10, 1, 0x5a, 5, 0x0a, 3, 'a', 0, 'b'};
	struct try t;
	decode(&t, bytes, sizeof(bytes), 0);
	assert_int_equal(t.status, DECODE_BAD_FIELD);
	assert_string_equal(t.decoded.field, "get_survey.round");
	end(&t);
}

static void
a_string_in_a_list_is_checked_too(void **state)
{
	(void)state;
	/* get_rates (47) with goals "A" and ff */
	static const uint8_t bytes[] = {0xfa, 2, 6, 0x12, 1, 'A', 0x12, 1, 0xff};
	struct try t;
	decode(&t, bytes, sizeof(bytes), 0);
	assert_int_equal(t.status, DECODE_BAD_FIELD);
	assert_string_equal(t.decoded.field, "get_rates.goal");
	end(&t);
}

static void
two_bodies_are_one_too_many(void **state)
{
	(void)state;
	static const uint8_t bytes[] = {0x10, 1, 0x52, 0, 0x62, 0}; /* hello and list_rounds */
	struct try t;
	decode(&t, bytes, sizeof(bytes), 0);
	assert_int_equal(t.status, DECODE_BAD_FIELD);
	assert_string_equal(t.decoded.field, "body");
	end(&t);
}

static void
what_would_take_more_than_the_budget_is_refused(void **state)
{
	(void)state;
	uint8_t bytes[4 + 2 * 8000];
	size_t body = 2 * 8000;
	bytes[0] = 0xfa;
	bytes[1] = 2;
	bytes[2] = (uint8_t)(body & 0x7f) | 0x80;
	bytes[3] = (uint8_t)(body >> 7);
	for (size_t i = 0; i < 8000; i++) { /* 8,000 empty goals */
		bytes[4 + 2 * i] = 0x12;
		bytes[5 + 2 * i] = 0;
	}
	struct try t;
	decode(&t, bytes, sizeof(bytes), 4096);
	assert_int_equal(t.status, DECODE_MEMORY);
	end(&t);
	decode(&t, bytes, sizeof(bytes), 40 * sizeof(bytes)); /* as requests have it */
	assert_int_equal(t.status, DECODE_OK);
	assert_int_equal(t.decoded.message->get_rates->n_goal, 8000);
	end(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_request_is_decoded_and_its_body_found_as_received),
	    cmocka_unit_test(every_prefix_is_a_smaller_request_or_none),
	    cmocka_unit_test(changed_bytes_never_crash_and_bad_text_never_passes),
	    cmocka_unit_test(a_submission_is_decoded_by_hand_as_it_is_in_general),
	    cmocka_unit_test(fields_of_a_submission_may_come_in_any_order_and_be_left_out),
	    cmocka_unit_test(an_embedded_nul_is_seen_though_strings_end_there),
	    cmocka_unit_test(a_string_in_a_list_is_checked_too),
	    cmocka_unit_test(two_bodies_are_one_too_many),
	    cmocka_unit_test(what_would_take_more_than_the_budget_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
