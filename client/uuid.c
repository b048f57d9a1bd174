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

static const uint8_t group[] = {4, 2, 2, 2, 6}; /* bytes between hyphens */
#define GROUPS (sizeof(group))

bool
uuid_parse(const char *text, uint8_t out[UUID_BYTES])
{
	static const uint8_t none[UUID_BYTES];
	uint8_t uuid[UUID_BYTES];
	size_t n = strlen(text), at = 0;
	if (n != 36 && n != 32)
		return false;
	for (size_t i = 0; i < GROUPS; at += group[i++]) {
		if (n == 36 && i > 0 && *text++ != '-')
			return false;
		if (!digest_unhex(text, group[i], uuid + at))
			return false;
		text += 2 * group[i];
	}
	if (memcmp(uuid, none, sizeof(none)) == 0)
		return false;
	memcpy(out, uuid, UUID_BYTES);
	return true;
}

void
uuid_print(const uint8_t uuid[UUID_BYTES], char out[UUID_TEXT_BYTES])
{
	char hex[2 * UUID_BYTES + 1];
	digest_hex(uuid, UUID_BYTES, hex);
	const char *from = hex;
	for (size_t i = 0; i < GROUPS; i++) {
		size_t digits = 2 * (size_t)group[i];
		memcpy(out, from, digits);
		out += digits;
		from += digits;
		*out++ = '-';
	}
	out[-1] = '\0';
}

int
uuid_put(json_t *object, const char *key, const uint8_t uuid[UUID_BYTES])
{
	char text[UUID_TEXT_BYTES];
	uuid_print(uuid, text);
	return json_object_set_new(object, key, json_string(text));
}
