/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a session:
 *
 *   OPEN ---- framing lost, or draining ----> FAREWELL ---- all answered and written ----> LINGER
 *   requests are taken                        no more of them                our side is shut;
 * input is thrown away until the peer closes or time is up
 *
 * LINGER is there because closing a socket with unread input resets the connection, and the reset
 * may overtake the last answer. A peer that shuts its own side (eof) still gets its answers. */
#include "collector/session.h"

#include <stdlib.h>

#include "collector/budget.h"
#include "collector/session_parts.h"

#define LITTLE_BYTES (16u * 1024) /* of input; so much is everybody's */
#define LEAST_TAKEN (16u * 1024)  /* of output, in farewell_ms, where too much waits in all */

static void
update_pause(struct session *s)
{
	const struct session_rules *rules = s->owner->rules;
	size_t most = rules->in_flight_max;
	size_t bytes = budget_is_spent(rules->output) ? 0 : rules->output_pause_bytes;
	if (s->dialect->in_flight_max != 0)
		most = s->dialect->in_flight_max;
	if (s->is_paused) {
		most = (most + 1) / 2;
		bytes /= 2;
	}
	s->is_paused = s->in_flight >= most || stream_waiting(s->stream) > bytes;
}

bool
session_give(struct session *s, const uint8_t *body, size_t n)
{
	s->is_partial = false;
	s->in_flight++;
	s->events++;
	if (s->owner->frame(s->owner->context, s, body, n))
		return true;
	s->in_flight--;
	return false;
}

/* Time for a request runs from its first byte, however long the session was idle before. */
void
session_note_partial(struct session *s)
{
	if (!s->is_partial)
		s->events++;
	s->is_partial = true;
}

/* Who has been answered often enough in this turn waits for the next: what it was told waits in the
 * output, so on_written wakes it. */
static bool
has_had_its_turn(const struct session *s, size_t answered)
{
	size_t most = s->dialect->at_once_max;
	return most != 0 && answered >= most && stream_waiting(s->stream) > 0;
}

/* Returns whether the input holds nothing more that can be taken. */
static bool
take_requests(struct session *s)
{
	size_t answered = 0;
	s->wanted = 0;
	while (s->phase == PHASE_OPEN && !s->is_doomed) {
		size_t before = s->in_flight;
		update_pause(s);
		s->is_paused = s->is_paused || has_had_its_turn(s, answered);
		if (s->is_paused)
			return false;
		if (!s->dialect->take(s))
			return true;
		answered += s->in_flight == before;
	}
	return true;
}

/* Much that has come of a request is counted with what waits to go out. False: there is no room for
 * more of it, the session is gone. */
static bool
keep_input(struct session *s, bool reads)
{
	struct budget *all = s->owner->rules->output;
	size_t length = stream_length(s->stream), kept = length > LITTLE_BYTES ? length : 0;
	if (kept != s->kept)
		budget_move(all, s->kept, kept);
	s->kept = kept;
	if (kept == 0 || !reads || !budget_is_spent(all))
		return true;
	meter_refused(METER_OUTPUT_MEMORY);
	session_close(s);
	return false;
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

void
session_write_soon(struct session *s)
{
	if (!s->is_doomed && !s->is_paused)
		stream_write_soon(s->stream);
}

static bool
wants_more(struct session *s)
{
	return s->dialect->more != NULL && !s->is_doomed && !stream_has_failed(s->stream) &&
	       stream_waiting(s->stream) == 0 && s->dialect->more(s);
}

bool
session_settle(struct session *s)
{
	bool is_drained = take_requests(s);
	write_output(s);
	if (wants_more(s))
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
	return keep_input(s, reads);
}

static bool
on_arrived(void *context)
{
	struct session *s = context;
	bool is_over = stream_is_at_end(s->stream) || stream_has_failed(s->stream);
	if (s->phase != PHASE_OPEN)
		discard_input(s);
	else if (!is_over && stream_length(s->stream) < s->wanted)
		return keep_input(s, !s->is_paused);
	return session_settle(s);
}

static bool
on_written(void *context)
{
	return session_settle(context);
}

struct session *
session_open(struct stream_group *streams, evutil_socket_t fd, struct tls *tls, uint64_t id,
    size_t frame_limit, const struct dialect *dialect, const struct session_owner *owner)
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
	    .output = owner->rules->output,
	    .alpn = dialect->alpn};
	s->stream = stream_open(streams, fd, tls, &user);
	if (s->stream == NULL) {
		free(s);
		return NULL;
	}
	s->owner = owner;
	s->dialect = dialect;
	s->id = id;
	s->frame_limit = frame_limit;
	if (dialect->open != NULL && !dialect->open(s)) {
		stream_close(s->stream);
		free(s);
		return NULL;
	}
	stream_set_reading(s->stream, true);
	return s;
}

