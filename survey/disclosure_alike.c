/* SPDX-License-Identifier: Apache-2.0 */
/* The groups of a cell by kind. A search asks again and again for few cells and rows. */
#include <stdlib.h>
#include <string.h>

#include "survey/disclosure_alike.h"

bool
alike_open(struct alike *a, const struct disclosure *d)
{
	size_t rows = row_of_local(d) + 1;
	*a = (struct alike){.d = d, .lists = rows * d->cells};
	a->list = calloc(a->lists, sizeof(*a->list));
	a->end = malloc((d->histories.count + 1) * sizeof(*a->end));
	return a->list != NULL && a->end != NULL;
}

void
alike_close(struct alike *a)
{
	for (size_t i = 0; i < a->lists && a->list != NULL; i++)
		free(a->list[i]);
	free(a->list);
	free(a->end);
}

/* By kind, then in their order. The list begins with how many there are. */
static uint32_t *
make_list(const struct alike *a, unsigned row, uint32_t cell)
{
	const struct disclosure *d = a->d;
	uint32_t groups = 0, g;
	memset(a->end, 0, (d->histories.count + 1) * sizeof(*a->end));
	for (struct stroll s = stroll_in(d, cell); (g = stroll_on(d, &s)) != NO_GROUP; groups++)
		a->end[kind_of(d, row, d->group[g].history) + 1]++;
	for (size_t kind = 0; kind < d->histories.count; kind++)
		a->end[kind + 1] += a->end[kind];
	uint32_t *list = malloc((1 + (size_t)groups) * sizeof(*list));
	if (list == NULL)
		return NULL;
	list[0] = groups;
	for (struct stroll s = stroll_in(d, cell); (g = stroll_on(d, &s)) != NO_GROUP;)
		list[1 + a->end[kind_of(d, row, d->group[g].history)]++] = g;
	return list;
}

/* Where groups of the kind, or of later ones, begin. */
static const uint32_t *
first_of(const struct disclosure *d, unsigned row, const uint32_t *list, uint32_t kind)
{
	const uint32_t *low = list + 1, *high = low + list[0];
	while (low < high) {
		const uint32_t *middle = low + (high - low) / 2;
		if (kind_of(d, row, d->group[*middle].history) < kind)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct alike_groups
alike_in(struct alike *a, unsigned row, uint32_t cell, uint32_t history)
{
	uint32_t **list = &a->list[row * a->d->cells + cell];
	uint32_t kind = kind_of(a->d, row, history);
	if (*list == NULL)
		*list = make_list(a, row, cell);
	a->failed |= *list == NULL;
	if (*list == NULL)
		return (struct alike_groups){NULL, NULL};
	return (struct alike_groups){
	    first_of(a->d, row, *list, kind), first_of(a->d, row, *list, kind + 1)};
}
