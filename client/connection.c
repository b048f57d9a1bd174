/* SPDX-License-Identifier: Apache-2.0 */
/* In the clear on this machine only. The socket does not block; every wait is a poll with a limit.
 * While a request waits to go out, what comes in is read too: else a collector that stops reading
 * until its answers are taken, and a client that takes none until its requests are sent, would wait
 * for each other. */
#include "client/connection.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "client/dial.h"
#include "client/file.h"
#include "client/tls.h"
#include "client/words.h"
#include "proto/digest.h"
#include "proto/frame.h"
#include "proto/limits.h"

#define TIMEOUT_DEFAULT_S 30
#define FLUSH_AT_BYTES (64u * 1024)
#define READ_BYTES (64u * 1024)
#define TOKEN_FILE_MAX_BYTES 256
#define PAUSE_MS 250
#define PAUSE_MAX_MS 5000

struct buffer {
	uint8_t *bytes;
	size_t start, n, cap; /* bytes[start .. start + n) wait */
};

struct connection {
	int fd;
	struct tls *tls; /* NULL: in the clear */
	bool gone;
	bool met_tls;   /* where it was not expected */
	int timeout_ms; /* -1: for ever */
	uint64_t last_id;
	struct buffer in, out;
	bool has_token, is_firm;
	size_t frame_limit;
	uint8_t token[STAFF_TOKEN_BYTES];
};

/* ------------------------------------------------------------------------------- buffers */

/* Room for `more` bytes behind what waits; NULL: out of memory. */
static uint8_t *
buffer_room(struct buffer *b, size_t more)
{
	if (b->start > 0 && b->start + b->n + more > b->cap) {
		memmove(b->bytes, b->bytes + b->start, b->n);
		b->start = 0;
	}
	if (b->n + more > b->cap) {
		size_t cap = b->cap == 0 ? READ_BYTES : b->cap;
		while (cap < b->n + more)
			cap *= 2;
		uint8_t *grown = realloc(b->bytes, cap);
		if (grown == NULL)
			return NULL;
		b->bytes = grown;
		b->cap = cap;
	}
	return b->bytes + b->start + b->n;
}

static void
buffer_drop(struct buffer *b, size_t n)
{
	b->start += n;
	b->n -= n;
	if (b->n == 0)
		b->start = 0;
}

/* ------------------------------------------------------------------------------- bytes */

/* False: there is no more for now. */
static bool
read_piece(struct connection *c)
{
	uint8_t *room = buffer_room(&c->in, READ_BYTES);
	if (room == NULL) {
		c->gone = true;
		return false;
	}
	ssize_t got =
	    c->tls != NULL ? tls_read(c->tls, room, READ_BYTES) : recv(c->fd, room, READ_BYTES, 0);
	if (got > 0)
		c->in.n += (size_t)got;
	else if (got == 0 || (errno != EAGAIN && errno != EINTR))
		c->gone = true;
	return got > 0;
}

/* What TLS has taken from the socket is not seen there any more. */
static void
read_some(struct connection *c)
{
	while (read_piece(c) && c->tls != NULL)
		;
}

static void
write_some(struct connection *c)
{
	const uint8_t *bytes = c->out.bytes + c->out.start;
	ssize_t put = c->tls != NULL ? tls_write(c->tls, bytes, c->out.n)
				     : send(c->fd, bytes, c->out.n, MSG_NOSIGNAL);
	if (put >= 0)
		buffer_drop(&c->out, (size_t)put);
	else if (errno != EAGAIN && errno != EINTR)
		c->gone = true;
}

/* Wait until something can be done, then do it. False: gone, or nothing came in time. */
static bool
turn(struct connection *c)
{
	struct pollfd p = {.fd = c->fd, .events = POLLIN};
	if (c->out.n > 0)
		p.events |= POLLOUT;
	int ready = poll(&p, 1, c->timeout_ms);
	if (ready < 0 && errno == EINTR)
		return true;
	if (ready <= 0) {
		c->gone = true;
		return false;
	}
	if (p.revents & POLLOUT)
		write_some(c);
	if (p.revents & (POLLIN | POLLHUP | POLLERR))
		read_some(c);
	return !c->gone;
}

bool
connection_flush(struct connection *c)
{
	while (!c->gone && c->out.n > 0)
		turn(c);
	return !c->gone;
}

/* ------------------------------------------------------------------------------- messages */

