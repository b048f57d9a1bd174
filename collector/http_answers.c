/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/http_answers.h"

#include <stdlib.h>
#include <string.h>

#include "collector/request.h"
#include "survey/answers_json.h"
#include "survey/validate.h"

enum { SUBMIT_SURVEY_ID = 2, SUBMIT_SURVEY_VERSION, SUBMIT_ANSWERS = 6, SUBMIT_CHANNEL };
enum { EDIT_ANSWER = 6 };

/* The round that the path names. */
static bool
find_round(const struct http_call *call, struct round_view *out)
{
	char name[HTTP_TARGET_MAX_BYTES + 1]; /* three bytes may stand for one of it */
	size_t n = http_unescape(call->param[0], false, name);
	name[n] = '\0';
	return n <= ROUND_NAME_MAX && state_round(loop_server(call->loop)->state, name, out);
}

static void
put_defaults(const struct http_call *call, const struct definition *d, const json_t *object,
    struct bytes *message)
{
	uint8_t token[STAFF_TOKEN_BYTES];
	if (json_object_get(object, "survey_id") == NULL)
		bytes_field(message, SUBMIT_SURVEY_ID, d->id, strlen(d->id));
	if (json_object_get(object, "survey_version") == NULL)
		bytes_number(message, SUBMIT_SURVEY_VERSION, d->version);
	if (json_object_get(object, "channel") == NULL)
		bytes_number(message, SUBMIT_CHANNEL,
		    http_token(call->loop, call->head, token) && request_is_token(call->loop, token)
			? KHAOSAT__V1__CHANNEL__OFFICE
			: KHAOSAT__V1__CHANNEL__WEB);
}

/* An Answers message of what the object holds, as field `field`. */
static bool
put_answers(const struct http_call *call, const struct definition *d, const json_t *object,
    uint32_t field, struct bytes *message, struct http_reply *out)
{
	size_t n;
	struct validation *v = loop_validation(call->loop);
	struct answers_json_errors *errors = calloc(1, sizeof(*errors));
	if (errors == NULL) {
		message->failed = true;
		return true;
	}
	bool good = answers_from_json(d, object, &v->answers, &v->findings, errors);
	if (!good)
		http_invalid(out, errors->error[0].path, errors->error[0].reason);
	free(errors);
	if (!good)
		return false;
	if (v->findings.n > 0) {
		int question = v->findings.finding[0].question;
		return http_invalid(out, question >= 0 ? d->question[question].code : "answers",
		    "DK or NONE stands beside other choices");
	}
	uint8_t *bytes = answers_encode(d, &v->answers, &n);
	if (bytes == NULL)
		return http_invalid(out, "answers", "at most 65536 bytes once encoded");
	bytes_field(message, field, bytes, n);
	free(bytes);
	return true;
}

/* Where there is no such round the answers are left out: it is the owner who says so, to whom it
 * may. */
bool
http_answers_put(const struct http_call *call, const json_t *object, struct bytes *message,
    struct http_reply *out)
{
	struct round_view round;
	if (!find_round(call, &round))
		return true;
	put_defaults(call, round.definition, object, message);
	return put_answers(call, round.definition, object, SUBMIT_ANSWERS, message, out);
}

bool
http_answer_put(const struct http_call *call, const json_t *object, struct bytes *message,
    struct http_reply *out)
{
	struct round_view round;
	const char *question = json_string_value(json_object_get(object, "question"));
	json_t *value = json_object_get(object, "answer");
	if (value == NULL || json_is_null(value) || question == NULL || !find_round(call, &round))
		return true;
	json_t *one = json_pack("{s:{s:O}}", "answers", question, value);
	if (one == NULL) {
		message->failed = true;
		return true;
	}
	bool good = put_answers(call, round.definition, one, EDIT_ANSWER, message, out);
	json_decref(one);
	return good;
}
