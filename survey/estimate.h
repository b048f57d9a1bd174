/* SPDX-License-Identifier: Apache-2.0 */
/* What the silent would have answered, had they answered as their like did: the estimate of a goal
 * in a cell, how far it can be trusted, and the verdict with its shades of probability. Each answer
 * stands for N_h / n_h units of its stratum, which in a census is the post-stratum and in a sample
 * the stratum it was drawn from: design weight times response adjustment is N_h / n_h as well.
 * Where strata that were drawn at different rates join, their answers keep that ratio. What is
 * found out about a unit that was drawn holds for others of its stratum, which nobody has looked
 * at: one that is out of scope, or to which the goal does not apply, or whose row of the register
 * was corrected, takes its like with it out of a cell, and into the cell where it is now. How many
 * units a cell has of a stratum, and how many the stratum has beside it, is known of the frame as
 * it was when they were drawn; of each of the two parts the same share has left or come as of those
 * drawn. So a unit weighs what it did when it was drawn and counts in the domain where it is now,
 * as R's package survey has it. Bounds are of the register as it stands: units that were not drawn
 * are silent, and in scope. Pure; any thread. */
#ifndef KHAOSAT_SURVEY_ESTIMATE_H
#define KHAOSAT_SURVEY_ESTIMATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "survey/interval.h"
#include "survey/rates.h"

/* Certain members of a population that are alike, and what those of them answered that are known to
 * have met or not met. The three keys say which strata are neighbours; those of a sample have the
 * first only, their place among all by name. */
struct stratum {
	uint8_t size, activity, zone;
	uint64_t n, met, not_met;
	double weight; /* by design: units of the whole stratum for each drawn; 0: a census */
	/* Of a sample: those drawn that are in n; those that the frame has here and that are not in
	 * n; those of the first that the frame has elsewhere; units of the stratum that it has
	 * elsewhere, and how many of them were drawn. */
	uint64_t drawn_in, drawn_out, moved_in, beside, beside_drawn;
	uint64_t joined; /* of those before a collapse, by bit, the ones that it is made of */
	/* Set by the collapse: answers by their weights, and by the squares of these; how many
	 * units are in scope, as those drawn have it; the squares of what those out of it weigh;
	 * and how many these are, and all units that they and the answers were drawn from. */
	struct weighted {
		double met, not_met, met_squares, not_met_squares, in_scope, out_squares;
		uint64_t out, frame;
	} weighted;
};

#define STRATA_MAX 64

struct estimate_spec {
	struct threshold threshold;
	bool named_list; /* chance has no part in who answers: neither error nor interval */
	enum interval_method method; /* an exact one takes all units for one stratum, and in a
				      * sample of several weights there is none */
	uint64_t within; /* counts are rounded, and this near to the true ones; 0: exact */
};

struct estimate {
	bool is_made;           /* somebody answered */
	bool has_interval;      /* else there is none, or none is needed */
	bool has_error;         /* else none is known: all of one mind, only one, a named list */
	double share, variance; /* where it is made; 0 unless has_error, or where all answered */
	size_t strata;          /* after the collapse */
	uint64_t df;            /* degrees of freedom: answered less strata */
	struct interval interval;
	enum verdict verdict; /* never VERDICT_UNDECIDED */
};

/* `strata`, at most STRATA_MAX, sum up to `counts`; they are collapsed in place. */
void estimate_make(const struct estimate_spec *spec, const struct rate_counts *counts,
    struct stratum *strata, size_t n, struct estimate *out);

/* The collapse alone: returns how many strata are left, each large enough or the only one; empty
 * ones are dropped. */
size_t strata_collapse(struct stratum *strata, size_t n);

/* ------------------------------------------------------------------- response */

/* Employees of certain members; units whose number of employees is unknown are in neither. */
struct employee_counts {
	uint64_t all, responded;
};

/* den 0: no figure; small enough for percent_print. */
struct response_rates {
	struct fraction unit;      /* responded / asked: in a sample, drawn */
	struct fraction employees; /* the same, each unit counted by its employees */
	struct fraction item;      /* of those who responded, not known whether met */
};

struct response_rates response_of(
    const struct rate_counts *counts, const struct employee_counts *employees);

/* What a rate of response is held to, for percent_print_against: a half, below which no estimate
 * decides a verdict, or all. */
struct threshold response_threshold(struct fraction rate);

/* ------------------------------------------------------------------- sensitivity */

/* The counts if all units of unknown membership belonged to the population, and if none did. */
struct rate_counts rate_all_in(const struct rate_counts *counts);
struct rate_counts rate_all_out(const struct rate_counts *counts);

#endif
