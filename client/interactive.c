/* SPDX-License-Identifier: Apache-2.0 */
#include "client/interactive.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/draft.h"
#include "client/filling.h"
#include "client/findings_print.h"
#include "client/local_time.h"
#include "client/receipt.h"
#include "client/send.h"
#include "client/spool.h"
#include "client/uuid.h"
#include "client/words.h"
#include "survey/answers_json.h"

#define CODE_TRIES 3

/* ------------------------------------------------------------------------------- who */

static bool
ask_tax_code(struct filling *f)
{
	struct unit_options *options = &f->s->options;
	while (options->tax_code[0] == '\0') {
		char *line =
		    prompt_line(f->prompt, filling_say(f, "Mã số thuế: ", "Tax code: "), NULL);
		if (line == NULL)
			return false;
		if (line[0] != '\0')
			unit_options_take(f->client, options, OPTION_UNIT, line);
		free(line);
	}
	return true;
}

/* What is known of the unit without the collector: the row kept, and the newest receipt. */
static void
load_unit(struct filling *f)
{
	const char *tax_code = f->s->options.tax_code;
	if (!unit_state_load(f->client, f->q, tax_code, &f->unit))
		unit_state_unknown(tax_code, &f->unit);
	f->unit.may_submit = true;
	json_t *receipt = receipt_newest(f->client, f->q->round, tax_code);
	struct entry e;
	bool has_answers;
	char problem[RECEIPT_PROBLEM_BYTES];
	if (receipt != NULL &&
	    receipt_verify(receipt, &e, &has_answers, f->client->language, problem) &&
	    e.kind != ENTRY_WITHDRAWAL) {
		f->unit.has_head = true;
		memcpy(f->unit.head, e.instance_id, UUID_BYTES);
		f->unit.head_revision = e.revision;
		f->unit.head_time_ms = e.time_ms;
	}
	json_decref(receipt);
}

/* What the unit answered before and could not send goes first: else two would stand against the
 * same head, and the one made last be refused as late. */
static void
send_what_waits(struct filling *f)
{
	struct submitting *s = f->s;
	if (s->connection != NULL && !send_waiting(f->client, s->connection, s->options.tax_code))
		submitting_hang_up(s);
}

/* Ask the collector; a wrong code typed in may be typed again. */
static int
fetch_unit(struct filling *f)
{
	struct unit_options *options = &f->s->options;
	bool typed = options->code == NULL && options->code_file == NULL &&
		     getenv("KHAOSAT_ACCESS_CODE") == NULL && prompt_is_terminal(f->prompt);
	for (unsigned tries = 1;; tries++) {
		if (!ask_tax_code(f))
			return EXIT_FAILED;
		int result = unit_options_finish(f->client, options);
		if (result != EXIT_DONE && (!typed || tries == CODE_TRIES))
			return result;
		if (result != EXIT_DONE)
			continue;
		send_what_waits(f);
		if (f->s->connection == NULL) {
			load_unit(f);
			return EXIT_DONE;
		}
		Khaosat__V1__Response *response = unit_state_fetch(f->client, f->s->connection,
		    f->q, options->tax_code, options->access_code, &f->unit);
		if (response == NULL) {
			submitting_hang_up(f->s);
			load_unit(f);
			return EXIT_DONE;
		}
		bool refused = response->status == KHAOSAT__V1__STATUS__REFUSED;
		if (response->status != KHAOSAT__V1__STATUS__DONE)
			result = connection_explain(f->client, response);
		khaosat__v1__response__free_unpacked(response, NULL);
		if (!refused || !typed || tries == CODE_TRIES)
			return result;
		options->tax_code[0] = '\0';
	}
}

/* ------------------------------------------------------------------------------- resuming */

