/* SPDX-License-Identifier: Apache-2.0 */
/* The description of the API, OpenAPI 3.1, made of the table of routes, of dispatch.c's table of
 * who may ask, and of khaosat.proto's descriptors, when the collector starts. Messages become
 * components (http_openapi_schema.c): those that are sent under their own names, those that are
 * received with "Input" behind them, since of what is received nearly everything may be left out. A
 * test has every answer that it names given. */
#include <ctype.h>
#include <string.h>

#include "collector/dispatch.h"
#include "collector/http.h"
#include "collector/http_openapi.h"
#include "collector/pbjson.h"
#include "collector/server.h"

/* ------------------------------------------------------------------------------ a route's parts */

static bool
is_in_path(const struct http_route *route, const ProtobufCFieldDescriptor *f)
{
	for (size_t i = 0; i < HTTP_PARAMS_MAX; i++)
		if (http_span_is(http_route_param(route, i), f->name))
			return true;
	return false;
}

static void
put_parameter(struct document *doc, const ProtobufCFieldDescriptor *f, bool in_path)
{
	bytes_print(doc->out, "{\"name\":\"%s\",\"in\":\"%s\",\"required\":%s,", f->name,
	    in_path ? "path" : "query", in_path ? "true" : "false");
	if (f->label == PROTOBUF_C_LABEL_REPEATED)
		bytes_text(doc->out, "\"style\":\"form\",\"explode\":false,");
	bytes_text(doc->out, "\"schema\":");
	openapi_field(doc, f, true);
	bytes_char(doc->out, '}');
}

static void
put_parameters(struct document *doc, const struct http_route *route)
{
	const ProtobufCMessageDescriptor *d = http_request_body(route->body);
	bool is_first = true;
	bytes_text(doc->out, ",\"parameters\":[");
	for (unsigned i = 0; i < d->n_fields; i++) {
		bool in_path = is_in_path(route, &d->fields[i]);
		bool in_query = http_route_has_query(route) &&
				(route->input == HTTP_INPUT_NONE || pbjson_is_uuid(&d->fields[i]));
		if (!in_path && !in_query)
			continue;
		if (!is_first)
			bytes_char(doc->out, ',');
		is_first = false;
		put_parameter(doc, &d->fields[i], in_path);
	}
	if (route->body == KHAOSAT__V1__REQUEST__BODY_READ_LOG)
		bytes_text(doc->out,
		    ",{\"name\":\"wait\",\"in\":\"query\",\"required\":false,\"description\":"
		    "\"seconds to wait for an entry, at most 60\",\"schema\":{\"type\":\"integer\","
		    "\"minimum\":0}}");
	bytes_char(doc->out, ']');
}

static void
put_body_by_hand(struct document *doc, const struct http_route *route)
{
	if (route->input == HTTP_INPUT_ANSWERS)
		bytes_text(doc->out,
		    "\"answers\":{\"type\":\"object\",\"description\":\"by question code\"},"
		    "\"confirmed\":{\"type\":\"object\",\"additionalProperties\":{\"type\":"
		    "\"string\"},"
		    "\"description\":\"reasons, by the code of the check\"},"
		    "\"seconds\":{\"type\":\"integer\",\"minimum\":0}");
	if (route->input == HTTP_INPUT_ANSWER)
		bytes_text(doc->out,
		    "\"answer\":{\"description\":\"as in answers of a submission; null: none\"}");
	if (route->input == HTTP_INPUT_ROWS) {
		bytes_text(doc->out, "\"rows\":{\"type\":\"array\",\"items\":");
		openapi_ref(doc, &khaosat__v1__register_row__descriptor, true);
		bytes_char(doc->out, '}');
	}
}

static void
put_body_schema(struct document *doc, const struct http_route *route)
{
	const ProtobufCMessageDescriptor *d = http_request_body(route->body);
	bool by_hand = route->input == HTTP_INPUT_ANSWERS || route->input == HTTP_INPUT_ANSWER ||
		       route->input == HTTP_INPUT_ROWS;
	bool is_first = !by_hand;
	bytes_text(
	    doc->out, "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{");
	put_body_by_hand(doc, route);
	for (unsigned i = 0; i < d->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &d->fields[i];
		bool is_ours = by_hand && f->type == PROTOBUF_C_TYPE_BYTES && !pbjson_is_uuid(f);
		if (!is_ours && !is_in_path(route, f))
			openapi_property(doc, f, true, &is_first);
	}
	bytes_text(doc->out, "}}");
}

