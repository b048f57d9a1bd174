/* SPDX-License-Identifier: Apache-2.0 */
/* From an HTTP request to the bytes of a Request. Its body's fields are put in the order body,
 * query, path: of a field that is there twice protobuf takes the last, so the path has the last
 * word. What the fields may hold is not judged here. */
#include <jansson.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "collector/http.h"
#include "collector/http_answers.h"
#include "collector/http_csv.h"
#include "collector/pbjson.h"
#include "proto/limits.h"
#include "survey/wire.h"

enum { REQUEST_ID = 1, REQUEST_VERSION, REQUEST_UNIT, REQUEST_STAFF_TOKEN };
enum { UNIT_TAX_CODE = 1, UNIT_ACCESS_CODE };

#define CREDENTIAL_MAX_BYTES 256

/* ------------------------------------------------------------------------------ credentials */

bool
http_has_scheme(struct http_span value, const char *scheme, struct http_span *rest)
{
	size_t n = strlen(scheme);
	struct http_span head = {value.at, n};
	if (value.n <= n || value.at[n] != ' ' || !http_span_is_nocase(head, scheme))
		return false;
	while (n < value.n && value.at[n] == ' ')
		n++;
	*rest = (struct http_span){value.at + n, value.n - n};
	return true;
}

bool
http_token(struct loop *loop, const struct http_head *head, uint8_t token[32])
{
	struct http_span hex;
	const struct http_span *value = http_header_find(head, "authorization");
	if (value == NULL)
		return http_cookie(loop, head, token);
	return http_has_scheme(*value, "bearer", &hex) && http_unhex(hex, token);
}

/* Tax code and access code, apart by a colon, in base64. */
static bool
read_unit(
    struct http_span base64, uint8_t text[CREDENTIAL_MAX_BYTES], size_t *n, const uint8_t **colon)
{
	if (sodium_base642bin(text, CREDENTIAL_MAX_BYTES, base64.at, base64.n, NULL, n, NULL,
		sodium_base64_VARIANT_ORIGINAL) != 0)
		return false;
	*colon = memchr(text, ':', *n);
	return *colon != NULL;
}

void
http_unit(const struct http_head *head, char tax_code[16])
{
	uint8_t text[CREDENTIAL_MAX_BYTES];
	const struct http_span *value = http_header_find(head, "authorization");
	struct http_span base64;
	const uint8_t *colon;
	size_t n;
	tax_code[0] = '\0';
	if (value == NULL || !http_has_scheme(*value, "basic", &base64) ||
	    !read_unit(base64, text, &n, &colon) || colon - text >= 16)
		return;
	memcpy(tax_code, text, (size_t)(colon - text));
	tax_code[colon - text] = '\0';
}

static bool
put_unit(struct http_span base64, struct bytes *request)
{
	uint8_t text[CREDENTIAL_MAX_BYTES];
	struct bytes unit = {0};
	const uint8_t *colon;
	size_t n;
	if (!read_unit(base64, text, &n, &colon))
		return false;
	size_t before = (size_t)(colon - text);
	bytes_field(&unit, UNIT_TAX_CODE, text, before);
	bytes_field(&unit, UNIT_ACCESS_CODE, colon + 1, n - before - 1);
	bytes_field(request, REQUEST_UNIT, unit.at, unit.n);
	request->failed = request->failed || unit.failed;
	bytes_free(&unit);
	return true;
}

/* A token of another form is no one's: it goes on as none, and is refused where one is needed. */
static bool
put_credential(const struct http_call *call, struct bytes *request, struct http_reply *out)
{
	const struct http_head *head = call->head;
	uint8_t token[STAFF_TOKEN_BYTES];
	struct http_span rest;
	const struct http_span *value = http_header_find(head, "authorization");
	bool is_token = http_token(call->loop, head, token);
	if (value == NULL && !is_token)
		return true;
	if (value == NULL || http_has_scheme(*value, "bearer", &rest)) {
		bytes_field(request, REQUEST_STAFF_TOKEN, token, is_token ? sizeof(token) : 0);
		return true;
	}
	if (http_has_scheme(*value, "basic", &rest) && put_unit(rest, request))
		return true;
	http_problem(out, 401, "unauthorized",
	    "Authorization không phải \"Basic\" với mã số thuế và mã truy cập, cũng không phải "
	    "\"Bearer\" với mã thẻ.",
	    "Authorization is neither \"Basic\" with a tax code and an access code nor \"Bearer\" "
	    "with a token.");
	bytes_text(&out->headers, "WWW-Authenticate: Basic realm=\"khaosat\", charset=\"UTF-8\"\r\n"
				  "WWW-Authenticate: Bearer realm=\"khaosat\"\r\n");
	return false;
}

