/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/answer.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "collector/clock.h"
#include "collector/log.h"
#include "collector/meter.h"
#include "collector/messages.h"
#include "collector/rules.h"
#include "proto/limits.h"
#include "survey/text.h"

struct label
answer_words(Khaosat__V1__Status status)
{
	static const struct label words[] = {
	    [KHAOSAT__V1__STATUS__REPLAYED] = {"Phiếu này đã được ghi nhận trước đó.",
		"This submission had already been accepted."},
	    [KHAOSAT__V1__STATUS__CONFLICT] =
		{"Mã phiếu này đã được dùng cho một phiếu có nội dung khác.",
		    "This instance_id was used for a submission with other content."},
	    [KHAOSAT__V1__STATUS__NOT_FOUND] =
		{"Không có phiếu nào mang mã được nêu để sửa hoặc rút.",
		    "The submission to be corrected or withdrawn is not known."},
	    [KHAOSAT__V1__STATUS__STALE] =
		{"Đơn vị đã gửi phiếu khác, hoặc phiếu định sửa đã được thay hay rút lại.",
		    "The unit has sent answers already, or those to be corrected were replaced or "
		    "withdrawn."},
	    [KHAOSAT__V1__STATUS__REJECTED] = {"Phiếu có lỗi phải sửa.",
		"The answers have errors."},
	    [KHAOSAT__V1__STATUS__NEEDS_CONFIRMATION] = {"Có giá trị cần được xác nhận kèm lý do.",
		"Some values need to be confirmed with a reason."},
	    [KHAOSAT__V1__STATUS__REFUSED] =
		{"Mã số thuế, mã truy cập hoặc quyền truy cập không đúng.",
		    "Tax code, access code or token are not right."},
	    [KHAOSAT__V1__STATUS__ROUND_CLOSED] = {"Đợt khảo sát không mở cho đơn vị này.",
		"The round is not open for this unit."},
	    [KHAOSAT__V1__STATUS__WRONG_VERSION] =
		{"Phiên bản phiếu khảo sát không đúng với đợt này.",
		    "Not the survey version of this round."},
	    [KHAOSAT__V1__STATUS__TRY_LATER] = {"Hệ thống đang bận; hãy gửi lại sau.",
		"The collector is busy; try again later."},
	    [KHAOSAT__V1__STATUS__UNKNOWN_ROUND] = {"Không có đợt khảo sát mang tên này.",
		"There is no round of that name."},
	    [KHAOSAT__V1__STATUS__FRAME_REFUSED] = {"Dữ liệu không phải là một yêu cầu hợp lệ.",
		"Not a frame that holds a Request."},
	    [KHAOSAT__V1__STATUS__UNSUPPORTED] =
		{"Yêu cầu hoặc phiên bản giao thức không được hỗ trợ.",
		    "The request or its version is not supported."},
	    [KHAOSAT__V1__STATUS__UNAVAILABLE] =
		{"Không đọc hoặc ghi được dữ liệu. Nếu vừa gửi phiếu thì chưa rõ đã ghi nhận hay "
		 "chưa: hãy gửi lại đúng phiếu đó.",
		    "The data could not be read or written. Of what was sent it is not known "
		    "whether it was stored: send the same again."},
	};
	struct label none = {"", ""};
	if ((size_t)status >= sizeof(words) / sizeof(words[0]) || words[status].vi == NULL)
		return none;
	return words[status];
}

/* Where there is no room for it the session is marked, and closes when it is settled. */
static void
send_to(struct session *s, const Khaosat__V1__Response *response, size_t n, bool ends_request)
{
	uint8_t *room = session_reserve(s, n);
	if (room == NULL)
		return;
	khaosat__v1__response__pack(response, room);
	if (ends_request)
		session_answer(s);
	else
		session_say(s);
}

const char *
answer_status_name(unsigned status)
{
	static const char *const name[] = {"unspecified", "done", "accepted", "replayed",
	    "conflict", "not_found", "stale", "rejected", "needs_confirmation", "refused",
	    "round_closed", "wrong_version", "try_later", "invalid", "unknown_round",
	    "frame_refused", "unsupported", "unavailable", "already"};
	return status < sizeof(name) / sizeof(name[0]) ? name[status] : NULL;
}

static void
count_answer(const struct request *r, Khaosat__V1__Status status)
{
	Khaosat__V1__Request__BodyCase body = r->message->body_case;
	meter_answer(body, status);
	if (body == KHAOSAT__V1__REQUEST__BODY_SUBMIT)
		meter_submitted(clock_monotonic_us() - r->begun_us);
	log_debug("session=%llx request=%llu body=%s status=%s", (unsigned long long)r->session,
	    (unsigned long long)r->message->id, r->route != NULL ? r->route->name : "none",
	    answer_status_name(status));
}