static void
put_request(struct document *doc, const struct http_route *route)
{
	if (route->input == HTTP_INPUT_NONE)
		return;
	bytes_text(doc->out,
	    ",\"requestBody\":{\"required\":true,\"content\":{\"" HTTP_JSON "\":{\"schema\":");
	if (route->input == HTTP_INPUT_FILE)
		bytes_text(doc->out, "{\"type\":\"object\"}");
	else
		put_body_schema(doc, route);
	bytes_char(doc->out, '}');
	if (route->input != HTTP_INPUT_FILE)
		bytes_print(doc->out,
		    ",\"" HTTP_PROTOBUF "\":{\"schema\":{\"type\":\"string\",\"description\":"
		    "\"a message %s of khaosat.proto\"}}",
		    http_request_body(route->body)->short_name);
	if (route->input == HTTP_INPUT_ROWS)
		bytes_text(doc->out, ",\"" HTTP_CSV "\":{\"schema\":{\"type\":\"string\"}}");
	bytes_text(doc->out, "}}");
}

static void
put_part_schema(struct document *doc, const struct http_route *route)
{
	const ProtobufCMessageDescriptor *d = http_response_body(route->result);
	bool is_first = true;
	bytes_text(doc->out, "{\"type\":\"object\",\"properties\":{");
	openapi_property(
	    doc, protobuf_c_message_descriptor_get_field_by_name(d, route->part), false, &is_first);
	bytes_text(doc->out, "}}");
}

static void
put_outcome_schema(struct document *doc, const char *status)
{
	bytes_print(doc->out,
	    "{\"type\":\"object\",\"required\":[\"status\",\"receipt\"],\"properties\":{\"status\":"
	    "{\"const\":\"%s\"},\"receipt\":",
	    status);
	openapi_ref(doc, &khaosat__v1__receipt__descriptor, false);
	bytes_text(doc->out, "}}");
}

static void
begin_response(struct document *doc, int code, const char *what, const char *type)
{
	bytes_print(doc->out,
	    "\"%d\":{\"description\":\"%s\",\"content\":{\"%s\":{\"schema\":", code, what, type);
}

static void
put_session_response(struct document *doc, const struct http_route *route)
{
	if (route->method == HTTP_DELETE) {
		bytes_text(doc->out, "\"204\":{\"description\":\"done; the cookie ends\"},");
		return;
	}
	bool begins = route->method == HTTP_POST;
	begin_response(doc, begins ? 201 : 200, begins ? "with Set-Cookie" : "done", HTTP_JSON);
	bytes_text(doc->out,
	    "{\"type\":\"object\",\"properties\":{\"account\":{\"type\":\"string\"},"
	    "\"role\":");
	openapi_enum(doc->out, &khaosat__v1__role__descriptor);
	bytes_text(doc->out, ",\"csrf_token\":{\"type\":\"string\"}}}}}},");
}

/* What it gives where all is well. */
static void
put_success(struct document *doc, const struct http_route *route)
{
	static const char end[] = "}}},";
	switch (route->output) {
	case HTTP_OUTPUT_NOTHING:
		bytes_text(doc->out, "\"204\":{\"description\":\"done\"},");
		return;
	case HTTP_OUTPUT_SESSION:
		put_session_response(doc, route);
		return;
	case HTTP_OUTPUT_OUTCOME:
		begin_response(doc, 201, "accepted: stored durably", HTTP_JSON);
		put_outcome_schema(doc, "ACCEPTED");
		bytes_text(doc->out, end);
		begin_response(doc, 202, "the same had been accepted before", HTTP_JSON);
		put_outcome_schema(doc, "REPLAYED");
		break;
	case HTTP_OUTPUT_PIECES:
		begin_response(doc, 200, "the file", "*/*");
		bytes_text(doc->out, "{}}}},");
		begin_response(doc, 206, "what Range asked for, one range only", "*/*");
		bytes_text(doc->out, "{}");
		break;
	case HTTP_OUTPUT_RESULT:
		begin_response(doc, 200, "done", HTTP_JSON);
		openapi_ref(doc, http_response_body(route->result), false);
		break;
	case HTTP_OUTPUT_PART:
		begin_response(doc, 200, "done", HTTP_JSON);
		put_part_schema(doc, route);
		break;
	case HTTP_OUTPUT_FILE:
		begin_response(doc, 200, "done", HTTP_JSON);
		bytes_text(doc->out, "{\"type\":\"object\"}");
		break;
	}
	bytes_text(doc->out, end);
}

