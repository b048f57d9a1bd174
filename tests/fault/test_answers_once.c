/* SPDX-License-Identifier: Apache-2.0 */
/* Requests of staff against a whole collector, where each look at the accounts and each token that
 * is to be admitted finds no memory in turn: each request is answered once, or the session ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "collector/secrets.h"
#include "proto/frame.h"
#include "tests/fuzz/session_rig.h"
#include "tests/fuzz/session_talk.h"

#define REQUESTS 3u
#define FRAME_ROOM 512
#define AN_HOUR_MS INT64_C(3600000)

/* ------------------------------------------------------------------- failing */

static atomic_uint calls, failing; /* failing: the number of the call; 0: none */

static bool
fails(void)
{
	return atomic_fetch_add(&calls, 1) + 1 == atomic_load(&failing);
}

bool __real_state_staff(struct state *state, struct roster *out);
bool __wrap_state_staff(struct state *state, struct roster *out);
bool __real_secrets_admit(struct secrets *secrets, const uint8_t token[STAFF_TOKEN_BYTES]);
bool __wrap_secrets_admit(struct secrets *secrets, const uint8_t token[STAFF_TOKEN_BYTES]);

bool
__wrap_state_staff(struct state *state, struct roster *out)
{
	return !fails() && __real_state_staff(state, out);
}

bool
__wrap_secrets_admit(struct secrets *secrets, const uint8_t token[STAFF_TOKEN_BYTES])
{
	return !fails() && __real_secrets_admit(secrets, token);
}

/* ------------------------------------------------------------------- asking */

static void
send_request(struct talk *t, Khaosat__V1__Request *request)
{
	uint8_t token[STAFF_TOKEN_BYTES], frame[FRAME_ROOM];
	memset(token, SESSION_RIG_TOKEN_BYTE, sizeof(token));
	request->version = 1;
	request->credential_case = KHAOSAT__V1__REQUEST__CREDENTIAL_STAFF_TOKEN;
	request->staff_token = (ProtobufCBinaryData){sizeof(token), token};
	size_t n = khaosat__v1__request__get_packed_size(request);
	assert_true(n <= sizeof(frame) - FRAME_HEADER_BYTES);
	frame_header(frame, n);
	khaosat__v1__request__pack(request, frame + FRAME_HEADER_BYTES);
	talk_send(t, frame, FRAME_HEADER_BYTES + n);
}

static void
add_account(struct talk *t, uint64_t id, char *name)
{
	Khaosat__V1__Request request = KHAOSAT__V1__REQUEST__INIT;
	Khaosat__V1__AddAccount body;
	khaosat__v1__add_account__init(&body);
	body.name = name;
	body.role = KHAOSAT__V1__ROLE__VIEWER;
	request.id = id;
	request.body_case = KHAOSAT__V1__REQUEST__BODY_ADD_ACCOUNT;
	request.add_account = &body;
	send_request(t, &request);
}

static void
create_token(struct talk *t, uint64_t id, char *name)
{
	Khaosat__V1__Request request = KHAOSAT__V1__REQUEST__INIT;
	Khaosat__V1__CreateToken body;
	struct timespec now;
	khaosat__v1__create_token__init(&body);
	clock_gettime(CLOCK_REALTIME, &now);
	body.account = body.name = name;
	body.role = KHAOSAT__V1__ROLE__VIEWER;
	body.expires_ms = (int64_t)now.tv_sec * 1000 + AN_HOUR_MS;
	request.id = id;
	request.body_case = KHAOSAT__V1__REQUEST__BODY_CREATE_TOKEN;
	request.create_token = &body;
	send_request(t, &request);
}

static void
say_hello(struct talk *t, uint64_t id)
{
	Khaosat__V1__Request request = KHAOSAT__V1__REQUEST__INIT;
	Khaosat__V1__Hello body;
	khaosat__v1__hello__init(&body);
	request.id = id;
	request.body_case = KHAOSAT__V1__REQUEST__BODY_HELLO;
	request.hello = &body;
	send_request(t, &request);
}

/* To the end of the session; how many were done. */
static unsigned
count_answers(struct talk *t)
{
	unsigned seen[REQUESTS + 1] = {0}, done = 0;
	Khaosat__V1__Response *response;
	bool is_closed = t->is_at_end; /* before we end it */
	talk_end(t);
	while ((response = talk_answer(t)) != NULL) {
		assert_in_range(response->id, 1, REQUESTS);
		seen[response->id]++;
		assert_true(response->status == KHAOSAT__V1__STATUS__DONE ||
			    response->status == KHAOSAT__V1__STATUS__ALREADY ||
			    response->status == KHAOSAT__V1__STATUS__TRY_LATER ||
			    response->status == KHAOSAT__V1__STATUS__NOT_FOUND);
		done += response->status == KHAOSAT__V1__STATUS__DONE;
		khaosat__v1__response__free_unpacked(response, NULL);
	}
	for (size_t id = 1; id <= REQUESTS; id++)
		assert_true(seen[id] == 1 || (seen[id] == 0 && is_closed));
	return done;
}

/* One after the other. True: there was something left to fail. */
static bool
ask_failing(struct session_rig *rig, unsigned nth)
{
	struct talk t;
	char name[] = "lan";
	talk_begin(&t, session_rig_connect(rig, &dialect_frames));
	atomic_store(&calls, 0);
	atomic_store(&failing, nth);
	add_account(&t, 1, name);
	talk_await(&t);
	create_token(&t, 2, name);
	talk_await(&t);
	say_hello(&t, 3);
	talk_await(&t);
	atomic_store(&failing, 0);
	bool has_failed = nth != 0 && atomic_load(&calls) >= nth;
	unsigned done = count_answers(&t);
	assert_true(has_failed || done >= 2);
	talk_close(&t);
	return has_failed;
}

static void
a_request_for_which_memory_ends_is_answered_once_or_ends_its_session(void **state)
{
	(void)state;
	struct session_rig *rig = session_rig();
	unsigned nth = 1;
	while (ask_failing(rig, nth))
		nth++;
	assert_true(nth > 4);
	session_rig_settle(rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_request_for_which_memory_ends_is_answered_once_or_ends_its_session),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
