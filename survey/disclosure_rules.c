/* SPDX-License-Identifier: Apache-2.0 */
/* What is unsafe by itself (domain.md 2.7): a cell, or what is left of one when another inside it
 * is taken away. */
#include <stdlib.h>

#include "survey/disclosure_parts.h"

/* Count `column` of the set (0 units, then the measures) in a release. */
static uint64_t
count_in(const struct disclosure *d, struct unit_set set, unsigned release, unsigned column)
{
	uint64_t count = counts_of(d, set.cell, release)[column];
	if (set.minus == NO_CELL)
		return count;
	uint64_t less = counts_of(d, set.minus, release)[column]; /* more where units moved since */
	return count < less ? 0 : count - less;
}

/* Measures whose counts of the set can be had: both cells publish them. */
static uint32_t
published(const struct disclosure *d, struct unit_set set)
{
	uint32_t not_there = d->cell[set.cell].given.unpublished;
	if (set.minus != NO_CELL)
		not_there |= d->cell[set.minus].given.unpublished;
	return d->measured & ~not_there;
}

/* ... by who knows how one goal's answers go with another's: of two cells that tell of different
 * goals the counts of either. */
static uint32_t
published_by_any(const struct disclosure *d, struct unit_set set)
{
	uint32_t both = published(d, set), shares = d->rules.shares, more = both;
	if (set.minus == NO_CELL)
		return both;
	uint32_t one = d->measured & ~d->cell[set.cell].given.unpublished;
	uint32_t other = d->measured & ~d->cell[set.minus].given.unpublished;
	for (unsigned goal = 1; goal <= d->goals && (one & shares) != 0 && (other & shares) != 0;
	     goal++)
		if ((both & bits_of_goal(d, goal)) == 0)
			more |= (one | other) & bits_of_goal(d, goal);
	return more;
}

static uint64_t
distance(uint64_t a, uint64_t b)
{
	return a < b ? b - a : a - b;
}

/* Some figure moved since that release, and none by as much as the frequency. */
static bool
changed_little(
    const struct disclosure *d, struct unit_set set, uint32_t published, unsigned release)
{
	uint64_t most = 0;
	uint32_t told = published << 1 | 1; /* by column */
	for (unsigned column = 0; column <= d->rules.measures; column++) {
		if ((told >> column & 1) == 0)
			continue;
		uint64_t moved = distance(
		    count_in(d, set, d->rules.earlier, column), count_in(d, set, release, column));
		if (moved > most)
			most = moved;
	}
	return most > 0 && most < d->rules.frequency;
}

static bool
changed_little_since_shown(const struct disclosure *d, struct unit_set set, uint32_t published)
{
	uint64_t shown = d->cell[set.cell].given.shown;
	if (set.minus != NO_CELL)
		shown &= d->cell[set.minus].given.shown;
	for (unsigned r = 0; r < d->rules.earlier; r++)
		if ((shown >> r & 1) != 0 && changed_little(d, set, published, r))
			return true;
	return false;
}

/* Shares of 0 % or 100 %. */
static uint32_t
shares_alike(const struct disclosure *d, struct unit_set set, uint32_t published, uint64_t units)
{
	uint32_t alike = 0;
	for (unsigned m = 0; m < d->rules.measures; m++) {
		uint64_t count = count_in(d, set, d->rules.earlier, 1 + m);
		if (count == 0 || count == units)
			alike |= UINT32_C(1) << m;
	}
	return alike & d->rules.shares & published;
}

static uint64_t
respondents(const struct disclosure *d, struct unit_set set)
{
	for (unsigned m = 0; m < d->rules.measures; m++)
		if (d->rules.responded == UINT32_C(1) << m)
			return count_in(d, set, d->rules.earlier, 1 + m);
	return 0;
}

/* Why the set is unsafe, and in *bits which of its published counts are secret. */
static enum disclosure_reason
judge(const struct disclosure *d, struct unit_set set, uint32_t published, uint32_t *bits)
{
	uint64_t units = count_in(d, set, d->rules.earlier, 0);
	uint64_t answered = respondents(d, set);
	bool headline = set.minus == NO_CELL && d->cell[set.cell].given.headline;
	*bits = 0;
	if (units == 0)
		return DISCLOSURE_SAFE;
	*bits = (d->rules.responded | d->rules.shares) & published;
	if (units < d->rules.frequency)
		return DISCLOSURE_FEW_UNITS;
	if (answered > 0 && answered < d->rules.frequency)
		return DISCLOSURE_FEW_RESPONDENTS;
	if (changed_little_since_shown(d, set, published))
		return DISCLOSURE_FEW_CHANGES;
	*bits = headline ? 0 : shares_alike(d, set, published, units);
	return *bits != 0 ? DISCLOSURE_ALL_ALIKE : DISCLOSURE_SAFE;
}

static bool
add_secret(struct disclosure *d, struct secret secret)
{
	if (d->secrets == d->secrets_size) {
		size_t size = 2 * d->secrets_size + 64;
		struct secret *more = realloc(d->secret, size * sizeof(*more));
		if (more == NULL)
			return false;
		d->secret = more;
		d->secrets_size = size;
	}
	d->secret[d->secrets++] = secret;
	return true;
}

