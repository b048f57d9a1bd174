/* SPDX-License-Identifier: Apache-2.0 */
/* Formulas and verdict of survey/METHODS.md; in R, svydesign(id=~1, strata=~h, fpc=~N_h,
 * weights=~w_h) after the collapse, where weights differ within a stratum with postStratify to its
 * N_h, and svymean over the subset that is in scope. The collapse: a stratum is thin when fewer
 * than five of it answered, or when each answer would stand for more than five times as many units,
 * for its design weight, as in the median stratum; a stratum that answered whole is never thin, for
 * it adds no error. The thinnest joins the nearest: one that differs in the zone only; else in the
 * activity; else of the next size (in a sample, next by name). Of those equally near it joins the
 * one with most answers, which it changes least. */
#include "survey/estimate.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#define ANSWERS_MIN 5
#define ADJUSTMENTS_OF_MEDIAN_MAX 5
#define UNITS_FOR_INTERVAL_MIN 30
#define ANSWERS_FOR_VERDICT_MIN 30

static uint64_t
answered(const struct stratum *s)
{
	return s->met + s->not_met;
}

/* What each answer is weighed up by, beside its design weight; in a census there is only this. */
static double
adjustment(const struct stratum *s)
{
	return s->weighted.in_scope / (s->weighted.met + s->weighted.not_met);
}

/* A part of a stratum's frame has so many units, of which those drawn were found in and out of the
 * cell; each stands for as many of the part. */
static void
add_part(struct weighted *w, uint64_t units, uint64_t in, uint64_t out)
{
	w->frame += units;
	w->out += out;
	if (out == 0) { /* nor does anything speak of it where nobody was drawn */
		w->in_scope += (double)units;
		return;
	}
	double weight = (double)units / (double)(in + out);
	w->in_scope += weight * (double)in;
	w->out_squares += weight * weight * (double)out;
}

static void
weigh(struct stratum *s)
{
	double w = s->weight > 0 ? s->weight : 1, met = (double)s->met,
	       not_met = (double)s->not_met;
	s->weighted = (struct weighted){.met = w * met,
	    .not_met = w * not_met,
	    .met_squares = w * w * met,
	    .not_met_squares = w * w * not_met};
	add_part(&s->weighted, s->n - s->moved_in + s->drawn_out, s->drawn_in - s->moved_in,
	    s->drawn_out);
	if (s->moved_in > 0)
		add_part(&s->weighted, s->beside, s->moved_in, s->beside_drawn - s->moved_in);
}

