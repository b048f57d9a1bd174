/* SPDX-License-Identifier: Apache-2.0 */
/* How columns are filled in: for those who build them, from register chunks or from a checkpoint.
 * One thread, before anyone else sees them, or while nobody else may look. */
#ifndef KHAOSAT_COLLECTOR_COLUMNS_FILL_H
#define KHAOSAT_COLLECTOR_COLUMNS_FILL_H

#include "collector/columns.h"

/* Room for so many rows and chunks, all zero, nothing in the index. NULL: out of memory. */
struct columns *columns_new(
    const struct definition *definition, int ref_year, uint32_t units, size_t chunks);

/* Tax code, attributes and membership of a row. */
void columns_put(struct columns *columns, uint32_t row, const struct register_row *r);

/* The same for a row that is there already: where it is one of a sample, as it was drawn is kept.
 * False: out of memory, and it is as it was. */
bool columns_correct(struct columns *columns, uint32_t row, const struct register_row *r);

/* When all rows are there: the design, from their strata. False: they are none of a design. */
bool columns_fill_design(struct columns *columns);

/* Enter a row's tax code. False: another row has it. */
bool columns_insert(struct columns *columns, uint32_t row);
bool columns_insert_all(struct columns *columns); /* of every row */

#endif
