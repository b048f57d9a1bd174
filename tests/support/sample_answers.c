/* SPDX-License-Identifier: Apache-2.0 */
/* Answers by type of question, not by its code, so that any definition can be answered: an adopter
 * ticks a few choices where a laggard ticks NONE. */
#include <stdlib.h>
#include <string.h>

#include "tests/support/sample.h"

const struct sample_adoption sample_adoption_default = {
    .of_size = {0.55, 0.72, 0.85, 0.93, 0.6}, .in_zone = 0.06};

#define DONT_KNOW_CHANCE 0.015
#define TENTHS_ALL 1000

static const char reason[] = "Đã kiểm tra lại, số liệu đúng";
static const char comment[] = "Đề nghị tỉnh tiếp tục tập huấn, hỗ trợ doanh nghiệp nhỏ";
static const char other_text[] = "Giải pháp tự xây dựng";

/* One unit being answered. */
struct answering {
	const struct definition *d;
	struct sample_random random;
	double adopts; /* chance of each digital practice */
	int64_t employees;
	int64_t tenths_left, list_left; /* shares still to be given out */
	struct validation *v;
};

static double
adoption_of(
    const struct definition *d, const struct sample_adoption *a, const struct register_row *row)
{
	unsigned size = 4;
	for (unsigned i = 0; i < 4; i++)
		if (row->size_mask == 1u << i)
			size = i;
	bool in_zone =
	    row->zone >= 0 && strcmp(d->list[CODES_ZONE].code[row->zone].code, "NONE") != 0;
	return a->of_size[size] + (in_zone ? a->in_zone : 0);
}

static void
answer_multi(struct answering *a, const struct question *q, struct answer *out)
{
	unsigned n = (unsigned)q->choices;
	if (q->none_choice >= 0 && !sample_chance(&a->random, a->adopts)) {
		out->mask = UINT64_C(1) << q->none_choice;
		return;
	}
	for (unsigned ticks = 1 + sample_below(&a->random, 4); ticks > 0 || out->mask == 0;) {
		unsigned i = sample_below(&a->random, n);
		bool rare = (int)i == q->other_choice && !sample_chance(&a->random, 0.1);
		if ((int)i != q->none_choice && !rare)
			out->mask |= UINT64_C(1) << i;
		ticks -= ticks > 0;
	}
	if (q->other_choice >= 0 && out->mask >> q->other_choice & 1)
		out->text = (struct span){other_text, sizeof(other_text) - 1};
}

static int64_t
share(struct answering *a, const struct question *q)
{
	if (q->tenths) {
		int64_t part = sample_below(&a->random, (unsigned)(a->tenths_left / 2 + 1));
		a->tenths_left -= part;
		return part;
	}
	return sample_below(&a->random, 101);
}

/* Parts of a list sum to 100: the last part takes what is left. */
static int64_t
part_of_list(struct answering *a, size_t question)
{
	const struct definition *d = a->d;
	bool last = question + 1 == d->questions ||
		    d->question[question + 1].list != d->question[question].list;
	if (d->question[question - 1].list != d->question[question].list)
		a->list_left = 100;
	int64_t part = last ? a->list_left : sample_below(&a->random, (unsigned)a->list_left + 1);
	a->list_left -= part;
	return part;
}

static int64_t
number(struct answering *a, size_t question, int ref_year)
{
	const struct question *q = &a->d->question[question];
	if (q->list >= 0)
		return part_of_list(a, question);
	if (q->type == QUESTION_PCT)
		return share(a, q);
	if (q->max_is_ref_year)
		return ref_year - (int64_t)sample_below(&a->random, 10);
	if (q->type == QUESTION_MONEY)
		return sample_below(&a->random, 200);
	int64_t most = a->employees < 0 ? 0 : a->employees / 4;
	return q->min + sample_below(&a->random, (unsigned)(most > 20 ? 20 : most) + 1);
}

static void
answer_one(struct answering *a, size_t question, int ref_year)
{
	const struct question *q = &a->d->question[question];
	struct answer *out = &a->v->answers.answer[question];
	out->state = ANSWER_VALUE;
	if (q->admits_dk && q->list < 0 && sample_chance(&a->random, DONT_KNOW_CHANCE)) {
		out->state = ANSWER_DONT_KNOW;
		return;
	}
	switch (q->type) {
	case QUESTION_TEXT:
		out->text = (struct span){comment, sizeof(comment) - 1};
		return;
	case QUESTION_SINGLE:
		out->mask = UINT64_C(1) << sample_below(&a->random, (unsigned)q->choices);
		return;
	case QUESTION_TRI:
		out->mask = sample_chance(&a->random, a->adopts) ? 1 : 2;
		return;
	case QUESTION_MULTI:
		answer_multi(a, q, out);
		return;
	case QUESTION_INT:
	case QUESTION_MONEY:
	case QUESTION_PCT:
		out->number = number(a, question, ref_year);
		return;
	case QUESTION_LIST:
		out->state = ANSWER_BLANK;
		return;
	}
}

/* Asked as far as the answers before it say; a dependent of a don't-know is hidden. Only questions
 * with a rule of their own need a fresh look. */
static bool
is_asked(const struct facts *facts, size_t question, struct evaluation *e)
{
	const struct question *q = &facts->definition->question[question];
	if (question == 0 || q->relevance != NULL)
		evaluate(facts, e);
	return e->relevance[question] == TRUTH_TRUE ||
	       (e->relevance[question] == TRUTH_UNKNOWN && !e->hidden[question]);
}

static void
confirm_what_is_asked_for(const struct facts *facts, struct validation *v)
{
	const struct definition *d = facts->definition;
	if (validate_answers(facts, v) != VALIDATE_UNCONFIRMED)
		return;
	for (size_t i = 0; i < v->findings.n; i++) {
		const struct finding *f = &v->findings.finding[i];
		if (d->check[f->check].hard || f->confirmed)
			continue;
		v->answers.confirmed[v->answers.confirmations++] =
		    (struct confirmation){f->check, {reason, sizeof(reason) - 1}};
	}
}

uint8_t *
sample_answers(const struct definition *d, int ref_year, const struct register_row *row,
    uint64_t seed, const struct sample_adoption *adoption, struct validation *v, size_t *n)
{
	struct answering a = {.d = d,
	    .random = sample_seed(seed ^ 0x5A17, row->tax_code),
	    .employees = row->employees,
	    .tenths_left = TENTHS_ALL,
	    .v = v};
	/* A firm is mostly a leader or mostly a laggard, so that whole conjunctions are met. */
	a.adopts = sample_chance(&a.random, adoption_of(d, adoption, row)) ? 0.985 : 0.25;
	memset(&v->answers, 0, sizeof(v->answers));
	v->answers.seconds = 300 + (int32_t)sample_below(&a.random, 2400);
	struct facts facts = {
	    .definition = d, .row = row, .answers = &v->answers, .ref_year = ref_year};
	for (size_t q = 0; q < d->questions; q++)
		if (is_asked(&facts, q, &v->evaluation) &&
		    (d->question[q].type != QUESTION_TEXT || sample_chance(&a.random, 0.1)))
			answer_one(&a, q, ref_year);
	confirm_what_is_asked_for(&facts, v);
	return answers_encode(d, &v->answers, n);
}
