/* SPDX-License-Identifier: Apache-2.0 */
/* In public a unit whose membership is unknown counts as one that has not answered: that it is
 * there the register says, what it answered is told of the whole only, where disclosure control
 * lets it. Bounds and verdict allow for either, so they stay true. */
#include "collector/export/build.h"

#include "collector/export/fill.h"
#include "collector/export/release.h"
#include "collector/export/series.h"

static enum figure_state
state_of(uint8_t decision)
{
	return decision == RELEASE_FEW_UNITS      ? FIGURE_FEW_UNITS
	       : decision == RELEASE_CONFIDENTIAL ? FIGURE_CONFIDENTIAL
	       : decision == RELEASE_EMPTY        ? FIGURE_EMPTY
						  : FIGURE_FREE;
}

static const struct build_source *
source_of(const struct build_input *in, uint8_t decision)
{
	return decision < RELEASE_EMPTY ? &in->earlier[decision] : &in->now;
}

static uint8_t
decision_at(
    const struct build_input *in, const struct tables *t, const struct observation *o, bool unsure)
{
	unsigned population = t->definition->goal[o->goal].population;
	size_t cell = unsure ? cells_count(t->cells) : o->cell;
	return in->decision[release_cell(t->definition, t->cells, population, cell)];
}

/* The answers of doubtful units are told where the whole's are, and of the same time. */
static bool
tells_unsure(const struct build_input *in, const struct tables *t, const struct observation *o)
{
	if (cells_info(t->cells, o->cell)->dimension != DIMENSION_WHOLE)
		return false;
	uint8_t members = decision_at(in, t, o, false), unsure = decision_at(in, t, o, true);
	return state_of(unsure) == FIGURE_FREE && source_of(in, members) == source_of(in, unsure);
}

/* The whole by those sizes that the release it is of tells too, and what is left of it; all else is
 * one stratum. */
static size_t
find_told_strata(const struct build_input *in, const struct tables *t,
    const struct build_source *source, const struct observation *o, struct stratum out[STRATA_MAX])
{
	const uint8_t *decision = source == &in->now ? in->decision : source->decision;
	unsigned population = t->definition->goal[o->goal].population;
	struct stratum rest = {
	    .n = o->counts.n, .met = o->counts.met, .not_met = o->counts.not_met};
	size_t size, count, n = 0;
	bool is_whole = cells_info(t->cells, o->cell)->dimension == DIMENSION_WHOLE;
	cells_of_dimension(t->cells, DIMENSION_SIZE, &size, &count);
	size_t end = size + count;
	/* Groups come first, of units that have a size of their own. */
	for (size += t->definition->list[CODES_SIZE].groups; is_whole && size < end; size++) {
		struct rate_counts c;
		if (!release_tells(t->definition, t->cells, o->goal, size) ||
		    decision[release_cell(t->definition, t->cells, population, size)] !=
			RELEASE_SHOW)
			continue;
		counters_rate(source->point->counters, size, o->goal, &c);
		out[n] = (struct stratum){
		    .size = (uint8_t)n, .n = c.n, .met = c.met, .not_met = c.not_met};
		n++;
		rest.n -= c.n;
		rest.met -= c.met;
		rest.not_met -= c.not_met;
	}
	rest.size = (uint8_t)n;
	out[n++] = rest;
	return n;
}

/* A census's follows from counts that the same release tells: one of strata whose counts it does
 * not would tell of these, however coarsely it is rounded. */
static void
estimate_public(const struct build_input *in, const struct tables *t,
    const struct build_source *source, struct observation *o)
{
	struct stratum strata[STRATA_MAX];
	if (t->facts.strata > 0)
		fill_estimate(t, source->point->counters, o);
	else
		fill_told_estimate(t, strata, find_told_strata(in, t, source, o, strata), o);
}

static void
fill_public(const struct build_input *in, const struct tables *t, struct observation *o)
{
	/* Variants and named lists are told of the whole only. */
	uint8_t decision = release_tells(t->definition, t->cells, o->goal, o->cell)
			       ? decision_at(in, t, o, false)
			       : RELEASE_CONFIDENTIAL;
	const struct build_source *source = source_of(in, decision);
	fill_counts(source->point->counters, o);
	o->vintage = source->vintage;
	o->time_ms = source->point->time_ms;
	if (o->counts.n_unknown > 0 && !tells_unsure(in, t, o)) {
		o->counts.n_unknown_met = o->counts.n_unknown_not_met = 0;
		o->unsure = FIGURE_CONFIDENTIAL;
	}
	estimate_public(in, t, source, o);
	o->members = state_of(decision);
	if (o->members == FIGURE_EMPTY && o->counts.n > 0)
		o->members = FIGURE_FEW_UNITS; /* nobody was drawn */
	o->judged = o->members == FIGURE_EMPTY && o->counts.n_unknown > 0 ? FIGURE_CONFIDENTIAL
									  : o->members;
	fill_withhold(t, o);
}

/* All that is told follows from rounded counts. */
static void
take_rounded(const struct build_input *in, const struct tables *t, struct observation *o)
{
	size_t at = o->goal * cells_count(t->cells) + o->cell;
	o->vintage = in->figures.vintage;
	o->time_ms = in->figures.point->time_ms;
	o->members = release_tells(t->definition, t->cells, o->goal, o->cell)
			 ? state_of(decision_at(in, t, o, false))
			 : FIGURE_CONFIDENTIAL;
	fill_rounded(t, &in->rounded->rate[at], in->rounded->within, o);
}

bool
build_tables(const struct build_input *in, struct tables *out)
{
	const struct round_view *round = &in->past->round->view;
	struct export_facts facts = in->facts;
	facts.round = round->name;
	facts.reference_date = round->reference_date;
	facts.ref_year = round->ref_year;
	facts.opened_ms = round->opened_ms;
	facts.closed_ms = round->closed_ms;
	facts.strata = round->strata;
	facts.units = round->units;
	facts.drawn = round->drawn;
	facts.last = in->now.point->last;
	facts.time_ms = in->now.point->time_ms;
	facts.vintage = in->now.vintage;
	if (!tables_make(out, &facts, round->definition, in->past->round->cells))
		return false;
	if (!series_find(in->past, out)) {
		tables_clear(out);
		return false;
	}
	out->within = in->rounded != NULL ? in->rounded->within : 0;
	for (size_t i = 0; i < out->rows; i++) {
		if (in->rounded != NULL)
			take_rounded(in, out, &out->row[i]);
		else if (facts.settings.is_public)
			fill_public(in, out, &out->row[i]);
		else
			fill_row(out, in->now.point->counters, &out->row[i]);
	}
	return true;
}
