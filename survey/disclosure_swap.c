/* SPDX-License-Identifier: Apache-2.0 */
/* Where exchanges are looked for, and who has taken part in one. */
#include "survey/disclosure_swap.h"

#include <stdlib.h>
#include <string.h>

/* How far a search goes; beyond it more is withheld instead. */
#define SEARCH_BUDGET 5000
#define THOROUGH_BUDGET 1000000

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
	*s->deep -= s->thorough && *s->deep > 0;
	s->is_cut |= s->budget == 0;
	s->work += 10;
}

static uint64_t
mark_of(uint32_t cell)
{
	return mix(cell + UINT64_C(0x9e3779b97f4a7c15));
}

/* All sets in one piece, which `family` begins. */
static bool
open_sets(struct swaps *s)
{
	const struct disclosure *d = s->d;
	size_t sets = 6 + d->rules.earlier;
	uint64_t *at = calloc(sets * d->words, sizeof(*at));
	if (at == NULL)
		return false;
	s->in = (struct swaps_cells){at, at + d->words, at + 2 * d->words, at + 3 * d->words,
	    at + 4 * d->words, at + 6 * d->words, at + 5 * d->words};
	for (size_t i = 0; i < d->slots; i++) {
		const struct cell_state *c = &d->cell[d->cell_at[i]];
		s->weight[i] = c->weight;
		for (unsigned r = 0; r < d->rules.earlier; r++)
			if ((c->given.shown >> r & 1) != 0)
				s->in.shown[r * d->words + i / 64] |= UINT64_C(1) << i % 64;
	}
	return true;
}

static size_t
power_of_two(size_t least)
{
	size_t n = 64;
	while (n < least)
		n *= 2;
	return n;
}

bool
swaps_open(struct swaps *s, const struct disclosure *d, struct alike *groups, uint64_t *deep)
{
	size_t places = d->places.count;
	*s = (struct swaps){.d = d,
	    .place_heads = power_of_two(4 * places),
	    .heads = power_of_two(d->groups.count),
	    .deep = deep,
	    .groups = groups};
	s->key = calloc(places + 1, sizeof(*s->key));
	s->place_head = malloc(s->place_heads * sizeof(*s->place_head));
	s->place_next = malloc((places + 1) * sizeof(*s->place_next));
	s->gathered = calloc(places + 1, sizeof(*s->gathered));
	s->head = malloc(s->heads * sizeof(*s->head));
	s->next = malloc((d->groups.count + 1) * sizeof(*s->next));
	s->pinned = calloc(d->histories.count + 1, sizeof(*s->pinned));
	s->kept = calloc(d->cells, sizeof(*s->kept));
	s->weight = calloc(d->cells, sizeof(*s->weight));
	s->touch = malloc(d->cells * sizeof(*s->touch));
	s->taken = malloc(TAKES_MAX * sizeof(*s->taken));
	if (s->key == NULL || s->place_head == NULL || s->place_next == NULL ||
	    s->gathered == NULL || s->head == NULL || s->next == NULL || s->pinned == NULL ||
	    s->kept == NULL || s->weight == NULL || s->touch == NULL || s->taken == NULL ||
	    !open_sets(s))
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
	free(s->in.family);
	free(s->weight);
	free(s->key);
	free(s->place_head);
	free(s->place_next);
	free(s->gathered);
	free(s->head);
	free(s->next);
	free(s->pinned);
	free(s->kept);
	free(s->touch);
	free(s->taken);
}

static bool
is_of_family(const struct swaps *s, uint32_t cell)
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

static bool
is_looked_at(const struct swaps *s, uint32_t cell)
{
	uint32_t slot = s->d->slot[cell];
	const uint64_t *telling = cells_telling(s->d, s->row);
	return is_of_family(s, cell) &&
	       (is_bond(s, cell) ||
		   (slot != NO_CELL && (telling[slot / 64] >> slot % 64 & 1) != 0));
}

