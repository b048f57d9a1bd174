/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/export/fill.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "collector/estimates.h"
#include "survey/kinds.h"

void
fill_estimate(const struct tables *t, const struct counters *counters, struct observation *row)
{
	const struct estimates_source source = {
	    .definition = t->definition,
	    .cells = t->cells,
	    .counters = counters,
	    .method = t->facts.settings.method,
	};
	struct cell_estimate e;
	row->has_estimate = estimates_of_cell(&source, row->goal, row->cell, &row->counts, &e);
	if (!row->has_estimate)
		return;
	row->estimate = e.estimate;
	row->employees = e.employees;
	row->response = e.response;
}

void
fill_told_estimate(
    const struct tables *t, struct stratum *strata, size_t n, struct observation *row)
{
	const struct goal *goal = &t->definition->goal[row->goal];
	const struct estimate_spec spec = {.threshold = {goal->threshold_pct, goal->strict},
	    .named_list = goal->named_list,
	    .method = t->facts.settings.method,
	    .within = row->within};
	row->has_estimate = kinds_has_cell(cells_kinds(t->cells), row->cell);
	if (row->has_estimate)
		estimate_make(&spec, &row->counts, strata, n, &row->estimate);
}

void
fill_counts(const struct counters *counters, struct observation *row)
{
	const struct rate_counts *c = &row->counts;
	counters_rate(counters, row->cell, row->goal, &row->counts);
	row->members = c->n == 0 ? FIGURE_EMPTY : FIGURE_FREE;
	row->unsure = FIGURE_FREE; /* that there are none may be told */
	row->judged = c->n + c->n_unknown == 0 ? FIGURE_EMPTY : FIGURE_FREE;
}

void
fill_row(const struct tables *t, const struct counters *counters, struct observation *row)
{
	fill_counts(counters, row);
	fill_estimate(t, counters, row);
}

/* ------------------------------------------------------------------- what the public gets */

/* That of a sample knows of strata whose figures are told nowhere: of a hundred units the tenth of
 * a percent is a tenth of a unit, and from it and the counts beside it follows what two or three of
 * them answered. So it is told in steps that are as wide as so many of the units asked as are the
 * fewest that may be told of. */
#define WHOLE 1000 /* in tenths of a percent */
static const unsigned steps[] = {FILL_STEP_LEAST, 2, 5, 10, 20, FILL_STEP_MOST};

uint64_t
fill_units_of_step(unsigned step, unsigned frequency)
{
	return ((uint64_t)WHOLE * frequency + step - 1) / step;
}

/* 0: even the widest is too narrow. */
static unsigned
step_of(const struct tables *t, const struct observation *o)
{
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (rate_asked(&o->counts) >=
		    fill_units_of_step(steps[i], t->facts.settings.frequency))
			return steps[i];
	return 0;
}

static double
to_step(double share, double step, double (*how)(double))
{
	return how(share * WHOLE / step) * step / WHOLE;
}

/* The next one, but not for the last digit of a double. */
static double
up(double count)
{
	return ceil(count - 1e-6);
}

/* Outward, to tenths; from the fraction where there is one, which the double may miss by its last
 * digit. Exact, so that it compares with a threshold as it is printed. */
static struct interval_end
low_of(const struct interval_end *end)
{
	uint64_t tenths = end->exact.den > 0 ? end->exact.num * WHOLE / end->exact.den
					     : (uint64_t)floor(end->value * WHOLE);
	return (struct interval_end){(double)tenths / WHOLE, {tenths, WHOLE}};
}

static struct interval_end
high_of(const struct interval_end *end)
{
	const struct fraction f = end->exact;
	uint64_t tenths =
	    f.den > 0 ? (f.num * WHOLE + f.den - 1) / f.den : (uint64_t)ceil(end->value * WHOLE);
	return (struct interval_end){(double)tenths / WHOLE, {tenths, WHOLE}};
}

/* A wide step may lead beyond the bounds of the counts beside it, where nothing can be. */
static double
round_share(double share, const struct rate_counts *c, unsigned step)
{
	const struct interval_end least = {.exact = {c->met, c->n}};
	const struct interval_end most = {.exact = {c->n - c->not_met, c->n}};
	return fmin(fmax(to_step(share, step, round), low_of(&least).value), high_of(&most).value);
}

/* Of a share with the error that is told, and with as many strata as there can be: each has five
 * answers, but for those that answered whole. */
static struct interval
interval_about(double share, const struct estimate *e, const struct rate_counts *c)
{
	const struct fraction least = {c->met, c->n}, most = {c->n - c->not_met, c->n};
	double low = (double)least.num / (double)c->n, high = (double)most.num / (double)c->n;
	uint64_t known = c->met + c->not_met;
	const struct proportion p = {.share = fmin(fmax(share, low), high),
	    .variance = e->variance,
	    .all = c->n,
	    .answered = known,
	    .met = c->met,
	    .strata = known < 10 ? 1 : known / 5};
	struct interval out;
	bool is_found = interval_find(e->interval.method, &p, &out);
	assert(is_found);
	interval_clip(&out, least, most);
	return out;
}

