/* SPDX-License-Identifier: Apache-2.0 */
/* Places, histories and groups in the order of what they are, not of when they came; the groups of
 * a place, the places of a cell; the counts of every cell in every release. */
#include <stdlib.h>
#include <string.h>

#include "survey/disclosure_parts.h"

static int
by_cells(const void *a, const void *b, void *context)
{
	size_t m, n;
	const uint16_t *one = intern_get(context, *(const uint32_t *)a, &m);
	const uint16_t *other = intern_get(context, *(const uint32_t *)b, &n);
	for (size_t i = 0; i < m / sizeof(*one) && i < n / sizeof(*one); i++)
		if (one[i] != other[i])
			return one[i] < other[i] ? -1 : 1;
	return m < n ? -1 : m > n;
}

static int
by_history(const void *a, const void *b, void *context)
{
	size_t n;
	const uint32_t *one = intern_get(context, *(const uint32_t *)a, &n);
	const uint32_t *other = intern_get(context, *(const uint32_t *)b, &n);
	for (size_t i = 0; i < n / sizeof(*one); i++)
		if (one[i] != other[i])
			return one[i] < other[i] ? -1 : 1;
	return 0;
}

static int
by_place(const void *a, const void *b)
{
	const struct group *one = a, *other = b;
	if (one->place != other->place)
		return one->place < other->place ? -1 : 1;
	return one->history < other->history ? -1 : one->history > other->history;
}

/* rank[old number] = new number; also order[new] = old. False: out of memory. */
static bool
rank_of(struct intern *in, int (*compare)(const void *, const void *, void *), uint32_t **order,
    uint32_t **rank)
{
	*order = malloc((in->count + 1) * sizeof(**order));
	*rank = malloc((in->count + 1) * sizeof(**rank));
	if (*order == NULL || *rank == NULL)
		return false;
	for (uint32_t i = 0; i < in->count; i++)
		(*order)[i] = i;
	qsort_r(*order, in->count, sizeof(**order), compare, in);
	for (uint32_t i = 0; i < in->count; i++)
		(*rank)[(*order)[i]] = i;
	return true;
}

static bool
order_places(struct disclosure *d, const uint32_t *order)
{
	d->place_begin = malloc((d->places.count + 1) * sizeof(*d->place_begin));
	d->place_cell = malloc(d->places.bytes_used + 1);
	if (d->place_begin == NULL || d->place_cell == NULL)
		return false;
	uint32_t at = 0;
	for (size_t i = 0; i < d->places.count; i++) {
		size_t n;
		const void *cells = intern_get(&d->places, order[i], &n);
		d->place_begin[i] = at;
		memcpy(d->place_cell + at, cells, n);
		at += (uint32_t)(n / sizeof(*d->place_cell));
	}
	d->place_begin[d->places.count] = at;
	return true;
}

static bool
order_histories(struct disclosure *d, const uint32_t *order)
{
	d->history = malloc(d->histories.bytes_used + 1);
	if (d->history == NULL)
		return false;
	for (size_t i = 0; i < d->histories.count; i++) {
		size_t n;
		const void *bits = intern_get(&d->histories, order[i], &n);
		memcpy(d->history + i * d->releases, bits, n);
	}
	return true;
}

static bool
order_groups(struct disclosure *d, const uint32_t *place_rank, const uint32_t *history_rank)
{
	d->group = malloc((d->groups.count + 1) * sizeof(*d->group));
	d->group_of_place = calloc(d->places.count + 2, sizeof(*d->group_of_place));
	if (d->group == NULL || d->group_of_place == NULL)
		return false;
	for (size_t i = 0; i < d->groups.count; i++) {
		size_t n;
		const uint32_t *key = intern_get(&d->groups, i, &n);
		d->group[i] = (struct group){place_rank[key[0]], history_rank[key[1]], d->units[i]};
	}
	qsort(d->group, d->groups.count, sizeof(*d->group), by_place);
	for (size_t i = 0; i < d->groups.count; i++)
		d->group_of_place[d->group[i].place + 1]++;
	for (size_t p = 0; p < d->places.count; p++)
		d->group_of_place[p + 1] += d->group_of_place[p];
	return true;
}

