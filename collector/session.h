/* SPDX-License-Identifier: Apache-2.0 */
/* A session: one connection, its bounded input, the requests in it, and the answers on their way
 * out. It knows nothing of what requests mean: it hands each whole one, the bytes of a Request, to
 * its owner and takes the answers, the bytes of Responses, in any order. How both look on the wire
 * is the affair of its dialect (session_parts.h). One loop's thread, which also owns it.
 *
 *   socket -> input (at most one frame of the limit) -> owner->frame -> ... -> session_answer ->
 * output
 *
 * Reading pauses while too many requests are under way on this connection, or while too much output
 * waits; it resumes at half. It also pauses, for a turn of the loop, after as many answers at once
 * as the dialect allows. Inner functions never close: they leave a mark, and the outermost callback
 * calls session_settle, which closes what is marked. */
#ifndef KHAOSAT_COLLECTOR_SESSION_H
#define KHAOSAT_COLLECTOR_SESSION_H

#include <event2/util.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/meter.h"

struct budget;
struct dialect;
struct stream_group;
struct session;
struct tls;

struct session_rules {
	size_t in_flight_max;
	size_t output_pause_bytes; /* more waits: no new request is taken */
	size_t output_max_bytes;   /* more waits: closed */
	struct budget *output;     /* of all sessions; where it is spent, none is given anything
				    * more, no large request grows, and who takes less than
				    * 16 KiB of what waits, or does not end it, is closed after
				    * farewell_ms */
	int64_t idle_ms;           /* nothing under way, nothing arrives */
	int64_t read_ms;           /* a frame begun and not completed; output not taken */
	int64_t handshake_ms;      /* of TLS, from the connection on */
	int64_t farewell_ms;       /* for last words to be read by the peer */
};

struct session_owner {
	const struct session_rules *rules;
	void *context;
	/* A whole frame, a loan for the call. True: it will be answered, now or later, by exactly
	 * one session_answer. False: it cannot be, the session ends after `refusal`. */
	bool (*frame)(void *context, struct session *s, const uint8_t *body, size_t n);
	/* Framing is lost: say so, with session_say. */
	void (*refusal)(void *context, struct session *s);
	/* It is about to be freed: forget it. */
	void (*closed)(void *context, struct session *s);
};

extern const struct dialect dialect_frames; /* proto/frame.h */
extern const struct dialect dialect_http;   /* http.h; its owner's context is a struct loop */

/* Takes over `fd`, a connected non-blocking socket, for TLS or (NULL) in the clear. NULL: out of
 * memory, fd is closed. */
struct session *session_open(struct stream_group *streams, evutil_socket_t fd, struct tls *tls,
    uint64_t id, size_t frame_limit, const struct dialect *dialect,
    const struct session_owner *owner);

/* At once; calls owner->closed. For outermost callbacks only. */
void session_close(struct session *s);

uint64_t session_id(const struct session *s);
const struct dialect *session_dialect(const struct session *s);
enum meter_door session_door(const struct session *s);
bool session_is_certified(const struct session *s); /* see stream_is_certified */
size_t session_in_flight(const struct session *s);
size_t session_frame_limit(const struct session *s);
void session_set_frame_limit(struct session *s, size_t bytes);

/* Room for a Response of `body_bytes` (at least 1) at the end of the output; fill it, then
 * session_say (no request belongs to it) or session_answer (it ends one that is under way). NULL:
 * out of memory or too much waits; the session is marked, session_settle closes it. */
uint8_t *session_reserve(struct session *s, size_t body_bytes);
void session_say(struct session *s);
void session_answer(struct session *s);

/* The memory for an answer was not there, so the peer would wait for ever: close when settled. */
void session_doom(struct session *s);

/* Take what frames may be taken, pause or resume reading, close when it is time. For outermost
 * callbacks, after the session was given answers. False: it is gone. */
bool session_settle(struct session *s);
/* Before that, of several: what each has to say is sent by stream_group_write, in one call. */
void session_write_soon(struct session *s);

/* Once in a while: close what is idle, slow, or done with its last words. False: it is gone. */
bool session_sweep(struct session *s, int64_t now_ms);

/* No further requests are taken; it closes when all that are under way are answered. False: gone.
 */
bool session_drain(struct session *s);

#endif
