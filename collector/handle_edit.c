/* SPDX-License-Identifier: Apache-2.0 */
/* The office edits one answer of a unit's head: what the unit sent stays as it is, the entry holds
 * all answers as they are now, with the indicators they come to. */
#include "collector/answer.h"
#include "collector/dispatch.h"
#include "collector/log.h"
#include "collector/unit.h"
#include "proto/limits.h"
#include "survey/answers.h"
#include "survey/text.h"
#include "survey/validate.h"

#include <stdlib.h>
#include <string.h>

struct editing {
	uint8_t *before; /* the answers as they were: of the head, or of its last edit */
	size_t before_bytes;
	uint8_t *after;
	size_t after_bytes;
	uint8_t *was; /* the one that is edited, as it was, alone */
	size_t was_bytes;
	struct answers answers, sent;
	struct findings findings;
	const char *reason;
	size_t question;
};

static void
free_editing(void *result)
{
	struct editing *x = result;
	free(x->before);
	free(x->after);
	free(x->was);
	free(x);
}

/* ------------------------------------------------------------------------------ before */

/* False: answered. */
static bool
read_before(
    struct request *r, struct editing *x, const struct unit *unit, const struct chain *chain)
{
	uint64_t number = chain_answers_entry(chain);
	if (chain_answers(r->server->store, number, &x->before, &x->before_bytes) == CHAIN_OK &&
	    answers_decode(unit->round.definition, unit->round.ref_year, x->before, x->before_bytes,
		&x->answers, &x->findings, &x->reason) == ANSWERS_OK)
		return true;
	answer_status(r, KHAOSAT__V1__STATUS__UNAVAILABLE);
	return false;
}

static bool
keep_one(struct editing *x, const struct definition *d)
{
	struct answers *one = &x->sent; /* nothing is in it yet */
	*one = (struct answers){.seconds = -1};
	one->answer[x->question] = x->answers.answer[x->question];
	x->was = answers_encode(d, one, &x->was_bytes);
	return x->was != NULL;
}

/* ------------------------------------------------------------------------------ the change */

/* OTHER becomes the code that its text meant. False: answered. */
static bool
recode(struct request *r, const Khaosat__V1__EditAnswer *m, const struct question *q,
    struct answer *answer)
{
	int to = -1;
	for (size_t i = 0; i < q->choices; i++)
		if (strcmp(q->choice[i].code, m->code) == 0)
			to = (int)i;
	bool has_other = q->other_choice >= 0 && answer->state == ANSWER_VALUE &&
			 (answer->mask >> q->other_choice & 1) != 0;
	if (!has_other) {
		answer_say(r, KHAOSAT__V1__STATUS__ALREADY, "Câu trả lời không có mục Khác.",
		    "OTHER is not among the answers to it.");
		return false;
	}
	if (to < 0 || to == q->other_choice || to == q->none_choice) {
		answer_invalid(
		    r, "edit_answer.code", "a choice of the question, not OTHER or NONE");
		return false;
	}
	answer->mask &= ~(UINT64_C(1) << q->other_choice);
	answer->mask |= UINT64_C(1) << to;
	answer->text = (struct span){0};
	return true;
}

/* False: answered. */
static bool
correct(
    struct request *r, const Khaosat__V1__EditAnswer *m, const struct unit *unit, struct editing *x)
{
	const struct definition *d = unit->round.definition;
	if (m->answer.len > ANSWERS_MAX_BYTES ||
	    answers_decode(d, unit->round.ref_year, m->answer.data, m->answer.len, &x->sent,
		&x->findings, &x->reason) != ANSWERS_OK) {
		answer_invalid(
		    r, "edit_answer.answer", "an Answers message of at most 65536 bytes");
		return false;
	}
	for (size_t i = 0; i < d->questions; i++)
		if (i != x->question && x->sent.answer[i].state != ANSWER_BLANK) {
			answer_invalid(r, "edit_answer.answer", "an answer to this question only");
			return false;
		}
	if (x->findings.total > 0) {
		answer_findings(r, KHAOSAT__V1__STATUS__REJECTED, &unit->round, &x->findings);
		return false;
	}
	x->answers.answer[x->question] = x->sent.answer[x->question];
	return true;
}

/* The hard checks hold for the office too; soft ones are answered by its reason. False: answered.
 */
static bool
passes(struct request *r, const struct unit *unit, struct editing *x)
{
	struct validation *v = loop_validation(r->loop);
	const struct facts facts = unit_facts(unit);
	x->after = answers_encode(unit->round.definition, &x->answers, &x->after_bytes);
	if (x->after == NULL) {
		answer_invalid(r, "edit_answer.answer", "at most 65536 bytes of answers in all");
		return false;
	}
	if (x->after_bytes == x->before_bytes &&
	    memcmp(x->after, x->before, x->before_bytes) == 0) {
		answer_say(r, KHAOSAT__V1__STATUS__ALREADY, "Câu trả lời đã là như vậy.",
		    "That is what the answer is.");
		return false;
	}
	switch (validate_bytes(&facts, x->after, x->after_bytes, v)) {
	case VALIDATE_OK:
	case VALIDATE_UNCONFIRMED:
		return true;
	case VALIDATE_REJECTED:
		answer_findings(r, KHAOSAT__V1__STATUS__REJECTED, &unit->round, &v->findings);
		return false;
	case VALIDATE_MALFORMED:
		answer_invalid(r, "edit_answer.answer", v->reason);
		return false;
	}
	return false;
}

