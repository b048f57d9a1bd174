/* SPDX-License-Identifier: Apache-2.0 */
/* Histories by kind: alike in the measures of one goal, and in those that are of none. And which
 * cells publish measures of a goal. */
#include <stdlib.h>
#include <string.h>

#include "survey/disclosure_parts.h"

/* Histories in their order, so that kinds are numbered in one of their own. */
static bool
sort_histories(struct disclosure *d, unsigned row)
{
	uint32_t bits = row == 0 ? UINT32_MAX : bits_of_goal(d, 0) | bits_of_goal(d, row);
	uint32_t masked[DISCLOSURE_EARLIER_MAX + 1];
	struct intern kinds = {0};
	int64_t number = 0;
	for (uint32_t h = 0; h < d->histories.count && number >= 0; h++) {
		for (unsigned r = 0; r < d->releases; r++) {
			uint32_t as = history_of(d, h)[r];
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
	for (unsigned m = 0; m < d->rules.measures; m++)
		if (d->rules.goal[m] > d->goals)
			d->goals = d->rules.goal[m];
	d->kind = malloc(((d->goals + 2) * d->histories.count + 1) * sizeof(*d->kind));
	d->tells = calloc((d->goals + 2) * d->words, sizeof(*d->tells));
	bool ok = d->kind != NULL && d->tells != NULL;
	for (unsigned row = 0; row <= d->goals + 1 && ok; row++) {
		ok = sort_histories(d, row);
		find_tellers(d, row);
	}
	return ok ? DISCLOSURE_OK : DISCLOSURE_NO_MEMORY;
}
