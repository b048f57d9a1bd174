/* SPDX-License-Identifier: Apache-2.0 */
/* The client's end of a connection, against a server made for each test. */
#include "client/connection.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/file.h"
#include "proto/limits.h"
#include "tests/support/fake_server.h"

/* ------------------------------------------------------------------------------- scripts */

/* DONE, framed. */
static size_t
make_response(uint64_t id, uint8_t bytes[64])
{
	Khaosat__V1__Response response;
	khaosat__v1__response__init(&response);
	response.id = id;
	response.status = KHAOSAT__V1__STATUS__DONE;
	response.rule = (char *)(uintptr_t) "so that it is longer";
	return fake_server_frame(&response, bytes, 64);
}

static void
answers_byte_by_byte(struct fake_server *s)
{
	uint8_t bytes[64];
	size_t n = make_response(fake_server_id(s), bytes);
	int on = 1;
	setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	for (size_t i = 0; i < n; i++)
		fake_server_bytes(s, bytes + i, 1);
}

static void
closes_inside_a_frame(struct fake_server *s)
{
	uint8_t bytes[64];
	size_t n = make_response(fake_server_id(s), bytes);
	fake_server_bytes(s, bytes, n - 1);
}

static void
announces_four_gigabytes(struct fake_server *s)
{
	static const uint8_t head[] = {0xff, 0xff, 0xff, 0xff, 1, 2, 3};
	fake_server_id(s);
	fake_server_bytes(s, head, sizeof(head));
	/* Stay, so that only the length can make the client give up. */
	fake_server_id(s);
}

static void
sends_an_empty_frame(struct fake_server *s)
{
	static const uint8_t head[] = {0, 0, 0, 0};
	fake_server_id(s);
	fake_server_bytes(s, head, sizeof(head));
	fake_server_id(s);
}

static void
sends_what_is_no_response(struct fake_server *s)
{
	static const uint8_t bytes[] = {0, 0, 0, 3, 0x0f, 0xff, 0xff};
	fake_server_id(s);
	fake_server_bytes(s, bytes, sizeof(bytes));
	fake_server_id(s);
}

static void
never_answers(struct fake_server *s)
{
	while (fake_server_id(s) != 0)
		;
}

#define PIPELINED 16

static void
answers_in_the_other_order(struct fake_server *s)
{
	uint64_t id[PIPELINED];
	for (int i = 0; i < PIPELINED; i++)
		id[i] = fake_server_id(s);
	for (int i = PIPELINED; i-- > 0;)
		fake_server_done(s, id[i]);
}

/* Together more than the system buffers for either way. */
#define FLOOD 3000
#define FLOOD_BYTES 8192

static void
answers_one_by_one(struct fake_server *s)
{
	for (uint64_t id; (id = fake_server_id(s)) != 0;)
		fake_server_done(s, id);
}

/* Large answers, each before the next request is read: stops reading when nobody takes them. */
static void
answers_at_length(struct fake_server *s)
{
	static uint8_t bytes[FRAME_HEADER_BYTES + FLOOD_BYTES + 64];
	static char text[FLOOD_BYTES + 1];
	memset(text, 'x', FLOOD_BYTES);
	for (uint64_t id; (id = fake_server_id(s)) != 0;) {
		Khaosat__V1__Response response;
		khaosat__v1__response__init(&response);
		response.id = id;
		response.status = KHAOSAT__V1__STATUS__DONE;
		response.message_en = text;
		fake_server_bytes(s, bytes, fake_server_frame(&response, bytes, sizeof(bytes)));
	}
}

static void
knows_the_token(struct fake_server *s)
{
	fake_server_hello(s, true);
	answers_one_by_one(s);
}

static void
does_not_know_the_token(struct fake_server *s)
{
	fake_server_hello(s, false);
	answers_one_by_one(s);
}

/* ------------------------------------------------------------------------------- tests */

static bool
send_list(struct connection *c, uint64_t *id)
{
	Khaosat__V1__ListRounds list = KHAOSAT__V1__LIST_ROUNDS__INIT;
	Khaosat__V1__Request request = KHAOSAT__V1__REQUEST__INIT;
	request.body_case = KHAOSAT__V1__REQUEST__BODY_LIST_ROUNDS;
	request.list_rounds = &list;
	bool sent = connection_send(c, &request);
	*id = request.id;
	return sent;
}

