/* SPDX-License-Identifier: Apache-2.0 */
/* Rates, read from the counters: all cells are copied at one instant, then the goals and dimensions
 * that were asked for are made figures of. */
#include "collector/answer.h"
#include "collector/dispatch.h"
#include "collector/figures.h"
#include "collector/rates_head.h"

#include <stdlib.h>

#define RESPONSE_RATES 29 /* the field of Response */

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
	struct rates_head head;
	rates_head_fill(&head, round, wanted, last);
	const struct rates rates = {&head.message, figures};
	size_t n = khaosat__v1__rates__get_packed_size(&head.message) + figures_bytes(figures);
	answer_encoded(r, KHAOSAT__V1__STATUS__DONE, RESPONSE_RATES, n, put_rates, &rates);
}

void
handle_get_rates(struct request *r)
{
	struct round_view round;
	if (!rates_find_round(r, r->message->get_rates->round, &round))
		return;
	const struct cells *cells = state_cells(r->server->state, round.index);
	struct figures_wanted wanted = {
	    .definition = round.definition, .cells = cells, .reference_date = round.reference_date};
	const Khaosat__V1__GetRates *m = r->message->get_rates;
	const struct rates_asked asked = {
	    "get_rates", m->goal, m->n_goal, m->by, m->n_by, m->cell, m->n_cell};
	if (!rates_read_wanted(r, &asked, &wanted))
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