/* What of a draft cannot be read is asked again. */
static void
take_json(struct filling *f, json_t *object)
{
	struct findings findings = {0};
	struct answers_json_errors errors = {0};
	static struct answers read; /* large, and one thread */
	memset(&read, 0, sizeof(read));
	read.seconds = -1;
	answers_from_json(f->q->definition, object, &read, &findings, &errors);
	for (size_t i = 0; i < f->q->definition->questions; i++) {
		struct answer *a = &read.answer[i];
		if (a->text.n > 0) {
			char *text = strndup(a->text.bytes, a->text.n);
			a->text = text == NULL ? (struct span){0} : filling_keep(f, text);
			free(text);
		}
	}
	for (size_t i = 0; i < read.confirmations; i++) {
		struct span *reason = &read.confirmed[i].reason;
		char *text = strndup(reason->bytes, reason->n);
		*reason = text == NULL ? (struct span){0} : filling_keep(f, text);
		free(text);
	}
	f->answers = read;
	f->seconds_before = read.seconds > 0 ? read.seconds : 0;
}

/* Take over what was sent before, from the receipt on this machine. */
static bool
take_receipt(struct filling *f)
{
	json_t *receipt = receipt_newest(f->client, f->q->round, f->s->options.tax_code);
	struct entry e;
	bool has_answers = false;
	char problem[RECEIPT_PROBLEM_BYTES];
	struct findings findings;
	const char *reason;
	size_t n;
	bool ok = receipt != NULL &&
		  receipt_verify(receipt, &e, &has_answers, f->client->language, problem) &&
		  has_answers && memcmp(e.instance_id, f->unit.head, UUID_BYTES) == 0;
	uint8_t *bytes =
	    !ok ? NULL
		: outgoing_from_hex(json_string_value(json_object_get(receipt, "answers_hex")), &n);
	json_decref(receipt);
	ok = bytes != NULL && filling_own(f, bytes) &&
	     answers_decode(f->q->definition, f->q->ref_year, bytes, n, &f->answers, &findings,
		 &reason) == ANSWERS_OK;
	if (!ok)
		memset(&f->answers, 0, sizeof(f->answers));
	return ok;
}

static bool
uuid_is(const json_t *object, const char *key, const uint8_t uuid[UUID_BYTES])
{
	uint8_t found[UUID_BYTES];
	const char *text = json_string_value(json_object_get(object, key));
	return text != NULL && uuid_parse(text, found) && memcmp(found, uuid, UUID_BYTES) == 0;
}

/* A draft that is worth going on with; a new reference or NULL. */
static json_t *
find_draft(struct filling *f)
{
	json_t *draft = draft_load(f->client, f->q, f->s->options.tax_code);
	if (draft == NULL || !f->unit.has_head || !uuid_is(draft, "sent", f->unit.head))
		return draft;
	/* It was accepted in the meantime, by way of the spool. */
	json_decref(draft);
	draft_remove(f->client, f->q, f->s->options.tax_code);
	return NULL;
}

/* Go on with the draft? GOES_ON: yes or there is none. */
static enum filling_end
offer_draft(struct filling *f, bool *taken)
{
	json_t *draft = find_draft(f);
	bool yes = false;
	char when[LOCAL_TIME_BYTES];
	char line[160];
	*taken = false;
	if (draft == NULL)
		return FILLING_GOES_ON;
	local_time_print(1000 * json_integer_value(json_object_get(draft, "saved_at")),
	    f->client->language == LANGUAGE_VI, when);
	snprintf(line, sizeof(line),
	    filling_say(f, "Có bản nháp lưu lúc %s, %zu câu đã trả lời. Làm tiếp?",
		"There is a draft of %s, %zu of the questions answered. Go on with it?"),
	    when, json_object_size(json_object_get(draft, "answers")));
	bool answered = filling_yes_no(f, line, line, true, &yes);
	if (answered && yes) {
		const char *place = json_string_value(json_object_get(draft, "place"));
		take_json(f, draft);
		f->place = place == NULL
			       ? -1
			       : definition_find_question(f->q->definition, place, strlen(place));
		*taken = true;
	}
	json_decref(draft);
	return answered ? FILLING_GOES_ON : FILLING_ENDED;
}

