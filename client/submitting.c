/* SPDX-License-Identifier: Apache-2.0 */
#include "client/submitting.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/findings_print.h"
#include "client/receipt.h"
#include "client/spool.h"
#include "client/submission_file.h"
#include "client/uuid.h"
#include "client/words.h"
#include "survey/validate.h"

static bool
take_channel(struct submitting *s, const char *value)
{
	static const struct {
		const char *name;
		enum outgoing_channel channel;
	} channels[] = {
	    {"office", OUTGOING_OFFICE}, {"paper", OUTGOING_PAPER}, {"phone", OUTGOING_PHONE}};
	for (size_t i = 0; i < sizeof(channels) / sizeof(channels[0]); i++)
		if (strcmp(channels[i].name, value) == 0) {
			s->channel = channels[i].channel;
			return true;
		}
	client_error(client_say(s->client, "--channel %s: phải là office, paper hoặc phone",
			 "--channel %s: must be office, paper or phone"),
	    value);
	return false;
}

enum outgoing_channel
submitting_channel(const struct submitting *s, const char *access_code)
{
	if (s->channel != 0)
		return s->channel;
	bool is_firm = s->connection != NULL ? connection_is_firm(s->connection)
					     : s->client->token_file == NULL;
	return access_code[0] != '\0' || is_firm ? OUTGOING_TOOL : OUTGOING_OFFICE;
}

bool
submitting_take(struct submitting *s, int option, const char *value)
{
	switch (option) {
	case OPTION_SURVEY:
		s->survey_file = value;
		return true;
	case OPTION_CHANNEL:
		return take_channel(s, value);
	case OPTION_REFERENCE_DATE:
		s->reference_date = value;
		return true;
	default:
		return unit_options_take(s->client, &s->options, option, value);
	}
}

int
submitting_worse(int a, int b)
{
	static const int badness[] = {[EXIT_DONE] = 0,
	    [EXIT_FAILED] = 1,
	    [EXIT_USAGE] = 2,
	    [EXIT_REJECTED] = 3,
	    [EXIT_UNREACHABLE] = 4};
	return badness[a] >= badness[b] ? a : b;
}

void
submitting_clear(struct submitting *s)
{
	connection_close(s->connection);
	questionnaire_clear(&s->questionnaire);
	unit_options_clear(&s->options);
}

void
submitting_connect(struct submitting *s)
{
	char error[256];
	s->connection = connection_open(s->client, error);
	if (s->connection == NULL)
		client_error("%s", error);
}

void
submitting_hang_up(struct submitting *s)
{
	connection_close(s->connection);
	s->connection = NULL;
}

bool
submitting_questionnaire(struct submitting *s, const char *round)
{
	struct questionnaire *q = &s->questionnaire;
	char error[SURVEY_ERROR_BYTES];
	bool named = round != NULL && round[0] != '\0';
	if (q->definition != NULL && (!named || strcmp(q->round, round) == 0))
		return true;
	questionnaire_clear(q);
	bool ok;
	if (s->survey_file != NULL) {
		ok = survey_cache_read(s->client, s->survey_file, s->reference_date, q, error);
		if (ok && named)
			snprintf(q->round, sizeof(q->round), "%s", round);
	} else if (s->connection != NULL)
		ok = survey_cache_fetch(s->client, s->connection, round, q, error);
	else
		ok = survey_cache_load(s->client, round, q, error);
	if (!ok)
		client_error("%s", error);
	return ok;
}

/* ------------------------------------------------------------------------------- sending */

static int
say_kept(const struct submitting *s, const struct outgoing *o)
{
	printf(client_say(s->client,
		   "%s: chưa gửi được, đã giữ lại an toàn; gửi sau bằng: khaosat send\n",
		   "%s: not sent yet, kept safely; send it later with: khaosat send\n"),
	    o->tax_code);
	return EXIT_UNREACHABLE;
}

