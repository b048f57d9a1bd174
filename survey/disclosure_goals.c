/* SPDX-License-Identifier: Apache-2.0 */
/* Histories by kind: alike in all that is told, or in the measures of one goal and in those of
 * none. And which cells publish measures of a goal. */
#include <stdlib.h>
#include <string.h>

#include "survey/disclosure_parts.h"

/* Shown again may be, of what is withheld, what was so for another's sake only. */
static bool
may_tell(const struct disclosure *d, const struct cell_state *c, unsigned release)
{
	if (release < d->rules.earlier)
		return (c->given.shown >> release & 1) != 0;
	return c->open || c->reason == DISCLOSURE_FOR_OTHERS;
}

static void
find_told(struct disclosure *d)
{
	for (unsigned r = 0; r < d->releases; r++) {
		for (size_t i = 0; i < d->slots; i++) {
			const struct cell_state *c = &d->cell[d->cell_at[i]];
			if (may_tell(d, c, r))
				d->told[r] |= d->measured & ~c->given.unpublished;
		}
		d->all_is_told &= d->told[r] == d->measured;
	}
}

/* A whole is of few, beside the largest. */
#define FEW_OF 8

static bool
is_whole_of_few(const struct disclosure *d, size_t cell)
{
	uint64_t units = 0;
	if (d->cell[cell].given.family != DISCLOSURE_COMMON)
		return false;
	for (size_t c = 0; c < d->cells; c++)
		if (counts_of(d, c, d->rules.earlier)[0] > units)
			units = counts_of(d, c, d->rules.earlier)[0];
	return counts_of(d, cell, d->rules.earlier)[0] * FEW_OF < units;
}

static uint32_t
told_in(const struct disclosure *d, size_t cell)
{
	return d->measured & ~d->cell[cell].given.unpublished;
}

/* False: out of memory. */
static bool
find_apart(struct disclosure *d)
{
	d->is_local = calloc(d->places.count + 1, sizeof(*d->is_local));
	if (d->is_local == NULL)
		return false;
	d->apart = d->measured;
	for (size_t c = 0; c < d->cells; c++)
		if ((told_in(d, c) & d->apart) != 0 && !is_whole_of_few(d, c))
			d->apart &= ~told_in(d, c);
	for (size_t p = 0; p < d->places.count; p++) {
		d->is_local[p] = true;
		for (uint32_t k = d->place_begin[p]; k < d->place_begin[p + 1]; k++)
			d->is_local[p] &= (told_in(d, d->place_cell[k]) & d->apart) == 0;
	}
	return true;
}

/* Histories in their order, so that kinds are numbered in one of their own. */
static bool
sort_histories(struct disclosure *d, unsigned row)
{
	uint32_t bits = bits_of_goal(d, 0) | bits_of_goal(d, row);
	uint32_t masked[DISCLOSURE_EARLIER_MAX + 1];
	struct intern kinds = {0};
	int64_t number = 0;
	for (uint32_t h = 0; h < d->histories.count && number >= 0; h++) {
		for (unsigned r = 0; r < d->releases; r++) {
			uint32_t as = history_of(d, h)[r];
			if (row == 0 || row == row_of_local(d))
				bits = d->told[r] & ~(row == 0 ? 0 : d->apart);
			masked[r] = as == DISCLOSURE_ABSENT ? as : as & bits;
		}
		number = intern_number(&kinds, masked, d->releases * sizeof(*masked));
		d->kind[row * d->histories.count + h] = (uint32_t)number;
	}
	intern_free(&kinds);
	return number >= 0;
}

static void
find_tellers(struct disclosure *d, unsigned row)
{
	bool all = row == 0 || row > d->goals;
	uint32_t bits = bits_of_goal(d, row);
	for (size_t i = 0; i < d->slots; i++)
		if (all || (bits & ~d->cell[d->cell_at[i]].given.unpublished) != 0)
			d->tells[row * d->words + i / 64] |= UINT64_C(1) << i % 64;
}

enum disclosure_status
goals_sort(struct disclosure *d)
{
	d->all_is_told = true;
	find_told(d);
	size_t rows = row_of_local(d) + 1;
	d->kind = malloc((rows * d->histories.count + 1) * sizeof(*d->kind));
	d->tells = calloc(rows * d->words, sizeof(*d->tells));
	bool ok = d->kind != NULL && d->tells != NULL && find_apart(d);
	for (unsigned row = 0; row < rows && ok; row++) {
		ok = sort_histories(d, row);
		find_tellers(d, row);
	}
	return ok ? DISCLOSURE_OK : DISCLOSURE_NO_MEMORY;
}
