/* SPDX-License-Identifier: Apache-2.0 */
/* The description of the API, OpenAPI 3.1, made of the table of routes, of dispatch.c's table of
 * who may ask, and of khaosat.proto's descriptors, whenever it is asked for. Messages become
 * components: those that are sent under their own names, those that are received with "Input"
 * behind them, since of what is received nearly everything may be left out. */
#include <assert.h>
#include <ctype.h>
#include <string.h>

#include "collector/dispatch.h"
#include "collector/entry_json.h"
#include "collector/http.h"
#include "collector/pbjson.h"
#include "proto/digest.h"

#define COMPONENTS_MAX 256

struct component {
	const ProtobufCMessageDescriptor *message;
	bool is_input;
};

struct document {
	struct bytes *out;
	struct component component[COMPONENTS_MAX]; /* that were named; written behind the paths */
	size_t n;
};

/* ------------------------------------------------------------------------------ schemas */

static void
put_ref(struct document *doc, const ProtobufCMessageDescriptor *d, bool is_input)
{
	size_t i = 0;
	while (i < doc->n &&
	       (doc->component[i].message != d || doc->component[i].is_input != is_input))
		i++;
	assert(i < COMPONENTS_MAX);
	doc->component[i] = (struct component){d, is_input};
	if (i == doc->n)
		doc->n++;
	bytes_print(doc->out, "{\"$ref\":\"#/components/schemas/%s%s\"}", d->short_name,
	    is_input ? "Input" : "");
}

static void
put_enum(struct bytes *out, const ProtobufCEnumDescriptor *d)
{
	bytes_text(out, "{\"type\":\"string\",\"enum\":[");
	for (unsigned i = 0; i < d->n_values; i++)
		bytes_print(out, "%s\"%s\"", i > 0 ? "," : "", d->values[i].name);
	bytes_text(out, "]}");
}

static void
put_one(struct document *doc, const ProtobufCFieldDescriptor *f, bool is_input)
{
	switch (f->type) {
	case PROTOBUF_C_TYPE_MESSAGE:
		put_ref(doc, f->descriptor, is_input);
		return;
	case PROTOBUF_C_TYPE_ENUM:
		put_enum(doc->out, f->descriptor);
		return;
	case PROTOBUF_C_TYPE_STRING:
		bytes_text(doc->out, "{\"type\":\"string\"}");
		return;
	case PROTOBUF_C_TYPE_BYTES:
		bytes_print(doc->out, "{\"type\":\"string\",\"pattern\":\"%s\"}",
		    pbjson_is_uuid(f) ? "^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})?$"
				      : "^([0-9a-f]{2})*$");
		return;
	case PROTOBUF_C_TYPE_BOOL:
		bytes_text(doc->out, "{\"type\":\"boolean\"}");
		return;
	case PROTOBUF_C_TYPE_FLOAT:
	case PROTOBUF_C_TYPE_DOUBLE:
		bytes_text(doc->out, "{\"type\":[\"number\",\"null\"]}");
		return;
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_FIXED32:
	case PROTOBUF_C_TYPE_FIXED64:
		bytes_text(doc->out, "{\"type\":\"integer\",\"minimum\":0}");
		return;
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_SINT32:
	case PROTOBUF_C_TYPE_SFIXED32:
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
		bytes_text(doc->out, "{\"type\":\"integer\"}");
		return;
	}
}

static void
put_field(struct document *doc, const ProtobufCFieldDescriptor *f, bool is_input)
{
	bool is_list = f->label == PROTOBUF_C_LABEL_REPEATED;
	if (is_list)
		bytes_text(doc->out, "{\"type\":\"array\",\"items\":");
	put_one(doc, f, is_input);
	if (is_list)
		bytes_char(doc->out, '}');
}

static void
put_property(struct document *doc, const ProtobufCFieldDescriptor *f, bool is_input, bool *is_first)
{
	bytes_print(doc->out, "%s\"%s\":", *is_first ? "" : ",", f->name);
	*is_first = false;
	put_field(doc, f, is_input);
	if (!pbjson_is_header(f))
		return;
	bytes_text(doc->out, ",\"entry\":");
	entry_json_schema(doc->out);
}

