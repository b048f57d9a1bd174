/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/export/fill.h"

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
fill_row(const struct tables *t, const struct counters *counters, struct observation *row)
{
	const struct rate_counts *c = &row->counts;
	counters_rate(counters, row->cell, row->goal, &row->counts);
	row->members = c->n == 0 ? FIGURE_EMPTY : FIGURE_FREE;
	row->unsure = FIGURE_FREE; /* that there are none may be told */
	row->judged = c->n + c->n_unknown == 0 ? FIGURE_EMPTY : FIGURE_FREE;
	fill_estimate(t, counters, row);
}

/* ------------------------------------------------------------------- what the public gets */

/* An estimate knows of strata whose figures are told nowhere: of a hundred units the tenth of a
 * percent is a tenth of a unit, and from it and the counts beside it follows what two or three of
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
	if (o->within > 0)
		return steps[0]; /* of rounded counts alone */
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (rate_asked(&o->counts) >=
		    fill_units_of_step(steps[i], t->facts.settings.frequency))
			return steps[i];
	return 0;
}

static double
to_step(double share, unsigned step, double (*how)(double))
{
	return how(share * WHOLE / step) * step / WHOLE;
}

/* Outward, in tenths; from the fraction where there is one, which the double may miss by its last
 * digit. */
static uint64_t
low_of(const struct interval_end *end, unsigned step)
{
	if (end->exact.den > 0)
		return end->exact.num * WHOLE / end->exact.den / step * step;
	return (uint64_t)floor(end->value * WHOLE / step) * step;
}

static uint64_t
high_of(const struct interval_end *end, unsigned step)
{
	const struct fraction f = end->exact;
	uint64_t tenths =
	    f.den > 0 ? (f.num * WHOLE + f.den - 1) / f.den : (uint64_t)ceil(end->value * WHOLE);
	return (tenths + step - 1) / step * step;
}

/* The bounds of the counts beside it, outward, in tenths: a wide step may lead beyond them, where
 * nothing can be. */
static uint64_t
least_of(const struct rate_counts *c)
{
	return c->met * WHOLE / c->n;
}

static uint64_t
most_of(const struct rate_counts *c)
{
	return ((c->n - c->not_met) * WHOLE + c->n - 1) / c->n;
}

static double
round_share(double share, const struct rate_counts *c, unsigned step)
{
	double least = (double)least_of(c) / WHOLE, most = (double)most_of(c) / WHOLE;
	return fmin(fmax(to_step(share, step, round), least), most);
}

/* Exact, so that it compares with a threshold as it is printed. */
static void
round_ends(struct interval *interval, const struct rate_counts *c, unsigned step)
{
	uint64_t low = low_of(&interval->low, step), high = high_of(&interval->high, step);
	uint64_t least = least_of(c), most = most_of(c);
	low = step > 1 && low < least ? least : low;
	high = step > 1 && high > most ? most : high;
	interval->low = (struct interval_end){(double)low / WHOLE, {low, WHOLE}};
	interval->high = (struct interval_end){(double)high / WHOLE, {high, WHOLE}};
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

static void
round_estimate(const struct tables *t, struct observation *o)
{
	const struct goal *goal = &t->definition->goal[o->goal];
	struct estimate *e = &o->estimate;
	unsigned step = step_of(t, o), of_error = step > 10 ? step / 10 : 1;
	if (step == 0) {
		memset(e, 0, sizeof(*e));
		o->has_estimate = false;
		return;
	}
	if (e->is_made)
		e->share = round_share(e->share, &o->counts, step);
	double error = to_step(sqrt(e->variance), of_error, ceil);
	e->variance = error * error;
	if (e->has_interval)
		round_ends(&e->interval, &o->counts, step);
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
	if (is_withheld(o->judged)) {
		memset(&o->estimate, 0, sizeof(o->estimate));
		o->has_estimate = false;
	}
	if (o->has_estimate)
		round_estimate(t, o);
}

/* ------------------------------------------------------------------- rounded counts */

static void
estimate_rounded(const struct tables *t, struct observation *o)
{
	const struct goal *goal = &t->definition->goal[o->goal];
	const struct rate_counts *c = &o->counts;
	const struct estimate_spec spec = {.threshold = {goal->threshold_pct, goal->strict},
	    .named_list = goal->named_list,
	    .method = t->facts.settings.method,
	    .within = o->within};
	struct stratum all = {.n = c->n, .met = c->met, .not_met = c->not_met};
	o->has_estimate = kinds_has_cell(cells_kinds(t->cells), o->cell);
	if (o->has_estimate)
		estimate_make(&spec, c, &all, 1, &o->estimate);
}

void
fill_rounded(const struct tables *t, const struct rate_counts *rounded, unsigned within,
    struct observation *o)
{
	o->counts = *rounded;
	o->within = within;
	o->unsure = o->counts.n_unknown > 0 ? FIGURE_CONFIDENTIAL : FIGURE_FREE;
	o->judged = o->members == FIGURE_EMPTY && o->counts.n_unknown > 0 ? FIGURE_CONFIDENTIAL
									  : o->members;
	if (o->judged == FIGURE_FREE)
		estimate_rounded(t, o);
	fill_withhold(t, o);
}
