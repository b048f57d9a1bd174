/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a Request, beside protobuf-c. What decodes is what protobuf-c makes of it; what is
 * well has text in every string, no NUL cut off, and its body stands in the bytes as received:
 * alone behind its tag it unpacks to the same message. What protobuf-c packs again decodes to the
 * same. */
#include "collector/decode.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "survey/text.h"

#define ROOM_BYTES 1024
#define BUDGET_BYTES (1u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

struct attempt {
	struct arena arena;
	max_align_t room[ROOM_BYTES / sizeof(max_align_t)];
	struct decoded decoded;
	enum decode_status status;
};

static void
decode(struct attempt *t, const uint8_t *bytes, size_t n, size_t budget)
{
	arena_init(&t->arena, t->room, sizeof(t->room), budget);
	t->status = decode_request(bytes, n, &t->arena, &t->decoded);
}

/* The bytes of a message as protobuf-c packs them, to be freed. */
static uint8_t *
packed(const Khaosat__V1__Request *m, size_t *n)
{
	*n = khaosat__v1__request__get_packed_size(m);
	uint8_t *bytes = malloc(*n > 0 ? *n : 1);
	assert(bytes);
	size_t put = khaosat__v1__request__pack(m, bytes);
	assert(put == *n);
	return bytes;
}

static void
expect_same(const Khaosat__V1__Request *a, const Khaosat__V1__Request *b)
{
	size_t n, m;
	uint8_t *one = packed(a, &n), *two = packed(b, &m);
	assert(n == m && memcmp(one, two, n) == 0);
	free(one);
	free(two);
}

/* Every string of a message and of those in it. */
static void
expect_texts(const ProtobufCMessage *m)
{
	const ProtobufCMessageDescriptor *d = m->descriptor;
	for (unsigned i = 0; i < d->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &d->fields[i];
		const uint8_t *at = (const uint8_t *)m + f->offset;
		const uint8_t *quantifier = (const uint8_t *)m + f->quantifier_offset;
		bool is_oneof = (f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0;
		uint32_t which;
		memcpy(&which, quantifier, sizeof(which));
		if (f->label == PROTOBUF_C_LABEL_REPEATED || (is_oneof && which != f->id))
			continue;
		if (f->type == PROTOBUF_C_TYPE_STRING) {
			const char *text = *(const char *const *)(const void *)at;
			assert(text_check(text, strlen(text), DECODE_TEXT_MAX_CHARS, false) ==
			       TEXT_OK);
		} else if (f->type == PROTOBUF_C_TYPE_MESSAGE) {
			const ProtobufCMessage *below =
			    *(const ProtobufCMessage *const *)(const void *)at;
			if (below)
				expect_texts(below);
		}
	}
}

/* The body as received, unpacked by itself, and as it stands in the request. */
static void
expect_body(const struct decoded *decoded, const uint8_t *bytes, size_t n)
{
	const Khaosat__V1__Request *m = decoded->message;
	if (m->body_case == KHAOSAT__V1__REQUEST__BODY__NOT_SET) {
		assert(!decoded->body);
		return;
	}
	assert(decoded->body >= bytes && decoded->body + decoded->body_bytes <= bytes + n);
	const ProtobufCFieldDescriptor *f = protobuf_c_message_descriptor_get_field(
	    &khaosat__v1__request__descriptor, (unsigned)m->body_case);
	assert(f);
	ProtobufCMessage *alone =
	    protobuf_c_message_unpack(f->descriptor, NULL, decoded->body_bytes, decoded->body);
	assert(alone);
	const ProtobufCMessage *inside = (const ProtobufCMessage *)(const void *)m->hello;
	size_t size = protobuf_c_message_get_packed_size(alone);
	assert(size == protobuf_c_message_get_packed_size(inside));
	uint8_t *one = malloc(2 * size + 1), *two = one + size;
	assert(one);
	protobuf_c_message_pack(alone, one);
	protobuf_c_message_pack(inside, two);
	assert(memcmp(one, two, size) == 0);
	free(one);
	protobuf_c_message_free_unpacked(alone, NULL);
}

static void
expect_again(const Khaosat__V1__Request *m)
{
	struct attempt again;
	size_t n;
	uint8_t *bytes = packed(m, &n);
	decode(&again, bytes, n, BUDGET_BYTES);
	assert(again.status == DECODE_OK);
	expect_same(m, again.decoded.message);
	arena_free(&again.arena);
	free(bytes);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct attempt t, small;
	decode(&t, data, n, BUDGET_BYTES);
	Khaosat__V1__Request *theirs = khaosat__v1__request__unpack(NULL, n, data);
	decode(&small, data, n, 0);
	assert(small.status == t.status || small.status == DECODE_MEMORY);
	arena_free(&small.arena);
	switch (t.status) {
	case DECODE_NOT_A_REQUEST:
	case DECODE_MEMORY:
		break;
	case DECODE_BAD_FIELD:
		assert(theirs && t.decoded.message && t.decoded.rule);
		assert(strlen(t.decoded.field) > 0);
		break;
	case DECODE_OK:
		assert(theirs && t.decoded.field[0] == '\0' && !t.decoded.rule);
		expect_same(theirs, t.decoded.message);
		expect_texts(&t.decoded.message->base);
		expect_body(&t.decoded, data, n);
		expect_again(t.decoded.message);
		break;
	}
	if (theirs)
		khaosat__v1__request__free_unpacked(theirs, NULL);
	arena_free(&t.arena);
	return 0;
}
