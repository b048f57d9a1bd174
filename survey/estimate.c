/* SPDX-License-Identifier: Apache-2.0 */
/* Formulas of domain.md 2.4, verdict of 2.3; in R, svydesign(id=~1, strata=~h, fpc=~N_h,
 * weights=~w_h) after the collapse. The collapse: a stratum is thin when fewer than five of it
 * answered, or when each answer would stand for more than five times as many units as in the median
 * stratum; a stratum that answered whole is never thin, for it adds no error. The thinnest joins
 * the nearest: one that differs in the zone only; else in the activity; else of the next size. Of
 * those equally near it joins the one with most answers, which it changes least. */
#include "survey/estimate.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#define ANSWERS_MIN 5
#define WEIGHTS_OF_MEDIAN_MAX 5
#define UNITS_FOR_INTERVAL_MIN 30
#define ANSWERS_FOR_VERDICT_MIN 30

static uint64_t
answered(const struct stratum *s)
{
	return s->met + s->not_met;
}

static double
weight(const struct stratum *s)
{
	return (double)s->n / (double)answered(s);
}

/* ------------------------------------------------------------------- the collapse */

static int
compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

/* Of the strata somebody answered in; 0: nobody did. */
static double
median_weight(const struct stratum *strata, size_t n)
{
	double w[STRATA_MAX];
	size_t k = 0;
	for (size_t i = 0; i < n; i++)
		if (answered(&strata[i]) > 0)
			w[k++] = weight(&strata[i]);
	if (k == 0)
		return 0;
	qsort(w, k, sizeof(w[0]), compare_doubles);
	return k % 2 == 1 ? w[k / 2] : (w[k / 2 - 1] + w[k / 2]) / 2;
}

static bool
is_thin(const struct stratum *s, double weight_max)
{
	uint64_t k = answered(s);
	if (k == s->n)
		return false;
	return k < ANSWERS_MIN || weight(s) > weight_max;
}

/* The thin stratum with the fewest answers; n: none is thin. */
static size_t
find_thinnest(const struct stratum *strata, size_t n, double weight_max)
{
	size_t found = n;
	for (size_t i = 0; i < n; i++)
		if (is_thin(&strata[i], weight_max) &&
		    (found == n || answered(&strata[i]) < answered(&strata[found])))
			found = i;
	return found;
}

static unsigned
distance(const struct stratum *a, const struct stratum *b)
{
	if (a->size != b->size)
		return 2 + (unsigned)abs(a->size - b->size);
	return a->activity != b->activity ? 1 : 0;
}

static size_t
find_nearest(const struct stratum *strata, size_t n, size_t to)
{
	size_t found = n;
	for (size_t i = 0; i < n; i++) {
		if (i == to)
			continue;
		unsigned d = distance(&strata[i], &strata[to]);
		unsigned best = found == n ? d + 1 : distance(&strata[found], &strata[to]);
		if (d < best || (d == best && answered(&strata[i]) > answered(&strata[found])))
			found = i;
	}
	return found;
}

static size_t
drop_empty(struct stratum *strata, size_t n)
{
	size_t kept = 0;
	for (size_t i = 0; i < n; i++)
		if (strata[i].n > 0)
			strata[kept++] = strata[i];
	return kept;
}

size_t
strata_collapse(struct stratum *strata, size_t n)
{
	assert(n <= STRATA_MAX);
	for (size_t i = 0; i < n; i++)
		strata[i].joined = UINT64_C(1) << i;
	n = drop_empty(strata, n);
	double weight_max = WEIGHTS_OF_MEDIAN_MAX * median_weight(strata, n);
	while (n > 1) {
		size_t thin = find_thinnest(strata, n, weight_max);
		if (thin == n)
			break;
		struct stratum *host = &strata[find_nearest(strata, n, thin)];
		host->n += strata[thin].n;
		host->met += strata[thin].met;
		host->not_met += strata[thin].not_met;
		host->joined |= strata[thin].joined;
		strata[thin].n = 0;
		n = drop_empty(strata, n);
	}
	return n;
}

/* The exact methods know of no strata: to ask for one is to take all units for alike. */
static size_t
strata_for(enum interval_method method, struct stratum *strata, size_t n)
{
	if (method != INTERVAL_CLOPPER_PEARSON && method != INTERVAL_HYPERGEOMETRIC)
		return strata_collapse(strata, n);
	for (size_t i = 1; i < n; i++) {
		strata[0].n += strata[i].n;
		strata[0].met += strata[i].met;
		strata[0].not_met += strata[i].not_met;
	}
	return 1;
}

/* ------------------------------------------------------------------- the estimate */

