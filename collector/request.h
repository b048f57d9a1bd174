/* SPDX-License-Identifier: Apache-2.0 */
/* A request under way: made from one frame, owned by one loop, ended by exactly one answer. In
 * between it may be with the store (its entry) or with a worker; it knows its session by id only,
 * and when that has gone the answer is dropped. All its memory stands in one arena.
 *
 *   request_take -> handler -+-> answer_*                        (answer.h; the request is freed)
 *        ^                   +-> request_store -> accepted() ---> answer_*
 *        |  moved: again     |        |
 *        +-------------------|--------+
 *                            +-> request_work -> on a worker -> worked() -> answer_*
 */
#ifndef KHAOSAT_COLLECTOR_REQUEST_H
#define KHAOSAT_COLLECTOR_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/arena.h"
#include "collector/loop.h"
#include "collector/roster.h"
#include "collector/worker.h"
#include "proto/entry.h"
#include "proto/khaosat.pb-c.h"
#include "storage/store.h"

struct request;

typedef void request_handler(struct request *r);

enum route_for {
	ROUTE_ANYBODY,
	ROUTE_UNIT,       /* the unit itself, or staff of the role on its behalf */
	ROUTE_UNIT_ALONE, /* nobody on its behalf */
	ROUTE_STAFF
};

struct route {
	const char *name; /* of the body, as in khaosat.proto */
	enum route_for who;
	enum role role; /* the least of staff */
	request_handler *handle;
	bool sheds; /* told to try later while too much is under way: see admission.h */
	bool firms; /* firms too: for a unit that has granted it, or for itself */
};

struct request {
	struct store_job job; /* first: what the store posts back is this */
	struct task task;     /* what a worker gets */
	struct letter letter; /* how it comes back from there */
	struct loop *loop;
	struct server *server;
	uint64_t session;
	uint64_t peer; /* the session's address, as peers.h has it; spared where it is certified */
	const Khaosat__V1__Request *message;
	const struct route *route;
	bool is_staff;       /* came with a valid token of staff's */
	bool is_firm;        /* came with a valid token of a firm's, whose role is ROLE_NONE */
	enum role role;      /* of it; ROLE_NONE: no staff */
	uint32_t actor;      /* the account's number; 0: neither staff nor a firm */
	uint64_t staff_last; /* the entry of the staff up to which that is known */
	int64_t begun_us;
	unsigned attempts;                 /* how often the store said moved */
	request_handler *accepted;         /* after the store's STORE_ACCEPTED */
	request_handler *work;             /* on the worker */
	request_handler *worked;           /* back on the loop */
	bool may_be_put_off;               /* the work, when the collector stops */
	void *result;                      /* what the handler's steps share */
	void (*free_result)(void *result); /* at the end, where it is not in the arena */
	uint8_t *entry;                    /* header and payload, once made */
	size_t entry_room;
	bool is_spare; /* its memory is a block of spare.h */
	struct arena arena;
};

/* How long this session's address has to wait before it may ask; 0: not at all, and it has asked.
 * Who shows a certificate sends for many, and never waits. */
uint32_t request_wait_ms(struct loop *loop, struct session *s);

/* How long who sends such a body has to wait while too much is under way (admission.h); 0: not at
 * all. Looked at before anything is spent on what he sends. */
uint32_t request_shed_ms(struct loop *loop, Khaosat__V1__Request__BodyCase body);

/* Whether a token is staff's, not a firm's, and good. */
bool request_is_token(struct loop *loop, const uint8_t token[STAFF_TOKEN_BYTES]);

/* Decode a Request and handle it. False: it is not a Request, framing counts as lost. Where
 * there is no memory for it the session is doomed. Loop's thread, as all below. */
bool request_take(struct loop *loop, struct session *s, const uint8_t *body, size_t n);

/* One response of status FRAME_REFUSED with id 0. */
void request_refuse_frame(struct session *s);

/* A job that has come back from the store. Returns the id of the session it belongs to. */
uint64_t request_stored(struct store_job *job);

/* Memory of the request's own; NULL: none is left, answer_memory is due. */
void *request_alloc(struct request *r, size_t n);

/* Look once more whether who asked may still do so; nothing is answered, and r->role is as it is
 * now. Where not false, an entry rests on `out`: whatever becomes of any account moves it. By
 * whoever has the request, a worker too. */
bool request_is_allowed(struct request *r, struct store_condition *out);
/* The same on the loop. False: the request has been refused. */
bool request_may_still(struct request *r);

/* Put an entry under this request: `header` with the payload's length and digest filled in by this
 * call, then the payload, copied. Called again after a move it uses the same memory. False: no
 * memory. */
bool request_entry(struct request *r, struct entry *header, const uint8_t *payload, size_t n);

/* The same for a payload that is a message, most often the request's own body: its fields, without
 * what the peer sent beside them, since the log keeps for ever what nobody has judged. */
bool request_entry_message(struct request *r, struct entry *header, const ProtobufCMessage *m);

/* Hand the entry to the store. When it is accepted, `accepted` is called; when it has moved, the
 * route's handler again from the start; every other outcome is answered here. What staff and firms
 * do rests on their account too: it is looked at once more, and whatever becomes of any account
 * after that look moves the entry. Nobody acts behind his own removal. */
#define REQUEST_CONDITIONS (STORE_CONDITIONS_MAX - 1)
void request_store(struct request *r, const struct store_condition condition[REQUEST_CONDITIONS],
    request_handler *accepted);

/* Have `work` run on a worker, then `worked` on the loop. False: too much waits there; nothing was
 * done. */
bool request_work(
    struct request *r, struct worker *worker, request_handler *work, request_handler *worked);

/* Only the way back, for a request that other threads have passed on in their own way. Any thread.
 */
void request_return(struct request *r, request_handler *worked);

void request_free(struct request *r); /* for answer.c: the end of every request */

#endif