static void say(
    struct request *r, Khaosat__V1__Status status, struct label words, uint32_t after_ms);

#define SMALL_BYTES 16384u /* such answers are given whatever waits already */

/* False: it is too large, or is now, and that has been answered. */
static bool
note_answer(struct request *r, Khaosat__V1__Status status, size_t n)
{
	if (n > SMALL_BYTES && !budget_has_room(&r->server->peers.output, n)) {
		meter_refused(METER_OUTPUT_MEMORY);
		const struct label later = {
		    .vi = "Quá nhiều dữ liệu đang chờ được nhận; hãy thử lại sau.",
		    .en = "Too many answers wait to be read: try again later."};
		say(r, KHAOSAT__V1__STATUS__TRY_LATER, later,
		    admission_delay_ms(loop_admission(r->loop)));
		return false;
	}
	if (n > FRAME_RESPONSE_MAX_BYTES) {
		answer_invalid(r, r->route != NULL ? r->route->name : "body",
		    "the response would be over its limit: ask for less");
		return false;
	}
	count_answer(r, status);
	return true;
}

void
answer(struct request *r, Khaosat__V1__Response *response)
{
	response->id = r->message->id;
	size_t n = khaosat__v1__response__get_packed_size(response);
	if (!note_answer(r, response->status, n))
		return;
	struct session *s = loop_session(r->loop, r->session);
	if (s != NULL)
		send_to(s, response, n, true);
	request_free(r);
}

/* ------------------------------------------------------------------------------ by hand */

enum { RESPONSE_ID = 1, RESPONSE_STATUS, RESPONSE_MESSAGE_VI, RESPONSE_MESSAGE_EN };
enum { RESPONSE_RECEIPT = 7, RESPONSE_RETRY_AFTER_MS = 10 };
enum { RECEIPT_LOG = 1, RECEIPT_NUMBER, RECEIPT_HEADER };

static size_t
tag_bytes(uint32_t field)
{
	return wire_varint_size(field << 3);
}

/* A field's bytes; none where it is the default. */
static size_t
number_bytes(uint32_t field, uint64_t value)
{
	return value == 0 ? 0 : tag_bytes(field) + wire_varint_size(value);
}

static size_t
text_bytes(uint32_t field, const char *text)
{
	size_t n = strlen(text);
	return n == 0 ? 0 : tag_bytes(field) + wire_varint_size(n) + n;
}

static void
put_number(struct wire_out *w, uint32_t field, uint64_t value)
{
	if (value == 0)
		return;
	wire_put_tag(w, field, WIRE_VARINT);
	wire_put_varint(w, value);
}

static void
put_text(struct wire_out *w, uint32_t field, const char *text)
{
	if (*text != '\0')
		wire_put_bytes(w, field, text, strlen(text));
}

void
answer_encoded(struct request *r, Khaosat__V1__Status status, uint32_t field, size_t n,
    answer_put *put, const void *context)
{
	struct label words = answer_words(status);
	size_t all = number_bytes(RESPONSE_ID, r->message->id) +
		     number_bytes(RESPONSE_STATUS, (uint64_t)status) +
		     text_bytes(RESPONSE_MESSAGE_VI, words.vi) +
		     text_bytes(RESPONSE_MESSAGE_EN, words.en) + tag_bytes(field) +
		     wire_varint_size(n) + n;
	if (!note_answer(r, status, all))
		return;
	struct session *s = loop_session(r->loop, r->session);
	uint8_t *room = s != NULL ? session_reserve(s, all) : NULL;
	if (room != NULL) {
		struct wire_out w = {room, room + all, false};
		put_number(&w, RESPONSE_ID, r->message->id);
		put_number(&w, RESPONSE_STATUS, (uint64_t)status);
		put_text(&w, RESPONSE_MESSAGE_VI, words.vi);
		put_text(&w, RESPONSE_MESSAGE_EN, words.en);
		wire_put_tag(&w, field, WIRE_BYTES);
		wire_put_varint(&w, n);
		put(context, &w);
		assert(!w.full && w.at == w.end);
		session_answer(s);
	}
	request_free(r);
}