/* Must figures of the cell stay as they are, for all that this search may change? */
bool
swaps_must_keep(const struct swaps *s, uint32_t cell)
{
	const struct cell_state *c = &s->d->cell[cell];
	if (!is_looked_at(s, cell) || is_bond(s, cell))
		return is_looked_at(s, cell);
	if ((s->set.past && c->given.shown != 0) || (c->open && c->fixed))
		return true;
	if (s->set.least || !c->open)
		return false;
	return (s->set.relaxed >> c->given.table & 1) == 0 &&
	       counts_of(s->d, cell, s->d->rules.earlier)[0] > s->set.small;
}

/* ------------------------------------------------------------------- lists by digest */

static void
mark_places(struct swaps *s, uint32_t cell, uint64_t mark)
{
	const struct shelf *of = &s->d->of_cell;
	for (uint32_t i = of->begin[cell]; i < of->begin[cell + 1]; i++)
		s->key[of->item[i]] += mark;
	s->work += of->begin[cell + 1] - of->begin[cell];
}

static uint32_t *
place_head(const struct swaps *s, uint64_t key)
{
	return &s->place_head[mix(key) & (s->place_heads - 1)];
}

static uint32_t *
group_head(const struct swaps *s, uint64_t key, unsigned row, uint32_t history)
{
	return &s->head[mix(key + row + kind_of(s->d, row, history)) & (s->heads - 1)];
}

/* Places descending, so that groups come to stand ascending. */
static void
list_places(struct swaps *s)
{
	size_t places = s->d->places.count;
	memset(s->place_head, 0xff, s->place_heads * sizeof(*s->place_head));
	memset(s->head, 0xff, s->heads * sizeof(*s->head));
	for (uint32_t p = 0; p < places; p++) {
		uint32_t *head = place_head(s, s->key[p]);
		s->place_next[p] = *head;
		*head = p;
	}
	s->work += places;
	s->listing++;
}

static void
gather(struct swaps *s, uint32_t place, uint64_t key)
{
	const struct disclosure *d = s->d;
	for (; place != NO_CELL; place = s->place_next[place]) {
		if (s->key[place] != key)
			continue;
		s->gathered[place] = s->listing;
		for (uint32_t g = d->group_of_place[place + 1]; g-- > d->group_of_place[place];) {
			uint32_t *head =
			    group_head(s, key, swaps_row_at(s, place), d->group[g].history);
			s->next[g] = *head;
			*head = g;
		}
		s->work += d->group_of_place[place + 1] - d->group_of_place[place];
	}
}

uint32_t
swaps_place(const struct swaps *s, uint64_t key)
{
	return *place_head(s, key);
}

uint32_t
swaps_first(struct swaps *s, uint64_t key, uint32_t history, bool local)
{
	uint32_t place = swaps_place(s, key);
	while (place != NO_CELL && s->key[place] != key)
		place = s->place_next[place];
	if (place == NO_CELL)
		return NO_GROUP;
	if (s->gathered[place] != s->listing)
		gather(s, place, key);
	bool other = local && s->row == 0 && s->thorough;
	return *group_head(s, key, other ? row_of_local(s->d) : s->row, history);
}

static void
put_bit(uint64_t *set, uint32_t slot, bool is_in)
{
	uint64_t bit = UINT64_C(1) << slot % 64;
	set[slot / 64] = is_in ? set[slot / 64] | bit : set[slot / 64] & ~bit;
}

