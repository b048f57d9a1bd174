/* SPDX-License-Identifier: Apache-2.0 */
/* The register of a round, packed: 46 bytes a unit, so that a million fit where microdata may be.
 * One thread. */
#ifndef KHAOSAT_CLIENT_MICRODATA_ROWS_H
#define KHAOSAT_CLIENT_MICRODATA_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "survey/register.h"

struct microdata_rows; /* opaque */

/* Room for so many; NULL: out of memory. */
struct microdata_rows *microdata_rows_new(size_t most);
void microdata_rows_free(struct microdata_rows *rows); /* accepts NULL */
/* `stratum` as design_add tells it. False: no room left, or a unit came twice, which may be told
 * some rows later. */
bool microdata_rows_add(
    struct microdata_rows *rows, const struct register_row *row, uint8_t stratum);
/* After each bunch of rows, so that they are found; likewise. */
bool microdata_rows_end(struct microdata_rows *rows);
bool microdata_rows_find(const struct microdata_rows *rows, uint64_t tax_code,
    struct register_row *out, uint8_t *stratum);

#endif