static int
on_stored(const struct submitting *s, const struct outgoing *o, const char *item,
    const Khaosat__V1__Response *response)
{
	char *path;
	if (!receipt_write(
		s->client, o->round, response->receipt, o->answers, o->answers_bytes, &path)) {
		client_error(
		    "%s/receipts: %s", s->client->home, words_errno(s->client->language, errno));
		return EXIT_FAILED; /* it stays in the spool: sent again, it gets the same receipt
				     */
	}
	struct entry e;
	entry_decode(response->receipt->header.data, response->receipt->header.len, true, &e);
	bool again = response->status == KHAOSAT__V1__STATUS__REPLAYED;
	printf(again ? client_say(s->client, "%s: đã được nhận từ trước, lần %u. Biên nhận: %s\n",
			   "%s: had been accepted before, revision %u. Receipt: %s\n")
		     : client_say(s->client, "%s: đã được nhận, lần %u. Biên nhận: %s\n",
			   "%s: accepted, revision %u. Receipt: %s\n"),
	    o->tax_code, e.revision, path);
	free(path);
	if (!spool_remove(s->client, item))
		client_error("%s/spool/%s: %s", s->client->home, item,
		    words_errno(s->client->language, errno));
	return EXIT_DONE;
}

static int
on_final(const struct submitting *s, const struct outgoing *o, const char *item,
    const Khaosat__V1__Response *response)
{
	int result = connection_explain(s->client, response);
	client_error(client_say(s->client, "%s: không được nhận, chưa lưu gì",
			 "%s: not accepted, nothing was stored"),
	    o->tax_code);
	if (response->status == KHAOSAT__V1__STATUS__STALE)
		client_error("%s",
		    client_say(s->client, "để sửa câu trả lời đã gửi, dùng: khaosat correct FILE",
			"to correct what was sent before, use: khaosat correct FILE"));
	if (!spool_remove(s->client, item))
		client_error("%s/spool/%s: %s", s->client->home, item,
		    words_errno(s->client->language, errno));
	return result;
}

static int
on_bad_receipt(const struct submitting *s, const char *item)
{
	client_error(
	    "%s", client_say(s->client,
		      "máy chủ trả một biên nhận không khớp với những gì đã gửi; bản gửi nằm trong "
		      "refused/",
		      "the receipt is not for what was sent; what was sent is kept in refused/"));
	if (!spool_refuse(s->client, item, "the receipt is not for what was sent\n"))
		client_error(
		    "%s/refused: %s", s->client->home, words_errno(s->client->language, errno));
	return EXIT_FAILED;
}

static int
send_item(struct submitting *s, struct outgoing *o, const char *item)
{
	enum delivery_outcome outcome;
	Khaosat__V1__Response *response = delivery_one(s->connection, o, &outcome);
	int result = EXIT_FAILED;
	if (response == NULL) {
		submitting_hang_up(s);
		return say_kept(s, o);
	}
	switch (outcome) {
	case DELIVERY_STORED:
		result = on_stored(s, o, item, response);
		break;
	case DELIVERY_REJECTED:
	case DELIVERY_REFUSED:
		result = on_final(s, o, item, response);
		break;
	case DELIVERY_LATER:
		connection_explain(s->client, response);
		result = say_kept(s, o);
		break;
	case DELIVERY_BAD_RECEIPT:
		result = on_bad_receipt(s, item);
		break;
	}
	khaosat__v1__response__free_unpacked(response, NULL);
	return result;
}

/* Names of items begin with the time, so what waits before this one is sent before it. */
static void
say_waiting(const struct submitting *s, const struct outgoing *o, const char *item)
{
	uint8_t id[UUID_BYTES];
	if (!spool_newest(s->client, o->round, o->tax_code, item, id))
		return;
	if (o->corrects && memcmp(id, o->deprecated_id, UUID_BYTES) == 0)
		client_error(
		    client_say(s->client,
			"lưu ý: bản trước của %s còn chờ gửi; bản này sẽ được gửi sau, để thay bản "
			"đó",
			"note: what %s answered before still waits; this is sent after it, to take "
			"its place"),
		    o->tax_code);
	else
		client_error(client_say(s->client,
				 "lưu ý: còn một bản gửi khác của %s đang chờ (khaosat send)",
				 "note: another submission of %s is waiting (khaosat send)"),
		    o->tax_code);
}

int
submitting_deliver(struct submitting *s, struct outgoing *o)
{
	char *item;
	if (!spool_add(s->client, o, &item)) {
		client_error(
		    "%s/spool: %s", s->client->home, words_errno(s->client->language, errno));
		return EXIT_FAILED;
	}
	say_waiting(s, o, item);
	int result = s->connection == NULL ? say_kept(s, o) : send_item(s, o, item);
	free(item);
	return result;
}

