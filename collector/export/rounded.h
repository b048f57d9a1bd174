/* SPDX-License-Identifier: Apache-2.0 */
/* The other mode of disclosure control: a round's public tables with all counts rounded, and all
 * else that is told following from the rounded counts alone, so it tells no more than they. Pure;
 * one thread.
 *
 * Parts of a cell that have fewer units than the minimum are withheld, as one remainder of at least
 * so many with all else of the cell that has no cell of its own; where those are too few still, the
 * smallest other part joins them. The tables add up: a cell, and its parts with that remainder.
 *
 * Thresholds (survey/rounding.h) come from the digests of the access codes in the register, which
 * the log holds and nobody publishes: they follow from the log, and belong to round and register,
 * not to the moment, so that another export of the same answers tells nothing more. A cell's is
 * that of one of its units in the population, drawn by lot, so that cells that are nearly the same,
 * by another classification or in another population, are mostly rounded alike. Which are, the
 * codes say: of two wholes known to have one threshold, each would tell how far the other lies
 * above its multiple.
 *
 * As far as sums let them, counts of sets of units that are nearly the same go together from table
 * to table (rounded_ties.h), and what was told of more and more answers does not fall in the next
 * vintage: else sets told at their most and at their least, added up, would tell of one another.
 *
 * What a reader learns of a count in one table is that it lies less than the base beside the
 * rounded one (or as near as `within` says). All tables of all vintages leave at least as
 * many values open as the base less one, of the count and of what it grew by since the vintage
 * before, or all that the wholes leave open. The argument: what is told is by itself a round that
 * the reader must hold possible, or nearly, since tables add up, the same units are told alike, and
 * no count falls; from it, as from the true one, each count can move by what rounding leaves
 * in all vintages alike. Sums hinder that here and there, so it is no proof: an attack shows it, of
 * up to six vintages (tests/unit/test_rounded_attack.c). What is certain is not all that is likely:
 * who happens to know that one unit alone answered in a cell since the export before, and sees a
 * count of it jump, may guess why, though the sum of the line can have moved it as well. So figures
 * stay as they were until as many units as the minimum have changed (run_figures.c). */
#ifndef KHAOSAT_COLLECTOR_EXPORT_ROUNDED_H
#define KHAOSAT_COLLECTOR_EXPORT_ROUNDED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/columns.h"
#include "collector/counters.h"
#include "survey/cells.h"
#include "survey/definition.h"
#include "survey/rates.h"

struct rounded_input {
	const struct definition *definition;
	const struct cells *cells;
	const struct columns *columns;
	const struct counters *counters;
	unsigned base;
	unsigned frequency;           /* the base is a minimum too */
	const struct rounded *before; /* what the vintage before told; NULL: there is none */
};

struct rounded {
	uint8_t *decision;        /* by cell of a population: see release.h; none is kept */
	struct rate_counts *rate; /* [goal * cells + cell]: of what is shown, rounded; n_unknown as
				   * it is, and nothing of what those units answered */
	unsigned within;          /* no count is further from the true one; but `unknown`, which is
				   * what is left of three, thrice as far */
};

/* `out` is always set, to be cleared. False: out of memory. */
bool rounded_make(const struct rounded_input *in, struct rounded *out);
void rounded_clear(struct rounded *rounded); /* what it holds */

/* For the log, to be freed: what is told, but `decision`. NULL: out of memory. */
uint8_t *rounded_pack(const struct rounded_input *in, const struct rounded *rounded, size_t *n);
/* And back, beside the counters of that time. `out` is always set, to be cleared. False: out of
 * memory, or these are no such bytes. */
bool rounded_unpack(const struct rounded_input *in, const uint8_t *decision, const uint8_t *told,
    size_t n, struct rounded *out);

#endif
