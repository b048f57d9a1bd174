/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/export/rounded_ties.h"

#include <stdlib.h>
#include <string.h>

#include "collector/export/release.h"

static bool
has_member(const struct rounded_ties *t, uint32_t row, unsigned population)
{
	return columns_member(t->in->columns, row, population) == TRUTH_TRUE;
}

static size_t
cells_of_row(const struct rounded_ties *t, uint32_t row, uint16_t cell[CELLS_OF_UNIT_MAX])
{
	struct register_row r;
	columns_row(t->in->columns, row, &r);
	return cells_of_unit(t->in->cells, &r, cell);
}

bool
rounded_ties_make(
    const struct rounded_input *in, const struct rounded *out, struct rounded_ties *ties)
{
	size_t populations = in->definition->populations;
	size_t n = cells_count(in->cells);
	*ties = (struct rounded_ties){.in = in,
	    .out = out,
	    .cells = n,
	    .units = calloc(populations * n + 1, sizeof(*ties->units)),
	    .together = calloc(populations * n * n, sizeof(*ties->together))};
	if (ties->units == NULL || ties->together == NULL)
		return false;
	for (uint32_t row = 0; row < in->columns->units; row++) {
		uint16_t cell[CELLS_OF_UNIT_MAX];
		size_t k = cells_of_row(ties, row, cell);
		for (unsigned p = 0; p < populations; p++)
			for (size_t i = 0; i < k && has_member(ties, row, p); i++)
				ties->units[p * n + cell[i]]++;
	}
	return true;
}

void
rounded_ties_clear(struct rounded_ties *ties)
{
	free(ties->units);
	free(ties->together);
	ties->units = ties->together = NULL;
}

static bool
was_done(const struct rounded_ties *t, unsigned population)
{
	return population != t->population && (t->done >> population & 1) != 0;
}

/* Of each cell of the population in hand, with each cell of another. */
static uint32_t *
counts_together(const struct rounded_ties *t, unsigned population)
{
	return &t->together[population * t->cells * t->cells];
}

static void
count_together(struct rounded_ties *t)
{
	size_t populations = t->in->definition->populations;
	memset(t->together, 0, populations * t->cells * t->cells * sizeof(*t->together));
	for (uint32_t row = 0; row < t->in->columns->units; row++) {
		uint16_t cell[CELLS_OF_UNIT_MAX];
		if (!has_member(t, row, t->population))
			continue;
		size_t n = cells_of_row(t, row, cell);
		for (unsigned p = 0; p < populations; p++) {
			uint32_t *together = counts_together(t, p);
			if ((t->done >> p & 1) == 0 || !has_member(t, row, p))
				continue;
			for (size_t i = 0; i < n; i++)
				for (size_t k = 0; k < n; k++)
					together[cell[i] * t->cells + cell[k]]++;
		}
	}
}

bool
rounded_ties_next(struct rounded_ties *t, unsigned *population)
{
	bool found = false;
	for (unsigned p = 0; p < t->in->definition->populations; p++) {
		bool is_larger =
		    !found || t->units[p * t->cells] > t->units[*population * t->cells];
		if ((t->done >> p & 1) != 0 || !is_larger)
			continue;
		*population = p;
		found = true;
	}
	if (!found)
		return false;
	t->population = *population;
	t->done |= UINT32_C(1) << *population;
	count_together(t);
	return true;
}

/* ------------------------------------------------------------------- two sets of units */

static bool
is_shown(const struct rounded_ties *t, unsigned population, size_t cell)
{
	size_t at = release_cell(t->in->definition, t->in->cells, population, cell);
	return t->out->decision[at] == RELEASE_SHOW;
}

/* Of one set above another, which lacks so many of its units. */
static uint64_t
allowed(const struct rounded_ties *t, uint64_t lacking)
{
	return lacking == 0 ? 0 : (lacking / t->in->base + 1) * t->in->base;
}

uint64_t
rounded_told(const struct rate_counts *rate, enum rounded_column column)
{
	return column == COLUMN_RESPONDED ? rate_responded(rate)
	       : column == COLUMN_MET     ? rate->met
					  : rate->not_met;
}

struct bounds {
	uint64_t *low, *cap;
};

/* Beside a set of `other` units, `both` of which are in the cell, too, of which so much was told.
 */
static void
bind_to(const struct rounded_ties *t, size_t cell, uint64_t other, uint64_t both, uint64_t told,
    const struct bounds *b)
{
	uint64_t units = t->units[t->population * t->cells + cell];
	uint64_t most = told + allowed(t, units - both), less = allowed(t, other - both);
	if (b->cap[cell] > most)
		b->cap[cell] = most;
	if (told > less && b->low[cell] < told - less)
		b->low[cell] = told - less;
}

/* `outer`: its rates of the goal that is told by cells of the population done before. */
static void
bind_cell(const struct rounded_ties *t, unsigned population, const struct rate_counts *outer,
    enum rounded_column column, size_t cell, const struct bounds *b)
{
	const uint32_t *units = &t->units[population * t->cells];
	const uint32_t *both = &counts_together(t, population)[cell * t->cells];
	for (size_t c = 0; c < t->cells; c++) {
		if (!is_shown(t, population, c))
			continue;
		uint64_t of_whole = rounded_told(&outer[0], column),
			 of_cell = rounded_told(&outer[c], column);
		bind_to(t, cell, units[c], both[c], of_cell, b);
		if (c > 0 && of_whole >= of_cell)
			bind_to(
			    t, cell, units[0] - units[c], both[0] - both[c], of_whole - of_cell, b);
	}
}

void
rounded_ties_bind_within(const struct rounded_ties *t, size_t cell, const bool *is_told,
    const uint64_t *told, uint64_t *low, uint64_t *cap)
{
	const struct bounds b = {low, cap};
	const uint32_t *units = &t->units[t->population * t->cells];
	const uint32_t *both = &counts_together(t, t->population)[cell * t->cells];
	for (size_t c = 0; c < t->cells; c++) {
		if (!is_told[c] || c == cell)
			continue;
		bind_to(t, cell, units[c], both[c], told[c], &b);
		if (c > 0 && told[0] >= told[c])
			bind_to(
			    t, cell, units[0] - units[c], both[0] - both[c], told[0] - told[c], &b);
	}
}

/* Of the same predicate; of who has answered any tells. NULL: there is none. */
static const struct rate_counts *
find_outer(
    const struct rounded_ties *t, unsigned population, size_t goal, enum rounded_column column)
{
	const struct definition *d = t->in->definition;
	for (size_t g = 0; g < d->goals; g++)
		if (d->goal[g].population == population &&
		    (column == COLUMN_RESPONDED || d->goal[g].indicator == d->goal[goal].indicator))
			return &t->out->rate[g * t->cells];
	return NULL;
}

void
rounded_ties_bind(const struct rounded_ties *t, size_t goal, enum rounded_column column,
    uint64_t *low, uint64_t *cap)
{
	const struct bounds bounds = {low, cap};
	for (unsigned p = 0; p < t->in->definition->populations; p++) {
		const struct rate_counts *outer = find_outer(t, p, goal, column);
		if (!was_done(t, p) || outer == NULL || !is_shown(t, p, 0))
			continue;
		for (size_t c = 0; c < t->cells; c++)
			if (t->units[t->population * t->cells + c] > 0)
				bind_cell(t, p, outer, column, c, &bounds);
	}
}