/* ------------------------------------------------------------------------------ path and query */

static const ProtobufCFieldDescriptor *
find_field(const ProtobufCMessageDescriptor *d, struct http_span name)
{
	char text[64];
	if (name.n >= sizeof(text))
		return NULL;
	memcpy(text, name.at, name.n);
	text[name.n] = '\0';
	return protobuf_c_message_descriptor_get_field_by_name(d, text);
}

static bool
put_text(const ProtobufCFieldDescriptor *f, struct http_span value, bool in_query,
    struct bytes *message, struct http_reply *out)
{
	char text[HTTP_TARGET_MAX_BYTES];
	const char *rule;
	size_t n = http_unescape(value, in_query, text);
	return pbjson_read_text(f, text, n, message, &rule) || http_invalid(out, f->name, rule);
}

/* A list is a parameter that comes again, or members apart by commas. */
static bool
put_parameter(const ProtobufCFieldDescriptor *f, struct http_span value, struct bytes *message,
    struct http_reply *out)
{
	struct http_span member;
	if (f->label != PROTOBUF_C_LABEL_REPEATED)
		return put_text(f, value, true, message, out);
	while (http_list_next(&value, ',', &member))
		if (!put_text(f, member, true, message, out))
			return false;
	return true;
}

static bool
read_wait(struct http_span value, unsigned *wait_s)
{
	unsigned n = 0;
	if (value.n == 0 || value.n > 4)
		return false;
	for (size_t i = 0; i < value.n; i++) {
		if (value.at[i] < '0' || value.at[i] > '9')
			return false;
		n = n * 10 + (unsigned)(value.at[i] - '0');
	}
	*wait_s = n;
	return true;
}

static bool
is_path_field(const struct http_route *route, struct http_span name)
{
	for (size_t i = 0; i < HTTP_PARAMS_MAX; i++) {
		struct http_span param = http_route_param(route, i);
		if (param.n == name.n && param.n > 0 && memcmp(param.at, name.at, name.n) == 0)
			return true;
	}
	return false;
}

static bool
put_query(const struct http_call *call, const ProtobufCMessageDescriptor *d, struct bytes *message,
    unsigned *wait_s, struct http_reply *out)
{
	struct http_span rest = call->head->query, pair;
	if (rest.n > 0 && !http_route_has_query(call->route))
		return http_invalid(out, "query", "there is none here");
	while (http_list_next(&rest, '&', &pair)) {
		const char *equals = memchr(pair.at, '=', pair.n);
		size_t n = equals != NULL ? (size_t)(equals - pair.at) : pair.n;
		struct http_span name = {pair.at, n};
		struct http_span value = {
		    pair.at + n + (equals != NULL), pair.n - n - (equals != NULL)};
		if (call->route->body == KHAOSAT__V1__REQUEST__BODY_READ_LOG &&
		    http_span_is(name, "wait")) {
			if (!read_wait(value, wait_s))
				return http_invalid(out, "wait", "seconds");
			continue;
		}
		const ProtobufCFieldDescriptor *f = find_field(d, name);
		if (f == NULL || is_path_field(call->route, name))
			return http_invalid(out, "query", "a parameter that is not known here");
		if (!put_parameter(f, value, message, out))
			return false;
	}
	return true;
}

