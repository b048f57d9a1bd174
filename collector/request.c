/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/request.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "collector/answer.h"
#include "collector/clock.h"
#include "collector/decode.h"
#include "collector/dispatch.h"
#include "collector/log.h"
#include "collector/meter.h"
#include "collector/secrets.h"
#include "collector/spare.h"
#include "collector/staff.h"
#include "proto/digest.h"
#include "proto/limits.h"

#define MOVES_MAX 16 /* then the peer is told to come back */
#define ARENA_SLACK_BYTES 1024
/* A frame of nothing but empty strings becomes pointers and small blocks: 16 + 8 bytes for each
 * two. */
#define ARENA_GROWTH 40

/* The arena starts with room for the decoded message and for the entry made from it. */
static struct request *
new_request(struct loop *loop, struct session *s, size_t n)
{
	size_t head = (sizeof(struct request) + alignof(max_align_t) - 1) / alignof(max_align_t) *
		      alignof(max_align_t);
	size_t room = ARENA_SLACK_BYTES + ENTRY_HEADER_BYTES + 2 * n;
	bool is_spare = head + room <= SPARE_BYTES; /* nearly always */
	struct request *r = is_spare ? spare_take() : malloc(head + room);
	if (r == NULL)
		return NULL;
	memset(r, 0, sizeof(*r));
	r->is_spare = is_spare;
	if (is_spare)
		room = SPARE_BYTES - head;
	arena_init(&r->arena, (uint8_t *)r + head, room, ARENA_GROWTH * n + ARENA_SLACK_BYTES);
	r->loop = loop;
	r->server = loop_server(loop);
	r->session = session_id(s);
	r->begun_us = clock_monotonic_us();
	/* Who shows a certificate sends for many, and is known. */
	r->peer = session_is_certified(s) ? PEERS_SPARED : loop_peer(loop, s);
	return r;
}

static void
drop(struct request *r)
{
	arena_free(&r->arena);
	if (r->is_spare)
		spare_give(r);
	else
		free(r);
}

void
request_free(struct request *r)
{
	loop_end(r->loop);
	if (r->result != NULL && r->free_result != NULL)
		r->free_result(r->result);
	drop(r);
}

/* False: nobody comes with this token. */
static bool
find_token(struct server *server, const uint8_t *token, struct token_view *out)
{
	*out = (struct token_view){.account = ACCOUNT_MACHINE, .role = ROLE_ADMINISTRATOR};
	return staff_is_token(&server->staff, token, STAFF_TOKEN_BYTES) ||
	       (state_token(server->state, token, clock_wall_ms(), out) &&
		   secrets_is_token(server->secrets, token));
}

bool
request_is_token(struct loop *loop, const uint8_t token[STAFF_TOKEN_BYTES])
{
	struct token_view view;
	return find_token(loop_server(loop), token, &view) && view.role != ROLE_FIRM;
}

/* Who comes with this token: account and role. */
static void
identify(struct request *r)
{
	const Khaosat__V1__Request *m = r->message;
	struct token_view token = {0};
	bool is_known = m->credential_case == KHAOSAT__V1__REQUEST__CREDENTIAL_STAFF_TOKEN &&
			m->staff_token.len == STAFF_TOKEN_BYTES &&
			find_token(r->server, m->staff_token.data, &token);
	r->is_firm = is_known && token.role == ROLE_FIRM;
	r->is_staff = is_known && !r->is_firm;
	r->role = r->is_staff ? token.role : ROLE_NONE;
	r->actor = is_known ? token.account : 0;
	r->staff_last = token.staff_last;
}

static void
refuse(struct request *r)
{
	if (r->actor != 0)
		answer_say(r, KHAOSAT__V1__STATUS__REFUSED,
		    "Tài khoản hoặc mã thẻ này không có quyền làm việc đó.",
		    "The role of this account or token does not allow it.");
	else
		answer_status(r, KHAOSAT__V1__STATUS__REFUSED);
}

static bool
may(struct request *r)
{
	if (dispatch_may(r))
		return true;
	refuse(r);
	return false;
}

bool
request_may_still(struct request *r)
{
	identify(r);
	return may(r);
}

