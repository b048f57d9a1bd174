/* SPDX-License-Identifier: Apache-2.0 */
/* Protobuf is written as it is read, without a struct in between: what a field means and how long a
 * text may be is judged afterwards, as for every request. */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "collector/export/text.h"
#include "collector/pbjson.h"
#include "proto/limits.h"
#include "survey/wire.h"

#define DEPTH_MAX 8

/* ------------------------------------------------------------------------------ from text */

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool
is_hyphen_of_uuid(size_t i)
{
	return i == 8 || i == 13 || i == 18 || i == 23;
}

/* Hexadecimal, and a UUID's hyphens where they belong. */
static bool
read_bytes(const ProtobufCFieldDescriptor *f, const char *text, size_t n, struct bytes *out)
{
	struct bytes value = {0};
	bool has_hyphens = pbjson_is_uuid(f) && n == 36;
	bool good = true;
	for (size_t i = 0; i < n && good; i++) {
		if (has_hyphens && is_hyphen_of_uuid(i)) {
			good = text[i] == '-';
			continue;
		}
		int high = hex_value(text[i]), low = i + 1 < n ? hex_value(text[i + 1]) : -1;
		good = high >= 0 && low >= 0;
		if (good)
			bytes_char(&value, (char)(high << 4 | low));
		i++;
	}
	if (good)
		bytes_field(out, f->id, value.at, value.n);
	out->failed = out->failed || value.failed;
	bytes_free(&value);
	return good;
}

/* By its name, in whatever case. */
static bool
read_enum(const ProtobufCFieldDescriptor *f, const char *text, size_t n, struct bytes *out)
{
	const ProtobufCEnumDescriptor *d = f->descriptor;
	for (unsigned i = 0; i < d->n_values; i++) {
		const char *name = d->values[i].name;
		if (strlen(name) != n || strncasecmp(name, text, n) != 0)
			continue;
		bytes_number(out, f->id, (uint64_t)(int64_t)d->values[i].value);
		return true;
	}
	return false;
}

static bool
put_integer(const ProtobufCFieldDescriptor *f, bool is_negative, uint64_t magnitude, bool fits,
    struct bytes *out)
{
	bool is_narrow = f->type == PROTOBUF_C_TYPE_UINT32;
	bool is_unsigned = is_narrow || f->type == PROTOBUF_C_TYPE_UINT64;
	int64_t value = (int64_t)(is_negative ? -magnitude : magnitude);
	if (!fits || (is_unsigned && is_negative) || (is_narrow && magnitude > UINT32_MAX))
		return false;
	bytes_number(
	    out, f->id, f->type == PROTOBUF_C_TYPE_SINT64 ? wire_zigzag(value) : (uint64_t)value);
	return true;
}

static bool
read_integer(const ProtobufCFieldDescriptor *f, const char *text, size_t n, struct bytes *out)
{
	bool is_negative = n > 0 && *text == '-';
	uint64_t magnitude = 0;
	size_t i = is_negative;
	bool fits = n - i > 0 && n - i <= 18;
	for (; i < n && fits; i++) {
		fits = text[i] >= '0' && text[i] <= '9';
		magnitude = magnitude * 10 + (uint64_t)(text[i] - '0');
	}
	return put_integer(f, is_negative, magnitude, fits, out);
}

/* What every message of khaosat.proto that is read has; others need a line here first. */
bool
pbjson_read_text(const ProtobufCFieldDescriptor *f, const char *text, size_t n, struct bytes *out,
    const char **rule)
{
	bool is_true;
	switch ((int)f->type) {
	case PROTOBUF_C_TYPE_STRING:
		*rule = "text without NUL";
		if (n > 0 && memchr(text, '\0', n) != NULL)
			return false;
		bytes_field(out, f->id, text, n);
		return true;
	case PROTOBUF_C_TYPE_BYTES:
		*rule = pbjson_is_uuid(f) ? "a UUID" : "hexadecimal";
		return read_bytes(f, text, n, out);
	case PROTOBUF_C_TYPE_ENUM:
		*rule = "one of the names that khaosat.proto gives it";
		return read_enum(f, text, n, out);
	case PROTOBUF_C_TYPE_BOOL:
		*rule = "true or false";
		is_true = n == 4 && memcmp(text, "true", 4) == 0;
		if (!is_true && !(n == 5 && memcmp(text, "false", 5) == 0))
			return false;
		bytes_number(out, f->id, is_true);
		return true;
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
		*rule = "a whole number in its range";
		return read_integer(f, text, n, out);
	default:
		*rule = "no field for a path or a query";
		return false;
	}
}