/* ------------------------------------------------------------------------------ the entry */

static void
edited(struct request *r)
{
	log_info("round=%s answer edited number=%llu", r->message->edit_answer->round,
	    (unsigned long long)r->job.number);
	answer_done(r);
}

static void
store_edit(struct request *r, const Khaosat__V1__EditAnswer *m, const struct unit *unit,
    const struct editing *x)
{
	struct entry e;
	Khaosat__V1__AnswerEdit edit;
	khaosat__v1__answer_edit__init(&edit);
	edit.question = m->question;
	edit.code = m->code;
	edit.reason = m->reason;
	edit.answers = answer_bytes(x->after, x->after_bytes);
	edit.before = answer_bytes(x->was, x->was_bytes);
	unit_entry(r, unit, &e);
	e.kind = m->code[0] != '\0' ? ENTRY_ANSWER_RECODED : ENTRY_ANSWER_EDITED;
	e.channel = KHAOSAT__V1__CHANNEL__OFFICE;
	e.replaced = unit->view.head;
	e.revision = unit->view.revision;
	memcpy(e.deprecated_id, m->head.data, UUID_BYTES);
	indicator_bits_write(&loop_validation(r->loop)->evaluation.bits, e.bits);
	size_t n = khaosat__v1__answer_edit__get_packed_size(&edit);
	uint8_t *payload = malloc(n);
	r->arena.budget += ENTRY_HEADER_BYTES + n + 64; /* more than what came in can be */
	if (payload != NULL &&
	    request_entry(r, &e, payload, khaosat__v1__answer_edit__pack(&edit, payload)))
		unit_store(r, unit, edited);
	else
		answer_memory(r);
	free(payload);
}

/* ------------------------------------------------------------------------------ the request */

/* False: answered. */
static bool
has_form(struct request *r, const Khaosat__V1__EditAnswer *m, const struct definition *d)
{
	int question = definition_find_question(d, m->question, strlen(m->question));
	bool is_recoding = m->code[0] != '\0';
	enum text_status reason = text_check(m->reason, strlen(m->reason), REASON_MAX_CHARS, false);
	if (!unit_is_uuid(m->head))
		answer_invalid(r, "edit_answer.head", "16 bytes, not all zero");
	else if (question < 0 || d->question[question].type == QUESTION_LIST)
		answer_invalid(r, "edit_answer.question", "a question of the survey");
	else if (is_recoding && m->answer.len > 0)
		answer_invalid(r, "edit_answer.answer", "empty where a code is given");
	else if (reason != TEXT_OK)
		answer_invalid(r, "edit_answer.reason",
		    reason == TEXT_TOO_LONG ? "at most 500 characters" : text_rule_en(reason));
	else if (!is_recoding && m->reason[strspn(m->reason, " ")] == '\0')
		answer_invalid(r, "edit_answer.reason", "required where an answer is corrected");
	else
		return true;
	return false;
}

/* False: answered. */
static bool
find_head(struct request *r, const Khaosat__V1__EditAnswer *m, const struct unit *unit,
    struct chain *chain)
{
	if (!chain_walk(r->server->store, &unit->view, NULL, NULL, chain))
		answer_status(r, KHAOSAT__V1__STATUS__UNAVAILABLE);
	else if (chain->head.number == 0 ||
		 memcmp(chain->head.entry.instance_id, m->head.data, UUID_BYTES) != 0)
		answer_stale(r, chain);
	else if (chain->is_full)
		unit_answer_full(r, chain);
	else
		return true;
	return false;
}

static struct editing *
begin(struct request *r)
{
	if (r->result != NULL) /* the store said moved */
		free_editing(r->result);
	r->result = calloc(1, sizeof(struct editing));
	r->free_result = free_editing;
	if (r->result == NULL)
		answer_memory(r);
	return r->result;
}

void
handle_edit_answer(struct request *r)
{
	const Khaosat__V1__EditAnswer *m = r->message->edit_answer;
	struct unit unit;
	struct chain chain;
	if (!unit_find(r, m->round, m->tax_code, &unit) || !has_form(r, m, unit.round.definition) ||
	    !find_head(r, m, &unit, &chain))
		return;
	struct editing *x = begin(r);
	if (x == NULL || !read_before(r, x, &unit, &chain))
		return;
	const struct definition *d = unit.round.definition;
	x->question = (size_t)definition_find_question(d, m->question, strlen(m->question));
	if (!keep_one(x, d)) {
		answer_memory(r);
		return;
	}
	struct answer *answer = &x->answers.answer[x->question];
	bool changed = m->code[0] != '\0' ? recode(r, m, &d->question[x->question], answer)
					  : correct(r, m, &unit, x);
	if (changed && passes(r, &unit, x))
		store_edit(r, m, &unit, x);
}
