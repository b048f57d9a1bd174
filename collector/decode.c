/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/decode.h"

#include "collector/decode_submit.h"

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

/* Where in the request a message stands; put into words only where something is wrong. */
struct place {
	const struct place *above; /* NULL: the Request */
	const char *name;
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

/* "submit.round": the names from the Request downwards. */
static size_t
print_place(const struct place *place, char *out, size_t cap)
{
	size_t at = place->above != NULL ? print_place(place->above, out, cap) : 0;
	int n = snprintf(out + at, cap - at, "%s%s", at > 0 ? "." : "", place->name);
	return n < 0 ? at : at + (size_t)n < cap ? at + (size_t)n : cap - 1;
}

static void
fault(struct walk *walk, const struct place *above, const char *name, const char *rule)
{
	const struct place place = {above, name};
	if (walk->is_bad)
		return;
	walk->is_bad = true;
	walk->out->rule = rule;
	print_place(&place, walk->out->field, sizeof(walk->out->field));
}

static bool walk_message(struct walk *walk, const ProtobufCMessageDescriptor *d,
    const uint8_t *bytes, size_t n, const struct place *place, unsigned depth);

static bool
walk_field(struct walk *walk, const ProtobufCFieldDescriptor *field, const struct item *item,
    const struct place *place, unsigned depth)
{
	const struct place below = {place, field->name};
	if (field->type == PROTOBUF_C_TYPE_STRING) {
		enum text_status status =
		    text_check((const char *)item->bytes, item->n, DECODE_TEXT_MAX_CHARS, false);
		if (status != TEXT_OK)
			fault(walk, place, field->name, text_rule_en(status));
		return true;
	}
	if (field->type != PROTOBUF_C_TYPE_MESSAGE)
		return true;
	return walk_message(walk, field->descriptor, item->bytes, item->n, &below, depth + 1);
}

/* The body as received. Two of them would be merged by one reader and not by another. */
static void
note_body(struct walk *walk, const struct item *item)
{
	if (walk->bodies++ > 0) {
		fault(walk, NULL, "body", "exactly one");
		return;
	}
	walk->out->body = item->bytes;
	walk->out->body_bytes = item->n;
}

static bool
walk_message(struct walk *walk, const ProtobufCMessageDescriptor *d, const uint8_t *bytes, size_t n,
    const struct place *place, unsigned depth)
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
		if (!walk_field(walk, field, &item, place, depth))
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
	if (decode_submit(bytes, n, arena, out))
		return DECODE_OK;
	memset(out, 0, sizeof(*out));
	if (!walk_message(&walk, &khaosat__v1__request__descriptor, bytes, n, NULL, 0))
		return DECODE_NOT_A_REQUEST;
	struct source source = {.arena = arena};
	ProtobufCAllocator allocator = {pb_alloc, pb_free, &source};
	out->message = khaosat__v1__request__unpack(&allocator, n, bytes);
	if (out->message == NULL)
		return source.is_spent ? DECODE_MEMORY : DECODE_NOT_A_REQUEST;
	return walk.is_bad ? DECODE_BAD_FIELD : DECODE_OK;
}
