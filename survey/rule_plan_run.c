/* SPDX-License-Identifier: Apache-2.0 */
/* Running a plan: straight loops with few branches, for what is asked differs from unit to unit and
 * a branch that is guessed wrong costs as much as a node. */
#include "survey/rule_plan_parts.h"

#define F SET(TRUTH_FALSE)
#define T SET(TRUTH_TRUE)
#define U SET(TRUTH_UNKNOWN)
#define N SET(TRUTH_NA)
static const uint8_t joined[JOINTS][16] = {
    /*             F  T TF  U UF UT UTF N NF NT NTF NU NUF NUT NUTF */
    [JOINT_AND] = {0, F, T, F, U, F, U, F, N, F, T, F, U, F, U, F},
    [JOINT_OR] = {0, F, T, T, U, U, T, T, N, F, T, T, U, U, T, T},
    [JOINT_NOT] = {[F] = T, [T] = F, [U] = U, [N] = N},
};
#undef F
#undef T
#undef U
#undef N

static uint8_t *
look_at_choices(const struct rule_plan *plan, const struct evaluation *e, uint8_t *value)
{
	const struct answer *answer = e->facts.answers->answer;
	const struct choice_look *end = plan->choice + plan->choices;
	for (const struct choice_look *look = plan->choice; look < end; look++) {
		unsigned seen = e->seen[look->question];
		uint64_t mask = answer[look->question].mask;
		unsigned found = mask & look->other ? SET(TRUTH_UNKNOWN) : SET(TRUTH_FALSE);
		found = mask & look->mask ? SET(TRUTH_TRUE) : found;
		*value++ = (uint8_t)(seen == TRUTH_TRUE ? found : SET(seen));
	}
	return value;
}

static uint8_t *
look_at_ranges(const struct rule_plan *plan, const struct evaluation *e, uint8_t *value)
{
	const struct answer *answer = e->facts.answers->answer;
	const struct range_look *end = plan->range + plan->ranges;
	for (const struct range_look *look = plan->range; look < end; look++) {
		unsigned found = e->seen[look->question];
		int64_t number = answer[look->question].number;
		if (found == TRUTH_TRUE)
			found = number >= look->least && number <= look->most;
		else if (found == TRUTH_UNKNOWN)
			found = rule_evaluate(look->rule, e);
		*value++ = (uint8_t)SET(found);
	}
	return value;
}

static uint8_t *
look_at_others(const struct rule_plan *plan, const struct evaluation *e, uint8_t *value)
{
	const struct rule *const *end = plan->other + plan->others;
	for (const struct rule *const *look = plan->other; look < end; look++)
		*value++ = (uint8_t)SET(rule_evaluate(*look, e));
	return value;
}

/* Parts that are true, that are unknown, and all that they are. */
struct tally {
	unsigned met, open, all;
};

static struct tally
tally_of(const uint16_t *part, size_t n, const uint8_t *value)
{
	/* by a set of one: true ones are counted below, unknown ones above the middle */
	static const uint32_t one[] = {
	    [SET(TRUTH_TRUE)] = 1, [SET(TRUTH_UNKNOWN)] = 1 << 16, [SET(TRUTH_NA)] = 0};
	uint32_t sum = 0;
	unsigned all = 0;
	for (size_t i = 0; i < n; i++) {
		sum += one[value[part[i]]];
		all |= value[part[i]];
	}
	return (struct tally){sum & UINT16_MAX, sum >> 16, all};
}

static unsigned
at_least(struct tally tally, int64_t k)
{
	if (tally.all == SET(TRUTH_NA))
		return SET(TRUTH_NA);
	if (tally.met >= k)
		return SET(TRUTH_TRUE);
	return tally.met + tally.open >= k ? SET(TRUTH_UNKNOWN) : SET(TRUTH_FALSE);
}