/* ------------------------------------------------------------------------------- checking */

int
submitting_check(
    const struct submitting *s, const struct unit_state *unit, const struct outgoing *o)
{
	static struct validation v; /* large, and one thread */
	const struct questionnaire *q = &s->questionnaire;
	struct facts facts = {
	    .definition = q->definition, .row = &unit->row, .ref_year = q->ref_year};
	size_t hard;
	size_t soft;
	enum validate_status status = validate_bytes(&facts, o->answers, o->answers_bytes, &v);
	if (status == VALIDATE_MALFORMED) {
		client_error("%s", v.reason);
		return EXIT_REJECTED;
	}
	findings_print(s->client, q, &v.findings, stdout, &hard, &soft);
	return status == VALIDATE_OK ? EXIT_DONE : EXIT_REJECTED;
}

/* ------------------------------------------------------------------------------- one file */

static void
print_errors(const char *path, const struct answers_json_errors *errors)
{
	for (size_t i = 0; i < errors->n; i++)
		if (errors->error[i].path[0] == '\0')
			client_error("%s: %s", path, errors->error[i].reason);
		else
			client_error(
			    "%s: %s: %s", path, errors->error[i].path, errors->error[i].reason);
}

/* The unit and its code: the file's own, else the command line's, else asked for. */
static int
complete_unit(struct submitting *s, struct outgoing *o)
{
	struct unit_options *options = &s->options;
	if (o->tax_code[0] == '\0')
		strcpy(o->tax_code, options->tax_code);
	if (o->tax_code[0] == '\0') {
		client_error(
		    "%s", client_say(s->client, "tệp không có tax_code: thêm vào tệp, hoặc --unit",
			      "the file has no tax_code: add it, or use --unit"));
		return EXIT_USAGE;
	}
	if (o->access_code[0] == '\0') {
		struct unit_options mine = *options;
		strcpy(mine.tax_code, o->tax_code);
		int result = unit_options_finish(s->client, &mine);
		strcpy(o->access_code, mine.access_code);
		unit_options_clear(&mine);
		if (result != EXIT_DONE)
			return result;
	}
	o->channel = submitting_channel(s, o->access_code);
	return EXIT_DONE;
}

/* The survey that the file was written for must be the one that the round asks. */
bool
submitting_fits(const struct submitting *s, const char *path, const struct outgoing *o)
{
	const struct definition *d = s->questionnaire.definition;
	const char *id = o->survey_id[0] == '\0' ? d->id : o->survey_id;
	unsigned version = o->survey_version == 0 ? d->version : o->survey_version;
	if (strcmp(id, d->id) == 0 && version == d->version)
		return true;
	client_error(client_say(s->client,
			 "%s: viết cho %s phiên bản %u, nhưng đợt %s hỏi theo %s phiên bản %u",
			 "%s: written for %s version %u, but round %s asks %s version %u"),
	    path, id, version, s->questionnaire.round, d->id, d->version);
	return false;
}

static int
complete_survey(struct submitting *s, const char *path, struct outgoing *o)
{
	const struct definition *d = s->questionnaire.definition;
	if (!submitting_fits(s, path, o))
		return EXIT_FAILED;
	snprintf(o->survey_id, sizeof(o->survey_id), "%s", d->id);
	o->survey_version = d->version;
	strcpy(o->round, s->questionnaire.round);
	return EXIT_DONE;
}

static int
encode(struct submitting *s, const char *path, struct submission_file *file)
{
	static struct answers answers; /* large, and one thread */
	static struct findings findings;
	struct answers_json_errors errors = {0};
	size_t hard;
	size_t soft;
	memset(&answers, 0, sizeof(answers));
	memset(&findings, 0, sizeof(findings));
	bool ok = submission_file_encode(
	    file, s->questionnaire.definition, s->client->language, &answers, &findings, &errors);
	print_errors(path, &errors);
	findings_print(s->client, &s->questionnaire, &findings, stdout, &hard, &soft);
	return ok && hard == 0 ? EXIT_DONE : EXIT_REJECTED;
}

/* `correct`: take the head's id, asked of the collector; but for a correction that waits already,
 * which may be the head by now. */
