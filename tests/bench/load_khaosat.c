/* SPDX-License-Identifier: Apache-2.0 */
/* Submissions as khaosatd and the bare servers take them: frames of one Request. */
#include <string.h>

#include "proto/frame.h"
#include "proto/khaosat.pb-c.h"
#include "proto/limits.h"
#include "survey/wire.h"
#include "tests/bench/load.h"

static size_t
encode(const struct submission *s, uint8_t *out, size_t room)
{
	uint8_t id[sizeof(s->id)];
	Khaosat__V1__UnitCredential unit;
	Khaosat__V1__Submit submit;
	Khaosat__V1__Request request;
	memcpy(id, s->id, sizeof(id));
	khaosat__v1__unit_credential__init(&unit);
	khaosat__v1__submit__init(&submit);
	khaosat__v1__request__init(&request);
	unit.tax_code = s->tax_code;
	unit.access_code = s->access_code;
	submit.round = s->round;
	submit.survey_id = s->survey_id;
	submit.survey_version = s->survey_version;
	submit.instance_id = (ProtobufCBinaryData){sizeof(id), id};
	submit.answers = (ProtobufCBinaryData){s->answers_n, s->answers};
	submit.channel = KHAOSAT__V1__CHANNEL__TOOL;
	request.id = s->number;
	request.version = PROTO_VERSION;
	request.credential_case = KHAOSAT__V1__REQUEST__CREDENTIAL_UNIT;
	request.unit = &unit;
	request.body_case = KHAOSAT__V1__REQUEST__BODY_SUBMIT;
	request.submit = &submit;
	size_t n = khaosat__v1__request__get_packed_size(&request);
	if (n + FRAME_HEADER_BYTES > room)
		die("a submission is too large");
	frame_header(out, n);
	khaosat__v1__request__pack(&request, out + FRAME_HEADER_BYTES);
	return n + FRAME_HEADER_BYTES;
}

/* Response.id and Response.status are its first fields and always there; the rest is not looked at,
 * so that the generator costs the collector as little of the machine as it can. */
static bool
reply(const uint8_t *in, size_t n, struct reply *out)
{
	struct frame f;
	uint32_t field;
	enum wire_type type;
	uint64_t status;
	if (frame_parse(in, n, FRAME_RESPONSE_MAX_BYTES, &f) != FRAME_OK)
		return false;
	struct wire w = {f.body, f.body + f.body_bytes};
	if (!wire_tag(&w, &field, &type) || field != 1 || !wire_varint(&w, &out->number) ||
	    !wire_tag(&w, &field, &type) || field != 2 || !wire_varint(&w, &status) ||
	    out->number == 0)
		die("a response that is none");
	out->bytes = f.frame_bytes;
	out->accepted = status == KHAOSAT__V1__STATUS__ACCEPTED;
	return true;
}

const struct protocol load_khaosat = {"khaosat", NULL, encode, reply};
