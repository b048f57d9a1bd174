/* SPDX-License-Identifier: Apache-2.0 */
/* One submission as it goes out: where to, whose, under which id, and the bytes of its answers,
 * which are encoded once and then only copied, so that every resend is byte for byte the first one.
 * The spool and a receipt keep it as JSON. One owner; any thread. */
#ifndef KHAOSAT_CLIENT_OUTGOING_H
#define KHAOSAT_CLIENT_OUTGOING_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/code.h"
#include "proto/limits.h"
#include "survey/taxcode.h"

#define SURVEY_ID_MAX 63

/* Values as in khaosat.proto, Channel. */
enum outgoing_channel {
	OUTGOING_TOOL = 1,
	OUTGOING_BULK = 3,
	OUTGOING_OFFICE = 4,
	OUTGOING_PAPER = 5,
	OUTGOING_PHONE = 6
};

struct outgoing {
	char round[ROUND_NAME_MAX + 1];
	char survey_id[SURVEY_ID_MAX + 1];
	uint32_t survey_version;
	char tax_code[TAXCODE_TEXT_BYTES];
	char access_code[CODE_CHARS + 1]; /* empty: sent by staff on the unit's behalf */
	enum outgoing_channel channel;
	uint8_t instance_id[UUID_BYTES];
	bool corrects; /* deprecated_id is set */
	uint8_t deprecated_id[UUID_BYTES];
	uint8_t *answers; /* owned */
	size_t answers_bytes;
};

void outgoing_clear(struct outgoing *o); /* frees what it owns, wipes the code */

/* An id that says what is sent: round, unit, the submission corrected, answers. Sent a second time
 * it is replayed, not stored again. */
void outgoing_name_by_content(struct outgoing *o);

/* Same round, unit, answers and submission corrected. */
bool outgoing_same(const struct outgoing *a, const struct outgoing *b);

/* A new reference; NULL when memory is out. The access code goes along `with_code` only. */
json_t *outgoing_to_json(const struct outgoing *o, bool with_code);

/* False: `object` is not what outgoing_to_json makes, or memory is out; `out` is untouched then. */
bool outgoing_from_json(const json_t *object, struct outgoing *out);

/* Hexadecimal text to bytes, to be freed by the caller; NULL when it is not, or memory is out. */
uint8_t *outgoing_from_hex(const char *hex, size_t *n);

#endif
