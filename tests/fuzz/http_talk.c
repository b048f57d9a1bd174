/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/http_talk.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#include "proto/limits.h"

#define PATIENCE_MS 250000 /* at low priority on a busy machine */
#define PAUSE_MS 1
#define PIECE_BYTES 65536
#define UNPACKED_MAX_BYTES (8u << 20)

void
http_talk_begin(struct http_talk *t, int fd, http_talk_said *said, void *context)
{
	*t = (struct http_talk){.fd = fd, .said = said, .context = context};
	int failed = fcntl(fd, F_SETFL, O_NONBLOCK);
	assert(!failed);
}

void
http_talk_close(struct http_talk *t)
{
	if (t->fd >= 0)
		close(t->fd);
	bytes_free(&t->sent);
	bytes_free(&t->received);
	*t = (struct http_talk){.fd = -1};
}

/* ------------------------------------------------------------------- what must come of it */

static void
ask(struct http_talk *t, struct http_asked asked)
{
	assert(t->n_asked < HTTP_TALK_ASKED_MAX);
	t->asked[t->n_asked++] = asked;
	t->is_over = asked.closes || asked.is_refused;
}

/* False: there is no whole request. */
static bool
walk_one(struct http_talk *t)
{
	struct http_head head;
	size_t left = t->sent.n - t->walked;
	if (left == 0)
		return false;
	enum http_fault fault = http_head_parse(t->sent.at + t->walked, left, 0, &head);
	if (fault == HTTP_PARTIAL)
		return false;
	if (fault != HTTP_OK) {
		ask(t, (struct http_asked){.is_refused = true});
		return false;
	}
	if (left - head.head_bytes < head.body_bytes)
		return false;
	t->walked += head.head_bytes + (size_t)head.body_bytes;
	ask(t, (struct http_asked){.is_head = head.method == HTTP_HEAD, .closes = head.closes});
	return true;
}

static void
walk(struct http_talk *t)
{
	while (!t->is_over && !t->is_ended && walk_one(t))
		;
}

/* ------------------------------------------------------------------- what has come */

struct head {
	struct http_said said;
	size_t head_bytes, body_bytes;
	bool has_length, closes, is_packed;
};

static bool
is_named(const char *line, size_t n, const char *name, const char **value)
{
	size_t name_n = strlen(name);
	*value = line + name_n + 2;
	return n >= name_n + 2 && memcmp(line, name, name_n) == 0 &&
	       memcmp(line + name_n, ": ", 2) == 0;
}

static void
keep_text(const char *value, const char *end, char out[HTTP_TALK_TEXT_BYTES])
{
	size_t n = (size_t)(end - value);
	assert(out[0] == '\0' && n > 0 && n < HTTP_TALK_TEXT_BYTES); /* once */
	memcpy(out, value, n);
	out[n] = '\0';
}

static void
read_length(const char *value, const char *end, struct head *out)
{
	char *behind;
	assert(!out->has_length && end > value && *value >= '0' && *value <= '9');
	out->body_bytes = (size_t)strtoull(value, &behind, 10);
	assert(behind == end);
	out->has_length = true;
}

static void
read_header(const char *line, size_t n, struct head *out)
{
	const char *value, *end = line + n, *colon = memchr(line, ':', n);
	assert(colon != NULL && colon > line && colon + 2 < end && colon[1] == ' ');
	for (const char *at = line; at < end; at++)
		assert(*at >= ' ' && *at < 0x7F);
	if (is_named(line, n, "Content-Length", &value))
		read_length(value, end, out);
	if (is_named(line, n, "Content-Type", &value))
		keep_text(value, end, out->said.type);
	if (is_named(line, n, "Content-Range", &value))
		keep_text(value, end, out->said.range);
	if (is_named(line, n, "Connection", &value)) {
		assert(end - value == 5 && memcmp(value, "close", 5) == 0 && !out->closes);
		out->closes = true;
	}
	if (is_named(line, n, "Content-Encoding", &value)) {
		assert(end - value == 4 && memcmp(value, "gzip", 4) == 0 && !out->is_packed);
		out->is_packed = true;
	}
}

