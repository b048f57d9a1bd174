/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/disclosure_rig.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/naive_rule.h"

/* A province in small: what is in what. Zone 0 is outside; types and groups of the codes. */
enum { COMMUNES = 5, ZONES = 6, ZONE_TYPES = 3, SECTORS = 5, GROUPS = 2, SIZES = 3 };
static const unsigned type_of_zone[ZONES] = {0, 1, 1, 1, 2, 2};
static const unsigned group_of_sector[SECTORS] = {0, 0, 1, 1, 1};

enum {
	TABLE_TOTAL,
	TABLE_COMMUNE,
	TABLE_ZONE,
	TABLE_TYPE,
	TABLE_SECTOR,
	TABLE_SIZE,
	TABLE_SIZE_GROUP,
	TABLE_KIND,
	TABLES
};

/* Communes; zones with their types; all that hangs together by size and sector. */
static const uint8_t family_of_table[] = {[TABLE_TOTAL] = DISCLOSURE_COMMON,
    [TABLE_COMMUNE] = 1,
    [TABLE_ZONE] = 2,
    [TABLE_TYPE] = 2,
    [TABLE_SECTOR] = 3,
    [TABLE_SIZE] = 3,
    [TABLE_SIZE_GROUP] = 3,
    [TABLE_KIND] = 3};

/* First cells of one population. */
struct layout {
	uint16_t total, commune, zone, type, sector, group, size, size_group, kind;
};

static uint16_t
add_cells(struct rig *rig, uint8_t table, unsigned count)
{
	uint16_t first = (uint16_t)rig->cells;
	for (unsigned i = 0; i < count; i++) {
		rig->cell[rig->cells].family = family_of_table[table];
		rig->cell[rig->cells++].table = (uint8_t)(table + rig->populations * TABLES);
	}
	assert(rig->cells <= RIG_CELLS_MAX);
	return first;
}

static void
add_line(struct rig *rig, uint16_t total, unsigned first, unsigned count)
{
	rig->line[rig->lines++] =
	    (struct rig_line){total, (uint16_t)first, (uint16_t)(first + count - 1)};
}

static struct layout
lay_out(struct rig *rig)
{
	struct layout l = {0};
	rig->populations++;
	l.total = add_cells(rig, TABLE_TOTAL, 1);
	l.commune = add_cells(rig, TABLE_COMMUNE, COMMUNES);
	l.zone = add_cells(rig, TABLE_ZONE, ZONES);
	l.type = add_cells(rig, TABLE_TYPE, ZONE_TYPES);
	l.sector = add_cells(rig, TABLE_SECTOR, SECTORS);
	l.group = add_cells(rig, TABLE_SECTOR, GROUPS);
	l.size = add_cells(rig, TABLE_SIZE, SIZES);
	l.size_group = add_cells(rig, TABLE_SIZE_GROUP, SIZES * GROUPS);
	add_line(rig, l.total, l.commune, COMMUNES);
	add_line(rig, l.total, l.type, ZONE_TYPES);
	add_line(rig, l.total, l.group, GROUPS);
	add_line(rig, l.total, l.size, SIZES);
	add_line(rig, (uint16_t)(l.type + 1), l.zone + 1, 3);
	add_line(rig, (uint16_t)(l.type + 2), l.zone + 4, 2);
	add_line(rig, l.group, l.sector, 2);
	add_line(rig, (uint16_t)(l.group + 1), l.sector + 2, 3);
	for (unsigned s = 0; s < SIZES; s++)
		add_line(rig, (uint16_t)(l.size + s), l.size_group + s * GROUPS, GROUPS);
	if (rig->boards_met != 0) {
		l.kind = add_cells(rig, TABLE_KIND, 2);
		add_line(rig, l.total, l.kind, 2);
	}
	return l;
}

static void
stand(struct rig_unit *u, uint16_t cell)
{
	u->cell[u->cells++] = cell;
}

