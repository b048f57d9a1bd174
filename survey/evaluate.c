/* SPDX-License-Identifier: Apache-2.0 */
/* Evaluating a whole survey over one set of facts: which questions are asked, what of their answers
 * counts, then scores, indicators and checks (rule_plan.c). What a rule means is in rule.c. */
#include "survey/rule.h"

#include <string.h>

#include "survey/rule_plan.h"
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
	enum truth t = rule_evaluate(r, e);
	return t == TRUTH_NA ? TRUTH_FALSE : t;
}

/* All questions as if they were always asked: most of them are. */
static void
ask_all(struct evaluation *e, size_t questions)
{
	const struct answer *answer = e->facts.answers->answer;
	memset(e->relevance, TRUTH_TRUE, questions);
	memset(e->hidden, false, questions);
	e->strays = false;
	for (size_t i = 0; i < questions; i++)
		e->seen[i] = answer[i].state == ANSWER_VALUE ? TRUTH_TRUE : TRUTH_UNKNOWN;
}

static inline void
set_relevance(struct evaluation *e, size_t question, enum truth relevance, bool hidden)
{
	enum answer_state state = e->facts.answers->answer[question].state;
	enum truth seen = state == ANSWER_VALUE && !hidden ? TRUTH_TRUE : TRUTH_UNKNOWN;
	e->relevance[question] = (uint8_t)relevance;
	e->hidden[question] = hidden;
	e->seen[question] = (uint8_t)(relevance == TRUTH_FALSE ? TRUTH_NA : seen);
	e->strays |= state != ANSWER_BLANK && relevance != TRUTH_TRUE;
}

static void
find_section(struct evaluation *e, const struct section *section)
{
	enum truth asked = relevance_of(section->relevance, e);
	if (asked == TRUTH_TRUE)
		return;
	for (size_t i = 0; i < section->questions; i++)
		set_relevance(e, section->first_question + i, asked, false);
}

/* Of a question with a rule of its own, or of a part of a list; its section's is set. */
static void
find_relevance(struct evaluation *e, size_t question)
{
	const struct question *q = &e->facts.definition->question[question];
	enum truth section = (enum truth)e->relevance[question];
	if (q->list >= 0) {
		set_relevance(e, question, (enum truth)e->relevance[q->list], e->hidden[q->list]);
	} else if (section != TRUTH_FALSE) {
		enum truth own = relevance_of(q->relevance, e);
		bool hidden = own == TRUTH_UNKNOWN && hangs_on_answer(q->relevance, e);
		set_relevance(e, question, own == TRUTH_TRUE ? section : own, hidden);
	}
}

void
evaluate_relevance(const struct facts *facts, struct evaluation *out)
{
	const struct definition *d = facts->definition;
	out->facts = *facts;
	out->facts.answers = facts->answers ? facts->answers : &no_answers;
	ask_all(out, d->questions);
	for (size_t i = 0; i < d->sections; i++)
		if (d->section[i].relevance)
			find_section(out, &d->section[i]);
	for (size_t i = 0; i < d->conditionals; i++)
		find_relevance(out, d->conditional[i]);
}

void
evaluate(const struct facts *facts, struct evaluation *out)
{
	evaluate_relevance(facts, out);
	rule_plan_run(facts->definition->plan, out);
}
