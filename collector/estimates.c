/* SPDX-License-Identifier: Apache-2.0 */
/* Figures and estimates stand in the same order: goal by goal, cell by cell. An estimate's strata
 * are summed up over the kinds of units that count in its cell. */
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
	struct stratum stratum[KINDS_STRATA];
	struct employee_counts employees;
};

_Static_assert(KINDS_STRATA <= STRATA_MAX, "strata have room");

static void
sum_kinds(const struct estimates_source *source, size_t goal, size_t cell, struct sums *out)
{
	const struct kinds *kinds = cells_kinds(source->cells);
	size_t population = source->definition->goal[goal].population;
	memset(out, 0, sizeof(*out));
	for (unsigned i = 0; i < KINDS_STRATA; i++) {
		struct kind_stratum keys = kinds_stratum_keys(i);
		out->stratum[i] = (struct stratum){keys.size, keys.activity, keys.zone, 0, 0, 0, 0};
	}
	for (size_t kind = 0; kind < kinds_count(kinds); kind++) {
		struct rate_counts c;
		if (!kinds_in_cell(kinds, kind, cell))
			continue;
		counters_kind(source->counters, kind, goal, &c);
		struct stratum *s = &out->stratum[kinds_stratum(kinds, kind)];
		s->n += c.n;
		s->met += c.met;
		s->not_met += c.not_met;
		struct employee_counts e = counters_employees(source->counters, kind, population);
		out->employees.all += e.all;
		out->employees.responded += e.responded;
	}
}

bool
estimates_strata(
    const struct estimates_source *source, size_t goal, size_t cell, struct stratum *out)
{
	struct sums sums;
	if (!kinds_has_cell(cells_kinds(source->cells), cell))
		return false;
	sum_kinds(source, goal, cell, &sums);
	memcpy(out, sums.stratum, sizeof(sums.stratum));
	return true;
}

bool
estimates_of_cell(const struct estimates_source *source, size_t goal, size_t cell,
    const struct rate_counts *counts, struct estimate *out, struct employee_counts *employees)
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
	sum_kinds(source, goal, cell, &sums);
	estimate_make(&spec, counts, sums.stratum, KINDS_STRATA, out);
	*employees = sums.employees;
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
	struct estimate e;
	struct employee_counts employees;
	khaosat__v1__estimate__init(out);
	out->needed_not = rate_needed_not(threshold, c);
	out->verdict_all_in = (Khaosat__V1__Verdict)rate_verdict(threshold, &in);
	out->verdict_all_out = (Khaosat__V1__Verdict)rate_verdict(threshold, &out_of);
	if (!estimates_of_cell(&source, goal, cell, c, &e, &employees)) {
		out->verdict = (Khaosat__V1__Verdict)rate_verdict(threshold, c);
		return;
	}
	put_estimate(&e, out);
	out->employees = employees.all;
	out->employees_responded = employees.responded;
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
