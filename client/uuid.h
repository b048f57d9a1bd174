/* SPDX-License-Identifier: Apache-2.0 */
/* The UUIDs that name submissions: made at random, or out of what is sent; as text and as 16 bytes.
 * Any thread. */
#ifndef KHAOSAT_CLIENT_UUID_H
#define KHAOSAT_CLIENT_UUID_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "proto/digest.h"
#include "proto/limits.h"

#define UUID_TEXT_BYTES 37 /* "8-4-4-4-12" and its end */

/* Random, version 4. */
void uuid_make(uint8_t out[UUID_BYTES]);

/* Out of the SHA-256 of the parts, version 8 (RFC 9562): the same parts make the same UUID. */
void uuid_from(const struct digest_part *parts, size_t n, uint8_t out[UUID_BYTES]);

/* 32 hexadecimal digits, with the four hyphens or without; not all zero. */
bool uuid_parse(const char *text, uint8_t out[UUID_BYTES]);
void uuid_print(const uint8_t uuid[UUID_BYTES], char out[UUID_TEXT_BYTES]);
/* As a member of an object, as text; as json_object_set_new. */
int uuid_put(json_t *object, const char *key, const uint8_t uuid[UUID_BYTES]);

#endif
