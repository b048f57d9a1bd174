/* SPDX-License-Identifier: Apache-2.0 */
/* For rounded.c: what adds up to what among the cells of one population, and which of them are
 * withheld. Whether cells lie inside one another is seen from the units, so that groups that
 * overlap, or hold units without a code of their own, need no rule. */
#ifndef KHAOSAT_COLLECTOR_EXPORT_ROUNDED_LINES_H
#define KHAOSAT_COLLECTOR_EXPORT_ROUNDED_LINES_H

#include "collector/export/rounded.h"
#include "survey/rounding.h"

#define NO_PARENT UINT32_MAX

/* Cells are those of struct cells, then the remainders of lines. */
struct rounded_lines {
	size_t cells;       /* without remainders */
	size_t all;         /* with them */
	uint64_t *n;        /* units of each */
	uint32_t *parent;   /* by cell; NO_PARENT: it stands alone */
	uint32_t *total;    /* by remainder: of which cell, */
	uint8_t *dimension; /* and by what */
	uint8_t *state;     /* by cell: RELEASE_SHOW, _EMPTY, _FEW_UNITS, _CONFIDENTIAL */
	struct rounding_line *line;
	uint32_t *part;
	size_t lines, parts;
};

/* `n`: units in scope, by cell. `out` is always set, to be cleared. False: out of memory. */
bool rounded_lines_make(const struct rounded_input *in, unsigned population, const uint64_t *n,
    struct rounded_lines *out);
void rounded_lines_clear(struct rounded_lines *lines); /* what it holds */

#endif
