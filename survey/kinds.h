/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds of units, for estimates: two units are of one kind when they fall into the same stratum and
 * count in the same of those cells for which estimates are made: the whole, sizes, groups of
 * sectors (and sectors that are a group by themselves), types of zones. So the strata of each such
 * cell are sums over kinds, and a unit is counted in one kind only. Immutable; any thread. */
#ifndef KHAOSAT_SURVEY_KINDS_H
#define KHAOSAT_SURVEY_KINDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "survey/cells.h"
#include "survey/register.h"

struct kinds; /* belongs to the cells it was made from: cells_kinds */

struct kinds *kinds_new(
    const struct definition *d, const struct cells *cells); /* NULL: no memory */
void kinds_free(struct kinds *kinds);                       /* accepts NULL */

size_t kinds_count(const struct kinds *kinds);
size_t kinds_of_unit(const struct kinds *kinds, const struct register_row *row);

/* Post-strata: size class x activity (A, B to F, the rest) x inside or outside a zone, each also
 * unknown. Numbered so that neighbours in size are neighbours in number; below KINDS_STRATA. */
#define KINDS_STRATA 60
struct kind_stratum {
	uint8_t size, activity, zone;
};
unsigned kinds_stratum(const struct kinds *kinds, size_t kind);
struct kind_stratum kinds_stratum_keys(unsigned stratum);

/* Whether estimates are made for a cell, and whether units of a kind count in it then. */
bool kinds_has_cell(const struct kinds *kinds, size_t cell);
bool kinds_in_cell(const struct kinds *kinds, size_t kind, size_t cell);

#endif
