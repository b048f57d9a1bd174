/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/session_script.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/code.h"
#include "proto/frame.h"
#include "survey/answers.h"
#include "survey/taxcode.h"
#include "tests/fuzz/session_rig.h"

#define REPEATED_MAX 3
#define FAR_FUTURE_MS INT64_C(4102444800000) /* 2100 */

const char script_code[] = "0123456789ABCDEF";

/* ------------------------------------------------------------------- the input */

void
script_begin(struct script *s, const uint8_t *data, size_t n, unsigned serial)
{
	*s = (struct script){.at = data, .end = data + n};
	for (size_t i = 0; i < sizeof(s->round) / sizeof(s->round[0]); i++)
		snprintf(s->round[i], sizeof(s->round[i]), "%c%u", (char)('a' + i), serial);
}

uint8_t
script_byte(struct script *s)
{
	return s->at < s->end ? *s->at++ : 0;
}

const uint8_t *
script_bytes(struct script *s, size_t most, size_t *n)
{
	const uint8_t *bytes = s->at;
	size_t left = (size_t)(s->end - s->at);
	*n = most < left ? most : left;
	s->at += *n;
	return bytes;
}

bool
script_is_over(const struct script *s)
{
	return s->at == s->end;
}

unsigned
script_below(struct script *s, unsigned n)
{
	return script_byte(s) % n;
}

/* ------------------------------------------------------------------- memory of one request */

static void *
keep(struct script *s, void *piece)
{
	assert(piece && s->pieces < sizeof(s->piece) / sizeof(s->piece[0]));
	return s->piece[s->pieces++] = piece;
}

void
script_forget(struct script *s)
{
	while (s->pieces > 0)
		free(s->piece[--s->pieces]);
}

static char *
text_of(struct script *s, const char *text)
{
	return keep(s, strdup(text));
}

/* ------------------------------------------------------------------- values */

static char *
raw_text(struct script *s)
{
	size_t n;
	const uint8_t *bytes = script_bytes(s, script_below(s, 24), &n);
	char *text = keep(s, calloc(n + 1, 1));
	if (n > 0)
		memcpy(text, bytes, n);
	return text;
}

static char *
tax_code(struct script *s)
{
	char text[TAXCODE_TEXT_BYTES];
	taxcode_print(state_rig_tax_code(script_below(s, SCRIPT_UNITS + 1)), text);
	return text_of(s, text);
}

static bool
is(const char *name, const char *other)
{
	return strcmp(name, other) == 0;
}

char *
script_text(struct script *s, const char *name)
{
	const char *const rounds[] = {
	    s->round[0], s->round[0], s->round[1], s->round[2], "", s->round[0]};
	static const char *const dates[] = {"2025-12-31", "2024-02-29", "2025-02-30", ""};
	static const char *const goals[] = {"G", "OPS", "ALL", "G1"};
	static const char *const codes[] = {script_code, script_code, "0123-4567-89ab-cdeg", ""};
	if (script_below(s, 8) == 0)
		return raw_text(s);
	if (is(name, "tax_code"))
		return tax_code(s);
	if (is(name, "access_code"))
		return text_of(s, codes[script_below(s, 4)]);
	if (is(name, "round") || is(name, "name") || is(name, "earlier"))
		return text_of(s, rounds[script_below(s, 6)]);
	if (is(name, "survey_id") || is(name, "id"))
		return text_of(s, script_below(s, 8) ? s->rig->survey_id : "X");
	if (is(name, "reference_date"))
		return text_of(s, dates[script_below(s, 4)]);
	return text_of(s, goals[script_below(s, 4)]);
}

uint64_t
script_number(struct script *s, const char *name)
{
	unsigned kind = script_below(s, 8);
	if (kind == 0)
		return (uint64_t)script_byte(s) << script_below(s, 64);
	if (is(name, "survey_version") || is(name, "version"))
		return 1;
	if (is(name, "until_ms") || is(name, "closes_ms"))
		return kind < 4 ? 0 : FAR_FUTURE_MS;
	if (is(name, "rows"))
		return SCRIPT_UNITS;
	if (is(name, "chunk")) /* of what the run has stored, most likely the last */
		return store_last(s->rig->store) - script_below(s, 3);
	return script_byte(s);
}

static ProtobufCBinaryData
bytes_of(struct script *s, const void *bytes, size_t n)
{
	uint8_t *copy = keep(s, malloc(n > 0 ? n : 1));
	if (n > 0)
		memcpy(copy, bytes, n);
	return (ProtobufCBinaryData){n, copy};
}

/* One byte a question. */
const struct answers *
script_answers(struct script *s)
{
	static struct answers answers;
	memset(&answers, 0, sizeof(answers));
	answers.seconds = script_byte(s);
	for (size_t i = 0; i < s->definition->questions; i++) {
		struct answer *a = &answers.answer[i];
		uint8_t byte = script_byte(s);
		a->state = byte == 0 ? ANSWER_BLANK : byte > 8 ? ANSWER_DONT_KNOW : ANSWER_VALUE;
		a->mask = byte & 7;
		a->text = (struct span){"Hà Tĩnh", (uint32_t)strlen("Hà Tĩnh")};
		if (s->definition->question[i].type != QUESTION_TEXT)
			a->text = (struct span){NULL, 0};
	}
	return &answers;
}

