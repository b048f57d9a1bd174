/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>

#include "collector/http_openapi.h"
#include "collector/entry_json.h"
#include "collector/pbjson.h"
#include "proto/khaosat.pb-c.h"

void
openapi_ref(struct document *doc, const ProtobufCMessageDescriptor *d, bool is_input)
{
	size_t i = 0;
	while (i < doc->n &&
	       (doc->component[i].message != d || doc->component[i].is_input != is_input))
		i++;
	assert(i < OPENAPI_COMPONENTS_MAX);
	doc->component[i] = (struct component){d, is_input};
	if (i == doc->n)
		doc->n++;
	bytes_print(doc->out, "{\"$ref\":\"#/components/schemas/%s%s\"}", d->short_name,
	    is_input ? "Input" : "");
}

void
openapi_enum(struct bytes *out, const ProtobufCEnumDescriptor *d)
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
		openapi_ref(doc, f->descriptor, is_input);
		return;
	case PROTOBUF_C_TYPE_ENUM:
		openapi_enum(doc->out, f->descriptor);
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

void
openapi_field(struct document *doc, const ProtobufCFieldDescriptor *f, bool is_input)
{
	bool is_list = f->label == PROTOBUF_C_LABEL_REPEATED;
	if (is_list)
		bytes_text(doc->out, "{\"type\":\"array\",\"items\":");
	put_one(doc, f, is_input);
	if (is_list)
		bytes_char(doc->out, '}');
}

void
openapi_property(
    struct document *doc, const ProtobufCFieldDescriptor *f, bool is_input, bool *is_first)
{
	bytes_print(doc->out, "%s\"%s\":", *is_first ? "" : ",", f->name);
	*is_first = false;
	openapi_field(doc, f, is_input);
	if (!pbjson_is_header(f))
		return;
	bytes_text(doc->out, ",\"entry\":");
	entry_json_schema(doc->out);
}

void
openapi_component(struct document *doc, const struct component *c)
{
	bool is_first = true;
	bytes_text(doc->out, "{\"type\":\"object\",\"properties\":{");
	for (unsigned i = 0; i < c->message->n_fields; i++)
		openapi_property(doc, &c->message->fields[i], c->is_input, &is_first);
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

/* What an error may carry besides its words: see http_problem.c. */
void
openapi_problem(struct document *doc)
{
	const ProtobufCMessageDescriptor *d = &khaosat__v1__response__descriptor;
	bool is_first = false;
	bytes_text(doc->out,
	    "\"Problem\":{\"type\":\"object\",\"required\":[\"type\",\"title\",\"status\","
	    "\"detail\",\"detail_vi\"],"
	    "\"properties\":{\"type\":{\"type\":\"string\"},\"title\":{\"type\":\"string\"},"
	    "\"status\":{\"type\":\"integer\"},\"detail\":{\"type\":\"string\"},"
	    "\"detail_vi\":{\"type\":\"string\"}");
	for (unsigned i = 0; i < d->n_fields; i++)
		if (d->fields[i].id >= 5)
			openapi_property(doc, &d->fields[i], false, &is_first);
	bytes_text(doc->out, "}}");
}
