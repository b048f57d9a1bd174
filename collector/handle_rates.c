/* SPDX-License-Identifier: Apache-2.0 */
/* Rates, read from the counters: all cells are copied at one instant, then the goals and dimensions
 * that were asked for are made figures of. */
#include "collector/answer.h"
#include "collector/clock.h"
#include "collector/dispatch.h"
#include "collector/figures.h"
#include "collector/unit.h"

#include <stdlib.h>

#define RESPONSE_RATES 29 /* the field of Response */

/* False: answered. */
static bool
read_wanted(struct request *r, const struct definition *d, struct figures_wanted *out)
{
	const Khaosat__V1__GetRates *m = r->message->get_rates;
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
	for (size_t i = 0; i < d->goals; i++)
		out->goal[i] = out->goal[i] || m->n_goal == 0;
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

/* The message but for its figures, and these. */
struct rates {
	const Khaosat__V1__Rates *head;
	const struct figures *figures;
};

static void
put_rates(const void *context, struct wire_out *w)
{
	const struct rates *rates = context;
	w->at += khaosat__v1__rates__pack(rates->head, w->at);
	figures_put(rates->figures, w);
}

static void
answer_rates(struct request *r, const struct round_view *round, const struct figures_wanted *wanted,
    const struct figures *figures, uint64_t last)
{
	const struct definition *d = round->definition;
	Khaosat__V1__GoalInfo goal[GOALS_MAX], *goals[GOALS_MAX];
	Khaosat__V1__Rates head;
	khaosat__v1__rates__init(&head);
	for (size_t i = 0; i < d->goals; i++) {
		if (!wanted->goal[i])
			continue;
		fill_goal(&goal[head.n_goal], &d->goal[i]);
		goals[head.n_goal] = &goal[head.n_goal];
		head.n_goal++;
	}
	head.round = answer_text(round->name);
	head.last = last;
	head.time_ms = clock_wall_ms();
	head.goal = goals;
	const struct rates rates = {&head, figures};
	size_t n = khaosat__v1__rates__get_packed_size(&head) + figures_bytes(figures);
	answer_encoded(r, KHAOSAT__V1__STATUS__DONE, RESPONSE_RATES, n, put_rates, &rates);
}

void
handle_get_rates(struct request *r)
{
	struct round_view round;
	if (!unit_find_round(r, r->message->get_rates->round, &round))
		return;
	if (round.phase == ROUND_CREATED) {
		answer_say(r, KHAOSAT__V1__STATUS__ALREADY,
		    "Đợt khảo sát chưa có danh sách đơn vị.", "The round has no register yet.");
		return;
	}
	const struct cells *cells = state_cells(r->server->state, round.index);
	struct figures_wanted wanted = {
	    .definition = round.definition, .cells = cells, .reference_date = round.reference_date};
	if (!read_wanted(r, round.definition, &wanted))
		return;
	size_t n = cells_count(cells);
	struct rate_counts *counts = malloc((n * round.definition->goals + 1) * sizeof(*counts));
	struct figures *figures = NULL;
	if (counts != NULL) {
		uint64_t last = state_rates(r->server->state, round.index, 0, n, counts);
		wanted.counts = counts;
		figures = figures_new(&wanted);
		if (figures != NULL)
			answer_rates(r, &round, &wanted, figures, last);
	}
	if (figures == NULL)
		answer_memory(r);
	figures_free(figures);
	free(counts);
}