void
answer_try_later(struct session *s, uint64_t id, uint32_t body, uint32_t after_ms)
{
	const Khaosat__V1__Status status = KHAOSAT__V1__STATUS__TRY_LATER;
	meter_answer(body, status);
	struct label words = answer_words(status);
	size_t n = number_bytes(RESPONSE_ID, id) + number_bytes(RESPONSE_STATUS, status) +
		   text_bytes(RESPONSE_MESSAGE_VI, words.vi) +
		   text_bytes(RESPONSE_MESSAGE_EN, words.en) +
		   number_bytes(RESPONSE_RETRY_AFTER_MS, after_ms);
	uint8_t *room = session_reserve(s, n);
	if (room == NULL)
		return;
	struct wire_out w = {room, room + n, false};
	put_number(&w, RESPONSE_ID, id);
	put_number(&w, RESPONSE_STATUS, status);
	put_text(&w, RESPONSE_MESSAGE_VI, words.vi);
	put_text(&w, RESPONSE_MESSAGE_EN, words.en);
	put_number(&w, RESPONSE_RETRY_AFTER_MS, after_ms);
	assert(!w.full && w.at == w.end);
	session_answer(s);
}

struct receipt {
	const uint8_t *log, *header;
	uint64_t number;
};

static void
put_receipt(const void *context, struct wire_out *w)
{
	const struct receipt *receipt = context;
	wire_put_bytes(w, RECEIPT_LOG, receipt->log, STORE_LOG_ID_BYTES);
	put_number(w, RECEIPT_NUMBER, receipt->number);
	wire_put_bytes(w, RECEIPT_HEADER, receipt->header, ENTRY_HEADER_BYTES);
}

void
answer_receipt(struct request *r, Khaosat__V1__Status status, uint64_t number,
    const uint8_t header[ENTRY_HEADER_BYTES])
{
	const struct receipt receipt = {store_log_id(r->server->store), header, number};
	size_t n = tag_bytes(RECEIPT_LOG) + wire_varint_size(STORE_LOG_ID_BYTES) +
		   STORE_LOG_ID_BYTES + number_bytes(RECEIPT_NUMBER, number) +
		   tag_bytes(RECEIPT_HEADER) + wire_varint_size(ENTRY_HEADER_BYTES) +
		   ENTRY_HEADER_BYTES;
	answer_encoded(r, status, RESPONSE_RECEIPT, n, put_receipt, &receipt);
}

/* ------------------------------------------------------------------------------ the others */

static void
say(struct request *r, Khaosat__V1__Status status, struct label words, uint32_t after_ms)
{
	Khaosat__V1__Response response;
	khaosat__v1__response__init(&response);
	response.status = status;
	response.message_vi = answer_text(words.vi);
	response.message_en = answer_text(words.en);
	response.retry_after_ms = after_ms;
	answer(r, &response);
}

void
answer_say(struct request *r, Khaosat__V1__Status status, const char *vi, const char *en)
{
	bool is_later = status == KHAOSAT__V1__STATUS__TRY_LATER;
	say(r, status, (struct label){.vi = vi, .en = en}, is_later ? RETRY_AFTER_MS : 0);
}

void
answer_status(struct request *r, Khaosat__V1__Status status)
{
	struct label words = answer_words(status);
	answer_say(r, status, words.vi, words.en);
}

void
answer_too_often(struct request *r, const char *vi, const char *en, uint32_t after_ms)
{
	Khaosat__V1__Response response;
	khaosat__v1__response__init(&response);
	response.status = KHAOSAT__V1__STATUS__TRY_LATER;
	response.message_vi = answer_text(vi);
	response.message_en = answer_text(en);
	response.rule = answer_text("too often");
	response.retry_after_ms = after_ms;
	answer(r, &response);
}

void
answer_done(struct request *r)
{
	answer_status(r, KHAOSAT__V1__STATUS__DONE);
}

void
answer_invalid(struct request *r, const char *field, const char *rule)
{
	answer_invalid_said(r, field, rule_in_vietnamese(field, rule), rule);
}

void
answer_invalid_said(struct request *r, const char *field, const char *rule_vi, const char *rule)
{
	char vi[512], en[512];
	Khaosat__V1__Response response;
	khaosat__v1__response__init(&response);
	snprintf(vi, sizeof(vi), "Yêu cầu không hợp lệ, trường %s: %s.", field, rule_vi);
	snprintf(en, sizeof(en), "Invalid request, field %s: %s.", field, rule);
	response.status = KHAOSAT__V1__STATUS__INVALID;
	response.message_vi = vi;
	response.message_en = en;
	response.field = answer_text(field);
	response.rule = answer_text(rule);
	answer(r, &response);
}

void
answer_fill_head(Khaosat__V1__Head *out, const struct chain_link *head)
{
	if (head->number == 0)
		return;
	out->instance_id = answer_bytes(head->entry.instance_id, UUID_BYTES);
	out->revision = head->entry.revision;
	out->number = head->number;
	out->time_ms = head->entry.time_ms;
}

