/* SPDX-License-Identifier: Apache-2.0 */
/* From the bytes of a Response to a status code, headers and JSON; and problem details, which every
 * error is answered with. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/http.h"
#include "collector/pbjson.h"
#include "collector/rules.h"
#include "proto/digest.h"
#include "survey/text.h"
#include "survey/wire.h"

/* ------------------------------------------------------------------------------ problems */

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

void
http_reply_free(struct http_reply *reply)
{
	bytes_free(&reply->headers);
	bytes_free(&reply->body);
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

/* ------------------------------------------------------------------------------ results */

static const ProtobufCMessage *
result_of(const Khaosat__V1__Response *r, uint32_t number)
{
	const ProtobufCFieldDescriptor *f =
	    protobuf_c_message_descriptor_get_field(r->base.descriptor, number);
	if (r->body_case != (Khaosat__V1__Response__BodyCase)number)
		return NULL;
	const ProtobufCMessage *result;
	memcpy(&result, (const char *)r + f->offset, sizeof(result));
	return result;
}

static void
put_file(const ProtobufCMessage *result, const char *name, struct http_reply *out)
{
	ProtobufCBinaryData file;
	const ProtobufCFieldDescriptor *f =
	    protobuf_c_message_descriptor_get_field_by_name(result->descriptor, name);
	memcpy(&file, (const char *)result + f->offset, sizeof(file));
	bytes_put(&out->body, file.data, file.len);
	out->is_public = true;
}

/* {"receipt":{...}}; an empty object where there is none. */
static void
put_part(const ProtobufCMessage *result, const char *name, struct http_reply *out)
{
	const ProtobufCFieldDescriptor *f =
	    protobuf_c_message_descriptor_get_field_by_name(result->descriptor, name);
	bytes_char(&out->body, '{');
	size_t before = out->body.n;
	pbjson_write_set(&out->body, result, f);
	if (!out->body.failed && out->body.n > before)
		out->body.at[before] = ' '; /* its comma */
	bytes_char(&out->body, '}');
}

static void
put_outcome(const Khaosat__V1__Response *r, struct http_reply *out)
{
	bool is_new = r->status == KHAOSAT__V1__STATUS__ACCEPTED;
	out->code = is_new ? 201 : 202;
	bytes_print(&out->body, "{\"status\":\"%s\"", is_new ? "ACCEPTED" : "REPLAYED");
	pbjson_write_set(&out->body, &r->base,
	    protobuf_c_message_descriptor_get_field_by_name(r->base.descriptor, "receipt"));
	bytes_char(&out->body, '}');
}

static uint64_t
next_of_log(const Khaosat__V1__LogEntries *list)
{
	uint64_t after = list->n_entry > 0 ? list->entry[list->n_entry - 1]->number + 1 : 0;
	return after <= list->last ? after : 0;
}

/* Where a list goes on: 0 if it does not. A test has every route with a cursor page on. */
static uint64_t
next_of(const Khaosat__V1__Response *r)
{
	switch ((int)r->body_case) {
	case KHAOSAT__V1__RESPONSE__BODY_UNIT_ENTRIES:
		return r->unit_entries->next_before;
	case KHAOSAT__V1__RESPONSE__BODY_EXPORTS:
		return r->exports->next_before;
	case KHAOSAT__V1__RESPONSE__BODY_FOLLOWUP:
		return r->followup->next;
	case KHAOSAT__V1__RESPONSE__BODY_MOVERS:
		return r->movers->next;
	case KHAOSAT__V1__RESPONSE__BODY_GRANTS:
		return r->grants->next;
	case KHAOSAT__V1__RESPONSE__BODY_PROPOSALS:
		return r->proposals->next;
	case KHAOSAT__V1__RESPONSE__BODY_ACTS:
		return r->acts->next <= r->acts->last ? r->acts->next : 0;
	case KHAOSAT__V1__RESPONSE__BODY_LOG_ENTRIES:
		return next_of_log(r->log_entries);
	default:
		return 0;
	}
}

/* The same query, but for the cursor. A reference without a path is read against the request's. */
static void
put_link(const struct http_ask *ask, uint64_t next, struct http_reply *out)
{
	struct http_span rest = {ask->query, strlen(ask->query)}, pair;
	size_t n = strlen(ask->route->cursor);
	bytes_text(&out->headers, "Link: <?");
	while (http_list_next(&rest, '&', &pair)) {
		bool is_cursor =
		    pair.n > n && memcmp(pair.at, ask->route->cursor, n) == 0 && pair.at[n] == '=';
		if (is_cursor)
			continue;
		bytes_put(&out->headers, pair.at, pair.n);
		bytes_char(&out->headers, '&');
	}
	bytes_print(&out->headers, "%s=%llu>; rel=\"next\"\r\n", ask->route->cursor,
	    (unsigned long long)next);
}

/* ------------------------------------------------------------------------------ ETag */

/* What changes though nothing has: a path of field numbers from the Response on. */
static const uint32_t fleeting[][3] = {
    {KHAOSAT__V1__RESPONSE__BODY_HELLO, 4, 0},
    {KHAOSAT__V1__RESPONSE__BODY_RATES, 3, 0},
    {KHAOSAT__V1__RESPONSE__BODY_ESTIMATES, 1, 3},
    {KHAOSAT__V1__RESPONSE__BODY_LOG_ENTRIES, 2, 0},
    {KHAOSAT__V1__RESPONSE__BODY_ACTS, 2, 0},
    {KHAOSAT__V1__RESPONSE__BODY_CASES, 3, 0},
    {KHAOSAT__V1__RESPONSE__BODY_CHANGES, 4, 0},
};

/* The bytes of the field at the end of the path, within `w`; empty where it is not there. */
static struct wire
find_fleeting(struct wire w, const uint32_t *path, size_t left)
{
	const struct wire none = {w.at, w.at};
	uint32_t field;
	enum wire_type type;
	while (w.at < w.end) {
		struct wire whole = w, inner;
		if (!wire_tag(&w, &field, &type))
			return none;
		bool is_it = field == *path;
		bool is_last = left == 1 || path[1] == 0;
		if (is_it && !is_last && type == WIRE_BYTES && wire_bytes(&w, &inner))
			return find_fleeting(inner, path + 1, left - 1);
		if (!wire_skip(&w, type))
			return none;
		if (is_it && is_last)
			return (struct wire){whole.at, w.at};
	}
	return none;
}

static void
put_etag(const struct digest_part *parts, size_t n, struct http_reply *out)
{
	uint8_t digest[SHA256_BYTES];
	digest_sha256(parts, n, digest);
	memcpy(out->etag, "W/\"", 3); /* gzip or not, JSON or protobuf */
	digest_hex(digest, UUID_BYTES, out->etag + 3);
	strcat(out->etag, "\"");
}

void
http_etag(struct http_reply *out)
{
	const struct digest_part part = {out->body.at, out->body.n};
	put_etag(&part, 1, out);
}

static void
make_etag(const uint8_t *bytes, size_t n, uint32_t result, struct http_reply *out)
{
	struct wire skipped = {bytes, bytes};
	for (size_t i = 0; i < sizeof(fleeting) / sizeof(fleeting[0]); i++)
		if (fleeting[i][0] == result)
			skipped = find_fleeting((struct wire){bytes, bytes + n}, fleeting[i], 3);
	const struct digest_part parts[] = {{bytes, (size_t)(skipped.at - bytes)},
	    {skipped.end, (size_t)(bytes + n - skipped.end)}};
	put_etag(parts, 2, out);
}

/* ------------------------------------------------------------------------------ the whole */

static void
present_done(const struct http_ask *ask, const Khaosat__V1__Response *r, struct http_reply *out)
{
	const struct http_route *route = ask->route;
	const ProtobufCMessage *result = route->result != 0 ? result_of(r, route->result) : NULL;
	out->code = 200;
	out->type = HTTP_JSON;
	if (route->output == HTTP_OUTPUT_OUTCOME && r->status != KHAOSAT__V1__STATUS__DONE) {
		put_outcome(r, out);
		return;
	}
	if (result == NULL) {
		out->code = 204;
		out->type = NULL;
		return;
	}
	if (route->output == HTTP_OUTPUT_FILE)
		put_file(result, route->part, out);
	else if (route->output == HTTP_OUTPUT_PART)
		put_part(result, route->part, out);
	else
		pbjson_write(&out->body, result);
	if (ask->query != NULL && next_of(r) != 0)
		put_link(ask, next_of(r), out);
}

static bool
is_success(Khaosat__V1__Status status)
{
	return status == KHAOSAT__V1__STATUS__DONE || status == KHAOSAT__V1__STATUS__ACCEPTED ||
	       status == KHAOSAT__V1__STATUS__REPLAYED;
}

bool
http_present(struct loop *loop, const struct http_ask *ask, const uint8_t *response, size_t n,
    struct http_reply *out)
{
	bool is_session = ask->route->output == HTTP_OUTPUT_SESSION;
	Khaosat__V1__Response *r = khaosat__v1__response__unpack(NULL, n, response);
	if (r == NULL)
		return false;
	if (is_success(r->status) && is_session)
		http_session_present(loop, ask, r, out);
	else if (is_success(r->status))
		present_done(ask, r, out);
	else
		http_present_error(ask, r, out);
	if (is_session && ask->route->method == HTTP_DELETE)
		http_session_end(loop, out);
	if (out->code == 200 && ask->route->method == HTTP_GET && !is_session)
		make_etag(response, n, ask->route->result, out);
	if (ask->wants_protobuf && out->type != NULL && !is_session &&
	    ask->route->output != HTTP_OUTPUT_FILE) {
		out->type = HTTP_PROTOBUF;
		out->body.n = 0;
		bytes_put(&out->body, response, n);
	}
	khaosat__v1__response__free_unpacked(r, NULL);
	return true;
}
