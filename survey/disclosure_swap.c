/* SPDX-License-Identifier: Apache-2.0 */
/* What an exchange costs, and who has taken part in one. */
#include "survey/disclosure_swap.h"

#include <stdlib.h>
#include <string.h>

/* How far a search goes; beyond it more is withheld instead. */
#define SEARCH_BUDGET 5000

static uint64_t
mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

void
swaps_spend(struct swaps *s)
{
	s->budget -= s->budget > 0;
	s->work += 10;
}

static uint64_t
mark_of(uint32_t cell)
{
	return mix(cell + UINT64_C(0x9e3779b97f4a7c15));
}

bool
swaps_open(struct swaps *s, const struct disclosure *d)
{
	*s = (struct swaps){.d = d, .heads = 64};
	while (s->heads < d->groups.count)
		s->heads *= 2;
	s->key = calloc(d->places.count + 1, sizeof(*s->key));
	s->head = malloc(s->heads * sizeof(*s->head));
	s->next = malloc((d->groups.count + 1) * sizeof(*s->next));
	s->pinned = calloc(d->histories.count + 1, sizeof(*s->pinned));
	s->kept = calloc(d->cells, sizeof(*s->kept));
	s->stamp = calloc(d->cells, sizeof(*s->stamp));
	s->touched = malloc(d->cells * sizeof(*s->touched));
	s->taken = malloc(TAKES_MAX * sizeof(*s->taken));
	if (s->key == NULL || s->head == NULL || s->next == NULL || s->pinned == NULL ||
	    s->kept == NULL || s->stamp == NULL || s->touched == NULL || s->taken == NULL)
		return false;
	for (uint32_t h = 0; h < d->histories.count; h++)
		for (unsigned r = 0; r < d->releases; r++)
			if (history_of(d, h)[r] == DISCLOSURE_ABSENT)
				s->pinned[h] = true;
	return true;
}

void
swaps_close(struct swaps *s)
{
	free(s->key);
	free(s->head);
	free(s->next);
	free(s->pinned);
	free(s->kept);
	free(s->stamp);
	free(s->touched);
	free(s->taken);
}

static bool
is_looked_at(const struct swaps *s, uint32_t cell)
{
	unsigned family = s->d->cell[cell].given.family;
	return family == DISCLOSURE_COMMON || (s->set.families >> family & 1) != 0;
}

/* Must the cell keep its figures, published or not? The other families know it too. */
static bool
is_bond(const struct swaps *s, uint32_t cell)
{
	return s->d->cell[cell].given.family == DISCLOSURE_COMMON &&
	       s->set.families != ALL_FAMILIES;
}

/* Must figures of the cell stay as they are, for all that this search may change? */
bool
swaps_must_keep(const struct swaps *s, uint32_t cell)
{
	const struct cell_state *c = &s->d->cell[cell];
	if (!is_looked_at(s, cell) || is_bond(s, cell))
		return is_looked_at(s, cell);
	if (s->set.past && c->given.shown != 0)
		return true;
	if (s->set.least || !c->open)
		return c->open && c->fixed;
	return (s->set.relaxed >> c->given.table & 1) == 0 &&
	       counts_of(s->d, cell, s->d->rules.earlier)[0] > s->set.small;
}

uint32_t *
swaps_head(const struct swaps *s, uint64_t key, uint32_t history)
{
	return &s->head[mix(key + history) & (s->heads - 1)];
}

/* A place's groups follow one another. */
static void
mark_places(struct swaps *s, uint32_t cell, uint64_t mark)
{
	const struct shelf *of = &s->d->of_cell;
	uint32_t last = UINT32_MAX;
	for (uint32_t i = of->begin[cell]; i < of->begin[cell + 1]; i++) {
		uint32_t place = s->d->group[of->item[i]].place;
		if (place != last)
			s->key[place] += mark;
		last = place;
	}
	s->work += of->begin[cell + 1] - of->begin[cell];
}

static void
list_groups(struct swaps *s)
{
	const struct disclosure *d = s->d;
	memset(s->head, 0xff, s->heads * sizeof(*s->head));
	for (uint32_t g = (uint32_t)d->groups.count; g-- > 0;) {
		uint32_t *head = swaps_head(s, s->key[d->group[g].place], d->group[g].history);
		s->next[g] = *head;
		*head = g;
	}
	s->work += d->groups.count;
	s->listed = true;
}

