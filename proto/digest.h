/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 over parts laid end to end: the one door to the library behind it. Any thread; one digest
 * under way belongs to one. */
#ifndef KHAOSAT_PROTO_DIGEST_H
#define KHAOSAT_PROTO_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/limits.h"

struct digest_part {
	const void *bytes;
	size_t n;
};

void digest_sha256(const struct digest_part *parts, size_t n, uint8_t out[SHA256_BYTES]);

/* The same a part at a time. Memory is taken by digest_new alone: NULL. */
struct digest;
struct digest *digest_new(void);
void digest_add(struct digest *digest, const void *bytes, size_t n);
void digest_end(struct digest *digest, uint8_t out[SHA256_BYTES]); /* once, and nothing after it */
void digest_free(struct digest *digest);                           /* accepts NULL */

/* Lower-case hexadecimal of n bytes; out has room for 2n + 1. */
void digest_hex(const uint8_t *bytes, size_t n, char *out);
/* n bytes out of 2n digits, of either case. False: something else stands among them. */
bool digest_unhex(const char *hex, size_t n, uint8_t *out);

#endif
