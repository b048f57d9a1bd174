/* SPDX-License-Identifier: Apache-2.0 */
/* How many units of each cell and goal are silent, met, not met, unknown, not applicable; those
 * whose membership of the goal's population is unknown apart. The same for each kind of units
 * (survey/kinds.h), and its employees. Rates and estimates are read from them, never from rows.
 * Whoever owns them guards them. */
#ifndef KHAOSAT_COLLECTOR_COUNTERS_H
#define KHAOSAT_COLLECTOR_COUNTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/columns.h"
#include "survey/cells.h"
#include "survey/definition.h"
#include "survey/estimate.h"
#include "survey/kleene.h"
#include "survey/rates.h"

struct counters;

/* All zero; definition and cells are borrowed. NULL: out of memory. */
struct counters *counters_new(const struct definition *definition, const struct cells *cells);
struct counters *counters_copy(const struct counters *counters); /* NULL: out of memory */
void counters_free(struct counters *counters);                   /* accepts NULL */

/* Count a unit in (+1) or out (-1), as its head's bits say; NULL: a unit without a head. */
void counters_add(struct counters *counters, const struct columns *columns, uint32_t row,
    const struct indicator_bits *bits, int by);

/* Instead of the one head the other; NULL: none. */
void counters_move(struct counters *counters, const struct columns *columns, uint32_t row,
    const struct indicator_bits *old, const struct indicator_bits *new);

void counters_rate(
    const struct counters *counters, size_t cell, size_t goal, struct rate_counts *out);
void counters_kind(
    const struct counters *counters, size_t kind, size_t goal, struct rate_counts *out);
struct employee_counts counters_employees(
    const struct counters *counters, size_t kind, size_t population);

#endif