static void
stand_in(struct rig_unit *u, const struct layout *l, unsigned commune, unsigned zone,
    unsigned sector, unsigned size, bool is_board)
{
	stand(u, l->total);
	stand(u, (uint16_t)(l->commune + commune));
	stand(u, (uint16_t)(l->zone + zone));
	stand(u, (uint16_t)(l->type + type_of_zone[zone]));
	stand(u, (uint16_t)(l->sector + sector));
	stand(u, (uint16_t)(l->group + group_of_sector[sector]));
	stand(u, (uint16_t)(l->size + size));
	stand(u, (uint16_t)(l->size_group + size * GROUPS + group_of_sector[sector]));
	if (l->kind != 0)
		stand(u, (uint16_t)(l->kind + is_board));
}

/* Small codes more often, as in life. */
static unsigned
skewed(uint64_t *seed, unsigned n)
{
	unsigned a = (unsigned)random_below(seed, n), b = (unsigned)random_below(seed, n);
	return a < b ? a : b;
}

static uint32_t
random_answer(uint64_t *seed, unsigned percent_met)
{
	if (random_below(seed, 12) == 0)
		return RIG_BIT(RIG_RESPONDED); /* does not know */
	if (random_below(seed, 100) < percent_met)
		return RIG_BIT(RIG_RESPONDED) | RIG_BIT(RIG_MET) | RIG_BIT(RIG_CORE);
	uint32_t bits = RIG_BIT(RIG_RESPONDED) | RIG_BIT(RIG_NOT_MET);
	if (random_below(seed, 3) == 0)
		bits |= RIG_BIT(RIG_CORE) | RIG_BIT(RIG_CORE_ONLY);
	return bits;
}

uint32_t
rig_firm_measures(const struct rig *rig)
{
	unsigned n = rig->boards_met != 0 ? rig->boards_met : rig->rules.measures;
	return RIG_BIT(n) - 1;
}

/* Most answer once and stay with it. */
static void
answer(struct rig *rig, struct rig_unit *u, uint64_t *seed, unsigned percent_met,
    unsigned percent_answered, bool is_board)
{
	uint32_t bits = 0;
	for (unsigned r = 0; r < rig->releases; r++) {
		if (bits == 0 ? random_below(seed, 100) < percent_answered
			      : random_below(seed, 100) == 0) {
			bits = random_answer(seed, percent_met) & rig_firm_measures(rig);
			if (is_board)
				bits |= RIG_BIT(rig->boards_met + random_below(seed, 2));
		}
		u->counted_as[r] = bits;
	}
}

/* ------------------------------------------------------------------- boards */

/* As G1 of the survey that ships: a goal of its own, told of the whole only, of which some are
 * firms. */
static void
add_boards(struct rig *rig)
{
	rig->boards_met = rig->rules.measures;
	rig->rules.measures += 2;
	rig->rules.shares |= RIG_BIT(rig->boards_met);
	for (unsigned m = RIG_MET; m < rig->rules.measures; m++)
		rig->rules.goal[m] = m < rig->boards_met ? 1 : 2;
}

static uint16_t
lay_out_boards(struct rig *rig)
{
	if (rig->boards_met == 0)
		return 0;
	uint32_t of_boards = RIG_BIT(rig->boards_met) | RIG_BIT(rig->boards_met + 1);
	for (size_t c = 0; c < rig->cells; c++)
		rig->cell[c].unpublished = of_boards;
	uint16_t boards = add_cells(rig, TABLE_TOTAL, 1);
	rig->cell[boards].table = (uint8_t)(TABLES * (1 + rig->populations));
	rig->cell[boards].headline = true;
	rig->cell[boards].unpublished = ~(of_boards | RIG_BIT(RIG_RESPONDED));
	return boards;
}

