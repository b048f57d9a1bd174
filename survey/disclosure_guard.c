/* SPDX-License-Identifier: Apache-2.0 */
/* Secondary suppression. Secret by secret: are there exchanges enough to make its count uncertain?
 * Where not, withhold what the cheapest further ones would change: first cells of the secret's own
 * tables and of those inside it, then anything. */
#include "survey/disclosure_guard.h"

#include <stdlib.h>
#include <string.h>

#define SECOND_LOOK 30000000 /* steps */
#define THOROUGH_STEPS 8000000

static bool
guard_open(struct guard *g, struct disclosure *d)
{
	*g = (struct guard){.d = d, .deep = THOROUGH_STEPS};
	if (!alike_open(&g->alike, d) || !swaps_open(&g->least[0], d, &g->alike, &g->deep) ||
	    !swaps_open(&g->least[1], d, &g->alike, &g->deep) ||
	    !swaps_open(&g->swaps, d, &g->alike, &g->deep))
		return false;
	g->stale = true;
	g->set = (struct unit_set){NO_CELL, NO_CELL};
	g->needs = calloc(d->secrets * d->words + 1, sizeof(*g->needs));
	g->spare = malloc((d->secrets * d->words + 1) * sizeof(*g->spare));
	g->tried = malloc((d->secrets + 1) * sizeof(*g->tried));
	g->member = malloc((d->groups.count + 1) * sizeof(*g->member));
	g->order = malloc(d->cells * sizeof(*g->order));
	g->hidden = malloc(d->cells * sizeof(*g->hidden));
	for (unsigned i = 0; i < 2; i++) {
		g->side[i].used = calloc(d->groups.count + 1, sizeof(*g->side[i].used));
		g->side[i].other = &g->side[1 - i];
	}
	return g->needs != NULL && g->spare != NULL && g->tried != NULL && g->member != NULL &&
	       g->order != NULL && g->hidden != NULL && g->side[0].used != NULL &&
	       g->side[1].used != NULL;
}

static void
guard_close(struct guard *g)
{
	alike_close(&g->alike);
	swaps_close(&g->least[0]);
	swaps_close(&g->least[1]);
	swaps_close(&g->swaps);
	free(g->needs);
	free(g->spare);
	free(g->tried);
	free(g->member);
	free(g->order);
	free(g->hidden);
	free(g->side[0].used);
	free(g->side[1].used);
}

/* Secrets of one set follow one another. */
static void
list_members(struct guard *g, struct unit_set set)
{
	const struct disclosure *d = g->d;
	const struct shelf *of = &d->of_cell;
	if (set.cell == g->set.cell && set.minus == g->set.minus)
		return;
	g->set = set;
	g->members = 0;
	for (uint32_t i = of->begin[set.cell]; i < of->begin[set.cell + 1]; i++) {
		uint32_t p = of->item[i];
		for (uint32_t k = d->group_of_place[p];
		     k < d->group_of_place[p + 1] && set_has(d, set, p); k++)
			g->member[g->members++] = k;
	}
}

static void
aim(struct guard *g, const struct secret *secret, uint64_t wanted, bool reserve)
{
	swaps_forget(&g->least[0], g->side);
	swaps_forget(&g->least[1], g->side);
	swaps_forget(&g->swaps, g->side);
	list_members(g, secret->set);
	for (unsigned i = 0; i < 2; i++) {
		struct side *side = &g->side[i];
		side->set = secret->set;
		side->bit = secret->bit;
		side->down = i == 0;
		side->wanted = wanted;
		side->reserve = reserve;
		side->got = side->tight = 0;
		side->member = g->member;
		side->members = g->members;
	}
}

static void
take_free(struct guard *g, struct swaps *swaps)
{
	for (unsigned i = 0; i < 2 && !guard_has_enough(g); i++) {
		swaps_begin(swaps, UINT64_MAX);
		swaps_take_free(swaps, &g->side[i]);
	}
}

