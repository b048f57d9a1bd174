/* SPDX-License-Identifier: Apache-2.0 */
/* OpenSSL 3 would rather have its EVP interface used. That takes and clears memory for each digest
 * and looks for engines, which costs more than a short digest itself, and two short digests are
 * made for each submission; what is called here stands below it and chooses the processor's own
 * instructions alike. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "proto/digest.h"

#include <openssl/sha.h>
#include <stdlib.h>

struct digest {
	SHA256_CTX ctx;
};

/* None of these can fail: they touch nothing but what they are given. */

void
digest_sha256(const struct digest_part *parts, size_t n, uint8_t out[SHA256_BYTES])
{
	SHA256_CTX ctx;
	SHA256_Init(&ctx);
	for (size_t i = 0; i < n; i++)
		SHA256_Update(&ctx, parts[i].bytes, parts[i].n);
	SHA256_Final(out, &ctx);
}

struct digest *
digest_new(void)
{
	struct digest *digest = malloc(sizeof(*digest));
	if (digest != NULL)
		SHA256_Init(&digest->ctx);
	return digest;
}

void
digest_add(struct digest *digest, const void *bytes, size_t n)
{
	SHA256_Update(&digest->ctx, bytes, n);
}

void
digest_end(struct digest *digest, uint8_t out[SHA256_BYTES])
{
	SHA256_Final(out, &digest->ctx);
}

void
digest_free(struct digest *digest)
{
	free(digest);
}

void
digest_hex(const uint8_t *bytes, size_t n, char *out)
{
	static const char digits[] = "0123456789abcdef";
	for (size_t i = 0; i < n; i++) {
		out[2 * i] = digits[bytes[i] >> 4];
		out[2 * i + 1] = digits[bytes[i] & 15];
	}
	out[2 * n] = '\0';
}

static int
digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool
digest_unhex(const char *hex, size_t n, uint8_t *out)
{
	for (size_t i = 0; i < n; i++) {
		int high = digit_value(hex[2 * i]);
		int low = high < 0 ? -1 : digit_value(hex[2 * i + 1]);
		if (low < 0)
			return false;
		out[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}
