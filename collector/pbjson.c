/* SPDX-License-Identifier: Apache-2.0 */
/* protobuf-c lays a message out as a struct; a descriptor says at which offset a field stands and
 * where its count, or the case of its oneof. */
#include "collector/pbjson.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "collector/entry_json.h"
#include "proto/limits.h"

#define UUID_CHARS 36

static const void *
member(const ProtobufCMessage *m, unsigned offset)
{
	return (const char *)m + offset;
}

bool
pbjson_is_uuid(const ProtobufCFieldDescriptor *f)
{
	return f->type == PROTOBUF_C_TYPE_BYTES &&
	       (strcmp(f->name, "instance_id") == 0 || strcmp(f->name, "deprecated_id") == 0 ||
		   strcmp(f->name, "chunk_id") == 0 || strcmp(f->name, "head") == 0);
}

bool
pbjson_is_header(const ProtobufCFieldDescriptor *f)
{
	return f->type == PROTOBUF_C_TYPE_BYTES && strcmp(f->name, "header") == 0;
}

static bool
is_oneof(const ProtobufCFieldDescriptor *f)
{
	return (f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0;
}

bool
pbjson_is_optional(const ProtobufCFieldDescriptor *f)
{
	return f->label != PROTOBUF_C_LABEL_REPEATED &&
	       (is_oneof(f) || f->type == PROTOBUF_C_TYPE_MESSAGE);
}

/* ------------------------------------------------------------------------------ writing */

static void
put_bytes(struct bytes *out, const ProtobufCFieldDescriptor *f, const ProtobufCBinaryData *value)
{
	bytes_char(out, '"');
	if (pbjson_is_uuid(f) && value->len == UUID_BYTES)
		bytes_uuid(out, value->data);
	else
		bytes_hex(out, value->data, value->len);
	bytes_char(out, '"');
}

static void
put_enum(struct bytes *out, const ProtobufCFieldDescriptor *f, int value)
{
	const ProtobufCEnumValue *found =
	    protobuf_c_enum_descriptor_get_value(f->descriptor, value);
	if (found != NULL)
		bytes_quote(out, found->name, strlen(found->name));
	else
		bytes_print(out, "%d", value);
}

static void
put_double(struct bytes *out, double value)
{
	if (isfinite(value))
		bytes_print(out, "%.15g", value);
	else
		bytes_text(out, "null");
}

static size_t
size_of(ProtobufCType type)
{
	switch (type) {
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_SINT32:
	case PROTOBUF_C_TYPE_SFIXED32:
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_FIXED32:
	case PROTOBUF_C_TYPE_FLOAT:
		return 4;
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_FIXED64:
	case PROTOBUF_C_TYPE_DOUBLE:
		return 8;
	case PROTOBUF_C_TYPE_BOOL:
		return sizeof(protobuf_c_boolean);
	case PROTOBUF_C_TYPE_ENUM:
		return sizeof(int);
	case PROTOBUF_C_TYPE_STRING:
		return sizeof(char *);
	case PROTOBUF_C_TYPE_BYTES:
		return sizeof(ProtobufCBinaryData);
	case PROTOBUF_C_TYPE_MESSAGE:
		return sizeof(ProtobufCMessage *);
	}
	return 0;
}

static void
put_value(struct bytes *out, const ProtobufCFieldDescriptor *f, const void *at)
{
	const char *const *text = at;
	switch (f->type) {
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_SINT32:
	case PROTOBUF_C_TYPE_SFIXED32:
		bytes_print(out, "%" PRId32, *(const int32_t *)at);
		return;
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
		bytes_print(out, "%" PRId64, *(const int64_t *)at);
		return;
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_FIXED32:
		bytes_print(out, "%" PRIu32, *(const uint32_t *)at);
		return;
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_FIXED64:
		bytes_print(out, "%" PRIu64, *(const uint64_t *)at);
		return;
	case PROTOBUF_C_TYPE_FLOAT:
		put_double(out, (double)*(const float *)at);
		return;
	case PROTOBUF_C_TYPE_DOUBLE:
		put_double(out, *(const double *)at);
		return;
	case PROTOBUF_C_TYPE_BOOL:
		bytes_text(out, *(const protobuf_c_boolean *)at ? "true" : "false");
		return;
	case PROTOBUF_C_TYPE_ENUM:
		put_enum(out, f, *(const int *)at);
		return;
	case PROTOBUF_C_TYPE_STRING:
		bytes_quote(out, *text, strlen(*text));
		return;
	case PROTOBUF_C_TYPE_BYTES:
		put_bytes(out, f, at);
		return;
	case PROTOBUF_C_TYPE_MESSAGE:
		pbjson_write(out, *(const ProtobufCMessage *const *)at);
		return;
	}
}

static void
put_list(struct bytes *out, const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f)
{
	size_t n = *(const size_t *)member(m, f->quantifier_offset);
	const char *at = *(const char *const *)member(m, f->offset);
	bytes_char(out, '[');
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			bytes_char(out, ',');
		put_value(out, f, at + i * size_of(f->type));
	}
	bytes_char(out, ']');
}

static bool
is_there(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f)
{
	if (is_oneof(f) && *(const uint32_t *)member(m, f->quantifier_offset) != f->id)
		return false;
	return f->type != PROTOBUF_C_TYPE_MESSAGE || f->label == PROTOBUF_C_LABEL_REPEATED ||
	       *(const ProtobufCMessage *const *)member(m, f->offset) != NULL;
}

static void
put_field(struct bytes *out, const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f)
{
	bytes_quote(out, f->name, strlen(f->name));
	bytes_char(out, ':');
	if (f->label == PROTOBUF_C_LABEL_REPEATED)
		put_list(out, m, f);
	else
		put_value(out, f, member(m, f->offset));
	if (!pbjson_is_header(f))
		return;
	const ProtobufCBinaryData *header = member(m, f->offset);
	if (header->len == ENTRY_HEADER_BYTES)
		entry_json_write(out, header->data);
}

void
pbjson_write(struct bytes *out, const ProtobufCMessage *m)
{
	bool is_first = true;
	bytes_char(out, '{');
	for (unsigned i = 0; i < m->descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &m->descriptor->fields[i];
		if (!is_there(m, f))
			continue;
		if (!is_first)
			bytes_char(out, ',');
		is_first = false;
		put_field(out, m, f);
	}
	bytes_char(out, '}');
}

static bool
is_default(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f)
{
	static const uint64_t zero;
	const void *at = member(m, f->offset);
	if (f->label == PROTOBUF_C_LABEL_REPEATED)
		return *(const size_t *)member(m, f->quantifier_offset) == 0;
	if (!is_there(m, f))
		return true;
	if (f->type == PROTOBUF_C_TYPE_STRING)
		return **(const char *const *)at == '\0';
	if (f->type == PROTOBUF_C_TYPE_BYTES)
		return ((const ProtobufCBinaryData *)at)->len == 0;
	return f->type != PROTOBUF_C_TYPE_MESSAGE && memcmp(at, &zero, size_of(f->type)) == 0;
}

void
pbjson_write_set(struct bytes *out, const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f)
{
	if (is_default(m, f))
		return;
	bytes_char(out, ',');
	put_field(out, m, f);
}
