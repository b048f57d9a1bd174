/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/columns.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "collector/columns_fill.h"
#include "collector/large.h"
#include "collector/sorted_rows.h"
#include "survey/rule.h"

/* All arrays but the chunks, in one block. */
static size_t
block_bytes(const struct columns *c)
{
	return c->units * (sizeof(*c->tax_code) + sizeof(*c->attributes) + sizeof(*c->code_hash) +
			      sizeof(*c->membership)) +
	       c->slots * sizeof(*c->index);
}

/* The largest items first: each is aligned then. */
static void
divide_block(struct columns *c)
{
	c->tax_code = (void *)c->block;
	c->attributes = (void *)(c->tax_code + c->units);
	c->code_hash = (void *)(c->attributes + c->units);
	c->membership = (void *)(c->code_hash + c->units);
	c->index = c->membership + c->units;
}

void
columns_hold(struct columns *columns)
{
	atomic_fetch_add_explicit(&columns->holders, 1, memory_order_relaxed);
}

void
columns_release(struct columns *columns)
{
	if (columns == NULL ||
	    atomic_fetch_sub_explicit(&columns->holders, 1, memory_order_acq_rel) > 1)
		return;
	large_free(columns->block, block_bytes(columns));
	free(columns->chunk);
	free(columns->frame_row);
	free(columns);
}

/* ------------------------------------------------------------------- making room */

/* A third more slots than rows are needed at the least; a half more keeps the runs short. */
static uint32_t
slots_for(uint32_t units)
{
	return units + units / 2 + 8;
}

struct columns *
columns_new(const struct definition *definition, int ref_year, uint32_t units, size_t chunks)
{
	struct columns *c = calloc(1, sizeof(*c));
	if (c == NULL)
		return NULL;
	atomic_init(&c->holders, 1);
	c->definition = definition;
	c->ref_year = ref_year;
	c->units = units;
	c->slots = slots_for(units);
	c->chunks = chunks;
	c->block = large_alloc(block_bytes(c));
	c->chunk = calloc(chunks > 0 ? chunks : 1, sizeof(*c->chunk));
	if (c->block == NULL || c->chunk == NULL) {
		columns_release(c);
		return NULL;
	}
	divide_block(c);
	memset(c->index, 0xFF, c->slots * sizeof(*c->index));
	return c;
}

static bool
copy_frame_rows(const struct columns *c, struct columns *own)
{
	if (c->frame_rows == 0)
		return true;
	own->frame_row = malloc(c->frame_rows * sizeof(*own->frame_row));
	if (own->frame_row == NULL)
		return false;
	memcpy(own->frame_row, c->frame_row, c->frame_rows * sizeof(*own->frame_row));
	own->frame_rows = c->frame_rows;
	return true;
}

struct columns *
columns_own(struct columns *c)
{
	if (atomic_load_explicit(&c->holders, memory_order_acquire) == 1)
		return c;
	struct columns *own = columns_new(c->definition, c->ref_year, c->units, c->chunks);
	if (own == NULL)
		return NULL;
	if (!copy_frame_rows(c, own)) {
		columns_release(own);
		return NULL;
	}
	own->design = c->design;
	memcpy(own->block, c->block, block_bytes(c));
	if (c->chunks > 0)
		memcpy(own->chunk, c->chunk, c->chunks * sizeof(*c->chunk));
	columns_release(c);
	return own;
}

/* ------------------------------------------------------------------- the index */

/* A slot holds a row and above it a tag, five bits of its tax code's hash: a slot on the way that
 * is another unit's is mostly told without a look at its tax code, which lies elsewhere. */
#define ROW_BITS 27
#define ROW_MASK ((UINT32_C(1) << ROW_BITS) - 1)
#define SLOT_FREE UINT32_MAX
#define AHEAD 16 /* rows whose slots are fetched while one is entered */

_Static_assert(COLUMNS_UNITS_MAX < ROW_MASK, "no row looks like a free slot");

/* Fibonacci hashing. */
static uint32_t
hash_of(uint64_t tax_code)
{
	return (uint32_t)(tax_code * UINT64_C(0x9E3779B97F4A7C15) >> 32);
}

/* The range is cut by a multiplication, so that the table need not be a power of two. */
static uint32_t
slot_of(const struct columns *c, uint32_t hash)
{
	return (uint32_t)((uint64_t)hash * c->slots >> 32);
}