static void
handle(struct request *r, const struct decoded *decoded, enum decode_status status)
{
	if (r->message->version != PROTO_VERSION || r->route == NULL) {
		answer_status(r, KHAOSAT__V1__STATUS__UNSUPPORTED);
		return;
	}
	if (status == DECODE_BAD_FIELD) {
		answer_invalid(r, decoded->field, decoded->rule);
		return;
	}
	if (may(r))
		r->route->handle(r);
}

uint32_t
request_wait_ms(struct loop *loop, struct session *s)
{
	uint32_t wait_ms = peers_ask_address(&loop_server(loop)->peers, loop_peer(loop, s));
	if (wait_ms == 0 || session_is_certified(s))
		return 0;
	return wait_ms + admission_delay_ms(loop_admission(loop));
}

/* True: its address asks too often, and it has been told to try later. Over HTTP that has been
 * looked at before. */
static bool
is_too_often(struct loop *loop, struct session *s, const uint8_t *body, size_t n)
{
	uint64_t id;
	uint32_t field;
	if (session_dialect(s) != &dialect_frames)
		return false;
	uint32_t wait_ms = request_wait_ms(loop, s);
	if (wait_ms == 0 || !admission_peek(body, n, &id, &field))
		return false;
	meter_refused(METER_ADDRESS_RATE);
	answer_try_later(s, id, field, wait_ms);
	return true;
}

uint32_t
request_shed_ms(struct loop *loop, Khaosat__V1__Request__BodyCase body)
{
	struct admission *admission = loop_admission(loop);
	const struct route *route = dispatch_route(body);
	if (route == NULL || !route->sheds || admission_is_open(admission))
		return 0;
	meter_refused(METER_OVERLOAD);
	return admission_delay_ms(admission);
}

/* True: it has been told to try later, before anything was spent on it. Over HTTP that has been
 * looked at before. */
static bool
shed(struct loop *loop, struct session *s, const uint8_t *body, size_t n)
{
	uint64_t id;
	uint32_t field;
	if (session_dialect(s) != &dialect_frames || admission_is_open(loop_admission(loop)) ||
	    !admission_peek(body, n, &id, &field))
		return false;
	uint32_t wait_ms = request_shed_ms(loop, (Khaosat__V1__Request__BodyCase)field);
	if (wait_ms > 0)
		answer_try_later(s, id, field, wait_ms);
	return wait_ms > 0;
}

bool
request_take(struct loop *loop, struct session *s, const uint8_t *body, size_t n)
{
	if (is_too_often(loop, s, body, n) || shed(loop, s, body, n))
		return true;
	struct decoded decoded;
	struct request *r = new_request(loop, s, n);
	if (r == NULL) {
		session_doom(s);
		return true;
	}
	enum decode_status status = decode_request(body, n, &r->arena, &decoded);
	if (status == DECODE_NOT_A_REQUEST || status == DECODE_MEMORY) {
		drop(r);
		if (status == DECODE_MEMORY)
			session_doom(s);
		return status == DECODE_MEMORY;
	}
	r->message = decoded.message;
	r->route = dispatch_route(r->message->body_case);
	loop_begin(loop);
	identify(r);
	if (r->is_staff)
		session_set_frame_limit(s, FRAME_STAFF_MAX_BYTES);
	handle(r, &decoded, status);
	return true;
}

void *
request_alloc(struct request *r, size_t n)
{
	return arena_alloc(&r->arena, n);
}

bool
request_entry(struct request *r, struct entry *header, const uint8_t *payload, size_t n)
{
	size_t bytes = ENTRY_HEADER_BYTES + n;
	if (r->entry == NULL || r->entry_room < bytes) {
		r->entry = request_alloc(r, bytes);
		if (r->entry == NULL)
			return false;
		r->entry_room = bytes;
	}
	struct digest_part part = {payload, n};
	header->payload_bytes = (uint32_t)n;
	digest_sha256(&part, 1, header->digest);
	entry_encode(header, r->entry);
	if (n > 0)
		memcpy(r->entry + ENTRY_HEADER_BYTES, payload, n);
	r->job.bytes = r->entry;
	r->job.n = bytes;
	return true;
}

