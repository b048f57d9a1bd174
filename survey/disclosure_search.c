/* SPDX-License-Identifier: Apache-2.0 */
/* Finds exchanges. Digests of published cells only guide the search: swap_cost compares the cells
 * themselves, so that a collision costs time and never safety. */
#include "survey/disclosure_swap.h"

/* How far a search goes; beyond it more is withheld instead, and what it did not find may be. */
#define GROUPS_TRIED 16
#define MENDERS_TRIED 16
#define SECOND_MENDERS_TRIED 8
#define FREE_BUDGET 100000

/* Is it to go no further, having tried as many? */
static bool
is_cut(struct swaps *s, unsigned tried, unsigned most)
{
	if (tried < most || s->thorough)
		return false;
	s->is_cut = true;
	return true;
}

/* Does a published cell tell the places of A and B apart? */
static bool
tells_apart(const struct swaps *s, const struct swap *swap)
{
	struct walk w = swap_walk(s->d, swap);
	return swap_walk_cost(s, &w, 0, true, 1) != 0;
}

/* Plain exchanges of one group with those of one place, which no published cell tells from its own.
 * False: no more of the group is to be had, or wanted. */
static bool
take_at(struct swaps *s, struct side *side, uint32_t a, uint32_t place)
{
	const struct disclosure *d = s->d;
	struct swap swap = {{a, NO_GROUP, NO_GROUP, NO_GROUP}, NO_GROUP, 0, 0};
	bool is_told_apart = true; /* until one is found for whom that matters */
	swaps_spend(s);
	for (uint32_t b = d->group_of_place[place]; b < d->group_of_place[place + 1]; b++) {
		swap.group[1] = b;
		if (!side_takes(side, s, b) || side_left_of(side, s, b) == 0 ||
		    !swaps_may_trade(s, d->group[a].history, d->group[b].history))
			continue;
		if (is_told_apart && tells_apart(s, &swap))
			return true;
		is_told_apart = false;
		if (d->rules.earlier > 0 && swap_cost(s, &swap, 1) != 0)
			continue;
		if (!swaps_take(s, side, &swap) || side_has_enough(side) ||
		    side_left_of_set(side, s, a) == 0 || swaps_is_spent(s))
			return false;
	}
	return true;
}

static void
take_alike(struct swaps *s, struct side *side, uint32_t a)
{
	const struct disclosure *d = s->d;
	uint64_t key = s->key[d->group[a].place];
	for (uint32_t p = swaps_place(s, key); p != NO_CELL && !swaps_is_spent(s);
	     p = s->place_next[p])
		if (s->key[p] == key && !set_has(d, side->set, p) && !take_at(s, side, a, p))
			return;
}

void
swaps_take_free(struct swaps *s, struct side *side)
{
	s->budget = FREE_BUDGET;
	for (size_t i = 0; i < side->members; i++) {
		uint32_t a = side->member[i];
		if (side_has_enough(side) || swaps_is_spent(s))
			return;
		if (side_gives(side, s, a) && side_left_of_set(side, s, a) > 0)
			take_alike(s, side, a);
	}
}

/* The published cell with the fewest places in which the one place is and the other is not. */
static uint32_t
rarest_apart(const struct swaps *s, uint32_t place, uint32_t other)
{
	const struct disclosure *d = s->d;
	const uint32_t *begin = d->of_cell.begin;
	uint32_t rarest = NO_CELL;
	for (uint32_t k = d->place_begin[place]; k < d->place_begin[place + 1]; k++) {
		uint32_t cell = d->place_cell[k];
		if (!swaps_must_keep(s, cell) || place_has(d, other, cell))
			continue;
		if (rarest == NO_CELL ||
		    begin[cell + 1] - begin[cell] < begin[rarest + 1] - begin[rarest])
			rarest = cell;
	}
	return rarest;
}