/* Send one request and take what comes. */
static Khaosat__V1__Response *
ask(struct fake_server *s, void (*script)(struct fake_server *s), unsigned timeout_s)
{
	char error[256];
	uint64_t id;
	fake_server_start(s, script, 1, NULL);
	struct client client = fake_server_client(s);
	struct connection *c = connection_open(&client, error);
	assert_non_null(c);
	connection_timeout(c, timeout_s);
	assert_true(send_list(c, &id));
	Khaosat__V1__Response *response = connection_receive(c);
	if (response != NULL) {
		assert_int_equal(response->id, id);
	} else {
		/* What is lost stays lost. */
		assert_null(connection_receive(c));
		assert_false(connection_flush(c));
	}
	connection_close(c);
	fake_server_stop(s);
	return response;
}

static void
a_response_in_pieces_is_put_together(void **state)
{
	(void)state;
	struct fake_server s;
	Khaosat__V1__Response *response = ask(&s, answers_byte_by_byte, 10);
	assert_non_null(response);
	assert_int_equal(response->status, KHAOSAT__V1__STATUS__DONE);
	khaosat__v1__response__free_unpacked(response, NULL);
}

static void
half_a_response_is_no_response(void **state)
{
	(void)state;
	struct fake_server s;
	assert_null(ask(&s, closes_inside_a_frame, 10));
}

static void
a_length_over_the_limit_ends_the_connection(void **state)
{
	(void)state;
	struct fake_server s;
	assert_null(ask(&s, announces_four_gigabytes, 10));
	assert_null(ask(&s, sends_an_empty_frame, 10));
}

static void
bytes_that_are_no_response_end_the_connection(void **state)
{
	(void)state;
	struct fake_server s;
	assert_null(ask(&s, sends_what_is_no_response, 10));
}

static void
silence_ends_with_the_time_out(void **state)
{
	(void)state;
	struct fake_server s;
	assert_null(ask(&s, never_answers, 1));
	assert_int_equal(s.requests, 1);
}

static void
pipelined_answers_come_in_any_order(void **state)
{
	(void)state;
	struct fake_server s;
	char error[256];
	uint64_t id[PIPELINED];
	fake_server_start(&s, answers_in_the_other_order, 1, NULL);
	struct client client = fake_server_client(&s);
	struct connection *c = connection_open(&client, error);
	assert_non_null(c);
	for (int i = 0; i < PIPELINED; i++)
		assert_true(send_list(c, &id[i]));
	for (int i = PIPELINED; i-- > 0;) {
		Khaosat__V1__Response *response = connection_receive(c);
		assert_non_null(response);
		assert_int_equal(response->id, id[i]);
		khaosat__v1__response__free_unpacked(response, NULL);
	}
	connection_close(c);
	fake_server_stop(&s);
}

static bool
send_large(struct connection *c)
{
	static uint8_t json[FLOOD_BYTES];
	Khaosat__V1__PutSurvey put = KHAOSAT__V1__PUT_SURVEY__INIT;
	Khaosat__V1__Request request = KHAOSAT__V1__REQUEST__INIT;
	put.json = (ProtobufCBinaryData){sizeof(json), json};
	request.body_case = KHAOSAT__V1__REQUEST__BODY_PUT_SURVEY;
	request.put_survey = &put;
	return connection_send(c, &request);
}

/* Both ways are full of what nobody has read yet, and still it goes on. */
static void
a_flood_of_requests_does_not_wait_for_its_own_answers(void **state)
{
	(void)state;
	struct fake_server s;
	char error[256];
	fake_server_start(&s, answers_at_length, 1, NULL);
	struct client client = fake_server_client(&s);
	struct connection *c = connection_open(&client, error);
	assert_non_null(c);
	connection_timeout(c, 10);
	for (int i = 0; i < FLOOD; i++)
		assert_true(send_large(c));
	for (uint64_t i = 1; i <= FLOOD; i++) {
		Khaosat__V1__Response *response = connection_receive(c);
		assert_non_null(response);
		assert_int_equal(response->id, i);
		khaosat__v1__response__free_unpacked(response, NULL);
	}
	connection_close(c);
	fake_server_stop(&s);
	assert_int_equal(s.requests, FLOOD);
}

/* ------------------------------------------------------------------------------- tokens */

static char token_path[] = "/tmp/khaosat-token-XXXXXX";

