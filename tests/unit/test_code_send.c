/* SPDX-License-Identifier: Apache-2.0 */
/* New codes on their way, to collectors that refuse some of them. */
#include "client/code_send.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/fake_server.h"

#define UNITS 3u

struct seen {
	unsigned of[UNITS]; /* requests, by the unit's first byte of hash */
};

static void
answer(struct fake_server *s, uint64_t id, Khaosat__V1__Status status)
{
	Khaosat__V1__Response response;
	khaosat__v1__response__init(&response);
	response.id = id;
	response.status = status;
	fake_server_send(s, &response);
}

/* The first unit for good, the second as long as the first connection lasts. */
static void
refuses_one_and_is_late_for_another(struct fake_server *s)
{
	struct seen *seen = s->user;
	for (Khaosat__V1__Request *request; (request = fake_server_request(s)) != NULL;) {
		assert_int_equal(request->body_case, KHAOSAT__V1__REQUEST__BODY_SET_CODE);
		uint8_t unit = request->set_code->code_hash.data[0];
		seen->of[unit]++;
		answer(s, request->id,
		    unit == 0                         ? KHAOSAT__V1__STATUS__REFUSED
		    : unit == 1 && s->connection == 0 ? KHAOSAT__V1__STATUS__TRY_LATER
						      : KHAOSAT__V1__STATUS__DONE);
		khaosat__v1__request__free_unpacked(request, NULL);
	}
}

static void
a_refused_unit_is_not_sent_again(void **state)
{
	(void)state;
	struct fake_server server;
	struct seen seen = {{0}};
	struct code_units units = {0};
	Khaosat__V1__SetCode message;
	khaosat__v1__set_code__init(&message);
	for (uint8_t i = 0; i < UNITS; i++) {
		assert_true(code_units_add(&units, UINT64_C(3090000014000) + i, NULL));
		memset(units.unit[i].hash, i, sizeof(units.unit[i].hash));
	}
	fake_server_start(&server, refuses_one_and_is_late_for_another, 2, &seen);
	struct client client = fake_server_client(&server);
	client.quiet = true;
	assert_int_equal(code_send(&client, &message, &units), EXIT_FAILED);
	fake_server_stop(&server);
	assert_int_equal(seen.of[0], 1);
	assert_int_equal(seen.of[1], 2);
	assert_int_equal(seen.of[2], 1);
	assert_true(units.unit[0].is_refused && !units.unit[0].is_done);
	assert_true(units.unit[1].is_done && units.unit[2].is_done);
	code_units_clear(&units);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_refused_unit_is_not_sent_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
