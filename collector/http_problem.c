/* SPDX-License-Identifier: Apache-2.0 */
/* Problem details (RFC 9457), with which every error is answered: what is wrong here, and what a
 * Response says that is no success. */
#include <stdio.h>
#include <string.h>

#include "collector/http.h"
#include "collector/pbjson.h"
#include "collector/rules.h"
#include "survey/text.h"

static const char *
title_of(int code)
{
	switch (code) {
	case 400:
		return "Bad request";
	case 401:
		return "Credentials needed";
	case 403:
		return "Refused";
	case 404:
		return "Not found";
	case 405:
		return "Method not allowed";
	case 406:
		return "Not acceptable";
	case 408:
		return "Request timed out";
	case 409:
		return "Conflict";
	case 413:
		return "Too large";
	case 416:
		return "Range not satisfiable";
	case 415:
		return "Unsupported media type";
	case 422:
		return "Answers do not pass";
	case 429:
		return "Too many requests";
	case 503:
		return "Try later";
	default:
		return code < 500 ? "Bad request" : "Not served";
	}
}

static void
put_text(struct bytes *out, const char *name, const char *value)
{
	if (value == NULL || *value == '\0')
		return;
	bytes_print(out, ",\"%s\":", name);
	if (text_check(value, strlen(value), SIZE_MAX, true) == TEXT_OK) {
		bytes_quote(out, value, strlen(value));
		return;
	}
	bytes_char(out, '"'); /* it quotes a peer, or was cut within a character */
	for (; *value != '\0'; value++)
		bytes_char(out, *value >= ' ' && *value != '"' && *value != '\\' ? *value : '?');
	bytes_char(out, '"');
}

static void
begin_problem(struct http_reply *out, int code, const char *kind)
{
	out->code = code;
	out->type = "application/problem+json";
	out->body.n = 0;
	bytes_print(&out->body,
	    "{\"type\":\"urn:khaosat:problem:%s\",\"title\":\"%s\",\"status\":%d", kind,
	    title_of(code), code);
}

static void
put_details(struct bytes *out, const char *vi, const char *en)
{
	put_text(out, "detail", en);
	put_text(out, "detail_vi", vi);
}

void
http_problem(struct http_reply *out, int code, const char *kind, const char *vi, const char *en)
{
	begin_problem(out, code, kind);
	put_details(&out->body, vi, en);
	bytes_char(&out->body, '}');
}

static void
put_invalid(struct http_reply *out, const char *field, const char *rule, const char *rule_vi)
{
	char vi[512], en[512];
	snprintf(vi, sizeof(vi), "Yêu cầu không hợp lệ, trường %.100s: %.250s.", field, rule_vi);
	snprintf(en, sizeof(en), "Invalid request, field %.100s: %.250s.", field, rule);
	begin_problem(out, 400, "invalid");
	put_details(&out->body, vi, en);
	put_text(&out->body, "field", field);
	put_text(&out->body, "rule", rule);
	bytes_char(&out->body, '}');
}

bool
http_invalid(struct http_reply *out, const char *field, const char *rule)
{
	put_invalid(out, field, rule, rule_in_vietnamese(field, rule));
	return false;
}

bool
http_not_json(struct http_reply *out, int line, int column)
{
	char en[64], vi[64];
	snprintf(en, sizeof(en), "JSON (line %d, column %d)", line, column);
	snprintf(vi, sizeof(vi), "JSON (dòng %d, cột %d)", line, column);
	put_invalid(out, "body", en, vi);
	return false;
}

void
http_retry_after(struct http_reply *out, uint32_t ms)
{
	bytes_print(&out->headers, "Retry-After: %u\r\n", (ms + 999) / 1000);
}

static void
put_allow(struct bytes *headers, unsigned allowed)
{
	bytes_text(headers, "Allow: OPTIONS");
	for (unsigned i = 0; i <= HTTP_PATCH; i++)
		if ((allowed >> i & 1) != 0)
			bytes_print(headers, ", %s%s", http_method_name((enum http_method)i),
			    i == HTTP_GET ? ", HEAD" : "");
	bytes_text(headers, "\r\n");
}

void
http_unserved(enum http_method method, unsigned allowed, struct http_reply *out)
{
	if (allowed == 0) {
		http_problem(out, 404, "no-such-path", "Không có gì ở đường dẫn này.",
		    "There is nothing at this path.");
		return;
	}
	put_allow(&out->headers, allowed);
	if (method == HTTP_OPTIONS)
		out->code = 204;
	else
		http_problem(out, 405, "method", "Đường dẫn này không phục vụ phương thức đó.",
		    "The path is not served by this method.");
}

