/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/export/rounded_lines.h"

#include <stdlib.h>
#include <string.h>

#include "collector/export/release.h"

/* How many units of the register cells hold, and hold together. */
struct overlap {
	size_t cells;
	uint32_t *units;    /* by cell */
	uint32_t *together; /* [one * cells + other], of one dimension */
	bool *alone;        /* cells in no line: they cut across others */
};

static bool
is_inside(const struct overlap *o, size_t inner, size_t outer)
{
	return o->units[inner] > 0 && o->together[inner * o->cells + outer] == o->units[inner];
}

static void
count_unit(struct overlap *o, const struct cells *cells, const uint16_t *cell, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		enum dimension dimension = cells_info(cells, cell[i])->dimension;
		o->units[cell[i]]++;
		for (size_t k = 0; k < n; k++)
			if (cells_info(cells, cell[k])->dimension == dimension)
				o->together[cell[i] * o->cells + cell[k]]++;
	}
}

/* Of two that overlap and neither holds the other, the first: groups come before codes. */
static void
find_alone(struct overlap *o)
{
	for (size_t a = 1; a < o->cells; a++)
		for (size_t b = a + 1; b < o->cells; b++)
			if (o->together[a * o->cells + b] > 0 && !is_inside(o, a, b) &&
			    !is_inside(o, b, a))
				o->alone[a] = true;
}

static bool
overlap_make(const struct rounded_input *in, unsigned population, struct overlap *o)
{
	size_t n = cells_count(in->cells);
	*o = (struct overlap){n, calloc(n, sizeof(*o->units)), calloc(n * n, sizeof(*o->together)),
	    calloc(n, sizeof(*o->alone))};
	if (o->units == NULL || o->together == NULL || o->alone == NULL)
		return false;
	for (uint32_t row = 0; row < in->columns->units; row++) {
		struct register_row r;
		uint16_t cell[CELLS_OF_UNIT_MAX];
		if (columns_member(in->columns, row, population) != TRUTH_TRUE)
			continue;
		columns_row(in->columns, row, &r);
		count_unit(o, in->cells, cell, cells_of_unit(in->cells, &r, cell));
	}
	find_alone(o);
	return true;
}

static void
overlap_clear(struct overlap *o)
{
	free(o->units);
	free(o->together);
	free(o->alone);
}

/* The smallest cell around it, of equal ones the first; else the whole. */
static uint32_t
parent_of(const struct overlap *o, const struct cells *cells, uint32_t cell)
{
	size_t first, count;
	uint32_t parent = 0;
	if (cell == 0 || o->units[cell] == 0 || o->alone[cell])
		return NO_PARENT;
	cells_of_dimension(cells, cells_info(cells, cell)->dimension, &first, &count);
	for (uint32_t c = (uint32_t)first; c < first + count; c++) {
		bool is_around = c != cell && !o->alone[c] && is_inside(o, cell, c) &&
				 (o->units[c] > o->units[cell] || c < cell);
		if (is_around && (parent == 0 || o->units[c] < o->units[parent] ||
				     (o->units[c] == o->units[parent] && c > parent)))
			parent = c;
	}
	return parent;
}

/* ------------------------------------------------------------------- lines */

static uint64_t
minimum(const struct rounded_input *in)
{
	return in->frequency > in->base ? in->frequency : in->base;
}

/* Shown parts of a line have their state so; what is left of the total, in units. */
static uint64_t
remainder_of(const struct rounded_lines *l, const struct cells *cells, uint32_t total,
    unsigned dimension, uint32_t *smallest)
{
	size_t first, count;
	uint64_t left = l->n[total];
	*smallest = NO_PARENT;
	cells_of_dimension(cells, (enum dimension)dimension, &first, &count);
	for (uint32_t c = (uint32_t)first; c < first + count; c++) {
		if (l->parent[c] != total || l->state[c] != RELEASE_SHOW)
			continue;
		left -= l->n[c];
		if (*smallest == NO_PARENT || l->n[c] < l->n[*smallest])
			*smallest = c;
	}
	return left;
}

