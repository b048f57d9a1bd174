/* SPDX-License-Identifier: Apache-2.0 */
/* What one cell of a CSV file of answers means. Pure; any thread. */
#ifndef KHAOSAT_CLIENT_BULK_CELL_H
#define KHAOSAT_CLIENT_BULK_CELL_H

#include "client/client.h"
#include "survey/answers.h"

struct bulk_cell_errors {
	enum language language;
	char *reason; /* 256 bytes; written when a cell is not understood */
};

/* A cell that is not empty, as the answer to `q`; NUL-terminated. `out` keeps its text where the
 * cell is not one itself (the text of OTHER stands in another column). Ranges are the checks'
 * affair. */
bool bulk_cell_answer(const struct question *q, struct span cell, struct answer *out,
    const struct bulk_cell_errors *errors);

bool bulk_cell_seconds(const char *cell, int32_t *out, const struct bulk_cell_errors *errors);

#endif
