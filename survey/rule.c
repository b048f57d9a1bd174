/* SPDX-License-Identifier: Apache-2.0 */
/* What each operator of a rule means. One walk over the compiled tree; nothing is allocated and no
 * code is compared, but for an indicator of an earlier round that used another definition.
 * Comparisons are made between intervals: what is known is a point, what is missing is its declared
 * range, and a comparison is known when both ends agree. evaluate.c says in which order a survey's
 * rules are evaluated; most of them not by this walk but by a plan (rule_plan.h). */
#include "survey/rule.h"

#include <assert.h>
#include <string.h>

#include "survey/rule_tree.h"
#include "survey/taxcode.h"

struct interval {
	int64_t lo, hi;
};

typedef enum truth operator(const struct rule *r, const struct evaluation *e);

static operator* const operators[RULE_OPS];

/* RULE_ANY and RULE_TICKED: of the latter `other` is empty. */
static inline enum truth
chosen(const struct rule *r, const struct evaluation *e)
{
	enum truth seen = (enum truth)e->seen[r->index];
	if (seen != TRUTH_TRUE)
		return seen;
	uint64_t mask = e->facts.answers->answer[r->index].mask;
	if (mask & r->mask)
		return TRUTH_TRUE;
	return mask & r->other ? TRUTH_UNKNOWN : TRUTH_FALSE;
}

/* Half of all nodes are the first two: in line they cost little more than the look at them. */
static inline enum truth
value_of(const struct rule *r, const struct evaluation *e)
{
	if (r->op == RULE_ANY || r->op == RULE_TICKED)
		return chosen(r, e);
	return operators[r->op](r, e);
}

static enum truth
conjunction(const struct rule *r, const struct evaluation *e)
{
	bool unknown = false, kept = false;
	for (size_t i = 0; i < r->parts; i++) {
		enum truth t = value_of(&r->part[i], e);
		if (t == TRUTH_FALSE)
			return TRUTH_FALSE;
		unknown |= t == TRUTH_UNKNOWN;
		kept |= t != TRUTH_NA;
	}
	return unknown ? TRUTH_UNKNOWN : kept ? TRUTH_TRUE : TRUTH_NA;
}

static enum truth
disjunction(const struct rule *r, const struct evaluation *e)
{
	bool unknown = false, kept = false;
	for (size_t i = 0; i < r->parts; i++) {
		enum truth t = value_of(&r->part[i], e);
		if (t == TRUTH_TRUE)
			return TRUTH_TRUE;
		unknown |= t == TRUTH_UNKNOWN;
		kept |= t != TRUTH_NA;
	}
	return unknown ? TRUTH_UNKNOWN : kept ? TRUTH_FALSE : TRUTH_NA;
}

static enum truth
negation(const struct rule *r, const struct evaluation *e)
{
	enum truth t = value_of(&r->part[0], e);
	return t == TRUTH_TRUE ? TRUTH_FALSE : t == TRUTH_FALSE ? TRUTH_TRUE : t;
}

static enum truth
at_least(const struct rule *r, const struct evaluation *e)
{
	int64_t met = 0, unknown = 0;
	bool kept = false;
	for (size_t i = 0; i < r->parts; i++) {
		enum truth t = value_of(&r->part[i], e);
		met += t == TRUTH_TRUE;
		unknown += t == TRUTH_UNKNOWN;
		kept |= t != TRUTH_NA;
	}
	if (!kept)
		return TRUTH_NA;
	if (met >= r->k)
		return TRUTH_TRUE;
	return met + unknown >= r->k ? TRUTH_UNKNOWN : TRUTH_FALSE;
}

static enum truth
when(const struct rule *r, const struct evaluation *e)
{
	enum truth condition = value_of(&r->part[0], e);
	if (condition == TRUTH_TRUE)
		return value_of(&r->part[1], e);
	return condition == TRUTH_UNKNOWN ? TRUTH_UNKNOWN : TRUTH_NA;
}

static enum truth
opposite_ends(bool always, bool never)
{
	return always ? TRUTH_TRUE : never ? TRUTH_FALSE : TRUTH_UNKNOWN;
}

