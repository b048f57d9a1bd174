/* SPDX-License-Identifier: Apache-2.0 */
/* The groups of a cell that are alike by some row of kinds: listed when they are first asked for.
 * Inside the disclosure_*.c files only. */
#ifndef KHAOSAT_SURVEY_DISCLOSURE_ALIKE_H
#define KHAOSAT_SURVEY_DISCLOSURE_ALIKE_H

#include "survey/disclosure_parts.h"

struct alike {
	const struct disclosure *d;
	uint32_t **list; /* [row][cell] */
	size_t lists;
	uint32_t *end; /* by kind, while a list is made */
	bool failed;   /* memory was out: what was found since is not all there is */
};

/* From `at` up to `end`, ascending. */
struct alike_groups {
	const uint32_t *at, *end;
};

bool alike_open(struct alike *a, const struct disclosure *d); /* false: out of memory */
void alike_close(struct alike *a);
/* Of a cell, the groups whose histories are of the same kind as this. */
struct alike_groups alike_in(struct alike *a, unsigned row, uint32_t cell, uint32_t history);

#endif
