/* SPDX-License-Identifier: Apache-2.0 */
/* Tables from counters: every figure of every goal and cell, as staff see them. Pure. */
#ifndef KHAOSAT_COLLECTOR_EXPORT_FILL_H
#define KHAOSAT_COLLECTOR_EXPORT_FILL_H

#include "collector/counters.h"
#include "collector/export/tables.h"

/* One row, whose goal and cell are set, with the figures of these counters. */
void fill_row(const struct tables *t, const struct counters *counters, struct observation *row);
/* Only its counts and states; only its estimate, from its counts as they are, of the office's
 * strata; or of these, at most STRATA_MAX, which sum up to its counts and are collapsed in place.
 */
void fill_counts(const struct counters *counters, struct observation *row);
void fill_estimate(
    const struct tables *t, const struct counters *counters, struct observation *row);
void fill_told_estimate(
    const struct tables *t, struct stratum *strata, size_t n, struct observation *row);

/* One row from rounded counts that are within so much of the true ones; its `members` is set. The
 * estimate knows of no strata: what is told of them would be exact. */
void fill_rounded(const struct tables *t, const struct rate_counts *rounded, unsigned within,
    struct observation *row);

/* The narrowest and the widest step of a sample's public estimate, in tenths of a percent; and of
 * how many units asked one is as wide as the run's minimum frequency. */
#define FILL_STEP_LEAST 1
#define FILL_STEP_MOST 50
uint64_t fill_units_of_step(unsigned step, unsigned frequency);

/* What a public run must not hold: nothing of withheld figures, and of estimates no more than is
 * printed, in tenths of a percent, what is probable following from the ends as printed. In a sample
 * it is in steps, of a tenth of a percent, or of two, five, ... tenths up to five percent, the
 * first that is as wide as the run's minimum frequency of the units asked; where none is, there is
 * no estimate. `o` has its states set. */
void fill_withhold(const struct tables *t, struct observation *o);

#endif