/* All of its frame was drawn and is known: it adds no error. */
static bool
is_whole(const struct stratum *s)
{
	return answered(s) + s->weighted.out == s->weighted.frame;
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
median_adjustment(const struct stratum *strata, size_t n)
{
	double w[STRATA_MAX];
	size_t k = 0;
	for (size_t i = 0; i < n; i++)
		if (answered(&strata[i]) > 0)
			w[k++] = adjustment(&strata[i]);
	if (k == 0)
		return 0;
	qsort(w, k, sizeof(w[0]), compare_doubles);
	return k % 2 == 1 ? w[k / 2] : (w[k / 2 - 1] + w[k / 2]) / 2;
}

static bool
is_thin(const struct stratum *s, double most)
{
	if (is_whole(s))
		return false;
	return answered(s) < ANSWERS_MIN || adjustment(s) > most;
}

/* The thin stratum with the fewest answers; n: none is thin. */
static size_t
find_thinnest(const struct stratum *strata, size_t n, double most)
{
	size_t found = n;
	for (size_t i = 0; i < n; i++)
		if (is_thin(&strata[i], most) &&
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

static void
join(struct stratum *host, const struct stratum *s)
{
	host->n += s->n;
	host->met += s->met;
	host->not_met += s->not_met;
	host->joined |= s->joined;
	host->weighted.met += s->weighted.met;
	host->weighted.not_met += s->weighted.not_met;
	host->weighted.met_squares += s->weighted.met_squares;
	host->weighted.not_met_squares += s->weighted.not_met_squares;
	host->weighted.in_scope += s->weighted.in_scope;
	host->weighted.out_squares += s->weighted.out_squares;
	host->weighted.out += s->weighted.out;
	host->weighted.frame += s->weighted.frame;
}

/* Nothing joined yet. */
static size_t
begin_collapse(struct stratum *strata, size_t n)
{
	assert(n <= STRATA_MAX);
	for (size_t i = 0; i < n; i++) {
		strata[i].joined = UINT64_C(1) << i;
		weigh(&strata[i]);
	}
	return drop_empty(strata, n);
}

size_t
strata_collapse(struct stratum *strata, size_t n)
{
	n = begin_collapse(strata, n);
	double most = ADJUSTMENTS_OF_MEDIAN_MAX * median_adjustment(strata, n);
	while (n > 1) {
		size_t thin = find_thinnest(strata, n, most);
		if (thin == n)
			break;
		join(&strata[find_nearest(strata, n, thin)], &strata[thin]);
		strata[thin].n = 0;
		n = drop_empty(strata, n);
	}
	return n;
}

/* An exact method takes all units for alike, as far as they weigh the same. */
static size_t
strata_for(enum interval_method method, struct stratum *strata, size_t n, bool weigh_alike)
{
	if (!interval_is_exact(method) || !weigh_alike)
		return strata_collapse(strata, n);
	n = begin_collapse(strata, n);
	for (size_t i = 1; i < n; i++)
		join(&strata[0], &strata[i]);
	return 1;
}

/* Of those with units. */
static bool
do_weigh_alike(const struct stratum *strata, size_t n)
{
	double weight = -1;
	for (size_t i = 0; i < n; i++) {
		if (strata[i].n == 0)
			continue;
		if (weight >= 0 && !(strata[i].weight == weight))
			return false;
		weight = strata[i].weight;
	}
	return true;
}

/* ------------------------------------------------------------------- the estimate */

/* p = sum of M_h p_h / M: p_h is the weighted share of the stratum's answers, M_h how many of its
 * N_h units are in the cell and in scope, all of them where nobody drawn was found out of it; M
 * their sum.
 *   v = sum of (1 - n_h/N_h) n_h / (n_h - 1) V_h / M^2, V_h = sum of (w e)^2
 * over the n_h that answered or are out of scope, w what each weighs, e what is left of y - p, and
 * of 0 out of scope, when its mean over the N_h, M_h (p_h - p) / N_h, is taken from it: where all
 * are in scope, y - p_h. */
static double
variance_of(const struct stratum *s, double share)
{
	const struct weighted *w = &s->weighted;
	double sum = w->met + w->not_met, up = w->in_scope / sum, p = w->met / sum;
	double all = (double)w->frame, n = (double)(answered(s) + w->out);
	double apart = p - share, of_all = w->in_scope / all;
	double if_met = w->not_met / sum + apart * (1 - of_all);
	double if_not = -p + apart * (1 - of_all), if_out = -apart * of_all;
	double squares =
	    up * up * (w->met_squares * if_met * if_met + w->not_met_squares * if_not * if_not);
	return (1 - n / all) * n / (n - 1) * (squares + w->out_squares * if_out * if_out);
}

/* Answers of one mind show none. */
static bool
has_variance(const struct stratum *s)
{
	return s->met > 0 && s->not_met > 0 && !is_whole(s);
}

static void
sum_up(const struct stratum *strata, size_t n, struct estimate *out)
{
	double in_scope = 0, met = 0, squares = 0;
	for (size_t i = 0; i < n; i++) {
		const struct weighted *w = &strata[i].weighted;
		in_scope += w->in_scope;
		met += w->in_scope * (w->met / (w->met + w->not_met));
		out->has_error |= has_variance(&strata[i]);
	}
	out->share = met / in_scope;
	for (size_t i = 0; i < n && out->has_error; i++)
		if (!is_whole(&strata[i]) && answered(&strata[i]) > 1)
			squares += variance_of(&strata[i], out->share);
	out->variance = squares / (in_scope * in_scope);
}

/* Where strata joined whose answers weigh unlike, it may lie where it cannot. */
static double
within_bounds(double share, const struct rate_counts *c)
{
	return fmin(
	    fmax(share, (double)c->met / (double)c->n), (double)(c->n - c->not_met) / (double)c->n);
}

/* None is made of fewer than thirty units or of a named list, nor where nothing is left to chance.
 * Where all or none met, only the exact one says something, and it knows of no strata and weights.
 */
static bool
find_interval(const struct estimate_spec *spec, const struct rate_counts *c, bool weigh_alike,
    struct estimate *out)
{
	bool is_even = c->met == 0 || c->not_met == 0;
	enum interval_method method = is_even ? INTERVAL_HYPERGEOMETRIC : spec->method;
	uint64_t known = c->met + c->not_met;
	const struct proportion p = {out->share, out->variance, c->n, known, c->met, out->strata};
	if (spec->named_list || c->n < UNITS_FOR_INTERVAL_MIN || rate_responded(c) == c->n)
		return false;
	if ((interval_is_exact(method) && !weigh_alike) ||
	    !interval_find(method, &p, &out->interval))
		return false;
	const struct rate_counts least = rate_widened(c, spec->within);
	if (spec->within > 0)
		interval_widen(&out->interval, (double)spec->within / (double)known);
	interval_clip(&out->interval, (struct fraction){least.met, least.n},
	    (struct fraction){least.n - least.not_met, least.n});
	return true;
}

static enum verdict
verdict_of(const struct estimate_spec *spec, const struct rate_counts *c, const struct estimate *e)
{
	const struct rate_counts least = rate_widened(c, spec->within);
	enum verdict certain = rate_verdict(spec->threshold, &least);
	uint64_t responded = rate_responded(c);
	if (certain != VERDICT_UNDECIDED)
		return certain;
	if (spec->named_list || spec->threshold.pct == 100 || !e->has_interval ||
	    responded < ANSWERS_FOR_VERDICT_MIN || 2 * responded < rate_asked(c))
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
		assert(strata[i].drawn_in <= strata[i].n);
		assert(strata[i].moved_in <= strata[i].drawn_in);
		assert(strata[i].moved_in <= strata[i].beside_drawn);
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
		bool weigh_alike = do_weigh_alike(strata, n);
		out->strata = strata_for(spec->method, strata, n, weigh_alike);
		out->df = known - out->strata;
		sum_up(strata, out->strata, out);
		out->share = within_bounds(out->share, c);
		if (spec->named_list) {
			out->has_error = false;
			out->variance = 0;
		}
		if (known == c->n) { /* none, and that is known */
			out->has_error = true;
			out->variance = 0;
		}
		out->has_interval = find_interval(spec, c, weigh_alike, out);
	}
	out->verdict = verdict_of(spec, c, out);
}

/* ------------------------------------------------------------------- response, sensitivity */

/* Employees are halved until a percentage of them can be reckoned exactly. */
struct response_rates
response_of(const struct rate_counts *c, const struct employee_counts *employees)
{
	struct fraction by_employees = {employees->responded, employees->all};
	for (; by_employees.den > FRACTION_MAX; by_employees.den /= 2)
		by_employees.num /= 2;
	return (struct response_rates){
	    .unit = {rate_responded(c), rate_asked(c)},
	    .employees = by_employees,
	    .item = {c->unknown, rate_responded(c)},
	};
}

struct threshold
response_threshold(struct fraction rate)
{
	return (struct threshold){4 * rate.num < 3 * rate.den ? 50 : 100, false}; /* the nearer */
}

struct rate_counts
rate_all_in(const struct rate_counts *c)
{
	return (struct rate_counts){.n = c->n + c->n_unknown,
	    .met = c->met + c->n_unknown_met,
	    .not_met = c->not_met + c->n_unknown_not_met,
	    .unknown = c->unknown,
	    .undrawn = c->undrawn + c->n_unknown_undrawn};
}

struct rate_counts
rate_all_out(const struct rate_counts *c)
{
	return (struct rate_counts){.n = c->n,
	    .met = c->met,
	    .not_met = c->not_met,
	    .unknown = c->unknown,
	    .undrawn = c->undrawn};
}
