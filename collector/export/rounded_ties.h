/* SPDX-License-Identifier: Apache-2.0 */
/* For rounded.c: what the tables of larger populations, rounded before, leave to those of one that
 * shares units with them, and of one population a table to the next. A set of units told in two
 * tables is told alike, also where in one of them it is what a cell leaves of the whole; and of two
 * sets that differ by d units neither is told as more than d and the base above the other. Else who
 * subtracts what was rounded up from what was rounded down would know of those few, or of both
 * sets, better than of any count. Pure.
 */
#ifndef KHAOSAT_COLLECTOR_EXPORT_ROUNDED_TIES_H
#define KHAOSAT_COLLECTOR_EXPORT_ROUNDED_TIES_H

#include "collector/export/rounded.h"

/* What is rounded of a goal in a cell, each with thresholds of its own. Goals share them, so that
 * of one predicate implied by another no more meet the first. */
enum rounded_column { COLUMN_UNITS, COLUMN_RESPONDED, COLUMN_MET, COLUMN_NOT_MET, COLUMNS };

/* Of units that answered. */
uint64_t rounded_told(const struct rate_counts *rate, enum rounded_column column);

struct rounded_ties {
	const struct rounded_input *in;
	const struct rounded *out; /* of populations that are done */
	size_t cells;
	uint32_t *units;     /* [population * cells + cell] of the register */
	uint32_t done;       /* bits: populations, with the one in hand */
	unsigned population; /* in hand */
	/* [(population * cells + cell) * cells + other]: units that the cell of the one in hand and
	 * the other cell of one done have in common */
	uint32_t *together;
};

/* Always sets `ties`, to be cleared. False: out of memory. */
bool rounded_ties_make(
    const struct rounded_input *in, const struct rounded *out, struct rounded_ties *ties);
void rounded_ties_clear(struct rounded_ties *ties); /* what it holds */

/* The largest that is not done; false: all are. It is in hand until the next. */
bool rounded_ties_next(struct rounded_ties *ties, unsigned *population);

/* By cell: raises what is to be told at least, and lowers what may be told at most. */
void rounded_ties_bind(const struct rounded_ties *ties, size_t goal, enum rounded_column column,
    uint64_t *low, uint64_t *cap);
/* Of one cell, beside those of its own population that are told by now. */
void rounded_ties_bind_within(const struct rounded_ties *ties, size_t cell, const bool *is_told,
    const uint64_t *told, uint64_t *low, uint64_t *cap);

#endif
