/* SPDX-License-Identifier: Apache-2.0 */
/* Hello, and survey definitions: handed out to anybody, put in by staff. A definition is known by
 * id and version and never changes; the same bytes put again are answered with the number they
 * have. */
#include "collector/answer.h"
#include "collector/chain.h"
#include "collector/clock.h"
#include "collector/dispatch.h"
#include "collector/log.h"
#include "collector/unit.h"
#include "proto/digest.h"
#include "proto/limits.h"
#include "survey/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
handle_hello(struct request *r)
{
	struct session *s = loop_session(r->loop, r->session);
	struct token_view token;
	Khaosat__V1__Response response;
	khaosat__v1__response__init(&response);
	Khaosat__V1__HelloResult hello;
	khaosat__v1__hello_result__init(&hello);
	hello.product = answer_text("khaosatd " KHAOSAT_VERSION);
	hello.log = answer_bytes(store_log_id(r->server->store), STORE_LOG_ID_BYTES);
	hello.last = state_last(r->server->state);
	hello.time_ms = clock_wall_ms();
	hello.frame_limit = s != NULL ? (uint32_t)session_frame_limit(s) : FRAME_UNIT_MAX_BYTES;
	hello.staff = r->is_staff;
	hello.role = r->is_firm ? KHAOSAT__V1__ROLE__FIRM : (Khaosat__V1__Role)r->role;
	if (r->actor == ACCOUNT_MACHINE)
		hello.account = answer_text(ACCOUNT_MACHINE_NAME);
	else if (r->actor != 0 && state_token(r->server->state, r->message->staff_token.data,
				      clock_wall_ms(), &token))
		hello.account = token.account_name;
	response.status = KHAOSAT__V1__STATUS__DONE;
	response.body_case = KHAOSAT__V1__RESPONSE__BODY_HELLO;
	response.hello = &hello;
	answer(r, &response);
}

/* ------------------------------------------------------------------------------ get */

struct json_copy {
	uint8_t *bytes; /* freed by the caller */
	size_t n;
};

static bool
copy_json(void *context, uint64_t number, const uint8_t *bytes, size_t n)
{
	(void)number;
	struct json_copy *copy = context;
	struct entry e;
	if (!entry_decode(bytes, n, false, &e) || e.kind != ENTRY_DEFINITION)
		return false;
	copy->n = n - ENTRY_HEADER_BYTES;
	copy->bytes = malloc(copy->n);
	if (copy->bytes != NULL)
		memcpy(copy->bytes, bytes + ENTRY_HEADER_BYTES, copy->n);
	return false;
}

/* False: answered. */
static bool
find_definition(struct request *r, const Khaosat__V1__GetSurvey *m, struct definition_view *out)
{
	struct round_view round;
	if (*m->round != '\0') {
		if (!unit_find_round(r, m->round, &round))
			return false;
		*out = (struct definition_view){round.definition_number, round.definition};
		return true;
	}
	if (state_definition(r->server->state, m->id, m->version, out))
		return true;
	answer_status(r, KHAOSAT__V1__STATUS__WRONG_VERSION);
	return false;
}

static void
answer_survey(struct request *r, const struct definition *d, const struct json_copy *json)
{
	Khaosat__V1__Response response;
	khaosat__v1__response__init(&response);
	Khaosat__V1__Survey survey;
	khaosat__v1__survey__init(&survey);
	uint8_t digest[SHA256_BYTES];
	struct digest_part part = {json->bytes, json->n};
	digest_sha256(&part, 1, digest);
	survey.id = answer_text(d->id);
	survey.version = d->version;
	survey.json = answer_bytes(json->bytes, json->n);
	survey.sha256 = answer_bytes(digest, sizeof(digest));
	response.status = KHAOSAT__V1__STATUS__DONE;
	response.body_case = KHAOSAT__V1__RESPONSE__BODY_SURVEY;
	response.survey = &survey;
	answer(r, &response);
}

void
handle_get_survey(struct request *r)
{
	struct definition_view view;
	struct json_copy json = {0};
	if (!find_definition(r, r->message->get_survey, &view))
		return;
	if (store_read(r->server->store, view.number, view.number, copy_json, &json) != STORE_OK ||
	    json.bytes == NULL) {
		answer_status(r, KHAOSAT__V1__STATUS__UNAVAILABLE);
		return;
	}
	answer_survey(r, view.definition, &json);
	free(json.bytes);
}

/* ------------------------------------------------------------------------------ put */