/* The slot of a tax code, or the free one where it would stand. */
static uint32_t *
find_slot(const struct columns *c, uint64_t tax_code, uint32_t hash)
{
	uint32_t tag = hash << ROW_BITS;
	for (uint32_t slot = slot_of(c, hash);; slot = slot + 1 < c->slots ? slot + 1 : 0) {
		uint32_t at = c->index[slot];
		if (at == SLOT_FREE ||
		    ((at & ~ROW_MASK) == tag && c->tax_code[at & ROW_MASK] == tax_code))
			return &c->index[slot];
	}
}

bool
columns_find(const struct columns *c, uint64_t tax_code, uint32_t *row)
{
	uint32_t at = *find_slot(c, tax_code, hash_of(tax_code));
	if (at == SLOT_FREE)
		return false;
	*row = at & ROW_MASK;
	return true;
}

/* By the tag alone, for the tax codes are what is not there yet. */
uint32_t
columns_fetch(const struct columns *c, uint64_t tax_code)
{
	uint32_t hash = hash_of(tax_code), slot = slot_of(c, hash);
	while (c->index[slot] != SLOT_FREE && (c->index[slot] ^ hash << ROW_BITS) > ROW_MASK)
		slot = slot + 1 < c->slots ? slot + 1 : 0;
	uint32_t row = c->index[slot] != SLOT_FREE ? c->index[slot] & ROW_MASK : 0;
	__builtin_prefetch(&c->tax_code[row]);
	__builtin_prefetch(&c->attributes[row]);
	__builtin_prefetch(&c->membership[row]);
	return row;
}

bool
columns_insert(struct columns *c, uint32_t row)
{
	uint32_t hash = hash_of(c->tax_code[row]);
	uint32_t *slot = find_slot(c, c->tax_code[row], hash);
	if (*slot != SLOT_FREE)
		return false;
	*slot = hash << ROW_BITS | row;
	return true;
}

bool
columns_insert_all(struct columns *c)
{
	for (uint32_t row = 0; row < c->units; row++) {
		if (row + AHEAD < c->units) {
			uint32_t hash = hash_of(c->tax_code[row + AHEAD]);
			__builtin_prefetch(&c->index[slot_of(c, hash)], 1);
		}
		if (!columns_insert(c, row))
			return false;
	}
	return true;
}

/* ------------------------------------------------------------------- rows */

_Static_assert(MONEY_MAX < ((int64_t)1 << 40) - 1, "money is below 2^40, unknown is all ones");

static int64_t
money_of(uint32_t low, uint8_t high)
{
	int64_t money = (int64_t)high << 32 | low;
	return money <= MONEY_MAX ? money : UNKNOWN_NUMBER;
}

static void
unpack(uint64_t tax_code, const struct attributes *a, struct register_row *out)
{
	*out = (struct register_row){
	    .tax_code = tax_code,
	    .unit_type = a->unit_type,
	    .status = a->status,
	    .legal_form = a->legal_form,
	    .supporting_industry = a->supporting_industry,
	    .commune = a->commune,
	    .zone = a->zone,
	    .section = a->section,
	    .size_mask = a->size_mask,
	    .has_address = a->has_address,
	    .start_year = a->start_year,
	    .employees = a->employees,
	    .employees_prev = a->employees_prev,
	    .revenue_mvnd = money_of(a->revenue_low, a->revenue_high),
	    .capital_mvnd = money_of(a->capital_low, a->capital_high),
	};
}

void
columns_row(const struct columns *c, uint32_t row, struct register_row *out)
{
	unpack(c->tax_code[row], &c->attributes[row], out);
}

/* The place of the first of this row or of a later one. */
static size_t
frame_row_at(const struct columns *c, uint32_t row)
{
	return sorted_rows_at(c->frame_row, c->frame_rows, sizeof(*c->frame_row),
	    offsetof(struct frame_row, row), row);
}

void
columns_frame_row(
    const struct columns *c, uint32_t row, struct register_row *out, uint32_t *membership)
{
	if (!c->attributes[row].is_corrected) {
		columns_row(c, row, out);
		*membership = c->membership[row];
		return;
	}
	const struct frame_row *was = &c->frame_row[frame_row_at(c, row)];
	unpack(c->tax_code[row], &was->attributes, out);
	*membership = was->membership;
}

