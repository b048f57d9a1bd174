/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/entry_json.h"

#include <inttypes.h>
#include <string.h>

#include "proto/khaosat.pb-c.h"
#include "survey/taxcode.h"

static void
put_name(struct bytes *out, const char *field, const ProtobufCEnumDescriptor *d, int value)
{
	const ProtobufCEnumValue *found = protobuf_c_enum_descriptor_get_value(d, value);
	bytes_print(out, "\"%s\":\"%s\",", field, found != NULL ? found->name : "");
}

static void
put_number(struct bytes *out, const char *field, uint64_t value)
{
	bytes_print(out, "\"%s\":%" PRIu64 ",", field, value);
}

static void
put_uuid(struct bytes *out, const char *field, const uint8_t uuid[UUID_BYTES])
{
	static const uint8_t none[UUID_BYTES];
	bytes_print(out, "\"%s\":\"", field);
	if (memcmp(uuid, none, UUID_BYTES) != 0)
		bytes_uuid(out, uuid);
	bytes_text(out, "\",");
}

void
entry_json_write(struct bytes *out, const uint8_t header[ENTRY_HEADER_BYTES])
{
	struct entry e;
	char tax_code[TAXCODE_TEXT_BYTES] = "";
	if (!entry_decode(header, ENTRY_HEADER_BYTES, true, &e))
		return;
	if (e.tax_code != 0)
		taxcode_print(e.tax_code, tax_code);
	bytes_text(out, ",\"entry\":{");
	put_name(out, "kind", &khaosat__v1__entry_kind__descriptor, (int)e.kind);
	put_name(out, "channel", &khaosat__v1__channel__descriptor, e.channel);
	put_number(out, "actor", e.actor);
	put_number(out, "key", e.key);
	bytes_print(out, "\"time_ms\":%" PRId64 ",", e.time_ms);
	put_number(out, "round", e.round);
	bytes_print(out, "\"tax_code\":\"%s\",", tax_code);
	put_number(out, "definition", e.definition);
	put_number(out, "previous", e.previous);
	put_number(out, "replaced", e.replaced);
	put_number(out, "revision", e.revision);
	put_uuid(out, "instance_id", e.instance_id);
	put_uuid(out, "deprecated_id", e.deprecated_id);
	bytes_print(out, "\"argument_ms\":%" PRId64 ",", e.argument_ms);
	bytes_text(out, "\"sha256\":\"");
	bytes_hex(out, e.digest, SHA256_BYTES);
	bytes_text(out, "\"}");
}

void
entry_json_schema(struct bytes *out)
{
	static const char *const numbers[] = {"actor", "key", "time_ms", "round", "definition",
	    "previous", "replaced", "revision", "argument_ms"};
	static const char *const texts[] = {
	    "kind", "channel", "tax_code", "instance_id", "deprecated_id", "sha256"};
	bytes_text(out,
	    "{\"type\":\"object\",\"description\":\"what the header says; numbers are of "
	    "entries\",\"properties\":{");
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		bytes_print(out, "\"%s\":{\"type\":\"integer\"},", numbers[i]);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		bytes_print(out, "%s\"%s\":{\"type\":\"string\"}", i > 0 ? "," : "", texts[i]);
	bytes_text(out, "}}");
}
