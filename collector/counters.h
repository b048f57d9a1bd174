/* SPDX-License-Identifier: Apache-2.0 */
/* How many units of each cell and goal are silent, met, not met, unknown, not applicable; those
 * whose membership of the goal's population is unknown apart. The same for each group of units, and
 * its employees; and how many units of each cell are in each case state. A group is a kind of units
 * (survey/kinds.h), in a sample those of it in one stratum. A unit out of scope counts as that and
 * nowhere else; one that was not drawn is silent, has no case and no employees. Read instead of
 * rows. Whoever owns them guards them. */
#ifndef KHAOSAT_COLLECTOR_COUNTERS_H
#define KHAOSAT_COLLECTOR_COUNTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/case_state.h"
#include "collector/columns.h"
#include "survey/cells.h"
#include "survey/definition.h"
#include "survey/estimate.h"
#include "survey/kleene.h"
#include "survey/rates.h"

struct counters;

/* All zero; definition and cells are borrowed, the design is copied. NULL: out of memory. */
struct counters *counters_new(
    const struct definition *definition, const struct cells *cells, const struct design *design);
struct counters *counters_copy(const struct counters *counters); /* NULL: out of memory */
void counters_free(struct counters *counters);                   /* accepts NULL */

/* What a unit counts as. */
struct standing {
	const struct indicator_bits *bits; /* of its head; NULL: it has none */
	enum case_state state;             /* not CASE_NONE */
};

/* Count a unit in (+1) or out (-1). */
void counters_add(struct counters *counters, const struct columns *columns, uint32_t row,
    const struct standing *standing, int by);

/* Add what the other, made from the same, has counted. */
void counters_join(struct counters *counters, const struct counters *other);

/* Instead of the one as the other. */
void counters_move(struct counters *counters, const struct columns *columns, uint32_t row,
    const struct standing *old, const struct standing *new);

void counters_rate(
    const struct counters *counters, size_t cell, size_t goal, struct rate_counts *out);
/* Units of a cell: case_state.h says which stand where. */
void counters_cases(const struct counters *counters, size_t cell, uint64_t out[CASE_COUNTS]);

const struct design *counters_design(const struct counters *counters);
size_t counters_groups(const struct counters *counters);
size_t counters_group_kind(const struct counters *counters, size_t group);
/* From 1; 0 in a census. */
unsigned counters_group_stratum(const struct counters *counters, size_t group);
void counters_group(
    const struct counters *counters, size_t group, size_t goal, struct rate_counts *out);
/* Of a sample: certain members that were drawn, in the group where the frame had them then. */
uint64_t counters_drawn(const struct counters *counters, size_t group, size_t population);
/* Of a sample's stratum, from 1: of those in a cell that were drawn and count for the goal, how
 * many the frame had outside of the cell or its population when they were drawn. */
uint64_t counters_moved_in(
    const struct counters *counters, size_t cell, unsigned stratum, size_t goal);
struct employee_counts counters_employees(
    const struct counters *counters, size_t group, size_t population);

#endif