static void
sign(struct connection *c, Khaosat__V1__Request *request)
{
	request->id = ++c->last_id;
	request->version = PROTO_VERSION;
	if (!c->has_token || request->credential_case == KHAOSAT__V1__REQUEST__CREDENTIAL_UNIT)
		return;
	request->credential_case = KHAOSAT__V1__REQUEST__CREDENTIAL_STAFF_TOKEN;
	request->staff_token = (ProtobufCBinaryData){sizeof(c->token), c->token};
}

bool
connection_send(struct connection *c, Khaosat__V1__Request *request)
{
	sign(c, request);
	size_t n = khaosat__v1__request__get_packed_size(request);
	if (c->gone || n > c->frame_limit)
		return false;
	uint8_t *room = buffer_room(&c->out, FRAME_HEADER_BYTES + n);
	if (room == NULL)
		return false;
	frame_header(room, n);
	khaosat__v1__request__pack(request, room + FRAME_HEADER_BYTES);
	c->out.n += FRAME_HEADER_BYTES + n;
	return c->out.n < FLUSH_AT_BYTES || connection_flush(c);
}

/* The response at the start of what came in. False: not whole yet, or framing is lost. */
static bool
take_response(struct connection *c, Khaosat__V1__Response **response)
{
	struct frame frame;
	switch (frame_parse(c->in.bytes + c->in.start, c->in.n, FRAME_RESPONSE_MAX_BYTES, &frame)) {
	case FRAME_PARTIAL:
		return false;
	case FRAME_EMPTY:
	case FRAME_TOO_LARGE:
		c->in.n = 0;
		c->gone = true;
		return false;
	case FRAME_OK:
		break;
	}
	*response = khaosat__v1__response__unpack(NULL, frame.body_bytes, frame.body);
	buffer_drop(&c->in, frame.frame_bytes);
	if (*response == NULL)
		c->gone = true;
	return *response != NULL;
}

Khaosat__V1__Response *
connection_receive(struct connection *c)
{
	Khaosat__V1__Response *response = NULL;
	for (;;) {
		/* What came before the end counts even when the collector has gone since. */
		if (c->in.n > 0 && take_response(c, &response))
			return response;
		if (c->gone)
			return NULL;
		turn(c);
	}
}

Khaosat__V1__Response *
connection_call(struct connection *c, Khaosat__V1__Request *request)
{
	if (!connection_send(c, request))
		return NULL;
	uint64_t id = request->id;
	for (;;) {
		Khaosat__V1__Response *response = connection_receive(c);
		/* Id 0 speaks of the connection itself: the frame was refused. */
		if (response == NULL || response->id == id || response->id == 0)
			return response;
		khaosat__v1__response__free_unpacked(response, NULL);
	}
}

void
connection_timeout(struct connection *c, unsigned seconds)
{
	c->timeout_ms = seconds == 0 ? -1 : (int)seconds * 1000;
}

/* ------------------------------------------------------------------------------- opening */

static bool
token_parse(const char *text, size_t n, uint8_t token[STAFF_TOKEN_BYTES])
{
	while (n > 0 && strchr("\r\n \t", text[n - 1]) != NULL)
		n--;
	return n == 2 * STAFF_TOKEN_BYTES && digest_unhex(text, STAFF_TOKEN_BYTES, token);
}

/* NULL: none goes with requests. */
static const char *
token_path(const struct client *client)
{
	return client->token_file != NULL ? client->token_file : client->firm_login;
}

static void
warn_of_readers(const struct client *client)
{
	struct stat st;
	if (stat(token_path(client), &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 077) != 0)
		client_error(client_say(client, "lưu ý: người khác đọc được %s; hãy chạy chmod 600",
				 "note: others can read %s; run chmod 600 on it"),
		    token_path(client));
}

static bool
token_read(const struct client *client, struct connection *c, char error[256])
{
	size_t n;
	const char *path = token_path(client);
	char *text = file_read(path, TOKEN_FILE_MAX_BYTES, &n);
	if (text == NULL) {
		snprintf(error, 256, "%s: %s", path, words_errno(client->language, errno));
		return false;
	}
	bool good = token_parse(text, n, c->token);
	explicit_bzero(text, n);
	free(text);
	if (!good) {
		snprintf(error, 256,
		    client_say(client, "%s: mã thẻ phải gồm 64 chữ số thập lục phân",
			"%s: a token is 64 hexadecimal digits"),
		    path);
		return false;
	}
	c->has_token = true;
	warn_of_readers(client);
	return true;
}