/* The unit has answered: correct that? DONE: no. */
static enum filling_end
offer_correction(struct filling *f)
{
	char when[LOCAL_TIME_BYTES];
	char line[200];
	bool yes = false;
	if (!f->unit.has_head)
		return FILLING_GOES_ON;
	local_time_print(f->unit.head_time_ms, f->client->language == LANGUAGE_VI, when);
	snprintf(line, sizeof(line),
	    filling_say(f, "Đơn vị đã trả lời lúc %s (lần %u). Sửa câu trả lời đó?",
		"The unit answered at %s (revision %u). Correct those answers?"),
	    when, f->unit.head_revision);
	if (!filling_yes_no(f, line, line, false, &yes))
		return FILLING_ENDED;
	f->corrects = yes;
	return yes ? FILLING_GOES_ON : FILLING_DONE;
}

/* ------------------------------------------------------------------------------- the form */

static void
welcome(struct filling *f)
{
	const struct definition *d = f->q->definition;
	char text[WORDING_BYTES];
	putchar('\n');
	wording(f->client, f->q, d->title, text);
	prompt_say(f->prompt, STYLE_STRONG, "", "", text);
	putchar('\n');
	wording(f->client, f->q, d->statement, text);
	prompt_say(f->prompt, STYLE_PLAIN, "", "", text);
	putchar('\n');
	snprintf(text, sizeof(text), filling_say(f, "Đơn vị: %s%s%s", "Unit: %s%s%s"),
	    f->s->options.tax_code, f->unit.name[0] == '\0' ? "" : " · ", f->unit.name);
	prompt_say(f->prompt, STYLE_PLAIN, "", "", text);
	snprintf(text, sizeof(text), filling_say(f, "Đợt khảo sát: %s", "Round: %s"), f->q->round);
	prompt_say(f->prompt, STYLE_PLAIN, "", "", text);
	if (f->s->connection == NULL)
		prompt_say(f->prompt, STYLE_WARNING, "", "",
		    filling_say(f, "Chưa kết nối được: câu trả lời sẽ được giữ lại để gửi sau.",
			"Not connected: the answers will be kept, to be sent later."));
	putchar('\n');
	prompt_say(f->prompt, STYLE_FAINT, "", "",
	    filling_say(f,
		"Gõ trả lời rồi Enter. < quay lại câu trước, :h trợ giúp, :q lưu và thoát. Mỗi câu "
		"trả "
		"lời được lưu ngay.",
		"Type an answer, then Enter. < goes back, :h helps, :q saves and quits. Every "
		"answer "
		"is saved at once."));
}

static enum filling_end
fill_in(struct filling *f)
{
	enum filling_end end = FILLING_GOES_ON;
	while (end == FILLING_GOES_ON)
		end = filling_ask(f);
	return end == FILLING_DONE ? filling_review(f) : end;
}

static bool
make_outgoing(struct filling *f, struct outgoing *o)
{
	const struct submitting *s = f->s;
	*o = (struct outgoing){.corrects = f->corrects};
	memcpy(o->deprecated_id, f->unit.head, UUID_BYTES);
	f->answers.seconds = filling_seconds(f);
	o->answers = answers_encode(f->q->definition, &f->answers, &o->answers_bytes);
	if (o->answers == NULL) {
		client_error(filling_say(f, "các câu trả lời dài hơn %d byte, hoặc hết bộ nhớ",
				 "the answers are longer than %d bytes, or memory is out"),
		    ANSWERS_BYTES_MAX);
		return false;
	}
	strcpy(o->round, f->q->round);
	snprintf(o->survey_id, sizeof(o->survey_id), "%s", f->q->definition->id);
	o->survey_version = f->q->definition->version;
	strcpy(o->tax_code, s->options.tax_code);
	strcpy(o->access_code, s->options.access_code);
	o->channel = submitting_channel(s, o->access_code);
	uuid_make(o->instance_id);
	/* Two first submissions would both wait, and the one made last be refused as late. */
	if (s->connection == NULL &&
	    spool_newest(f->client, o->round, o->tax_code, "", o->deprecated_id))
		o->corrects = true;
	return true;
}