static unsigned
when(unsigned condition, unsigned value)
{
	if (condition == SET(TRUTH_TRUE))
		return value;
	return condition == SET(TRUTH_UNKNOWN) ? condition : SET(TRUTH_NA);
}

static unsigned
within(const struct odd_step *s, const struct evaluation *e)
{
	int lo = e->score_lo[s->score], hi = e->score_hi[s->score];
	if (lo >= s->least && hi <= s->most)
		return SET(TRUTH_TRUE);
	return hi < s->least || lo > s->most ? SET(TRUTH_FALSE) : SET(TRUTH_UNKNOWN);
}

static unsigned
take_odd_step(
    const struct odd_step *s, const uint16_t *part, const uint8_t *value, struct evaluation *e)
{
	if (s->rule && s->rule->op == RULE_SCORE)
		return within(s, e);
	if (s->rule && s->rule->op == RULE_WHEN)
		return when(value[part[0]], value[part[1]]);
	struct tally tally = tally_of(part, s->parts, value);
	if (s->rule)
		return at_least(tally, s->rule->k);
	e->score_lo[s->score] = (uint8_t)tally.met;
	e->score_hi[s->score] = (uint8_t)(tally.met + tally.open);
	return 0; /* a score has no truth, and is nobody's part */
}

static void
take_steps(const struct rule_plan *plan, struct evaluation *e, const uint8_t *value, uint8_t *next)
{
	const struct step *end = plan->step + plan->steps;
	for (const struct step *s = plan->step; s < end; s++) {
		if (s->kind < JOINTS) {
			*next++ = joined[s->kind][value[s->left] | value[s->right]];
			continue;
		}
		const struct odd_step *odd = &plan->odd[s->left];
		*next++ = (uint8_t)take_odd_step(odd, plan->part + odd->first, value, e);
	}
}

/* Of a set of one. */
static inline unsigned
truth_in(unsigned value)
{
	return (unsigned)__builtin_ctz(value);
}

static bool
is_ruled_out(const struct guarded_rule *g, const struct evaluation *e)
{
	return g->question >= 0 && e->seen[g->question] == TRUTH_TRUE &&
	       !(e->facts.answers->answer[g->question].mask & g->mask);
}

static void
run_checks(const struct rule_plan *plan, struct evaluation *e)
{
	const struct guarded_rule *end = plan->guarded + plan->guardeds;
	unsigned found = 0;
	e->raised_checks = 0;
	for (const struct guarded_rule *g = plan->guarded; g < end; g++) {
		if (!is_ruled_out(g, e))
			found |= SET(rule_evaluate(g->rule, e));
		if (!g->is_last)
			continue;
		if (found & (SET(TRUTH_TRUE) | SET(TRUTH_UNKNOWN)))
			e->raised[e->raised_checks++] = (struct raised_check){
			    g->check, found & SET(TRUTH_TRUE) ? TRUTH_TRUE : TRUTH_UNKNOWN};
		found = 0;
	}
}

/* The truths at so many places, 32 at most, the first in the lowest bits. */
static uint64_t
word_of(const uint16_t *place, size_t n, const uint8_t *value)
{
	uint64_t word = 0;
	while (n-- > 0)
		word = word << 2 | truth_in(value[place[n]]);
	return word;
}

static struct indicator_bits
bits_of(const struct rule_plan *plan, size_t n, const uint8_t *value)
{
	const uint16_t *place = plan->indicator;
	return (struct indicator_bits){{word_of(place, n < 32 ? n : 32, value),
	    word_of(place + 32, n < 32 ? 0 : n - 32, value)}};
}

void
rule_plan_run(const struct rule_plan *plan, struct evaluation *e)
{
	uint8_t value[VALUES_MAX];
	uint8_t *next = look_at_choices(plan, e, value);
	next = look_at_ranges(plan, e, next);
	next = look_at_others(plan, e, next);
	take_steps(plan, e, value, next);
	e->bits = bits_of(plan, e->facts.definition->indicators, value);
	run_checks(plan, e);
}
