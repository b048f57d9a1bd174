/* SPDX-License-Identifier: Apache-2.0 */
/* The client's end of a connection, against a server made for each test: a thread that plays a
 * script on one accepted socket. */
#include "client/connection.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/file.h"
#include "proto/frame.h"
#include "proto/limits.h"

struct server {
	int listener, fd;
	uint16_t port;
	pthread_t thread;
	void (*script)(struct server *s);
	unsigned requests; /* read by the script; looked at after it has ended */
	bool staff_token_seen;
	bool unit_seen;
};

static void *
serve(void *argument)
{
	struct server *s = argument;
	s->fd = accept(s->listener, NULL, NULL);
	if (s->fd >= 0)
		s->script(s);
	close(s->fd);
	return NULL;
}

static void
server_start(struct server *s, void (*script)(struct server *s))
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof(address);
	*s = (struct server){.listener = socket(AF_INET, SOCK_STREAM, 0), .script = script};
	assert_true(s->listener >= 0);
	assert_int_equal(bind(s->listener, (struct sockaddr *)&address, n), 0);
	assert_int_equal(listen(s->listener, 4), 0);
	assert_int_equal(getsockname(s->listener, (struct sockaddr *)&address, &n), 0);
	s->port = ntohs(address.sin_port);
	assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
}

static void
server_stop(struct server *s)
{
	pthread_join(s->thread, NULL);
	close(s->listener);
}

static struct client
client_of(const struct server *s)
{
	return (struct client){
	    .host = "127.0.0.1", .port = s->port, .language = LANGUAGE_EN, .quiet = true};
}

/* ------------------------------------------------------------------------------- scripts */

static bool
read_exactly(int fd, uint8_t *to, size_t n)
{
	while (n > 0) {
		ssize_t got = recv(fd, to, n, 0);
		if (got <= 0)
			return false;
		to += got;
		n -= (size_t)got;
	}
	return true;
}

/* The next request; NULL when the client has gone. */
static Khaosat__V1__Request *
read_request(struct server *s)
{
	uint8_t head[FRAME_HEADER_BYTES];
	if (!read_exactly(s->fd, head, sizeof(head)))
		return NULL;
	size_t n = (size_t)head[0] << 24 | (size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3];
	uint8_t *body = malloc(n);
	Khaosat__V1__Request *request = NULL;
	if (body != NULL && read_exactly(s->fd, body, n))
		request = khaosat__v1__request__unpack(NULL, n, body);
	free(body);
	if (request != NULL) {
		s->requests++;
		s->staff_token_seen |=
		    request->credential_case == KHAOSAT__V1__REQUEST__CREDENTIAL_STAFF_TOKEN &&
		    request->staff_token.len == STAFF_TOKEN_BYTES &&
		    request->staff_token.data[0] == 0xab;
		s->unit_seen |= request->credential_case == KHAOSAT__V1__REQUEST__CREDENTIAL_UNIT;
	}
	return request;
}

/* The number of the next request, 0 when the client has gone. */
static uint64_t
read_id(struct server *s)
{
	Khaosat__V1__Request *request = read_request(s);
	uint64_t id = request != NULL ? request->id : 0;
	if (request != NULL)
		khaosat__v1__request__free_unpacked(request, NULL);
	return id;
}

/* Frame a response into bytes[]. */
static size_t
make_response(uint64_t id, bool hello, bool staff, uint8_t bytes[512])
{
	Khaosat__V1__Response response;
	Khaosat__V1__HelloResult result;
	khaosat__v1__response__init(&response);
	khaosat__v1__hello_result__init(&result);
	response.id = id;
	response.status = KHAOSAT__V1__STATUS__DONE;
	if (hello) {
		result.staff = staff;
		response.body_case = KHAOSAT__V1__RESPONSE__BODY_HELLO;
		response.hello = &result;
	}
	size_t n = khaosat__v1__response__pack(&response, bytes + FRAME_HEADER_BYTES);
	frame_header(bytes, n);
	return FRAME_HEADER_BYTES + n;
}

static void
send_bytes(struct server *s, const uint8_t *bytes, size_t n)
{
	while (n > 0) {
		ssize_t put = send(s->fd, bytes, n, MSG_NOSIGNAL);
		if (put <= 0)
			return;
		bytes += put;
		n -= (size_t)put;
	}
}

static void
answer(struct server *s, uint64_t id)
{
	uint8_t bytes[512];
	send_bytes(s, bytes, make_response(id, false, false, bytes));
}

static void
answers_byte_by_byte(struct server *s)
{
	uint8_t bytes[512];
	size_t n = make_response(read_id(s), false, false, bytes);
	int on = 1;
	setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	for (size_t i = 0; i < n; i++)
		send_bytes(s, bytes + i, 1);
}

static void
closes_inside_a_frame(struct server *s)
{
	uint8_t bytes[512];
	size_t n = make_response(read_id(s), true, true, bytes);
	send_bytes(s, bytes, n - 1);
}

static void
announces_four_gigabytes(struct server *s)
{
	static const uint8_t head[] = {0xff, 0xff, 0xff, 0xff, 1, 2, 3};
	read_id(s);
	send_bytes(s, head, sizeof(head));
	/* Stay, so that only the length can make the client give up. */
	read_id(s);
}

static void
sends_an_empty_frame(struct server *s)
{
	static const uint8_t head[] = {0, 0, 0, 0};
	read_id(s);
	send_bytes(s, head, sizeof(head));
	read_id(s);
}

static void
sends_what_is_no_response(struct server *s)
{
	static const uint8_t bytes[] = {0, 0, 0, 3, 0x0f, 0xff, 0xff};
	read_id(s);
	send_bytes(s, bytes, sizeof(bytes));
	read_id(s);
}