/* The draft stays until the answers are accepted. */
static int
deliver(struct filling *f)
{
	struct outgoing o;
	if (!make_outgoing(f, &o))
		return EXIT_FAILED;
	filling_save(f, o.instance_id);
	int result = submitting_deliver(f->s, &o);
	outgoing_clear(&o);
	if (result == EXIT_DONE) {
		draft_remove(f->client, f->q, f->s->options.tax_code);
		filling_contact(f);
		prompt_say(
		    f->prompt, STYLE_STRONG, "", "", filling_say(f, "Cảm ơn.", "Thank you."));
	}
	return result;
}

static int
finish(struct filling *f, enum filling_end end)
{
	if (end == FILLING_DONE)
		return deliver(f);
	if (form_progress(&f->form).answered == 0) {
		prompt_say(f->prompt, STYLE_PLAIN, "", "",
		    filling_say(f, "Chưa trả lời câu nào; không có gì để lưu.",
			"Nothing was answered; there is nothing to save."));
		return end == FILLING_QUIT ? EXIT_DONE : EXIT_FAILED;
	}
	filling_save(f, NULL);
	if (f->save_failed) {
		client_error("%s", filling_say(f, "các câu trả lời chưa được lưu và chưa được gửi",
				       "the answers were neither saved nor sent"));
		return EXIT_FAILED;
	}
	prompt_say(f->prompt, STYLE_PLAIN, "", "",
	    filling_say(f, "Đã lưu bản nháp. Chạy lại lệnh này để làm tiếp; chưa gửi gì.",
		"The draft is saved. Run this command again to go on; nothing was sent."));
	return end == FILLING_QUIT ? EXIT_DONE : EXIT_FAILED;
}

static int
fill_and_send(struct filling *f)
{
	bool resumed;
	enum filling_end end = offer_correction(f);
	if (end == FILLING_DONE)
		return EXIT_DONE;
	if (end == FILLING_GOES_ON)
		end = offer_draft(f, &resumed);
	if (end != FILLING_GOES_ON)
		return EXIT_FAILED;
	if (!resumed && f->corrects && !take_receipt(f))
		prompt_say(f->prompt, STYLE_PLAIN, "", "",
		    filling_say(f,
			"Câu trả lời trước không có trên máy này: hãy trả lời lại từ đầu.",
			"The earlier answers are not on this machine: please answer from the "
			"start."));
	f->facts = (struct facts){
	    .definition = f->q->definition, .row = &f->unit.row, .ref_year = f->q->ref_year};
	form_start(&f->form, &f->facts, &f->answers);
	if (f->place < 0 || !form_asks(&f->form, (size_t)f->place))
		f->place = form_next(&f->form, -1);
	if (f->place < 0) {
		client_error("%s", filling_say(f, "không có câu hỏi nào cho đơn vị này",
				       "there is no question for this unit"));
		return EXIT_FAILED;
	}
	return finish(f, fill_in(f));
}

static int
start(struct filling *f)
{
	struct submitting *s = f->s;
	submitting_connect(s);
	if (!submitting_questionnaire(s, s->options.round))
		return s->connection == NULL ? EXIT_UNREACHABLE : EXIT_FAILED;
	int result = fetch_unit(f);
	if (result != EXIT_DONE)
		return result;
	if (!f->unit.may_submit) {
		client_error(filling_say(f, "đợt khảo sát %s không mở cho đơn vị %s",
				 "round %s is not open for unit %s"),
		    f->q->round, s->options.tax_code);
		return EXIT_FAILED;
	}
	welcome(f);
	return fill_and_send(f);
}

int
interactive_run(struct submitting *s)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	struct filling *f = calloc(1, sizeof(*f));
	if (f == NULL || (f->prompt = prompt_new()) == NULL) {
		client_error("%s", words_errno(s->client->language, ENOMEM));
		free(f);
		return EXIT_FAILED;
	}
	f->s = s;
	f->client = s->client;
	f->q = &s->questionnaire;
	f->place = f->shown = f->section = -1;
	f->started = now.tv_sec;
	int result = start(f);
	filling_clear(f);
	free(f);
	return result;
}