/* Share, error and both ends, each cut at places of its own, would tell the share finer than its
 * step. So the ends are those of the least and the greatest share that is told as this one is. An
 * exact one follows from the counts. */
static void
find_ends(struct estimate *e, const struct rate_counts *c, unsigned step)
{
	double half = (double)step / 2 / WHOLE;
	if (interval_is_exact(e->interval.method))
		return;
	const struct interval least = interval_about(e->share - half, e, c);
	const struct interval most = interval_about(e->share + half, e, c);
	e->interval.low = least.low;
	e->interval.high = most.high;
}

static void
put_error(struct estimate *e, double error, double step)
{
	error = to_step(error, step, up);
	e->variance = error * error;
}

/* What is probable follows from the ends that are told. */
static void
judge_again(struct threshold t, struct estimate *e)
{
	if (e->verdict != VERDICT_LIKELY_MET && e->verdict != VERDICT_LIKELY_NOT_MET &&
	    e->verdict != VERDICT_INCONCLUSIVE)
		return;
	e->verdict = interval_end_meets(t, &e->interval.low)    ? VERDICT_LIKELY_MET
		     : interval_end_meets(t, &e->interval.high) ? VERDICT_INCONCLUSIVE
								: VERDICT_LIKELY_NOT_MET;
}

/* As the missing error would tell: all answers of each stratum are alike, and they are not all. */
static bool
are_strata_alike(const struct tables *t, const struct observation *o)
{
	const struct rate_counts *c = &o->counts;
	if (t->definition->goal[o->goal].named_list) /* whose error is never told */
		return false;
	return o->estimate.is_made && !o->estimate.has_error && c->met > 0 && c->not_met > 0;
}

/* What follows from no more than counts, the share in steps, and the error in tenths of a step; one
 * below half a step would tell that nearly all answers of each stratum are alike. */
static void
coarsen(const struct tables *t, struct observation *o)
{
	struct estimate *e = &o->estimate;
	unsigned step = step_of(t, o);
	if (step == 0 || are_strata_alike(t, o)) {
		memset(e, 0, sizeof(*e));
		o->has_estimate = false;
		return;
	}
	if (e->is_made)
		e->share = round_share(e->share, &o->counts, step);
	if (e->variance > 0)
		put_error(e, fmax(sqrt(e->variance), step / 2.0 / WHOLE), step / 10.0);
	if (e->has_interval)
		find_ends(e, &o->counts, step);
}

static void
print_in_tenths(const struct tables *t, struct observation *o)
{
	const struct goal *goal = &t->definition->goal[o->goal];
	struct estimate *e = &o->estimate;
	if (e->is_made)
		e->share = round_share(e->share, &o->counts, FILL_STEP_LEAST);
	put_error(e, sqrt(e->variance), FILL_STEP_LEAST);
	if (e->has_interval) {
		e->interval.low = low_of(&e->interval.low);
		e->interval.high = high_of(&e->interval.high);
	}
	if (e->has_interval && o->within == 0)
		judge_again((struct threshold){goal->threshold_pct, goal->strict}, e);
	e->strata = 0;
	e->df = 0;
}

static bool
is_withheld(enum figure_state state)
{
	return state == FIGURE_FEW_UNITS || state == FIGURE_CONFIDENTIAL;
}

void
fill_withhold(const struct tables *t, struct observation *o)
{
	struct rate_counts *c = &o->counts;
	memset(&o->employees, 0, sizeof(o->employees));
	o->response = 0;
	if (is_withheld(o->members))
		c->n = c->met = c->not_met = c->unknown = c->undrawn = 0;
	if (is_withheld(o->unsure))
		c->n_unknown_met = c->n_unknown_not_met = 0;
	if (o->judged != FIGURE_FREE) {
		memset(&o->estimate, 0, sizeof(o->estimate));
		o->has_estimate = false;
	}
	if (o->has_estimate && t->facts.strata > 0 && o->within == 0)
		coarsen(t, o);
	if (o->has_estimate)
		print_in_tenths(t, o);
}

/* ------------------------------------------------------------------- rounded counts */

void
fill_rounded(const struct tables *t, const struct rate_counts *rounded, unsigned within,
    struct observation *o)
{
	o->counts = *rounded;
	o->within = within;
	o->unsure = o->counts.n_unknown > 0 ? FIGURE_CONFIDENTIAL : FIGURE_FREE;
	o->judged = o->members == FIGURE_EMPTY && o->counts.n_unknown > 0 ? FIGURE_CONFIDENTIAL
									  : o->members;
	struct stratum all = {.n = rounded->n, .met = rounded->met, .not_met = rounded->not_met};
	if (o->judged == FIGURE_FREE)
		fill_told_estimate(t, &all, 1, o);
	fill_withhold(t, o);
}
