/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a session:
 *
 *   OPEN ---- framing lost, or draining ----> FAREWELL ---- all answered and written ----> LINGER
 *   frames are taken                          no more frames                 our side is shut;
 * input is thrown away until the peer closes or time is up
 *
 * LINGER is there because closing a socket with unread input resets the connection, and the reset
 * may overtake the last answer. A peer that shuts its own side (eof) still gets its answers. */
#include "collector/session.h"

#include <stdlib.h>

#include "collector/budget.h"
#include "collector/stream.h"
#include "proto/frame.h"
#include "proto/limits.h"

enum phase { PHASE_OPEN, PHASE_FAREWELL, PHASE_LINGER };

struct session {
	struct stream *stream;
	const struct session_owner *owner;
	uint64_t id;
	size_t frame_limit;
	size_t in_flight;
	enum phase phase;
	bool is_paused;
	bool is_doomed;
	bool is_partial; /* a frame has begun and is not whole */
	size_t wanted;   /* that much input, before it is worth another look */
	uint64_t events; /* frames taken and answers given */
	uint64_t swept_events;
	size_t swept_waiting; /* output */
	bool is_resting;
	int64_t quiet_since_ms; /* when a sweep last saw `events` change; 0: never swept */
};

static void
update_pause(struct session *s)
{
	const struct session_rules *rules = s->owner->rules;
	size_t most = rules->in_flight_max;
	size_t bytes = budget_is_spent(rules->output) ? 0 : rules->output_pause_bytes;
	if (s->is_paused) {
		most = (most + 1) / 2;
		bytes /= 2;
	}
	s->is_paused = s->in_flight >= most || stream_waiting(s->stream) > bytes;
}

static void
lose_framing(struct session *s)
{
	s->owner->refusal(s->owner->context, s);
	s->phase = PHASE_FAREWELL;
}

/* How many bytes of input it takes for the frame that begins there to be whole. */
static size_t
bytes_wanted(const uint8_t header[FRAME_HEADER_BYTES])
{
	return FRAME_HEADER_BYTES + ((size_t)header[0] << 24 | (size_t)header[1] << 16 |
					(size_t)header[2] << 8 | header[3]);
}

static void
give_frame(struct session *s, const struct frame *frame)
{
	s->in_flight++;
	s->events++;
	if (!s->owner->frame(s->owner->context, s, frame->body, frame->body_bytes)) {
		s->in_flight--;
		lose_framing(s);
	}
}

/* Time for a frame runs from its first byte, however long the session was idle before. */
static void
note_partial(struct session *s)
{
	if (!s->is_partial)
		s->events++;
	s->is_partial = true;
}

/* One frame from the input. False: there is no whole one, or framing is lost. The header alone is
 * looked at until the frame is whole, so that a frame which trickles in is copied together once. */
static bool
take_frame(struct session *s)
{
	struct frame frame;
	size_t length = stream_length(s->stream);
	if (length == 0)
		return false;
	if (length < FRAME_HEADER_BYTES) {
		note_partial(s);
		return false;
	}
	const uint8_t *bytes = stream_peek(s->stream, FRAME_HEADER_BYTES);
	size_t wanted = bytes != NULL ? bytes_wanted(bytes) : 0;
	enum frame_status status =
	    bytes != NULL ? frame_parse(bytes, FRAME_HEADER_BYTES, s->frame_limit, &frame)
			  : FRAME_PARTIAL;
	if (status == FRAME_PARTIAL && bytes != NULL && length >= wanted) {
		bytes = stream_peek(s->stream, wanted);
		if (bytes != NULL)
			status = frame_parse(bytes, wanted, s->frame_limit, &frame);
	}
	if (bytes == NULL) {
		s->is_doomed = true;
		return false;
	}
	switch (status) {
	case FRAME_OK:
		s->is_partial = false;
		give_frame(s, &frame);
		stream_take(s->stream, frame.frame_bytes);
		return true;
	case FRAME_PARTIAL:
		note_partial(s);
		s->wanted = wanted;
		return false;
	case FRAME_EMPTY:
	case FRAME_TOO_LARGE:
		lose_framing(s);
		return false;
	}
	return false;
}

/* Returns whether the input holds nothing more that can be taken. */
static bool
take_frames(struct session *s)
{
	s->wanted = 0;
	while (s->phase == PHASE_OPEN && !s->is_doomed) {
		update_pause(s);
		if (s->is_paused)
			return false;
		if (!take_frame(s))
			return true;
	}
	return true;
}

static void
discard_input(struct session *s)
{
	stream_take(s->stream, stream_length(s->stream));
}

static void
start_linger(struct session *s)
{
	s->phase = PHASE_LINGER;
	discard_input(s);
	stream_shut(s->stream);
}

/* Answers nearly always fit into the socket. The output of a paused session waits in any case:
 * on_written is to wake it. */
