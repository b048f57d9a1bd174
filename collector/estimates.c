/* SPDX-License-Identifier: Apache-2.0 */
/* Figures and estimates stand in the same order: goal by goal, cell by cell. An estimate's strata
 * are summed up over the groups of units that count in its cell. */
#include "collector/estimates.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "survey/estimate.h"
#include "survey/kinds.h"
#include "survey/wire.h"

/* Fields of Estimates. */
enum { ESTIMATES_RATES = 1, ESTIMATES_ESTIMATE = 2 };

/* ------------------------------------------------------------------- one estimate */

struct sums {
	struct stratum stratum[STRATA_MAX];
	size_t strata;
	double employees, employees_responded; /* weighed, as are the next */
	double asked, responded;
};

_Static_assert(KINDS_STRATA <= STRATA_MAX && DESIGN_STRATA_MAX <= STRATA_MAX, "strata have room");

/* Post-strata, or those that a sample was drawn from; without units yet. */
static void
begin_sums(const struct estimates_source *source, struct sums *out)
{
	const struct design *design = counters_design(source->counters);
	memset(out, 0, sizeof(*out));
	out->strata = design->strata > 0 ? design->strata : KINDS_STRATA;
	for (unsigned i = 0; i < out->strata; i++) {
		struct stratum *s = &out->stratum[i];
		if (design->strata > 0) {
			s->size = (uint8_t)i;
			s->weight = design_weight(design, i + 1);
		} else {
			struct kind_stratum keys = kinds_stratum_keys(i);
			s->size = keys.size;
			s->activity = keys.activity;
			s->zone = keys.zone;
		}
	}
}

static struct stratum *
stratum_of_group(const struct estimates_source *source, size_t group, struct sums *sums)
{
	unsigned stratum = counters_group_stratum(source->counters, group);
	size_t kind = counters_group_kind(source->counters, group);
	return &sums->stratum[stratum > 0 ? stratum - 1
					  : kinds_stratum(cells_kinds(source->cells), kind)];
}

static void
add_group(const struct estimates_source *source, size_t goal, size_t group, struct sums *out)
{
	size_t population = source->definition->goal[goal].population;
	struct stratum *s = stratum_of_group(source, group, out);
	double weight = s->weight > 0 ? s->weight : 1;
	struct rate_counts c;
	counters_group(source->counters, group, goal, &c);
	s->n += c.n;
	s->met += c.met;
	s->not_met += c.not_met;
	s->drawn_in += rate_asked(&c);
	s->drawn_out += counters_drawn(source->counters, group, population); /* or in: see below */
	out->asked += weight * (double)rate_asked(&c);
	out->responded += weight * (double)rate_responded(&c);
	struct employee_counts e = counters_employees(source->counters, group, population);
	out->employees += weight * (double)e.all;
	out->employees_responded += weight * (double)e.responded;
}

/* Of a sample: what the frame had in the cell and what it had of the stratum beside it, now that it
 * is known how many units of it were drawn in the cell. */
static void
divide_frame(const struct estimates_source *source, size_t goal, size_t cell, struct sums *out)
{
	const struct design *design = counters_design(source->counters);
	for (unsigned i = 0; i < design->strata; i++) {
		struct stratum *s = &out->stratum[i];
		uint64_t drawn = s->drawn_out, undrawn = s->n - s->drawn_in;
		s->moved_in = counters_moved_in(source->counters, cell, i + 1, goal);
		s->drawn_out = drawn - (s->drawn_in - s->moved_in);
		s->beside = design->units[i + 1] - (undrawn + drawn);
		s->beside_drawn = design->drawn[i + 1] - drawn;
	}
}

static void
sum_groups(const struct estimates_source *source, size_t goal, size_t cell, struct sums *out)
{
	const struct kinds *kinds = cells_kinds(source->cells);
	begin_sums(source, out);
	for (size_t i = 0; i < counters_groups(source->counters); i++)
		if (kinds_in_cell(kinds, counters_group_kind(source->counters, i), cell))
			add_group(source, goal, i, out);
	divide_frame(source, goal, cell, out);
}

size_t
estimates_strata(
    const struct estimates_source *source, size_t goal, size_t cell, struct stratum out[STRATA_MAX])
{
	struct sums sums;
	if (!kinds_has_cell(cells_kinds(source->cells), cell))
		return 0;
	sum_groups(source, goal, cell, &sums);
	memcpy(out, sums.stratum, sizeof(sums.stratum));
	return sums.strata;
}

size_t
estimates_stratum_of(
    const struct estimates_source *source, const struct columns *columns, uint32_t row)
{
	const struct kinds *kinds = cells_kinds(source->cells);
	unsigned stratum = columns_stratum(columns, row);
	struct register_row r;
	if (stratum > 0)
		return stratum - 1;
	columns_row(columns, row, &r);
	return kinds_stratum(kinds, kinds_of_unit(kinds, &r));
}

bool
estimates_of_cell(const struct estimates_source *source, size_t goal, size_t cell,
    const struct rate_counts *counts, struct cell_estimate *out)
{
	const struct goal *g = &source->definition->goal[goal];
	const struct estimate_spec spec = {
	    .threshold = {g->threshold_pct, g->strict},
	    .named_list = g->named_list,
	    .method = source->method,
	};
	struct sums sums;
	if (!kinds_has_cell(cells_kinds(source->cells), cell))
		return false;
	sum_groups(source, goal, cell, &sums);
	estimate_make(&spec, counts, sums.stratum, sums.strata, &out->estimate);
	out->employees.all = (uint64_t)round(sums.employees);
	out->employees.responded = (uint64_t)round(sums.employees_responded);
	bool is_sample = counters_design(source->counters)->strata > 0;
	out->response = is_sample && sums.asked > 0 ? fmin(sums.responded / sums.asked, 1) : 0;
	return true;
}

