/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/bytes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "survey/wire.h"

#define ROOM_MIN 256

void
bytes_free(struct bytes *b)
{
	free(b->at);
	*b = (struct bytes){0};
}

uint8_t *
bytes_reserve(struct bytes *b, size_t n)
{
	if (b->failed || n > SIZE_MAX / 4) {
		b->failed = true;
		return NULL;
	}
	if (b->room - b->n >= n && b->at != NULL)
		return b->at + b->n;
	size_t room = b->room * 2 > ROOM_MIN ? b->room * 2 : ROOM_MIN;
	if (room < b->n + n)
		room = b->n + n;
	uint8_t *grown = realloc(b->at, room);
	if (grown == NULL) {
		b->failed = true;
		return NULL;
	}
	b->at = grown;
	b->room = room;
	return b->at + b->n;
}

void
bytes_put(struct bytes *b, const void *bytes, size_t n)
{
	if (n == 0 || bytes_reserve(b, n) == NULL)
		return;
	memcpy(b->at + b->n, bytes, n);
	b->n += n;
}

void
bytes_text(struct bytes *b, const char *text)
{
	bytes_put(b, text, strlen(text));
}

void
bytes_char(struct bytes *b, char c)
{
	bytes_put(b, &c, 1);
}

void
bytes_print(struct bytes *b, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	int n = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	uint8_t *room = n >= 0 ? bytes_reserve(b, (size_t)n + 1) : NULL;
	if (room == NULL) {
		b->failed = true;
		return;
	}
	va_start(arguments, format);
	vsnprintf((char *)room, (size_t)n + 1, format, arguments);
	va_end(arguments);
	b->n += (size_t)n;
}

/* ------------------------------------------------------------------------------ protobuf */

void
bytes_varint(struct bytes *b, uint64_t value)
{
	uint8_t *room = bytes_reserve(b, WIRE_VARINT_BYTES_MAX);
	if (room == NULL)
		return;
	struct wire_out w = {room, room + WIRE_VARINT_BYTES_MAX, false};
	wire_put_varint(&w, value);
	b->n += (size_t)(w.at - room);
}

void
bytes_number(struct bytes *b, uint32_t field, uint64_t value)
{
	bytes_varint(b, (uint64_t)field << 3 | WIRE_VARINT);
	bytes_varint(b, value);
}

void
bytes_field(struct bytes *b, uint32_t field, const void *bytes, size_t n)
{
	bytes_varint(b, (uint64_t)field << 3 | WIRE_BYTES);
	bytes_varint(b, n);
	bytes_put(b, bytes, n);
}

/* ------------------------------------------------------------------------------ text */

void
bytes_hex(struct bytes *b, const uint8_t *bytes, size_t n)
{
	static const char digit[] = "0123456789abcdef";
	uint8_t *room = bytes_reserve(b, 2 * n);
	for (size_t i = 0; room != NULL && i < n; i++) {
		*room++ = (uint8_t)digit[bytes[i] >> 4];
		*room++ = (uint8_t)digit[bytes[i] & 15];
	}
	if (room != NULL)
		b->n += 2 * n;
}

void
bytes_uuid(struct bytes *b, const uint8_t uuid[UUID_BYTES])
{
	static const size_t group[] = {4, 2, 2, 2, 6};
	for (size_t i = 0; i < sizeof(group) / sizeof(group[0]); i++) {
		if (i > 0)
			bytes_char(b, '-');
		bytes_hex(b, uuid, group[i]);
		uuid += group[i];
	}
}

static void
quote_one(struct bytes *b, uint8_t c)
{
	if (c == '\n')
		bytes_text(b, "\\n");
	else if (c == '"' || c == '\\')
		bytes_print(b, "\\%c", c);
	else
		bytes_print(b, "\\u%04x", c);
}

static bool
is_plain(uint8_t c)
{
	return c >= ' ' && c != '"' && c != '\\' && c != 0x7F;
}

void
bytes_quote(struct bytes *b, const char *text, size_t n)
{
	bytes_char(b, '"');
	for (size_t i = 0; i < n;) {
		size_t plain = 0;
		while (i + plain < n && is_plain((uint8_t)text[i + plain]))
			plain++;
		bytes_put(b, text + i, plain);
		i += plain;
		if (i < n)
			quote_one(b, (uint8_t)text[i++]);
	}
	bytes_char(b, '"');
}