static void
index_again(struct guard *g, const struct secret *secret, unsigned kind)
{
	struct swaps_settings settings =
	    guard_of_kind((struct swaps_settings){.families = secret->families}, secret, kind);
	const struct swaps_settings *is = &g->swaps.set;
	if (g->stale || is->families != settings.families || is->goal != settings.goal ||
	    is->unrelated != settings.unrelated)
		swaps_index(&g->swaps, settings);
	g->swaps.set.bit = settings.bit;
	g->stale = false;
}

static void
take_all_free(struct guard *g, const struct secret *secret)
{
	for (unsigned kind = 0; kind < guard_kinds(secret) && !guard_has_enough(g); kind++) {
		index_again(g, secret, kind);
		take_free(g, &g->swaps);
	}
}

static struct swaps *
least_of(struct guard *g, unsigned families)
{
	return &g->least[families == ALL_FAMILIES ? 1 : 0];
}

/* Does one known unit outside leave some of it? If the search gave up, perhaps. */
static bool
can_hold_reserve(struct guard *g, const struct secret *secret)
{
	if (secret->most == 0 || secret->most > 2) /* it spoils one each way at most */
		return false;
	struct swaps_settings settings = {.families = secret->families, .least = true};
	struct swaps *least = least_of(g, secret->families);
	aim(g, secret, secret->most, true);
	least->is_cut = false;
	for (unsigned kind = 0; kind < guard_kinds(secret) && !guard_has_enough(g); kind++) {
		swaps_index(least, guard_of_kind(settings, secret, kind));
		take_free(g, least);
	}
	return guard_has_enough(g) || least->is_cut;
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

/* False: the search gave up. */
static bool
take_most(struct guard *g, struct swaps *least, const struct secret *secret,
    struct swaps_settings settings)
{
	swaps_index(least, settings);
	take_free(g, least);
	bool spent = least->budget == 0;
	settings.relaxed = guard_tables(g->d, secret->set) | g->d->cell[secret->set.cell].outer;
	while (!guard_has_enough(g) && guard_take_best(g, least, settings))
		;
	return !spent;
}

/* How much uncertainty there can be: the frequency, or what is left when all that may be withheld
 * is; `alone`: as if there had been no earlier release. In g->is_cut: perhaps it is more. */
static uint64_t
most_within(struct guard *g, const struct secret *secret, unsigned families, bool alone)
{
	struct swaps_settings settings = {.families = families, .least = true, .alone = alone};
	uint64_t frequency = g->d->rules.frequency;
	struct swaps *least = least_of(g, families);
	aim(g, secret, frequency, false);
	least->is_cut = false;
	bool spent = false;
	for (unsigned kind = 0; kind < guard_kinds(secret) && !spent && !guard_has_enough(g);
	     kind++)
		spent = !take_most(g, least, secret, guard_of_kind(settings, secret, kind));
	uint64_t most = g->side[0].got + g->side[1].got;
	g->is_cut = least->is_cut && most < frequency;
	return spent || most > frequency ? frequency : most;
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

static void
guard_within(struct guard *g, const struct secret *secret)
{
	take_all_free(g, secret);
	while (!guard_has_enough(g) && !is_called_off(g->d)) {
		if (guard_take_cheapest(g, secret))
			continue;
		bool took = false;
		for (unsigned kind = 0; kind < guard_kinds(secret) && !took; kind++) {
			index_again(g, secret, kind);
			took = guard_take_anything(g);
		}
		if (!took)
			return;
		take_all_free(g, secret);
	}
}

/* What range it can have, and among whom exchanges are to be sought: within its families, unless
 * more is to be had over all. */
static void
measure(struct guard *g, struct secret *secret)
{
	unsigned families = families_of(g->d, secret->set);
	secret->families = families;
	secret->most = most_within(g, secret, families, false);
	secret->is_cut = g->is_cut;
	secret->reserve = can_hold_reserve(g, secret);
	if (families == ALL_FAMILIES || (secret->most == g->d->rules.frequency))
		return;
	struct secret wider = *secret;
	wider.families = ALL_FAMILIES;
	wider.most = most_within(g, &wider, ALL_FAMILIES, false);
	wider.is_cut = secret->is_cut = g->is_cut;
	wider.reserve = can_hold_reserve(g, &wider);
	if (wider.most > secret->most ||
	    (wider.most == secret->most && wider.reserve > secret->reserve))
		*secret = wider;
}

static uint64_t *
needs_of(const struct guard *g, size_t secret)
{
	return g->needs + secret * g->d->words;
}

/* No reader was open to more without the breakdowns. The first reader, where there is a second to
 * whom that is proven, is taken at what the search found, unless without earlier releases it would
 * have found enough. */
static bool
is_all_there_can_be(struct guard *g, const struct secret *secret)
{
	if (secret->most == g->d->rules.frequency || secret->most >= guard_bound(g->d, secret))
		return true;
	if (secret->unrelated || secret->is_cut)
		return false;
	uint64_t alone = most_within(g, secret, ALL_FAMILIES, true);
	return !g->is_cut &&
	       (secret->most >= alone || (g->d->goals > 0 && alone < g->d->rules.frequency));
}

static void
be_thorough(struct guard *g, bool is)
{
	g->thorough = g->swaps.thorough = g->least[0].thorough = g->least[1].thorough = is;
	g->stale = true;
}

/* Once more, with all partners, where the first look proves nothing. */
static bool
measure_well(struct guard *g, struct secret *secret)
{
	measure(g, secret);
	if (is_all_there_can_be(g, secret))
		return true;
	be_thorough(g, true);
	measure(g, secret);
	bool sure = is_all_there_can_be(g, secret);
	be_thorough(g, false);
	return sure;
}

/* Who takes goals to be unrelated holds all possible that others do. So the exchanges that keep the
 * count from these, the secret before, keep it from him too, unless he was open to more. */
static bool
is_kept_already(const struct secret *secret)
{
	return secret->unrelated && secret->most <= secret[-1].most &&
	       secret->reserve <= secret[-1].reserve;
}

/* Of a goal of which nothing is shown today a release tells only who has answered, if goals are
 * unrelated. So who was left a range of those that have answered is left as much of those that met
 * it: each who may have answered may have met it or not. */
static bool
is_untold(struct guard *g, const struct secret *secret)
{
	const struct disclosure *d = g->d;
	const uint64_t *telling = cells_telling(d, secret->goal);
	if (!secret->unrelated || secret->goal == 0 || !g->answered_is_kept ||
	    secret->set.cell != g->answered.cell || secret->set.minus != g->answered.minus)
		return false;
	for (size_t i = 0; i < d->slots; i++)
		if ((telling[i / 64] >> i % 64 & 1) != 0 && d->cell[d->cell_at[i]].open)
			return false;
	g->untold |= UINT32_C(1) << secret->goal;
	return true;
}

/* Of a set's counts that of the answered comes first, twice where there are goals. */
static void
note_answered(struct guard *g, const struct secret *secret, bool sure)
{
	if (secret->bit != g->d->rules.responded)
		return;
	g->answered_is_kept = sure && (!secret->unrelated || g->answered_is_kept);
	g->answered = secret->set;
}

/* False: what earlier releases showed may leave it less than it should have, or no exchange was
 * found where there might be one. */
static bool
keep_secret(struct guard *g, size_t i)
{
	struct secret *secret = &g->d->secret[i];
	if (secret->unrelated && secret[-1].most == g->d->rules.frequency)
		return true;
	if (is_untold(g, secret))
		return true;
	bool sure = measure_well(g, secret);
	if (!is_kept_already(secret)) {
		aim(g, secret, secret->most, secret->reserve);
		guard_within(g, secret);
		if (!guard_has_enough(g)) {
			be_thorough(g, true);
			guard_within(g, secret);
			be_thorough(g, false);
		}
		swaps_needs(&g->swaps, needs_of(g, i));
		sure = sure && side_is_wide(&g->side[0]);
	}
	uint32_t cell = secret->set.minus == NO_CELL ? secret->set.cell : secret->set.minus;
	g->d->cell[cell].exposed |= !sure;
	note_answered(g, secret, sure);
	return sure;
}

/* The same without withholding more. */
static bool
keeps_anyway(struct guard *g, size_t i)
{
	const struct secret *secret = &g->d->secret[i];
	aim(g, secret, secret->most, secret->reserve);
	g->swaps.free_only = true;
	take_all_free(g, secret);
	struct swaps_settings settings = {
	    .families = secret->families, .relaxed = guard_tables(g->d, secret->set)};
	for (unsigned kind = 0; kind < guard_kinds(secret); kind++)
		while (!guard_has_enough(g) &&
		       guard_take_best(g, &g->swaps, guard_of_kind(settings, secret, kind)))
			;
	g->swaps.free_only = false;
	swaps_needs(&g->swaps, needs_of(g, i));
	return guard_has_enough(g);
}

static bool
is_needed(const struct guard *g, size_t secret, uint32_t cell)
{
	uint32_t slot = g->d->slot[cell];
	return slot != NO_CELL && (needs_of(g, secret)[slot / 64] >> slot % 64 & 1) != 0;
}

static void
copy_needs(uint64_t *to, const uint64_t *from, const struct guard *g, size_t secret)
{
	size_t words = g->d->words;
	memcpy(to + secret * words, from + secret * words, words * sizeof(*to));
}

/* Show a cell again if every secret that needs it can do without. */
static void
show_again(struct guard *g, uint32_t cell)
{
	struct cell_state *c = &g->d->cell[cell];
	size_t n = 0;
	c->open = g->stale = true;
	for (size_t i = 0; i < g->d->secrets && !is_called_off(g->d); i++) {
		if (!is_needed(g, i, cell))
			continue;
		copy_needs(g->spare, g->needs, g, i);
		g->tried[n++] = i;
		if (keeps_anyway(g, i))
			continue;
		c->open = false;
		g->stale = true;
		while (n-- > 0)
			copy_needs(g->needs, g->spare, g, g->tried[n]);
		return;
	}
	c->reason = DISCLOSURE_SAFE;
}

static bool
tells_what_is_untold(const struct guard *g, uint32_t cell)
{
	uint32_t told = 0;
	for (unsigned m = 0; m < g->d->rules.measures; m++)
		if ((g->d->cell[cell].given.unpublished >> m & 1) == 0)
			told |= UINT32_C(1) << g->d->rules.goal[m];
	return (told & g->untold) != 0;
}

static void
show_what_can_be(struct guard *g)
{
	size_t n = 0;
	uint32_t *cell = g->hidden;
	for (uint32_t c = 0; c < g->d->cells; c++)
		if (g->d->cell[c].reason == DISCLOSURE_FOR_OTHERS && !tells_what_is_untold(g, c))
			cell[n++] = c;
	qsort_r(cell, n, sizeof(*cell), by_weight, g->d);
	uint64_t until = g->swaps.work + SECOND_LOOK;
	while (n-- > 0 && g->swaps.work < until)
		show_again(g, cell[n]);
}

/* The last resort: nothing is shown with today's figures but headlines that are safe. Then what
 * readers know is what headlines and the past tell. Of one family alone that would not do: tables
 * of the others tell how many units took each course. */
static void
hold(struct guard *g)
{
	struct disclosure *d = g->d;
	for (uint32_t c = 0; c < d->cells; c++) {
		if (d->cell[c].fixed || !d->cell[c].open)
			continue;
		d->cell[c].open = false;
		d->cell[c].reason = DISCLOSURE_FOR_OTHERS;
	}
}

enum disclosure_status
guard_apply(struct disclosure *d)
{
	struct guard g;
	bool ok = guard_open(&g, d);
	for (size_t i = 0; ok && !d->held && i < d->secrets && !is_called_off(d); i++)
		d->held = !keep_secret(&g, i) && d->rules.certain;
	if (d->held)
		hold(&g);
	if (ok && !d->held)
		show_what_can_be(&g);
	ok = ok && !g.alike.failed;
	guard_close(&g);
	return ok ? DISCLOSURE_OK : DISCLOSURE_NO_MEMORY;
}
