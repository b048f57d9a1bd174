/* SPDX-License-Identifier: Apache-2.0 */
/* Secondary suppression. Secret by secret: are there exchanges enough to make its count uncertain?
 * Where not, withhold what the cheapest further ones would change: first cells of the secret's own
 * tables and of those inside it, then anything. */
#include <stdlib.h>
#include <string.h>

#include "survey/disclosure_swap.h"

/* Cells of more units than this give way last: there are menders for them, as a rule. */
#define LARGE 10000
#define SECOND_LOOK 300000000 /* steps */
#define PARTNERS_TRIED 32     /* with earlier releases to mind */

struct guard {
	struct disclosure *d;
	struct swaps least; /* as if only what must be shown were shown */
	struct swaps swaps;
	bool stale; /* cells were withheld since swaps was indexed, or tables are relaxed */
	struct side side[2]; /* down, up */
	uint32_t *order;     /* cells, cheapest first */
	uint32_t *hidden;    /* cells to be looked at once more */
	uint64_t *needs;     /* by secret: cells whose figures its exchanges change */
	size_t words;        /* of 64 cells each */
};

static bool
guard_open(struct guard *g, struct disclosure *d)
{
	*g = (struct guard){.d = d};
	if (!swaps_open(&g->least, d) || !swaps_open(&g->swaps, d))
		return false;
	swaps_index(&g->least, (struct swaps_settings){.families = ALL_FAMILIES, .least = true});
	g->stale = true;
	g->words = (d->cells + 63) / 64;
	g->needs = calloc(d->secrets * g->words + 1, sizeof(*g->needs));
	g->order = malloc(d->cells * sizeof(*g->order));
	g->hidden = malloc(d->cells * sizeof(*g->hidden));
	for (unsigned i = 0; i < 2; i++) {
		g->side[i].used = malloc((d->groups.count + 1) * sizeof(*g->side[i].used));
		g->side[i].other = &g->side[1 - i];
	}
	return g->needs != NULL && g->order != NULL && g->hidden != NULL &&
	       g->side[0].used != NULL && g->side[1].used != NULL;
}

static void
guard_close(struct guard *g)
{
	swaps_close(&g->least);
	swaps_close(&g->swaps);
	free(g->needs);
	free(g->order);
	free(g->hidden);
	free(g->side[0].used);
	free(g->side[1].used);
}

static void
aim(struct guard *g, const struct secret *secret, uint64_t wanted, bool reserve)
{
	swaps_forget(&g->least);
	swaps_forget(&g->swaps);
	for (unsigned i = 0; i < 2; i++) {
		struct side *side = &g->side[i];
		side->set = secret->set;
		side->bit = secret->bit;
		side->down = i == 0;
		side->wanted = wanted;
		side->reserve = reserve;
		side->got = side->tight = 0;
		memset(side->used, 0, g->d->groups.count * sizeof(*side->used));
	}
}

static bool
has_enough(const struct guard *g)
{
	return side_has_enough(&g->side[0]);
}

static void
take_free(struct guard *g, struct swaps *swaps)
{
	for (unsigned i = 0; i < 2 && !has_enough(g); i++) {
		swaps_begin(swaps);
		swaps_take_free(swaps, &g->side[i]);
	}
}

static void
index_again(struct guard *g, unsigned families)
{
	if (g->stale || g->swaps.set.families != families)
		swaps_index(&g->swaps, (struct swaps_settings){.families = families});
	g->stale = false;
}

/* Does one known unit outside leave some of it? */
static bool
can_hold_reserve(struct guard *g, const struct secret *secret)
{
	if (secret->most == 0 || secret->most > 2) /* it spoils one each way at most */
		return false;
	aim(g, secret, secret->most, true);
	take_free(g, &g->least);
	return has_enough(g);
}

