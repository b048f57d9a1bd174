/* SPDX-License-Identifier: Apache-2.0 */
/* The head of a request is looked at twice: when it is there, to refuse at once what its body need
 * not be awaited for, and when the body is there too. In between nothing is kept of it but the
 * bytes themselves, in the stream's input.
 *
 *   head whole --> judge --> body whole --> handle --+--> local route ----------------> http_send
 *                                                    +--> http_translate --> owner
 *                                                           owner --> http_present --> http_send
 *
 * A request for entries that are not there yet may wait for them: its answer is held back and the
 * same Request given again when the log has grown, or time is up. */
#include "collector/http.h"

#include <stdlib.h>
#include <string.h>

#include "collector/answer.h"
#include "collector/clock.h"
#include "collector/log.h"
#include "collector/meter.h"
#include "collector/request.h"
#include "collector/session_parts.h"
#include "proto/limits.h"

#define WAIT_MAX_S 60u

struct talk {
	size_t scanned;         /* of a head that is not whole; see http_head_parse */
	bool was_told_to_go_on; /* 100 Continue */
	struct http_ask ask;
	struct bytes response; /* of the owner, while it is written */
	struct bytes request;  /* what may have to be asked again */
	int64_t wait_until_ms; /* it waits for the log to grow; 0: it does not */
	struct http_file file; /* that is being sent */
	bool wants_piece;      /* of it, when the one before has been taken */
	bool is_held;          /* there is no answer to it as of now */
};

static void
forget_ask(struct talk *t)
{
	free(t->ask.query);
	t->ask = (struct http_ask){0};
	bytes_free(&t->request);
	t->file = (struct http_file){0};
	t->wait_until_ms = 0;
	t->wants_piece = t->is_held = false;
}

static bool
open_talk(struct session *s)
{
	s->talk = calloc(1, sizeof(struct talk));
	return s->talk != NULL;
}

static void
close_talk(struct session *s)
{
	struct talk *t = s->talk;
	forget_ask(t);
	bytes_free(&t->response);
	free(t);
}

/* ------------------------------------------------------------------------------ answers */

static void
send_head(struct session *s, struct http_reply *reply)
{
	struct talk *t = s->talk;
	t->ask.closes = t->ask.closes || s->phase != PHASE_OPEN;
	http_put_limits(s->owner->context, s, &t->ask, reply);
	http_send(s, &t->ask, reply);
}

static void
reply_with(struct session *s, struct http_reply *reply)
{
	struct talk *t = s->talk;
	send_head(s, reply);
	http_reply_free(reply);
	forget_ask(t);
	s->events++;
}

/* The last word: what follows in the input is not read any more. */
static void
refuse(struct session *s, int code, const char *kind, const char *vi, const char *en)
{
	struct http_reply reply = {0};
	struct talk *t = s->talk;
	meter_refused(METER_HTTP);
	t->ask.closes = true;
	http_problem(&reply, code, kind, vi, en);
	reply_with(s, &reply);
}

static void
refuse_fault(struct session *s, enum http_fault fault)
{
	static struct log_gate gate;
	unsigned held_back;
	if (log_gate_pass(&gate, clock_monotonic_ms(), &held_back))
		log_info("session=%llx http refused reason=%s held_back=%u",
		    (unsigned long long)s->id, http_fault_reason(fault), held_back);
	refuse(s, http_fault_code(fault), "not-http", http_fault_reason_vi(fault),
	    http_fault_reason(fault));
}

static void
say_late(struct session *s)
{
	struct http_reply reply = {0};
	struct talk *t = s->talk;
	t->ask.closes = true;
	http_problem(&reply, 408, "timeout", "Yêu cầu không tới đủ trong thời hạn.",
	    "The request was not whole in time.");
	reply_with(s, &reply);
}

static uint8_t *
reserve_response(struct session *s, size_t body_bytes)
{
	struct talk *t = s->talk;
	t->response.n = 0;
	uint8_t *room = s->is_doomed ? NULL : bytes_reserve(&t->response, body_bytes);
	if (room != NULL)
		t->response.n = body_bytes;
	return room;
}