static bool
may_mend(const struct swaps *s, const struct side *side, const struct swap *swap, uint32_t group,
    uint32_t history)
{
	const struct disclosure *d = s->d;
	const struct group *g = &d->group[group];
	unsigned row = swaps_row_at(s, g->place);
	return kind_of(d, row, g->history) == kind_of(d, row, history) && group != swap->group[0] &&
	       group != swap->group[1] && group != swap->via && side_left_of(side, s, group) > 0 &&
	       !set_has(d, side->set, g->place);
}

/* A mender found by the kinds of a local place has to be more alike, if the other is elsewhere. */
static bool
may_mend_both(const struct swaps *s, const struct swap *swap, unsigned known)
{
	const struct disclosure *d = s->d;
	const struct group *c = &d->group[swap->group[2]], *e = &d->group[swap->group[3]];
	if (swaps_row_at(s, c->place) == swaps_row_at(s, e->place))
		return true;
	uint32_t one = d->group[swap->group[known]].history;
	uint32_t like =
	    known == 2 ? swap_history_brought(d, swap) : swap_history(d, swap->group[1]);
	uint32_t other = known == 2 ? e->history : c->history;
	uint32_t unlike =
	    known == 2 ? swap_history(d, swap->group[1]) : swap_history_brought(d, swap);
	return kind_of(d, s->row, one) == kind_of(d, s->row, like) &&
	       kind_of(d, s->row, other) == kind_of(d, s->row, unlike);
}

struct completion {
	struct swap swap; /* A, B and one mender ... */
	unsigned known;   /* ... in this position: 2: C, 3: D */
	uint64_t key;     /* of the other */
	uint32_t history; /* as what it does */
	struct swap *best;
	uint32_t *best_cost;
};

static void
complete_from(struct swaps *s, const struct side *side, struct completion *c, bool local)
{
	const struct disclosure *d = s->d;
	uint32_t as_known = d->group[c->swap.group[c->known]].history;
	unsigned tried = 0;
	for (uint32_t m = swaps_first(s, c->key, c->history, local);
	     m != NO_GROUP && *c->best_cost > 0 && !is_cut(s, tried, SECOND_MENDERS_TRIED);
	     m = s->next[m]) {
		c->swap.group[c->known == 3 ? 2 : 3] = m;
		if (m == c->swap.group[c->known] || s->key[d->group[m].place] != c->key ||
		    !may_mend(s, side, &c->swap, m, c->history) ||
		    !swaps_may_trade(s, d->group[m].history, as_known) ||
		    !may_mend_both(s, &c->swap, c->known))
			continue;
		tried++;
		uint32_t cost = swap_cost(s, &c->swap, *c->best_cost);
		if (cost < *c->best_cost) {
			*c->best_cost = cost;
			*c->best = c->swap;
		}
	}
}

/* Complete A, B and one mender by the cheapest other one. */
static void
complete(struct swaps *s, const struct side *side, struct swap swap, unsigned known,
    struct swap *best, uint32_t *best_cost)
{
	const struct disclosure *d = s->d;
	uint64_t sum =
	    s->key[d->group[swap.group[1]].place] - s->key[d->group[swap.group[0]].place];
	uint64_t mender = s->key[d->group[swap.group[known]].place];
	struct completion c = {.swap = swap,
	    .known = known,
	    .key = known == 3 ? sum + mender : mender - sum,
	    .history = known == 3 ? swap_history_brought(d, &swap) : swap_history(d, swap.group[1]),
	    .best = best,
	    .best_cost = best_cost};
	complete_from(s, side, &c, false);
	if (s->row == 0 && s->thorough)
		complete_from(s, side, &c, true);
}

/* B stands nowhere, and C there too; D, in A's stead, does what is told of B. */
static void
mend_nowhere(struct swaps *s, const struct side *side, const struct swap *swap, struct swap *best,
    uint32_t *best_cost)
{
	struct swap with = *swap;
	with.group[2] =
	    group_at(s->d, s->d->group[swap->group[1]].place, swap_history_brought(s->d, swap));
	complete(s, side, with, 2, best, best_cost);
}

