/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/http_script.h"

#include <assert.h>
#include <ctype.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/http.h"
#include "collector/pbjson.h"
#include "survey/answers_json.h"
#include "survey/taxcode.h"
#include "tests/fuzz/session_rig.h"

#define PARAMETERS_MAX 3
#define HEADERS_MORE 3
#define DAMAGE_MAX_BYTES 16

/* ------------------------------------------------------------------- the first line */

static void
put_escaped(struct bytes *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (isalnum((unsigned char)*text) != 0 || *text == '-')
			bytes_char(out, *text);
		else
			bytes_print(out, "%%%02X", (unsigned char)*text);
	}
}

static void
put_choice(struct script *s, const ProtobufCEnumDescriptor *d, struct bytes *out)
{
	bytes_text(out, d->values[script_below(s, d->n_values)].name);
}

static void
put_value(struct script *s, const ProtobufCFieldDescriptor *f, struct bytes *out)
{
	bool is_likely = script_below(s, 4) != 0;
	if (strcmp(f->name, "file") == 0 && is_likely)
		bytes_text(out, "goals.json");
	else if (strcmp(f->name, "vintage") == 0 && is_likely)
		bytes_char(out, '1');
	else if (f->type == PROTOBUF_C_TYPE_STRING)
		put_escaped(out, script_text(s, f->name));
	else if (f->type == PROTOBUF_C_TYPE_ENUM)
		put_choice(s, f->descriptor, out);
	else if (f->type == PROTOBUF_C_TYPE_BOOL)
		bytes_text(out, is_likely ? "true" : "false");
	else
		bytes_print(out, "%llu", (unsigned long long)script_number(s, f->name));
}

static const ProtobufCMessageDescriptor *
message_of(const struct http_route *route)
{
	return route->local == NULL ? http_request_body(route->body) : NULL;
}

static void
put_path(struct script *s, const struct http_route *route, struct bytes *out)
{
	for (const char *at = route->path; *at != '\0';) {
		char name[32];
		size_t n = strcspn(at, "}");
		if (*at != '{') {
			bytes_char(out, *at++);
			continue;
		}
		snprintf(name, sizeof(name), "%.*s", (int)(n - 1), at + 1);
		put_value(s,
		    protobuf_c_message_descriptor_get_field_by_name(message_of(route), name), out);
		at += n + 1;
	}
}

static void
put_query(struct script *s, const struct http_route *route, struct bytes *out)
{
	const ProtobufCMessageDescriptor *d = message_of(route);
	unsigned n = script_below(s, PARAMETERS_MAX + 1);
	for (unsigned i = 0; i < n && d != NULL && d->n_fields > 0; i++) {
		const ProtobufCFieldDescriptor *f = &d->fields[script_below(s, d->n_fields)];
		bytes_print(out, "%c%s=", i == 0 ? '?' : '&', f->name);
		put_value(s, f, out);
	}
}

static void
put_line(struct script *s, const struct http_route *route, struct bytes *out)
{
	unsigned other = script_below(s, 32);
	enum http_method method = other <= HTTP_PATCH ? (enum http_method)other : route->method;
	bytes_print(out, "%s ", http_method_name(method));
	put_path(s, route, out);
	if (http_route_has_query(route))
		put_query(s, route, out);
	bytes_text(out, " HTTP/1.1\r\nHost: a.vn\r\n");
}

/* ------------------------------------------------------------------- headers */

static void
put_unit(struct script *s, struct bytes *out)
{
	char tax_code[TAXCODE_TEXT_BYTES], pair[64], base64[128];
	taxcode_print(state_rig_tax_code(script_below(s, SCRIPT_UNITS + 1)), tax_code);
	snprintf(pair, sizeof(pair), "%s:%s", tax_code,
	    script_below(s, 8) != 0 ? script_code : script_text(s, "access_code"));
	sodium_bin2base64(base64, sizeof(base64), (const uint8_t *)pair, strlen(pair),
	    sodium_base64_VARIANT_ORIGINAL);
	bytes_print(out, "Authorization: Basic %s\r\n", base64);
}

static void
put_token(struct script *s, bool in_cookie, struct bytes *out)
{
	char csrf[HTTP_CSRF_CHARS + 1];
	uint8_t token[32];
	memset(token, script_below(s, 16) != 0 ? SESSION_RIG_TOKEN_BYTE : 1, sizeof(token));
	bytes_text(out, in_cookie ? "Cookie: khaosat=" : "Authorization: Bearer ");
	bytes_hex(out, token, sizeof(token));
	bytes_text(out, "\r\n");
	http_csrf(token, csrf);
	if (in_cookie)
		bytes_print(out, "X-CSRF-Token: %s\r\n", csrf);
}

static void
put_credential(struct script *s, struct bytes *out)
{
	unsigned who = script_below(s, 8);
	if (who < 3)
		put_token(s, false, out);
	else if (who < 4)
		put_token(s, true, out);
	else if (who < 7)
		put_unit(s, out);
}

