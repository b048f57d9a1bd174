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

void
fill_all(struct tables *t, const struct counters *counters)
{
	for (size_t i = 0; i < t->rows; i++)
		fill_row(t, counters, &t->row[i]);
}

/* ------------------------------------------------------------------- what the public gets */

#define TENTHS 1000 /* of a percent, in a share */

static double
to_tenths(double share, double (*how)(double))
{
	return how(share * TENTHS) / TENTHS;
}

/* Outward; from the fraction where there is one, which the double may miss by its last digit. */
static void
round_low(struct interval_end *end)
{
	uint64_t exact = end->exact.den > 0 ? end->exact.num * TENTHS / end->exact.den : 0;
	*end = (struct interval_end){
	    .value = end->exact.den > 0 ? (double)exact / TENTHS : to_tenths(end->value, floor)};
}

static void
round_high(struct interval_end *end)
{
	const struct fraction f = end->exact;
	uint64_t exact = f.den > 0 ? (f.num * TENTHS + f.den - 1) / f.den : 0;
	*end = (struct interval_end){
	    .value = f.den > 0 ? (double)exact / TENTHS : to_tenths(end->value, ceil)};
}

static void
round_estimate(struct estimate *e)
{
	e->share = to_tenths(e->share, round);
	double error = to_tenths(sqrt(e->variance), round);
	e->variance = error * error;
	round_low(&e->interval.low);
	round_high(&e->interval.high);
	e->strata = 0;
	e->df = 0;
}

static bool
is_withheld(enum figure_state state)
{
	return state == FIGURE_FEW_UNITS || state == FIGURE_CONFIDENTIAL;
}

void
fill_withhold(struct observation *o)
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
		round_estimate(&o->estimate);
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
	fill_withhold(o);
}
