/* SPDX-License-Identifier: Apache-2.0 */
/* What session.c shares with the dialects, of which each session speaks one: frames
 * (session_frames.c) or HTTP (http.c). The life of a session is the same for both; a dialect finds
 * requests in the input and gives answers their form. Loop's thread. */
#ifndef KHAOSAT_COLLECTOR_SESSION_PARTS_H
#define KHAOSAT_COLLECTOR_SESSION_PARTS_H

#include "collector/meter.h"
#include "collector/session.h"
#include "collector/stream.h"

enum phase { PHASE_OPEN, PHASE_FAREWELL, PHASE_LINGER };

struct session {
	struct stream *stream;
	const struct session_owner *owner;
	const struct dialect *dialect;
	void *talk; /* the dialect's own; NULL: it needs none */
	uint64_t id;
	size_t frame_limit;
	size_t in_flight;
	enum phase phase;
	bool is_paused;
	bool is_doomed;
	bool is_partial; /* a request has begun and is not whole */
	size_t wanted;   /* that much input, before it is worth another look */
	uint64_t events; /* requests taken and answers given */
	uint64_t swept_events;
	size_t swept_waiting; /* output */
	size_t kept;          /* input that is counted among what waits in all */
	bool is_resting;
	int64_t quiet_since_ms; /* when a sweep last saw something move; 0: never swept */
};

struct dialect {
	enum meter_door door;
	const char *alpn;     /* within TLS: its length, then the name */
	size_t in_flight_max; /* requests of one session at once; 0: as many as the rules say */
	size_t at_once_max;   /* of them in a turn, where they are answered at once; 0: all */
	/* Once, at the beginning and the end; NULL: nothing to do. False: out of memory. */
	bool (*open)(struct session *s);
	void (*close)(struct session *s);
	/* One request from the input: session_give, and drop it. False: there is no whole one, or
	 * the session is in its farewell. */
	bool (*take)(struct session *s);
	/* See session_reserve. What `commit` puts into the output is the whole answer. False: it
	 * is not to go out yet, its request is under way again. */
	uint8_t *(*reserve)(struct session *s, size_t body_bytes);
	bool (*commit)(struct session *s);
	/* A request has begun and its time is up: last words. NULL: none. */
	void (*late)(struct session *s);
	/* A sweep passes. True: there may be something to settle. NULL: nothing ever to do. */
	bool (*tick)(struct session *s, int64_t now_ms);
	/* The peer has taken all that was said. True: there is more to say of it, and it may have
	 * been said already. NULL: there never is. */
	bool (*more)(struct session *s);
};

/* Hand a request to the owner, who answers it or has said no. False: it is not a Request. */
bool session_give(struct session *s, const uint8_t *body, size_t n);
void session_note_partial(struct session *s); /* a request has begun */

#endif