/* The cheapest second pair for A and B. */
static bool
mend(struct swaps *s, const struct side *side, struct swap *swap)
{
	const struct disclosure *d = s->d;
	uint32_t a = d->group[swap->group[0]].place, b = d->group[swap->group[1]].place;
	unsigned known = 3; /* D is where A is and B is not; or else C where B is and A is not */
	uint32_t cell = rarest_apart(s, a, b);
	if (cell == NO_CELL) {
		known = 2;
		cell = rarest_apart(s, b, a);
	}
	if (cell == NO_CELL)
		return false;
	uint32_t history =
	    known == 3 ? swap_history(d, swap->group[1]) : swap_history_brought(d, swap);
	uint32_t best_cost = swaps_too_dear(s), last = NO_PLACE;
	unsigned tried = 0;
	struct swap best = *swap;
	struct alike_groups menders = alike_in(s->groups, swaps_row_of_all(s), cell, history);
	if (b == NOWHERE_PLACE)
		mend_nowhere(s, side, swap, &best, &best_cost);
	for (; menders.at < menders.end && best_cost > 0; menders.at++) {
		uint32_t m = *menders.at;
		if (d->group[m].place == last || !may_mend(s, side, swap, m, history))
			continue;
		if (is_cut(s, tried++, MENDERS_TRIED))
			break;
		swaps_spend(s);
		last = d->group[m].place; /* one of each place will do */
		struct swap with = *swap;
		with.group[known] = m;
		complete(s, side, with, known, &best, &best_cost);
		if (swaps_is_spent(s))
			break;
	}
	*swap = best;
	return best_cost < swaps_too_dear(s);
}

static bool
is_partner(const struct swaps *s, const struct side *side, const struct swap *swap, uint32_t group)
{
	return side_takes(side, s, group) && side_left_of(side, s, group) > 0 &&
	       !set_has(s->d, side->set, s->d->group[group].place) &&
	       swaps_may_trade(s, swap_history_brought(s->d, swap), swap_history(s->d, group));
}

/* Is there a unit of A, and of `via`, left? */
static bool
is_left(const struct swaps *s, const struct side *side, const struct swap *swap)
{
	return side_left_of_set(side, s, swap->group[0]) > 0 &&
	       (swap->via == NO_GROUP || side_left_of(side, s, swap->via) > 0);
}

/* Can A and B trade with nobody to mend it? Where they stand apart, if nothing tells of it. */
static bool
is_plain(struct swaps *s, struct swap *swap)
{
	const struct disclosure *d = s->d;
	bool apart =
	    s->key[d->group[swap->group[0]].place] != s->key[d->group[swap->group[1]].place];
	if (apart && d->all_is_told)
		return false;
	return swap_cost(s, swap, apart ? 1 : swaps_too_dear(s)) != NEVER;
}

/* A, by way of `via` if there is one, with the units of the partner cell, or with those nowhere. */
static void
take_pairs(struct swaps *s, struct side *side, struct swap swap, uint32_t partner)
{
	const struct disclosure *d = s->d;
	struct stroll stroll = partner == NO_CELL ? stroll_nowhere(d) : stroll_in(d, partner);
	unsigned tried = 0;
	for (uint32_t b; (b = stroll_on(d, &stroll)) != NO_GROUP;) {
		if (!is_partner(s, side, &swap, b))
			continue;
		if (is_cut(s, tried++, GROUPS_TRIED))
			return;
		swap.group[1] = b;
		bool plain = is_plain(s, &swap);
		while (
		    is_left(s, side, &swap) && side_left_of(side, s, b) > 0 && !swaps_is_spent(s)) {
			if (!plain && !mend(s, side, &swap))
				break;
			if (!swaps_take(s, side, &swap) || side_has_enough(side))
				return;
			swap.group[2] = swap.group[3] = NO_GROUP;
		}
		swap.group[2] = swap.group[3] = NO_GROUP;
		if (swaps_is_spent(s) || !is_left(s, side, &swap))
			return;
	}
}

