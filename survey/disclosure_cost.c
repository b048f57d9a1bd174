/* SPDX-License-Identifier: Apache-2.0 */
/* Which figures an exchange changes, and what it costs. */
#include "survey/disclosure_swap.h"

/* Do the two histories count as different things of what the release tells? */
static bool
differ_in(const struct swaps *s, unsigned release, uint32_t one, uint32_t other)
{
	uint32_t bits = history_of(s->d, one)[release] ^ history_of(s->d, other)[release];
	return (bits & s->traded & s->d->told[release]) != 0;
}

uint64_t
swap_differ_before(const struct swaps *s, uint32_t one, uint32_t other)
{
	uint64_t differ = 0;
	for (unsigned r = 0; r < s->d->rules.earlier; r++)
		if (differ_in(s, r, one, other))
			differ |= UINT64_C(1) << r;
	return differ;
}

/* Where goals are traded in pairs, the mending units may differ in others than A and B do. */
static bool
is_mixed(const struct swaps *s, const struct swap *swap)
{
	return s->row > s->d->goals && swap->group[2] != NO_GROUP;
}

bool
swap_is_told_today(const struct swaps *s, const struct swap *swap)
{
	return is_mixed(s, swap) ||
	       differ_in(s, s->d->rules.earlier, swap_history_brought(s->d, swap),
		   swap_history(s->d, swap->group[1]));
}

bool
swaps_may_trade(const struct swaps *s, uint32_t one, uint32_t other)
{
	for (unsigned r = 0; r < s->d->releases && s->alike != 0; r++)
		if (((history_of(s->d, one)[r] ^ history_of(s->d, other)[r]) & s->alike) != 0)
			return false;
	return true;
}

struct walk
swap_walk(const struct disclosure *d, const struct swap *swap)
{
	struct walk w = {.paired = swap->paired, .crossed = swap->crossed};
	for (unsigned i = 0; i < 4; i++)
		w.of[i] = bits_of(d,
		    swap->group[i] == NO_GROUP ? d->places.count : d->group[swap->group[i]].place);
	return w;
}

/* The cells in which A and C are not as many as B and D: sums of two bits each, digit by digit. */
static uint64_t
unbalanced(const struct walk *w, size_t word)
{
	uint64_t a = w->of[0][word], b = w->of[1][word], c = w->of[2][word], d = w->of[3][word];
	return (a ^ c ^ b ^ d) | ((a & c) ^ (b & d));
}

uint64_t
swap_changed(const struct disclosure *d, const struct walk *w, size_t word)
{
	uint64_t cells = unbalanced(w, word);
	uint64_t pairs = (w->of[0][word] ^ w->of[1][word]) | (w->of[2][word] ^ w->of[3][word]);
	uint64_t cross = (w->of[0][word] ^ w->of[3][word]) | (w->of[2][word] ^ w->of[1][word]);
	for (unsigned goal = 1; (w->paired | w->crossed) >> goal != 0; goal++) {
		uint64_t telling = cells_telling(d, goal)[word];
		if ((w->paired >> goal & 1) != 0)
			cells |= telling & pairs;
		if ((w->crossed >> goal & 1) != 0)
			cells |= telling & cross;
	}
	return cells;
}

/* Cells that may not change between histories that differ so. */
static uint64_t
never_in(const struct swaps *s, size_t word, uint64_t before, bool today)
{
	uint64_t cells = s->in.bond[word];
	if (today)
		cells |= s->in.fixed[word];
	for (unsigned r = 0; before >> r != 0 && !s->set.alone; r++)
		if ((before >> r & 1) != 0)
			cells |= s->in.shown[r * s->d->words + word];
	return cells;
}

static bool
is_alike_in_bonds(const struct swaps *s, const struct walk *w, unsigned one, unsigned other)
{
	uint64_t apart = 0;
	for (size_t i = 0; i < s->d->words; i++)
		apart |= (w->of[one][i] ^ w->of[other][i]) & s->in.bond[i];
	return apart == 0;
}

/* The other families know how many counted as what of those who stand alike in the cells they
 * share. */
static bool
is_unseen_by_others(const struct swaps *s, const struct walk *w)
{
	if (s->set.families == ALL_FAMILIES)
		return true;
	return (is_alike_in_bonds(s, w, 0, 1) && is_alike_in_bonds(s, w, 2, 3)) ||
	       (is_alike_in_bonds(s, w, 0, 3) && is_alike_in_bonds(s, w, 1, 2));
}

uint32_t
swap_walk_cost(
    const struct swaps *s, const struct walk *w, uint64_t before, bool today, uint32_t limit)
{
	uint32_t cost = 0;
	for (size_t i = 0; i < s->d->words; i++) {
		uint64_t cells = swap_changed(s->d, w, i) & s->in.looked[i];
		if (cells == 0)
			continue;
		if ((cells & never_in(s, i, before, today)) != 0)
			return NEVER;
		cells &= today ? s->in.paid[i] & ~s->in.touched[i] : 0;
		for (; cells != 0; cells &= cells - 1)
			cost += s->weight[64 * i + (size_t)__builtin_ctzll(cells)];
		if (cost >= limit)
			return NEVER;
	}
	return cost < limit && is_unseen_by_others(s, w) ? cost : NEVER;
}

/* Do the mending units bring just what A and B do for the goal? */
static bool
is_of_same_kind(const struct disclosure *d, const struct swap *swap, unsigned row)
{
	return kind_of(d, row, swap_history(d, swap->group[2])) ==
		   kind_of(d, row, swap_history(d, swap->group[0])) &&
	       kind_of(d, row, swap_history(d, swap->group[3])) ==
		   kind_of(d, row, swap_history(d, swap->group[1]));
}

static void
pair_goals(const struct swaps *s, struct swap *swap, uint64_t before)
{
	struct walk w = swap_walk(s->d, swap);
	uint32_t of_b = bits_now(s->d, swap_history(s->d, swap->group[1]));
	uint32_t of_d = bits_now(s->d, swap_history(s->d, swap->group[3]));
	bool is_same = ((of_b ^ of_d) & s->set.bit) == 0;
	swap->paired = swap->crossed = 0;
	for (unsigned goal = 1; goal <= s->d->goals; goal++) {
		uint32_t bit = UINT32_C(1) << goal;
		if (is_of_same_kind(s->d, swap, goal))
			continue;
		w.paired = bit;
		w.crossed = 0;
		uint32_t one = swap_walk_cost(s, &w, before, true, NEVER);
		w.paired = 0;
		w.crossed = bit;
		bool may_cross = is_same || (bits_of_goal(s->d, goal) & s->set.bit) == 0;
		if (may_cross && one > 0 && swap_walk_cost(s, &w, before, true, NEVER) < one)
			swap->crossed |= bit;
		else
			swap->paired |= bit;
	}
}

uint32_t
swap_cost(struct swaps *s, struct swap *swap, uint32_t limit)
{
	const struct disclosure *d = s->d;
	uint32_t a = swap_history_brought(d, swap), b = swap_history(d, swap->group[1]);
	uint64_t before = swap_differ_before(s, a, b);
	bool today = swap_is_told_today(s, swap);
	swaps_spend(s);
	if (is_mixed(s, swap)) {
		before |= swap_differ_before(s, a, swap_history(d, swap->group[2])) |
			  swap_differ_before(s, b, swap_history(d, swap->group[3]));
		pair_goals(s, swap, before);
	}
	if (before == 0 && !today) /* no figure changes */
		return limit > 0 ? 0 : NEVER;
	struct walk w = swap_walk(d, swap);
	return swap_walk_cost(s, &w, before, today, limit);
}
