/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/mini_survey.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "survey/rule.h"

struct definition *
mini_survey(void)
{
	static char json[65536];
	static struct definition_problems problems;
	FILE *file = fopen(KHAOSAT_SOURCE_DIR "/tests/support/mini_survey.json", "rb");
	if (!file)
		abort();
	size_t n = fread(json, 1, sizeof(json), file);
	fclose(file);
	struct definition *d = definition_load(json, n, &problems);
	for (size_t i = 0; i < problems.n; i++)
		fprintf(stderr, "%s: %s\n", problems.problem[i].path, problems.problem[i].reason);
	if (!d)
		abort();
	return d;
}

struct register_row
mini_row(const struct definition *d, const char *section)
{
	return (struct register_row){
	    .tax_code = UINT64_C(100109106000),
	    .unit_type = 0,
	    .status = 0,
	    .legal_form = UNKNOWN_CODE,
	    .supporting_industry = -1,
	    .commune = UNKNOWN_CODE,
	    .zone = UNKNOWN_CODE,
	    .section = (int16_t)(section ? definition_find_code(d, CODES_SECTION, section, 1) : -1),
	    .size_mask = 15,
	    .start_year = UNKNOWN_NUMBER,
	    .employees = UNKNOWN_NUMBER,
	    .employees_prev = UNKNOWN_NUMBER,
	    .revenue_mvnd = UNKNOWN_NUMBER,
	    .capital_mvnd = UNKNOWN_NUMBER,
	};
}

size_t
mini_question(const struct definition *d, const char *code)
{
	int question = definition_find_question(d, code, strlen(code));
	if (question < 0)
		abort();
	return (size_t)question;
}

int
mini_check(const struct definition *d, const char *code)
{
	int check = definition_find_check(d, code, strlen(code));
	if (check < 0)
		abort();
	return check;
}

/* ------------------------------------------------------------------------- random answers */

static unsigned
random_below(unsigned *seed, unsigned n)
{
	*seed = *seed * 1664525u + 1013904223u;
	return (*seed >> 8) % n;
}

static struct span
random_text(unsigned *seed)
{
	static const char *const texts[] = {"a", "DK", "Hà Tĩnh", "in lụa", "“tơ”…", "ởỡợ"};
	const char *text = texts[random_below(seed, sizeof(texts) / sizeof(texts[0]))];
	return (struct span){text, (uint32_t)strlen(text)};
}

static void
random_choices(const struct question *q, unsigned *seed, struct answer *answer)
{
	do {
		answer->mask = UINT64_C(1) << random_below(seed, (unsigned)q->choices);
		if (q->type == QUESTION_MULTI)
			answer->mask |= random_below(seed, 1u << q->choices);
		if (q->none_choice >= 0 && answer->mask & (answer->mask - 1))
			answer->mask &= ~(UINT64_C(1) << q->none_choice);
	} while (answer->mask == 0);
	if (q->other_choice >= 0 && answer->mask >> q->other_choice & 1)
		answer->text = random_text(seed);
}

static struct answer
random_value(const struct question *q, unsigned *seed)
{
	struct answer answer = {.state = ANSWER_VALUE};
	int64_t max = q->max_is_ref_year ? MINI_REF_YEAR : q->max;
	switch (q->type) {
	case QUESTION_TEXT:
		answer.text = random_text(seed);
		break;
	case QUESTION_INT:
	case QUESTION_MONEY:
	case QUESTION_PCT:
		answer.number = q->min + (int64_t)random_below(seed, 1u << 20) % (max - q->min + 1);
		if (random_below(seed, 8) == 0)
			answer.number = random_below(seed, 2) ? q->min : max;
		break;
	case QUESTION_SINGLE:
	case QUESTION_MULTI:
	case QUESTION_TRI:
		random_choices(q, seed, &answer);
		break;
	case QUESTION_LIST:
		answer.state = ANSWER_BLANK;
		break;
	}
	return answer;
}

void
mini_answers(const struct definition *d, unsigned *seed, struct answers *out)
{
	out->confirmations = 0;
	for (size_t i = 0; i < d->questions; i++) {
		const struct question *q = &d->question[i];
		unsigned dice = random_below(seed, 5);
		out->answer[i] = (struct answer){.state = ANSWER_BLANK};
		if (dice > 1)
			out->answer[i] = random_value(q, seed);
		else if (dice == 1 && q->admits_dk && q->type != QUESTION_LIST)
			out->answer[i].state = ANSWER_DONT_KNOW;
	}
	for (size_t i = 0; i < d->checks; i++) {
		if (random_below(seed, 6) == 0)
			out->confirmed[out->confirmations++] =
			    (struct confirmation){(int16_t)i, random_text(seed)};
	}
	out->seconds = random_below(seed, 3) ? (int32_t)random_below(seed, 5000) + 1 : -1;
}

bool
mini_found(const struct definition *d, const struct findings *findings, const char *question,
    const char *check)
{
	int wanted = question ? (int)mini_question(d, question) : -1;
	for (size_t i = 0; i < findings->n; i++) {
		const struct finding *f = &findings->finding[i];
		if (f->question == wanted && f->check == mini_check(d, check))
			return true;
	}
	return false;
}