static void
put_component(struct document *doc, const struct component *c)
{
	bool is_first = true;
	bytes_text(doc->out, "{\"type\":\"object\",\"properties\":{");
	for (unsigned i = 0; i < c->message->n_fields; i++)
		put_property(doc, &c->message->fields[i], c->is_input, &is_first);
	bytes_text(doc->out, "},\"required\":[");
	is_first = true;
	for (unsigned i = 0; i < c->message->n_fields && !c->is_input; i++) {
		if (pbjson_is_optional(&c->message->fields[i]))
			continue;
		bytes_print(doc->out, "%s\"%s\"", is_first ? "" : ",", c->message->fields[i].name);
		is_first = false;
	}
	bytes_text(doc->out, "]}");
}

/* What an error may carry besides its words: see http_answer.c. */
static void
put_problem(struct document *doc)
{
	const ProtobufCMessageDescriptor *d = &khaosat__v1__response__descriptor;
	bool is_first = false;
	bytes_text(doc->out,
	    "\"Problem\":{\"type\":\"object\",\"required\":[\"type\",\"title\",\"status\"],"
	    "\"properties\":{\"type\":{\"type\":\"string\"},\"title\":{\"type\":\"string\"},"
	    "\"status\":{\"type\":\"integer\"},\"detail\":{\"type\":\"string\"},"
	    "\"detail_vi\":{\"type\":\"string\"}");
	for (unsigned i = 0; i < d->n_fields; i++)
		if (d->fields[i].id >= 5)
			put_property(doc, &d->fields[i], false, &is_first);
	bytes_text(doc->out, "}}");
}

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
	put_field(doc, f, true);
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
		bool in_query = route->input == HTTP_INPUT_NONE ||
				(route->input == HTTP_INPUT_ROWS && pbjson_is_uuid(&d->fields[i]));
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
	if (route->input == HTTP_INPUT_ROWS) {
		bytes_text(doc->out, "\"rows\":{\"type\":\"array\",\"items\":");
		put_ref(doc, &khaosat__v1__register_row__descriptor, true);
		bytes_char(doc->out, '}');
	}
}