/* The places of each cell. */
static bool
shelve_places(struct disclosure *d)
{
	struct shelf *shelf = &d->of_cell;
	size_t items = d->place_begin[d->places.count];
	shelf->begin = calloc(d->cells + 2, sizeof(*shelf->begin));
	shelf->item = malloc((items + 1) * sizeof(*shelf->item));
	if (shelf->begin == NULL || shelf->item == NULL)
		return false;
	for (size_t k = 0; k < items; k++)
		shelf->begin[d->place_cell[k] + 2]++;
	for (size_t c = 0; c < d->cells; c++)
		shelf->begin[c + 2] += shelf->begin[c + 1];
	for (uint32_t p = 0; p < d->places.count; p++)
		for (uint32_t k = d->place_begin[p]; k < d->place_begin[p + 1]; k++)
			shelf->item[shelf->begin[d->place_cell[k] + 1]++] = p;
	return true;
}

/* Sets of cells, of those that have units. */
static bool
make_sets(struct disclosure *d)
{
	d->slot = malloc(d->cells * sizeof(*d->slot));
	d->cell_at = malloc(d->cells * sizeof(*d->cell_at));
	if (d->slot == NULL || d->cell_at == NULL)
		return false;
	for (uint32_t c = 0; c < d->cells; c++) {
		bool has_units = d->of_cell.begin[c] != d->of_cell.begin[c + 1];
		d->slot[c] = has_units ? (uint32_t)d->slots : NO_CELL;
		if (has_units)
			d->cell_at[d->slots++] = (uint16_t)c;
	}
	d->words = d->slots / 64 + 1;
	d->place_bits = calloc((d->places.count + 1) * d->words, sizeof(*d->place_bits));
	if (d->place_bits == NULL)
		return false;
	for (size_t p = 0; p < d->places.count; p++)
		for (uint32_t k = d->place_begin[p]; k < d->place_begin[p + 1]; k++) {
			uint32_t slot = d->slot[d->place_cell[k]];
			d->place_bits[p * d->words + slot / 64] |= UINT64_C(1) << slot % 64;
		}
	return true;
}

/* [release][1 + measure] of a group, added up. */
static void
count_group(const struct disclosure *d, const struct group *g, uint64_t *count)
{
	for (unsigned r = 0; r < d->releases; r++, count += 1 + d->rules.measures) {
		uint32_t bits = history_of(d, g->history)[r];
		if (bits == DISCLOSURE_ABSENT)
			continue;
		count[0] += g->units;
		for (unsigned m = 0; m < d->rules.measures; m++)
			if ((bits >> m & 1) != 0)
				count[1 + m] += g->units;
	}
}

static bool
count_cells(struct disclosure *d)
{
	size_t columns = d->releases * (1 + d->rules.measures);
	size_t now = d->rules.earlier * (1 + d->rules.measures);
	uint64_t *of_place = malloc(columns * sizeof(*of_place));
	d->count = calloc(d->cells * columns, sizeof(*d->count));
	d->units_now = calloc(d->places.count + 1, sizeof(*d->units_now));
	bool ok = of_place != NULL && d->count != NULL && d->units_now != NULL;
	for (uint32_t p = 0; ok && p < d->places.count; p++) {
		memset(of_place, 0, columns * sizeof(*of_place));
		for (uint32_t g = d->group_of_place[p]; g < d->group_of_place[p + 1]; g++)
			count_group(d, &d->group[g], of_place);
		bool is_nowhere = d->place_begin[p] == d->place_begin[p + 1];
		if (!is_nowhere)
			d->units_now[p] = (uint32_t)of_place[now];
		for (uint32_t k = d->place_begin[p]; k < d->place_begin[p + 1]; k++)
			for (size_t i = 0; i < columns; i++)
				counts_of(d, d->place_cell[k], 0)[i] += of_place[i];
	}
	free(of_place);
	return ok;
}

enum disclosure_status
order_units(struct disclosure *d)
{
	uint32_t *place_order = NULL, *place_rank = NULL;
	uint32_t *history_order = NULL, *history_rank = NULL;
	bool ok = rank_of(&d->places, by_cells, &place_order, &place_rank) &&
		  rank_of(&d->histories, by_history, &history_order, &history_rank) &&
		  order_places(d, place_order) && order_histories(d, history_order) &&
		  order_groups(d, place_rank, history_rank) && shelve_places(d) && make_sets(d) &&
		  count_cells(d);
	free(place_order);
	free(place_rank);
	free(history_order);
	free(history_rank);
	return ok ? DISCLOSURE_OK : DISCLOSURE_NO_MEMORY;
}
