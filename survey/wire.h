/* SPDX-License-Identifier: Apache-2.0 */
/* The primitives of protobuf's encoding, for the messages that survey/ walks by hand. Readers move
 * `at` only on success and never past `end`; writers stop for good at the first thing that does not
 * fit. Pure; any thread. */
#ifndef KHAOSAT_SURVEY_WIRE_H
#define KHAOSAT_SURVEY_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum wire_type {
	WIRE_VARINT = 0,
	WIRE_FIXED64 = 1,
	WIRE_BYTES = 2, /* strings, bytes, messages */
	WIRE_FIXED32 = 5
};

#define WIRE_VARINT_BYTES_MAX 10

struct wire {
	const uint8_t *at, *end;
};

struct wire_out {
	uint8_t *at, *end;
	bool full; /* something did not fit; nothing more is written */
};

/* False where it is truncated, does not fit 64 bits, or is longer than it need be. */
static inline bool
wire_varint(struct wire *w, uint64_t *out)
{
	uint64_t value = 0;
	const uint8_t *at = w->at;
	if (at < w->end && *at < 0x80) { /* nearly all of them */
		*out = *at;
		w->at = at + 1;
		return true;
	}
	for (unsigned shift = 0; at < w->end; shift += 7) {
		uint8_t byte = *at++;
		if (shift == 63 && byte > 1)
			return false;
		value |= (uint64_t)(byte & 0x7F) << shift;
		if (byte & 0x80)
			continue;
		if (byte == 0 && shift > 0)
			return false;
		w->at = at;
		*out = value;
		return true;
	}
	return false;
}

/* Field number and wire type. False on groups, field 0 and what is not a tag. */
static inline bool
wire_tag(struct wire *w, uint32_t *field, enum wire_type *type)
{
	struct wire ahead = *w;
	uint64_t tag;
	if (!wire_varint(&ahead, &tag) || tag > UINT32_MAX || tag >> 3 == 0)
		return false;
	unsigned kind = tag & 7;
	if (kind != WIRE_VARINT && kind != WIRE_FIXED64 && kind != WIRE_BYTES &&
	    kind != WIRE_FIXED32)
		return false;
	*field = (uint32_t)(tag >> 3);
	*type = (enum wire_type)kind;
	*w = ahead;
	return true;
}

/* A length and so many bytes: `span` is these bytes. */
static inline bool
wire_bytes(struct wire *w, struct wire *span)
{
	struct wire ahead = *w;
	uint64_t n;
	if (!wire_varint(&ahead, &n) || n > (uint64_t)(ahead.end - ahead.at))
		return false;
	span->at = ahead.at;
	span->end = ahead.at + n;
	w->at = span->end;
	return true;
}

/* A field of that tag, of one byte, and bytes whose length is told in one byte. False: it is
 * another. */
static inline bool
wire_short(struct wire *w, uint8_t tag, struct wire *span)
{
	size_t left = (size_t)(w->end - w->at);
	if (left < 2 || w->at[0] != tag || w->at[1] >= 0x80 || w->at[1] > left - 2)
		return false;
	span->at = w->at + 2;
	span->end = span->at + w->at[1];
	w->at = span->end;
	return true;
}

/* Move past the value of a field of that type. */
static inline bool
wire_skip(struct wire *w, enum wire_type type)
{
	uint64_t value;
	struct wire span;
	size_t n = type == WIRE_FIXED64 ? 8 : 4;
	if (type == WIRE_VARINT)
		return wire_varint(w, &value);
	if (type == WIRE_BYTES)
		return wire_bytes(w, &span);
	if ((size_t)(w->end - w->at) < n)
		return false;
	w->at += n;
	return true;
}

static inline size_t
wire_varint_size(uint64_t value)
{
	size_t n = 1;
	while (value >>= 7)
		n++;
	return n;
}

/* sint64: small numbers of either sign are short. */
static inline uint64_t
wire_zigzag(int64_t value)
{
	return value < 0 ? ~((uint64_t)value << 1) : (uint64_t)value << 1;
}

static inline int64_t
wire_unzigzag(uint64_t value)
{
	return value & 1 ? -1 - (int64_t)(value >> 1) : (int64_t)(value >> 1);
}

static inline void
wire_put_varint(struct wire_out *w, uint64_t value)
{
	if (w->full || (size_t)(w->end - w->at) < wire_varint_size(value)) {
		w->full = true;
		return;
	}
	for (; value >= 0x80; value >>= 7)
		*w->at++ = (uint8_t)(value | 0x80);
	*w->at++ = (uint8_t)value;
}

static inline void
wire_put_tag(struct wire_out *w, uint32_t field, enum wire_type type)
{
	wire_put_varint(w, (uint64_t)field << 3 | (uint64_t)type);
}

/* Tag, length, bytes. */
static inline void
wire_put_bytes(struct wire_out *w, uint32_t field, const void *bytes, size_t n)
{
	wire_put_tag(w, field, WIRE_BYTES);
	wire_put_varint(w, n);
	if (w->full || (size_t)(w->end - w->at) < n) {
		w->full = true;
		return;
	}
	if (n > 0)
		memcpy(w->at, bytes, n);
	w->at += n;
}

#endif