/* Each twice where there are goals, the second, if he has the count, for who takes them to be
 * unrelated. */
static bool
add_secrets(struct disclosure *d, struct unit_set set, uint32_t bits)
{
	for (unsigned m = 0; m < d->rules.measures; m++) {
		struct secret secret = {
		    .set = set, .bit = UINT32_C(1) << m, .goal = d->rules.goal[m]};
		if ((bits >> m & 1) == 0)
			continue;
		if (!add_secret(d, secret))
			return false;
		secret.unrelated = true;
		if (d->goals > 0 && (published(d, set) & secret.bit) != 0 && !add_secret(d, secret))
			return false;
	}
	return true;
}

/* What everyone together counts as follows from any full table: then nothing can be shown. */
static bool
is_everyone(const struct disclosure *d, uint32_t cell)
{
	uint64_t units = 0;
	for (size_t p = 0; p < d->places.count; p++)
		units += d->units_now[p];
	return units == counts_of(d, cell, d->rules.earlier)[0];
}

static bool
judge_cell(struct disclosure *d, uint32_t cell)
{
	struct cell_state *c = &d->cell[cell];
	struct unit_set set = {cell, NO_CELL};
	uint32_t bits;
	c->reason = judge(d, set, published(d, set), &bits);
	c->open = !c->given.secret && c->reason == DISCLOSURE_SAFE;
	c->fixed = c->given.headline;
	c->weight = 8;
	for (uint64_t units = counts_of(d, cell, d->rules.earlier)[0]; units > 0; units /= 2)
		c->weight++;
	bool safe = c->reason == DISCLOSURE_SAFE;
	d->held |= !safe && c->given.headline && is_everyone(d, cell);
	if (safe && c->given.secret)
		c->reason = DISCLOSURE_SECRET;
	return safe || add_secrets(d, set, bits);
}

/* Of two cells whose difference is unsafe, one goes: the cheaper, and a headline only for another.
 */
static void
part(struct disclosure *d, uint32_t outer, uint32_t inner)
{
	struct cell_state *o = &d->cell[outer], *i = &d->cell[inner];
	if (!o->open || !i->open)
		return;
	struct cell_state *goes = i->weight <= o->weight ? i : o;
	if (goes->fixed && !o->fixed)
		goes = o;
	goes->open = goes->fixed = false;
	goes->reason = DISCLOSURE_FOR_OTHERS;
}

static bool
judge_difference(struct disclosure *d, uint32_t outer, uint32_t inner)
{
	struct unit_set set = {outer, inner};
	uint32_t bits, more;
	if (d->cell[outer].given.secret || d->cell[inner].given.secret)
		return true;
	if (judge(d, set, published(d, set), &bits) != DISCLOSURE_SAFE)
		part(d, outer, inner);
	judge(d, set, published_by_any(d, set), &more);
	return add_secrets(d, set, bits | more);
}

/* tally[c] = units of the cell that are also in c. */
static void
tally_cell(const struct disclosure *d, uint32_t cell, uint64_t *tally)
{
	for (uint32_t i = d->of_cell.begin[cell]; i < d->of_cell.begin[cell + 1]; i++) {
		uint32_t p = d->of_cell.item[i];
		for (uint32_t k = d->place_begin[p]; k < d->place_begin[p + 1]; k++)
			tally[d->place_cell[k]] += d->units_now[p];
	}
}

static void
note_tables(struct cell_state *outer, struct cell_state *inner)
{
	if (outer->given.family != inner->given.family)
		return;
	outer->inner |= UINT64_C(1) << inner->given.table;
	inner->outer |= UINT64_C(1) << outer->given.table;
}

static bool
judge_differences(struct disclosure *d, uint64_t *tally)
{
	for (uint32_t inner = 0; inner < d->cells; inner++) {
		uint64_t units = counts_of(d, inner, d->rules.earlier)[0];
		if (units == 0)
			continue;
		for (uint32_t c = 0; c < d->cells; c++)
			tally[c] = 0;
		tally_cell(d, inner, tally);
		for (uint32_t outer = 0; outer < d->cells; outer++) {
			if (tally[outer] != units ||
			    counts_of(d, outer, d->rules.earlier)[0] == units)
				continue;
			note_tables(&d->cell[outer], &d->cell[inner]);
			if (!judge_difference(d, outer, inner))
				return false;
		}
	}
	return true;
}

enum disclosure_status
rules_apply(struct disclosure *d)
{
	for (uint32_t c = 0; c < d->cells; c++)
		if (!judge_cell(d, c))
			return DISCLOSURE_NO_MEMORY;
	uint64_t *tally = malloc(d->cells * sizeof(*tally));
	bool ok = tally != NULL && judge_differences(d, tally);
	free(tally);
	return ok ? DISCLOSURE_OK : DISCLOSURE_NO_MEMORY;
}
