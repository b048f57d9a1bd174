/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/export/rounded.h"

#include <stdlib.h>
#include <string.h>

#include "collector/export/release.h"
#include "collector/export/rounded_lines.h"
#include "collector/export/rounded_ties.h"
#include "proto/digest.h"

struct rounder {
	const struct rounded_input *in;
	struct rounded *out;
	uint8_t key[SHA256_BYTES];
	uint64_t *chosen; /* [population * cells + cell]: the unit whose threshold it has */
	struct rounded_ties ties;
	/* of the population in hand, by cell and remainder */
	struct rounded_lines lines;
	struct rounding_table table;
	uint64_t *threshold[COLUMNS], *count[COLUMNS], *rounded[COLUMNS], *low[COLUMNS], *cap,
	    *spare;
	enum rounded_column column;
	bool *is_told; /* of the column: cells that are shown, and rounded by now */
};

/* ------------------------------------------------------------------- thresholds */

static void
make_key(struct rounder *r)
{
	static const char purpose[] = "khaosat rounding 1";
	const struct columns *c = r->in->columns;
	const struct digest_part parts[] = {
	    {purpose, sizeof(purpose)}, {c->code_hash, c->units * sizeof(*c->code_hash)}};
	digest_sha256(parts, 2, r->key);
}

static uint64_t
lot_of(const struct rounder *r, uint64_t tax_code)
{
	uint64_t key, x;
	memcpy(&key, r->key, sizeof(key));
	x = tax_code ^ key;
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

struct lots {
	uint64_t *least; /* of the units of each cell of each population */
	uint64_t *tax_code;
};

static void
draw(const struct rounder *r, struct lots *lots, uint32_t row)
{
	struct register_row unit;
	uint16_t cell[CELLS_OF_UNIT_MAX];
	uint64_t tax_code = r->in->columns->tax_code[row], lot = lot_of(r, tax_code);
	size_t cells = cells_count(r->in->cells);
	columns_row(r->in->columns, row, &unit);
	size_t n = cells_of_unit(r->in->cells, &unit, cell);
	for (unsigned p = 0; p < r->in->definition->populations; p++) {
		if (columns_member(r->in->columns, row, p) != TRUTH_TRUE)
			continue;
		for (size_t i = 0; i < n; i++)
			if (lot < lots->least[p * cells + cell[i]]) {
				lots->least[p * cells + cell[i]] = lot;
				lots->tax_code[p * cells + cell[i]] = tax_code;
			}
	}
}

/* The unit with the smallest lot. */
static bool
choose(struct rounder *r)
{
	size_t n = r->in->definition->populations * cells_count(r->in->cells);
	struct lots lots = {malloc(n * sizeof(*lots.least)), calloc(n, sizeof(*lots.tax_code))};
	r->chosen = lots.tax_code;
	if (lots.least != NULL && lots.tax_code != NULL) {
		memset(lots.least, 0xff, n * sizeof(*lots.least));
		for (uint32_t row = 0; row < r->in->columns->units; row++)
			draw(r, &lots, row);
	}
	bool good = lots.least != NULL && lots.tax_code != NULL;
	free(lots.least);
	return good;
}

/* `remainder`: 0, or 1 and the dimension. */
static uint64_t
threshold_of(const struct rounder *r, uint32_t cell, uint8_t remainder, enum rounded_column column)
{
	uint8_t digest[SHA256_BYTES], which[10];
	uint64_t number = 0;
	uint64_t chosen = r->chosen[r->ties.population * cells_count(r->in->cells) + cell];
	for (unsigned i = 0; i < 8; i++)
		which[i] = (uint8_t)(chosen >> 8 * i);
	which[8] = remainder;
	which[9] = (uint8_t)column;
	const struct digest_part parts[] = {{r->key, sizeof(r->key)}, {which, sizeof(which)}};
	digest_sha256(parts, 2, digest);
	for (unsigned i = 0; i < 8; i++)
		number = number << 8 | digest[i];
	return number % (r->in->base * ROUNDING_PARTS);
}

static void
set_thresholds(struct rounder *r, enum rounded_column column)
{
	const struct rounded_lines *l = &r->lines;
	for (uint32_t c = 0; c < l->cells; c++)
		r->threshold[column][c] = threshold_of(r, c, 0, column);
	for (size_t i = 0; i < l->all - l->cells; i++)
		r->threshold[column][l->cells + i] =
		    threshold_of(r, l->total[i], (uint8_t)(1 + l->dimension[i]), column);
}

/* ------------------------------------------------------------------- counts */

/* What is left of each line's total. Cells that are not shown are in no line. */
static void
fill_remainders(const struct rounder *r, uint64_t *count)
{
	const struct rounded_lines *l = &r->lines;
	for (size_t i = 0; i < l->lines; i++) {
		const uint32_t *part = l->part + l->line[i].first;
		uint32_t last = part[l->line[i].parts - 1];
		if (last < l->cells)
			continue;
		count[last] = count[l->line[i].total];
		for (size_t k = 0; k + 1 < l->line[i].parts; k++)
			count[last] -= count[part[k]];
	}
}

static void
note_told(struct rounder *r, size_t line)
{
	const struct rounding_line *l = &r->lines.line[line];
	for (size_t i = l->first; i < l->first + l->parts; i++)
		if (r->lines.part[i] < r->lines.cells)
			r->is_told[r->lines.part[i]] = true;
}

/* Parts follow what is told by now of nearly the same units, where that leaves them room for their
 * total. */
static void
bind_parts(void *context, size_t line)
{
	struct rounder *r = context;
	const struct rounding_line *l = &r->lines.line[line];
	const uint32_t *part = r->lines.part + l->first;
	uint64_t most = 0;
	if (line > 0)
		note_told(r, line - 1);
	for (size_t i = 0; i < l->parts; i++) {
		r->spare[i] = r->cap[part[i]];
		if (part[i] < r->lines.cells)
			rounded_ties_bind_within(&r->ties, part[i], r->is_told,
			    r->rounded[r->column], r->low[r->column], r->cap);
		most += r->cap[part[i]];
	}
	for (size_t i = 0; i < l->parts && most < r->rounded[r->column][l->total]; i++)
		r->cap[part[i]] = r->spare[i];
}

static bool
round_column(struct rounder *r, enum rounded_column column)
{
	r->column = column;
	r->table.context = r;
	r->table.before_line = column == COLUMN_UNITS ? NULL : bind_parts;
	for (size_t c = 0; c < r->lines.cells; c++) /* those in no line are rounded first */
		r->is_told[c] =
		    r->lines.state[c] == RELEASE_SHOW && r->lines.parent[c] == NO_PARENT;
	if (!rounding_apply(&r->table, r->count[column], r->threshold[column], r->low[column],
		column == COLUMN_UNITS ? NULL : r->cap, r->rounded[column]))
		return false;
	unsigned within =
	    (unsigned)rounding_within(&r->table, r->count[column], r->rounded[column]);
	if (within > r->out->within)
		r->out->within = within;
	return true;
}

static uint64_t
multiple_below(const struct rounder *r, uint64_t count)
{
	return count - count % r->in->base;
}

static void
put_rates(struct rounder *r, size_t goal)
{
	const struct rounded_lines *l = &r->lines;
	for (size_t c = 0; c < l->cells; c++) {
		struct rate_counts *rate = &r->out->rate[goal * l->cells + c];
		if (l->state[c] != RELEASE_SHOW)
			continue;
		rate->n = r->rounded[COLUMN_UNITS][c];
		rate->met = r->rounded[COLUMN_MET][c];
		rate->not_met = r->rounded[COLUMN_NOT_MET][c];
		rate->unknown = r->rounded[COLUMN_RESPONDED][c] - rate->met - rate->not_met;
	}
}

static void
read_goal(struct rounder *r, size_t goal)
{
	const struct rounded_lines *l = &r->lines;
	for (size_t c = 0; c < l->cells; c++) {
		struct rate_counts rate;
		counters_rate(r->in->counters, c, goal, &rate);
		r->out->rate[goal * l->cells + c].n_unknown = rate.n_unknown;
		r->count[COLUMN_RESPONDED][c] = rate_responded(&rate);
		r->count[COLUMN_MET][c] = rate.met;
		r->count[COLUMN_NOT_MET][c] = rate.not_met;
	}
	for (unsigned column = COLUMN_RESPONDED; column < COLUMNS; column++)
		fill_remainders(r, r->count[column]);
}

/* Parts leave room for their total, and have it where it stays near its count. */
static void
close_bounds(const struct rounder *r, enum rounded_column column)
{
	const struct rounded_lines *l = &r->lines;
	uint64_t *low = r->low[column];
	for (size_t i = l->lines; i-- > 0;) { /* a part's own parts before it */
		const struct rounding_line *line = &l->line[i];
		uint64_t least = 0, most = 0, total = line->total;
		for (size_t k = 0; k < line->parts; k++) {
			uint32_t part = l->part[line->first + k];
			least += low[part] < r->cap[part] ? low[part] : r->cap[part];
			most += r->cap[part];
		}
		if (most < r->cap[total])
			r->cap[total] = most;
		if (least > low[total] && least < r->count[column][total] + r->in->base)
			low[total] = least;
	}
}

/* Answered no more than there are, as they are told. And who knows that there are n, and that they
 * are at least what is told less base - 1, is left base - 1 values only where no more than n + 1
 * are told: of six units 10 answered would be all six. */
static void
cap_responded(const struct rounder *r)
{
	const struct rounded_lines *l = &r->lines;
	for (size_t c = 0; c < l->all; c++) {
		uint64_t most = multiple_below(r, l->n[c] + 1), told = r->rounded[COLUMN_UNITS][c];
		r->cap[c] = told < most ? told : most;
	}
}

/* Room is left for those that have not met. */
static void
cap_met(const struct rounder *r)
{
	for (size_t c = 0; c < r->lines.all; c++) {
		uint64_t responded = r->rounded[COLUMN_RESPONDED][c];
		uint64_t not_met = multiple_below(r, r->count[COLUMN_NOT_MET][c]);
		if (not_met < r->low[COLUMN_NOT_MET][c])
			not_met = r->low[COLUMN_NOT_MET][c];
		r->cap[c] = responded > not_met ? responded - not_met : 0;
	}
}

static void
cap_not_met(const struct rounder *r)
{
	for (size_t c = 0; c < r->lines.all; c++)
		r->cap[c] = r->rounded[COLUMN_RESPONDED][c] - r->rounded[COLUMN_MET][c];
}

/* What is told of more and more answers is not to fall: else who adds up what parts were told at
 * their most would know better than promised. Where a count itself fell that far, it is let go. */
static void
raise_lows(struct rounder *r, size_t goal)
{
	const struct rounded_lines *l = &r->lines;
	if (r->in->before == NULL)
		return;
	for (unsigned column = COLUMN_RESPONDED; column < COLUMNS; column++) {
		uint64_t *before = r->spare;
		for (size_t c = 0; c < l->cells; c++)
			before[c] = rounded_told(
			    &r->in->before->rate[goal * l->cells + c], (enum rounded_column)column);
		fill_remainders(r, before);
		for (size_t c = 0; c < l->all; c++)
			if (before[c] > r->low[column][c] &&
			    before[c] < r->count[column][c] + r->in->base)
				r->low[column][c] = before[c];
	}
}

static void
find_lows(struct rounder *r, size_t goal)
{
	for (unsigned column = COLUMN_RESPONDED; column < COLUMNS; column++) {
		memset(r->low[column], 0, r->lines.all * sizeof(**r->low));
		rounded_ties_bind(
		    &r->ties, goal, (enum rounded_column)column, r->low[column], r->cap);
	}
	raise_lows(r, goal);
}

/* Met and not met no more than answered. */
static bool
round_goal(struct rounder *r, size_t goal)
{
	static void (*const set_cap[COLUMNS])(const struct rounder *) = {
	    [COLUMN_RESPONDED] = cap_responded,
	    [COLUMN_MET] = cap_met,
	    [COLUMN_NOT_MET] = cap_not_met};
	read_goal(r, goal);
	find_lows(r, goal);
	for (unsigned i = COLUMN_RESPONDED; i < COLUMNS; i++) {
		enum rounded_column column = (enum rounded_column)i;
		set_cap[column](r);
		rounded_ties_bind(&r->ties, goal, column, r->low[column], r->cap);
		close_bounds(r, column);
		if (!round_column(r, column))
			return false;
	}
	put_rates(r, goal);
	return true;
}

/* ------------------------------------------------------------------- populations */

static bool
open_population(struct rounder *r, unsigned population, size_t goal)
{
	size_t cells = cells_count(r->in->cells);
	uint64_t *n = calloc(cells, sizeof(*n));
	if (n == NULL)
		return false;
	for (size_t c = 0; c < cells; c++) {
		struct rate_counts rate;
		counters_rate(r->in->counters, c, goal, &rate);
		n[c] = rate.n;
	}
	bool good = rounded_lines_make(r->in, population, n, &r->lines);
	free(n);
	r->table = (struct rounding_table){.base = r->in->base,
	    .cells = r->lines.all,
	    .line = r->lines.line,
	    .lines = r->lines.lines,
	    .part = r->lines.part};
	for (unsigned i = 0; i < COLUMNS && good; i++) {
		r->threshold[i] = calloc(r->lines.all, sizeof(**r->threshold));
		r->count[i] = calloc(r->lines.all, sizeof(**r->count));
		r->rounded[i] = calloc(r->lines.all, sizeof(**r->rounded));
		r->low[i] = calloc(r->lines.all, sizeof(**r->low));
		good = r->threshold[i] != NULL && r->count[i] != NULL && r->rounded[i] != NULL &&
		       r->low[i] != NULL;
		if (good)
			set_thresholds(r, (enum rounded_column)i);
	}
	r->cap = calloc(r->lines.all + 1, sizeof(*r->cap));
	r->spare = calloc(r->lines.all + 1, sizeof(*r->spare));
	r->is_told = calloc(r->lines.all + 1, sizeof(*r->is_told));
	return good && r->cap != NULL && r->spare != NULL && r->is_told != NULL;
}

static void
close_population(struct rounder *r)
{
	for (unsigned i = 0; i < COLUMNS; i++) {
		free(r->threshold[i]);
		free(r->count[i]);
		free(r->rounded[i]);
		free(r->low[i]);
		r->threshold[i] = r->count[i] = r->rounded[i] = r->low[i] = NULL;
	}
	free(r->cap);
	free(r->spare);
	free(r->is_told);
	r->cap = r->spare = NULL;
	r->is_told = NULL;
	rounded_lines_clear(&r->lines);
}

static bool
round_goals(struct rounder *r, unsigned population)
{
	const struct definition *d = r->in->definition;
	memcpy(r->count[COLUMN_UNITS], r->lines.n, r->lines.all * sizeof(*r->lines.n));
	if (!round_column(r, COLUMN_UNITS))
		return false;
	for (size_t g = 0; g < d->goals; g++)
		if (d->goal[g].population == population && !round_goal(r, g))
			return false;
	return true;
}

static bool
round_population(struct rounder *r, unsigned population)
{
	const struct definition *d = r->in->definition;
	size_t cells = cells_count(r->in->cells), goal = 0;
	uint8_t *decision = r->out->decision + release_cell(d, r->in->cells, population, 0);
	while (goal < d->goals && d->goal[goal].population != population)
		goal++;
	memset(decision, RELEASE_EMPTY, cells + 1);
	if (goal == d->goals)
		return true;
	bool good = open_population(r, population, goal) && round_goals(r, population);
	if (good) {
		memcpy(decision, r->lines.state, cells);
		if (r->out->rate[goal * cells].n_unknown > 0)
			decision[cells] = RELEASE_CONFIDENTIAL;
	}
	close_population(r);
	return good;
}

bool
rounded_make(const struct rounded_input *in, struct rounded *out)
{
	const struct definition *d = in->definition;
	struct rounder r = {.in = in, .out = out};
	*out = (struct rounded){.decision = calloc(release_cells(d, in->cells) + 1, 1),
	    .rate = calloc(d->goals * cells_count(in->cells) + 1, sizeof(*out->rate)),
	    .within = in->base - 1};
	make_key(&r);
	bool good = out->decision != NULL && out->rate != NULL && choose(&r);
	if (good)
		good = rounded_ties_make(in, out, &r.ties);
	for (unsigned p = 0; good && rounded_ties_next(&r.ties, &p);)
		good = round_population(&r, p);
	rounded_ties_clear(&r.ties);
	free(r.chosen);
	return good;
}

void
rounded_clear(struct rounded *rounded)
{
	free(rounded->decision);
	free(rounded->rate);
	*rounded = (struct rounded){0};
}
