/* SPDX-License-Identifier: Apache-2.0 */
#include "client/outgoing.h"

#include <stdlib.h>
#include <string.h>

#include "client/uuid.h"
#include "proto/digest.h"

void
outgoing_clear(struct outgoing *o)
{
	free(o->answers);
	explicit_bzero(o, sizeof(*o));
}

void
outgoing_name_by_content(struct outgoing *o)
{
	static const char domain[] = "khaosat submission 1";
	struct digest_part part[] = {
	    {domain, sizeof(domain)},
	    {o->round, strlen(o->round) + 1},
	    {o->tax_code, strlen(o->tax_code) + 1},
	    {o->deprecated_id, o->corrects ? UUID_BYTES : 0},
	    {o->answers, o->answers_bytes},
	};
	uuid_from(part, sizeof(part) / sizeof(part[0]), o->instance_id);
}

bool
outgoing_same(const struct outgoing *a, const struct outgoing *b)
{
	return strcmp(a->round, b->round) == 0 && strcmp(a->tax_code, b->tax_code) == 0 &&
	       a->corrects == b->corrects &&
	       (!a->corrects || memcmp(a->deprecated_id, b->deprecated_id, UUID_BYTES) == 0) &&
	       a->answers_bytes == b->answers_bytes &&
	       memcmp(a->answers, b->answers, a->answers_bytes) == 0;
}

static int
set_answers(json_t *object, const struct outgoing *o)
{
	char *hex = malloc(2 * o->answers_bytes + 1);
	if (hex == NULL)
		return -1;
	digest_hex(o->answers, o->answers_bytes, hex);
	int bad = json_object_set_new(object, "answers_hex", json_string(hex));
	free(hex);
	return bad;
}

json_t *
outgoing_to_json(const struct outgoing *o, bool with_code)
{
	json_t *object =
	    json_pack("{ss ss sI ss si}", "round", o->round, "survey", o->survey_id, "version",
		(json_int_t)o->survey_version, "tax_code", o->tax_code, "channel", (int)o->channel);
	if (object == NULL)
		return NULL;
	int bad = uuid_put(object, "instance_id", o->instance_id);
	if (o->corrects)
		bad |= uuid_put(object, "corrects", o->deprecated_id);
	if (with_code && o->access_code[0] != '\0')
		bad |= json_object_set_new(object, "access_code", json_string(o->access_code));
	bad |= set_answers(object, o);
	if (bad != 0) {
		json_decref(object);
		return NULL;
	}
	return object;
}

uint8_t *
outgoing_from_hex(const char *hex, size_t *n)
{
	size_t digits = strlen(hex);
	if (digits % 2 != 0)
		return NULL;
	uint8_t *bytes = malloc(digits / 2 + 1);
	if (bytes == NULL || !digest_unhex(hex, digits / 2, bytes)) {
		free(bytes);
		return NULL;
	}
	*n = digits / 2;
	return bytes;
}

/* Copy a string member that must be there and fit. */
static bool
get_text(const json_t *object, const char *key, char *out, size_t cap)
{
	const char *text = json_string_value(json_object_get(object, key));
	if (text == NULL || strlen(text) >= cap)
		return false;
	memcpy(out, text, strlen(text) + 1);
	return true;
}

static bool
get_ids(const json_t *object, struct outgoing *o)
{
	char text[UUID_TEXT_BYTES];
	if (!get_text(object, "instance_id", text, sizeof(text)) ||
	    !uuid_parse(text, o->instance_id))
		return false;
	o->corrects = json_object_get(object, "corrects") != NULL;
	return !o->corrects || (get_text(object, "corrects", text, sizeof(text)) &&
				   uuid_parse(text, o->deprecated_id));
}

bool
outgoing_from_json(const json_t *object, struct outgoing *out)
{
	struct outgoing o = {0};
	const json_t *version = json_object_get(object, "version");
	json_int_t channel = json_integer_value(json_object_get(object, "channel"));
	const char *hex = json_string_value(json_object_get(object, "answers_hex"));
	if (!get_text(object, "round", o.round, sizeof(o.round)) ||
	    !get_text(object, "survey", o.survey_id, sizeof(o.survey_id)) ||
	    !get_text(object, "tax_code", o.tax_code, sizeof(o.tax_code)) || !get_ids(object, &o) ||
	    !json_is_integer(version) || hex == NULL)
		return false;
	if (json_object_get(object, "access_code") != NULL &&
	    !get_text(object, "access_code", o.access_code, sizeof(o.access_code)))
		return false;
	if (json_integer_value(version) < 0 || json_integer_value(version) > UINT32_MAX)
		return false;
	if (channel != OUTGOING_TOOL && (channel < OUTGOING_BULK || channel > OUTGOING_PHONE))
		return false;
	o.survey_version = (uint32_t)json_integer_value(version);
	o.channel = (enum outgoing_channel)channel;
	o.answers = outgoing_from_hex(hex, &o.answers_bytes);
	if (o.answers == NULL || o.answers_bytes > ANSWERS_MAX_BYTES) {
		free(o.answers);
		return false;
	}
	*out = o;
	return true;
}
