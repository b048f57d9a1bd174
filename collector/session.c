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

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "proto/frame.h"
#include "proto/limits.h"

#define READ_BYTES 4096 /* libevent's EVBUFFER_MAX_READ */
#define READ_MOST_BYTES (64u * 1024)

/* libevent's own 16 KiB would cut a large answer into dozens of calls, each after a wait. */
#define READ_AT_ONCE_BYTES (64u * 1024)
#define WRITE_AT_ONCE_BYTES (1024u * 1024)

enum phase { PHASE_OPEN, PHASE_FAREWELL, PHASE_LINGER };

struct session {
	struct bufferevent *bev;
	const struct session_owner *owner;
	uint64_t id;
	size_t frame_limit;
	size_t in_flight;
	enum phase phase;
	bool is_paused;
	bool is_at_eof;
	bool is_doomed;
	bool is_reading; /* as libevent was told last, and the watermarks too */
	size_t low, high;
	bool waits_to_write;        /* output did not fit into the socket */
	bool is_partial;            /* a frame has begun and is not whole */
	struct evbuffer_iovec room; /* between session_reserve and session_say */
	uint64_t events;            /* frames taken and answers given */
	uint64_t swept_events;
	int64_t quiet_since_ms; /* when a sweep last saw `events` change; 0: never swept */
};

static struct evbuffer *
input_of(struct session *s)
{
	return bufferevent_get_input(s->bev);
}

static struct evbuffer *
output_of(struct session *s)
{
	return bufferevent_get_output(s->bev);
}

static size_t
output_bytes(struct session *s)
{
	return evbuffer_get_length(output_of(s));
}

/* libevent takes its time even over what changes nothing. */
static void
set_watermarks(struct session *s, size_t low, size_t high)
{
	if (s->low == low && s->high == high)
		return;
	bufferevent_setwatermark(s->bev, EV_READ, low, high);
	s->low = low;
	s->high = high;
}

static void
set_reading(struct session *s, bool reads)
{
	if (s->is_reading == reads)
		return;
	if (reads)
		bufferevent_enable(s->bev, EV_READ);
	else
		bufferevent_disable(s->bev, EV_READ);
	s->is_reading = reads;
}

