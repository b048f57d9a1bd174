/* SPDX-License-Identifier: Apache-2.0 */
/* The header of an entry as JSON, for who reads the log over HTTP: the bytes that count stand
 * beside it. Any thread. */
#ifndef KHAOSAT_COLLECTOR_ENTRY_JSON_H
#define KHAOSAT_COLLECTOR_ENTRY_JSON_H

#include "collector/bytes.h"
#include "proto/entry.h"

/* Nothing where the bytes are no header. */
void entry_json_write(struct bytes *out, const uint8_t header[ENTRY_HEADER_BYTES]);
void entry_json_schema(struct bytes *out); /* JSON Schema of what that writes */

#endif