static ProtobufCBinaryData
some_answers(struct script *s)
{
	size_t n;
	uint8_t *bytes = answers_encode(s->definition, script_answers(s), &n);
	assert(bytes);
	keep(s, bytes);
	return (ProtobufCBinaryData){n, bytes};
}

/* The register of a round, with the code's hashes. */
static ProtobufCBinaryData
rows_of(struct script *s, const char *round, unsigned first, unsigned rows)
{
	uint8_t bytes[SCRIPT_UNITS * 512];
	size_t n = 0;
	for (unsigned i = 0; i < rows; i++) {
		struct register_text unit;
		char text[REGISTER_COLUMNS][32];
		state_rig_unit(first + i, &unit, text);
		code_hash(round, text[REGISTER_TAX_CODE], script_code, unit.code_hash);
		size_t added = register_encode(&unit, bytes + n, sizeof(bytes) - n);
		assert(added > 0);
		n += added;
	}
	return bytes_of(s, bytes, n);
}

/* The rig's survey, or of another id or version. */
static ProtobufCBinaryData
some_survey(struct script *s)
{
	ProtobufCBinaryData json = bytes_of(s, s->rig->json, s->rig->json_bytes);
	unsigned other = script_below(s, 4);
	char *version = memmem(json.data, json.len, "\"version\": 1", 12);
	if (version && other > 1)
		version[11] = (char)('0' + other);
	if (other == 1)
		json.data[script_below(s, 255)] ^= script_byte(s);
	return json;
}

static ProtobufCBinaryData
some_bytes(struct script *s, const char *name)
{
	size_t n;
	unsigned kind = script_below(s, 8);
	if (kind == 0) {
		const uint8_t *raw = script_bytes(s, script_byte(s), &n);
		return bytes_of(s, raw, n);
	}
	if (is(name, "answers"))
		return some_answers(s);
	if (is(name, "json"))
		return some_survey(s);
	if (is(name, "rows"))
		return rows_of(
		    s, s->round[kind / 6], script_below(s, 3), 1 + script_below(s, SCRIPT_UNITS));
	uint8_t id[UUID_BYTES] = {(uint8_t)(1 + script_below(s, 6)), 1};
	return bytes_of(s, id, is(name, "deprecated_id") && kind < 4 ? 0 : sizeof(id));
}

/* ------------------------------------------------------------------- messages */

static void
fill_value(struct script *s, const ProtobufCFieldDescriptor *f, void *at)
{
	if (f->type == PROTOBUF_C_TYPE_MESSAGE) {
		*(ProtobufCMessage **)at =
		    script_message(s, f->descriptor); /* none holds its own kind */
	} else if (f->type == PROTOBUF_C_TYPE_STRING) {
		*(char **)at = script_text(s, f->name);
	} else if (f->type == PROTOBUF_C_TYPE_BYTES) {
		*(ProtobufCBinaryData *)at = some_bytes(s, f->name);
	} else if (f->type == PROTOBUF_C_TYPE_ENUM) {
		*(int *)at = (int)script_below(s, 8);
	} else if (f->type == PROTOBUF_C_TYPE_BOOL) {
		*(protobuf_c_boolean *)at = (protobuf_c_boolean)script_below(s, 2);
	} else if (f->type == PROTOBUF_C_TYPE_UINT32) {
		*(uint32_t *)at = (uint32_t)script_number(s, f->name);
	} else {
		assert(f->type == PROTOBUF_C_TYPE_UINT64 || f->type == PROTOBUF_C_TYPE_INT64);
		*(uint64_t *)at = script_number(s, f->name);
	}
}

static size_t
size_of(const ProtobufCFieldDescriptor *f)
{
	return f->type == PROTOBUF_C_TYPE_MESSAGE  ? sizeof(ProtobufCMessage *)
	       : f->type == PROTOBUF_C_TYPE_STRING ? sizeof(char *)
	       : f->type == PROTOBUF_C_TYPE_ENUM   ? sizeof(int)
	       : f->type == PROTOBUF_C_TYPE_UINT64 ? sizeof(uint64_t)
						   : 0;
}

static void
fill_repeated(struct script *s, const ProtobufCFieldDescriptor *f, ProtobufCMessage *m)
{
	size_t n = script_below(s, REPEATED_MAX + 1), size = size_of(f);
	assert(size > 0);
	uint8_t *items = keep(s, calloc(REPEATED_MAX, size));
	for (size_t i = 0; i < n; i++)
		fill_value(s, f, items + i * size);
	memcpy((uint8_t *)m + f->quantifier_offset, &n, sizeof(n));
	memcpy((uint8_t *)m + f->offset, &items, sizeof(items));
}

ProtobufCMessage *
script_message(struct script *s, const ProtobufCMessageDescriptor *d)
{
	ProtobufCMessage *m = keep(s, calloc(1, d->sizeof_message));
	protobuf_c_message_init(d, m);
	for (unsigned i = 0; i < d->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &d->fields[i];
		if (f->label == PROTOBUF_C_LABEL_REPEATED)
			fill_repeated(s, f, m);
		else
			fill_value(s, f, (uint8_t *)m + f->offset);
	}
	return m;
}

