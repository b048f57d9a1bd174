/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 over parts laid end to end: the one door to the library behind it. Any thread. */
#ifndef KHAOSAT_PROTO_DIGEST_H
#define KHAOSAT_PROTO_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include "proto/limits.h"

struct digest_part {
	const void *bytes;
	size_t n;
};

void digest_sha256(const struct digest_part *parts, size_t n, uint8_t out[SHA256_BYTES]);

/* Lower-case hexadecimal of n bytes; out has room for 2n + 1. */
void digest_hex(const uint8_t *bytes, size_t n, char *out);

#endif
