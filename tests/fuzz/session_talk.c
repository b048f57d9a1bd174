/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/session_talk.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "collector/decode.h"
#include "proto/frame.h"
#include "proto/limits.h"
#include "tests/fuzz/session_rig.h"

#define PATIENCE_MS 250000 /* at low priority on a busy machine */
#define PIECE_BYTES 65536
#define ARENA_BYTES (64u << 20)

static void
append(struct talk_bytes *to, const void *bytes, size_t n)
{
	if (n == 0)
		return;
	to->at = realloc(to->at, to->n + n);
	assert(to->at);
	memcpy(to->at + to->n, bytes, n);
	to->n += n;
}

void
talk_begin(struct talk *t, int fd)
{
	*t = (struct talk){.fd = fd, .limit = FRAME_UNIT_MAX_BYTES};
	t->sent.at = malloc(1); /* so that there is somewhere to parse from */
	t->received.at = malloc(1);
	int failed = fcntl(fd, F_SETFL, O_NONBLOCK);
	assert(!failed && t->sent.at && t->received.at);
}

void
talk_close(struct talk *t)
{
	if (t->fd >= 0)
		close(t->fd);
	free(t->sent.at);
	free(t->received.at);
	*t = (struct talk){.fd = -1};
}

/* ------------------------------------------------------------------- what must come of it */

static bool
is_of_staff(const Khaosat__V1__Request *m)
{
	uint8_t token[STAFF_TOKEN_BYTES];
	memset(token, SESSION_RIG_TOKEN_BYTE, sizeof(token));
	return m->credential_case == KHAOSAT__V1__REQUEST__CREDENTIAL_STAFF_TOKEN &&
	       m->staff_token.len == sizeof(token) &&
	       memcmp(m->staff_token.data, token, sizeof(token)) == 0;
}

static void
expect_answer(struct talk *t, const struct frame *frame)
{
	struct arena arena;
	struct decoded decoded;
	arena_init(&arena, NULL, 0, ARENA_BYTES);
	enum decode_status status =
	    decode_request(frame->body, frame->body_bytes, &arena, &decoded);
	assert(status != DECODE_MEMORY);
	if (status == DECODE_NOT_A_REQUEST) {
		t->is_refused = true;
	} else {
		assert(t->ids < TALK_FRAMES_MAX);
		t->id[t->ids++] = decoded.message->id;
		if (is_of_staff(decoded.message))
			t->limit = FRAME_STAFF_MAX_BYTES;
	}
	arena_free(&arena);
}

static void
walk(struct talk *t)
{
	struct frame frame;
	enum frame_status status = FRAME_OK;
	while (!t->is_refused && status == FRAME_OK) {
		status =
		    frame_parse(t->sent.at + t->walked, t->sent.n - t->walked, t->limit, &frame);
		t->is_refused = status == FRAME_EMPTY || status == FRAME_TOO_LARGE;
		if (status == FRAME_OK) {
			expect_answer(t, &frame);
			t->walked += frame.frame_bytes;
		}
	}
}

/* How many frames have come whole. */
static size_t
frames_come(const struct talk *t)
{
	struct frame frame;
	size_t at = t->read, n = t->answers + t->refusals;
	while (frame_parse(t->received.at + at, t->received.n - at, FRAME_RESPONSE_MAX_BYTES,
		   &frame) == FRAME_OK) {
		at += frame.frame_bytes;
		n++;
	}
	return n;
}

/* ------------------------------------------------------------------- moving bytes */

/* Read what is there; true: something came, or the end. */
static bool
take(struct talk *t)
{
	static uint8_t piece[PIECE_BYTES];
	ssize_t n = t->is_at_end ? 0 : read(t->fd, piece, sizeof(piece));
	if (n < 0 && errno == EAGAIN)
		return false;
	if (n <= 0)
		t->is_at_end = true;
	else
		append(&t->received, piece, (size_t)n);
	return true;
}

/* A collector that does nothing for so long hangs. */
static void
wait_for(struct talk *t, short events)
{
	struct pollfd wanted = {.fd = t->fd, .events = events};
	int ready;
	do /* libFuzzer looks at the clock by a signal, which cuts a wait short */
		ready = poll(&wanted, 1, PATIENCE_MS);
	while (ready < 0 && errno == EINTR);
	assert(ready > 0);
}

void
talk_send(struct talk *t, const uint8_t *bytes, size_t n)
{
	append(&t->sent, bytes, n);
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
		wait_for(t, POLLIN | POLLOUT);
		take(t);
	}
}

void
talk_await(struct talk *t)
{
	size_t wanted = t->ids + t->is_refused;
	while (!t->is_at_end && frames_come(t) < wanted) {
		wait_for(t, POLLIN);
		take(t);
	}
}

Khaosat__V1__Response *
talk_answer(struct talk *t)
{
	struct frame frame;
	enum frame_status status = frame_parse(
	    t->received.at + t->read, t->received.n - t->read, FRAME_RESPONSE_MAX_BYTES, &frame);
	assert(status == FRAME_OK || status == FRAME_PARTIAL);
	if (status == FRAME_PARTIAL)
		return NULL;
	Khaosat__V1__Response *response =
	    khaosat__v1__response__unpack(NULL, frame.body_bytes, frame.body);
	assert(response);
	t->read += frame.frame_bytes;
	if (response->status == KHAOSAT__V1__STATUS__FRAME_REFUSED)
		t->refusals++;
	else
		t->answers++;
	return response;
}

void
talk_end(struct talk *t)
{
	shutdown(t->fd, SHUT_WR);
	while (!t->is_at_end) {
		wait_for(t, POLLIN);
		take(t);
	}
}