/* "HTTP/1.1 200 OK" */
static int
read_code(const char *line, size_t n)
{
	assert(n >= 13 && memcmp(line, "HTTP/1.1 ", 9) == 0 && line[12] == ' ');
	for (size_t i = 9; i < 12; i++)
		assert(line[i] >= '0' && line[i] <= '9');
	return (line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0');
}

/* False: it has not come whole. */
static bool
read_head(const struct http_talk *t, struct head *out)
{
	size_t left = t->received.n - t->read;
	if (left == 0)
		return false;
	const char *begin = (const char *)t->received.at + t->read;
	const char *end = memmem(begin, left, "\r\n\r\n", 4);
	if (end == NULL)
		return false;
	*out = (struct head){0};
	out->head_bytes = (size_t)(end - begin) + 4;
	for (const char *line = begin; line < end + 2;) {
		const char *cr = memchr(line, '\r', (size_t)(end + 1 - line));
		assert(cr != NULL && cr[1] == '\n');
		if (line == begin)
			out->said.code = read_code(line, (size_t)(cr - line));
		else
			read_header(line, (size_t)(cr - line), out);
		line = cr + 2;
	}
	return true;
}

/* Whose answer it is. A collector ends the connection where it was asked to, where it has lost
 * track, or where it refuses before the request is whole; nowhere else. */
static struct http_asked
expect_place(struct http_talk *t, const struct head *head)
{
	bool is_error = head->said.code >= 400;
	assert(!t->is_ended);
	t->is_ended = head->closes;
	if (t->n_asked == 0) {
		assert(head->closes && is_error && t->sent.n > t->walked);
		return (struct http_asked){.is_refused = true};
	}
	struct http_asked asked = t->asked[0];
	assert(head->closes ? asked.closes || is_error : !asked.closes && !asked.is_refused);
	assert(!asked.is_refused || is_error);
	return asked;
}

static void
strike_out(struct http_talk *t)
{
	if (t->is_ended)
		t->n_asked = 0;
	if (t->n_asked > 0)
		memmove(t->asked, t->asked + 1, --t->n_asked * sizeof(t->asked[0]));
}

static uint8_t *
unpack(const uint8_t *bytes, size_t n, size_t *out_n)
{
	uint8_t *out = malloc(UNPACKED_MAX_BYTES);
	z_stream z = {.next_in = (Bytef *)(uintptr_t)bytes,
	    .avail_in = (uInt)n,
	    .next_out = out,
	    .avail_out = UNPACKED_MAX_BYTES};
	int begun = inflateInit2(&z, 15 + 16);
	assert(out && begun == Z_OK);
	int ended = inflate(&z, Z_FINISH);
	assert(ended == Z_STREAM_END && z.avail_in == 0);
	*out_n = z.total_out;
	inflateEnd(&z);
	return out;
}

static void
say(struct http_talk *t, struct head *head, size_t n)
{
	uint8_t *unpacked = NULL;
	head->said.body = t->received.at + t->read + head->head_bytes;
	head->said.n = n;
	if (head->is_packed && n > 0) {
		unpacked = unpack(head->said.body, n, &head->said.n);
		head->said.body = unpacked;
	}
	t->said(t->context, &head->said);
	free(unpacked);
}

/* One more answer, if it is there. */
static bool
read_one(struct http_talk *t)
{
	struct head head;
	if (!read_head(t, &head))
		return false;
	if (head.said.code == 100) {
		assert(head.head_bytes == strlen("HTTP/1.1 100 Continue\r\n\r\n"));
		t->read += head.head_bytes;
		return true;
	}
	bool is_empty = head.said.code == 204 || head.said.code == 304;
	bool is_head = t->n_asked > 0 && t->asked[0].is_head;
	assert(head.has_length != is_empty);
	size_t n = is_empty || is_head ? 0 : head.body_bytes;
	if (t->received.n - t->read - head.head_bytes < n)
		return false;
	expect_place(t, &head);
	strike_out(t);
	if (!is_head)
		say(t, &head, n);
	t->read += head.head_bytes + n;
	return true;
}

/* ------------------------------------------------------------------- moving bytes */

/* Read what is there; true: something came, or the end. */
static bool
take(struct http_talk *t)
{
	static uint8_t piece[PIECE_BYTES];
	ssize_t n = t->is_at_end ? 0 : read(t->fd, piece, sizeof(piece));
	if (n < 0 && errno == EAGAIN)
		return false;
	if (n <= 0)
		t->is_at_end = true;
	else
		bytes_put(&t->received, piece, (size_t)n);
	assert(!t->received.failed);
	while (read_one(t))
		;
	return true;
}

/* False: nothing happens for so long. */
static bool
wait_for(struct http_talk *t, short events, int patience_ms)
{
	struct pollfd wanted = {.fd = t->fd, .events = events};
	int ready;
	do /* libFuzzer looks at the clock by a signal, which cuts a wait short */
		ready = poll(&wanted, 1, patience_ms);
	while (ready < 0 && errno == EINTR);
	return ready > 0;
}

static void
wait_and_take(struct http_talk *t, short events)
{
	bool happens = wait_for(t, events, PATIENCE_MS);
	assert(happens); /* else it hangs */
	take(t);
}

void
http_talk_send(struct http_talk *t, const uint8_t *bytes, size_t n)
{
	bytes_put(&t->sent, bytes, n);
	walk(t);
	while (n > 0 && !t->is_at_end) {
		ssize_t put = send(t->fd, bytes, n, MSG_NOSIGNAL);
		if (put > 0) {
			bytes += put;
			n -= (size_t)put;
			continue;
		}
		if (errno != EAGAIN)
			return; /* what has come is still to be read */
		wait_and_take(t, POLLIN | POLLOUT);
	}
}

void
http_talk_pause(struct http_talk *t)
{
	if (!t->is_at_end && wait_for(t, POLLIN, PAUSE_MS))
		take(t);
}

void
http_talk_await(struct http_talk *t)
{
	while (!t->is_at_end && t->n_asked > 0)
		wait_and_take(t, POLLIN);
}

void
http_talk_end(struct http_talk *t)
{
	shutdown(t->fd, SHUT_WR);
	while (!t->is_at_end)
		wait_and_take(t, POLLIN);
	assert(t->n_asked == 0 && t->read == t->received.n);
	http_talk_close(t);
}