/* An interval against a number. */
static enum truth
relate(struct interval a, enum relation relation, int64_t b)
{
	switch (relation) {
	case RELATION_GE:
		return opposite_ends(a.lo >= b, a.hi < b);
	case RELATION_GT:
		return opposite_ends(a.lo > b, a.hi <= b);
	case RELATION_LE:
		return opposite_ends(a.hi <= b, a.lo > b);
	case RELATION_LT:
		return opposite_ends(a.hi < b, a.lo >= b);
	case RELATION_EQ:
		return opposite_ends(a.lo == b && a.hi == b, a.lo > b || a.hi < b);
	case RELATION_NE:
		return opposite_ends(a.lo > b || a.hi < b, a.lo == b && a.hi == b);
	case RELATIONS:
		break;
	}
	return TRUTH_UNKNOWN;
}

static enum truth
count(const struct rule *r, const struct evaluation *e)
{
	enum truth seen = (enum truth)e->seen[r->index];
	if (seen != TRUTH_TRUE)
		return seen;
	uint64_t mask = e->facts.answers->answer[r->index].mask;
	int64_t n = __builtin_popcountll(mask & r->mask);
	return relate((struct interval){n, n + ((mask & r->other) != 0)}, r->relation, r->k);
}

static int64_t
cut(int64_t number)
{
	if (number > RULE_NUMBER_MAX)
		return RULE_NUMBER_MAX;
	return number < -RULE_NUMBER_MAX ? -RULE_NUMBER_MAX : number;
}

static struct interval
register_number(const struct register_row *row, enum register_column column)
{
	int64_t number = rule_row_number(row, column);
	if (number != UNKNOWN_NUMBER)
		return (struct interval){cut(number), cut(number)};
	if (column == REGISTER_START_YEAR)
		return (struct interval){1900, 2100};
	bool money = column == REGISTER_REVENUE_MVND || column == REGISTER_CAPITAL_MVND;
	return (struct interval){0, money ? MONEY_MAX : 200000};
}

static inline struct interval
question_number(const struct evaluation *e, int question)
{
	const struct question *q = &e->facts.definition->question[question];
	enum truth seen = (enum truth)e->seen[question];
	if (seen == TRUTH_NA)
		return (struct interval){0, 0};
	if (seen == TRUTH_UNKNOWN)
		return (struct interval){q->min, q->max_is_ref_year ? e->facts.ref_year : q->max};
	int64_t number = cut(e->facts.answers->answer[question].number);
	return (struct interval){number, number};
}

static struct interval
seconds(const struct evaluation *e)
{
	int64_t taken = e->facts.answers->seconds;
	return taken < 0 ? (struct interval){0, INT32_MAX} : (struct interval){taken, taken};
}

static struct interval absolute(const struct term *t, const struct evaluation *e);

static inline struct interval
term_value(const struct term *t, const struct evaluation *e)
{
	if (t->kind == TERM_QUESTION) /* nearly all are of the first two kinds */
		return question_number(e, t->index);
	if (t->kind == TERM_CONST)
		return (struct interval){t->value, t->value};
	if (t->kind == TERM_REGISTER)
		return register_number(e->facts.row, (enum register_column)t->index);
	if (t->kind == TERM_REF_YEAR)
		return (struct interval){e->facts.ref_year, e->facts.ref_year};
	return t->kind == TERM_SECONDS ? seconds(e) : absolute(t, e);
}

/* No overflow: rule_terms.c refuses sums that could. */
static inline struct interval
plus(struct interval a, int64_t times, struct interval b)
{
	int64_t lo = times * b.lo, hi = times * b.hi;
	return times < 0 ? (struct interval){a.lo + hi, a.hi + lo}
			 : (struct interval){a.lo + lo, a.hi + hi};
}

static struct interval
absolute(const struct term *t, const struct evaluation *e)
{
	struct interval a = {0, 0};
	for (size_t i = 0; i < t->parts; i++)
		a = plus(a, t->part[i].times, term_value(&t->part[i], e));
	if (a.lo >= 0)
		return a;
	if (a.hi <= 0)
		return (struct interval){-a.hi, -a.lo};
	return (struct interval){0, -a.lo > a.hi ? -a.lo : a.hi};
}

/* Whether no question in a sum is applicable. */
static bool
none_applies(const struct term *t, size_t n, const struct evaluation *e)
{
	for (size_t i = 0; i < n; i++) {
		bool applies = t[i].kind == TERM_QUESTION && e->seen[t[i].index] != TRUTH_NA;
		if (applies || (t[i].kind == TERM_ABS && !none_applies(t[i].part, t[i].parts, e)))
			return false;
	}
	return true;
}

/* The left sum less the right one, against 0. Only where a question is named may it be NA. */
static enum truth
compare(const struct rule *r, const struct evaluation *e)
{
	if (r->may_be_na && none_applies(r->term, r->terms, e))
		return TRUTH_NA;
	struct interval less = {0, 0};
	for (size_t i = 0; i < r->terms; i++) {
		const struct term *t = &r->term[i];
		less = plus(less, i < r->left ? t->times : -t->times, term_value(t, e));
	}
	return relate(less, r->relation, 0);
}

