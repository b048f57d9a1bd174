/* SPDX-License-Identifier: Apache-2.0 */
/* How far a count can be open at all, by the headlines that are shown and what was shown before:
 * no reader is left more, whatever he takes to be possible. */
#include "survey/disclosure_guard.h"

struct bound {
	uint64_t low, high;
};

/* Has the one all units of the other? */
static bool
has_all(const struct disclosure *d, struct unit_set outer, struct unit_set inner)
{
	const struct shelf *of = &d->of_cell;
	for (uint32_t i = of->begin[inner.cell]; i < of->begin[inner.cell + 1]; i++) {
		uint32_t p = of->item[i];
		if (d->units_now[p] > 0 && set_has(d, inner, p) && !set_has(d, outer, p))
			return false;
	}
	return true;
}

static uint64_t
count_in(const struct disclosure *d, struct unit_set set, unsigned release, unsigned column)
{
	uint64_t less = set.minus == NO_CELL ? 0 : counts_of(d, set.minus, release)[column];
	return counts_of(d, set.cell, release)[column] - less;
}

static uint64_t
count_now(const struct disclosure *d, struct unit_set set, unsigned column)
{
	return count_in(d, set, d->rules.earlier, column);
}

static unsigned
measure_of(uint32_t bit)
{
	unsigned measure = 0;
	while (bit >> measure != 1)
		measure++;
	return measure;
}

static bool
is_known(const struct disclosure *d, uint32_t cell, unsigned measure)
{
	const struct cell_state *c = &d->cell[cell];
	return c->open && c->fixed && (c->given.unpublished >> measure & 1) == 0;
}

/* Of the set's count, where the region's is known. */
static void
narrow(const struct disclosure *d, struct unit_set set, struct unit_set region, unsigned column,
    struct bound *bound)
{
	uint64_t n = count_now(d, set, 0), of = count_now(d, region, 0);
	uint64_t known = count_now(d, region, column), low = 0, high = n;
	if (has_all(d, region, set)) {
		high = known < n ? known : n;
		low = of - known < n ? n - (of - known) : 0;
	} else if (has_all(d, set, region)) {
		low = known;
		high = known + n - of;
	}
	if (low > bound->low)
		bound->low = low;
	if (high < bound->high)
		bound->high = high;
}

static void
narrow_by_headlines(
    const struct disclosure *d, struct unit_set set, unsigned measure, struct bound *bound)
{
	for (uint32_t one = 0; one < d->cells; one++) {
		if (!is_known(d, one, measure))
			continue;
		struct unit_set region = {one, NO_CELL};
		narrow(d, set, region, 1 + measure, bound);
		for (region.minus = 0; region.minus < d->cells; region.minus++)
			if (region.minus != one && is_known(d, region.minus, measure) &&
			    has_all(d, (struct unit_set){one, NO_CELL},
				(struct unit_set){region.minus, NO_CELL}))
				narrow(d, set, region, 1 + measure, bound);
	}
}

/* Does somebody's course lead from one of the first bits, and none of `without`, to where of the
 * second there is, or is not, one? */
static bool
leads(const struct disclosure *d, unsigned release, uint32_t from, uint32_t without, uint32_t to,
    bool is_there)
{
	for (uint32_t h = 0; h < d->histories.count; h++) {
		uint32_t then = history_of(d, h)[release], now = bits_now(d, h);
		if ((then & from) != 0 && (then & without) == 0 && ((now & to) != 0) == is_there)
			return true;
	}
	return false;
}

static bool
has_somebody_moved(const struct disclosure *d)
{
	for (uint32_t h = 0; h < d->histories.count; h++)
		for (unsigned r = 0; r < d->releases; r++)
			if (history_of(d, h)[r] == DISCLOSURE_ABSENT)
				return true;
	return false;
}

/* Where answers stay, a count that was shown is a lower bound for ever; an upper one with those who
 * had not answered then. */
static void
narrow_by_past(
    const struct disclosure *d, const struct secret *secret, unsigned measure, struct bound *bound)
{
	struct unit_set set = secret->set;
	uint32_t answered = d->rules.responded;
	uint64_t shown = d->cell[set.cell].given.shown;
	if (set.minus != NO_CELL)
		shown &= d->cell[set.minus].given.shown;
	if (answered == 0 || shown == 0 || has_somebody_moved(d))
		return;
	for (unsigned r = 0; r < d->rules.earlier; r++) {
		uint64_t then = count_in(d, set, r, 1 + measure);
		uint64_t silent =
		    count_in(d, set, r, 0) - count_in(d, set, r, 1 + measure_of(answered));
		if ((shown >> r & 1) == 0)
			continue;
		if (!leads(d, r, secret->bit, 0, secret->bit, false) && then > bound->low)
			bound->low = then;
		if (!leads(d, r, answered, secret->bit, secret->bit, true) &&
		    then + silent < bound->high)
			bound->high = then + silent;
	}
}

uint64_t
guard_bound(const struct disclosure *d, const struct secret *secret)
{
	struct bound bound = {0, count_now(d, secret->set, 0)};
	unsigned measure = measure_of(secret->bit);
	narrow_by_headlines(d, secret->set, measure, &bound);
	narrow_by_past(d, secret, measure, &bound);
	return bound.high > bound.low ? bound.high - bound.low : 0;
}