static uint8_t *
frame_of(struct script *s, const Khaosat__V1__Request *request, size_t *n)
{
	size_t body = khaosat__v1__request__get_packed_size(request);
	*n = FRAME_HEADER_BYTES + body;
	uint8_t *frame = malloc(*n);
	assert(frame && body > 0);
	frame_header(frame, body);
	khaosat__v1__request__pack(request, frame + FRAME_HEADER_BYTES);
	script_forget(s);
	return frame;
}

static void
be_staff(struct script *s, Khaosat__V1__Request *request, uint8_t byte)
{
	uint8_t token[STAFF_TOKEN_BYTES];
	memset(token, byte, sizeof(token));
	request->credential_case = KHAOSAT__V1__REQUEST__CREDENTIAL_STAFF_TOKEN;
	request->staff_token = bytes_of(s, token, sizeof(token));
}

static void
put_body(Khaosat__V1__Request *request, unsigned number, ProtobufCMessage *body)
{
	request->body_case = (Khaosat__V1__Request__BodyCase)number;
	request->hello = (Khaosat__V1__Hello *)(void *)body;
}

uint8_t *
script_request(struct script *s, size_t *n)
{
	Khaosat__V1__Request request = KHAOSAT__V1__REQUEST__INIT;
	const ProtobufCMessageDescriptor *d = &khaosat__v1__request__descriptor;
	unsigned who = script_below(s, 8);
	request.id = 1 + (uint64_t)script_byte(s);
	request.version = PROTO_VERSION;
	if (who < 3) {
		be_staff(s, &request, who == 0 ? 1 : SESSION_RIG_TOKEN_BYTE);
	} else if (who < 7) {
		request.credential_case = KHAOSAT__V1__REQUEST__CREDENTIAL_UNIT;
		request.unit = (Khaosat__V1__UnitCredential *)(void *)script_message(
		    s, &khaosat__v1__unit_credential__descriptor);
	}
	const ProtobufCFieldDescriptor *f = &d->fields[script_below(s, d->n_fields)];
	if (f->type == PROTOBUF_C_TYPE_MESSAGE && f->id >= KHAOSAT__V1__REQUEST__BODY_HELLO)
		put_body(&request, f->id, script_message(s, f->descriptor));
	return frame_of(s, &request, n);
}

/* ------------------------------------------------------------------- loading */

static ProtobufCMessage *
loading_body(struct script *s, unsigned step, uint64_t *chunk_number, unsigned *which)
{
	static Khaosat__V1__PutSurvey survey;
	static Khaosat__V1__CreateRound create;
	static Khaosat__V1__RegisterChunk chunk;
	static Khaosat__V1__LoadRegister load;
	static Khaosat__V1__OpenRound open;
	static const uint8_t id[UUID_BYTES] = {255};
	static const unsigned bodies[] = {KHAOSAT__V1__REQUEST__BODY_PUT_SURVEY,
	    KHAOSAT__V1__REQUEST__BODY_CREATE_ROUND, KHAOSAT__V1__REQUEST__BODY_REGISTER_CHUNK,
	    KHAOSAT__V1__REQUEST__BODY_LOAD_REGISTER, KHAOSAT__V1__REQUEST__BODY_OPEN_ROUND};
	*which = step < 5 ? bodies[step] : 0;
	khaosat__v1__put_survey__init(&survey);
	khaosat__v1__create_round__init(&create);
	khaosat__v1__register_chunk__init(&chunk);
	khaosat__v1__load_register__init(&load);
	khaosat__v1__open_round__init(&open);
	survey.json = bytes_of(s, s->rig->json, s->rig->json_bytes);
	create.name = chunk.round = load.round = open.round = text_of(s, s->round[0]);
	create.survey_id = text_of(s, s->rig->survey_id);
	create.survey_version = 1;
	create.reference_date = text_of(s, "2025-12-31");
	chunk.rows = rows_of(s, s->round[0], 0, SCRIPT_UNITS);
	chunk.chunk_id = bytes_of(s, id, sizeof(id));
	load.chunk = chunk_number;
	load.n_chunk = 1;
	load.rows = SCRIPT_UNITS;
	ProtobufCMessage *const made[] = {
	    &survey.base, &create.base, &chunk.base, &load.base, &open.base};
	return step < 5 ? made[step] : NULL;
}

uint8_t *
script_loading(struct script *s, unsigned step, uint64_t chunk, size_t *n)
{
	unsigned which;
	Khaosat__V1__Request request = KHAOSAT__V1__REQUEST__INIT;
	ProtobufCMessage *body = loading_body(s, step, &chunk, &which);
	if (!body) {
		script_forget(s);
		return NULL;
	}
	request.id = 1 + step;
	request.version = PROTO_VERSION;
	be_staff(s, &request, SESSION_RIG_TOKEN_BYTE);
	put_body(&request, which, body);
	return frame_of(s, &request, n);
}