void
answer_stale(struct request *r, const struct chain *chain)
{
	struct label words = answer_words(KHAOSAT__V1__STATUS__STALE);
	Khaosat__V1__Response response;
	khaosat__v1__response__init(&response);
	Khaosat__V1__Head head;
	khaosat__v1__head__init(&head);
	answer_fill_head(&head, &chain->head);
	response.status = KHAOSAT__V1__STATUS__STALE;
	response.message_vi = answer_text(words.vi);
	response.message_en = answer_text(words.en);
	response.head = &head;
	answer(r, &response);
}

/* What a peer sent goes back only where it is text. */
static const char *
clean(const char *text)
{
	return text_check(text, strlen(text), SIZE_MAX, true) == TEXT_OK ? text : "";
}

void
answer_fill_finding(Khaosat__V1__Finding *out, const struct definition *d,
    const struct messages *messages, const struct finding *f)
{
	const struct check *check = &d->check[f->check];
	struct label message = messages_check(messages, f->check);
	khaosat__v1__finding__init(out);
	out->question =
	    answer_text(f->question >= 0 ? d->question[f->question].code : clean(f->question_code));
	out->check = answer_text(check->code);
	out->severity = check->hard ? KHAOSAT__V1__SEVERITY__HARD : KHAOSAT__V1__SEVERITY__SOFT;
	out->message_vi = answer_text(message.vi);
	out->message_en = answer_text(message.en);
	out->value = answer_text(clean(f->value));
}

void
answer_findings(struct request *r, Khaosat__V1__Status status, const struct round_view *round,
    const struct findings *findings)
{
	Khaosat__V1__Finding filled[FINDINGS_MAX], *list[FINDINGS_MAX];
	struct label words = answer_words(status);
	Khaosat__V1__Response response;
	struct messages *messages = messages_new(round);
	if (messages == NULL) {
		answer_memory(r);
		return;
	}
	khaosat__v1__response__init(&response);
	for (size_t i = 0; i < findings->n; i++) {
		const struct finding *f = &findings->finding[i];
		if (f->confirmed) /* the respondent has answered for it */
			continue;
		const struct check *check = &round->definition->check[f->check];
		meter_finding(check->code, check->hard);
		answer_fill_finding(&filled[response.n_finding], round->definition, messages, f);
		list[response.n_finding] = &filled[response.n_finding];
		response.n_finding++;
	}
	response.status = status;
	response.message_vi = answer_text(words.vi);
	response.message_en = answer_text(words.en);
	response.finding = list;
	answer(r, &response);
	messages_free(messages);
}

void
answer_fill_round(Khaosat__V1__RoundInfo *out, const struct round_view *round)
{
	khaosat__v1__round_info__init(out);
	out->name = answer_text(round->name);
	out->phase = (Khaosat__V1__RoundPhase)round->phase;
	out->survey_id = answer_text(round->definition->id);
	out->survey_version = round->definition->version;
	out->reference_date = answer_text(round->reference_date);
	out->closes_ms = round->closes_ms;
	out->earlier = answer_text(round->earlier);
	out->units = round->units;
	out->strata = round->strata;
	out->drawn = round->drawn;
	out->responded = round->responded;
	out->out_of_scope = round->out_of_scope;
	out->number = round->number;
	out->opened_ms = round->opened_ms;
	out->closed_ms = round->closed_ms;
}

void
answer_round(struct request *r, const struct round_view *round)
{
	Khaosat__V1__Response response;
	khaosat__v1__response__init(&response);
	Khaosat__V1__RoundInfo info;
	answer_fill_round(&info, round);
	response.status = KHAOSAT__V1__STATUS__DONE;
	response.body_case = KHAOSAT__V1__RESPONSE__BODY_ROUND;
	response.round = &info;
	answer(r, &response);
}

void
answer_memory(struct request *r)
{
	struct session *s = loop_session(r->loop, r->session);
	if (s != NULL)
		session_doom(s);
	request_free(r);
}

void
request_refuse_frame(struct session *s)
{
	struct label words = answer_words(KHAOSAT__V1__STATUS__FRAME_REFUSED);
	Khaosat__V1__Response response;
	khaosat__v1__response__init(&response);
	response.status = KHAOSAT__V1__STATUS__FRAME_REFUSED;
	response.message_vi = answer_text(words.vi);
	response.message_en = answer_text(words.en);
	send_to(s, &response, khaosat__v1__response__get_packed_size(&response), false);
}