static bool
has_no_entries(const struct talk *t)
{
	Khaosat__V1__Response *r =
	    khaosat__v1__response__unpack(NULL, t->response.n, t->response.at);
	bool none = r != NULL && r->status == KHAOSAT__V1__STATUS__DONE &&
		    r->body_case == KHAOSAT__V1__RESPONSE__BODY_LOG_ENTRIES &&
		    r->log_entries->n_entry == 0;
	khaosat__v1__response__free_unpacked(r, NULL);
	return none;
}

/* False: it goes on. */
static bool
commit_piece(struct session *s)
{
	struct talk *t = s->talk;
	struct http_reply reply = {0};
	enum http_file_step step = http_file_take(&t->file, &t->ask, &t->response, &reply);
	bytes_free(&t->response);
	if (step == HTTP_FILE_REPLY)
		send_head(s, &reply);
	else if (step == HTTP_FILE_PIECE)
		http_send_more(s, &reply.body);
	http_reply_free(&reply);
	s->events++;
	s->is_doomed = s->is_doomed || step == HTTP_FILE_LOST;
	t->is_held = step == HTTP_FILE_LATER;
	t->wants_piece = step == HTTP_FILE_AGAIN || t->file.next < t->file.end;
	bool is_over = !t->is_held && !t->wants_piece;
	if (is_over)
		forget_ask(t);
	return is_over;
}

static bool
commit_response(struct session *s)
{
	struct talk *t = s->talk;
	struct http_reply reply = {0};
	if (t->file.is_on)
		return commit_piece(s);
	t->is_held =
	    t->wait_until_ms > clock_monotonic_ms() && s->phase == PHASE_OPEN && has_no_entries(t);
	if (t->is_held) {
		bytes_free(&t->response);
		return false;
	}
	if (!http_present(s->owner->context, &t->ask, t->response.at, t->response.n, &reply))
		s->is_doomed = true;
	bytes_free(&t->response);
	reply_with(s, &reply);
	return true;
}

/* ------------------------------------------------------------------------------ asking again */

/* The bytes are kept as long as the same may have to be asked again. */
static bool
give_bytes(struct session *s, struct bytes *request)
{
	struct talk *t = s->talk;
	bool is_request = session_give(s, request->at, request->n);
	if (t->wait_until_ms != 0 || t->file.is_on)
		t->request = *request;
	else
		bytes_free(request);
	return is_request;
}

static bool
has_grown(struct session *s, struct talk *t)
{
	Khaosat__V1__Request *r = khaosat__v1__request__unpack(NULL, t->request.n, t->request.at);
	struct loop *loop = s->owner->context;
	bool grown = r == NULL || state_last(loop_server(loop)->state) >= r->read_log->from;
	khaosat__v1__request__free_unpacked(r, NULL);
	return grown;
}

static void
ask_once_more(struct session *s)
{
	struct talk *t = s->talk;
	struct bytes request = t->request;
	t->request = (struct bytes){0};
	t->is_held = t->wants_piece = false;
	s->in_flight--; /* as if it had just come */
	bool is_good = !t->file.is_on || http_file_put_next(&t->file, &request);
	if (!is_good)
		bytes_free(&request);
	if (!is_good || !give_bytes(s, &request))
		s->is_doomed = true;
}

static bool
ask_again(struct session *s, int64_t now_ms)
{
	struct talk *t = s->talk;
	bool waits = now_ms < t->wait_until_ms && s->phase == PHASE_OPEN && !has_grown(s, t);
	if (!t->is_held || waits)
		return false;
	ask_once_more(s);
	return true;
}

static bool
ask_for_more(struct session *s)
{
	struct talk *t = s->talk;
	if (!t->wants_piece || t->is_held) /* told to come later, it comes with the next tick */
		return false;
	ask_once_more(s);
	return true;
}

/* ------------------------------------------------------------------------------ requests */

