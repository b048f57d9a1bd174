/* SPDX-License-Identifier: Apache-2.0 */
/* The OpenAPI document, and the parts of it that are made of khaosat.proto's descriptors: see
 * http_openapi.c. Any thread. */
#ifndef KHAOSAT_COLLECTOR_HTTP_OPENAPI_H
#define KHAOSAT_COLLECTOR_HTTP_OPENAPI_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>

#include "collector/bytes.h"

struct server;

/* The whole document; `out->failed` where memory is out. */
void openapi_write(const struct server *server, struct bytes *out);

#define OPENAPI_COMPONENTS_MAX 256

struct component {
	const ProtobufCMessageDescriptor *message;
	bool is_input;
};

struct document {
	struct bytes *out;
	const struct config *config;
	/* That were named; written behind the paths. */
	struct component component[OPENAPI_COMPONENTS_MAX];
	size_t n;
};

/* A reference to a message, which becomes a component. */
void openapi_ref(struct document *doc, const ProtobufCMessageDescriptor *d, bool is_input);
void openapi_enum(struct bytes *out, const ProtobufCEnumDescriptor *d);
/* The schema of a field; and with its name, behind a comma where it is not the first. */
void openapi_field(struct document *doc, const ProtobufCFieldDescriptor *f, bool is_input);
void openapi_property(
    struct document *doc, const ProtobufCFieldDescriptor *f, bool is_input, bool *is_first);
void openapi_component(struct document *doc, const struct component *c);
void openapi_problem(struct document *doc); /* the component of that name */

#endif