static bool
connect_securely(const struct client *client, struct connection *c, char error[256])
{
	c->fd = dial_open(client, error);
	if (c->fd < 0)
		return false;
	if (client->ca == NULL && client->cert == NULL && dial_is_local(c->fd))
		return true;
	c->tls = tls_open(client, c->fd, c->timeout_ms, error);
	return c->tls != NULL;
}

/* A log-in of a firm's that is over takes nothing away from who comes with a code. */
static bool
do_without(const struct client *client, struct connection *c)
{
	if (client->token_file != NULL)
		return false;
	client_error("%s",
	    client_say(client, "lưu ý: phiên đăng nhập của đơn vị kế toán đã hết; khaosat login",
		"note: the firm's log-in is over; khaosat login"));
	c->has_token = false;
	return true;
}

/* Let the collector know the token, so that it takes large frames. */
static bool
say_hello(const struct client *client, struct connection *c, char error[256])
{
	Khaosat__V1__Hello hello = KHAOSAT__V1__HELLO__INIT;
	Khaosat__V1__Request request = KHAOSAT__V1__REQUEST__INIT;
	request.body_case = KHAOSAT__V1__REQUEST__BODY_HELLO;
	request.hello = &hello;
	Khaosat__V1__Response *response = connection_call(c, &request);
	if (response == NULL) {
		const char *why =
		    c->tls != NULL
			? client_say(client, "không trả lời", "no answer")
			: client_say(client,
			      "không trả lời; nếu máy chủ dùng TLS, --ca FILE nêu nơi cấp chứng "
			      "chỉ",
			      "no answer; if it speaks TLS, --ca FILE names who signed its "
			      "certificate");
		snprintf(error, 256, "%s:%u: %s", client->host, (unsigned)client->port, why);
		return false;
	}
	bool is_hello = response->status == KHAOSAT__V1__STATUS__DONE &&
			response->body_case == KHAOSAT__V1__RESPONSE__BODY_HELLO;
	bool is_staff = is_hello && response->hello->staff;
	c->is_firm = is_hello && response->hello->role == KHAOSAT__V1__ROLE__FIRM;
	if (is_staff)
		c->frame_limit = FRAME_STAFF_MAX_BYTES;
	khaosat__v1__response__free_unpacked(response, NULL);
	if (is_staff || c->is_firm || do_without(client, c))
		return true;
	snprintf(error, 256,
	    client_say(client, "%s: máy chủ không nhận mã thẻ này",
		"%s: the collector does not know this token"),
	    token_path(client));
	return false;
}

struct connection *
connection_open(const struct client *client, char error[256])
{
	struct connection *c = calloc(1, sizeof(*c));
	if (c == NULL) {
		snprintf(error, 256, "%s", words_errno(client->language, ENOMEM));
		return NULL;
	}
	c->fd = -1;
	c->timeout_ms = TIMEOUT_DEFAULT_S * 1000;
	c->frame_limit = FRAME_UNIT_MAX_BYTES;
	bool good = token_path(client) == NULL || token_read(client, c, error);
	good = good && connect_securely(client, c, error) &&
	       (!c->has_token || say_hello(client, c, error));
	if (!good) {
		connection_close(c);
		return NULL;
	}
	return c;
}

bool
connection_is_firm(const struct connection *c)
{
	return c->is_firm;
}

void
connection_pause(unsigned attempt)
{
	long ms = (long)PAUSE_MS << attempt;
	if (ms > PAUSE_MAX_MS)
		ms = PAUSE_MAX_MS;
	struct timespec t = {ms / 1000, ms % 1000 * 1000000};
	nanosleep(&t, NULL);
}

struct connection *
connection_begin(const struct client *client, int *exit_code)
{
	char error[256];
	struct connection *c = connection_open(client, error);
	if (c == NULL) {
		client_error("%s", error);
		/* What is wrong with the token begins with its file's name. */
		const char *path = token_path(client);
		bool token = path != NULL && strncmp(error, path, strlen(path)) == 0;
		*exit_code = token ? EXIT_FAILED : EXIT_UNREACHABLE;
	}
	return c;
}

void
connection_close(struct connection *c)
{
	if (c == NULL)
		return;
	tls_close(c->tls);
	if (c->fd >= 0)
		close(c->fd);
	/* Access codes pass through here. */
	if (c->out.bytes != NULL)
		explicit_bzero(c->out.bytes, c->out.cap);
	free(c->in.bytes);
	free(c->out.bytes);
	explicit_bzero(c->token, sizeof(c->token));
	free(c);
}
