/* SPDX-License-Identifier: Apache-2.0 */
/* The rules are evaluated even where the structure was found wrong, so that everything comes at
 * once. An answer that was found wrong is don't know to them: no missing core answer is then
 * claimed of it, nor that what hangs on it is not asked. */
#include "survey/validate.h"

#include <string.h>

struct verdict {
	bool rejected;
	bool unconfirmed;
};

/* What is confirmed is shown to nobody, so its value is not printed. */
static void
add(const struct facts *facts, struct findings *findings, int question, int check, bool confirmed)
{
	char value[sizeof(findings->finding[0].value)] = "";
	size_t before = findings->n;
	if (question >= 0 && !confirmed)
		answer_print(&facts->definition->question[question],
		    &facts->answers->answer[question], value, sizeof(value));
	findings_add(findings, question, check, value, strlen(value));
	if (findings->n > before)
		findings->finding[before].confirmed = confirmed;
}

static bool
lacks_core_answer(const struct evaluation *e)
{
	const struct definition *d = e->facts.definition;
	const struct answer *answer = e->facts.answers->answer;
	for (size_t i = 0; i < d->cores; i++)
		if (answer[d->core[i]].state == ANSWER_BLANK &&
		    e->relevance[d->core[i]] == TRUTH_TRUE)
			return true;
	return false;
}

/* Answers that must be there, and answers that must not. `guessed`: some answer was found wrong, so
 * that what is hidden may be so only for that. */
static void
check_questions(
    const struct evaluation *e, bool guessed, struct findings *findings, struct verdict *verdict)
{
	const struct definition *d = e->facts.definition;
	if (!e->strays && !lacks_core_answer(e))
		return; /* nearly always */
	for (size_t i = 0; i < d->questions; i++) {
		const struct question *q = &d->question[i];
		enum truth relevance = (enum truth)e->relevance[i];
		bool blank = e->facts.answers->answer[i].state == ANSWER_BLANK;
		bool missing = blank && relevance == TRUTH_TRUE && q->core;
		bool hidden = relevance == TRUTH_UNKNOWN && e->hidden[i] && !guessed;
		bool irrelevant = !blank && (relevance == TRUTH_FALSE || hidden);
		if ((!missing && !irrelevant) || q->type == QUESTION_LIST)
			continue;
		verdict->rejected = true;
		add(&e->facts, findings, (int)i,
		    d->builtin[missing ? BUILTIN_CORE_MISSING : BUILTIN_IRRELEVANT], false);
	}
}

static void
fire(const struct evaluation *e, size_t index, struct findings *findings, struct verdict *verdict)
{
	const struct check *check = &e->facts.definition->check[index];
	bool confirmed = !check->hard && answers_confirm(e->facts.answers, index);
	if (check->hard)
		verdict->rejected = true;
	else if (!confirmed)
		verdict->unconfirmed = true;
	add(&e->facts, findings, check->questions ? check->question[0] : -1, (int)index, confirmed);
}

static void
check_rules(const struct evaluation *e, struct findings *findings, struct verdict *verdict)
{
	for (size_t i = 0; i < e->raised_checks; i++) {
		if (e->raised[i].truth == TRUTH_TRUE)
			fire(e, e->raised[i].check, findings, verdict);
		else
			findings->skipped++;
	}
}

static enum validate_status
judge(const struct facts *facts, struct validation *out)
{
	bool guessed = out->findings.total > 0;
	struct verdict verdict = {.rejected = guessed};
	evaluate(facts, &out->evaluation);
	check_questions(&out->evaluation, guessed, &out->findings, &verdict);
	check_rules(&out->evaluation, &out->findings, &verdict);
	if (verdict.rejected)
		return VALIDATE_REJECTED;
	return verdict.unconfirmed ? VALIDATE_UNCONFIRMED : VALIDATE_OK;
}

enum validate_status
validate_bytes(const struct facts *facts, const uint8_t *bytes, size_t n, struct validation *out)
{
	struct facts own = *facts;
	out->reason = NULL;
	if (answers_decode(facts->definition, facts->ref_year, bytes, n, &out->answers,
		&out->findings, &out->reason) == ANSWERS_MALFORMED)
		return VALIDATE_MALFORMED;
	own.answers = &out->answers;
	return judge(&own, out);
}

enum validate_status
validate_answers(const struct facts *facts, struct validation *out)
{
	out->reason = NULL;
	out->findings.n = out->findings.total = out->findings.skipped = 0;
	for (size_t i = 0; i < facts->definition->questions; i++)
		answer_judge(facts->definition, facts->ref_year, i, &facts->answers->answer[i],
		    &out->findings);
	for (size_t i = 0; i < facts->answers->confirmations; i++)
		confirmation_judge(
		    facts->definition, &facts->answers->confirmed[i], &out->findings);
	return judge(facts, out);
}