static void
withhold_touched(struct guard *g)
{
	for (size_t i = 0; i < g->swaps.touches; i++) {
		struct cell_state *c = &g->d->cell[g->swaps.touched[i]];
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

static int
by_weight(const void *a, const void *b, void *context)
{
	const struct disclosure *d = context;
	uint32_t one = *(const uint32_t *)a, other = *(const uint32_t *)b;
	uint32_t p = d->cell[one].weight, q = d->cell[other].weight;
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
	uint32_t partner;
	unsigned side;
	struct swaps_settings settings;
};

/* Progress: the range, and then the reserve. */
static uint64_t
progress(const struct guard *g)
{
	return g->side[0].got + g->side[1].got + (has_enough(g) ? 1 : 0);
}

static void
try_partner(
    struct guard *g, struct swaps *swaps, uint32_t partner, unsigned side, struct best *best)
{
	uint64_t before = progress(g);
	swaps_begin(swaps);
	swaps_take_with(swaps, &g->side[side], partner, swaps->set.by_way);
	struct best this = {progress(g) - before, swaps->cost, partner, side, swaps->set};
	swaps_give_up(swaps, &g->side[side]);
	if (this.gain * best->cost > best->gain * this.cost ||
	    (this.gain > best->gain && this.cost == 0) || (best->gain == 0 && this.gain > 0))
		*best = this;
}

static uint64_t
tables_about(const struct disclosure *d, struct unit_set set)
{
	uint64_t tables = UINT64_C(1) << d->cell[set.cell].given.table | d->cell[set.cell].inner;
	if (set.minus != NO_CELL)
		tables |= UINT64_C(1) << d->cell[set.minus].given.table;
	return tables;
}

/* Among exchanges that touch the relaxed tables only. */
static void
find_best(struct guard *g, struct swaps *swaps, struct swaps_settings settings, struct best *best)
{
	size_t n = list_partners(g, settings.relaxed);
	size_t most = g->d->rules.earlier > 0 ? PARTNERS_TRIED : n;
	swaps_index(swaps, settings);
	g->stale |= swaps == &g->swaps;
	for (size_t i = 0; i < n && i < most; i++) {
		uint64_t least = settings.least ? 0 : price(g->d, g->order[i]);
		if ((best->gain > 0 && least >= best->cost) || (least > 0 && swaps->free_only))
			break;
		for (unsigned side = 0; side < 2; side++)
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
	swaps_begin(swaps);
	swaps_take_with(swaps, &g->side[best->side], best->partner, best->settings.by_way);
	if (!best->settings.least)
		withhold_touched(g);
	return progress(g) > before;
}

static const struct best none = {0, 1, 0, 0, {0}};

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
	if (best->gain > gain)
		return;
	settings.by_way = true;
	settings.past = false;
	find_best(g, swaps, settings, best);
}

static bool
take_best_of_all(struct guard *g, struct swaps *swaps, struct swaps_settings settings)
{
	struct best best = none;
	find_best_of_all(g, swaps, settings, &best);
	return take_best(g, swaps, &best);
}

/* How much uncertainty there can be: the frequency, or what is left when all that may be withheld
 * is. */
static uint64_t
most_within(struct guard *g, const struct secret *secret, unsigned families)
{
	struct swaps_settings settings = {.families = families, .least = true};
	uint64_t frequency = g->d->rules.frequency;
	swaps_index(&g->least, settings);
	aim(g, secret, frequency, false);
	take_free(g, &g->least);
	bool spent = g->least.budget == 0;
	settings.relaxed = tables_about(g->d, secret->set);
	while (
	    !has_enough(g) && g->d->rules.earlier > 0 && take_best_of_all(g, &g->least, settings))
		;
	uint64_t most = g->side[0].got + g->side[1].got;
	return spent || most > frequency ? frequency : most;
}

static bool
take_anything(struct guard *g)
{
	for (unsigned side = 0; side < 2; side++) {
		uint64_t before = progress(g);
		swaps_begin(&g->swaps);
		swaps_take_cheapest(&g->swaps, &g->side[side]);
		withhold_touched(g);
		if (progress(g) > before)
			return true;
	}
	return false;
}

/* Who can form a difference across families has joined them, and then perhaps all. */
static unsigned
families_of(const struct disclosure *d, struct unit_set set)
{
	unsigned one = d->cell[set.cell].given.family;
	unsigned other = set.minus == NO_CELL ? one : d->cell[set.minus].given.family;
	if (one == DISCLOSURE_COMMON)
		one = other;
	if (other == DISCLOSURE_COMMON)
		other = one;
	if (one != other || one == DISCLOSURE_COMMON || d->families == 1U << one)
		return ALL_FAMILIES;
	return 1U << one;
}

/* The best of exchanges that touch tables about the set, or else also tables of what it lies in, or
 * else small cells of any. Where there are earlier releases to mind, the first that is found: the
 * search takes long enough. */
static struct best
find_cheapest(struct guard *g, const struct secret *secret)
{
	struct best best = none;
	struct swaps_settings settings = {
	    .families = secret->families, .relaxed = tables_about(g->d, secret->set)};
	for (unsigned i = 0; i < 2; i++) {
		for (settings.small = 0; settings.small <= LARGE;
		     settings.small = 10 * settings.small + 100) {
			find_best_of_all(g, &g->swaps, settings, &best);
			if (best.gain > 0 && g->d->rules.earlier > 0)
				return best;
		}
		settings.relaxed |= g->d->cell[secret->set.cell].outer;
	}
	return best;
}

static void
guard_within(struct guard *g, const struct secret *secret)
{
	index_again(g, secret->families);
	take_free(g, &g->swaps);
	while (!has_enough(g)) {
		struct best best = find_cheapest(g, secret);
		if (take_best(g, &g->swaps, &best))
			continue;
		index_again(g, secret->families);
		if (!take_anything(g))
			return;
		index_again(g, secret->families);
		take_free(g, &g->swaps);
	}
}

/* What range it can have, and among whom exchanges are to be sought: within its families, unless
 * more is to be had over all. */
static void
measure(struct guard *g, struct secret *secret)
{
	unsigned families = families_of(g->d, secret->set);
	secret->families = families;
	secret->most = most_within(g, secret, families);
	secret->reserve = can_hold_reserve(g, secret);
	if (families == ALL_FAMILIES || (secret->most == g->d->rules.frequency))
		return;
	struct secret wider = *secret;
	wider.families = ALL_FAMILIES;
	wider.most = most_within(g, &wider, ALL_FAMILIES);
	wider.reserve = can_hold_reserve(g, &wider);
	if (wider.most > secret->most ||
	    (wider.most == secret->most && wider.reserve > secret->reserve))
		*secret = wider;
}

static uint64_t *
needs_of(const struct guard *g, size_t secret)
{
	return g->needs + secret * g->words;
}

/* The range that the headlines of this release leave open. */
static uint64_t
most_alone(struct guard *g, const struct secret *secret)
{
	swaps_index(&g->least,
	    (struct swaps_settings){.families = ALL_FAMILIES, .least = true, .alone = true});
	aim(g, secret, g->d->rules.frequency, false);
	take_free(g, &g->least);
	uint64_t most = g->side[0].got + g->side[1].got;
	uint64_t frequency = g->d->rules.frequency;
	return g->least.budget == 0 || most > frequency ? frequency : most;
}

/* False: what earlier releases showed may leave it less than it should have, or no exchange was
 * found where there might be one. */
static bool
keep_secret(struct guard *g, size_t i)
{
	struct secret *secret = &g->d->secret[i];
	measure(g, secret);
	bool sure = secret->most == g->d->rules.frequency || secret->most == most_alone(g, secret);
	aim(g, secret, secret->most, secret->reserve);
	guard_within(g, secret);
	swaps_needs(&g->swaps, needs_of(g, i));
	sure = sure && side_is_wide(&g->side[0]);
	uint32_t cell = secret->set.minus == NO_CELL ? secret->set.cell : secret->set.minus;
	g->d->cell[cell].exposed |= !sure;
	return sure;
}

/* The same without withholding more. */
static bool
keeps_anyway(struct guard *g, size_t i)
{
	const struct secret *secret = &g->d->secret[i];
	aim(g, secret, secret->most, secret->reserve);
	index_again(g, secret->families);
	g->swaps.free_only = true;
	take_free(g, &g->swaps);
	struct swaps_settings settings = {
	    .families = secret->families, .relaxed = tables_about(g->d, secret->set)};
	while (!has_enough(g) && take_best_of_all(g, &g->swaps, settings))
		;
	g->swaps.free_only = false;
	swaps_needs(&g->swaps, needs_of(g, i));
	return has_enough(g);
}

static bool
is_needed(const struct guard *g, size_t secret, uint32_t cell)
{
	return (needs_of(g, secret)[cell / 64] >> cell % 64 & 1) != 0;
}

/* Show a cell again if every secret that needs it can do without. */
static void
show_again(struct guard *g, uint32_t cell, uint64_t *before)
{
	size_t size = g->d->secrets * g->words * sizeof(*before);
	struct cell_state *c = &g->d->cell[cell];
	memcpy(before, g->needs, size);
	c->open = g->stale = true;
	for (size_t i = 0; i < g->d->secrets; i++) {
		if (!is_needed(g, i, cell) || keeps_anyway(g, i))
			continue;
		c->open = false;
		g->stale = true;
		memcpy(g->needs, before, size);
		return;
	}
	c->reason = DISCLOSURE_SAFE;
}

static void
show_what_can_be(struct guard *g, uint64_t *before)
{
	size_t n = 0;
	uint32_t *cell = g->hidden;
	for (uint32_t c = 0; c < g->d->cells; c++)
		if (g->d->cell[c].reason == DISCLOSURE_FOR_OTHERS && !g->d->cell[c].held)
			cell[n++] = c;
	qsort_r(cell, n, sizeof(*cell), by_weight, g->d);
	uint64_t until = g->swaps.work + SECOND_LOOK;
	while (n-- > 0 && g->swaps.work < until)
		show_again(g, cell[n], before);
}

/* The last resort: of these families nothing is shown with today's figures but headlines that are
 * safe. Then what their readers know of them is what headlines and the past tell. */
static void
hold_families(struct guard *g, unsigned families)
{
	struct disclosure *d = g->d;
	for (uint32_t c = 0; c < d->cells; c++) {
		unsigned family = d->cell[c].given.family;
		bool held = family == DISCLOSURE_COMMON || (families >> family & 1) != 0;
		if (!held || d->cell[c].fixed)
			continue;
		d->cell[c].held = true;
		if (!d->cell[c].open)
			continue;
		d->cell[c].open = false;
		d->cell[c].reason = DISCLOSURE_FOR_OTHERS;
		g->stale = true;
	}
	d->held |= families == ALL_FAMILIES;
}

enum disclosure_status
guard_apply(struct disclosure *d)
{
	struct guard g;
	bool ok = guard_open(&g, d);
	uint64_t *before = malloc(d->secrets * g.words * sizeof(*before) + 1);
	ok = ok && before != NULL;
	if (d->held)
		hold_families(&g, ALL_FAMILIES);
	for (size_t i = 0; ok && !d->held && i < d->secrets; i++)
		if (!keep_secret(&g, i) && d->rules.certain)
			hold_families(&g, d->secret[i].families);
	if (ok && !d->held)
		show_what_can_be(&g, before);
	free(before);
	guard_close(&g);
	return ok ? DISCLOSURE_OK : DISCLOSURE_NO_MEMORY;
}
