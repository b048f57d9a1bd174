/* SPDX-License-Identifier: Apache-2.0 */
/* Evaluating a whole survey over one set of facts: which questions are asked, what of their answers
 * counts, then scores and indicators in the definition's order. What a rule means is in rule.c. */
#include "survey/rule.h"

#include <string.h>

#include "survey/rule_tree.h"

static const struct answers no_answers = {.seconds = -1};

static bool
misses_answer(const struct term *t, size_t n, const struct evaluation *e)
{
	for (size_t i = 0; i < n; i++) {
		bool missing = t[i].kind == TERM_QUESTION && e->seen[t[i].index] == TRUTH_UNKNOWN;
		if (missing || (t[i].kind == TERM_ABS && misses_answer(t[i].part, t[i].parts, e)))
			return true;
	}
	return false;
}

/* Of a rule that is unknown: does a missing or don't-know answer have a part in that? */
static bool
hangs_on_answer(const struct rule *r, const struct evaluation *e)
{
	if (!(r->reads & RULE_READS_ANSWERS))
		return false;
	if (r->op == RULE_COMPARE)
		return misses_answer(r->term, r->terms, e);
	for (size_t i = 0; i < r->parts; i++)
		if (rule_evaluate(&r->part[i], e) == TRUTH_UNKNOWN &&
		    hangs_on_answer(&r->part[i], e))
			return true;
	return r->parts == 0;
}

/* Not applicable as relevance is as good as false: the question hangs on one that is not asked. */
static enum truth
relevance_of(const struct rule *r, const struct evaluation *e)
{
	enum truth t = r ? rule_evaluate(r, e) : TRUTH_TRUE;
	return t == TRUTH_NA ? TRUTH_FALSE : t;
}

static void
set_relevance(struct evaluation *e, size_t question, enum truth relevance, bool hidden)
{
	bool present = !hidden && e->facts.answers->answer[question].state == ANSWER_VALUE;
	e->relevance[question] = (uint8_t)relevance;
	e->hidden[question] = hidden;
	e->seen[question] = relevance == TRUTH_FALSE ? TRUTH_NA
			    : present                ? TRUTH_TRUE
						     : TRUTH_UNKNOWN;
}

static void
find_relevance(struct evaluation *e, size_t question, enum truth section)
{
	const struct question *q = &e->facts.definition->question[question];
	if (q->list >= 0) {
		set_relevance(e, question, (enum truth)e->relevance[q->list], e->hidden[q->list]);
	} else if (!q->relevance || section == TRUTH_FALSE) {
		set_relevance(e, question, section, false);
	} else {
		enum truth own = relevance_of(q->relevance, e);
		bool hidden = own == TRUTH_UNKNOWN && hangs_on_answer(q->relevance, e);
		set_relevance(e, question, own == TRUTH_TRUE ? section : own, hidden);
	}
}

static void
count_score(struct evaluation *e, size_t index)
{
	const struct score *score = &e->facts.definition->score[index];
	unsigned met = 0, open = 0;
	for (size_t i = 0; i < score->items; i++) {
		enum truth t = rule_evaluate(score->item[i], e);
		met += t == TRUTH_TRUE;
		open += t == TRUTH_UNKNOWN;
	}
	e->score_lo[index] = (uint8_t)met;
	e->score_hi[index] = (uint8_t)(met + open);
}

/* The scores that follow an indicator, or -1 for none. Returns after which indicator the next ones
 * come. */
static int
count_scores(struct evaluation *e, int after)
{
	const struct definition *d = e->facts.definition;
	int next = INDICATORS_MAX;
	for (size_t s = 0; s < d->scores; s++) {
		int wanted = d->score[s].after;
		if (wanted == after)
			count_score(e, s);
		else if (wanted > after && wanted < next)
			next = wanted;
	}
	return next;
}

void
evaluate_relevance(const struct facts *facts, struct evaluation *out)
{
	const struct definition *d = facts->definition;
	out->facts = *facts;
	out->facts.answers = facts->answers ? facts->answers : &no_answers;
	for (size_t s = 0; s < d->sections; s++) {
		const struct section *section = &d->section[s];
		enum truth asked = relevance_of(section->relevance, out);
		for (size_t i = 0; i < section->questions; i++)
			find_relevance(out, section->first_question + i, asked);
	}
}

void
evaluate(const struct facts *facts, struct evaluation *out)
{
	const struct definition *d = facts->definition;
	memset(&out->bits, 0, sizeof(out->bits));
	evaluate_relevance(facts, out);
	int next = count_scores(out, -1);
	for (size_t i = 0; i < d->indicators; i++) {
		indicator_bits_set(
		    &out->bits, (unsigned)i, rule_evaluate(d->indicator[i].rule, out));
		if ((int)i == next)
			next = count_scores(out, next);
	}
}
