/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/digest.h"

#include <assert.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>

struct digest {
	EVP_MD_CTX *ctx;
};

/* Fetched once and kept for the life of the process, as is a context for the life of each thread:
 * both cost about as much as a short digest. */
static EVP_MD *sha256;
static pthread_key_t kept;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
free_kept(void *ctx)
{
	EVP_MD_CTX_free(ctx);
}

static void
fetch(void)
{
	sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	assert(sha256 != NULL && pthread_key_create(&kept, free_kept) == 0);
}

static EVP_MD_CTX *
kept_context(void)
{
	EVP_MD_CTX *ctx = pthread_getspecific(kept);
	if (ctx != NULL)
		return ctx;
	ctx = EVP_MD_CTX_new();
	assert(ctx != NULL && pthread_setspecific(kept, ctx) == 0);
	return ctx;
}

void
digest_sha256(const struct digest_part *parts, size_t n, uint8_t out[SHA256_BYTES])
{
	pthread_once(&once, fetch);
	EVP_MD_CTX *ctx = kept_context();
	int ok = EVP_DigestInit_ex2(ctx, sha256, NULL);
	for (size_t i = 0; ok && i < n; i++)
		ok = EVP_DigestUpdate(ctx, parts[i].bytes, parts[i].n);
	ok = ok && EVP_DigestFinal_ex(ctx, out, NULL);
	assert(ok); /* a digest of bytes in memory fails only when memory has run out */
}

struct digest *
digest_new(void)
{
	pthread_once(&once, fetch);
	struct digest *digest = malloc(sizeof(*digest));
	if (digest == NULL)
		return NULL;
	digest->ctx = EVP_MD_CTX_new();
	if (digest->ctx != NULL && EVP_DigestInit_ex2(digest->ctx, sha256, NULL))
		return digest;
	digest_free(digest);
	return NULL;
}

void
digest_add(struct digest *digest, const void *bytes, size_t n)
{
	int ok = EVP_DigestUpdate(digest->ctx, bytes, n);
	assert(ok);
}

void
digest_end(struct digest *digest, uint8_t out[SHA256_BYTES])
{
	int ok = EVP_DigestFinal_ex(digest->ctx, out, NULL);
	assert(ok);
}

void
digest_free(struct digest *digest)
{
	if (digest == NULL)
		return;
	EVP_MD_CTX_free(digest->ctx);
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
