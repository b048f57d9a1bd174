/* SPDX-License-Identifier: Apache-2.0 */
/* Making a plan: its rules are walked twice, first for the looks, so that their number is known,
 * then for the steps, whose places follow. */
#include "survey/rule_plan_parts.h"

#include <assert.h>
#include <string.h>

#include "survey/loader.h"

struct making {
	const struct definition *d;
	struct rule_plan *plan;
	struct choice_look *choice;
	struct range_look *range;
	const struct rule **other;
	struct step *step;
	struct odd_step *odd;
	uint16_t *part;
	struct guarded_rule *guarded;
	size_t odds, parts;
};

static bool
is_choice(const struct rule *r)
{
	return r->op == RULE_ANY || r->op == RULE_TICKED;
}

static bool
is_range(const struct rule *r)
{
	return r->op == RULE_COMPARE && r->is_range;
}

/* Of scores and indicators, which are known only on the way. */
static bool
is_step(const struct rule *r)
{
	return r->parts > 0 || r->op == RULE_INDICATOR || r->op == RULE_SCORE;
}

/* The place of the look that a rule is; its number among those of its kind where there is none like
 * it yet. */
static size_t
choice_like(const struct making *m, const struct rule *r)
{
	size_t i = 0;
	while (i < m->plan->choices &&
	       (m->choice[i].question != (size_t)r->index || m->choice[i].mask != r->mask ||
		   m->choice[i].other != r->other))
		i++;
	return i;
}

static size_t
range_like(const struct making *m, const struct rule *r)
{
	size_t i = 0;
	while (i < m->plan->ranges && (m->range[i].question != (size_t)r->index ||
					  m->range[i].least != r->k || m->range[i].most != r->most))
		i++;
	return i;
}

static bool
are_same_terms(const struct term *a, const struct term *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (a[i].kind != b[i].kind || a[i].index != b[i].index ||
		    a[i].value != b[i].value || a[i].times != b[i].times ||
		    a[i].parts != b[i].parts || !are_same_terms(a[i].part, b[i].part, a[i].parts))
			return false;
	return true;
}

static bool
are_same_looks(const struct rule *a, const struct rule *b)
{
	if (a->op != b->op || a->relation != b->relation || a->value != b->value ||
	    a->index != b->index || a->k != b->k || a->mask != b->mask || a->other != b->other)
		return false;
	if (a->op == RULE_COMPARE)
		return a->left == b->left && a->terms == b->terms &&
		       are_same_terms(a->term, b->term, a->terms);
	return a->op != RULE_CODE || memcmp(a->codes, b->codes, CODES_MAX / 8) == 0;
}

static size_t
other_like(const struct making *m, const struct rule *r)
{
	size_t i = 0;
	while (i < m->plan->others && !are_same_looks(m->other[i], r))
		i++;
	return i;
}

static void
list_looks(struct making *m, const struct rule *r)
{
	struct rule_plan *plan = m->plan;
	for (size_t i = 0; i < r->parts; i++)
		list_looks(m, &r->part[i]);
	if (is_step(r))
		return;
	size_t question = (size_t)r->index;
	if (is_choice(r)) {
		size_t at = choice_like(m, r);
		m->choice[at] = (struct choice_look){r->mask, r->other, question};
		plan->choices += at == plan->choices;
	} else if (is_range(r)) {
		size_t at = range_like(m, r);
		m->range[at] = (struct range_look){r->k, r->most, question, r};
		plan->ranges += at == plan->ranges;
	} else {
		size_t at = other_like(m, r);
		m->other[at] = r;
		plan->others += at == plan->others;
	}
}

static uint16_t
look_of(const struct making *m, const struct rule *r)
{
	const struct rule_plan *plan = m->plan;
	size_t ranges = plan->choices, others = ranges + plan->ranges;
	size_t at = is_choice(r)  ? choice_like(m, r)
		    : is_range(r) ? ranges + range_like(m, r)
				  : others + other_like(m, r);
	return (uint16_t)at;
}

static uint16_t
add_step(struct making *m, unsigned kind, size_t left, size_t right)
{
	struct rule_plan *plan = m->plan;
	size_t first = plan->choices + plan->ranges + plan->others;
	for (size_t i = 0; i < plan->steps; i++)
		if (m->step[i].kind == kind && m->step[i].left == left && m->step[i].right == right)
			return (uint16_t)(first + i);
	m->step[plan->steps] = (struct step){(uint16_t)kind, (uint16_t)left, (uint16_t)right};
	return (uint16_t)(first + plan->steps++);
}

static uint16_t
add_odd_step(struct making *m, struct odd_step odd, const uint16_t *part, size_t n)
{
	odd.first = (uint16_t)m->parts;
	odd.parts = (uint16_t)n;
	for (size_t i = 0; i < n; i++)
		m->part[m->parts++] = part[i];
	m->odd[m->odds] = odd;
	return add_step(m, JOINTS, m->odds++, 0);
}

static uint16_t lay_out(struct making *m, const struct rule *r);

static uint16_t
lay_out_joint(struct making *m, const struct rule *r)
{
	enum joint kind = r->op == RULE_AND ? JOINT_AND : JOINT_OR;
	uint16_t at = lay_out(m, &r->part[0]);
	for (size_t i = 1; i < r->parts; i++)
		at = add_step(m, kind, at, lay_out(m, &r->part[i]));
	return at;
}