static int
name_head(struct submitting *s, struct outgoing *o)
{
	struct unit_state unit = {0};
	if (o->corrects || spool_corrects_with(s->client, o))
		return EXIT_DONE;
	Khaosat__V1__Response *response =
	    s->connection == NULL ? NULL
				  : unit_state_fetch(s->client, s->connection, &s->questionnaire,
					o->tax_code, o->access_code, &unit);
	if (response == NULL) {
		client_error("%s", client_say(s->client,
				       "cần máy chủ để biết bản nào đang có hiệu lực; hoặc ghi "
				       "\"corrects\" trong tệp",
				       "the collector is needed to name what is corrected; or put "
				       "\"corrects\" in the "
				       "file"));
		return EXIT_UNREACHABLE;
	}
	int result = EXIT_DONE;
	if (response->status != KHAOSAT__V1__STATUS__DONE)
		result = connection_explain(s->client, response);
	else if (!unit.has_head) {
		client_error(
		    client_say(s->client, "%s chưa có câu trả lời nào: dùng khaosat submit",
			"%s has no submission to correct: use khaosat submit"),
		    o->tax_code);
		result = EXIT_FAILED;
	}
	khaosat__v1__response__free_unpacked(response, NULL);
	if (result != EXIT_DONE)
		return result;
	char id[UUID_TEXT_BYTES];
	uuid_print(unit.head, id);
	printf(client_say(s->client, "%s: sửa bản %s, lần %u\n", "%s: corrects %s, revision %u\n"),
	    o->tax_code, id, unit.head_revision);
	o->corrects = true;
	memcpy(o->deprecated_id, unit.head, UUID_BYTES);
	return EXIT_DONE;
}

/* With the collector, its register row is kept once, so that later checks offline know the unit. */
static void
keep_row(const struct submitting *s, const struct outgoing *o)
{
	struct unit_state unit;
	if (s->connection == NULL ||
	    unit_state_load(s->client, &s->questionnaire, o->tax_code, &unit))
		return;
	Khaosat__V1__Response *response = unit_state_fetch(
	    s->client, s->connection, &s->questionnaire, o->tax_code, o->access_code, &unit);
	if (response != NULL)
		khaosat__v1__response__free_unpacked(response, NULL);
}

/* Without the collector at least what is certainly wrong is said at once. */
static int
check_offline(const struct submitting *s, const struct outgoing *o)
{
	struct unit_state unit;
	if (s->connection != NULL)
		return EXIT_DONE;
	if (!unit_state_load(s->client, &s->questionnaire, o->tax_code, &unit))
		unit_state_unknown(o->tax_code, &unit);
	return submitting_check(s, &unit, o);
}

/* A correction of one submission by the same answers is the same one whenever it is sent. A first
 * submission is not: there may be a withdrawal between. */
static void
give_id(struct outgoing *o)
{
	if (o->corrects)
		outgoing_name_by_content(o);
	else
		uuid_make(o->instance_id);
}

int
submitting_file(struct submitting *s, const char *path, bool correct)
{
	struct answers_json_errors errors = {0};
	struct submission_file file;
	if (!submission_file_read(path, s->client->language, &file, &errors)) {
		print_errors(path, &errors);
		return EXIT_FAILED;
	}
	struct outgoing *o = &file.outgoing;
	int result = complete_unit(s, o);
	if (result == EXIT_DONE &&
	    !submitting_questionnaire(s, o->round[0] != '\0' ? o->round : s->options.round))
		result = s->connection == NULL ? EXIT_UNREACHABLE : EXIT_FAILED;
	if (result == EXIT_DONE)
		result = complete_survey(s, path, o);
	if (result == EXIT_DONE)
		result = encode(s, path, &file);
	if (result == EXIT_DONE && correct)
		result = name_head(s, o);
	if (result == EXIT_DONE)
		keep_row(s, o);
	if (result == EXIT_DONE)
		result = check_offline(s, o);
	if (result == EXIT_REJECTED)
		client_error(client_say(s->client, "%s: có lỗi, chưa gửi gì",
				 "%s: has errors, nothing was sent"),
		    path);
	if (!file.has_instance_id)
		give_id(o);
	if (result == EXIT_DONE)
		result = submitting_deliver(s, o);
	submission_file_clear(&file);
	return result;
}