void
rig_make(struct rig *rig, uint64_t seed, unsigned releases)
{
	memset(rig, 0, sizeof(*rig));
	seed = seed * UINT64_C(0x9e3779b97f4a7c15) ^ seed << 32; /* neighbours far apart */
	for (unsigned i = 0; i < 8; i++)
		random_below(&seed, 2);
	bool variants = random_below(&seed, 3) == 0;
	rig->rules = (struct disclosure_rules){.frequency = 3 + (unsigned)random_below(&seed, 3),
	    .measures = variants ? RIG_CORE_ONLY + 1 : RIG_NOT_MET + 1,
	    .responded = RIG_BIT(RIG_RESPONDED),
	    .shares = RIG_BIT(RIG_MET),
	    .certain = true};
	if (variants)
		rig->rules.shares |= RIG_BIT(RIG_CORE) | RIG_BIT(RIG_CORE_ONLY);
	if (random_below(&seed, 2) == 0)
		add_boards(rig);
	rig->releases = releases;
	struct layout all = lay_out(rig), in_zones = {0};
	bool populations = random_below(&seed, 2) == 0;
	if (populations)
		in_zones = lay_out(rig);
	rig->cell[all.total].headline = true;
	rig->cell[in_zones.total].headline = true;
	uint16_t boards_cell = lay_out_boards(rig);
	size_t boards = boards_cell != 0 ? 5 + random_below(&seed, 20) : 0;
	rig->units = 20 + random_below(&seed, RIG_UNITS_MAX - 20);
	unsigned met = 5 + (unsigned)random_below(&seed, 90);
	unsigned answered = 10 + (unsigned)random_below(&seed, 85);
	for (size_t i = 0; i < rig->units; i++) {
		struct rig_unit *u = &rig->unit[i];
		unsigned commune = skewed(&seed, COMMUNES), sector = skewed(&seed, SECTORS);
		unsigned size = skewed(&seed, SIZES);
		unsigned zone = random_below(&seed, 3) == 0 ? skewed(&seed, ZONES) : 0;
		if (random_below(&seed, 2) == 0 && zone != 0)
			commune = zone % COMMUNES; /* zones nest in communes, nearly */
		bool is_board = i < boards, is_firm = !is_board || i > 1;
		if (is_board)
			stand(u, boards_cell);
		if (is_firm)
			stand_in(u, &all, commune, zone, sector, size, is_board);
		if (is_firm && populations && zone != 0)
			stand_in(u, &in_zones, commune, zone, sector, size, is_board);
		answer(rig, u, &seed, met, answered, is_board);
	}
}

static struct disclosure *
run_release(const struct rig *rig, unsigned release, enum rig_care care)
{
	struct disclosure_cell cell[RIG_CELLS_MAX];
	struct disclosure_rules rules = rig->rules;
	memcpy(cell, rig->cell, rig->cells * sizeof(*cell));
	bool forget = care == RIG_NO_MEMORY_OF_BEFORE;
	rules.earlier = forget ? 0 : release;
	for (size_t c = 0; forget && c < rig->cells; c++)
		cell[c].shown = 0;
	const char *problem;
	struct disclosure *d = disclosure_new(&rules, cell, rig->cells, &problem);
	assert(d != NULL);
	for (size_t i = 0; i < rig->units; i++) {
		const struct rig_unit *u = &rig->unit[i];
		enum disclosure_status status =
		    disclosure_add(d, u->cell, u->cells, u->counted_as + (forget ? release : 0));
		assert(status == DISCLOSURE_OK);
	}
	enum disclosure_status status = disclosure_run(d);
	assert(status == DISCLOSURE_OK);
	return d;
}

void
rig_publish(struct rig *rig, enum rig_care care)
{
	for (unsigned r = 0; r < rig->releases; r++) {
		rig->last = run_release(rig, r, care);
		rig->rules.earlier = r;
		rig->held += disclosure_is_held(rig->last);
		for (size_t c = 0; c < rig->cells; c++) {
			struct disclosure_decision decision = disclosure_of(rig->last, c);
			bool shown = decision.action == DISCLOSURE_SHOW ||
				     (care == RIG_NOTHING_FOR_OTHERS &&
					 decision.reason == DISCLOSURE_FOR_OTHERS);
			if (shown)
				rig->cell[c].shown |= UINT64_C(1) << r;
		}
		if (r + 1 < rig->releases)
			rig_free(rig);
	}
}

void
rig_free(struct rig *rig)
{
	disclosure_free(rig->last);
	rig->last = NULL;
}