static void
put_end(const struct interval_end *end, double *value, uint64_t *num, uint64_t *den)
{
	*value = end->value;
	*num = end->exact.num;
	*den = end->exact.den;
}

static void
put_estimate(const struct estimate *e, Khaosat__V1__Estimate *out)
{
	out->verdict = (Khaosat__V1__Verdict)e->verdict;
	out->made = e->is_made;
	out->share = e->share;
	out->standard_error = sqrt(e->variance);
	out->strata = (uint32_t)e->strata;
	out->degrees_of_freedom = e->df;
	if (!e->has_interval)
		return;
	out->method = (Khaosat__V1__IntervalMethod)e->interval.method;
	put_end(&e->interval.low, &out->low, &out->low_num, &out->low_den);
	put_end(&e->interval.high, &out->high, &out->high_num, &out->high_den);
}

static void
make_one(const struct estimates_wanted *wanted, size_t goal, size_t cell,
    const struct rate_counts *c, Khaosat__V1__Estimate *out)
{
	const struct estimates_source source = {
	    wanted->figures.definition, wanted->figures.cells, wanted->counters, wanted->method};
	const struct goal *g = &source.definition->goal[goal];
	const struct threshold threshold = {g->threshold_pct, g->strict};
	const struct rate_counts in = rate_all_in(c), out_of = rate_all_out(c);
	struct cell_estimate e;
	khaosat__v1__estimate__init(out);
	out->needed_not = rate_needed_not(threshold, c);
	out->verdict_all_in = (Khaosat__V1__Verdict)rate_verdict(threshold, &in);
	out->verdict_all_out = (Khaosat__V1__Verdict)rate_verdict(threshold, &out_of);
	if (!estimates_of_cell(&source, goal, cell, c, &e)) {
		out->verdict = (Khaosat__V1__Verdict)rate_verdict(threshold, c);
		return;
	}
	put_estimate(&e.estimate, out);
	out->employees = e.employees.all;
	out->employees_responded = e.employees.responded;
	out->response_weighted = e.response;
}

/* ------------------------------------------------------------------- the message */

struct making {
	struct rate_counts *counts; /* [cell * goals + goal] */
	struct figures *figures;
	Khaosat__V1__Estimate *estimate;
	size_t n;
};

static void
free_making(struct making *m)
{
	figures_free(m->figures);
	free(m->estimate);
	free(m->counts);
}

/* Goal by goal, cell by cell, as figures_new makes them. */
static void
make_all(const struct estimates_wanted *wanted, struct making *m)
{
	const struct figures_wanted *f = &wanted->figures;
	size_t goals = f->definition->goals, cells = cells_count(f->cells);
	for (size_t i = 0; i < goals * cells; i++) {
		size_t goal = i / cells, cell = i % cells;
		if (f->goal[goal] && figures_wants_cell(f, cell))
			make_one(wanted, goal, cell, &m->counts[cell * goals + goal],
			    &m->estimate[m->n++]);
	}
}

static bool
make(const struct estimates_wanted *wanted, struct making *m)
{
	struct figures_wanted f = wanted->figures;
	size_t goals = f.definition->goals, n = goals * cells_count(f.cells);
	m->counts = malloc((n + 1) * sizeof(*m->counts));
	m->estimate = malloc((n + 1) * sizeof(*m->estimate));
	if (m->counts == NULL || m->estimate == NULL)
		return false;
	for (size_t i = 0; i < n; i++)
		counters_rate(wanted->counters, i / goals, i % goals, &m->counts[i]);
	f.counts = m->counts;
	m->figures = figures_new(&f);
	if (m->figures == NULL)
		return false;
	make_all(wanted, m);
	return true;
}

/* A field whose number takes one byte. */
static size_t
field_bytes(size_t n)
{
	return 1 + wire_varint_size(n) + n;
}

static void
begin_field(struct wire_out *w, uint32_t field, size_t n)
{
	wire_put_tag(w, field, WIRE_BYTES);
	wire_put_varint(w, n);
}

static uint8_t *
pack(const struct making *m, const Khaosat__V1__Rates *head, size_t *n)
{
	size_t head_bytes = khaosat__v1__rates__get_packed_size(head);
	size_t rates_bytes = head_bytes + figures_bytes(m->figures);
	size_t all = field_bytes(rates_bytes);
	for (size_t i = 0; i < m->n; i++)
		all += field_bytes(khaosat__v1__estimate__get_packed_size(&m->estimate[i]));
	uint8_t *bytes = malloc(all);
	if (bytes == NULL)
		return NULL;
	struct wire_out w = {bytes, bytes + all, false};
	begin_field(&w, ESTIMATES_RATES, rates_bytes);
	w.at += khaosat__v1__rates__pack(head, w.at);
	figures_put(m->figures, &w);
	for (size_t i = 0; i < m->n; i++) {
		const Khaosat__V1__Estimate *e = &m->estimate[i];
		begin_field(&w, ESTIMATES_ESTIMATE, khaosat__v1__estimate__get_packed_size(e));
		w.at += khaosat__v1__estimate__pack(e, w.at);
	}
	assert(!w.full && w.at == w.end);
	*n = all;
	return bytes;
}

uint8_t *
estimates_encode(const struct estimates_wanted *wanted, const Khaosat__V1__Rates *head, size_t *n)
{
	struct making m = {0};
	uint8_t *bytes = make(wanted, &m) ? pack(&m, head, n) : NULL;
	free_making(&m);
	return bytes;
}
