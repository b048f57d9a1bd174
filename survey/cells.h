/* SPDX-License-Identifier: Apache-2.0 */
/* The cells that rates are published in: the whole, and by zone (with parents), zone type, commune,
 * sector (with groups), size, kind of unit. Built once from a definition; immutable; any thread. */
#ifndef KHAOSAT_SURVEY_CELLS_H
#define KHAOSAT_SURVEY_CELLS_H

#include <stddef.h>
#include <stdint.h>

#include "survey/definition.h"
#include "survey/register.h"

/* Values as in khaosat.proto, Dimension. */
enum dimension {
	DIMENSION_WHOLE,
	DIMENSION_ZONE,
	DIMENSION_ZONE_TYPE,
	DIMENSION_COMMUNE,
	DIMENSION_SECTOR,
	DIMENSION_SIZE,
	DIMENSION_UNIT_TYPE,
	DIMENSIONS
};

struct cell_info {
	enum dimension dimension;
	const char *code; /* "_T", "_U" unknown, a code or a group */
	struct label label;
	const char *parent; /* code of the cell it is shown under, or "" */
};

/* The loader refuses definitions with more groups, or zones nested deeper, than this has room for.
 */
#define CELL_GROUPS_MAX 8
#define CELLS_OF_UNIT_MAX 32

struct cells; /* opaque; borrows the definition */
struct kinds; /* survey/kinds.h */

struct cells *cells_new(const struct definition *d); /* NULL: out of memory */
void cells_free(struct cells *cells);                /* accepts NULL */
size_t cells_count(const struct cells *cells);
const struct definition *cells_definition(const struct cells *cells);
const struct kinds *cells_kinds(const struct cells *cells); /* the cells' own */
const struct cell_info *cells_info(const struct cells *cells, size_t cell);
/* Cells of one dimension are [first, first + count). */
void cells_of_dimension(
    const struct cells *cells, enum dimension dimension, size_t *first, size_t *count);
/* The cells a unit counts in; the first is always the whole. Returns how many. */
size_t cells_of_unit(
    const struct cells *cells, const struct register_row *row, uint16_t out[CELLS_OF_UNIT_MAX]);

#endif
