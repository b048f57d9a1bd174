/* SPDX-License-Identifier: Apache-2.0 */
/* Confidence intervals of 95 % for a share that was estimated from some of a finite number of
 * units. A correction for the finite number is in the variance already, and silence is taken for
 * chance: bounds (survey/rates.h) assume neither. Pure; any thread. */
#ifndef KHAOSAT_SURVEY_INTERVAL_H
#define KHAOSAT_SURVEY_INTERVAL_H

#include <stdbool.h>
#include <stdint.h>

#include "survey/rates.h"

/* Values as in khaosat.proto, IntervalMethod. */
enum interval_method {
	INTERVAL_WILSON = 1,          /* with Student's t; the default */
	INTERVAL_LOGIT = 2,           /* undefined where all or none met */
	INTERVAL_BETA = 3,            /* Korn and Graubard */
	INTERVAL_CLOPPER_PEARSON = 4, /* one stratum; blind to the finite number of units */
	INTERVAL_HYPERGEOMETRIC = 5   /* one stratum; exact */
};

/* A share as it was estimated. variance > 0 but for the two exact methods. */
struct proportion {
	double share, variance;
	uint64_t all, answered, met; /* units; answered: met or not met */
	uint64_t strata;             /* at least 1, fewer than answered but for the exact methods */
};

/* An end that is a number of units of them all, or was clipped to one, is known exactly too; den 0:
 * it is not. */
struct interval_end {
	double value;
	struct fraction exact;
};

struct interval {
	enum interval_method method;
	struct interval_end low, high;
};

/* The exact methods know of no strata: to ask for one is to take all units for alike. */
static inline bool
interval_is_exact(enum interval_method method)
{
	return method == INTERVAL_CLOPPER_PEARSON || method == INTERVAL_HYPERGEOMETRIC;
}

/* False: this method has none here. */
bool interval_find(enum interval_method method, const struct proportion *p, struct interval *out);

/* No further than the bounds of certain members: silence can do no more. */
void interval_clip(struct interval *interval, struct fraction low, struct fraction high);

/* Both ends further out, where the share itself is not exact. */
void interval_widen(struct interval *interval, double by);

bool interval_end_meets(struct threshold t, const struct interval_end *end);

/* For percent_print: to nine decimals, rounded as asked; exact where the end is. */
struct fraction interval_fraction(const struct interval_end *end, enum rounding rounding);

#endif
