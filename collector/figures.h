/* SPDX-License-Identifier: Apache-2.0 */
/* The figures of a Rates message, encoded by hand: thousands of them, of which all but the counts
 * is the same in each answer. Pure; any thread. */
#ifndef KHAOSAT_COLLECTOR_FIGURES_H
#define KHAOSAT_COLLECTOR_FIGURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "survey/cells.h"
#include "survey/definition.h"
#include "survey/rates.h"
#include "survey/wire.h"

struct figures_wanted {
	const struct definition *definition;
	const struct cells *cells;
	const char *reference_date; /* of the round */
	bool goal[GOALS_MAX];       /* by index */
	bool dimension[DIMENSIONS]; /* likewise */
	char **cell;                /* codes of the cells in them; none: all */
	size_t cell_codes;
	const struct rate_counts *counts; /* [cell * definition->goals + goal] */
};

struct figures;

bool figures_wants_cell(const struct figures_wanted *wanted, size_t cell);

/* One for each goal and cell that is wanted, goal by goal. NULL: out of memory. */
struct figures *figures_new(const struct figures_wanted *wanted);
void figures_free(struct figures *figures); /* accepts NULL */

size_t figures_bytes(const struct figures *figures);
void figures_put(const struct figures *figures, struct wire_out *w); /* as fields Rates.rate */

#endif