bool
request_entry_message(struct request *r, struct entry *header, const ProtobufCMessage *m)
{
	size_t room = m->descriptor->sizeof_message;
	ProtobufCMessage *known = request_alloc(r, room);
	if (known == NULL)
		return false;
	memcpy(known, m, room);
	known->n_unknown_fields = 0;
	size_t n = protobuf_c_message_get_packed_size(known);
	uint8_t *payload = request_alloc(r, n);
	return payload != NULL &&
	       request_entry(r, header, payload, protobuf_c_message_pack(known, payload));
}

/* The machine's own account cannot be removed. */
static struct store_condition
staff_condition(const struct request *r)
{
	bool is_named = r->actor != 0 && r->actor != ACCOUNT_MACHINE;
	return (struct store_condition){is_named ? SUBJECT_STAFF : 0, r->staff_last, false};
}

bool
request_is_allowed(struct request *r, struct store_condition *out)
{
	identify(r);
	*out = staff_condition(r);
	return dispatch_may(r);
}

/* What moved may have been the account. */
static void
try_again(struct request *r)
{
	if (++r->attempts >= MOVES_MAX)
		answer_status(r, KHAOSAT__V1__STATUS__TRY_LATER);
	else if (request_may_still(r))
		r->route->handle(r);
}

void
request_store(struct request *r, const struct store_condition condition[REQUEST_CONDITIONS],
    request_handler *accepted)
{
	enum role judged_by = r->role;
	if (r->actor != 0 && !request_may_still(r))
		return;
	if (r->role != judged_by) {
		try_again(r);
		return;
	}
	memcpy(r->job.condition, condition, REQUEST_CONDITIONS * sizeof(*condition));
	r->job.condition[REQUEST_CONDITIONS] = staff_condition(r);
	r->job.reply = loop_store_replies(r->loop);
	r->accepted = accepted;
	store_submit_later(r->server->store, &r->job);
	loop_flush_soon(r->loop);
}

uint64_t
request_stored(struct store_job *job)
{
	struct request *r = (struct request *)job;
	uint64_t session = r->session; /* r is gone after its answer */
	switch (job->outcome) {
	case STORE_ACCEPTED:
		r->accepted(r);
		break;
	case STORE_MOVED:
		try_again(r);
		break;
	case STORE_FULL:
		answer_say(r, KHAOSAT__V1__STATUS__TRY_LATER,
		    "Đĩa của máy chủ sắp đầy nên chưa nhận gì thêm; hãy gửi lại sau.",
		    "The collector's disk is nearly full, so nothing is taken; try again later.");
		break;
	case STORE_OVERLOADED:
		answer_status(r, KHAOSAT__V1__STATUS__TRY_LATER);
		break;
	case STORE_UNAVAILABLE:
		if (!atomic_exchange(&r->server->has_failed, true))
			log_error("store unavailable: a commit failed, nothing more is accepted");
		answer_status(r, KHAOSAT__V1__STATUS__UNAVAILABLE);
		break;
	}
	return session;
}

/* ------------------------------------------------------------------------------ by the worker */

static void
open_worked(struct letter *letter, struct loop *loop)
{
	struct request *r = (struct request *)((char *)letter - offsetof(struct request, letter));
	uint64_t session = r->session;
	r->worked(r);
	struct session *s = loop_session(loop, session);
	if (s != NULL)
		session_settle(s);
}

static void
put_off(struct request *r)
{
	answer_status(r, KHAOSAT__V1__STATUS__TRY_LATER);
}

/* At a stop what waits for a worker is put off, however much it is; but for the scribe's, which
 * finishes what the log has already. */
static void
run_work(struct task *task)
{
	struct request *r = (struct request *)((char *)task - offsetof(struct request, task));
	if (r->may_be_put_off && atomic_load(&r->server->is_stopping))
		r->worked = put_off;
	else
		r->work(r);
	loop_post(r->loop, &r->letter);
}

bool
request_work(
    struct request *r, struct worker *worker, request_handler *work, request_handler *worked)
{
	r->task.work = run_work;
	r->letter.open = open_worked;
	r->work = work;
	r->worked = worked;
	r->may_be_put_off = worker != r->server->scribe;
	bool has_place = worker_put(worker, &r->task);
	if (!has_place)
		meter_refused(METER_OVERLOAD);
	return has_place;
}

void
request_return(struct request *r, request_handler *worked)
{
	r->letter.open = open_worked;
	r->worked = worked;
	loop_post(r->loop, &r->letter);
}
