/* SPDX-License-Identifier: Apache-2.0 */
/* The best exchanges there are for a secret: cells to exchange units with are tried in turn, and
 * what gains most for what it costs is taken. */
#include "survey/disclosure_guard.h"

#include <stdlib.h>

/* Cells of more units than this give way last: there are menders for them, as a rule. */
#define LARGE 10000
#define ANY_SIZE UINT64_MAX
#define PARTNERS_TRIED 32 /* with earlier releases to mind */

static void
withhold_touched(struct guard *g)
{
	for (size_t i = 0; i < g->swaps.touches; i++) {
		struct cell_state *c = &g->d->cell[g->swaps.touch[i]];
		c->open = false;
		c->reason = DISCLOSURE_FOR_OTHERS;
		g->stale = true;
	}
}

static uint32_t
price(const struct disclosure *d, uint32_t cell)
{
	return d->cell[cell].open ? d->cell[cell].weight : 0;
}

static int
by_price(const void *a, const void *b, void *context)
{
	uint32_t one = *(const uint32_t *)a, other = *(const uint32_t *)b;
	uint32_t p = price(context, one), q = price(context, other);
	if (p != q)
		return p < q ? -1 : 1;
	return one < other ? -1 : one > other;
}

/* Cells of the relaxed tables, cheapest first. */
static size_t
list_partners(struct guard *g, uint64_t relaxed)
{
	size_t n = 0;
	for (uint32_t c = 0; c < g->d->cells; c++)
		if ((relaxed >> g->d->cell[c].given.table & 1) != 0 &&
		    g->d->of_cell.begin[c] != g->d->of_cell.begin[c + 1])
			g->order[n++] = c;
	qsort_r(g->order, n, sizeof(*g->order), by_price, g->d);
	return n;
}

struct best {
	uint64_t gain, cost;
	uint64_t limit; /* under which it was found */
	uint32_t partner;
	unsigned side;
	struct swaps_settings settings;
};

/* Progress: the range, and then the reserve. */
static uint64_t
progress(const struct guard *g)
{
	return g->side[0].got + g->side[1].got + (guard_has_enough(g) ? 1 : 0);
}

/* All the progress there can still be; with a reserve it is open. */
static uint64_t
most_progress(const struct guard *g)
{
	return g->side[0].reserve ? UINT32_MAX : g->side[0].wanted + 1 - progress(g);
}

/* What costs as much is no better than the best, whatever it gains. */
static uint64_t
limit_of(const struct guard *g, const struct best *best)
{
	if (best->gain == 0)
		return UINT64_MAX;
	uint64_t limit = (most_progress(g) * best->cost + best->gain - 1) / best->gain;
	return limit > 0 ? limit : 1;
}

static void
try_partner(
    struct guard *g, struct swaps *swaps, uint32_t partner, unsigned side, struct best *best)
{
	uint64_t before = progress(g), limit = limit_of(g, best);
	swaps_begin(swaps, limit);
	swaps_take_with(swaps, &g->side[side], partner, swaps->set.by_way);
	struct best this = {progress(g) - before, swaps->cost, limit, partner, side, swaps->set};
	swaps_give_up(swaps, &g->side[side]);
	if (this.gain * best->cost > best->gain * this.cost ||
	    (this.gain > best->gain && this.cost == 0) || (best->gain == 0 && this.gain > 0))
		*best = this;
}

static bool
cannot_be_bettered(const struct guard *g, const struct best *best)
{
	return best->gain > 0 && best->cost == 0 && best->gain >= most_progress(g);
}

uint64_t
guard_tables(const struct disclosure *d, struct unit_set set)
{
	uint64_t tables = UINT64_C(1) << d->cell[set.cell].given.table | d->cell[set.cell].inner;
	if (set.minus != NO_CELL)
		tables |= UINT64_C(1) << d->cell[set.minus].given.table;
	return tables;
}

/* Units in no cell have any course that somebody took. Where today nothing tells of the secret,
 * whoever does what else is told of such a course may have taken it. */
static void
try_nowhere(struct guard *g, struct swaps *swaps, struct best *best)
{
	const struct disclosure *d = g->d;
	if ((g->side[0].bit & d->told[d->rules.earlier]) != 0)
		return;
	for (unsigned side = 0; side < 2 && !cannot_be_bettered(g, best); side++)
		try_partner(g, swaps, NO_CELL, side, best);
}