/* Once a row: as it was drawn it will always have been. */
static bool
keep_frame_row(struct columns *c, uint32_t row)
{
	size_t at = frame_row_at(c, row);
	struct frame_row *grown = realloc(c->frame_row, (c->frame_rows + 1) * sizeof(*grown));
	if (grown == NULL)
		return false;
	memmove(&grown[at + 1], &grown[at], (c->frame_rows - at) * sizeof(*grown));
	grown[at] = (struct frame_row){c->attributes[row], c->membership[row], row};
	c->frame_row = grown;
	c->frame_rows++;
	return true;
}

bool
columns_correct(struct columns *c, uint32_t row, const struct register_row *r)
{
	const struct attributes was = c->attributes[row];
	bool is_of_sample = was.stratum != 0;
	if (is_of_sample && !was.is_corrected && !keep_frame_row(c, row))
		return false;
	columns_put(c, row, r);
	c->attributes[row].stratum = was.stratum;
	c->attributes[row].is_corrected = is_of_sample;
	return true;
}

void
columns_put(struct columns *c, uint32_t row, const struct register_row *r)
{
	const struct definition *d = c->definition;
	c->tax_code[row] = r->tax_code;
	c->attributes[row] = (struct attributes){
	    .revenue_low = (uint32_t)r->revenue_mvnd,
	    .revenue_high = (uint8_t)(r->revenue_mvnd >> 32),
	    .capital_low = (uint32_t)r->capital_mvnd,
	    .capital_high = (uint8_t)(r->capital_mvnd >> 32),
	    .employees = r->employees,
	    .employees_prev = r->employees_prev,
	    .start_year = (int16_t)r->start_year,
	    .commune = r->commune,
	    .zone = r->zone,
	    .section = r->section,
	    .unit_type = r->unit_type,
	    .status = r->status,
	    .legal_form = r->legal_form,
	    .supporting_industry = r->supporting_industry,
	    .size_mask = r->size_mask & 15u,
	    .has_address = r->has_address,
	};
	uint32_t membership = 0;
	for (unsigned i = 0; i < d->populations; i++) {
		enum truth t = rule_evaluate_row(d->population[i].rule, d, r, c->ref_year);
		membership |= (uint32_t)t << i * 2;
	}
	c->membership[row] = membership;
}

bool
columns_fill_design(struct columns *c)
{
	struct design *design = &c->design;
	*design = (struct design){0};
	for (uint32_t row = 0; row < c->units; row++) {
		unsigned stratum = columns_stratum(c, row);
		if (stratum > DESIGN_STRATA_MAX)
			return false;
		if (stratum > design->strata)
			design->strata = stratum;
		design->units[stratum]++;
		design->drawn[stratum] += columns_is_drawn(c, row);
	}
	for (unsigned i = 1; i <= design->strata; i++)
		if (design->drawn[i] == 0)
			return false;
	return design->strata == 0 || design->units[0] == 0;
}

uint64_t
columns_drawn(const struct columns *c)
{
	uint64_t drawn = 0;
	for (unsigned i = 0; i <= c->design.strata; i++)
		drawn += c->design.drawn[i];
	return drawn;
}

void
columns_chunk(const struct columns *c, uint32_t row, uint64_t *number, uint32_t *row_in_chunk)
{
	assert(c->chunks > 0);
	size_t low = 0, high = c->chunks;
	while (high - low > 1) { /* first_row of `low` <= row < first_row of `high` */
		size_t middle = low + (high - low) / 2;
		if (c->chunk[middle].first_row <= row)
			low = middle;
		else
			high = middle;
	}
	*number = c->chunk[low].number;
	*row_in_chunk = (uint32_t)(row - c->chunk[low].first_row);
}

/* ------------------------------------------------------------------- what an import reports */

static void
count_member(
    const struct columns *c, uint32_t row, unsigned population, struct population_count *out)
{
	enum truth t = columns_member(c, row, population);
	if (t == TRUTH_TRUE)
		out->n++;
	if (t != TRUTH_UNKNOWN)
		return;
	out->n_unknown++;
	struct register_row r;
	columns_row(c, row, &r);
	const struct rule *rule = c->definition->population[population].rule;
	uint32_t blame = rule_blame(rule, c->definition, &r, c->ref_year);
	for (; blame != 0; blame &= blame - 1)
		out->blame[__builtin_ctz(blame)]++;
}

void
columns_populations(const struct columns *c, struct population_count *out)
{
	memset(out, 0, c->definition->populations * sizeof(*out));
	for (uint32_t row = 0; row < c->units; row++)
		for (unsigned i = 0; i < c->definition->populations; i++)
			count_member(c, row, i, &out[i]);
}
