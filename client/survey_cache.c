/* SPDX-License-Identifier: Apache-2.0 */
#include "client/survey_cache.h"

#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client/file.h"
#include "client/home.h"
#include "client/local_time.h"
#include "client/words.h"
#include "proto/digest.h"

#define DEFINITION_MAX_BYTES (4u * 1024 * 1024)
#define ROUND_FILE_MAX_BYTES 65536u

static bool fail(char error[SURVEY_ERROR_BYTES], const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool
fail(char error[SURVEY_ERROR_BYTES], const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vsnprintf(error, SURVEY_ERROR_BYTES, format, args);
	va_end(args);
	return false;
}

void
questionnaire_clear(struct questionnaire *q)
{
	definition_free(q->definition);
	*q = (struct questionnaire){0};
}

static bool
set_date(struct questionnaire *q, const char *date)
{
	if (!local_date_is_good(date))
		return false;
	memcpy(q->reference_date, date, sizeof(q->reference_date));
	q->ref_year = atoi(date);
	return true;
}

/* Load the definition and note its digest. */
static bool
take_definition(struct questionnaire *q, const void *json, size_t n, char error[SURVEY_ERROR_BYTES])
{
	static struct definition_problems problems; /* large, and one thread */
	digest_sha256(&(struct digest_part){json, n}, 1, q->sha256);
	problems.n = 0;
	q->definition = definition_load(json, n, &problems);
	if (q->definition == NULL && problems.n > 0)
		return fail(
		    error, "%.100s: %.200s", problems.problem[0].path, problems.problem[0].reason);
	return q->definition != NULL || fail(error, "out of memory");
}

/* The definition under its digest, then the round that names the digest. */
static bool
keep(const struct client *client, const struct questionnaire *q, const uint8_t *json, size_t n)
{
	char hex[2 * SHA256_BYTES + 1];
	char name[128];
	digest_hex(q->sha256, SHA256_BYTES, hex);
	snprintf(name, sizeof(name), "%s.json", hex);
	char *path = home_path(client, "cache", name);
	bool ok = path != NULL && file_write(path, json, n, 0600);
	free(path);
	if (!ok || !home_name("round", q->round, ".json", name))
		return false;
	path = home_path(client, "cache", name);
	json_t *round =
	    json_pack("{ss ss sI sb ss}", "round", q->round, "reference_date", q->reference_date,
		"closes_ms", (json_int_t)q->closes_ms, "open", (int)q->open, "sha256", hex);
	ok = path != NULL && round != NULL && home_write_json(path, round);
	json_decref(round);
	free(path);
	return ok;
}

/* The round of that name, or with none given the only open one. */
static const Khaosat__V1__RoundInfo *
choose_round(const Khaosat__V1__RoundList *list, const char *round)
{
	const Khaosat__V1__RoundInfo *found = NULL;
	for (size_t i = 0; i < list->n_round; i++) {
		const Khaosat__V1__RoundInfo *info = list->round[i];
		bool wanted = round[0] != '\0' ? strcmp(info->name, round) == 0
					       : info->phase == KHAOSAT__V1__ROUND_PHASE__OPEN;
		if (wanted && found != NULL)
			return NULL;
		if (wanted)
			found = info;
	}
	return found;
}

static bool
ask_round(const struct client *client, struct connection *connection, const char *round,
    struct questionnaire *q, char error[SURVEY_ERROR_BYTES])
{
	Khaosat__V1__Request request;
	khaosat__v1__request__init(&request);
	Khaosat__V1__ListRounds list;
	khaosat__v1__list_rounds__init(&list);
	request.body_case = KHAOSAT__V1__REQUEST__BODY_LIST_ROUNDS;
	request.list_rounds = &list;
	Khaosat__V1__Response *response = connection_call(connection, &request);
	if (response == NULL)
		return fail(
		    error, "%s", client_say(client, "mất kết nối", "the connection is gone"));
	const Khaosat__V1__RoundInfo *info =
	    response->body_case == KHAOSAT__V1__RESPONSE__BODY_ROUNDS
		? choose_round(response->rounds, round)
		: NULL;
	bool ok = info != NULL && strlen(info->name) <= ROUND_NAME_MAX &&
		  set_date(q, info->reference_date);
	if (ok) {
		strcpy(q->round, info->name);
		q->closes_ms = info->closes_ms;
		q->open = info->phase == KHAOSAT__V1__ROUND_PHASE__OPEN;
	} else if (round[0] != '\0')
		fail(error, client_say(client, "không có đợt khảo sát %s", "there is no round %s"),
		    round);
	else
		fail(error, "%s",
		    client_say(client, "hãy nêu đợt khảo sát: --round (xem khaosat round list)",
			"name the round: --round (see khaosat round list)"));
	khaosat__v1__response__free_unpacked(response, NULL);
	return ok;
}

static bool
ask_definition(const struct client *client, struct connection *connection, struct questionnaire *q,
    char error[SURVEY_ERROR_BYTES])
{
	Khaosat__V1__Request request;
	khaosat__v1__request__init(&request);
	Khaosat__V1__GetSurvey get;
	khaosat__v1__get_survey__init(&get);
	request.body_case = KHAOSAT__V1__REQUEST__BODY_GET_SURVEY;
	request.get_survey = &get;
	get.round = q->round;
	Khaosat__V1__Response *response = connection_call(connection, &request);
	if (response == NULL)
		return fail(
		    error, "%s", client_say(client, "mất kết nối", "the connection is gone"));
	bool ok = false;
	if (response->body_case != KHAOSAT__V1__RESPONSE__BODY_SURVEY)
		fail(error, "%s", client_say(client, response->message_vi, response->message_en));
	else {
		const Khaosat__V1__Survey *survey = response->survey;
		ok = take_definition(q, survey->json.data, survey->json.len, error);
		if (ok && (survey->sha256.len != SHA256_BYTES ||
			      memcmp(survey->sha256.data, q->sha256, SHA256_BYTES) != 0))
			ok = fail(error, "%s",
			    client_say(client, "bảng hỏi nhận được bị hỏng (sai SHA-256)",
				"the questionnaire arrived damaged (its SHA-256 differs)"));
		if (ok && !keep(client, q, survey->json.data, survey->json.len))
			client_error(
			    "%s/cache: %s", client->home, words_errno(client->language, errno));
	}
	khaosat__v1__response__free_unpacked(response, NULL);
	return ok;
}

bool
survey_cache_fetch(const struct client *client, struct connection *connection, const char *round,
    struct questionnaire *out, char error[SURVEY_ERROR_BYTES])
{
	struct questionnaire q = {0};
	if (!ask_round(client, connection, round == NULL ? "" : round, &q, error) ||
	    !ask_definition(client, connection, &q, error)) {
		questionnaire_clear(&q);
		return false;
	}
	*out = q;
	return true;
}

/* Read what keep() wrote about the round. `hex` is the digest that it names. */
static bool
load_round(const struct client *client, const char *round, struct questionnaire *q,
    char hex[2 * SHA256_BYTES + 1])
{
	char name[128];
	if (!home_name("round", round, ".json", name))
		return false;
	char *path = home_path(client, "cache", name);
	size_t n;
	char *text = path == NULL ? NULL : file_read(path, ROUND_FILE_MAX_BYTES, &n);
	free(path);
	json_t *object = text == NULL ? NULL : json_loadb(text, n, 0, NULL);
	free(text);
	const char *date = json_string_value(json_object_get(object, "reference_date"));
	const char *digest = json_string_value(json_object_get(object, "sha256"));
	bool ok = date != NULL && digest != NULL && strlen(digest) == (size_t)2 * SHA256_BYTES &&
		  strlen(round) <= ROUND_NAME_MAX && set_date(q, date);
	if (ok) {
		strcpy(q->round, round);
		strcpy(hex, digest);
		q->closes_ms = json_integer_value(json_object_get(object, "closes_ms"));
		q->open = json_is_true(json_object_get(object, "open"));
	}
	json_decref(object);
	return ok;
}

bool
survey_cache_load(const struct client *client, const char *round, struct questionnaire *out,
    char error[SURVEY_ERROR_BYTES])
{
	struct questionnaire q = {0};
	char hex[2 * SHA256_BYTES + 1];
	char found[2 * SHA256_BYTES + 1];
	char name[2 * SHA256_BYTES + 8];
	if (round == NULL)
		return fail(error, "%s",
		    client_say(client,
			"chưa rõ đợt nào: ghi \"round\" trong tệp, hoặc dùng --round",
			"no round is named: put \"round\" in the file, or use --round"));
	if (!load_round(client, round, &q, hex))
		return fail(error,
		    client_say(client,
			"chưa có bảng hỏi của đợt %s trên máy này: khi có mạng, chạy một lần "
			"khaosat survey show --round %s, hoặc dùng --survey FILE",
			"the questionnaire of round %s is not on this machine yet: once "
			"connected, run khaosat survey show --round %s, or use --survey FILE"),
		    round, round);
	snprintf(name, sizeof(name), "%s.json", hex);
	char *path = home_path(client, "cache", name);
	size_t n;
	char *json = path == NULL ? NULL : file_read(path, DEFINITION_MAX_BYTES, &n);
	bool ok = json != NULL && take_definition(&q, json, n, error);
	if (json == NULL)
		fail(error, "%.250s: %s", path != NULL ? path : client->home,
		    words_errno(client->language, errno));
	free(json);
	digest_hex(q.sha256, SHA256_BYTES, found);
	if (ok && strcmp(found, hex) != 0)
		ok = fail(error, "%.250s: SHA-256 %.8s...", path, found);
	free(path);
	if (!ok) {
		questionnaire_clear(&q);
		return false;
	}
	*out = q;
	return true;
}

bool
survey_cache_read(const struct client *client, const char *path, const char *reference_date,
    struct questionnaire *out, char error[SURVEY_ERROR_BYTES])
{
	struct questionnaire q = {0};
	char last_year[16];
	time_t now = time(NULL);
	struct tm t;
	gmtime_r(&now, &t);
	snprintf(last_year, sizeof(last_year), "%04d-12-31", (t.tm_year + 1899) % 10000);
	if (!set_date(&q, reference_date == NULL ? last_year : reference_date))
		return fail(error, "--reference-date: YYYY-MM-DD");
	size_t n;
	char *json = file_read(path, DEFINITION_MAX_BYTES, &n);
	if (json == NULL)
		return fail(error, "%.200s: %s", path, words_errno(client->language, errno));
	bool ok = take_definition(&q, json, n, error);
	free(json);
	if (ok)
		*out = q;
	return ok;
}
