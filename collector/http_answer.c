/* SPDX-License-Identifier: Apache-2.0 */
/* From the bytes of a Response to a status code, headers and JSON, or to the problem that it tells
 * of (http_problem.c). */
#include <string.h>

#include "collector/http.h"
#include "collector/pbjson.h"
#include "proto/digest.h"
#include "survey/wire.h"

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
put_etag(const struct digest_part *parts, size_t n, char out[HTTP_ETAG_BYTES])
{
	uint8_t digest[SHA256_BYTES];
	digest_sha256(parts, n, digest);
	memcpy(out, "W/\"", 3); /* gzip or not, JSON or protobuf */
	digest_hex(digest, UUID_BYTES, out + 3);
	strcat(out, "\"");
}

void
http_etag(const struct bytes *body, char out[HTTP_ETAG_BYTES])
{
	const struct digest_part part = {body->at, body->n};
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
	put_etag(parts, 2, out->etag);
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

void
http_reply_free(struct http_reply *reply)
{
	bytes_free(&reply->headers);
	bytes_free(&reply->body);
}