/* p = sum of N_h/N p_h; v = sum of (N_h/N)^2 (1 - n_h/N_h) p_h (1 - p_h) / (n_h - 1). A stratum of
 * one answer has no variance to show: either it is whole, and adds none, or it is the only one. */
static void
sum_up(const struct stratum *strata, size_t n, uint64_t all, struct estimate *out)
{
	out->share = out->variance = 0;
	for (size_t i = 0; i < n; i++) {
		const struct stratum *s = &strata[i];
		double of_all = (double)s->n / (double)all, k = (double)answered(s);
		double p = (double)s->met / k, q = (double)s->not_met / k;
		out->share += of_all * p;
		if (answered(s) < s->n && answered(s) > 1)
			out->variance += of_all * of_all * (1 - k / (double)s->n) * p * q / (k - 1);
	}
	out->share = fmin(out->share, 1); /* the sum may be off by its last digit */
}

/* None is made of fewer than thirty units or of a named list, nor where nothing is left to chance.
 * Where all or none met, only the exact one says something, and it knows of no strata. */
static bool
find_interval(const struct estimate_spec *spec, const struct rate_counts *c, struct estimate *out)
{
	uint64_t known = c->met + c->not_met;
	const struct proportion p = {out->share, out->variance, c->n, known, c->met, out->strata};
	if (spec->named_list || c->n < UNITS_FOR_INTERVAL_MIN || rate_responded(c) == c->n)
		return false;
	bool is_even = c->met == 0 || c->not_met == 0;
	if (!interval_find(is_even ? INTERVAL_HYPERGEOMETRIC : spec->method, &p, &out->interval))
		return false;
	interval_clip(&out->interval, (struct fraction){c->met, c->n},
	    (struct fraction){c->n - c->not_met, c->n});
	return true;
}

static enum verdict
verdict_of(const struct estimate_spec *spec, const struct rate_counts *c, const struct estimate *e)
{
	enum verdict certain = rate_verdict(spec->threshold, c);
	uint64_t responded = rate_responded(c), asked = spec->selected > 0 ? spec->selected : c->n;
	if (certain != VERDICT_UNDECIDED)
		return certain;
	if (spec->named_list || spec->threshold.pct == 100 || !e->has_interval ||
	    responded < ANSWERS_FOR_VERDICT_MIN || 2 * responded < asked)
		return VERDICT_INSUFFICIENT;
	if (interval_end_meets(spec->threshold, &e->interval.low))
		return VERDICT_LIKELY_MET;
	return interval_end_meets(spec->threshold, &e->interval.high) ? VERDICT_INCONCLUSIVE
								      : VERDICT_LIKELY_NOT_MET;
}

static void
assert_sums(const struct rate_counts *c, const struct stratum *strata, size_t n)
{
	uint64_t all = 0, met = 0, not_met = 0;
	for (size_t i = 0; i < n; i++) {
		assert(answered(&strata[i]) <= strata[i].n);
		all += strata[i].n;
		met += strata[i].met;
		not_met += strata[i].not_met;
	}
	assert(all == c->n && met == c->met && not_met == c->not_met);
}

void
estimate_make(const struct estimate_spec *spec, const struct rate_counts *c, struct stratum *strata,
    size_t n, struct estimate *out)
{
	uint64_t known = c->met + c->not_met;
	assert_sums(c, strata, n);
	*out = (struct estimate){.is_made = known > 0};
	if (out->is_made) {
		out->strata = strata_for(spec->method, strata, n);
		out->df = known - out->strata;
		sum_up(strata, out->strata, c->n, out);
		out->has_interval = find_interval(spec, c, out);
	}
	out->verdict = verdict_of(spec, c, out);
}

/* ------------------------------------------------------------------- response, sensitivity */

struct response_rates
response_of(const struct rate_counts *c, const struct employee_counts *employees, uint64_t selected)
{
	return (struct response_rates){
	    .unit = {rate_responded(c), selected > 0 ? selected : c->n},
	    .employees = {employees->responded, employees->all},
	    .item = {c->unknown, rate_responded(c)},
	};
}

struct rate_counts
rate_all_in(const struct rate_counts *c)
{
	return (struct rate_counts){.n = c->n + c->n_unknown,
	    .met = c->met + c->n_unknown_met,
	    .not_met = c->not_met + c->n_unknown_not_met,
	    .unknown = c->unknown};
}

struct rate_counts
rate_all_out(const struct rate_counts *c)
{
	return (struct rate_counts){
	    .n = c->n, .met = c->met, .not_met = c->not_met, .unknown = c->unknown};
}
