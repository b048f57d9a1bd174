/* SPDX-License-Identifier: Apache-2.0 */
#include "survey/rounding.h"

#include <assert.h>
#include <stdlib.h>

/* A low gives way where without it parts would move further down than so many times the base. */
#define LOW_HOLDS 3

struct rounder {
	const struct rounding_table *table;
	const uint64_t *count, *threshold, *low, *cap;
	uint64_t *out;
	uint32_t *order; /* parts of the line in hand */
};

static uint64_t
multiple_below(const struct rounder *r, uint32_t cell)
{
	return r->count[cell] - r->count[cell] % r->table->base;
}

static bool
has_room(const struct rounder *r, uint32_t cell)
{
	return r->cap == NULL || r->out[cell] + r->table->base <= r->cap[cell];
}

/* Where it starts. */
static uint64_t
lowest(const struct rounder *r, uint32_t cell)
{
	uint64_t out = multiple_below(r, cell);
	if (r->low != NULL && out < r->low[cell])
		out = r->low[cell];
	return r->cap == NULL || out <= r->cap[cell] ? out : r->cap[cell];
}

static bool
is_multiple(const struct rounder *r, uint32_t cell)
{
	return r->count[cell] % r->table->base == 0;
}

/* What the count has above the multiple below it, and the threshold. */
static uint64_t
readiness(const struct rounder *r, uint32_t cell)
{
	return r->count[cell] % r->table->base * ROUNDING_PARTS + r->threshold[cell];
}

static void
round_alone(const struct rounder *r, uint32_t cell)
{
	r->out[cell] = lowest(r, cell);
	if (r->out[cell] < r->count[cell] && !is_multiple(r, cell) && has_room(r, cell) &&
	    readiness(r, cell) >= r->table->base * ROUNDING_PARTS)
		r->out[cell] += r->table->base;
}

/* The readiest first. */
static int
by_readiness(const void *a, const void *b, void *context)
{
	uint32_t one = *(const uint32_t *)a, other = *(const uint32_t *)b;
	uint64_t p = readiness(context, one), q = readiness(context, other);
	if (p != q)
		return p > q ? -1 : 1;
	return one < other ? -1 : one > other;
}

/* Up, as many as it takes, of those that are so far above their count; returns what is missing. */
static uint64_t
raise_parts(const struct rounder *r, size_t n, uint64_t missing, uint64_t above)
{
	for (size_t i = 0; i < n && missing > 0; i++) {
		uint32_t cell = r->order[i];
		uint64_t up = r->out[cell] + r->table->base;
		if (up > r->count[cell] + above || !has_room(r, cell))
			continue;
		r->out[cell] += r->table->base;
		missing -= r->table->base;
	}
	return missing;
}

/* Down, as many as it takes, the least ready first, of those that are no further below their count
 * then, nor, unless it is to give way, below their low; returns what is too much still. */
static uint64_t
lower_parts(const struct rounder *r, size_t n, uint64_t surplus, uint64_t below, bool gives_way)
{
	for (size_t i = n; i-- > 0 && surplus > 0;) {
		uint32_t cell = r->order[i];
		uint64_t least = r->low == NULL || gives_way ? 0 : r->low[cell];
		if (r->out[cell] < least + r->table->base ||
		    r->count[cell] + r->table->base > r->out[cell] + below)
			continue;
		r->out[cell] -= r->table->base;
		surplus -= r->table->base;
	}
	return surplus;
}

static void
round_parts(const struct rounder *r, const struct rounding_line *line)
{
	uint64_t sum = 0, base = r->table->base, total = r->out[line->total];
	for (size_t i = 0; i < line->parts; i++) {
		uint32_t cell = r->table->part[line->first + i];
		r->order[i] = cell;
		r->out[cell] = lowest(r, cell);
		sum += r->out[cell];
	}
	uint64_t missing = sum < total ? total - sum : 0, surplus = sum > total ? sum - total : 0;
	qsort_r(r->order, line->parts, sizeof(*r->order), by_readiness, (void *)(uintptr_t)r);
	/* First those that stay near, at most base - 1 above; multiples, then others, if need be.
	 */
	for (uint64_t above = base - 1; missing > 0; above += above < base ? 1 : base) {
		assert(above <= total + base);
		missing = raise_parts(r, line->parts, missing, above);
	}
	for (uint64_t below = 1; surplus > 0; below++)
		surplus = lower_parts(r, line->parts, surplus, below, below > LOW_HOLDS * base);
}

static void
round_all(const struct rounder *r)
{
	for (uint32_t c = 0; c < r->table->cells; c++)
		round_alone(r, c);
	for (size_t l = 0; l < r->table->lines; l++) {
		if (r->table->before_line != NULL)
			r->table->before_line(r->table->context, l);
		round_parts(r, &r->table->line[l]);
	}
}

bool
rounding_apply(const struct rounding_table *table, const uint64_t *count, const uint64_t *threshold,
    const uint64_t *low, const uint64_t *cap, uint64_t *out)
{
	const struct rounder r = {
	    table, count, threshold, low, cap, out, malloc((table->cells + 1) * sizeof(*r.order))};
	if (r.order == NULL)
		return false;
	round_all(&r);
	free(r.order);
	return true;
}

uint64_t
rounding_within(const struct rounding_table *table, const uint64_t *count, const uint64_t *rounded)
{
	uint64_t most = table->base - 1;
	for (size_t c = 0; c < table->cells; c++) {
		uint64_t moved =
		    count[c] < rounded[c] ? rounded[c] - count[c] : count[c] - rounded[c];
		if (moved > most)
			most = moved;
	}
	return most;
}
