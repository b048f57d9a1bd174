/* SPDX-License-Identifier: Apache-2.0 */
#include "client/microdata_rows.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define HUGE_BYTES ((size_t)2 << 20)
#define LINKED_LATER 16 /* rows, between the look at a slot and its use */

/* A register row. Money is below 2^40 million VND: its low 32 bits and its
 * high eight; all ones where it is unknown. */
struct packed {
	uint64_t tax_code;
	uint32_t revenue_low, capital_low;
	int32_t employees, employees_prev;
	int16_t start_year, commune, zone, section;
	uint8_t revenue_high, capital_high, size_mask, stratum;
	int8_t unit_type, status, legal_form, supporting_industry;
};

struct microdata_rows {
	size_t n, most, slots;
	size_t linked; /* of n, those that have their slot; the next ones' are on their way here */
	bool has_twin; /* a tax code came twice */
	struct packed *packed;
	uint32_t *slot; /* open addressing: 0, or a row's number from 1 */
};

/* Looked up in any order: in large pages that costs the processor one step less each time. Zeroed.
 */
static void *
new_array(size_t items, size_t item_bytes)
{
	size_t bytes = (items * item_bytes + HUGE_BYTES - 1) / HUGE_BYTES * HUGE_BYTES;
	if (bytes <= HUGE_BYTES)
		return calloc(items, item_bytes);
	void *array = aligned_alloc(HUGE_BYTES, bytes);
	if (array == NULL)
		return NULL;
	madvise(array, bytes, MADV_HUGEPAGE);
	return array;
}

struct microdata_rows *
microdata_rows_new(size_t most)
{
	struct microdata_rows *rows = calloc(1, sizeof(*rows));
	if (rows == NULL || most >= UINT32_MAX / 2) {
		free(rows);
		return NULL;
	}
	rows->most = most;
	rows->slots = most + most / 2 + 1;
	rows->packed = new_array(most + 1, sizeof(*rows->packed));
	rows->slot = new_array(rows->slots, sizeof(*rows->slot));
	if (rows->packed != NULL && rows->slot != NULL) {
		memset(rows->slot, 0, rows->slots * sizeof(*rows->slot));
		return rows;
	}
	microdata_rows_free(rows);
	return NULL;
}

void
microdata_rows_free(struct microdata_rows *rows)
{
	if (rows == NULL)
		return;
	free(rows->packed);
	free(rows->slot);
	free(rows);
}

static size_t
home_of(const struct microdata_rows *rows, uint64_t tax_code)
{
	uint64_t hash = (tax_code * UINT64_C(0x9E3779B97F4A7C15)) >> 32;
	return (size_t)(hash * rows->slots >> 32);
}

/* Where the unit is, or would be. */
static uint32_t *
slot_of(const struct microdata_rows *rows, uint64_t tax_code)
{
	size_t at = home_of(rows, tax_code);
	while (rows->slot[at] != 0 && rows->packed[rows->slot[at] - 1].tax_code != tax_code)
		at = at + 1 < rows->slots ? at + 1 : 0;
	return &rows->slot[at];
}

/* The first so many rows have their slots from here on. */
static void
link_rows(struct microdata_rows *rows, size_t n)
{
	for (; rows->linked < n; rows->linked++) {
		uint32_t *slot = slot_of(rows, rows->packed[rows->linked].tax_code);
		if (*slot == 0)
			*slot = (uint32_t)rows->linked + 1;
		else
			rows->has_twin = true;
	}
}

bool
microdata_rows_add(struct microdata_rows *rows, const struct register_row *row, uint8_t stratum)
{
	if (rows->n == rows->most)
		return false;
	__builtin_prefetch(&rows->slot[home_of(rows, row->tax_code)], 1);
	rows->packed[rows->n++] = (struct packed){
	    .tax_code = row->tax_code,
	    .revenue_low = (uint32_t)row->revenue_mvnd,
	    .revenue_high = (uint8_t)((uint64_t)row->revenue_mvnd >> 32),
	    .capital_low = (uint32_t)row->capital_mvnd,
	    .capital_high = (uint8_t)((uint64_t)row->capital_mvnd >> 32),
	    .employees = row->employees,
	    .employees_prev = row->employees_prev,
	    .start_year = (int16_t)row->start_year,
	    .commune = row->commune,
	    .zone = row->zone,
	    .section = row->section,
	    .size_mask = row->size_mask,
	    .stratum = stratum,
	    .unit_type = row->unit_type,
	    .status = row->status,
	    .legal_form = row->legal_form,
	    .supporting_industry = row->supporting_industry,
	};
	if (rows->n > LINKED_LATER)
		link_rows(rows, rows->n - LINKED_LATER);
	return !rows->has_twin;
}

bool
microdata_rows_end(struct microdata_rows *rows)
{
	link_rows(rows, rows->n);
	return !rows->has_twin;
}

static int64_t
money(uint32_t low, uint8_t high)
{
	return low == UINT32_MAX && high == UINT8_MAX ? UNKNOWN_NUMBER
						      : (int64_t)((uint64_t)high << 32 | low);
}

bool
microdata_rows_find(const struct microdata_rows *rows, uint64_t tax_code, struct register_row *out,
    uint8_t *stratum)
{
	uint32_t slot = *slot_of(rows, tax_code);
	if (slot == 0)
		return false;
	const struct packed *p = &rows->packed[slot - 1];
	*stratum = p->stratum;
	*out = (struct register_row){
	    .tax_code = tax_code,
	    .revenue_mvnd = money(p->revenue_low, p->revenue_high),
	    .capital_mvnd = money(p->capital_low, p->capital_high),
	    .employees = p->employees,
	    .employees_prev = p->employees_prev,
	    .start_year = p->start_year,
	    .commune = p->commune,
	    .zone = p->zone,
	    .section = p->section,
	    .size_mask = p->size_mask,
	    .unit_type = p->unit_type,
	    .status = p->status,
	    .legal_form = p->legal_form,
	    .supporting_industry = p->supporting_industry,
	};
	return true;
}