/* ------------------------------------------------------------------------------ from JSON */

struct reading {
	struct pbjson_error *error;
	unsigned depth;
};

static bool read_object(struct reading *r, const ProtobufCMessageDescriptor *d,
    const json_t *object, const char *const *skip, struct bytes *out);

/* What is wrong, from the inside out: each level puts its name before the path. */
static bool
blame(struct reading *r, const char *name, const char *rule)
{
	char path[sizeof(r->error->path)];
	if (rule != NULL) {
		r->error->rule = rule;
		r->error->path[0] = '\0';
	}
	snprintf(path, sizeof(path), "%.40s%s%.50s", name, r->error->path[0] != '\0' ? "/" : "",
	    r->error->path);
	text_end(path); /* a name that is none of ours is the last, and may be cut */
	memcpy(r->error->path, path, sizeof(path));
	return false;
}

static bool
read_message(
    struct reading *r, const ProtobufCFieldDescriptor *f, const json_t *value, struct bytes *out)
{
	struct bytes inner = {0};
	bool good = r->depth < DEPTH_MAX && json_is_object(value);
	if (!good) {
		blame(r, f->name, "an object");
		return false;
	}
	r->depth++;
	good = read_object(r, f->descriptor, value, NULL, &inner);
	r->depth--;
	if (good)
		bytes_field(out, f->id, inner.at, inner.n);
	else
		blame(r, f->name, NULL);
	out->failed = out->failed || inner.failed;
	bytes_free(&inner);
	return good;
}

static bool
read_number(const ProtobufCFieldDescriptor *f, const json_t *value, struct bytes *out)
{
	json_int_t number = json_integer_value(value);
	return json_is_integer(value) && f->type != PROTOBUF_C_TYPE_BOOL &&
	       put_integer(
		   f, number < 0, number < 0 ? -(uint64_t)number : (uint64_t)number, true, out);
}

static bool
read_one(
    struct reading *r, const ProtobufCFieldDescriptor *f, const json_t *value, struct bytes *out)
{
	const char *rule = "";
	bool is_texty = f->type == PROTOBUF_C_TYPE_STRING || f->type == PROTOBUF_C_TYPE_BYTES ||
			f->type == PROTOBUF_C_TYPE_ENUM;
	if (f->type == PROTOBUF_C_TYPE_MESSAGE)
		return read_message(r, f, value, out);
	if (is_texty && !json_is_string(value))
		return blame(r, f->name, "a string");
	if (is_texty)
		return pbjson_read_text(
			   f, json_string_value(value), json_string_length(value), out, &rule) ||
		       blame(r, f->name, rule);
	if (f->type == PROTOBUF_C_TYPE_BOOL) {
		if (!json_is_boolean(value))
			return blame(r, f->name, "true or false");
		bytes_number(out, f->id, json_is_true(value));
		return true;
	}
	return read_number(f, value, out) || blame(r, f->name, "a whole number in its range");
}

static bool
read_list(
    struct reading *r, const ProtobufCFieldDescriptor *f, const json_t *list, struct bytes *out)
{
	size_t i;
	json_t *value;
	if (!json_is_array(list))
		return blame(r, f->name, "a list");
	json_array_foreach(list, i, value)
	{
		if (!read_one(r, f, value, out))
			return false;
	}
	return true;
}

static bool
is_skipped(const char *name, const char *const *skip)
{
	for (; skip != NULL && *skip != NULL; skip++)
		if (strcmp(name, *skip) == 0)
			return true;
	return false;
}

static bool
read_object(struct reading *r, const ProtobufCMessageDescriptor *d, const json_t *object,
    const char *const *skip, struct bytes *out)
{
	const char *name;
	json_t *value;
	json_object_foreach((json_t *)(uintptr_t)object, name, value)
	{
		if (is_skipped(name, skip))
			continue;
		const ProtobufCFieldDescriptor *f =
		    protobuf_c_message_descriptor_get_field_by_name(d, name);
		if (f == NULL)
			return blame(r, name, "no field of that name");
		if (json_is_null(value))
			continue;
		bool good = f->label == PROTOBUF_C_LABEL_REPEATED ? read_list(r, f, value, out)
								  : read_one(r, f, value, out);
		if (!good)
			return false;
	}
	return true;
}

bool
pbjson_read(const ProtobufCMessageDescriptor *d, const json_t *object, const char *const *skip,
    struct bytes *out, struct pbjson_error *error)
{
	struct reading r = {.error = error};
	if (!json_is_object(object))
		return blame(&r, "", "an object");
	return read_object(&r, d, object, skip, out);
}
