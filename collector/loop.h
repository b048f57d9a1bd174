/* SPDX-License-Identifier: Apache-2.0 */
/* An event loop: a thread with an event_base, its sessions, and two mailboxes: one in which the
 * store posts jobs back, one for letters from everyone else. Nothing outside its thread touches
 * what is in it; others know its sessions by id only. */
#ifndef KHAOSAT_COLLECTOR_LOOP_H
#define KHAOSAT_COLLECTOR_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/admission.h"
#include "collector/server.h"
#include "collector/session.h"
#include "storage/mailbox.h"

struct loop;
struct validation; /* survey/validate.h */

/* Sent to a loop, opened on its thread, and the callee's from there. */
struct letter {
	struct mail mail; /* first */
	void (*open)(struct letter *letter, struct loop *loop);
};

struct loop *loop_start(
    struct server *server, unsigned index); /* NULL: no thread, descriptor, memory */

/* Any thread. */
void loop_post(struct loop *loop, struct letter *letter);
/* A connected socket of a peer that has entered (peers.h) and is seen to leave, and what is spoken
 * at the door it came in by; the loop closes it where it cannot serve it. Any thread. False: out of
 * memory, both stay the caller's. */
bool loop_adopt(
    struct loop *loop, evutil_socket_t fd, uint64_t peer, const struct dialect *dialect);

/* Have it follow the server's config as it is now. Main's thread. */
void loop_reload(struct loop *loop);

/* Take no more requests, answer what is under way, for `patience_ms` at most; end the thread. Any
 * thread but its own. */
void loop_drain(struct loop *loop, int64_t patience_ms);
void loop_join(struct loop *loop);
/* Its mailboxes too, so after everyone who may still be putting into them has ended: the store, the
 * workers. Accepts NULL. */
void loop_free(struct loop *loop);

/* ------------------------------------------------------------------- on the loop's own thread */

struct server *loop_server(struct loop *loop);
struct mailbox *loop_store_replies(struct loop *loop);
void loop_flush_soon(struct loop *loop);               /* store_flush, after store_submit_later */
struct validation *loop_validation(struct loop *loop); /* a scratch area, one a loop */
struct session *loop_session(struct loop *loop, uint64_t id); /* NULL: it has gone */

uint64_t loop_peer(struct loop *loop, const struct session *s); /* see peers_key */

struct admission *loop_admission(struct loop *loop);

/* A request that outlives its frame: counted until it is answered. */
void loop_begin(struct loop *loop);
void loop_end(struct loop *loop);

#endif