void
swaps_index(struct swaps *s, struct swaps_settings settings)
{
	unsigned row = settings.goal == 0 && settings.unrelated ? s->d->goals + 1 : settings.goal;
	bool is_same = s->listing != 0 && row == s->row && s->thorough == s->listed_thorough;
	s->listed_thorough = s->thorough;
	s->set = settings;
	s->row = row;
	s->traded = settings.goal == 0 ? UINT32_MAX : bits_of_goal(s->d, settings.goal);
	s->alike = settings.goal == 0 ? 0 : settings.unrelated ? bits_of_goal(s->d, 0) : ~s->traded;
	for (uint32_t i = 0; i < s->d->slots; i++) {
		uint32_t cell = s->d->cell_at[i];
		const struct cell_state *c = &s->d->cell[cell];
		bool keep = swaps_must_keep(s, cell), is_looked = is_looked_at(s, cell);
		put_bit(s->in.family, i, is_of_family(s, cell));
		put_bit(s->in.looked, i, is_looked);
		put_bit(s->in.bond, i, is_bond(s, cell));
		put_bit(s->in.fixed, i, is_looked && c->open && c->fixed);
		put_bit(s->in.paid, i, is_looked && c->open && !settings.least);
		if (keep == s->kept[cell])
			continue;
		mark_places(s, cell, keep ? mark_of(cell) : -mark_of(cell));
		s->kept[cell] = keep;
		is_same = false;
	}
	if (!is_same)
		list_places(s);
}

uint32_t
swaps_too_dear(const struct swaps *s)
{
	uint64_t left = s->limit > s->cost ? s->limit - s->cost : 0;
	uint32_t most = s->free_only ? 1 : NEVER;
	return left < most ? (uint32_t)left : most;
}

bool
swaps_is_spent(const struct swaps *s)
{
	return s->budget == 0 || s->cost >= s->limit || is_called_off(s->d);
}

static void
touch(struct swaps *s, const struct swap *swap)
{
	const struct disclosure *d = s->d;
	struct walk w = swap_walk(d, swap);
	for (size_t i = 0; i < d->words; i++) {
		uint64_t cells =
		    swap_changed(d, &w, i) & s->in.looked[i] & s->in.paid[i] & ~s->in.touched[i];
		s->in.touched[i] |= cells;
		for (; cells != 0; cells &= cells - 1) {
			size_t slot = 64 * i + (size_t)__builtin_ctzll(cells);
			s->touch[s->touches++] = d->cell_at[slot];
			s->cost += s->weight[slot];
		}
	}
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
swaps_begin(struct swaps *s, uint64_t limit)
{
	memset(s->in.touched, 0, s->d->words * sizeof(*s->in.touched));
	s->touches = 0;
	s->cost = 0;
	s->limit = limit;
	s->before = s->takes;
	s->budget = s->thorough && *s->deep > 0 ? THOROUGH_BUDGET : SEARCH_BUDGET;
}

void
swaps_needs(const struct swaps *s, uint64_t *needs)
{
	memset(needs, 0, s->d->words * sizeof(*needs));
	for (size_t i = 0; i < s->takes; i++) {
		if (!s->taken[i].today)
			continue;
		struct walk w = swap_walk(s->d, &s->taken[i].swap);
		const uint64_t *telling = cells_telling(s->d, s->taken[i].row);
		for (size_t k = 0; k < s->d->words; k++)
			needs[k] |= swap_changed(s->d, &w, k) & s->in.family[k] &
				    (telling[k] | s->in.bond[k]);
	}
}

void
swaps_forget(struct swaps *s, struct side sides[2])
{
	for (size_t i = 0; i < s->takes; i++) {
		const struct swap *swap = &s->taken[i].swap;
		for (unsigned k = 0; k < 2; k++) {
			for (unsigned n = 0; n < 4 && swap->group[n] != NO_GROUP; n++)
				sides[k].used[swap->group[n]] = 0;
			if (swap->via != NO_GROUP)
				sides[k].used[swap->via] = 0;
		}
	}
	s->takes = s->before = 0;
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
	s->is_cut |= s->takes == TAKES_MAX;
	if (units == 0 || s->takes == TAKES_MAX)
		return false;
	bool today = swap_is_told_today(s, swap);
	if (today)
		touch(s, swap);
	s->taken[s->takes++] = (struct taken){*swap, units, s->row, today};
	recount(s, side, swap->group[0], side->used[swap->group[0]] + units);
	for (unsigned i = 1; i < 4 && swap->group[i] != NO_GROUP; i++)
		side->used[swap->group[i]] += units;
	if (swap->via != NO_GROUP)
		side->used[swap->via] += units;
	return true;
}