/* Anybody may ask, though there are others to whom it tells more. */
static bool
is_open(const struct document *doc, const struct http_route *route)
{
	return route->local == NULL && route->sets == NULL &&
	       dispatch_is_open(doc->config, route->body);
}

static bool
is_secured(const struct document *doc, const struct http_route *route)
{
	const struct route *r = route->local == NULL ? dispatch_route(route->body) : NULL;
	return route->for_staff || (r != NULL && r->who != ROUTE_ANYBODY && !is_open(doc, route));
}

/* What else is to be expected, beside what may happen to any request. */
static void
put_errors(struct document *doc, const struct http_route *route)
{
	bool is_file = route->output == HTTP_OUTPUT_PIECES;
	bool is_tagged = route->local == NULL
			     ? route->method == HTTP_GET && route->output != HTTP_OUTPUT_SESSION
			     : route->local == http_openapi;
	bool has_body = route->input != HTTP_INPUT_NONE;
	const struct {
		int code;
		bool may_be;
	} errors[] = {{400, has_body || (route->local == NULL && http_route_has_query(route))},
	    {401, is_secured(doc, route)}, {403, is_secured(doc, route) && route->local == NULL},
	    {404, is_file}, {409, route->output == HTTP_OUTPUT_OUTCOME}, {415, has_body},
	    {416, is_file}, {422, route->input == HTTP_INPUT_ANSWERS}};
	if (is_tagged)
		bytes_text(doc->out, "\"304\":{\"description\":\"as If-None-Match has it\"},");
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (errors[i].may_be)
			bytes_print(doc->out,
			    "\"%d\":{\"$ref\":\"#/components/responses/Problem\"},",
			    errors[i].code);
	bytes_text(doc->out, "\"default\":{\"$ref\":\"#/components/responses/Problem\"}");
}

static void
put_responses(struct document *doc, const struct http_route *route)
{
	bytes_text(doc->out, ",\"responses\":{");
	if (route->local != NULL) {
		begin_response(doc, 200, "as it says", route->type);
		bytes_print(doc->out, "{\"type\":\"%s\"}}}},",
		    strcmp(route->type, HTTP_JSON) == 0 ? "object" : "string");
	} else {
		put_success(doc, route);
	}
	put_errors(doc, route);
	bytes_char(doc->out, '}');
}

/* ------------------------------------------------------------------------------ a route */

/* A cookie that changes something comes with the secret of its pages. */
static void
put_staff(struct bytes *out, const struct http_route *route)
{
	bytes_print(out, "{\"staff\":[]},{\"browser\":[]%s}",
	    route->method == HTTP_GET ? "" : ",\"page\":[]");
}

static void
put_security(struct document *doc, const struct http_route *route)
{
	struct bytes *out = doc->out;
	static const char *const role[] = {[ROLE_VIEWER] = "viewer",
	    [ROLE_OPERATOR] = "operator",
	    [ROLE_ADMINISTRATOR] = "administrator"};
	const struct route *r = route->local == NULL ? dispatch_route(route->body) : NULL;
	bool has_unit = r != NULL && (r->who == ROUTE_UNIT || r->who == ROUTE_UNIT_ALONE);
	bool has_staff =
	    r == NULL ? route->for_staff : r->who == ROUTE_UNIT || r->who == ROUTE_STAFF;
	if (!has_unit && !has_staff) {
		bytes_text(out, ",\"security\":[]");
		return;
	}
	bytes_text(out, ",\"description\":\"");
	if (has_unit)
		bytes_print(out, "The unit itself.%s", has_staff ? " " : "");
	if (r != NULL && r->firms)
		bytes_print(out, "%s ", has_unit ? "A firm that it has granted." : "A firm.");
	if (has_staff)
		bytes_print(out, "Staff: %s or above.", role[r != NULL ? r->role : ROLE_VIEWER]);
	bytes_print(out, "\",\"security\":[%s%s%s", is_open(doc, route) ? "{}," : "",
	    has_unit ? "{\"unit\":[]}" : "", has_unit && has_staff ? "," : "");
	if (has_staff)
		put_staff(out, route);
	bytes_char(out, ']');
}

