/* SPDX-License-Identifier: Apache-2.0 */
/* Rates, read from the counters: all cells are copied at one instant, then the goals and dimensions
 * that were asked for are filled in. */
#include "collector/answer.h"
#include "collector/clock.h"
#include "collector/dispatch.h"
#include "collector/unit.h"
#include "survey/cells.h"
#include "survey/rates.h"

#include <stdlib.h>
#include <string.h>

struct wanted {
	bool goal[GOALS_MAX];
	bool dimension[DIMENSIONS];
	size_t goals;
};

/* False: answered. */
static bool
read_wanted(struct request *r, const struct definition *d, struct wanted *out)
{
	const Khaosat__V1__GetRates *m = r->message->get_rates;
	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < m->n_goal; i++) {
		int goal = definition_find_goal(d, m->goal[i]);
		if (goal < 0) {
			answer_invalid(r, "get_rates.goal", "codes of the round's goals");
			return false;
		}
		out->goal[goal] = true;
	}
	for (size_t i = 0; i < m->n_by; i++) {
		if ((int)m->by[i] < 0 || (int)m->by[i] >= (int)DIMENSIONS) {
			answer_invalid(r, "get_rates.by", "values of Dimension");
			return false;
		}
		out->dimension[m->by[i]] = true;
	}
	if (m->n_by == 0)
		out->dimension[DIMENSION_WHOLE] = true;
	for (size_t i = 0; i < d->goals; i++) {
		out->goal[i] = out->goal[i] || m->n_goal == 0;
		out->goals += out->goal[i];
	}
	return true;
}

static void
fill_goal(Khaosat__V1__GoalInfo *out, const struct goal *goal)
{
	khaosat__v1__goal_info__init(out);
	out->code = answer_text(goal->code);
	out->name_vi = answer_text(goal->name.vi);
	out->name_en = answer_text(goal->name.en);
	out->threshold = goal->threshold_pct;
	out->strict = goal->strict;
	out->deadline = answer_text(goal->deadline);
	out->group = answer_text(goal->group);
	out->headline = goal->headline;
}

static void
fill_counts(Khaosat__V1__Rate *out, const struct rate_counts *c)
{
	out->n = c->n;
	out->responded = rate_responded(c);
	out->met = c->met;
	out->not_met = c->not_met;
	out->unknown = c->unknown;
	out->n_unknown = c->n_unknown;
	out->n_unknown_met = c->n_unknown_met;
	out->n_unknown_not_met = c->n_unknown_not_met;
}

static void
fill_rate(Khaosat__V1__Rate *out, const struct goal *goal, const struct cell_info *cell,
    const struct rate_counts *c, const char *reference_date)
{
	const struct threshold threshold = {goal->threshold_pct, goal->strict};
	struct fraction low = rate_bound_low(c), high = rate_bound_high(c);
	khaosat__v1__rate__init(out);
	fill_counts(out, c);
	out->goal = answer_text(goal->code);
	out->dimension = (Khaosat__V1__Dimension)cell->dimension;
	out->cell = answer_text(cell->code);
	out->parent = answer_text(cell->parent);
	out->label_vi = answer_text(cell->label.vi);
	out->label_en = answer_text(cell->label.en);
	out->verdict = (Khaosat__V1__Verdict)rate_verdict(threshold, c);
	out->progress = strcmp(reference_date, goal->deadline) < 0;
	out->needed = rate_needed(threshold, c);
	out->bound_low_num = low.num;
	out->bound_low_den = low.den;
	out->bound_high_num = high.num;
	out->bound_high_den = high.den;
}

/* All that the answer is made of, allocated in one go. */
struct table {
	struct rate_counts *counts; /* [cell * goals + goal] */
	Khaosat__V1__Rate *rate;
	Khaosat__V1__Rate **rates;
	size_t n;
};

static void
table_free(struct table *t)
{
	free(t->counts);
	free(t->rate);
	free(t->rates);
}

static bool
table_make(struct table *t, size_t cells, size_t goals, size_t wanted_goals)
{
	t->counts = calloc(cells * goals + 1, sizeof(*t->counts));
	t->rate = calloc(cells * wanted_goals + 1, sizeof(*t->rate));
	t->rates = calloc(cells * wanted_goals + 1, sizeof(*t->rates));
	t->n = 0;
	return t->counts != NULL && t->rate != NULL && t->rates != NULL;
}

static void
fill_table(struct table *t, const struct round_view *round, const struct cells *cells,
    const struct wanted *wanted)
{
	const struct definition *d = round->definition;
	for (size_t goal = 0; goal < d->goals; goal++) {
		for (size_t cell = 0; wanted->goal[goal] && cell < cells_count(cells); cell++) {
			const struct cell_info *info = cells_info(cells, cell);
			if (!wanted->dimension[info->dimension])
				continue;
			fill_rate(&t->rate[t->n], &d->goal[goal], info,
			    &t->counts[cell * d->goals + goal], round->reference_date);
			t->rates[t->n] = &t->rate[t->n];
			t->n++;
		}
	}
}

static void
answer_rates(struct request *r, const struct round_view *round, const struct wanted *wanted,
    const struct table *t, uint64_t last)
{
	const struct definition *d = round->definition;
	Khaosat__V1__GoalInfo goal[GOALS_MAX], *goals[GOALS_MAX];
	Khaosat__V1__Response response;
	Khaosat__V1__Rates rates;
	khaosat__v1__response__init(&response);
	khaosat__v1__rates__init(&rates);
	for (size_t i = 0; i < d->goals; i++) {
		if (!wanted->goal[i])
			continue;
		fill_goal(&goal[rates.n_goal], &d->goal[i]);
		goals[rates.n_goal] = &goal[rates.n_goal];
		rates.n_goal++;
	}
	rates.round = answer_text(round->name);
	rates.last = last;
	rates.time_ms = clock_wall_ms();
	rates.goal = goals;
	rates.n_rate = t->n;
	rates.rate = t->rates;
	response.status = KHAOSAT__V1__STATUS__DONE;
	response.body_case = KHAOSAT__V1__RESPONSE__BODY_RATES;
	response.rates = &rates;
	answer(r, &response);
}

void
handle_get_rates(struct request *r)
{
	struct round_view round;
	struct wanted wanted;
	struct table table = {0};
	if (!unit_find_round(r, r->message->get_rates->round, &round))
		return;
	if (round.phase == ROUND_CREATED) {
		answer_say(r, KHAOSAT__V1__STATUS__ALREADY,
		    "Đợt khảo sát chưa có danh sách đơn vị.", "The round has no register yet.");
		return;
	}
	if (!read_wanted(r, round.definition, &wanted))
		return;
	const struct cells *cells = state_cells(r->server->state, round.index);
	if (table_make(&table, cells_count(cells), round.definition->goals, wanted.goals)) {
		uint64_t last =
		    state_rates(r->server->state, round.index, 0, cells_count(cells), table.counts);
		fill_table(&table, &round, cells, &wanted);
		answer_rates(r, &round, &wanted, &table, last);
	} else {
		answer_memory(r);
	}
	table_free(&table);
}