void
session_close(struct session *s)
{
	s->owner->closed(s->owner->context, s);
	if (s->dialect->close != NULL)
		s->dialect->close(s);
	budget_move(s->owner->rules->output, s->kept, 0);
	stream_close(s->stream);
	free(s);
}

uint64_t
session_id(const struct session *s)
{
	return s->id;
}

enum meter_door
session_door(const struct session *s)
{
	return s->dialect->door;
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

const struct dialect *
session_dialect(const struct session *s)
{
	return s->dialect;
}

uint8_t *
session_reserve(struct session *s, size_t body_bytes)
{
	uint8_t *room = s->dialect->reserve(s, body_bytes);
	if (room == NULL)
		s->is_doomed = true;
	return room;
}

void
session_say(struct session *s)
{
	s->dialect->commit(s);
	s->events++;
}

void
session_answer(struct session *s)
{
	if (s->dialect->commit(s))
		s->in_flight--;
	s->events++;
}

void
session_doom(struct session *s)
{
	s->is_doomed = true;
}

struct patience {
	int64_t ms; /* how long the session may stay as it is */
	enum meter_refusal then;
};

static struct patience
patience_of(struct session *s)
{
	const struct session_rules *rules = s->owner->rules;
	bool waits = stream_waiting(s->stream) > 0;
	if (!stream_is_ready(s->stream))
		return (struct patience){rules->handshake_ms, METER_HANDSHAKE_LATE};
	if (s->phase == PHASE_LINGER)
		return (struct patience){rules->farewell_ms, METER_IDLE};
	if (waits && budget_is_spent(rules->output))
		return (struct patience){rules->farewell_ms, METER_UNREAD};
	if (s->in_flight > 0 || waits) /* ours to act; output has a time-out of its own */
		return (struct patience){INT64_MAX, METER_UNREAD};
	if (s->kept > 0 && budget_is_spent(rules->output))
		return (struct patience){rules->farewell_ms, METER_OUTPUT_MEMORY};
	if (stream_length(s->stream) > 0)
		return (struct patience){rules->read_ms, METER_SLOW};
	return (struct patience){rules->idle_ms, METER_IDLE};
}

/* Its time is up. False: it is gone. */
static bool
end(struct session *s)
{
	if (s->dialect->late == NULL || s->phase != PHASE_OPEN || !stream_is_ready(s->stream) ||
	    stream_length(s->stream) == 0 || stream_waiting(s->stream) > 0) {
		session_close(s);
		return false;
	}
	s->dialect->late(s);
	s->phase = PHASE_FAREWELL;
	return session_settle(s);
}

/* Since a sweep last said so; where too much waits in all, a trickle is nothing. Only an event lets
 * more wait, but for a few bytes of TLS's own. */
static bool
has_moved(const struct session *s, size_t waiting)
{
	size_t least = waiting > 0 && budget_is_spent(s->owner->rules->output) ? LEAST_TAKEN : 1;
	return s->swept_events != s->events || waiting + least <= s->swept_waiting;
}

bool
session_sweep(struct session *s, int64_t now_ms)
{
	if (s->dialect->tick != NULL && s->dialect->tick(s, now_ms) && !session_settle(s))
		return false;
	size_t waiting = stream_waiting(s->stream);
	if (s->quiet_since_ms == 0 || has_moved(s, waiting)) {
		s->swept_events = s->events;
		s->swept_waiting = waiting;
		s->quiet_since_ms = now_ms;
		s->is_resting = false;
		return true;
	}
	if (!s->is_resting)
		stream_rest(s->stream);
	s->is_resting = true;
	const struct patience patience = patience_of(s);
	if (now_ms - s->quiet_since_ms < patience.ms)
		return true;
	if (s->phase != PHASE_LINGER)
		meter_refused(patience.then);
	return end(s);
}

bool
session_drain(struct session *s)
{
	if (s->phase == PHASE_OPEN)
		s->phase = PHASE_FAREWELL;
	return session_settle(s);
}