static bool
put_path(const struct http_call *call, const ProtobufCMessageDescriptor *d, struct bytes *message,
    struct http_reply *out)
{
	for (size_t i = 0; i < HTTP_PARAMS_MAX; i++) {
		struct http_span name = http_route_param(call->route, i);
		if (name.n == 0)
			break;
		if (!put_text(find_field(d, name), call->param[i], false, message, out))
			return false;
	}
	return true;
}

/* ------------------------------------------------------------------------------ the body */

/* The type without its parameters. */
static struct http_span
content_type(const struct http_head *head)
{
	const struct http_span *value = http_header_find(head, "content-type");
	struct http_span rest = value != NULL ? *value : (struct http_span){NULL, 0};
	struct http_span type = {NULL, 0};
	return http_list_next(&rest, ';', &type) ? type : (struct http_span){NULL, 0};
}

static bool
refuse_type(const struct http_route *route, struct http_reply *out)
{
	http_problem(out, 415, "unsupported-media-type", "Không nhận Content-Type này ở đây.",
	    "The Content-Type is not taken here.");
	bytes_text(&out->headers, "Accept: " HTTP_JSON);
	if (route->input != HTTP_INPUT_FILE)
		bytes_text(&out->headers, ", " HTTP_PROTOBUF);
	if (route->input == HTTP_INPUT_ROWS)
		bytes_text(&out->headers, ", " HTTP_CSV);
	bytes_text(&out->headers, "\r\n");
	return false;
}

/* What the message has no field for, or has as bytes: it is put by hand. */
static const char *const by_hand[][4] = {
    [HTTP_INPUT_NONE] = {NULL},
    [HTTP_INPUT_MESSAGE] = {NULL},
    [HTTP_INPUT_ANSWERS] = {"answers", "confirmed", "seconds", NULL},
    [HTTP_INPUT_ANSWER] = {"answer", NULL},
    [HTTP_INPUT_ROWS] = {"rows", NULL},
    [HTTP_INPUT_FILE] = {NULL},
};

/* The field `rows`, which is a message in bytes. */
static void
put_rows(const ProtobufCMessageDescriptor *d, struct bytes *rows, struct bytes *message)
{
	const ProtobufCFieldDescriptor *f =
	    protobuf_c_message_descriptor_get_field_by_name(d, "rows");
	bytes_field(message, f->id, rows->at, rows->n);
	message->failed = message->failed || rows->failed;
}

static bool
put_rows_json(const json_t *object, const ProtobufCMessageDescriptor *d, struct bytes *message,
    struct http_reply *out)
{
	struct bytes rows = {0};
	struct pbjson_error error = {0};
	json_t *holder = json_pack("{s:O?}", "row", json_object_get(object, "rows"));
	bool good = holder != NULL && pbjson_read(&khaosat__v1__register_rows__descriptor, holder,
					  NULL, &rows, &error);
	if (good)
		put_rows(d, &rows, message);
	else
		http_invalid(out, error.path, error.rule != NULL ? error.rule : "a list of rows");
	bytes_free(&rows);
	json_decref(holder);
	return good;
}

static bool
put_rows_csv(const struct http_call *call, const ProtobufCMessageDescriptor *d,
    struct bytes *message, struct http_reply *out)
{
	struct bytes rows = {0};
	struct http_csv_error error;
	bool good =
	    http_csv_rows((const char *)call->body, (size_t)call->head->body_bytes, &rows, &error);
	if (good)
		put_rows(d, &rows, message);
	else
		http_invalid(out, error.where, error.rule);
	bytes_free(&rows);
	return good;
}

static bool
put_object(const struct http_call *call, const ProtobufCMessageDescriptor *d, const json_t *object,
    struct bytes *message, struct http_reply *out)
{
	struct pbjson_error error = {0};
	if (!pbjson_read(d, object, by_hand[call->route->input], message, &error))
		return http_invalid(out, error.path[0] != '\0' ? error.path : "body", error.rule);
	if (call->route->input == HTTP_INPUT_ROWS)
		return put_rows_json(object, d, message, out);
	if (call->route->input == HTTP_INPUT_ANSWER)
		return http_answer_put(call, object, message, out);
	return call->route->input != HTTP_INPUT_ANSWERS ||
	       http_answers_put(call, object, message, out);
}