static void
write_output(struct session *s)
{
	if (s->is_doomed)
		return;
	if (s->is_paused)
		stream_write_later(s->stream);
	else
		stream_write(s->stream);
}

bool
session_settle(struct session *s)
{
	bool is_drained = take_frames(s);
	write_output(s);
	size_t waiting = stream_waiting(s->stream);
	bool is_done = s->in_flight == 0 && waiting == 0, is_at_end = stream_is_at_end(s->stream);
	if (s->is_doomed || stream_has_failed(s->stream) ||
	    waiting > s->owner->rules->output_max_bytes || (is_at_end && is_drained && is_done)) {
		session_close(s);
		return false;
	}
	if (s->phase == PHASE_FAREWELL && is_done)
		start_linger(s);
	bool reads =
	    !is_at_end && (s->phase == PHASE_LINGER || (s->phase == PHASE_OPEN && !s->is_paused));
	stream_set_reading(s->stream, reads);
	return true;
}

static bool
on_arrived(void *context)
{
	struct session *s = context;
	bool is_over = stream_is_at_end(s->stream) || stream_has_failed(s->stream);
	if (s->phase != PHASE_OPEN)
		discard_input(s);
	else if (!is_over && stream_length(s->stream) < s->wanted)
		return true;
	return session_settle(s);
}

static bool
on_written(void *context)
{
	return session_settle(context);
}

struct session *
session_open(struct event_base *base, evutil_socket_t fd, struct tls *tls, uint64_t id,
    size_t frame_limit, const struct session_owner *owner)
{
	struct session *s = calloc(1, sizeof(*s));
	if (s == NULL) {
		evutil_closesocket(fd);
		return NULL;
	}
	const struct stream_user user = {.arrived = on_arrived,
	    .written = on_written,
	    .context = s,
	    .write_ms = owner->rules->read_ms,
	    .output = owner->rules->output};
	s->stream = stream_open(base, fd, tls, &user);
	if (s->stream == NULL) {
		free(s);
		return NULL;
	}
	s->owner = owner;
	s->id = id;
	s->frame_limit = frame_limit;
	stream_set_reading(s->stream, true);
	return s;
}

void
session_close(struct session *s)
{
	s->owner->closed(s->owner->context, s);
	stream_close(s->stream);
	free(s);
}

uint64_t
session_id(const struct session *s)
{
	return s->id;
}

bool
session_is_certified(const struct session *s)
{
	return stream_is_certified(s->stream);
}

size_t
session_in_flight(const struct session *s)
{
	return s->in_flight;
}

size_t
session_frame_limit(const struct session *s)
{
	return s->frame_limit;
}

void
session_set_frame_limit(struct session *s, size_t bytes)
{
	s->frame_limit = bytes;
}

uint8_t *
session_reserve(struct session *s, size_t body_bytes)
{
	size_t bytes = FRAME_HEADER_BYTES + body_bytes;
	bool fits = stream_waiting(s->stream) + bytes <= s->owner->rules->output_max_bytes;
	uint8_t *room = fits && !s->is_doomed ? stream_reserve(s->stream, bytes) : NULL;
	if (room == NULL) {
		s->is_doomed = true;
		return NULL;
	}
	frame_header(room, body_bytes);
	return room + FRAME_HEADER_BYTES;
}

void
session_say(struct session *s)
{
	if (!stream_commit(s->stream))
		s->is_doomed = true;
	s->events++;
}

void
session_answer(struct session *s)
{
	s->in_flight--;
	session_say(s);
}

void
session_doom(struct session *s)
{
	s->is_doomed = true;
}

/* How long the session may stay as it is, in its present state. */
static int64_t
patience_ms(struct session *s)
{
	const struct session_rules *rules = s->owner->rules;
	if (!stream_is_ready(s->stream))
		return rules->handshake_ms;
	if (s->phase == PHASE_LINGER)
		return rules->farewell_ms;
	if (stream_waiting(s->stream) > 0 && budget_is_spent(rules->output))
		return rules->farewell_ms;
	if (s->in_flight > 0 || stream_waiting(s->stream) > 0)
		return INT64_MAX; /* ours to act; output has a time-out of its own */
	return stream_length(s->stream) > 0 ? rules->read_ms : rules->idle_ms;
}

bool
session_sweep(struct session *s, int64_t now_ms)
{
	size_t waiting = stream_waiting(s->stream);
	if (s->quiet_since_ms == 0 || s->swept_events != s->events || s->swept_waiting != waiting) {
		s->swept_events = s->events;
		s->swept_waiting = waiting;
		s->quiet_since_ms = now_ms;
		s->is_resting = false;
		return true;
	}
	if (!s->is_resting)
		stream_rest(s->stream);
	s->is_resting = true;
	if (now_ms - s->quiet_since_ms < patience_ms(s))
		return true;
	session_close(s);
	return false;
}

bool
session_drain(struct session *s)
{
	if (s->phase == PHASE_OPEN)
		s->phase = PHASE_FAREWELL;
	return session_settle(s);
}