bool
rig_shows(const struct rig *rig, size_t cell, unsigned release)
{
	return (rig->cell[cell].shown >> release & 1) != 0;
}

static bool
stands_in(const struct rig_unit *u, int cell)
{
	for (size_t i = 0; i < u->cells; i++)
		if (u->cell[i] == cell)
			return true;
	return false;
}

bool
rig_stands_in(const struct rig *rig, size_t unit, int cell)
{
	return stands_in(&rig->unit[unit], cell);
}

bool
rig_is_inside(const struct rig *rig, size_t inner, size_t outer)
{
	size_t inside = 0, more = 0;
	for (size_t i = 0; i < rig->units; i++) {
		bool in = stands_in(&rig->unit[i], (int)inner);
		bool out = stands_in(&rig->unit[i], (int)outer);
		if (in && !out)
			return false;
		inside += in;
		more += out && !in;
	}
	return inside > 0 && more > 0;
}

/* Counts by measure; the units themselves come last. */
static void
count_set(
    const struct rig *rig, struct rig_set set, unsigned release, long out[RIG_MEASURES_MAX + 1])
{
	memset(out, 0, (RIG_MEASURES_MAX + 1) * sizeof(*out));
	for (size_t i = 0; i < rig->units; i++) {
		const struct rig_unit *u = &rig->unit[i];
		if (!stands_in(u, set.cell) || (set.minus >= 0 && stands_in(u, set.minus)))
			continue;
		out[RIG_MEASURES_MAX]++;
		for (unsigned m = 0; m < rig->rules.measures; m++)
			out[m] += u->counted_as[release] >> m & 1;
	}
}

static bool
shown_then(const struct rig *rig, struct rig_set set, unsigned release)
{
	return rig_shows(rig, (size_t)set.cell, release) &&
	       (set.minus < 0 || rig_shows(rig, (size_t)set.minus, release));
}

bool
rig_tells(const struct rig *rig, size_t cell, unsigned measure)
{
	return (rig->cell[cell].unpublished >> measure & 1) == 0;
}

/* Measures that the set's cells publish; where goals are unrelated, that any of them does. */
static uint32_t
told_of(const struct rig *rig, struct rig_set set)
{
	uint32_t told = 0;
	for (unsigned m = 0; m < rig->rules.measures; m++) {
		bool one = rig_tells(rig, (size_t)set.cell, m);
		bool other = set.minus < 0 ? one : rig_tells(rig, (size_t)set.minus, m);
		if ((one && other) || (rig->rules.goal[RIG_MET] != 0 && (one || other)))
			told |= RIG_BIT(m);
	}
	return told;
}

uint32_t
rig_secrets(const struct rig *rig, struct rig_set set)
{
	long now[RIG_MEASURES_MAX + 1], then[RIG_MEASURES_MAX + 1];
	const long frequency = (long)rig->rules.frequency;
	const uint32_t told = told_of(rig, set);
	const uint32_t all = (rig->rules.responded | rig->rules.shares) & told;
	unsigned last = rig->releases - 1;
	count_set(rig, set, last, now);
	if (now[RIG_MEASURES_MAX] == 0)
		return 0;
	if (now[RIG_MEASURES_MAX] < frequency)
		return all;
	if (now[RIG_RESPONDED] > 0 && now[RIG_RESPONDED] < frequency)
		return all;
	for (unsigned r = 0; r < last; r++) {
		if (!shown_then(rig, set, r))
			continue;
		count_set(rig, set, r, then);
		long most = 0;
		for (unsigned m = 0; m < rig->rules.measures; m++)
			if ((told >> m & 1) != 0 && labs(now[m] - then[m]) > most)
				most = labs(now[m] - then[m]);
		if (most > 0 && most < frequency)
			return all;
	}
	if (set.minus < 0 && rig->cell[set.cell].headline)
		return 0;
	uint32_t alike = 0;
	for (unsigned m = 0; m < rig->rules.measures; m++)
		if (now[m] == 0 || now[m] == now[RIG_MEASURES_MAX])
			alike |= RIG_BIT(m);
	return alike & rig->rules.shares & told;
}
