/* SPDX-License-Identifier: Apache-2.0 */
/* The frame is copied once and the message points into the copy, where the byte after each text, a
 * tag that has been read by then, makes room for its NUL. Nothing is judged here: a field that is
 * unknown, there twice, of another type, not encoded as short as can be, or no fit text, and the
 * general way is taken. */
#include "collector/decode_submit.h"

#include <string.h>

#include "survey/text.h"
#include "survey/wire.h"

enum { REQUEST_ID = 1, REQUEST_VERSION, REQUEST_UNIT, REQUEST_SUBMIT = 20 };
enum { UNIT_TAX_CODE = 1, UNIT_ACCESS_CODE };
enum {
	SUBMIT_ROUND = 1,
	SUBMIT_SURVEY_ID,
	SUBMIT_SURVEY_VERSION,
	SUBMIT_INSTANCE_ID,
	SUBMIT_DEPRECATED_ID,
	SUBMIT_ANSWERS,
	SUBMIT_CHANNEL,
	SUBMIT_TAX_CODE
};

#define TEXTS_MAX 5

struct submission {
	Khaosat__V1__Request request;
	Khaosat__V1__UnitCredential unit;
	Khaosat__V1__Submit submit;
	uint8_t bytes[]; /* the frame, and one more */
};

/* The Request as sent. */
struct sent {
	uint64_t id, version;
	struct wire unit, submit; /* at NULL: not there */
};

/* A message being walked; each of its fields comes once. */
struct walk {
	struct wire rest;
	uint32_t seen; /* 1 << field */
	uint32_t field;
	enum wire_type type;
};

/* The ends of the texts that were read. */
struct ends {
	char *end[TEXTS_MAX];
	size_t n;
};

static bool
next_field(struct walk *w)
{
	uint64_t tag;
	if (!wire_varint(&w->rest, &tag) || tag > UINT8_MAX)
		return false;
	w->field = (uint32_t)tag >> 3;
	w->type = (enum wire_type)(tag & 7); /* whoever reads the value looks at it */
	uint32_t bit = UINT32_C(1) << w->field;
	bool is_first = !(w->seen & bit);
	w->seen |= bit;
	return is_first;
}

static bool
read_number(struct walk *w, uint64_t max, uint64_t *out)
{
	return w->type == WIRE_VARINT && wire_varint(&w->rest, out) && *out <= max;
}

static bool
read_span(struct walk *w, struct wire *out)
{
	return w->type == WIRE_BYTES && wire_bytes(&w->rest, out);
}

static bool
read_bytes(struct walk *w, ProtobufCBinaryData *out)
{
	struct wire span;
	if (!read_span(w, &span))
		return false;
	*out = (ProtobufCBinaryData){
	    .data = (uint8_t *)(uintptr_t)span.at, .len = (size_t)(span.end - span.at)};
	return true;
}

static bool
read_text(struct walk *w, struct ends *ends, char **out)
{
	ProtobufCBinaryData text;
	if (!read_bytes(w, &text) ||
	    text_check((char *)text.data, text.len, DECODE_TEXT_MAX_CHARS, false) != TEXT_OK)
		return false;
	*out = (char *)text.data;
	ends->end[ends->n++] = *out + text.len;
	return true;
}

static bool
read_unit(struct wire message, struct ends *ends, Khaosat__V1__UnitCredential *out)
{
	struct walk w = {.rest = message};
	while (w.rest.at < w.rest.end) {
		if (!next_field(&w))
			return false;
		bool good = w.field == UNIT_TAX_CODE      ? read_text(&w, ends, &out->tax_code)
			    : w.field == UNIT_ACCESS_CODE ? read_text(&w, ends, &out->access_code)
							  : false;
		if (!good)
			return false;
	}
	return true;
}

static bool
read_submit_field(struct walk *w, struct ends *ends, Khaosat__V1__Submit *out)
{
	uint64_t number;
	switch (w->field) {
	case SUBMIT_ROUND:
		return read_text(w, ends, &out->round);
	case SUBMIT_SURVEY_ID:
		return read_text(w, ends, &out->survey_id);
	case SUBMIT_SURVEY_VERSION:
		if (!read_number(w, UINT32_MAX, &number))
			return false;
		out->survey_version = (uint32_t)number;
		return true;
	case SUBMIT_INSTANCE_ID:
		return read_bytes(w, &out->instance_id);
	case SUBMIT_DEPRECATED_ID:
		return read_bytes(w, &out->deprecated_id);
	case SUBMIT_ANSWERS:
		return read_bytes(w, &out->answers);
	case SUBMIT_CHANNEL:
		if (!read_number(w, INT32_MAX, &number))
			return false;
		out->channel = (Khaosat__V1__Channel)number;
		return true;
	case SUBMIT_TAX_CODE:
		return read_text(w, ends, &out->tax_code);
	}
	return false;
}

static bool
read_submit(struct wire message, struct ends *ends, Khaosat__V1__Submit *out)
{
	struct walk w = {.rest = message};
	while (w.rest.at < w.rest.end)
		if (!next_field(&w) || !read_submit_field(&w, ends, out))
			return false;
	return true;
}

static bool
read_request(const uint8_t *bytes, size_t n, struct sent *out)
{
	struct walk w = {.rest = {bytes, bytes + n}};
	*out = (struct sent){0};
	while (w.rest.at < w.rest.end) {
		if (!next_field(&w))
			return false;
		bool good = w.field == REQUEST_ID ? read_number(&w, UINT64_MAX, &out->id)
			    : w.field == REQUEST_VERSION
				? read_number(&w, UINT32_MAX, &out->version)
			    : w.field == REQUEST_UNIT   ? read_span(&w, &out->unit)
			    : w.field == REQUEST_SUBMIT ? read_span(&w, &out->submit)
							: false;
		if (!good)
			return false;
	}
	return out->unit.at != NULL && out->submit.at != NULL;
}

/* The same bytes in the copy. */
static struct wire
in_copy(struct wire sent, const uint8_t *bytes, const uint8_t *copy)
{
	return (struct wire){copy + (sent.at - bytes), copy + (sent.end - bytes)};
}

bool
decode_submit(const uint8_t *bytes, size_t n, struct arena *arena, struct decoded *out)
{
	struct sent sent;
	struct ends ends = {.n = 0};
	if (!read_request(bytes, n, &sent))
		return false;
	struct submission *s = arena_alloc(arena, sizeof(*s) + n + 1);
	if (s == NULL)
		return false;
	memcpy(s->bytes, bytes, n);
	khaosat__v1__request__init(&s->request);
	khaosat__v1__unit_credential__init(&s->unit);
	khaosat__v1__submit__init(&s->submit);
	if (!read_unit(in_copy(sent.unit, bytes, s->bytes), &ends, &s->unit) ||
	    !read_submit(in_copy(sent.submit, bytes, s->bytes), &ends, &s->submit))
		return false;
	for (size_t i = 0; i < ends.n; i++)
		*ends.end[i] = '\0';
	s->request.id = sent.id;
	s->request.version = (uint32_t)sent.version;
	s->request.credential_case = KHAOSAT__V1__REQUEST__CREDENTIAL_UNIT;
	s->request.unit = &s->unit;
	s->request.body_case = KHAOSAT__V1__REQUEST__BODY_SUBMIT;
	s->request.submit = &s->submit;
	*out = (struct decoded){.message = &s->request};
	out->body = sent.submit.at;
	out->body_bytes = (size_t)(sent.submit.end - sent.submit.at);
	return true;
}
