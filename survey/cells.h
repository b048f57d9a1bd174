/* SPDX-License-Identifier: Apache-2.0 */
/* The cells that rates are published in: the whole, and by zone (with parents), zone type, commune,
 * sector (with groups), size, kind of unit; in exports also by two of these at once. Built once
 * from a definition; immutable; any thread. */
#ifndef KHAOSAT_SURVEY_CELLS_H
#define KHAOSAT_SURVEY_CELLS_H

#include <stddef.h>
#include <stdint.h>

#include "survey/definition.h"
#include "survey/register.h"

/* Those that are counted: values as in khaosat.proto, Dimension. Then crossed ones, of exports
 * only: sizes with groups of sectors, and sectors of no group, and with types of zones. */
enum dimension {
	DIMENSION_WHOLE,
	DIMENSION_ZONE,
	DIMENSION_ZONE_TYPE,
	DIMENSION_COMMUNE,
	DIMENSION_SECTOR,
	DIMENSION_SIZE,
	DIMENSION_UNIT_TYPE,
	DIMENSION_SIZE_SECTOR,
	DIMENSION_SIZE_ZONE_TYPE,
	DIMENSIONS
};
#define DIMENSIONS_COUNTED DIMENSION_SIZE_SECTOR

struct cell_info {
	enum dimension dimension;
	const char *code; /* "_T", "_U" unknown, a code or a group; crossed, "MICRO.BTF" */
	struct label label;
	const char *parent; /* code of the cell it is shown under, or "" */
	uint16_t of[2];     /* crossed: the two cells whose common units it has; else 0 */
};

/* The loader refuses definitions with more groups, or zones nested deeper, than this has room for.
 */
#define CELL_GROUPS_MAX 8
#define CELLS_OF_UNIT_MAX 32
/* A dimension of more cells to be crossed is not. */
#define CELLS_CROSSED_MAX 16

struct cells; /* opaque; borrows the definition */
struct kinds; /* survey/kinds.h */

struct cells *cells_new(const struct definition *d); /* NULL: out of memory */
/* Behind the same cells those of the crossed dimensions. */
struct cells *cells_new_crossed(const struct definition *d);
void cells_free(struct cells *cells); /* accepts NULL */
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
