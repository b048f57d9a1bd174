/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes that grow at their end. Memory that runs out is remembered: everything put from then on is
 * dropped, and who made the bytes asks once, at the end, for `failed`. Any thread. */
#ifndef KHAOSAT_COLLECTOR_BYTES_H
#define KHAOSAT_COLLECTOR_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/limits.h"

struct bytes { /* all zero: empty */
	uint8_t *at;
	size_t n, room;
	bool failed;
};

void bytes_free(struct bytes *b); /* empty again */

/* Room for n more, of which none counts yet; NULL: failed. */
uint8_t *bytes_reserve(struct bytes *b, size_t n);
void bytes_put(struct bytes *b, const void *bytes, size_t n);
void bytes_text(struct bytes *b, const char *text);
void bytes_char(struct bytes *b, char c);
__attribute__((format(printf, 2, 3))) void bytes_print(struct bytes *b, const char *format, ...);

/* Protobuf, as survey/wire.h writes it. */
void bytes_varint(struct bytes *b, uint64_t value);
void bytes_number(struct bytes *b, uint32_t field, uint64_t value);
void bytes_field(struct bytes *b, uint32_t field, const void *bytes, size_t n);

/* Lower-case hexadecimal; and a UUID's usual form. */
void bytes_hex(struct bytes *b, const uint8_t *bytes, size_t n);
void bytes_uuid(struct bytes *b, const uint8_t uuid[UUID_BYTES]);

/* A JSON string with its quotes, of UTF-8. */
void bytes_quote(struct bytes *b, const char *text, size_t n);

#endif