static enum truth
state(const struct rule *r, const struct evaluation *e)
{
	if (e->relevance[r->index] == TRUTH_FALSE)
		return truth_of((r->mask & RULE_STATE_NA) != 0);
	enum answer_state found =
	    e->hidden[r->index] ? ANSWER_BLANK : e->facts.answers->answer[r->index].state;
	return truth_of(r->mask >> found & 1);
}

static int
row_code(const struct register_row *row, enum code_list_id list)
{
	switch (list) {
	case CODES_UNIT_TYPE:
		return row->unit_type;
	case CODES_COMMUNE:
		return row->commune;
	case CODES_ZONE:
	case CODES_ZONE_TYPE:
		return row->zone;
	case CODES_SECTION:
		return row->section;
	case CODES_LEGAL_FORM:
		return row->legal_form;
	case CODES_STATUS:
		return row->status;
	case CODES_SIZE:
	case CODE_LISTS:
		break;
	}
	return UNKNOWN_CODE;
}

static enum truth
code(const struct rule *r, const struct evaluation *e)
{
	int found = row_code(e->facts.row, (enum code_list_id)r->index);
	return found < 0 ? TRUTH_UNKNOWN : truth_of(code_set_has(r->codes, found));
}

static enum truth
size(const struct rule *r, const struct evaluation *e)
{
	uint64_t possible = e->facts.row->size_mask;
	return opposite_ends(possible && !(possible & ~r->mask), possible && !(possible & r->mask));
}

static enum truth
earlier(const struct rule *r, const struct evaluation *e)
{
	const struct definition *now = e->facts.definition, *then = e->facts.earlier_definition;
	if (!e->facts.earlier)
		return TRUTH_UNKNOWN;
	int index = r->index;
	const char *wanted = now->indicator[index].code;
	bool same =
	    !then || then == now ||
	    ((size_t)index < then->indicators && strcmp(then->indicator[index].code, wanted) == 0);
	if (!same)
		index = definition_find_indicator(then, wanted);
	return index < 0 ? TRUTH_UNKNOWN : indicator_bits_get(e->facts.earlier, (unsigned)index);
}

static enum truth
constant(const struct rule *r, const struct evaluation *e)
{
	(void)e;
	return (enum truth)r->value;
}

static enum truth
dependent(const struct rule *r, const struct evaluation *e)
{
	(void)r;
	return truth_of(taxcode_is_dependent(e->facts.row->tax_code));
}

static enum truth
supporting(const struct rule *r, const struct evaluation *e)
{
	(void)r;
	int8_t known = e->facts.row->supporting_industry;
	return known < 0 ? TRUTH_UNKNOWN : truth_of(known);
}

static enum truth
indicator(const struct rule *r, const struct evaluation *e)
{
	return indicator_bits_get(&e->bits, (unsigned)r->index);
}

static enum truth
score(const struct rule *r, const struct evaluation *e)
{
	return relate(
	    (struct interval){e->score_lo[r->index], e->score_hi[r->index]}, r->relation, r->k);
}

static operator* const operators[RULE_OPS] = {
    [RULE_CONST] = constant,
    [RULE_AND] = conjunction,
    [RULE_OR] = disjunction,
    [RULE_NOT] = negation,
    [RULE_AT_LEAST] = at_least,
    [RULE_WHEN] = when,
    [RULE_ANY] = chosen,
    [RULE_TICKED] = chosen,
    [RULE_COUNT] = count,
    [RULE_COMPARE] = compare,
    [RULE_STATE] = state,
    [RULE_CODE] = code,
    [RULE_SIZE] = size,
    [RULE_DEPENDENT] = dependent,
    [RULE_SUPPORTING] = supporting,
    [RULE_INDICATOR] = indicator,
    [RULE_EARLIER] = earlier,
    [RULE_SCORE] = score,
};

enum truth
rule_evaluate(const struct rule *rule, const struct evaluation *e)
{
	return value_of(rule, e);
}

enum truth
rule_evaluate_row(const struct rule *rule, const struct definition *d,
    const struct register_row *row, int ref_year)
{
	struct evaluation e;
	assert(rule->reads == 0);
	e.facts = (struct facts){.definition = d, .row = row, .ref_year = ref_year};
	return operators[rule->op](rule, &e);
}
