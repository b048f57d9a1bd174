/* SPDX-License-Identifier: Apache-2.0 */
/* One answer: is it what its question asks for, and how is it shown? Decoding, forms and the checks
 * all ask here, so that none of them judges otherwise. */
#include "survey/answers.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "survey/text.h"

bool
answers_confirm(const struct answers *answers, size_t check)
{
	for (size_t i = 0; i < answers->confirmations; i++) {
		if (answers->confirmed[i].check == (int)check)
			return answers->confirmed[i].reason.n > 0;
	}
	return false;
}

void
findings_add(struct findings *f, int question, int check, const char *value, size_t n)
{
	f->total++;
	if (f->n == FINDINGS_MAX)
		return;
	struct finding *found = &f->finding[f->n++];
	found->question = (int16_t)question;
	found->check = (int16_t)check;
	found->confirmed = false;
	found->question_code[0] = '\0';
	text_quote(found->value, sizeof(found->value), value, n);
}

static void
find_answer(const struct definition *d, size_t question, int check, const struct answer *answer,
    struct findings *findings)
{
	char value[sizeof(findings->finding[0].value)];
	answer_print(&d->question[question], answer, value, sizeof(value));
	findings_add(findings, (int)question, check, value, strlen(value));
}

static void
find_text(
    const struct definition *d, size_t question, const struct span *text, struct findings *findings)
{
	findings_add(
	    findings, (int)question, d->builtin[BUILTIN_TEXT], text->n ? text->bytes : "", text->n);
}

static bool
judge_number(const struct definition *d, int ref_year, size_t question, const struct answer *answer,
    struct findings *findings)
{
	const struct question *q = &d->question[question];
	int64_t max = q->max_is_ref_year ? ref_year : q->max;
	if (answer->number >= q->min && answer->number <= max)
		return true;
	find_answer(d, question, q->range_check, answer, findings);
	return false;
}

static bool
judge_choices(const struct definition *d, size_t question, const struct answer *answer,
    struct findings *findings)
{
	const struct question *q = &d->question[question];
	bool several = (answer->mask & (answer->mask - 1)) != 0;
	bool none = q->none_choice >= 0 && answer->mask >> q->none_choice & 1;
	if (!several || (q->type == QUESTION_MULTI && !none))
		return true;
	find_answer(d, question, d->builtin[BUILTIN_EXCLUSIVE_CHOICE], answer, findings);
	return false;
}

/* The text of OTHER stands exactly where OTHER is chosen. */
static bool
judge_other(const struct definition *d, size_t question, const struct answer *answer,
    struct findings *findings)
{
	const struct question *q = &d->question[question];
	bool chosen = answer->state == ANSWER_VALUE && q->other_choice >= 0 &&
		      answer->mask >> q->other_choice & 1;
	if (!chosen && !answer->text.bytes)
		return true;
	if (chosen && answer->text.n > 0 &&
	    text_check(answer->text.bytes, answer->text.n, OTHER_MAX_CHARS, false) == TEXT_OK)
		return true;
	find_text(d, question, &answer->text, findings);
	return false;
}

static bool
judge_text(const struct definition *d, size_t question, const struct answer *answer,
    struct findings *findings)
{
	const struct question *q = &d->question[question];
	if (answer->text.n > 0 && text_check(answer->text.bytes, answer->text.n, q->text_max_chars,
				      q->multiline) == TEXT_OK)
		return true;
	find_text(d, question, &answer->text, findings);
	return false;
}

static bool
judge_value(const struct definition *d, int ref_year, size_t question, const struct answer *answer,
    struct findings *findings)
{
	switch (d->question[question].type) {
	case QUESTION_TEXT:
		return judge_text(d, question, answer, findings);
	case QUESTION_INT:
	case QUESTION_MONEY:
	case QUESTION_PCT:
		return judge_number(d, ref_year, question, answer, findings);
	case QUESTION_SINGLE:
	case QUESTION_MULTI:
	case QUESTION_TRI:
		return judge_choices(d, question, answer, findings);
	case QUESTION_LIST:
		break;
	}
	find_answer(d, question, d->builtin[BUILTIN_UNKNOWN_QUESTION], answer, findings);
	return false;
}

bool
answer_judge(const struct definition *d, int ref_year, size_t question, const struct answer *answer,
    struct findings *findings)
{
	const struct question *q = &d->question[question];
	bool good = true;
	if (answer->state == ANSWER_BLANK)
		return true;
	if (answer->state == ANSWER_VALUE) {
		good = judge_value(d, ref_year, question, answer, findings);
	} else if (!q->admits_dk) {
		findings_add(findings, (int)question, d->builtin[BUILTIN_UNKNOWN_CHOICE], "DK",
		    strlen("DK"));
		good = false;
	}
	if (q->type != QUESTION_TEXT || answer->state != ANSWER_VALUE)
		good = judge_other(d, question, answer, findings) && good;
	return good;
}

bool
confirmation_judge(
    const struct definition *d, const struct confirmation *confirmation, struct findings *findings)
{
	const char *code = d->check[confirmation->check].code;
	struct span shown = confirmation->reason;
	if (shown.n > 0 && text_check(shown.bytes, shown.n, REASON_MAX_CHARS, false) == TEXT_OK)
		return true;
	if (shown.n == 0)
		shown = (struct span){code, (uint32_t)strlen(code)};
	findings_add(findings, -1, d->builtin[BUILTIN_TEXT], shown.bytes, shown.n);
	return false;
}

/* ------------------------------------------------------------------------------- printing */

static void
print_number(const struct question *q, int64_t number, char *out, size_t cap)
{
	if (!q->tenths || number % 10 == 0) {
		snprintf(out, cap, "%" PRId64, q->tenths ? number / 10 : number);
		return;
	}
	const char *sign = number < 0 ? "-" : "";
	int64_t whole = number / 10, tenth = number % 10;
	snprintf(out, cap, "%s%" PRId64 ".%" PRId64, sign, whole < 0 ? -whole : whole,
	    tenth < 0 ? -tenth : tenth);
}

static void
print_choices(const struct question *q, uint64_t mask, char *out, size_t cap)
{
	char all[CHOICES_MAX * (CODE_MAX_BYTES + 2) + 1];
	size_t n = 0;
	for (size_t i = 0; i < q->choices; i++) {
		if (mask >> i & 1)
			n += (size_t)snprintf(
			    all + n, sizeof(all) - n, "%s%s", n ? ", " : "", q->choice[i].code);
	}
	text_quote(out, cap, all, n);
}

void
answer_print(const struct question *q, const struct answer *answer, char *out, size_t cap)
{
	out[0] = '\0';
	if (answer->state == ANSWER_DONT_KNOW)
		text_quote(out, cap, "DK", strlen("DK"));
	if (answer->state != ANSWER_VALUE)
		return;
	switch (q->type) {
	case QUESTION_TEXT:
		text_quote(out, cap, answer->text.bytes, answer->text.n);
		break;
	case QUESTION_INT:
	case QUESTION_MONEY:
	case QUESTION_PCT:
		print_number(q, answer->number, out, cap);
		break;
	case QUESTION_SINGLE:
	case QUESTION_MULTI:
	case QUESTION_TRI:
		print_choices(q, answer->mask, out, cap);
		break;
	case QUESTION_LIST:
		break;
	}
}