/* "get_v1_rounds_round_rates" */
static void
put_operation_id(struct bytes *out, const struct http_route *route)
{
	const char *method = http_method_name(route->method);
	bool is_gap = true;
	for (const char *at = method; *at != '\0'; at++)
		bytes_char(out, (char)tolower((unsigned char)*at));
	for (const char *at = route->path; *at != '\0'; at++) {
		bool is_sign = isalnum((unsigned char)*at) == 0;
		if (is_gap && !is_sign)
			bytes_char(out, '_');
		is_gap = is_sign;
		if (!is_sign)
			bytes_char(out, *at);
	}
}

static void
put_operation(struct document *doc, const struct http_route *route)
{
	const char *method = http_method_name(route->method);
	bytes_char(doc->out, '"');
	for (; *method != '\0'; method++)
		bytes_char(doc->out, (char)tolower((unsigned char)*method));
	bytes_text(doc->out, "\":{\"operationId\":\"");
	put_operation_id(doc->out, route);
	bytes_print(doc->out, "\",\"summary\":\"%s\"", route->summary);
	put_security(doc, route);
	if (route->local == NULL) {
		put_parameters(doc, route);
		put_request(doc, route);
	}
	put_responses(doc, route);
	bytes_char(doc->out, '}');
}

/* All routes of one path stand together in the document, wherever they stand in the table. */
static bool
is_first_of_path(size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (strcmp(http_routes[i].path, http_routes[at].path) == 0)
			return false;
	return true;
}

static void
put_path(struct document *doc, size_t at)
{
	bool is_first = true;
	bytes_print(doc->out, "%s\"%s\":{", at > 0 ? "," : "", http_routes[at].path);
	for (size_t i = at; i < http_routes_n; i++) {
		if (strcmp(http_routes[i].path, http_routes[at].path) != 0)
			continue;
		if (!is_first)
			bytes_char(doc->out, ',');
		is_first = false;
		put_operation(doc, &http_routes[i]);
	}
	bytes_char(doc->out, '}');
}

static void
put_components(struct document *doc, const char *cookie)
{
	bytes_print(doc->out,
	    ",\"components\":{\"securitySchemes\":{\"unit\":{\"type\":\"http\",\"scheme\":"
	    "\"basic\",\"description\":\"tax code and access code\"},"
	    "\"staff\":{\"type\":\"http\",\"scheme\":\"bearer\",\"description\":"
	    "\"a token, 64 hexadecimal digits\"},"
	    "\"browser\":{\"type\":\"apiKey\",\"in\":\"cookie\",\"name\":\"%s\",\"description\":"
	    "\"of POST /v1/session\"},"
	    "\"page\":{\"type\":\"apiKey\",\"in\":\"header\",\"name\":\"X-CSRF-Token\","
	    "\"description\":\"csrf_token of /v1/session\"}},",
	    cookie);
	bytes_text(doc->out,
	    "\"responses\":{\"Problem\":{\"description\":\"an error, RFC 9457\",\"content\":"
	    "{\"application/problem+json\":{\"schema\":{\"$ref\":\"#/components/schemas/"
	    "Problem\"}}}}},"
	    "\"schemas\":{");
	openapi_problem(doc);
	for (size_t i = 0; i < doc->n; i++) { /* it grows meanwhile */
		const struct component c = doc->component[i];
		bytes_print(
		    doc->out, ",\"%s%s\":", c.message->short_name, c.is_input ? "Input" : "");
		openapi_component(doc, &c);
	}
	bytes_text(doc->out, "}}");
}

void
openapi_write(const struct server *server, struct bytes *out)
{
	struct document doc = {.out = out, .config = &server->config};
	bytes_text(out,
	    "{\"openapi\":\"3.1.0\",\"info\":{\"title\":\"khaosat\",\"version\":\"" KHAOSAT_VERSION
	    "\",\"description\":\"Names are those of khaosat.proto; bytes are hexadecimal.\"},"
	    "\"paths\":{");
	for (size_t i = 0; i < http_routes_n; i++)
		if (is_first_of_path(i))
			put_path(&doc, i);
	bytes_char(out, '}');
	put_components(&doc, http_cookie_name(server));
	bytes_char(out, '}');
}
