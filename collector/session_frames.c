/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/session_parts.h"
#include "proto/frame.h"
#include "proto/limits.h"

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

static bool
take_frame(struct session *s)
{
	struct frame frame;
	size_t length = stream_length(s->stream);
	if (length == 0)
		return false;
	const uint8_t *bytes = stream_peek(s->stream);
	switch (frame_parse(bytes, length, s->frame_limit, &frame)) {
	case FRAME_OK:
		if (!session_give(s, frame.body, frame.body_bytes))
			lose_framing(s);
		stream_take(s->stream, frame.frame_bytes);
		return true;
	case FRAME_PARTIAL:
		session_note_partial(s);
		s->wanted = length < FRAME_HEADER_BYTES ? 0 : bytes_wanted(bytes);
		return false;
	case FRAME_EMPTY:
	case FRAME_TOO_LARGE:
		lose_framing(s);
		return false;
	}
	return false;
}

/* A frame is written where it will be sent from. */
static uint8_t *
reserve_frame(struct session *s, size_t body_bytes)
{
	size_t bytes = FRAME_HEADER_BYTES + body_bytes;
	bool fits = stream_waiting(s->stream) + bytes <= s->owner->rules->output_max_bytes;
	uint8_t *room = fits && !s->is_doomed ? stream_reserve(s->stream, bytes) : NULL;
	if (room == NULL)
		return NULL;
	frame_header(room, body_bytes);
	return room + FRAME_HEADER_BYTES;
}

static bool
commit_frame(struct session *s)
{
	stream_commit(s->stream);
	return true;
}

const struct dialect dialect_frames = {
    .door = METER_DOOR_FRAMES,
    .alpn = PROTO_ALPN,
    .take = take_frame,
    .reserve = reserve_frame,
    .commit = commit_frame,
};
