/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of khaosat.proto as JSON and back, by the descriptors that protobuf-c makes of it, so
 * that what is added there needs no line here. Names are those of the .proto; enums go by name,
 * integers as numbers, bytes as lower-case hexadecimal, and UUIDs (pbjson_is_uuid) in their usual
 * form. Any thread. */
#ifndef KHAOSAT_COLLECTOR_PBJSON_H
#define KHAOSAT_COLLECTOR_PBJSON_H

#include <jansson.h>
#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

#include "collector/bytes.h"

bool pbjson_is_uuid(const ProtobufCFieldDescriptor *f);
/* It has a presence of its own, so it may be left out. */
bool pbjson_is_optional(const ProtobufCFieldDescriptor *f);

/* An entry's header: behind it stands `entry`, what it says (entry_json.h). */
bool pbjson_is_header(const ProtobufCFieldDescriptor *f);

/* An object of all fields: what is not optional stands there with its default too. */
void pbjson_write(struct bytes *out, const ProtobufCMessage *message);
/* One field, where it is not the default: ,"name":value */
void pbjson_write_set(
    struct bytes *out, const ProtobufCMessage *message, const ProtobufCFieldDescriptor *f);

struct pbjson_error {
	char path[96]; /* "row/employees" */
	const char *rule;
};

/* The fields of `object` but for those that `skip` names (NULL-ended), as protobuf. False: one is
 * unknown or of another type. */
bool pbjson_read(const ProtobufCMessageDescriptor *d, const json_t *object, const char *const *skip,
    struct bytes *out, struct pbjson_error *error);

/* One value of a field, from text. False: it is not one; *rule says what is. */
bool pbjson_read_text(const ProtobufCFieldDescriptor *f, const char *text, size_t n,
    struct bytes *out, const char **rule);

#endif