static void
never_answers(struct server *s)
{
	while (read_id(s) != 0)
		;
}

#define PIPELINED 16

static void
answers_in_the_other_order(struct server *s)
{
	uint64_t id[PIPELINED];
	for (int i = 0; i < PIPELINED; i++)
		id[i] = read_id(s);
	for (int i = PIPELINED; i-- > 0;)
		answer(s, id[i]);
}

/* Together more than the system buffers for either way. */
#define FLOOD 3000
#define FLOOD_BYTES 8192

static void
answers_one_by_one(struct server *s)
{
	for (uint64_t id; (id = read_id(s)) != 0;)
		answer(s, id);
}

/* Large answers, each before the next request is read: stops reading when nobody takes them. */
static void
answers_at_length(struct server *s)
{
	static uint8_t bytes[FRAME_HEADER_BYTES + FLOOD_BYTES + 64];
	static char text[FLOOD_BYTES + 1];
	memset(text, 'x', FLOOD_BYTES);
	for (uint64_t id; (id = read_id(s)) != 0;) {
		Khaosat__V1__Response response;
		khaosat__v1__response__init(&response);
		response.id = id;
		response.status = KHAOSAT__V1__STATUS__DONE;
		response.message_en = text;
		size_t n = khaosat__v1__response__pack(&response, bytes + FRAME_HEADER_BYTES);
		frame_header(bytes, n);
		send_bytes(s, bytes, FRAME_HEADER_BYTES + n);
	}
}

static void
knows_the_token(struct server *s)
{
	uint8_t bytes[512];
	send_bytes(s, bytes, make_response(read_id(s), true, true, bytes));
	answers_one_by_one(s);
}

static void
does_not_know_the_token(struct server *s)
{
	uint8_t bytes[512];
	send_bytes(s, bytes, make_response(read_id(s), true, false, bytes));
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
ask(struct server *s, void (*script)(struct server *s), unsigned timeout_s)
{
	char error[256];
	uint64_t id;
	server_start(s, script);
	struct client client = client_of(s);
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
	server_stop(s);
	return response;
}

static void
a_response_in_pieces_is_put_together(void **state)
{
	(void)state;
	struct server s;
	Khaosat__V1__Response *response = ask(&s, answers_byte_by_byte, 10);
	assert_non_null(response);
	assert_int_equal(response->status, KHAOSAT__V1__STATUS__DONE);
	khaosat__v1__response__free_unpacked(response, NULL);
}

static void
half_a_response_is_no_response(void **state)
{
	(void)state;
	struct server s;
	assert_null(ask(&s, closes_inside_a_frame, 10));
}

static void
a_length_over_the_limit_ends_the_connection(void **state)
{
	(void)state;
	struct server s;
	assert_null(ask(&s, announces_four_gigabytes, 10));
	assert_null(ask(&s, sends_an_empty_frame, 10));
}

static void
bytes_that_are_no_response_end_the_connection(void **state)
{
	(void)state;
	struct server s;
	assert_null(ask(&s, sends_what_is_no_response, 10));
}

static void
silence_ends_with_the_time_out(void **state)
{
	(void)state;
	struct server s;
	assert_null(ask(&s, never_answers, 1));
	assert_int_equal(s.requests, 1);
}

static void
pipelined_answers_come_in_any_order(void **state)
{
	(void)state;
	struct server s;
	char error[256];
	uint64_t id[PIPELINED];
	server_start(&s, answers_in_the_other_order);
	struct client client = client_of(&s);
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
	server_stop(&s);
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
	struct server s;
	char error[256];
	server_start(&s, answers_at_length);
	struct client client = client_of(&s);
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
	server_stop(&s);
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
	struct server s;
	char error[256];
	uint64_t id;
	server_start(&s, knows_the_token);
	struct client client = client_of(&s);
	client.token_file = token_path;
	struct connection *c = connection_open(&client, error);
	assert_non_null(c);
	assert_true(send_list(c, &id));
	assert_int_equal(id, 2);
	Khaosat__V1__Response *response = connection_receive(c);
	assert_non_null(response);
	khaosat__v1__response__free_unpacked(response, NULL);
	connection_close(c);
	server_stop(&s);
	assert_true(s.staff_token_seen);
}

static void
a_units_credential_is_not_replaced_by_a_token(void **state)
{
	(void)state;
	struct server s;
	char error[256];
	Khaosat__V1__UnitCredential credential;
	Khaosat__V1__ListRounds list = KHAOSAT__V1__LIST_ROUNDS__INIT;
	Khaosat__V1__Request request = KHAOSAT__V1__REQUEST__INIT;
	khaosat__v1__unit_credential__init(&credential);
	request.credential_case = KHAOSAT__V1__REQUEST__CREDENTIAL_UNIT;
	request.unit = &credential;
	request.body_case = KHAOSAT__V1__REQUEST__BODY_LIST_ROUNDS;
	request.list_rounds = &list;
	server_start(&s, knows_the_token);
	struct client client = client_of(&s);
	client.token_file = token_path;
	struct connection *c = connection_open(&client, error);
	assert_non_null(c);
	Khaosat__V1__Response *response = connection_call(c, &request);
	assert_non_null(response);
	khaosat__v1__response__free_unpacked(response, NULL);
	connection_close(c);
	server_stop(&s);
	assert_true(s.unit_seen);
}

static void
a_token_that_is_not_known_is_told_from_a_lost_connection(void **state)
{
	(void)state;
	struct server s;
	int exit_code = -1;
	server_start(&s, does_not_know_the_token);
	struct client client = client_of(&s);
	client.token_file = token_path;
	assert_null(connection_begin(&client, &exit_code));
	assert_int_equal(exit_code, EXIT_FAILED);
	server_stop(&s);
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