static bool
put_json(const struct http_call *call, const ProtobufCMessageDescriptor *d, struct bytes *message,
    struct http_reply *out)
{
	json_error_t error;
	json_t *object = json_loadb((const char *)call->body, call->head->body_bytes,
	    JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
	if (object == NULL)
		return http_not_json(out, error.line, error.column);
	bool good = put_object(call, d, object, message, out);
	json_decref(object);
	return good;
}

/* Fields are put behind it, so it must be whole by itself: an open end would swallow them, and the
 * path would not have the last word. */
static bool
put_protobuf(const struct http_call *call, struct bytes *message, struct http_reply *out)
{
	struct wire w = {call->body, call->body + call->head->body_bytes};
	uint32_t field;
	enum wire_type type;
	while (w.at < w.end)
		if (!wire_tag(&w, &field, &type) || !wire_skip(&w, type))
			return http_invalid(out, "body", "a message of khaosat.proto");
	bytes_put(message, call->body, (size_t)call->head->body_bytes);
	return true;
}

/* True also where there is none: then fields that are needed are missed later. */
static bool
put_body(const struct http_call *call, const ProtobufCMessageDescriptor *d, struct bytes *message,
    struct http_reply *out)
{
	struct http_span type = content_type(call->head);
	size_t n = call->head->body_bytes;
	if (n == 0)
		return true;
	if (call->route->input == HTTP_INPUT_NONE)
		return http_invalid(out, "body", "there is none here");
	if (call->route->input == HTTP_INPUT_FILE && http_span_is_nocase(type, HTTP_JSON)) {
		const ProtobufCFieldDescriptor *f =
		    protobuf_c_message_descriptor_get_field_by_name(d, "json");
		bytes_field(message, f->id, call->body, n);
		return true;
	}
	if (call->route->input != HTTP_INPUT_FILE && http_span_is_nocase(type, HTTP_PROTOBUF))
		return put_protobuf(call, message, out);
	if (call->route->input == HTTP_INPUT_ROWS && http_span_is_nocase(type, HTTP_CSV))
		return put_rows_csv(call, d, message, out);
	if (call->route->input != HTTP_INPUT_FILE && http_span_is_nocase(type, HTTP_JSON))
		return put_json(call, d, message, out);
	return refuse_type(call->route, out);
}

/* ------------------------------------------------------------------------------ the whole */

static bool
put_message(
    const struct http_call *call, struct bytes *message, unsigned *wait_s, struct http_reply *out)
{
	const ProtobufCMessageDescriptor *d = http_request_body(call->route->body);
	if (call->route->result == KHAOSAT__V1__RESPONSE__BODY_LOG_ENTRIES ||
	    call->route->result == KHAOSAT__V1__RESPONSE__BODY_ACTS) /* from the first on */
		bytes_number(
		    message, protobuf_c_message_descriptor_get_field_by_name(d, "from")->id, 1);
	if (!put_body(call, d, message, out) || !put_query(call, d, message, wait_s, out) ||
	    !put_path(call, d, message, out))
		return false;
	if (call->route->body == KHAOSAT__V1__REQUEST__BODY_LOG_IN &&
	    call->route->output == HTTP_OUTPUT_SESSION)
		http_session_ask(message);
	if (call->route->sets != NULL)
		bytes_number(message,
		    protobuf_c_message_descriptor_get_field_by_name(d, call->route->sets)->id, 1);
	return true;
}

bool
http_translate(
    const struct http_call *call, struct bytes *request, unsigned *wait_s, struct http_reply *out)
{
	struct bytes message = {0};
	bytes_number(request, REQUEST_ID, 1);
	bytes_number(request, REQUEST_VERSION, PROTO_VERSION);
	bool good = put_credential(call, request, out) && put_message(call, &message, wait_s, out);
	if (good)
		bytes_field(request, (uint32_t)call->route->body, message.at, message.n);
	request->failed = request->failed || message.failed;
	bytes_free(&message);
	return good;
}