static void
read_ask(const struct http_call *call, struct http_ask *ask)
{
	uint8_t token[STAFF_TOKEN_BYTES];
	const struct http_head *head = call->head;
	const struct http_span *accept = http_header_find(head, "accept");
	const struct http_span *known = http_header_find(head, "if-none-match");
	ask->route = call->route;
	ask->is_head = head->method == HTTP_HEAD;
	ask->closes = head->closes;
	http_unit(head, ask->unit);
	bool has_token = http_token(call->loop, head, token);
	ask->has_credential = has_token || http_header_find(head, "authorization") != NULL;
	if (has_token)
		http_csrf(token, ask->csrf);
	ask->wants_gzip = http_admits_gzip(http_header_find(head, "accept-encoding"));
	ask->wants_protobuf =
	    !http_admits_type(accept, HTTP_JSON) && http_admits_type(accept, HTTP_PROTOBUF);
	if (known != NULL && known->n < sizeof(ask->if_none_match))
		memcpy(ask->if_none_match, known->at, known->n);
	if (call->route == NULL || call->route->cursor == NULL)
		return;
	ask->query = strndup(head->query.n > 0 ? head->query.at : "", head->query.n);
}

/* False: no type that this route has is one that the peer takes. */
static bool
can_please(const struct http_call *call, const struct http_ask *ask)
{
	const struct http_route *route = call->route;
	const struct http_span *accept = http_header_find(call->head, "accept");
	if (route->local != NULL)
		return http_admits_type(accept, route->type);
	return route->output == HTTP_OUTPUT_NOTHING || route->output == HTTP_OUTPUT_PIECES ||
	       http_admits_type(accept, HTTP_JSON) ||
	       (ask->wants_protobuf && route->output != HTTP_OUTPUT_FILE &&
		   route->output != HTTP_OUTPUT_SESSION);
}

/* True: it has been answered, and needs nobody else. */
static bool
answer_here(const struct http_call *call, unsigned allowed, struct http_reply *out)
{
	struct talk *t = call->session->talk;
	uint32_t wait_ms = request_wait_ms(call->loop, call->session);
	if (wait_ms > 0) {
		meter_refused(METER_ADDRESS_RATE);
		http_problem(out, 429, "too-many-requests", "Quá nhiều yêu cầu từ địa chỉ này.",
		    "Too many requests from this address.");
		http_retry_after(out, wait_ms);
	} else if (call->route == NULL) {
		http_unserved(call->head->method, allowed, out);
	} else if (http_is_forged(call)) {
		meter_refused(METER_CROSS_SITE);
		http_problem(out, 403, "cross-site",
		    "Với cookie hoặc mã truy cập mà trình duyệt tự gửi kèm, yêu cầu thay đổi phải "
		    "đến từ một trang của máy chủ này; với cookie còn phải kèm X-CSRF-Token.",
		    "With a cookie or a code that a browser adds by itself, what changes something "
		    "comes from a page of this host; with a cookie it has its X-CSRF-Token.");
	} else if (!can_please(call, &t->ask)) {
		http_problem(out, 406, "not-acceptable",
		    "Ở đây không có kiểu dữ liệu nào mà Accept cho phép.",
		    "Nothing here has a type that Accept admits.");
	} else if (call->route->local != NULL) {
		out->type = call->route->type;
		call->route->local(call, out);
	} else if ((wait_ms = request_shed_ms(call->loop, call->route->body)) > 0) {
		const struct label words = answer_words(KHAOSAT__V1__STATUS__TRY_LATER);
		meter_answer(call->route->body, KHAOSAT__V1__STATUS__TRY_LATER);
		http_problem(out, 503, "try-later", words.vi, words.en);
		http_retry_after(out, wait_ms);
	} else {
		return false;
	}
	return true;
}

static void
give(const struct http_call *call)
{
	struct session *s = call->session;
	struct talk *t = s->talk;
	struct http_reply reply = {0};
	struct bytes request = {0};
	unsigned wait_s = 0;
	bool is_good = http_translate(call, &request, &wait_s, &reply);
	if (is_good && call->route->output == HTTP_OUTPUT_PIECES) {
		http_file_ask(call, &t->file);
		request.failed = request.failed || !http_file_put_next(&t->file, &request);
	}
	if (!is_good || request.failed) {
		s->is_doomed = request.failed;
		bytes_free(&request);
		reply_with(s, &reply);
		return;
	}
	if (wait_s > WAIT_MAX_S)
		wait_s = WAIT_MAX_S;
	t->wait_until_ms = wait_s > 0 ? clock_monotonic_ms() + 1000 * (int64_t)wait_s : 0;
	if (!give_bytes(s, &request))
		refuse(s, 400, "invalid", "Nội dung không phải là thứ đường dẫn này nhận.",
		    "The body is not what this path takes.");
}

