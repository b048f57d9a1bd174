/* SPDX-License-Identifier: Apache-2.0 */
/* How a goal's share changed from one round to a later one: what became of the units that belong to
 * it both times, and the difference of the two estimates with its standard error, in which the
 * units that answered both times count as such. Pure; any thread. */
#ifndef KHAOSAT_SURVEY_CHANGE_H
#define KHAOSAT_SURVEY_CHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "survey/estimate.h"

/* Units that are in one stratum then and in one now. */
struct overlap {
	uint64_t units;      /* certain members both times */
	uint64_t answered;   /* known to have met or not met both times */
	uint64_t met_before; /* of them */
	uint64_t met_now;
	uint64_t met_both;
};

struct change_side {
	const struct rate_counts *counts;
	struct stratum *strata; /* sum up to the counts; collapsed in place */
	size_t n;
};

struct change {
	bool is_made;      /* both estimates are */
	double difference; /* of the shares, now less before */
	double variance;   /* 0: nothing is left to chance, or one of them shows none */
	bool has_interval;
	double low, high; /* 95 %, by Student's t, within what there can be */
};

/* overlap[before * now.n + now], by the strata before their collapse. No interval where either
 * estimate would have none for want of units (fewer than thirty), or shows no variance. */
void change_make(struct change_side before, struct change_side now, const struct overlap *overlap,
    struct change *out);

#endif
