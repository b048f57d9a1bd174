/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/entry.h"

#include <endian.h>
#include <string.h>

/* The offsets of khaosat.proto, ENTRY HEADER. */
enum offset {
	AT_LAYOUT = 0,
	AT_KIND = 2,
	AT_CHANNEL = 3,
	AT_ACTOR = 4,
	AT_TIME = 8,
	AT_ROUND = 16,
	AT_UNIT = 24,
	AT_DEFINITION = 32,
	AT_PREVIOUS = 40,
	AT_REPLACED = 48,
	AT_REVISION = 56,
	AT_PAYLOAD_BYTES = 60,
	AT_INSTANCE = 64,
	AT_DEPRECATED = 80,
	AT_DIGEST = 96,
	AT_BITS = 128,
	AT_KEY = 144,
	AT_RESERVED = 152,
	AT_ARGUMENT = 192
};

static void
put(uint8_t *p, uint64_t value, unsigned bytes)
{
	uint64_t lying = htole64(value);
	memcpy(p, &lying, bytes);
}

static uint64_t
get(const uint8_t *p, unsigned bytes)
{
	uint64_t lying = 0;
	memcpy(&lying, p, bytes);
	return le64toh(lying);
}

void
entry_encode(const struct entry *e, uint8_t out[ENTRY_HEADER_BYTES])
{
	memset(out, 0, ENTRY_HEADER_BYTES);
	put(out + AT_LAYOUT, ENTRY_LAYOUT_VERSION, 2);
	put(out + AT_KIND, (uint64_t)e->kind, 1);
	put(out + AT_CHANNEL, e->channel, 1);
	put(out + AT_ACTOR, e->actor, 4);
	put(out + AT_TIME, (uint64_t)e->time_ms, 8);
	put(out + AT_ROUND, e->round, 8);
	put(out + AT_UNIT, e->tax_code, 8);
	put(out + AT_DEFINITION, e->definition, 8);
	put(out + AT_PREVIOUS, e->previous, 8);
	put(out + AT_REPLACED, e->replaced, 8);
	put(out + AT_REVISION, e->revision, 4);
	put(out + AT_PAYLOAD_BYTES, e->payload_bytes, 4);
	memcpy(out + AT_INSTANCE, e->instance_id, UUID_BYTES);
	memcpy(out + AT_DEPRECATED, e->deprecated_id, UUID_BYTES);
	memcpy(out + AT_DIGEST, e->digest, SHA256_BYTES);
	memcpy(out + AT_BITS, e->bits, ENTRY_BITS_BYTES);
	put(out + AT_KEY, e->key, 8);
	put(out + AT_ARGUMENT, (uint64_t)e->argument_ms, 8);
}

static bool
is_kind(uint64_t kind)
{
	return (kind >= ENTRY_DEFINITION && kind <= ENTRY_GRANT_ENDED) ||
	       (kind >= ENTRY_CASE_SET && kind <= ENTRY_ROW_CHANGED) || kind == ENTRY_EXPORT_MADE;
}

bool
entry_decode(const uint8_t *bytes, size_t n, bool header_only, struct entry *out)
{
	if (n < ENTRY_HEADER_BYTES || get(bytes + AT_LAYOUT, 2) != ENTRY_LAYOUT_VERSION)
		return false;
	uint64_t kind = get(bytes + AT_KIND, 1);
	if (!is_kind(kind))
		return false;
	uint32_t payload_bytes = (uint32_t)get(bytes + AT_PAYLOAD_BYTES, 4);
	if (!header_only && payload_bytes != n - ENTRY_HEADER_BYTES)
		return false;
	*out = (struct entry){
	    .kind = (enum entry_kind)kind,
	    .channel = (uint8_t)get(bytes + AT_CHANNEL, 1),
	    .actor = (uint32_t)get(bytes + AT_ACTOR, 4),
	    .time_ms = (int64_t)get(bytes + AT_TIME, 8),
	    .round = get(bytes + AT_ROUND, 8),
	    .tax_code = get(bytes + AT_UNIT, 8),
	    .definition = get(bytes + AT_DEFINITION, 8),
	    .previous = get(bytes + AT_PREVIOUS, 8),
	    .replaced = get(bytes + AT_REPLACED, 8),
	    .revision = (uint32_t)get(bytes + AT_REVISION, 4),
	    .payload_bytes = payload_bytes,
	    .key = get(bytes + AT_KEY, 8),
	    .argument_ms = (int64_t)get(bytes + AT_ARGUMENT, 8),
	};
	memcpy(out->instance_id, bytes + AT_INSTANCE, UUID_BYTES);
	memcpy(out->deprecated_id, bytes + AT_DEPRECATED, UUID_BYTES);
	memcpy(out->digest, bytes + AT_DIGEST, SHA256_BYTES);
	memcpy(out->bits, bytes + AT_BITS, ENTRY_BITS_BYTES);
	return true;
}
