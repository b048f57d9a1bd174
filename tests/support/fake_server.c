/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/fake_server.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proto/frame.h"
#include "proto/limits.h"

#define SMALL_BYTES 512

static void *
serve(void *argument)
{
	struct fake_server *s = argument;
	for (s->connection = 0; s->connection < s->connections; s->connection++) {
		s->fd = accept(s->listener, NULL, NULL);
		assert(s->fd >= 0);
		s->script(s);
		close(s->fd);
	}
	return NULL;
}

void
fake_server_start(
    struct fake_server *s, void (*script)(struct fake_server *s), unsigned connections, void *user)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof(address);
	*s = (struct fake_server){.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0),
	    .script = script,
	    .connections = connections,
	    .user = user};
	int bad = s->listener < 0 || bind(s->listener, (struct sockaddr *)&address, n) != 0 ||
		  listen(s->listener, 4) != 0 ||
		  getsockname(s->listener, (struct sockaddr *)&address, &n) != 0;
	assert(!bad);
	s->port = ntohs(address.sin_port);
	bad = pthread_create(&s->thread, NULL, serve, s);
	assert(!bad);
}

void
fake_server_stop(struct fake_server *s)
{
	pthread_join(s->thread, NULL);
	close(s->listener);
}

struct client
fake_server_client(const struct fake_server *s)
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

Khaosat__V1__Request *
fake_server_request(struct fake_server *s)
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
	if (request == NULL)
		return NULL;
	s->requests++;
	s->staff_token_seen |=
	    request->credential_case == KHAOSAT__V1__REQUEST__CREDENTIAL_STAFF_TOKEN &&
	    request->staff_token.len == STAFF_TOKEN_BYTES && request->staff_token.data[0] == 0xab;
	s->unit_seen |= request->credential_case == KHAOSAT__V1__REQUEST__CREDENTIAL_UNIT;
	return request;
}

uint64_t
fake_server_id(struct fake_server *s)
{
	Khaosat__V1__Request *request = fake_server_request(s);
	uint64_t id = request != NULL ? request->id : 0;
	if (request != NULL)
		khaosat__v1__request__free_unpacked(request, NULL);
	return id;
}

void
fake_server_bytes(struct fake_server *s, const uint8_t *bytes, size_t n)
{
	while (n > 0) {
		ssize_t put = send(s->fd, bytes, n, MSG_NOSIGNAL);
		if (put <= 0)
			return;
		bytes += put;
		n -= (size_t)put;
	}
}

size_t
fake_server_frame(const Khaosat__V1__Response *response, uint8_t *bytes, size_t cap)
{
	size_t n = khaosat__v1__response__get_packed_size(response);
	assert(FRAME_HEADER_BYTES + n <= cap);
	khaosat__v1__response__pack(response, bytes + FRAME_HEADER_BYTES);
	frame_header(bytes, n);
	return FRAME_HEADER_BYTES + n;
}

void
fake_server_send(struct fake_server *s, const Khaosat__V1__Response *response)
{
	uint8_t bytes[SMALL_BYTES];
	fake_server_bytes(s, bytes, fake_server_frame(response, bytes, sizeof(bytes)));
}

void
fake_server_done(struct fake_server *s, uint64_t id)
{
	Khaosat__V1__Response response;
	khaosat__v1__response__init(&response);
	response.id = id;
	response.status = KHAOSAT__V1__STATUS__DONE;
	fake_server_send(s, &response);
}

void
fake_server_hello(struct fake_server *s, bool staff)
{
	Khaosat__V1__Response response;
	Khaosat__V1__HelloResult result;
	khaosat__v1__response__init(&response);
	khaosat__v1__hello_result__init(&result);
	response.id = fake_server_id(s);
	response.status = KHAOSAT__V1__STATUS__DONE;
	result.staff = staff;
	response.body_case = KHAOSAT__V1__RESPONSE__BODY_HELLO;
	response.hello = &result;
	fake_server_send(s, &response);
}