static void
answer_stored(struct request *r, const char *id, uint32_t version, uint64_t number)
{
	Khaosat__V1__Response response;
	khaosat__v1__response__init(&response);
	Khaosat__V1__SurveyStored stored;
	khaosat__v1__survey_stored__init(&stored);
	stored.id = answer_text(id);
	stored.version = version;
	stored.number = number;
	response.status = KHAOSAT__V1__STATUS__DONE;
	response.body_case = KHAOSAT__V1__RESPONSE__BODY_SURVEY_STORED;
	response.survey_stored = &stored;
	answer(r, &response);
}

static void
answer_problems(struct request *r, const struct definition_problems *problems)
{
	char line[DEFINITION_PROBLEMS_MAX]
		 [sizeof(problems->problem[0].path) + sizeof(problems->problem[0].reason) + 4];
	char *list[DEFINITION_PROBLEMS_MAX];
	Khaosat__V1__Response response;
	khaosat__v1__response__init(&response);
	Khaosat__V1__SurveyStored stored;
	khaosat__v1__survey_stored__init(&stored);
	for (size_t i = 0; i < problems->n; i++) {
		snprintf(line[i], sizeof(line[i]), "%s: %s", problems->problem[i].path,
		    problems->problem[i].reason);
		if (text_check(line[i], strlen(line[i]), SIZE_MAX, true) != TEXT_OK)
			snprintf(line[i], sizeof(line[i]), "not text in normal form C");
		list[i] = line[i];
	}
	stored.n_problem = problems->n;
	stored.problem = list;
	response.status = KHAOSAT__V1__STATUS__INVALID;
	response.message_vi = answer_text("Định nghĩa khảo sát có lỗi.");
	response.message_en = answer_text("The survey definition has errors.");
	response.field = answer_text("put_survey.json");
	response.rule = answer_text("a survey definition without problems");
	response.body_case = KHAOSAT__V1__RESPONSE__BODY_SURVEY_STORED;
	response.survey_stored = &stored;
	answer(r, &response);
}

/* What the answer names; the definition it was read from is gone by then. */
struct definition_name {
	uint32_t version;
	char id[];
};

static void
accepted(struct request *r)
{
	const struct definition_name *name = r->result;
	log_info("definition=%s version=%u number=%llu stored", name->id, name->version,
	    (unsigned long long)r->job.number);
	answer_stored(r, name->id, name->version, r->job.number);
}

/* Known by the same id and version: the same bytes, or another definition under a taken name. */
static void
answer_taken(
    struct request *r, const struct definition_view *view, const uint8_t digest[SHA256_BYTES])
{
	struct chain_link link;
	if (!chain_read(r->server->store, view->number, &link))
		answer_status(r, KHAOSAT__V1__STATUS__UNAVAILABLE);
	else if (memcmp(link.entry.digest, digest, SHA256_BYTES) == 0)
		answer_stored(r, view->definition->id, view->definition->version, view->number);
	else
		answer_say(r, KHAOSAT__V1__STATUS__ALREADY,
		    "Mã và phiên bản này đã thuộc về một định nghĩa khác.",
		    "Another definition has this id and version.");
}

static void
store_definition(struct request *r, const Khaosat__V1__PutSurvey *m, const struct definition *d)
{
	const uint64_t last = state_catalogue_last(r->server->state);
	const struct store_condition condition[REQUEST_CONDITIONS] = {
	    {SUBJECT_CATALOGUE, last, true}};
	struct definition_view view;
	struct entry e = {
	    .kind = ENTRY_DEFINITION,
	    .actor = r->actor,
	    .time_ms = clock_wall_ms(),
	};
	if (!request_entry(r, &e, m->json.data, m->json.len)) {
		answer_memory(r);
		return;
	}
	if (state_definition(r->server->state, d->id, d->version, &view)) {
		answer_taken(r, &view, e.digest);
		return;
	}
	size_t n = strlen(d->id) + 1;
	struct definition_name *name = request_alloc(r, sizeof(*name) + n);
	if (name == NULL) {
		answer_memory(r);
		return;
	}
	name->version = d->version;
	memcpy(name->id, d->id, n);
	r->result = name;
	request_store(r, condition, accepted);
}

void
handle_put_survey(struct request *r)
{
	const Khaosat__V1__PutSurvey *m = r->message->put_survey;
	struct definition_problems *problems = calloc(1, sizeof(*problems));
	if (problems == NULL) {
		answer_memory(r);
		return;
	}
	struct definition *d = definition_load((const char *)m->json.data, m->json.len, problems);
	if (d != NULL)
		store_definition(r, m, d);
	else
		answer_problems(r, problems);
	definition_free(d);
	free(problems);
}