/* May A trade with `via` what it counted as before, unseen? */
static bool
is_way(struct swaps *s, const struct side *side, const struct swap *swap)
{
	const struct disclosure *d = s->d;
	struct swap trade = {{swap->group[0], swap->via, NO_GROUP, NO_GROUP}, NO_GROUP, 0, 0};
	uint32_t own = swap_history(d, swap->group[0]), other = swap_history(d, swap->via);
	struct walk w = swap_walk(d, &trade);
	swaps_spend(s);
	return !s->pinned[other] && other != own && bits_now(d, other) == bits_now(d, own) &&
	       side_left_of(side, s, swap->via) > 0 &&
	       !set_has(d, side->set, d->group[swap->via].place) &&
	       swap_walk_cost(s, &w, swap_differ_before(s, own, other), false, 1) == 0;
}

/* Those that stand in the same table in cells that were never shown may be such a way. */
static void
take_pairs_by_way(struct swaps *s, struct side *side, uint32_t a, uint32_t partner)
{
	const struct disclosure *d = s->d;
	uint8_t table = d->cell[side->set.cell].given.table;
	for (uint32_t c = 0; c < d->cells; c++) {
		if (d->cell[c].given.table != table || d->cell[c].given.shown != 0)
			continue;
		struct stroll stroll = stroll_in(d, c);
		for (uint32_t via; (via = stroll_on(d, &stroll)) != NO_GROUP;) {
			struct swap swap = {{a, NO_GROUP, NO_GROUP, NO_GROUP}, via, 0, 0};
			if (is_way(s, side, &swap))
				take_pairs(s, side, swap, partner);
			if (side_has_enough(side) || swaps_is_spent(s) ||
			    side_left_of_set(side, s, a) == 0)
				return;
		}
	}
}

void
swaps_take_with(struct swaps *s, struct side *side, uint32_t partner, bool by_way)
{
	unsigned tried = 0;
	for (size_t i = 0; i < side->members; i++) {
		uint32_t a = side->member[i];
		if (!side_gives(side, s, a) || side_left_of_set(side, s, a) == 0)
			continue;
		if (is_cut(s, tried++, GROUPS_TRIED))
			return;
		if (by_way)
			take_pairs_by_way(s, side, a, partner);
		else
			take_pairs(s, side,
			    (struct swap){{a, NO_GROUP, NO_GROUP, NO_GROUP}, NO_GROUP, 0, 0},
			    partner);
		if (side_has_enough(side) || swaps_is_spent(s))
			return;
	}
}

void
swaps_take_cheapest(struct swaps *s, struct side *side)
{
	struct swap best = {{NO_GROUP, NO_GROUP, NO_GROUP, NO_GROUP}, NO_GROUP, 0, 0};
	uint32_t best_cost = NEVER;
	unsigned tried = 0;
	for (size_t i = 0; i < side->members && tried < 16 && !is_called_off(s->d); i++) {
		uint32_t a = side->member[i];
		if (!side_gives(side, s, a) || side_left_of_set(side, s, a) == 0)
			continue;
		tried++;
		for (uint32_t b = 0; b < s->d->groups.count; b++) {
			struct swap swap = {{a, b, NO_GROUP, NO_GROUP}, NO_GROUP, 0, 0};
			if (!is_partner(s, side, &swap, b))
				continue;
			uint32_t cost = swap_cost(s, &swap, best_cost);
			if (cost < best_cost) {
				best_cost = cost;
				best = swap;
			}
		}
	}
	if (best_cost != NEVER)
		swaps_take(s, side, &best);
}
