/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/decode.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "survey/text.h"

#define DEPTH_MAX 4 /* Request, its body, and what stands in that */

enum wire_type { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2, WIRE_32 = 5 };

struct reader {
	const uint8_t *at, *end;
};

struct item {
	uint32_t number;
	unsigned type;
	const uint8_t *bytes; /* WIRE_BYTES */
	size_t n;
};

struct walk {
	struct decoded *out;
	bool is_bad; /* out->field and rule are set */
	unsigned bodies;
};

static bool
read_varint(struct reader *r, uint64_t *out)
{
	uint64_t value = 0;
	for (unsigned shift = 0; shift < 64 && r->at < r->end; shift += 7) {
		uint8_t byte = *r->at++;
		value |= (uint64_t)(byte & 0x7f) << shift;
		if ((byte & 0x80) == 0) {
			*out = value;
			return true;
		}
	}
	return false;
}

static bool
skip(struct reader *r, uint64_t n)
{
	if (n > (size_t)(r->end - r->at))
		return false;
	r->at += n;
	return true;
}

static bool
read_item(struct reader *r, struct item *item)
{
	uint64_t tag, value;
	if (!read_varint(r, &tag) || tag >> 3 == 0 || tag >> 3 > 0x1fffffff)
		return false;
	*item = (struct item){.number = (uint32_t)(tag >> 3), .type = tag & 7};
	switch (item->type) {
	case WIRE_VARINT:
		return read_varint(r, &value);
	case WIRE_64:
		return skip(r, 8);
	case WIRE_32:
		return skip(r, 4);
	case WIRE_BYTES:
		if (!read_varint(r, &value))
			return false;
		item->bytes = r->at;
		item->n = (size_t)value;
		return skip(r, value);
	default: /* groups, which proto3 has not */
		return false;
	}
}

static void
fault(struct walk *walk, const char *path, const char *name, const char *rule)
{
	if (walk->is_bad)
		return;
	walk->is_bad = true;
	walk->out->rule = rule;
	snprintf(walk->out->field, sizeof(walk->out->field), "%s%s%s", path,
	    *path != '\0' ? "." : "", name);
}

static bool walk_message(struct walk *walk, const ProtobufCMessageDescriptor *d,
    const uint8_t *bytes, size_t n, const char *path, unsigned depth);

static bool
walk_field(struct walk *walk, const ProtobufCFieldDescriptor *field, const struct item *item,
    const char *path, unsigned depth)
{
	char below[DECODE_FIELD_BYTES];
	if (field->type == PROTOBUF_C_TYPE_STRING) {
		enum text_status status =
		    text_check((const char *)item->bytes, item->n, DECODE_TEXT_MAX_CHARS, false);
		if (status != TEXT_OK)
			fault(walk, path, field->name, text_rule_en(status));
		return true;
	}
	if (field->type != PROTOBUF_C_TYPE_MESSAGE)
		return true;
	snprintf(below, sizeof(below), "%s%s%s", path, *path != '\0' ? "." : "", field->name);
	return walk_message(walk, field->descriptor, item->bytes, item->n, below, depth + 1);
}

/* The body as received. Two of them would be merged by one reader and not by another. */
static void
note_body(struct walk *walk, const struct item *item)
{
	if (walk->bodies++ > 0) {
		fault(walk, "", "body", "exactly one");
		return;
	}
	walk->out->body = item->bytes;
	walk->out->body_bytes = item->n;
}

static bool
walk_message(struct walk *walk, const ProtobufCMessageDescriptor *d, const uint8_t *bytes, size_t n,
    const char *path, unsigned depth)
{
	struct reader reader = {bytes, bytes + n};
	struct item item;
	if (depth > DEPTH_MAX)
		return false;
	while (reader.at < reader.end) {
		if (!read_item(&reader, &item))
			return false;
		const ProtobufCFieldDescriptor *field =
		    protobuf_c_message_descriptor_get_field(d, item.number);
		if (field == NULL || item.type != WIRE_BYTES)
			continue;
		if (depth == 0 && field->type == PROTOBUF_C_TYPE_MESSAGE &&
		    strcmp(field->name, "unit") != 0)
			note_body(walk, &item);
		if (!walk_field(walk, field, &item, path, depth))
			return false;
	}
	return true;
}

/* What protobuf-c allocates from: freed with the request, so its frees mean nothing. */
struct source {
	struct arena *arena;
	bool is_spent;
};

static void *
pb_alloc(void *context, size_t n)
{
	struct source *source = context;
	void *piece = arena_alloc(source->arena, n);
	source->is_spent |= piece == NULL;
	return piece;
}

static void
pb_free(void *context, void *piece)
{
	(void)context;
	(void)piece;
}

enum decode_status
decode_request(const uint8_t *bytes, size_t n, struct arena *arena, struct decoded *out)
{
	struct walk walk = {.out = out};
	memset(out, 0, sizeof(*out));
	if (!walk_message(&walk, &khaosat__v1__request__descriptor, bytes, n, "", 0))
		return DECODE_NOT_A_REQUEST;
	struct source source = {.arena = arena};
	ProtobufCAllocator allocator = {pb_alloc, pb_free, &source};
	out->message = khaosat__v1__request__unpack(&allocator, n, bytes);
	if (out->message == NULL)
		return source.is_spent ? DECODE_MEMORY : DECODE_NOT_A_REQUEST;
	return walk.is_bad ? DECODE_BAD_FIELD : DECODE_OK;
}
