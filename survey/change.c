/* SPDX-License-Identifier: Apache-2.0 */
/* v(p2 - p1) = v1 + v2 - 2 c. For strata a before and b now,
 *   c = sum of A_a B_b (n_ab / (n_a n_b) - N_ab / (N_a N_b)) s_ab,
 * where A, B are the strata's parts of all units in scope, n_a, n_b the answers, n_ab those of
 * units that answered both times, N_ab the units in both, and s_ab the covariance of their answers:
 * that of two samples without replacement, of fixed sizes and overlap (Tam 1984); where strata that
 * were drawn at different rates joined, as if all their answers weighed the same. With the same
 * strata and respondents both times it is the variance of the mean difference, as R's svymean has
 * it. */
#include "survey/change.h"

#include <math.h>

#include "survey/quantile.h"

#define UNITS_MIN 30
#define CANCELLED 1e-12 /* of what was added up: the rest is rounding */

static void
add_overlap(struct overlap *sum, const struct overlap *o)
{
	sum->units += o->units;
	sum->answered += o->answered;
	sum->met_before += o->met_before;
	sum->met_now += o->met_now;
	sum->met_both += o->met_both;
}

/* Of all that was joined into one stratum before, and into one now. */
static struct overlap
overlap_of(const struct overlap *overlap, size_t columns, uint64_t before, uint64_t now)
{
	struct overlap sum = {0};
	for (size_t a = 0; a < STRATA_MAX; a++)
		for (size_t b = 0; (before >> a & 1) != 0 && b < columns; b++)
			if ((now >> b & 1) != 0)
				add_overlap(&sum, &overlap[a * columns + b]);
	return sum;
}

static double
covariance_of_answers(const struct overlap *o)
{
	double n = (double)o->answered;
	if (o->answered < 2)
		return 0;
	return ((double)o->met_both - (double)o->met_before * (double)o->met_now / n) / (n - 1);
}

static double
covariance_of_pair(const struct stratum *before, const struct stratum *now, const struct overlap *o,
    double all_before, double all_now)
{
	double a = (double)(before->met + before->not_met), b = (double)(now->met + now->not_met);
	if (a == 0 || b == 0)
		return 0;
	double both = (double)o->answered / (a * b);
	double finite = (double)o->units / ((double)before->n * (double)now->n);
	return before->weighted.in_scope / all_before * now->weighted.in_scope / all_now *
	       (both - finite) * covariance_of_answers(o);
}

static double
in_scope(const struct change_side *side, size_t strata)
{
	double sum = 0;
	for (size_t i = 0; i < strata; i++)
		sum += side->strata[i].weighted.in_scope;
	return sum;
}

static double
covariance(const struct change_side *before, size_t strata_before, const struct change_side *now,
    size_t strata_now, const struct overlap *overlap)
{
	double sum = 0, all_before = in_scope(before, strata_before);
	double all_now = in_scope(now, strata_now);
	for (size_t a = 0; a < strata_before; a++)
		for (size_t b = 0; b < strata_now; b++) {
			const struct stratum *one = &before->strata[a], *other = &now->strata[b];
			struct overlap o = overlap_of(overlap, now->n, one->joined, other->joined);
			sum += covariance_of_pair(one, other, &o, all_before, all_now);
		}
	return sum;
}

static uint64_t
least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

void
change_make(struct change_side before, struct change_side now, const struct overlap *overlap,
    struct change *out)
{
	const struct estimate_spec spec = {.threshold = {100, false}, .method = INTERVAL_WILSON};
	struct estimate one, other;
	estimate_make(&spec, before.counts, before.strata, before.n, &one);
	estimate_make(&spec, now.counts, now.strata, now.n, &other);
	*out = (struct change){.is_made = one.is_made && other.is_made};
	if (!out->is_made)
		return;
	out->difference = other.share - one.share;
	double apart = one.variance + other.variance;
	double v = apart - 2 * covariance(&before, one.strata, &now, other.strata, overlap);
	/* Answers of one mind, as long as some are missing, are no certainty. */
	out->variance = one.has_error && other.has_error && v > CANCELLED * apart ? v : 0;
	uint64_t df = least(one.df, other.df);
	if (out->variance == 0 || df == 0 || least(before.counts->n, now.counts->n) < UNITS_MIN)
		return;
	double half = t_quantile(0.975, (double)df) * sqrt(out->variance);
	out->has_interval = true;
	out->low = fmax(out->difference - half, -1);
	out->high = fmin(out->difference + half, 1);
}
