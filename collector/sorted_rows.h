/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of what few units have, sorted by the unit's row in the register. Pure. */
#ifndef KHAOSAT_COLLECTOR_SORTED_ROWS_H
#define KHAOSAT_COLLECTOR_SORTED_ROWS_H

#include <stddef.h>
#include <stdint.h>

/* The place of the first item of this row or of a later one, among n items of so many bytes, in
 * each of which its row, a uint32_t, stands at `offset`. */
size_t sorted_rows_at(const void *items, size_t n, size_t item_bytes, size_t offset, uint32_t row);

#endif
