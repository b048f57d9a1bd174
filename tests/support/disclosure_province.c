/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/disclosure_province.h"

#include <assert.h>

#include "tests/support/naive_rule.h"

enum { COMMUNES = 69, ZONES = 31, ZONE_TYPES = 4, SECTIONS = 22, SECTION_GROUPS = 5, SIZES = 4 };
enum { POPULATIONS = 3 }; /* all, industry, in zones */
enum {
	TOTAL = 0,
	COMMUNE = 1,
	ZONE = COMMUNE + COMMUNES,
	TYPE = ZONE + ZONES,
	SECTION = TYPE + ZONE_TYPES,
	GROUP = SECTION + SECTIONS,
	SIZE = GROUP + SECTION_GROUPS,
	SIZE_GROUP = SIZE + SIZES,
	SIZE_TYPE = SIZE_GROUP + SIZES * SECTION_GROUPS,
	CELLS = SIZE_TYPE + SIZES * ZONE_TYPES
};

/* Where the cells of a table begin, and whose family they are: communes, or all that hangs together
 * by the tables that sizes are crossed in. */
static const struct {
	uint16_t first;
	uint8_t family;
} tables[] = {{TOTAL, DISCLOSURE_COMMON}, {COMMUNE, 1}, {ZONE, 2}, {TYPE, 2}, {SECTION, 2},
    {GROUP, 2}, {SIZE, 2}, {SIZE_GROUP, 2}, {SIZE_TYPE, 2}};

size_t
province_cells(void)
{
	return (size_t)POPULATIONS * CELLS;
}

static unsigned
skewed(uint64_t *seed, unsigned n)
{
	unsigned a = (unsigned)random_below(seed, n), b = (unsigned)random_below(seed, n);
	return a < b ? a : b;
}

static unsigned
random_size(uint64_t *seed)
{
	unsigned x = (unsigned)random_below(seed, 1000);
	return x < 700 ? 0 : x < 930 ? 1 : x < 985 ? 2 : 3;
}

/* A lone park for each but the smallest; the rest are clusters. */
static unsigned
type_of_zone(unsigned zone)
{
	return zone == 0 ? 0 : zone <= 2 ? 1 : zone <= 9 ? 2 : 3;
}

static size_t
stand(uint16_t *cell, size_t n, uint16_t base, const unsigned where[4])
{
	unsigned type = type_of_zone(where[1]), group = where[2] < 4 ? where[2] : 4;
	const unsigned at[] = {TOTAL, COMMUNE + where[0], ZONE + where[1], TYPE + type,
	    SECTION + where[2], GROUP + group, SIZE + where[3],
	    SIZE_GROUP + where[3] * SECTION_GROUPS + group,
	    SIZE_TYPE + where[3] * ZONE_TYPES + type};
	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++)
		cell[n++] = (uint16_t)(base + at[i]);
	return n;
}

/* Half answer before the first release, a tenth of all before each one after. */
static void
answer(uint64_t *seed, unsigned met, unsigned release, uint32_t *counted_as)
{
	unsigned when = (unsigned)random_below(seed, 10);
	uint32_t bits = random_below(seed, 100) < met ? 3 : random_below(seed, 10) == 0 ? 1 : 5;
	for (unsigned r = 0; r <= release; r++)
		counted_as[r] = when < 5 + r ? bits : 0;
}

static void
add_unit(struct disclosure *d, uint64_t *seed, unsigned met, unsigned release)
{
	unsigned where[4] = {skewed(seed, COMMUNES), 0, skewed(seed, SECTIONS), random_size(seed)};
	if (random_below(seed, 20) == 0) {
		where[1] = 1 + skewed(seed, ZONES - 1);
		where[0] = where[1] * 2 % COMMUNES; /* a zone lies in one commune */
	}
	uint16_t cell[3 * 9];
	uint32_t counted_as[DISCLOSURE_EARLIER_MAX + 1];
	size_t n = stand(cell, 0, 0, where);
	if (where[2] >= 1 && where[2] <= 4)
		n = stand(cell, n, CELLS, where);
	if (where[1] != 0)
		n = stand(cell, n, 2 * CELLS, where);
	answer(seed, met, release, counted_as);
	enum disclosure_status status = disclosure_add(d, cell, n, counted_as);
	assert(status == DISCLOSURE_OK);
}

struct disclosure *
province_new(uint64_t seed, size_t units, unsigned met, unsigned release, const uint64_t *shown)
{
	struct disclosure_cell cell[POPULATIONS * CELLS] = {{0}};
	const struct disclosure_rules rules = {.frequency = DISCLOSURE_FREQUENCY_PUBLIC,
	    .measures = 3,
	    .responded = 1,
	    .shares = 2,
	    .earlier = release};
	const size_t count = sizeof(tables) / sizeof(tables[0]);
	for (size_t c = 0; c < province_cells(); c++) {
		size_t table = 0;
		while (table + 1 < count && tables[table + 1].first <= c % CELLS)
			table++;
		cell[c].table = (uint8_t)(table + c / CELLS * count);
		cell[c].family = tables[table].family;
		cell[c].headline = c % CELLS == TOTAL;
		cell[c].shown = shown[c];
	}
	struct disclosure *d = disclosure_new(&rules, cell, province_cells(), NULL);
	assert(d != NULL);
	for (size_t i = 0; i < units; i++)
		add_unit(d, &seed, met, release);
	return d;
}
