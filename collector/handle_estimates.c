/* SPDX-License-Identifier: Apache-2.0 */
/* Estimates: asked for on the loop, reckoned on the worker from a copy of the counters, so that no
 * submission waits for them. */
#include "collector/answer.h"
#include "collector/dispatch.h"
#include "collector/estimates.h"
#include "collector/rates_head.h"

#include <stdlib.h>
#include <string.h>

#define RESPONSE_ESTIMATES 32 /* the field of Response */

struct estimating {
	struct round_view round;
	struct estimates_wanted wanted;
	uint8_t *bytes; /* the message; NULL: out of memory */
	size_t n;
};

static void
free_estimating(void *result)
{
	struct estimating *e = result;
	free(e->bytes);
	free(e);
}

static void
put_bytes(const void *context, struct wire_out *w)
{
	const struct estimating *e = context;
	memcpy(w->at, e->bytes, e->n);
	w->at += e->n;
}

static void
estimated(struct request *r)
{
	const struct estimating *e = r->result;
	if (e->bytes == NULL)
		answer_memory(r);
	else
		answer_encoded(
		    r, KHAOSAT__V1__STATUS__DONE, RESPONSE_ESTIMATES, e->n, put_bytes, e);
}

static void
estimate(struct request *r)
{
	struct estimating *e = r->result;
	struct rates_head head;
	uint64_t last;
	struct counters *counters = state_counters(r->server->state, e->round.index, &last);
	if (counters == NULL)
		return;
	e->wanted.counters = counters;
	rates_head_fill(&head, &e->round, &e->wanted.figures, last);
	e->bytes = estimates_encode(&e->wanted, &head.message, &e->n);
	counters_free(counters);
}

/* False: answered. */
static bool
read_method(struct request *r, enum interval_method *out)
{
	Khaosat__V1__IntervalMethod method = r->message->get_estimates->method;
	if (method == KHAOSAT__V1__INTERVAL_METHOD__INTERVAL_METHOD_UNSPECIFIED)
		method = KHAOSAT__V1__INTERVAL_METHOD__WILSON;
	if ((int)method < 0 || method > KHAOSAT__V1__INTERVAL_METHOD__HYPERGEOMETRIC) {
		answer_invalid(r, "get_estimates.method", "values of IntervalMethod");
		return false;
	}
	*out = (enum interval_method)method;
	return true;
}

static bool
read_wanted(struct request *r, struct estimating *e)
{
	const Khaosat__V1__GetEstimates *m = r->message->get_estimates;
	const struct rates_asked asked = {
	    "get_estimates", m->goal, m->n_goal, m->by, m->n_by, m->cell, m->n_cell};
	e->wanted.figures = (struct figures_wanted){
	    .definition = e->round.definition,
	    .cells = state_cells(r->server->state, e->round.index),
	    .reference_date = e->round.reference_date,
	};
	return read_method(r, &e->wanted.method) &&
	       rates_read_wanted(r, &asked, &e->wanted.figures);
}

void
handle_get_estimates(struct request *r)
{
	struct round_view round;
	if (!rates_find_round(r, r->message->get_estimates->round, &round))
		return;
	struct estimating *e = calloc(1, sizeof(*e));
	if (e == NULL) {
		answer_memory(r);
		return;
	}
	e->round = round;
	r->result = e;
	r->free_result = free_estimating;
	if (read_wanted(r, e) && !request_work(r, r->server->worker, estimate, estimated))
		answer_status(r, KHAOSAT__V1__STATUS__TRY_LATER);
}
