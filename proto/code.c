/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/code.h"

#include <string.h>

#include "proto/digest.h"

_Static_assert(CODE_HASH_BYTES == 2 * sizeof(uint64_t), "a hash is compared as two words");

static const char alphabet[33] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/* The alphabet's character for a typed one, or 0: letters in order, of which I, L and O are digits
 * and U is none. */
static inline char
canonical_char(char c)
{
	static const char letter[] = "ABCDEFGH1JK1MN0PQRST\0VWXYZ";
	unsigned digit = (unsigned)c - '0', place = ((unsigned)c | 0x20) - 'a';
	if (digit < 10)
		return c;
	return place < 26 ? letter[place] : '\0';
}

bool
code_canonical(const char *typed, char out[CODE_CHARS + 1])
{
	char code[CODE_CHARS + 1] = {0};
	size_t n = 0;
	for (; *typed != '\0'; typed++) {
		if (*typed == ' ' || *typed == '-')
			continue;
		char c = canonical_char(*typed);
		if (c == '\0' || n == CODE_CHARS)
			return false;
		code[n++] = c;
	}
	if (n != CODE_CHARS)
		return false;
	memcpy(out, code, sizeof(code));
	return true;
}

void
code_print(const uint8_t random[10], char out[CODE_PRINTED_BYTES])
{
	size_t n = 0;
	for (unsigned i = 0; i < CODE_CHARS; i++) {
		unsigned bit = i * 5;
		unsigned two = (unsigned)random[bit / 8] << 8;
		if (bit / 8 + 1 < 10)
			two |= random[bit / 8 + 1];
		if (i > 0 && i % 4 == 0)
			out[n++] = '-';
		out[n++] = alphabet[(two >> (11 - bit % 8)) & 31];
	}
	out[n] = '\0';
}

void
code_hash(const char *round, const char *tax_code, const char code[CODE_CHARS + 1],
    uint8_t out[CODE_HASH_BYTES])
{
	uint8_t digest[SHA256_BYTES];
	const struct digest_part parts[] = {
	    {round, strlen(round) + 1}, /* the NUL is part of it */
	    {tax_code, strlen(tax_code) + 1},
	    {code, CODE_CHARS},
	};
	digest_sha256(parts, sizeof(parts) / sizeof(parts[0]), digest);
	memcpy(out, digest, CODE_HASH_BYTES);
}

bool
code_hash_is_same(const uint8_t a[CODE_HASH_BYTES], const uint8_t b[CODE_HASH_BYTES])
{
	uint64_t x[2], y[2];
	memcpy(x, a, sizeof(x));
	memcpy(y, b, sizeof(y));
	/* volatile: all of it is reckoned before any of it is judged */
	volatile uint64_t difference = (x[0] ^ y[0]) | (x[1] ^ y[1]);
	return difference == 0;
}