static void
add_line(struct rounded_lines *l, const struct cells *cells, uint32_t total, unsigned dimension,
    uint64_t left)
{
	size_t first, count;
	struct rounding_line *line = &l->line[l->lines++];
	*line = (struct rounding_line){.total = total, .first = (uint32_t)l->parts};
	cells_of_dimension(cells, (enum dimension)dimension, &first, &count);
	for (uint32_t c = (uint32_t)first; c < first + count; c++)
		if (l->parent[c] == total && l->state[c] == RELEASE_SHOW)
			l->part[l->parts++] = c;
	if (left > 0) {
		size_t at = l->all++ - l->cells;
		l->total[at] = total;
		l->dimension[at] = (uint8_t)dimension;
		l->n[l->cells + at] = left;
		l->part[l->parts++] = (uint32_t)(l->cells + at);
	}
	line->parts = (uint32_t)l->parts - line->first;
}

/* Withholds what is too small, and more until the remainder is large enough. */
static void
divide(struct rounded_lines *l, const struct rounded_input *in, uint32_t total, unsigned dimension)
{
	size_t first, count;
	uint32_t smallest;
	cells_of_dimension(in->cells, (enum dimension)dimension, &first, &count);
	for (uint32_t c = (uint32_t)first; c < first + count; c++)
		if (l->parent[c] == total && l->n[c] >= minimum(in))
			l->state[c] = RELEASE_SHOW;
	uint64_t left = remainder_of(l, in->cells, total, dimension, &smallest);
	while (left > 0 && left < minimum(in) && smallest != NO_PARENT) {
		l->state[smallest] = RELEASE_CONFIDENTIAL;
		left = remainder_of(l, in->cells, total, dimension, &smallest);
	}
	if (smallest != NO_PARENT)
		add_line(l, in->cells, total, dimension, left);
}

/* Totals before their parts: larger ones, and of equal ones the first, come first. */
static void
divide_all(struct rounded_lines *l, const struct rounded_input *in)
{
	for (unsigned dimension = DIMENSION_WHOLE + 1; dimension < DIMENSIONS; dimension++)
		divide(l, in, 0, dimension);
	for (size_t i = 0; i < l->parts; i++) /* grows under way */
		if (l->part[i] < l->cells)
			divide(l, in, l->part[i], cells_info(in->cells, l->part[i])->dimension);
}

static bool
lines_alloc(struct rounded_lines *l, size_t cells)
{
	size_t remainders = cells + DIMENSIONS, all = cells + remainders;
	*l = (struct rounded_lines){.cells = cells,
	    .all = cells,
	    .n = calloc(all, sizeof(*l->n)),
	    .parent = calloc(cells, sizeof(*l->parent)),
	    .total = calloc(remainders, sizeof(*l->total)),
	    .dimension = calloc(remainders, sizeof(*l->dimension)),
	    .state = calloc(cells, sizeof(*l->state)),
	    .line = calloc(remainders, sizeof(*l->line)),
	    .part = calloc(all, sizeof(*l->part))};
	return l->n != NULL && l->parent != NULL && l->total != NULL && l->dimension != NULL &&
	       l->state != NULL && l->line != NULL && l->part != NULL;
}

void
rounded_lines_clear(struct rounded_lines *l)
{
	free(l->n);
	free(l->parent);
	free(l->total);
	free(l->dimension);
	free(l->state);
	free(l->line);
	free(l->part);
	*l = (struct rounded_lines){0};
}

/* Before lines are made: those that are part of none are shown where they are large enough. */
static uint8_t
state_of(uint64_t n, uint64_t least, bool stands_alone)
{
	return n == 0         ? RELEASE_EMPTY
	       : n < least    ? RELEASE_FEW_UNITS
	       : stands_alone ? RELEASE_SHOW
			      : RELEASE_CONFIDENTIAL;
}

bool
rounded_lines_make(
    const struct rounded_input *in, unsigned population, const uint64_t *n, struct rounded_lines *l)
{
	struct overlap o = {0};
	size_t cells = cells_count(in->cells);
	bool good = lines_alloc(l, cells);
	bool has_cells = release_told(in->definition, population) == TOLD_CELLS;
	if (good && has_cells)
		good = overlap_make(in, population, &o);
	for (uint32_t c = 0; c < cells && good; c++) {
		l->n[c] = n[c];
		l->parent[c] = has_cells ? parent_of(&o, in->cells, c) : NO_PARENT;
		l->state[c] = state_of(n[c], minimum(in), c == 0 || (has_cells && o.alone[c]));
	}
	if (good && has_cells && l->state[0] == RELEASE_SHOW)
		divide_all(l, in);
	overlap_clear(&o);
	return good;
}