static int
make_token(void **state)
{
	(void)state;
	char digits[2 * STAFF_TOKEN_BYTES + 1];
	for (size_t i = 0; i < STAFF_TOKEN_BYTES; i++)
		memcpy(digits + 2 * i, "aB", 2); /* 0xab */
	digits[2 * STAFF_TOKEN_BYTES] = '\n';
	strcpy(token_path + sizeof(token_path) - 7, "XXXXXX");
	int fd = mkstemp(token_path);
	close(fd);
	return fd < 0 || !file_write(token_path, digits, sizeof(digits), 0600);
}

static int
remove_token(void **state)
{
	(void)state;
	return unlink(token_path);
}

static void
staff_show_their_token_with_every_request(void **state)
{
	(void)state;
	struct fake_server s;
	char error[256];
	uint64_t id;
	fake_server_start(&s, knows_the_token, 1, NULL);
	struct client client = fake_server_client(&s);
	client.token_file = token_path;
	struct connection *c = connection_open(&client, error);
	assert_non_null(c);
	assert_true(send_list(c, &id));
	assert_int_equal(id, 2);
	Khaosat__V1__Response *response = connection_receive(c);
	assert_non_null(response);
	khaosat__v1__response__free_unpacked(response, NULL);
	connection_close(c);
	fake_server_stop(&s);
	assert_true(s.staff_token_seen);
}

static void
a_units_credential_is_not_replaced_by_a_token(void **state)
{
	(void)state;
	struct fake_server s;
	char error[256];
	Khaosat__V1__UnitCredential credential;
	Khaosat__V1__ListRounds list = KHAOSAT__V1__LIST_ROUNDS__INIT;
	Khaosat__V1__Request request = KHAOSAT__V1__REQUEST__INIT;
	khaosat__v1__unit_credential__init(&credential);
	request.credential_case = KHAOSAT__V1__REQUEST__CREDENTIAL_UNIT;
	request.unit = &credential;
	request.body_case = KHAOSAT__V1__REQUEST__BODY_LIST_ROUNDS;
	request.list_rounds = &list;
	fake_server_start(&s, knows_the_token, 1, NULL);
	struct client client = fake_server_client(&s);
	client.token_file = token_path;
	struct connection *c = connection_open(&client, error);
	assert_non_null(c);
	Khaosat__V1__Response *response = connection_call(c, &request);
	assert_non_null(response);
	khaosat__v1__response__free_unpacked(response, NULL);
	connection_close(c);
	fake_server_stop(&s);
	assert_true(s.unit_seen);
}

static void
a_token_that_is_not_known_is_told_from_a_lost_connection(void **state)
{
	(void)state;
	struct fake_server s;
	int exit_code = -1;
	fake_server_start(&s, does_not_know_the_token, 1, NULL);
	struct client client = fake_server_client(&s);
	client.token_file = token_path;
	assert_null(connection_begin(&client, &exit_code));
	assert_int_equal(exit_code, EXIT_FAILED);
	fake_server_stop(&s);
	/* Nobody listens there any more. */
	assert_null(connection_begin(&client, &exit_code));
	assert_int_equal(exit_code, EXIT_UNREACHABLE);
}

static void
a_token_file_that_is_not_one_is_named(void **state)
{
	(void)state;
	struct client client = {.host = "127.0.0.1", .port = 1, .language = LANGUAGE_EN};
	char error[256] = "";
	client.token_file = token_path;
	assert_true(file_write(token_path, "abc", 3, 0600));
	assert_null(connection_open(&client, error));
	assert_non_null(strstr(error, token_path));
	client.token_file = "/nowhere/token";
	assert_null(connection_open(&client, error));
	assert_non_null(strstr(error, "/nowhere/token"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_response_in_pieces_is_put_together),
	    cmocka_unit_test(half_a_response_is_no_response),
	    cmocka_unit_test(a_length_over_the_limit_ends_the_connection),
	    cmocka_unit_test(bytes_that_are_no_response_end_the_connection),
	    cmocka_unit_test(silence_ends_with_the_time_out),
	    cmocka_unit_test(pipelined_answers_come_in_any_order),
	    cmocka_unit_test(a_flood_of_requests_does_not_wait_for_its_own_answers),
	    cmocka_unit_test_setup_teardown(
		staff_show_their_token_with_every_request, make_token, remove_token),
	    cmocka_unit_test_setup_teardown(
		a_units_credential_is_not_replaced_by_a_token, make_token, remove_token),
	    cmocka_unit_test_setup_teardown(
		a_token_that_is_not_known_is_told_from_a_lost_connection, make_token, remove_token),
	    cmocka_unit_test_setup_teardown(
		a_token_file_that_is_not_one_is_named, make_token, remove_token),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
