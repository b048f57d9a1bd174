/* SPDX-License-Identifier: Apache-2.0 */
#include "client/rounds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *
rounds_phase(const struct client *client, Khaosat__V1__RoundPhase phase)
{
	switch (phase) {
	case KHAOSAT__V1__ROUND_PHASE__CREATED:
		return client_say(client, "chưa có danh sách đơn vị", "no register yet");
	case KHAOSAT__V1__ROUND_PHASE__LOADED:
		return client_say(client, "chưa mở", "not yet open");
	case KHAOSAT__V1__ROUND_PHASE__OPEN:
		return client_say(client, "đang mở", "open");
	case KHAOSAT__V1__ROUND_PHASE__CLOSED:
		return client_say(client, "đã đóng", "closed");
	case KHAOSAT__V1__ROUND_PHASE__ROUND_PHASE_UNSPECIFIED:
	case _KHAOSAT__V1__ROUND_PHASE_IS_INT_SIZE:
		break;
	}
	return "?";
}

static const Khaosat__V1__RoundInfo *
named(const Khaosat__V1__RoundList *list, const char *name)
{
	for (size_t i = 0; i < list->n_round; i++)
		if (strcmp(list->round[i]->name, name) == 0)
			return list->round[i];
	return NULL;
}

/* Of the rounds in phases `from` to `to`, the one with the greatest number. */
static const Khaosat__V1__RoundInfo *
newest(const Khaosat__V1__RoundList *list, Khaosat__V1__RoundPhase from, Khaosat__V1__RoundPhase to,
    size_t *how_many)
{
	const Khaosat__V1__RoundInfo *best = NULL;
	*how_many = 0;
	for (size_t i = 0; i < list->n_round; i++) {
		const Khaosat__V1__RoundInfo *r = list->round[i];
		if (r->phase < from || r->phase > to)
			continue;
		++*how_many;
		if (best == NULL || r->number > best->number)
			best = r;
	}
	return best;
}

/* The only one that is open, else the newest that has units, else the newest. */
static const Khaosat__V1__RoundInfo *
choose_for(const struct client *client, const Khaosat__V1__RoundList *list)
{
	const Khaosat__V1__RoundPhase open = KHAOSAT__V1__ROUND_PHASE__OPEN;
	const Khaosat__V1__RoundPhase closed = KHAOSAT__V1__ROUND_PHASE__CLOSED;
	size_t n;
	const Khaosat__V1__RoundInfo *r = newest(list, open, open, &n);
	if (n > 1) {
		client_error("%s", client_say(client, "có nhiều đợt đang mở, hãy chọn bằng --round",
				       "several rounds are open, name one with --round"));
		return NULL;
	}
	if (r == NULL)
		r = newest(list, KHAOSAT__V1__ROUND_PHASE__LOADED, closed, &n);
	if (r == NULL)
		r = newest(list, KHAOSAT__V1__ROUND_PHASE__CREATED, closed, &n);
	if (r == NULL)
		client_error(
		    "%s", client_say(client, "chưa có đợt khảo sát nào", "there is no round yet"));
	return r;
}

static const Khaosat__V1__RoundInfo *
choose(const struct client *client, const Khaosat__V1__RoundList *list, const char *asked)
{
	if (asked == NULL)
		return choose_for(client, list);
	const Khaosat__V1__RoundInfo *r = named(list, asked);
	if (r == NULL)
		client_error(
		    client_say(client, "không có đợt khảo sát %s", "there is no round %s"), asked);
	return r;
}

bool
rounds_find(const struct client *client, struct connection *c, const char *asked,
    struct round_found *out, int *exit_code)
{
	Khaosat__V1__ListRounds list = KHAOSAT__V1__LIST_ROUNDS__INIT;
	Khaosat__V1__Request request = KHAOSAT__V1__REQUEST__INIT;
	request.body_case = KHAOSAT__V1__REQUEST__BODY_LIST_ROUNDS;
	request.list_rounds = &list;
	Khaosat__V1__Response *response = connection_ask(client, c, &request, exit_code);
	if (response == NULL)
		return false;
	const Khaosat__V1__RoundInfo *r = NULL;
	if (response->body_case == KHAOSAT__V1__RESPONSE__BODY_ROUNDS)
		r = choose(client, response->rounds, asked);
	if (r != NULL) {
		*out = (struct round_found){.phase = r->phase,
		    .survey_version = r->survey_version,
		    .units = r->units,
		    .responded = r->responded,
		    .closes_ms = r->closes_ms,
		    .ref_year = atoi(r->reference_date)};
		snprintf(out->name, sizeof(out->name), "%s", r->name);
		snprintf(out->survey_id, sizeof(out->survey_id), "%s", r->survey_id);
		snprintf(out->reference_date, sizeof(out->reference_date), "%s", r->reference_date);
	} else {
		*exit_code = EXIT_FAILED;
	}
	khaosat__v1__response__free_unpacked(response, NULL);
	return r != NULL;
}

struct definition *
rounds_definition(
    const struct client *client, struct connection *c, const char *round, int *exit_code)
{
	Khaosat__V1__GetSurvey get;
	Khaosat__V1__Request request = KHAOSAT__V1__REQUEST__INIT;
	khaosat__v1__get_survey__init(&get);
	get.round = (char *)(uintptr_t)round; /* protobuf-c has no const */
	request.body_case = KHAOSAT__V1__REQUEST__BODY_GET_SURVEY;
	request.get_survey = &get;
	Khaosat__V1__Response *response = connection_ask(client, c, &request, exit_code);
	if (response == NULL)
		return NULL;
	struct definition *d = NULL;
	struct definition_problems problems = {0};
	if (response->body_case == KHAOSAT__V1__RESPONSE__BODY_SURVEY)
		d = definition_load((const char *)response->survey->json.data,
		    response->survey->json.len, &problems);
	khaosat__v1__response__free_unpacked(response, NULL);
	if (d == NULL) {
		client_error(
		    client_say(client,
			"phiếu khảo sát của đợt %s không đọc được; hãy cập nhật khaosat (%s "
			"%s)",
			"the survey of round %s cannot be read; update khaosat (%s %s)"),
		    round, problems.n > 0 ? problems.problem[0].path : "",
		    problems.n > 0 ? problems.problem[0].reason : "");
		*exit_code = EXIT_FAILED;
	}
	return d;
}
