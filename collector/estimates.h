/* SPDX-License-Identifier: Apache-2.0 */
/* The Estimates message: the figures of a Rates message, and beside each its estimate, from a copy
 * of the counters. Pure; any thread, meant for the worker. */
#ifndef KHAOSAT_COLLECTOR_ESTIMATES_H
#define KHAOSAT_COLLECTOR_ESTIMATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/counters.h"
#include "collector/figures.h"
#include "proto/khaosat.pb-c.h"
#include "survey/estimate.h"
#include "survey/interval.h"

struct estimates_source {
	const struct definition *definition;
	const struct cells *cells;
	const struct counters *counters;
	enum interval_method method;
};

/* What is told beside a cell's counts. In a sample, response is of those drawn, each counted by its
 * design weight, and employees are weighed up likewise, to the nearest one. */
struct cell_estimate {
	struct estimate estimate;
	struct employee_counts employees;
	double response; /* of units; 0 in a census, where all weigh the same */
};

/* One goal in one cell, whose counts are given. False: none is made for such cells. */
bool estimates_of_cell(const struct estimates_source *source, size_t goal, size_t cell,
    const struct rate_counts *counts, struct cell_estimate *out);

/* The strata of a cell, at most STRATA_MAX: returns how many, as many for each cell of a round. 0:
 * no estimates are made for such cells. */
size_t estimates_strata(const struct estimates_source *source, size_t goal, size_t cell,
    struct stratum out[STRATA_MAX]);
/* Which of them a unit is in. */
size_t estimates_stratum_of(
    const struct estimates_source *source, const struct columns *columns, uint32_t row);

struct estimates_wanted {
	struct figures_wanted figures; /* but for its counts, which are taken from the counters */
	const struct counters *counters;
	enum interval_method method;
};

/* The bytes of the message, to be freed; `head` is its Rates but for the figures. NULL: out of
 * memory. */
uint8_t *estimates_encode(
    const struct estimates_wanted *wanted, const Khaosat__V1__Rates *head, size_t *n);

#endif