static void
put_more_headers(struct script *s, struct bytes *out)
{
	static const char *const more[] = {"Connection: close", "Connection: keep-alive",
	    "Accept: application/x-protobuf", "Accept: text/csv", "Accept-Encoding: gzip",
	    "If-None-Match: *", "Expect: 100-continue", "Range: bytes=1048570-",
	    "Range: bytes=9-99", "Range: bytes=-20", "If-Range: \"x\"", "Origin: http://b.vn",
	    "Sec-Fetch-Site: same-origin", "Transfer-Encoding: chunked"};
	const unsigned n = sizeof(more) / sizeof(more[0]);
	for (unsigned i = 0; i < HEADERS_MORE; i++) {
		unsigned which = script_below(s, 4 * n);
		if (which < n)
			bytes_print(out, "%s\r\n", more[which]);
	}
}

/* ------------------------------------------------------------------- the body */

/* The one answer of an edit, and its question's name. */
static void
put_one_answer(json_t *object, const json_t *answers)
{
	void *first = json_object_iter((json_t *)(uintptr_t)answers);
	if (first == NULL)
		return;
	json_object_set_new(object, "question", json_string(json_object_iter_key(first)));
	json_object_set(object, "answer", json_object_iter_value(first));
}

static void
put_rows(json_t *object, const ProtobufCMessage *message)
{
	const Khaosat__V1__RegisterChunk *chunk = (const void *)message;
	struct bytes text = {0};
	Khaosat__V1__RegisterRows *rows =
	    khaosat__v1__register_rows__unpack(NULL, chunk->rows.len, chunk->rows.data);
	if (rows == NULL)
		return;
	pbjson_write(&text, &rows->base);
	json_t *holder = json_loadb((const char *)text.at, text.n, 0, NULL);
	json_object_set(object, "rows", json_object_get(holder, "row"));
	json_decref(holder);
	bytes_free(&text);
	khaosat__v1__register_rows__free_unpacked(rows, NULL);
}

/* What HTTP has in another form than the message: see enum http_input. */
static void
put_by_hand(
    struct script *s, enum http_input input, const ProtobufCMessage *message, json_t *object)
{
	json_t *filled = answers_to_json(s->definition, script_answers(s));
	if (input == HTTP_INPUT_ANSWERS)
		json_object_update(object, filled);
	if (input == HTTP_INPUT_ANSWER)
		put_one_answer(object, json_object_get(filled, "answers"));
	if (input == HTTP_INPUT_ROWS)
		put_rows(object, message);
	json_decref(filled);
}

static void
put_json(
    struct script *s, enum http_input input, const ProtobufCMessage *message, struct bytes *out)
{
	pbjson_write(out, message);
	json_t *object = json_loadb((const char *)out->at, out->n, 0, NULL);
	if (object == NULL) /* its text is no text */
		return;
	put_by_hand(s, input, message, object);
	char *text = json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(15));
	assert(text);
	out->n = 0;
	bytes_text(out, text);
	free(text);
	json_decref(object);
}

/* Returns its type. */
static const char *
put_body(struct script *s, const struct http_route *route, struct bytes *out)
{
	size_t n;
	unsigned how = script_below(s, 16);
	const ProtobufCMessage *message = script_message(s, message_of(route));
	if (how == 0) {
		const uint8_t *raw = script_bytes(s, script_byte(s), &n);
		bytes_put(out, raw, n);
		return route->input == HTTP_INPUT_ROWS ? HTTP_CSV : HTTP_JSON;
	}
	if (route->input == HTTP_INPUT_FILE) {
		const Khaosat__V1__PutSurvey *survey = (const void *)message;
		bytes_put(out, survey->json.data, survey->json.len);
	} else if (how < 4) {
		bytes_reserve(out, protobuf_c_message_get_packed_size(message));
		out->n = protobuf_c_message_pack(message, out->at);
		return HTTP_PROTOBUF;
	} else {
		put_json(s, route->input, message, out);
	}
	return HTTP_JSON;
}

/* ------------------------------------------------------------------- the whole */

static void
damage(struct script *s, struct bytes *out)
{
	size_t n;
	size_t at = (size_t)script_byte(s) << (script_byte(s) % 4);
	const uint8_t *raw = script_bytes(s, script_byte(s) % DAMAGE_MAX_BYTES, &n);
	if (script_below(s, 2) == 0 && at + n <= out->n) {
		memcpy(out->at + at, raw, n);
	} else if (at < out->n) {
		out->n = at;
		bytes_put(out, raw, n);
	}
}

struct bytes
http_script_request(struct script *s)
{
	struct bytes out = {0}, body = {0};
	const struct http_route *route = &http_routes[script_byte(s) % http_routes_n];
	put_line(s, route, &out);
	put_credential(s, &out);
	put_more_headers(s, &out);
	if (route->input != HTTP_INPUT_NONE) {
		const char *type = put_body(s, route, &body);
		bytes_print(&out, "Content-Type: %s\r\nContent-Length: %zu\r\n", type, body.n);
	}
	bytes_text(&out, "\r\n");
	bytes_put(&out, body.at, body.n);
	bytes_free(&body);
	script_forget(s);
	if (script_below(s, 16) == 0 && !script_is_over(s))
		damage(s, &out);
	assert(!out.failed);
	return out;
}