void
swaps_index(struct swaps *s, struct swaps_settings settings)
{
	s->set = settings;
	for (uint32_t c = 0; c < s->d->cells; c++) {
		bool keep = swaps_must_keep(s, c);
		if (keep == s->kept[c])
			continue;
		mark_places(s, c, keep ? mark_of(c) : -mark_of(c));
		s->kept[c] = keep;
		s->listed = false;
	}
	if (!s->listed)
		list_groups(s);
}

/* Releases before this one in which the two histories count as different things. */
uint64_t
swap_differ_before(const struct disclosure *d, uint32_t one, uint32_t other)
{
	uint64_t differ = 0;
	for (unsigned r = 0; r < d->rules.earlier; r++)
		if (history_of(d, one)[r] != history_of(d, other)[r])
			differ |= UINT64_C(1) << r;
	return differ;
}

struct walk
swap_walk(const struct disclosure *d, const struct swap *swap)
{
	struct walk w = {{NULL}, {NULL}};
	for (unsigned i = 0; i < 4 && swap->group[i] != NO_GROUP; i++) {
		uint32_t place = d->group[swap->group[i]].place;
		w.at[i] = d->place_cell + d->place_begin[place];
		w.end[i] = d->place_cell + d->place_begin[place + 1];
	}
	return w;
}

/* The next cell in which A and C are not as many as B and D; NO_CELL at the end. */
static uint32_t
next_unbalanced(struct walk *w)
{
	for (;;) {
		uint32_t cell = NO_CELL;
		for (unsigned i = 0; i < 4; i++)
			if (w->at[i] < w->end[i] && *w->at[i] < cell)
				cell = *w->at[i];
		if (cell == NO_CELL)
			return NO_CELL;
		int balance = 0;
		for (unsigned i = 0; i < 4; i++)
			if (w->at[i] < w->end[i] && *w->at[i] == cell) {
				balance += i % 2 == 0 ? 1 : -1;
				w->at[i]++;
			}
		if (balance != 0)
			return cell;
	}
}

uint32_t
swap_history(const struct disclosure *d, uint32_t group)
{
	return d->group[group].history;
}

/* What A has when it comes to the exchange. */
uint32_t
swap_history_brought(const struct disclosure *d, const struct swap *swap)
{
	return swap_history(d, swap->via == NO_GROUP ? swap->group[0] : swap->via);
}

/* The weight of what an exchange needs withheld beyond what is, and is touched; or NEVER, also
 * where it would be `limit` or more. The two histories differ in the releases `before`, and in this
 * one, if `today`. */
uint32_t
swap_walk_cost(const struct swaps *s, struct walk w, uint64_t before, bool today, uint32_t limit)
{
	uint32_t cost = 0, cell;
	while (cost < limit && (cell = next_unbalanced(&w)) != NO_CELL) {
		const struct cell_state *c = &s->d->cell[cell];
		if (!is_looked_at(s, cell))
			continue;
		if (is_bond(s, cell) || (!s->set.alone && (c->given.shown & before) != 0))
			return NEVER;
		if (today && c->open && c->fixed)
			return NEVER;
		if (today && c->open && !s->set.least && s->stamp[cell] != s->now)
			cost += c->weight;
	}
	return cost < limit ? cost : NEVER;
}

uint32_t
swap_cost(struct swaps *s, const struct swap *swap, uint32_t limit)
{
	const struct disclosure *d = s->d;
	uint64_t before =
	    swap_differ_before(d, swap_history_brought(d, swap), swap_history(d, swap->group[1]));
	swaps_spend(s);
	return swap_walk_cost(s, swap_walk(d, swap), before, true, limit);
}

uint32_t
swaps_too_dear(const struct swaps *s)
{
	return s->free_only ? 1 : NEVER;
}

static void
touch(struct swaps *s, const struct swap *swap)
{
	struct walk w = swap_walk(s->d, swap);
	uint32_t cell;
	while ((cell = next_unbalanced(&w)) != NO_CELL)
		if (is_looked_at(s, cell) && s->d->cell[cell].open && !s->set.least &&
		    s->stamp[cell] != s->now) {
			s->stamp[cell] = s->now;
			s->touched[s->touches++] = cell;
			s->cost += s->d->cell[cell].weight;
		}
}

