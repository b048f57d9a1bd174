/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/session_pair.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <event2/event.h>

#include "proto/frame.h"

void
pair_answer(struct session_pair *pair, const uint8_t *bytes, size_t n)
{
	uint8_t *room = session_reserve(pair->session, n);
	if (room == NULL)
		return;
	memset(room, 0, n);
	if (bytes != NULL)
		memcpy(room, bytes, n);
	session_answer(pair->session);
}

static bool
on_frame(void *context, struct session *s, const uint8_t *body, size_t n)
{
	struct session_pair *pair = context;
	assert_ptr_equal(s, pair->session);
	if (pair->not_a_request)
		return false;
	pair->frames++;
	pair->bytes += n;
	pair->last = body[0];
	if (pair->answers_now)
		pair_answer(pair, pair->answer_bytes == 0 ? body : NULL,
		    pair->answer_bytes == 0 ? n : pair->answer_bytes);
	return true;
}

static void
on_refusal(void *context, struct session *s)
{
	struct session_pair *pair = context;
	pair->refusals++;
	uint8_t *room = session_reserve(s, 1);
	if (room == NULL)
		return;
	*room = '!';
	session_say(s);
}

static void
on_closed(void *context, struct session *s)
{
	struct session_pair *pair = context;
	assert_ptr_equal(s, pair->session);
	pair->session = NULL;
}

int
pair_set_up(void **state)
{
	int end[2];
	struct session_pair *pair = calloc(1, sizeof(*pair));
	assert_non_null(pair);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, end), 0);
	pair->base = event_base_new();
	pair->streams = stream_group_new(pair->base);
	atomic_init(&pair->output.most, 8 << 20);
	pair->peer = end[0];
	pair->ours = end[1];
	pair->rules = (struct session_rules){.in_flight_max = PAIR_IN_FLIGHT,
	    .output_pause_bytes = 1 << 20,
	    .output_max_bytes = 4 << 20,
	    .output = &pair->output,
	    .idle_ms = 1000,
	    .read_ms = 500,
	    .farewell_ms = 100};
	pair->owner = (struct session_owner){.rules = &pair->rules,
	    .context = pair,
	    .frame = on_frame,
	    .refusal = on_refusal,
	    .closed = on_closed};
	pair->session = session_open(
	    pair->streams, end[1], NULL, 7, PAIR_FRAME_LIMIT, &dialect_frames, &pair->owner);
	assert_non_null(pair->session);
	*state = pair;
	return 0;
}

int
pair_tear_down(void **state)
{
	struct session_pair *pair = *state;
	if (pair->session != NULL)
		session_close(pair->session);
	stream_group_free(pair->streams);
	event_base_free(pair->base);
	if (pair->peer >= 0)
		close(pair->peer);
	free(pair);
	return 0;
}

void
pair_take_little(struct session_pair *pair)
{
	const int least = 1; /* the system makes it a few KiB */
	assert_int_equal(setsockopt(pair->ours, SOL_SOCKET, SO_SNDBUF, &least, sizeof(least)), 0);
}

void
pair_turn(struct session_pair *pair)
{
	for (int i = 0; i < 50; i++)
		event_base_loop(pair->base, EVLOOP_NONBLOCK);
}

void
pair_put(struct session_pair *pair, const void *bytes, size_t n)
{
	assert_int_equal(send(pair->peer, bytes, n, MSG_NOSIGNAL), (ssize_t)n);
}

void
pair_put_frame(struct session_pair *pair, uint8_t first, size_t body_bytes)
{
	uint8_t frame[4 + PAIR_FRAME_LIMIT] = {0};
	frame_header(frame, body_bytes);
	frame[4] = first;
	pair_put(pair, frame, 4 + body_bytes);
}

ssize_t
pair_take(struct session_pair *pair, uint8_t *out, size_t n)
{
	return recv(pair->peer, out, n, MSG_DONTWAIT);
}