static uint16_t
lay_out_odd(struct making *m, const struct rule *r)
{
	uint16_t part[RULE_PARTS_MAX];
	for (size_t i = 0; i < r->parts; i++)
		part[i] = lay_out(m, &r->part[i]);
	return add_odd_step(m, (struct odd_step){.rule = r}, part, r->parts);
}

/* What is not equal is laid out as what is, and turned. */
static uint16_t
lay_out_range(struct making *m, const struct rule *r)
{
	enum relation relation = r->relation;
	int least = relation == RELATION_LE || relation == RELATION_LT ? 0 : (int)r->k;
	int most = relation == RELATION_GE || relation == RELATION_GT ? INT16_MAX : (int)r->k;
	struct odd_step range = {.rule = r,
	    .least = (int16_t)(least + (relation == RELATION_GT)),
	    .most = (int16_t)(most - (relation == RELATION_LT)),
	    .score = (uint8_t)r->index};
	uint16_t at = add_odd_step(m, range, NULL, 0);
	return relation == RELATION_NE ? add_step(m, JOINT_NOT, at, at) : at;
}

static uint16_t
lay_out(struct making *m, const struct rule *r)
{
	if (r->op == RULE_INDICATOR)
		return m->plan->indicator[r->index];
	if (!is_step(r))
		return look_of(m, r);
	if (r->op == RULE_AND || r->op == RULE_OR)
		return lay_out_joint(m, r);
	if (r->op == RULE_SCORE)
		return lay_out_range(m, r);
	if (r->op != RULE_NOT)
		return lay_out_odd(m, r);
	uint16_t at = lay_out(m, &r->part[0]);
	return add_step(m, JOINT_NOT, at, at);
}

static void
lay_out_score(struct making *m, size_t index)
{
	const struct score *score = &m->d->score[index];
	uint16_t part[SCORE_ITEMS_MAX];
	for (size_t i = 0; i < score->items; i++)
		part[i] = lay_out(m, score->item[i]);
	add_odd_step(m, (struct odd_step){.score = (uint8_t)index}, part, score->items);
}

static void
lay_out_scores(struct making *m, int after)
{
	for (size_t i = 0; i < m->d->scores; i++)
		if (m->d->score[i].after == after)
			lay_out_score(m, i);
}

/* Whether a rule is false for want of choices of one question: it looks at them itself, or a part
 * of an and does. */
static bool
find_guard(const struct rule *r, struct guarded_rule *out)
{
	if (is_choice(r)) {
		out->question = r->index;
		out->mask = r->mask | r->other;
		return true;
	}
	for (size_t i = 0; r->op == RULE_AND && i < r->parts; i++)
		if (find_guard(&r->part[i], out))
			return true;
	return false;
}

static void
add_check(struct making *m, size_t index)
{
	const struct rule *r = m->d->check[index].rule;
	size_t parts = r->op == RULE_OR ? r->parts : 1;
	for (size_t i = 0; i < parts; i++) {
		struct guarded_rule *guarded = &m->guarded[m->plan->guardeds++];
		*guarded = (struct guarded_rule){.rule = r->op == RULE_OR ? &r->part[i] : r,
		    .question = -1,
		    .check = (uint8_t)index,
		    .is_last = i + 1 == parts};
		find_guard(guarded->rule, guarded);
	}
}

static void
list_all(struct making *m)
{
	const struct definition *d = m->d;
	for (size_t i = 0; i < d->scores; i++)
		for (size_t k = 0; k < d->score[i].items; k++)
			list_looks(m, d->score[i].item[k]);
	for (size_t i = 0; i < d->indicators; i++)
		list_looks(m, d->indicator[i].rule);
}

static void
lay_out_all(struct making *m)
{
	const struct definition *d = m->d;
	lay_out_scores(m, -1);
	for (size_t i = 0; i < d->indicators; i++) {
		m->plan->indicator[i] = lay_out(m, d->indicator[i].rule);
		lay_out_scores(m, (int)i);
	}
	for (size_t i = 0; i < d->checks; i++)
		if (d->check[i].stage == CHECK_SUBMISSION)
			add_check(m, i);
}

const struct rule_plan *
rule_plan_make(struct loader *l)
{
	/* each is one look and part at most, and but for a score that is unequal one step */
	size_t nodes = 2 * l->rule_nodes + SCORES_MAX;
	struct making m = {.d = l->d,
	    .plan = loader_alloc(l, 1, sizeof(*m.plan)),
	    .choice = loader_alloc(l, nodes, sizeof(*m.choice)),
	    .range = loader_alloc(l, nodes, sizeof(*m.range)),
	    .other = loader_alloc(l, nodes, sizeof(const struct rule *)),
	    .step = loader_alloc(l, nodes, sizeof(*m.step)),
	    .odd = loader_alloc(l, nodes, sizeof(*m.odd)),
	    .part = loader_alloc(l, nodes, sizeof(*m.part)),
	    .guarded = loader_alloc(l, nodes, sizeof(*m.guarded))};
	if (l->out_of_memory)
		return NULL;
	list_all(&m);
	lay_out_all(&m);
	assert(m.plan->choices + m.plan->ranges + m.plan->others + m.plan->steps <= VALUES_MAX);
	m.plan->choice = m.choice;
	m.plan->range = m.range;
	m.plan->other = m.other;
	m.plan->step = m.step;
	m.plan->odd = m.odd;
	m.plan->part = m.part;
	m.plan->guarded = m.guarded;
	return m.plan;
}
