/* SPDX-License-Identifier: Apache-2.0 */
/* Ten counts a goal and cell stand side by side: for certain members, then for those that may be
 * one, five places each. What a unit adds to is the same in each of its cells but for where the
 * cell begins, so the offsets are reckoned once a unit. */
#include "collector/counters.h"

#include <stdlib.h>
#include <string.h>

/* The places of a membership; the first four are the values of enum truth. */
#define PLACE_SILENT 4
#define PLACES 5
#define PER_GOAL (2 * PLACES)

struct counters {
	const struct definition *definition;
	const struct cells *cells;
	size_t n;
	uint32_t count[];
};

struct counters *
counters_new(const struct definition *definition, const struct cells *cells)
{
	size_t n = cells_count(cells) * definition->goals * PER_GOAL;
	struct counters *c = calloc(1, sizeof(*c) + n * sizeof(c->count[0]));
	if (c == NULL)
		return NULL;
	c->definition = definition;
	c->cells = cells;
	c->n = n;
	return c;
}

struct counters *
counters_copy(const struct counters *counters)
{
	size_t bytes = sizeof(*counters) + counters->n * sizeof(counters->count[0]);
	struct counters *copy = malloc(bytes);
	if (copy != NULL)
		memcpy(copy, counters, bytes);
	return copy;
}

void
counters_free(struct counters *counters)
{
	free(counters);
}

/* ------------------------------------------------------------------- counting */

/* Where a unit counts, from the beginning of a cell. Returns how many. */
static size_t
places_of(const struct definition *d, uint32_t membership, const struct indicator_bits *bits,
    uint32_t out[GOALS_MAX])
{
	size_t n = 0;
	for (size_t i = 0; i < d->goals; i++) {
		const struct goal *goal = &d->goal[i];
		uint32_t member = membership >> goal->population * 2 & 3;
		if (member != TRUTH_TRUE && member != TRUTH_UNKNOWN)
			continue;
		uint32_t place =
		    bits != NULL ? indicator_bits_get(bits, goal->indicator) : PLACE_SILENT;
		out[n++] = (uint32_t)i * PER_GOAL + (member == TRUTH_UNKNOWN ? PLACES : 0) + place;
	}
	return n;
}

struct places {
	uint16_t cell[CELLS_OF_UNIT_MAX];
	size_t cells;
	size_t stride;
	uint32_t place[GOALS_MAX];
};

static void
find_cells(
    const struct counters *c, const struct columns *columns, uint32_t row, struct places *out)
{
	struct register_row r;
	columns_row(columns, row, &r);
	out->cells = cells_of_unit(c->cells, &r, out->cell);
	out->stride = c->definition->goals * PER_GOAL;
}

static void
count(struct counters *c, struct places *p, uint32_t membership, const struct indicator_bits *bits,
    uint32_t by)
{
	size_t n = places_of(c->definition, membership, bits, p->place);
	for (size_t i = 0; i < p->cells; i++) {
		uint32_t *cell = &c->count[p->cell[i] * p->stride];
		for (size_t k = 0; k < n; k++)
			cell[p->place[k]] += by;
	}
}

void
counters_add(struct counters *c, const struct columns *columns, uint32_t row,
    const struct indicator_bits *bits, int by)
{
	struct places p;
	find_cells(c, columns, row, &p);
	count(c, &p, columns->membership[row], bits, (uint32_t)by);
}

void
counters_move(struct counters *c, const struct columns *columns, uint32_t row,
    const struct indicator_bits *old, const struct indicator_bits *new)
{
	struct places p;
	find_cells(c, columns, row, &p);
	count(c, &p, columns->membership[row], old, UINT32_MAX); /* minus one */
	count(c, &p, columns->membership[row], new, 1);
}

/* ------------------------------------------------------------------- reading */

void
counters_rate(const struct counters *c, size_t cell, size_t goal, struct rate_counts *out)
{
	const uint32_t *member = &c->count[(cell * c->definition->goals + goal) * PER_GOAL];
	const uint32_t *perhaps = member + PLACES;
	*out = (struct rate_counts){
	    .met = member[TRUTH_TRUE],
	    .not_met = member[TRUTH_FALSE],
	    .unknown = member[TRUTH_UNKNOWN],
	    .n_unknown_met = perhaps[TRUTH_TRUE],
	    .n_unknown_not_met = perhaps[TRUTH_FALSE],
	};
	out->n = out->met + out->not_met + out->unknown + member[PLACE_SILENT];
	out->n_unknown = out->n_unknown_met + out->n_unknown_not_met + perhaps[TRUTH_UNKNOWN] +
			 perhaps[PLACE_SILENT];
}