static void
put_body_schema(struct document *doc, const struct http_route *route)
{
	const ProtobufCMessageDescriptor *d = http_request_body(route->body);
	bool by_hand = route->input == HTTP_INPUT_ANSWERS || route->input == HTTP_INPUT_ROWS;
	bool is_first = !by_hand;
	bytes_text(
	    doc->out, "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{");
	put_body_by_hand(doc, route);
	for (unsigned i = 0; i < d->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &d->fields[i];
		bool is_ours = by_hand && f->type == PROTOBUF_C_TYPE_BYTES && !pbjson_is_uuid(f);
		if (!is_ours && !is_in_path(route, f))
			put_property(doc, f, true, &is_first);
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
	put_property(
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
	put_ref(doc, &khaosat__v1__receipt__descriptor, false);
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
	put_enum(doc->out, &khaosat__v1__role__descriptor);
	bytes_text(doc->out, ",\"csrf_token\":{\"type\":\"string\"}}}}}},");
}

static void
put_responses(struct document *doc, const struct http_route *route)
{
	static const char end[] = "}}},";
	bytes_text(doc->out, ",\"responses\":{");
	if (route->local != NULL) {
		begin_response(doc, 200, "as it says", route->type);
		bytes_text(doc->out, strcmp(route->type, HTTP_JSON) == 0 ? "{\"type\":\"object\"}"
									 : "{\"type\":\"string\"}");
		bytes_text(doc->out, end);
	} else if (route->output == HTTP_OUTPUT_NOTHING) {
		bytes_text(doc->out, "\"204\":{\"description\":\"done\"},");
	} else if (route->output == HTTP_OUTPUT_SESSION) {
		put_session_response(doc, route);
	} else if (route->output == HTTP_OUTPUT_OUTCOME) {
		begin_response(doc, 201, "accepted: stored durably", HTTP_JSON);
		put_outcome_schema(doc, "ACCEPTED");
		bytes_text(doc->out, end);
		begin_response(doc, 202, "the same had been accepted before", HTTP_JSON);
		put_outcome_schema(doc, "REPLAYED");
		bytes_text(doc->out, end);
	} else {
		begin_response(doc, 200, "done", HTTP_JSON);
		if (route->output == HTTP_OUTPUT_RESULT)
			put_ref(doc, http_response_body(route->result), false);
		else if (route->output == HTTP_OUTPUT_PART)
			put_part_schema(doc, route);
		else
			bytes_text(doc->out, "{\"type\":\"object\"}");
		bytes_text(doc->out, end);
	}
	bytes_text(doc->out, "\"default\":{\"$ref\":\"#/components/responses/Problem\"}}");
}

/* ------------------------------------------------------------------------------ a route */

static void
put_security(struct bytes *out, const struct http_route *route)
{
	static const char *const role[] = {[ROLE_VIEWER] = "viewer",
	    [ROLE_OPERATOR] = "operator",
	    [ROLE_ADMINISTRATOR] = "administrator"};
	const struct route *r = route->local == NULL ? dispatch_route(route->body) : NULL;
	if (route->for_staff) {
		bytes_text(out, ",\"description\":\"Staff: viewer or above.\","
				"\"security\":[{\"staff\":[]}]");
		return;
	}
	if (r == NULL || r->who == ROUTE_ANYBODY) {
		bytes_text(out, ",\"security\":[]");
		return;
	}
	if (r->who == ROUTE_UNIT_ALONE) {
		bytes_text(
		    out, ",\"description\":\"The unit itself.\",\"security\":[{\"unit\":[]}]");
		return;
	}
	bytes_print(out,
	    ",\"description\":\"%sStaff: %s or above.\",\"security\":[%s{\"staff\":[]}]",
	    r->who == ROUTE_UNIT ? "The unit itself. " : "", role[r->role],
	    r->who == ROUTE_UNIT ? "{\"unit\":[]}," : "");
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
	put_security(doc->out, route);
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
put_components(struct document *doc)
{
	bytes_text(doc->out,
	    ",\"components\":{\"securitySchemes\":{\"unit\":{\"type\":\"http\",\"scheme\":"
	    "\"basic\","
	    "\"description\":\"tax code and access code\"},\"staff\":{\"type\":\"http\",\"scheme\":"
	    "\"bearer\",\"description\":\"a token, 64 hexadecimal digits\"}},"
	    "\"responses\":{\"Problem\":{\"description\":\"an error, RFC 9457\",\"content\":"
	    "{\"application/problem+json\":{\"schema\":{\"$ref\":\"#/components/schemas/"
	    "Problem\"}}}}},"
	    "\"schemas\":{");
	put_problem(doc);
	for (size_t i = 0; i < doc->n; i++) { /* it grows meanwhile */
		const struct component c = doc->component[i];
		bytes_print(
		    doc->out, ",\"%s%s\":", c.message->short_name, c.is_input ? "Input" : "");
		put_component(doc, &c);
	}
	bytes_text(doc->out, "}}");
}

void
http_openapi(const struct http_call *call, struct http_reply *out)
{
	struct document doc = {.out = &out->body};
	(void)call;
	out->code = 200;
	out->is_public = true;
	bytes_text(&out->body,
	    "{\"openapi\":\"3.1.0\",\"info\":{\"title\":\"khaosat\",\"version\":\"" KHAOSAT_VERSION
	    "\",\"description\":\"Names are those of khaosat.proto; bytes are hexadecimal.\"},"
	    "\"paths\":{");
	for (size_t i = 0; i < http_routes_n; i++)
		if (is_first_of_path(i))
			put_path(&doc, i);
	bytes_char(&out->body, '}');
	put_components(&doc);
	bytes_char(&out->body, '}');
	http_etag(out);
}