/* ------------------------------------------------------------------------------ outcomes */

static const struct {
	int code;
	const char *kind;
} outcomes[] = {
    [KHAOSAT__V1__STATUS__CONFLICT] = {409, "conflict"},
    [KHAOSAT__V1__STATUS__NOT_FOUND] = {404, "not-found"},
    [KHAOSAT__V1__STATUS__STALE] = {409, "stale"},
    [KHAOSAT__V1__STATUS__REJECTED] = {422, "rejected"},
    [KHAOSAT__V1__STATUS__NEEDS_CONFIRMATION] = {422, "needs-confirmation"},
    [KHAOSAT__V1__STATUS__REFUSED] = {403, "refused"},
    [KHAOSAT__V1__STATUS__ROUND_CLOSED] = {409, "round-closed"},
    [KHAOSAT__V1__STATUS__WRONG_VERSION] = {409, "wrong-version"},
    [KHAOSAT__V1__STATUS__TRY_LATER] = {503, "try-later"},
    [KHAOSAT__V1__STATUS__INVALID] = {400, "invalid"},
    [KHAOSAT__V1__STATUS__UNKNOWN_ROUND] = {404, "unknown-round"},
    [KHAOSAT__V1__STATUS__FRAME_REFUSED] = {400, "invalid"},
    [KHAOSAT__V1__STATUS__UNSUPPORTED] = {400, "unsupported"},
    [KHAOSAT__V1__STATUS__UNAVAILABLE] = {503, "unavailable"},
    [KHAOSAT__V1__STATUS__ALREADY] = {409, "already"},
};

/* REFUSED to somebody who has shown nothing yet. */
static void
ask_for_credentials(const struct http_ask *ask, struct http_reply *out)
{
	if (ask->route->body == KHAOSAT__V1__REQUEST__BODY_LOG_IN)
		return;
	out->code = 401;
	bytes_text(&out->headers, "WWW-Authenticate: Basic realm=\"khaosat\", charset=\"UTF-8\"\r\n"
				  "WWW-Authenticate: Bearer realm=\"khaosat\"\r\n");
}

/* As it is named over HTTP, where the path says which of the Request's bodies it is in. */
static const char *
name_here(const struct http_ask *ask, const char *field)
{
	const ProtobufCFieldDescriptor *body = protobuf_c_message_descriptor_get_field(
	    &khaosat__v1__request__descriptor, (unsigned)ask->route->body);
	size_t n = strlen(body->name);
	return strncmp(field, body->name, n) == 0 && field[n] == '.' ? field + n + 1 : field;
}

/* What of a Response may say more than its words: the fields from `field` on, and its body. */
static void
put_more(struct bytes *out, const Khaosat__V1__Response *r)
{
	const ProtobufCMessageDescriptor *d = r->base.descriptor;
	for (unsigned i = 0; i < d->n_fields; i++)
		if (d->fields[i].id >= 5)
			pbjson_write_set(out, &r->base, &d->fields[i]);
}

void
http_present_error(
    const struct http_ask *ask, const Khaosat__V1__Response *r, struct http_reply *out)
{
	size_t status = (size_t)r->status;
	if (status >= sizeof(outcomes) / sizeof(outcomes[0]) || outcomes[status].code == 0)
		status = KHAOSAT__V1__STATUS__UNAVAILABLE;
	bool is_too_often = r->status == KHAOSAT__V1__STATUS__TRY_LATER && *r->rule != '\0';
	out->code = is_too_often ? 429 : outcomes[status].code;
	if (r->status == KHAOSAT__V1__STATUS__REFUSED && !ask->has_credential)
		ask_for_credentials(ask, out);
	if (r->status == KHAOSAT__V1__STATUS__INVALID && r->body_case == 0) {
		put_invalid(
		    out, name_here(ask, r->field), r->rule, rule_in_vietnamese(r->field, r->rule));
		return;
	}
	begin_problem(out, out->code, is_too_often ? "too-many-requests" : outcomes[status].kind);
	put_details(&out->body, r->message_vi, r->message_en);
	put_more(&out->body, r);
	bytes_char(&out->body, '}');
	if (out->code == 503 || out->code == 429)
		http_retry_after(out, r->retry_after_ms > 0 ? r->retry_after_ms : 1000);
}
