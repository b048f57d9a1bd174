/* SPDX-License-Identifier: Apache-2.0 */
/* From a frame's body to a Request, under every limit. protobuf-c cuts strings at a NUL and lets
 * bad UTF-8 through, so the bytes are walked first, guided by the message's descriptor: every
 * string is checked as text, and the body is found as received. A unit's submission takes a shorter
 * way (decode_submit.h) to the same end. Pure but for the arena; any thread. */
#ifndef KHAOSAT_COLLECTOR_DECODE_H
#define KHAOSAT_COLLECTOR_DECODE_H

#include <stddef.h>
#include <stdint.h>

#include "collector/arena.h"
#include "proto/khaosat.pb-c.h"

#define DECODE_TEXT_MAX_CHARS 512u /* of any string; what is narrower is the handler's affair */
#define DECODE_FIELD_BYTES 96

enum decode_status {
	DECODE_OK,
	DECODE_NOT_A_REQUEST,
	DECODE_BAD_FIELD, /* a Request, but a field of it breaks a rule */
	DECODE_MEMORY     /* or it would take more than the arena's budget */
};

struct decoded {
	const Khaosat__V1__Request *message; /* in the arena; also on DECODE_BAD_FIELD */
	const uint8_t *body;                 /* points into the bytes given; NULL: none known */
	size_t body_bytes;
	char field[DECODE_FIELD_BYTES]; /* DECODE_BAD_FIELD: "submit.round" */
	const char *rule;               /* a constant */
};

enum decode_status decode_request(
    const uint8_t *bytes, size_t n, struct arena *arena, struct decoded *out);

#endif