static void
handle(struct session *s, const struct http_head *head, const uint8_t *body)
{
	unsigned allowed;
	struct talk *t = s->talk;
	struct http_reply reply = {0};
	struct http_call call = {
	    .loop = s->owner->context, .session = s, .head = head, .body = body};
	call.route = http_route_find(head->method, head->path, call.param, &allowed);
	read_ask(&call, &t->ask);
	if (answer_here(&call, allowed, &reply))
		reply_with(s, &reply);
	else
		give(&call);
}

/* A body that is too large, or that nothing here will read, is not awaited. True: refused. */
static bool
judge(struct session *s, const struct http_head *head, bool is_whole)
{
	uint8_t token[STAFF_TOKEN_BYTES];
	struct http_span param[HTTP_PARAMS_MAX];
	struct http_reply reply = {0};
	struct talk *t = s->talk;
	unsigned allowed;
	if (!is_whole && http_route_find(head->method, head->path, param, &allowed) == NULL) {
		t->ask.closes = true;
		meter_refused(METER_HTTP);
		http_unserved(head->method, allowed, &reply);
		reply_with(s, &reply);
		return true;
	}
	if (head->body_bytes <= FRAME_UNIT_MAX_BYTES ||
	    (head->body_bytes <= FRAME_STAFF_MAX_BYTES &&
		http_token(s->owner->context, head, token) &&
		request_is_token(s->owner->context, token)))
		return false;
	refuse(s, 413, "too-large", "Nội dung có nhiều nhất 128 KiB, kèm mã thẻ hợp lệ là 4 MiB.",
	    "Bodies have at most 128 KiB, with a valid token 4 MiB.");
	return true;
}

static void
tell_to_go_on(struct session *s)
{
	static const char line[] = "HTTP/1.1 100 Continue\r\n\r\n";
	struct talk *t = s->talk;
	t->was_told_to_go_on = true;
	uint8_t *room = stream_reserve(s->stream, sizeof(line) - 1);
	if (room == NULL) {
		s->is_doomed = true;
		return;
	}
	memcpy(room, line, sizeof(line) - 1);
	stream_commit(s->stream);
}

static void
await_body(struct session *s, const struct http_head *head)
{
	struct talk *t = s->talk;
	s->wanted = head->head_bytes + (size_t)head->body_bytes;
	session_note_partial(s);
	if (head->expects_continue && !t->was_told_to_go_on)
		tell_to_go_on(s);
}

/* All of it is there. */
static void
take_whole(struct session *s, const struct http_head *head, const uint8_t *bytes)
{
	struct talk *t = s->talk;
	t->scanned = 0;
	t->was_told_to_go_on = false;
	s->is_partial = false;
	handle(s, head, bytes + head->head_bytes);
	stream_take(s->stream, head->head_bytes + (size_t)head->body_bytes);
}

static bool
take_request(struct session *s)
{
	struct http_head head;
	struct talk *t = s->talk;
	size_t length = stream_length(s->stream);
	size_t n = length <= HTTP_HEAD_MAX_BYTES ? length : HTTP_HEAD_MAX_BYTES + 1;
	if (n == 0)
		return false;
	const uint8_t *bytes = stream_peek(s->stream);
	enum http_fault fault = http_head_parse(bytes, n, t->scanned, &head);
	if (fault == HTTP_PARTIAL) {
		t->scanned = n;
		session_note_partial(s);
		return false;
	}
	if (fault != HTTP_OK) {
		refuse_fault(s, fault);
		return false;
	}
	bool is_whole = length - head.head_bytes >= head.body_bytes;
	t->scanned = head.head_bytes - 1;
	if (judge(s, &head, is_whole))
		return false;
	if (is_whole)
		take_whole(s, &head, bytes);
	else
		await_body(s, &head);
	return is_whole;
}

const struct dialect dialect_http = {
    .door = METER_DOOR_HTTP,
    .alpn = HTTP_ALPN,
    .in_flight_max = 1,
    .at_once_max = 4,
    .open = open_talk,
    .close = close_talk,
    .take = take_request,
    .reserve = reserve_response,
    .commit = commit_response,
    .late = say_late,
    .tick = ask_again,
    .more = ask_for_more,
};