/* Among exchanges that touch the relaxed tables only. */
static void
find_best(struct guard *g, struct swaps *swaps, struct swaps_settings settings, struct best *best)
{
	size_t n = list_partners(g, settings.relaxed);
	size_t most = g->d->rules.earlier > 0 && !g->thorough ? PARTNERS_TRIED : n;
	swaps_index(swaps, settings);
	g->stale |= swaps == &g->swaps;
	try_nowhere(g, swaps, best);
	swaps->is_cut |= most < n;
	for (size_t i = 0; i < n && i < most && !is_called_off(g->d); i++) {
		uint64_t least = settings.least ? 0 : price(g->d, g->order[i]);
		if ((best->gain > 0 && least >= best->cost) || (least > 0 && swaps->free_only))
			break;
		for (unsigned side = 0; side < 2 && !cannot_be_bettered(g, best); side++)
			try_partner(g, swaps, g->order[i], side, best);
	}
}

/* False: there was none. */
static bool
take_best(struct guard *g, struct swaps *swaps, const struct best *best)
{
	uint64_t before = progress(g);
	if (best->gain == 0)
		return false;
	swaps_index(swaps, best->settings);
	swaps_begin(swaps, best->limit);
	swaps_take_with(swaps, &g->side[best->side], best->partner, best->settings.by_way);
	if (!best->settings.least)
		withhold_touched(g);
	return progress(g) > before;
}

static const struct best none = {0, 1, 0, 0, 0, {0}};

/* Where there are earlier releases, each search also for histories that differed in them. */
static void
find_best_of_all(
    struct guard *g, struct swaps *swaps, struct swaps_settings settings, struct best *best)
{
	uint64_t gain = best->gain;
	find_best(g, swaps, settings, best);
	if (best->gain > gain || g->d->rules.earlier == 0)
		return;
	settings.past = true;
	find_best(g, swaps, settings, best);
	if (best->gain > gain || settings.goal != 0 || settings.unrelated)
		return;
	settings.by_way = true;
	settings.past = false;
	find_best(g, swaps, settings, best);
}

bool
guard_take_best(struct guard *g, struct swaps *swaps, struct swaps_settings settings)
{
	struct best best = none;
	find_best_of_all(g, swaps, settings, &best);
	return take_best(g, swaps, &best);
}

static void
find_best_of_kinds(
    struct guard *g, const struct secret *secret, struct swaps_settings settings, struct best *best)
{
	for (unsigned kind = 0; kind < guard_kinds(secret); kind++)
		find_best_of_all(g, &g->swaps, guard_of_kind(settings, secret, kind), best);
}

/* The best of exchanges that touch tables about the set, or else also tables of what it lies in, or
 * else small cells of any. Where there are earlier releases to mind, the first that is found: the
 * search takes long enough. */
static struct best
find_cheapest(struct guard *g, const struct secret *secret)
{
	struct best best = none;
	struct swaps_settings settings = {
	    .families = secret->families, .relaxed = guard_tables(g->d, secret->set)};
	for (unsigned i = 0; i < 2; i++) {
		for (settings.small = 0; settings.small <= LARGE;
		     settings.small = 10 * settings.small + 100) {
			find_best_of_kinds(g, secret, settings, &best);
			if (best.gain > 0 && g->d->rules.earlier > 0)
				return best;
		}
		if (best.gain > 0)
			return best;
		settings.relaxed |= g->d->cell[secret->set.cell].outer;
	}
	settings.small = ANY_SIZE;
	find_best_of_kinds(g, secret, settings, &best);
	return best;
}

bool
guard_take_cheapest(struct guard *g, const struct secret *secret)
{
	struct best best = find_cheapest(g, secret);
	return take_best(g, &g->swaps, &best);
}

bool
guard_take_anything(struct guard *g)
{
	for (unsigned side = 0; side < 2; side++) {
		uint64_t before = progress(g);
		swaps_begin(&g->swaps, UINT64_MAX);
		swaps_take_cheapest(&g->swaps, &g->side[side]);
		withhold_touched(g);
		if (progress(g) > before)
			return true;
	}
	return false;
}
