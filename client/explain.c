/* SPDX-License-Identifier: Apache-2.0 */
/* What the collector refused, said to people: the part of connection.h that speaks. */
#include "client/connection.h"

#include <stdio.h>
#include <string.h>

struct status_words {
	Khaosat__V1__Status status;
	int exit_code;
	const char *vi, *en; /* where the collector sent no message */
};

static const struct status_words words[] = {
    {KHAOSAT__V1__STATUS__DONE, EXIT_DONE, "xong", "done"},
    {KHAOSAT__V1__STATUS__ACCEPTED, EXIT_DONE, "đã tiếp nhận", "accepted"},
    {KHAOSAT__V1__STATUS__REPLAYED, EXIT_DONE, "đã tiếp nhận từ trước", "accepted before"},
    {KHAOSAT__V1__STATUS__CONFLICT, EXIT_FAILED, "mã phiếu này đã dùng cho nội dung khác",
	"this submission id was used for other answers"},
    {KHAOSAT__V1__STATUS__NOT_FOUND, EXIT_FAILED, "không tìm thấy phiếu được sửa",
	"the submission to be corrected is not known"},
    {KHAOSAT__V1__STATUS__STALE, EXIT_FAILED, "đã có phiếu mới hơn của đơn vị",
	"the unit has a later submission"},
    {KHAOSAT__V1__STATUS__REJECTED, EXIT_REJECTED, "phiếu có lỗi", "the answers have errors"},
    {KHAOSAT__V1__STATUS__NEEDS_CONFIRMATION, EXIT_REJECTED, "cần xác nhận kèm lý do",
	"confirmation with a reason is needed"},
    {KHAOSAT__V1__STATUS__REFUSED, EXIT_FAILED,
	"sai mã số thuế hoặc mã truy cập, hoặc không có quyền",
	"wrong tax code or access code, or not permitted"},
    {KHAOSAT__V1__STATUS__ROUND_CLOSED, EXIT_FAILED, "đợt khảo sát không mở",
	"the round is not open"},
    {KHAOSAT__V1__STATUS__WRONG_VERSION, EXIT_FAILED, "sai phiên bản phiếu khảo sát",
	"wrong version of the survey"},
    {KHAOSAT__V1__STATUS__TRY_LATER, EXIT_UNREACHABLE, "máy chủ đang bận, hãy thử lại sau",
	"the collector is busy, try again later"},
    {KHAOSAT__V1__STATUS__INVALID, EXIT_FAILED, "yêu cầu không hợp lệ", "the request is malformed"},
    {KHAOSAT__V1__STATUS__UNKNOWN_ROUND, EXIT_FAILED, "không có đợt khảo sát này",
	"there is no such round"},
    {KHAOSAT__V1__STATUS__FRAME_REFUSED, EXIT_FAILED, "máy chủ từ chối gói tin",
	"the collector refused the frame"},
    {KHAOSAT__V1__STATUS__UNSUPPORTED, EXIT_FAILED, "máy chủ không hiểu yêu cầu này",
	"the collector does not know this request"},
    {KHAOSAT__V1__STATUS__UNAVAILABLE, EXIT_UNREACHABLE,
	"chưa rõ đã lưu hay chưa, hãy gửi lại đúng nội dung này",
	"not known whether it was stored, send the same again"},
    {KHAOSAT__V1__STATUS__ALREADY, EXIT_FAILED, "không hợp với trạng thái hiện tại",
	"this does not fit the present state"},
};

static const struct status_words *
find_words(Khaosat__V1__Status status)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (words[i].status == status)
			return &words[i];
	return NULL;
}

/* "F01 [EH06] giá trị 140: ..." */
static void
explain_finding(const struct client *client, const Khaosat__V1__Finding *f)
{
	fputs("  ", stderr);
	if (f->question[0] != '\0')
		fprintf(stderr, "%s ", f->question);
	fprintf(stderr, "[%s%s]", f->check,
	    f->severity == KHAOSAT__V1__SEVERITY__SOFT
		? client_say(client, ", cần xác nhận", ", to be confirmed")
		: "");
	if (f->value[0] != '\0')
		fprintf(stderr, client_say(client, " giá trị %s", " value %s"), f->value);
	fprintf(stderr, ": %s\n", client_say(client, f->message_vi, f->message_en));
}

/* What is wrong with a survey definition. */
static void
explain_problems(const Khaosat__V1__Response *r)
{
	if (r->body_case != KHAOSAT__V1__RESPONSE__BODY_SURVEY_STORED)
		return;
	for (size_t i = 0; i < r->survey_stored->n_problem; i++)
		fprintf(stderr, "  %s\n", r->survey_stored->problem[i]);
}

int
connection_explain(const struct client *client, const Khaosat__V1__Response *r)
{
	const struct status_words *w = find_words(r->status);
	const char *message = client_say(client, r->message_vi, r->message_en);
	if (message[0] == '\0')
		message = w != NULL ? client_say(client, w->vi, w->en)
				    : client_say(client, "trả lời không rõ", "an unknown answer");
	client_error("%s", message);
	if (r->retry_after_ms > 1000)
		fprintf(stderr,
		    client_say(client, "  thử lại sau %u giây\n", "  try again in %u seconds\n"),
		    r->retry_after_ms / 1000 + 1);
	explain_problems(r);
	for (size_t i = 0; i < r->n_finding; i++)
		explain_finding(client, r->finding[i]);
	return w != NULL ? w->exit_code : EXIT_FAILED;
}

int
connection_lost(const struct client *client)
{
	client_error(client_say(client, "%s:%u: mất kết nối, chưa có trả lời",
			 "%s:%u: the connection was lost before an answer came"),
	    client->host, (unsigned)client->port);
	return EXIT_UNREACHABLE;
}

int
connection_unreadable(const struct client *client)
{
	client_error("%s", client_say(client, "máy chủ trả lời không đọc được",
			       "the collector's answer cannot be read"));
	return EXIT_FAILED;
}

Khaosat__V1__Response *
connection_ask(const struct client *client, struct connection *c, Khaosat__V1__Request *request,
    int *exit_code)
{
	Khaosat__V1__Response *response = connection_call(c, request);
	if (response == NULL) {
		*exit_code = connection_lost(client);
		return NULL;
	}
	if (response->status == KHAOSAT__V1__STATUS__DONE)
		return response;
	*exit_code = connection_explain(client, response);
	khaosat__v1__response__free_unpacked(response, NULL);
	return NULL;
}
