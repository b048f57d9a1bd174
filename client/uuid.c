/* SPDX-License-Identifier: Apache-2.0 */
#include "client/uuid.h"

#include <assert.h>
#include <string.h>
#include <sys/random.h>

static void
mark(uint8_t uuid[UUID_BYTES], unsigned version)
{
	uuid[6] = (uint8_t)((uuid[6] & 0x0f) | version << 4);
	uuid[8] = (uint8_t)((uuid[8] & 0x3f) | 0x80);
}

void
uuid_make(uint8_t out[UUID_BYTES])
{
	/* Up to 256 bytes come whole once the kernel's pool is ready, and we may wait for that. */
	ssize_t n = getrandom(out, UUID_BYTES, 0);
	assert(n == UUID_BYTES);
	mark(out, 4);
}

void
uuid_from(const struct digest_part *parts, size_t n, uint8_t out[UUID_BYTES])
{
	uint8_t digest[SHA256_BYTES];
	digest_sha256(parts, n, digest);
	memcpy(out, digest, UUID_BYTES);
	mark(out, 8);
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool
uuid_parse(const char *text, uint8_t out[UUID_BYTES])
{
	size_t n = strlen(text);
	if (n != 36 && n != 32)
		return false;
	uint8_t uuid[UUID_BYTES];
	uint8_t any = 0;
	for (size_t i = 0; i < UUID_BYTES; i++) {
		if (n == 36 && (i == 4 || i == 6 || i == 8 || i == 10) && *text++ != '-')
			return false;
		int high = hex_value(text[0]);
		int low = high < 0 ? -1 : hex_value(text[1]);
		if (low < 0)
			return false;
		uuid[i] = (uint8_t)(high << 4 | low);
		any |= uuid[i];
		text += 2;
	}
	if (any == 0)
		return false;
	memcpy(out, uuid, UUID_BYTES);
	return true;
}

void
uuid_print(const uint8_t uuid[UUID_BYTES], char out[UUID_TEXT_BYTES])
{
	char hex[2 * UUID_BYTES + 1];
	digest_hex(uuid, UUID_BYTES, hex);
	static const uint8_t part[] = {8, 4, 4, 4, 12};
	const char *from = hex;
	for (size_t i = 0; i < sizeof(part); i++) {
		memcpy(out, from, part[i]);
		out += part[i];
		from += part[i];
		*out++ = '-';
	}
	out[-1] = '\0';
}
