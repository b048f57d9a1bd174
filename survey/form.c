/* SPDX-License-Identifier: Apache-2.0 */
#include "survey/form.h"

#include <stdio.h>
#include <string.h>

#include "survey/text.h"

static const struct definition *
definition_of(const struct form *form)
{
	return form->evaluation.facts.definition;
}

static void
reckon(struct form *form)
{
	struct facts facts = form->evaluation.facts;
	evaluate(&facts, &form->evaluation);
}

bool
form_asks(const struct form *form, size_t question)
{
	const struct evaluation *e = &form->evaluation;
	if (definition_of(form)->question[question].type == QUESTION_LIST)
		return false;
	return e->relevance[question] == TRUTH_TRUE ||
	       (e->relevance[question] == TRUTH_UNKNOWN && !e->hidden[question]);
}

bool
form_requires(const struct form *form, size_t question)
{
	const struct question *q = &definition_of(form)->question[question];
	return (q->required || q->core) && q->type != QUESTION_LIST &&
	       form->evaluation.relevance[question] == TRUTH_TRUE;
}

/* Clear what is not asked. No rule sees the answer of a question that is not asked, so clearing it
 * changes nothing else, and what hangs on it is not asked either. */
static void
clear_unasked(struct form *form)
{
	reckon(form);
	for (size_t i = 0; i < definition_of(form)->questions; i++) {
		if (!form_asks(form, i))
			form->answers->answer[i] = (struct answer){.state = ANSWER_BLANK};
	}
}

void
form_start(struct form *form, const struct facts *facts, struct answers *answers)
{
	form->answers = answers;
	form->evaluation.facts = *facts;
	form->evaluation.facts.answers = answers;
	clear_unasked(form);
}

static int
step(const struct form *form, int question, int by)
{
	int n = (int)definition_of(form)->questions;
	for (int i = question + by; i >= 0 && i < n; i += by) {
		if (form_asks(form, (size_t)i))
			return i;
	}
	return -1;
}

int
form_next(const struct form *form, int question)
{
	return step(form, question, 1);
}

int
form_previous(const struct form *form, int question)
{
	return step(form, question < 0 ? (int)definition_of(form)->questions : question, -1);
}

static void
clear_findings(struct findings *findings)
{
	findings->n = findings->total = findings->skipped = 0;
}

bool
form_set(struct form *form, size_t question, const struct answer *answer, struct findings *findings)
{
	const struct definition *d = definition_of(form);
	clear_findings(findings);
	if (answer->state != ANSWER_BLANK && !form_asks(form, question)) {
		findings_add(findings, (int)question, d->builtin[BUILTIN_IRRELEVANT], "", 0);
		return false;
	}
	if (!answer_judge(d, form->evaluation.facts.ref_year, question, answer, findings))
		return false;
	form->answers->answer[question] = *answer;
	clear_unasked(form);
	return true;
}

bool
form_confirm(struct form *form, size_t check, struct span reason)
{
	struct answers *answers = form->answers;
	size_t at = 0;
	if (reason.n > 0 && text_check(reason.bytes, reason.n, REASON_MAX_CHARS, false) != TEXT_OK)
		return false;
	while (at < answers->confirmations && answers->confirmed[at].check != (int)check)
		at++;
	if (reason.n > 0) {
		answers->confirmed[at] = (struct confirmation){(int16_t)check, reason};
		if (at == answers->confirmations)
			answers->confirmations++;
	} else if (at < answers->confirmations) {
		answers->confirmed[at] = answers->confirmed[--answers->confirmations];
	}
	return true;
}

struct form_progress
form_progress(const struct form *form)
{
	struct form_progress progress = {0, 0};
	for (size_t i = 0; i < definition_of(form)->questions; i++) {
		if (!form_asks(form, i))
			continue;
		progress.asked++;
		progress.answered += form->answers->answer[i].state != ANSWER_BLANK;
	}
	return progress;
}

/* Whether the check is to be told at this question: it concerns it, and no question that it
 * concerns is still to be asked. */
static bool
is_due(const struct form *form, const struct check *check, size_t question)
{
	bool concerns = false;
	for (size_t i = 0; i < check->questions; i++) {
		size_t other = (size_t)check->question[i];
		concerns = concerns || other == question;
		if (other > question && form_asks(form, other) &&
		    form->answers->answer[other].state == ANSWER_BLANK)
			return false;
	}
	return concerns;
}

void
form_findings(const struct form *form, size_t question, struct findings *findings)
{
	const struct definition *d = definition_of(form);
	const struct answer *answer = &form->answers->answer[question];
	clear_findings(findings);
	answer_judge(d, form->evaluation.facts.ref_year, question, answer, findings);
	if (answer->state == ANSWER_BLANK && d->question[question].core &&
	    form_requires(form, question))
		findings_add(findings, (int)question, d->builtin[BUILTIN_CORE_MISSING], "", 0);
	for (size_t i = 0; i < d->checks; i++) {
		const struct check *check = &d->check[i];
		char value[sizeof(findings->finding[0].value)];
		if (check->stage != CHECK_SUBMISSION || !is_due(form, check, question) ||
		    rule_evaluate(check->rule, &form->evaluation) != TRUTH_TRUE)
			continue;
		answer_print(&d->question[question], answer, value, sizeof(value));
		size_t before = findings->n;
		findings_add(findings, (int)question, (int)i, value, strlen(value));
		if (findings->n > before)
			findings->finding[before].confirmed =
			    !check->hard && answers_confirm(form->answers, i);
	}
}

enum validate_status
form_validate(const struct form *form, struct validation *out)
{
	return validate_answers(&form->evaluation.facts, out);
}

/* --------------------------------------------------------------------------------- labels */

/* Append as much of the text as fits, whole characters. False when something was left out. */
static bool
append(char *out, size_t cap, size_t *length, const char *text, size_t n)
{
	size_t room = cap - 1 - *length, fits = n < room ? n : room;
	while (fits > 0 && fits < n && ((unsigned char)text[fits] & 0xC0) == 0x80)
		fits--;
	memcpy(out + *length, text, fits);
	*length += fits;
	out[*length] = '\0';
	return fits == n;
}

void
label_expand(const char *text, int ref_year, const char *ref_date, char *out, size_t cap)
{
	static const char year_mark[] = "{Y}", date_mark[] = "{ref_date}";
	char year[16];
	size_t length = 0;
	bool fits = true;
	snprintf(year, sizeof(year), "%d", ref_year);
	out[0] = '\0';
	while (*text && fits) {
		size_t plain = strcspn(text, "{");
		if (plain > 0) {
			fits = append(out, cap, &length, text, plain);
			text += plain;
		} else if (strncmp(text, year_mark, sizeof(year_mark) - 1) == 0) {
			fits = append(out, cap, &length, year, strlen(year));
			text += sizeof(year_mark) - 1;
		} else if (strncmp(text, date_mark, sizeof(date_mark) - 1) == 0) {
			fits = append(out, cap, &length, ref_date, strlen(ref_date));
			text += sizeof(date_mark) - 1;
		} else {
			fits = append(out, cap, &length, text++, 1);
		}
	}
}