static void
update_pause(struct session *s)
{
	const struct session_rules *rules = s->owner->rules;
	size_t most = rules->in_flight_max, bytes = rules->output_pause_bytes;
	if (s->is_paused) {
		most = (most + 1) / 2;
		bytes /= 2;
	}
	s->is_paused = s->in_flight >= most || output_bytes(s) > bytes;
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
	struct evbuffer *input = input_of(s);
	struct frame frame;
	size_t length = evbuffer_get_length(input);
	if (length == 0)
		return false;
	if (length < FRAME_HEADER_BYTES) {
		note_partial(s);
		return false;
	}
	uint8_t header[FRAME_HEADER_BYTES];
	evbuffer_copyout(input, header, sizeof(header));
	enum frame_status status = frame_parse(header, sizeof(header), s->frame_limit, &frame);
	size_t wanted = bytes_wanted(header);
	if (status == FRAME_PARTIAL && length >= wanted) {
		const uint8_t *bytes = evbuffer_pullup(input, (ev_ssize_t)wanted);
		if (bytes == NULL) {
			s->is_doomed = true;
			return false;
		}
		status = frame_parse(bytes, wanted, s->frame_limit, &frame);
	}
	switch (status) {
	case FRAME_OK:
		s->is_partial = false;
		give_frame(s, &frame);
		evbuffer_drain(input, frame.frame_bytes);
		return true;
	case FRAME_PARTIAL:
		note_partial(s);
		set_watermarks(s, wanted, s->frame_limit + FRAME_HEADER_BYTES);
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
	set_watermarks(s, 0, s->frame_limit + FRAME_HEADER_BYTES);
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
start_linger(struct session *s)
{
	s->phase = PHASE_LINGER;
	set_watermarks(s, 0, 0);
	evbuffer_drain(input_of(s), evbuffer_get_length(input_of(s)));
	shutdown(bufferevent_getfd(s->bev), SHUT_WR);
}

/* False: the connection is lost. */
static bool
write_now(struct session *s)
{
	struct evbuffer *output = output_of(s);
	evbuffer_unfreeze(output, 1); /* bufferevents let nobody else take from their output */
	int n = evbuffer_write(output, bufferevent_getfd(s->bev));
	int why = errno;
	evbuffer_freeze(output, 1);
	return n >= 0 || why == EAGAIN || why == EINTR;
}

/* Answers nearly always fit into the socket: written at once they cost one call, where waiting for
 * the socket to be writable costs three more. What does not fit waits; so does the output of a
 * paused session, which on_written is to wake. */
static void
write_output(struct session *s)
{
	if (output_bytes(s) == 0 || s->is_doomed || s->waits_to_write)
		return;
	if (!s->is_paused && !write_now(s))
		s->is_doomed = true;
	else if (output_bytes(s) > 0)
		s->waits_to_write = bufferevent_enable(s->bev, EV_WRITE) == 0;
}

bool
session_settle(struct session *s)
{
	bool is_drained = take_frames(s);
	write_output(s);
	bool is_done = s->in_flight == 0 && output_bytes(s) == 0;
	if (s->is_doomed || output_bytes(s) > s->owner->rules->output_max_bytes ||
	    (s->is_at_eof && is_drained && is_done)) {
		session_close(s);
		return false;
	}
	if (s->phase == PHASE_FAREWELL && is_done)
		start_linger(s);
	bool reads = !s->is_at_eof &&
		     (s->phase == PHASE_LINGER || (s->phase == PHASE_OPEN && !s->is_paused));
	set_reading(s, reads);
	return true;
}

/* A bufferevent reads 4 KiB in one go. Where there was so much, take what else is there: frames
 * that are left in the socket wait for a whole turn of the loop, unseen. */
static void
read_more(struct session *s)
{
	struct evbuffer *input = input_of(s);
	if (evbuffer_get_length(input) < READ_BYTES)
		return;
	evbuffer_unfreeze(input, 0); /* bufferevents let nobody else put into their input */
	while (evbuffer_get_length(input) < READ_MOST_BYTES &&
	       evbuffer_read(input, bufferevent_getfd(s->bev), -1) == READ_BYTES)
		;
	evbuffer_freeze(input, 0);
}

static void
on_readable(struct bufferevent *bev, void *context)
{
	struct session *s = context;
	read_more(s);
	if (s->phase != PHASE_OPEN)
		evbuffer_drain(
		    bufferevent_get_input(bev), evbuffer_get_length(bufferevent_get_input(bev)));
	session_settle(s);
}

static void
on_written(struct bufferevent *bev, void *context)
{
	struct session *s = context;
	bufferevent_disable(bev, EV_WRITE);
	s->waits_to_write = false;
	session_settle(s);
}

static void
on_event(struct bufferevent *bev, short events, void *context)
{
	(void)bev;
	struct session *s = context;
	if ((events & (BEV_EVENT_ERROR | BEV_EVENT_TIMEOUT)) != 0)
		s->is_doomed = true;
	if ((events & BEV_EVENT_EOF) != 0)
		s->is_at_eof = true;
	session_settle(s);
}

struct session *
session_open(struct event_base *base, evutil_socket_t fd, uint64_t id, size_t frame_limit,
    const struct session_owner *owner)
{
	struct session *s = calloc(1, sizeof(*s));
	struct bufferevent *bev = bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (s == NULL || bev == NULL) {
		if (bev != NULL)
			bufferevent_free(bev);
		else
			evutil_closesocket(fd);
		free(s);
		return NULL;
	}
	s->bev = bev;
	s->owner = owner;
	s->id = id;
	s->frame_limit = frame_limit;
	bufferevent_setcb(bev, on_readable, on_written, on_event, s);
	bufferevent_set_max_single_read(bev, READ_AT_ONCE_BYTES);
	bufferevent_set_max_single_write(bev, WRITE_AT_ONCE_BYTES);
	set_watermarks(s, 0, frame_limit + FRAME_HEADER_BYTES);
	struct timeval write_timeout = {
	    .tv_sec = owner->rules->read_ms / 1000, .tv_usec = owner->rules->read_ms % 1000 * 1000};
	bufferevent_set_timeouts(bev, NULL, &write_timeout);
	bufferevent_disable(bev, EV_WRITE); /* which it is from the start: see write_output */
	set_reading(s, true);
	return s;
}

void
session_close(struct session *s)
{
	s->owner->closed(s->owner->context, s);
	bufferevent_free(s->bev);
	free(s);
}

uint64_t
session_id(const struct session *s)
{
	return s->id;
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
	if (s->is_doomed || output_bytes(s) + bytes > s->owner->rules->output_max_bytes ||
	    evbuffer_reserve_space(output_of(s), (ev_ssize_t)bytes, &s->room, 1) != 1) {
		s->is_doomed = true;
		return NULL;
	}
	s->room.iov_len = bytes;
	frame_header(s->room.iov_base, body_bytes);
	return (uint8_t *)s->room.iov_base + FRAME_HEADER_BYTES;
}

void
session_say(struct session *s)
{
	if (evbuffer_commit_space(output_of(s), &s->room, 1) != 0)
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
	if (s->phase == PHASE_LINGER)
		return rules->farewell_ms;
	if (s->in_flight > 0 || output_bytes(s) > 0)
		return INT64_MAX; /* ours to act; output has a time-out of its own */
	return evbuffer_get_length(input_of(s)) > 0 ? rules->read_ms : rules->idle_ms;
}

bool
session_sweep(struct session *s, int64_t now_ms)
{
	if (s->quiet_since_ms == 0 || s->swept_events != s->events) {
		s->swept_events = s->events;
		s->quiet_since_ms = now_ms;
		return true;
	}
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
