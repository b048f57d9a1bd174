/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "collector/admission.h"
#include "proto/khaosat.pb-c.h"

static void
a_burst_is_admitted_up_to_the_limit(void **state)
{
	struct admission a = {.most = 100};
	(void)state;
	for (; a.under_way < 100; a.under_way++)
		assert_true(admission_is_open(&a));
	assert_false(admission_is_open(&a));
}

static void
once_shedding_a_quarter_of_the_limit_is_admitted(void **state)
{
	struct admission a = {.most = 100, .under_way = 100};
	(void)state;
	assert_false(admission_is_open(&a));
	a.under_way = 25;
	assert_false(admission_is_open(&a));
	a.under_way = 24;
	assert_true(admission_is_open(&a));
}

static void
shedding_ends_after_an_interval_without_a_refusal(void **state)
{
	struct admission a = {.most = 100, .under_way = 100};
	(void)state;
	assert_false(admission_is_open(&a));
	a.under_way = 60;
	admission_tick(&a); /* of the interval that had a refusal */
	assert_false(admission_is_open(&a));
	admission_tick(&a);
	admission_tick(&a);
	assert_true(admission_is_open(&a));
}

static void
those_refused_together_are_asked_to_come_back_apart(void **state)
{
	struct admission a = {.most = 1};
	bool seen[2000] = {false};
	(void)state;
	for (int i = 0; i < 1000; i++) {
		uint32_t delay_ms = admission_delay_ms(&a);
		assert_in_range(delay_ms, 500, 1499);
		assert_false(seen[delay_ms]);
		seen[delay_ms] = true;
	}
}

static void
a_limit_of_one_admits_one_at_a_time(void **state)
{
	struct admission a = {.most = 1};
	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_true(admission_is_open(&a));
		a.under_way = 1;
		assert_false(admission_is_open(&a));
		a.under_way = 0;
	}
}

/* A request as it travels, in memory of exactly its size. */
static uint8_t *
pack(uint64_t id, Khaosat__V1__Request__BodyCase body, size_t *n)
{
	Khaosat__V1__Request request;
	Khaosat__V1__Submit submit;
	Khaosat__V1__UnitCredential unit;
	khaosat__v1__request__init(&request);
	khaosat__v1__submit__init(&submit);
	khaosat__v1__unit_credential__init(&unit);
	unit.tax_code = (char[]){"3000000012"};
	submit.round = (char[]){"2025"};
	request.id = id;
	request.version = 1;
	request.credential_case = KHAOSAT__V1__REQUEST__CREDENTIAL_UNIT;
	request.unit = &unit;
	request.body_case = body;
	request.submit = &submit;
	*n = khaosat__v1__request__get_packed_size(&request);
	uint8_t *bytes = malloc(*n);
	assert_non_null(bytes);
	khaosat__v1__request__pack(&request, bytes);
	return bytes;
}

static void
a_submission_shows_its_id_and_its_body(void **state)
{
	size_t n;
	uint64_t id;
	uint32_t body;
	(void)state;
	uint8_t *bytes = pack(UINT64_MAX, KHAOSAT__V1__REQUEST__BODY_SUBMIT, &n);
	assert_true(admission_peek(bytes, n, &id, &body));
	assert_true(id == UINT64_MAX);
	assert_int_equal(body, KHAOSAT__V1__REQUEST__BODY_SUBMIT);
	free(bytes);
}

static void
what_is_cut_short_or_has_no_body_is_left_to_the_decoder(void **state)
{
	size_t n;
	uint64_t id;
	uint32_t body;
	(void)state;
	uint8_t *bytes = pack(7, KHAOSAT__V1__REQUEST__BODY_SUBMIT, &n);
	for (size_t cut = 0; cut < n; cut++) {
		uint8_t *part = malloc(cut + 1);
		assert_non_null(part);
		memcpy(part + 1, bytes, cut); /* ends where the memory ends */
		assert_false(admission_peek(part + 1, cut, &id, &body));
		free(part);
	}
	free(bytes);
	assert_false(admission_peek((const uint8_t *)"\xa3\x01", 2, &id, &body)); /* a group */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_burst_is_admitted_up_to_the_limit),
	    cmocka_unit_test(once_shedding_a_quarter_of_the_limit_is_admitted),
	    cmocka_unit_test(shedding_ends_after_an_interval_without_a_refusal),
	    cmocka_unit_test(those_refused_together_are_asked_to_come_back_apart),
	    cmocka_unit_test(a_limit_of_one_admits_one_at_a_time),
	    cmocka_unit_test(a_submission_shows_its_id_and_its_body),
	    cmocka_unit_test(what_is_cut_short_or_has_no_body_is_left_to_the_decoder),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
