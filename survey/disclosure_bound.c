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
count_now(const struct disclosure *d, struct unit_set set, unsigned column)
{
	uint64_t less =
	    set.minus == NO_CELL ? 0 : counts_of(d, set.minus, d->rules.earlier)[column];
	return counts_of(d, set.cell, d->rules.earlier)[column] - less;
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

uint64_t
guard_bound(const struct disclosure *d, const struct secret *secret)
{
	struct bound bound = {0, count_now(d, secret->set, 0)};
	unsigned measure = 0;
	while (secret->bit >> measure != 1)
		measure++;
	narrow_by_headlines(d, secret->set, measure, &bound);
	return bound.high > bound.low ? bound.high - bound.low : 0;
}