bool
side_gives(const struct side *side, const struct swaps *s, uint32_t group)
{
	uint32_t history = s->d->group[group].history;
	return !s->pinned[history] && ((bits_now(s->d, history) & side->bit) != 0) == side->down;
}

bool
side_takes(const struct side *side, const struct swaps *s, uint32_t group)
{
	uint32_t history = s->d->group[group].history;
	return !s->pinned[history] && ((bits_now(s->d, history) & side->bit) != 0) != side->down;
}

uint32_t
side_left_of(const struct side *side, const struct swaps *s, uint32_t group)
{
	return s->d->group[group].units - side->used[group];
}

/* A group of the set may hold one exchange more than it has units, in reserve. */
uint32_t
side_left_of_set(const struct side *side, const struct swaps *s, uint32_t group)
{
	return s->d->group[group].units + (side->reserve ? 1 : 0) - side->used[group];
}

/* What one unit outside that is known can spoil. */
static uint64_t
firm(const struct side *side)
{
	return side->got - (side->tight > 0 ? 1 : 0);
}

bool
side_is_wide(const struct side *side)
{
	return side->got + side->other->got >= side->wanted;
}

bool
side_has_enough(const struct side *side)
{
	return side_is_wide(side) && (!side->reserve || firm(side) + firm(side->other) > 0);
}

static void
recount(const struct swaps *s, struct side *side, uint32_t group, uint32_t used)
{
	uint32_t units = s->d->group[group].units, before = side->used[group];
	side->got -= before < units ? before : units;
	side->tight -= before > 0 && before <= units;
	side->used[group] = used;
	side->got += used < units ? used : units;
	side->tight += used > 0 && used <= units;
}

void
swaps_begin(struct swaps *s)
{
	s->now++;
	s->touches = 0;
	s->cost = 0;
	s->before = s->takes;
	s->budget = SEARCH_BUDGET;
}

void
swaps_forget(struct swaps *s)
{
	s->takes = s->before = 0;
}

void
swaps_needs(struct swaps *s, uint64_t *needs)
{
	memset(needs, 0, (s->d->cells + 63) / 64 * sizeof(*needs));
	for (size_t i = 0; i < s->takes; i++) {
		struct walk w = swap_walk(s->d, &s->taken[i].swap);
		uint32_t cell;
		while ((cell = next_unbalanced(&w)) != NO_CELL)
			if (is_looked_at(s, cell))
				needs[cell / 64] |= UINT64_C(1) << cell % 64;
	}
}

void
swaps_give_up(struct swaps *s, struct side *side)
{
	while (s->takes > s->before) {
		const struct taken *t = &s->taken[--s->takes];
		recount(s, side, t->swap.group[0], side->used[t->swap.group[0]] - t->units);
		for (unsigned i = 1; i < 4 && t->swap.group[i] != NO_GROUP; i++)
			side->used[t->swap.group[i]] -= t->units;
		if (t->swap.via != NO_GROUP)
			side->used[t->swap.via] -= t->units;
	}
}

/* As many units as it takes and there are. False: the attempt is at its end. */
bool
swaps_take(struct swaps *s, struct side *side, const struct swap *swap)
{
	uint32_t units = side_left_of_set(side, s, swap->group[0]);
	if (swap->via != NO_GROUP && side_left_of(side, s, swap->via) < units)
		units = side_left_of(side, s, swap->via);
	for (unsigned i = 1; i < 4 && swap->group[i] != NO_GROUP; i++)
		if (side_left_of(side, s, swap->group[i]) < units)
			units = side_left_of(side, s, swap->group[i]);
	uint64_t got = side->got + side->other->got;
	uint64_t wanted = got < side->wanted ? side->wanted - got : 1;
	if (units > wanted)
		units = (uint32_t)wanted;
	if (units == 0 || s->takes == TAKES_MAX)
		return false;
	touch(s, swap);
	s->taken[s->takes++] = (struct taken){*swap, units};
	recount(s, side, swap->group[0], side->used[swap->group[0]] + units);
	for (unsigned i = 1; i < 4 && swap->group[i] != NO_GROUP; i++)
		side->used[swap->group[i]] += units;
	if (swap->via != NO_GROUP)
		side->used[swap->via] += units;
	return true;
}
