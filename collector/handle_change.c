/* SPDX-License-Identifier: Apache-2.0 */
/* What changed between two rounds: asked for on the loop, reckoned on the worker from a copy of
 * both at one instant. The worker makes the copy too, so that there is never more than one and the
 * writer waits for no more than that. Which units moved is read from the state, page by page. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "collector/answer.h"
#include "collector/changes.h"
#include "collector/checkpoint.h"
#include "collector/clock.h"
#include "collector/dispatch.h"
#include "collector/rates_head.h"
#include "survey/breaks.h"
#include "survey/taxcode.h"

#define MOVERS_MAX 10000

struct changing {
	struct round_view before, now;
	struct figures_wanted figures; /* goals and dimensions asked for */
	size_t goal;                   /* of movers */
	uint32_t from, next;
	struct checkpoint *copy;
	bool made; /* else out of memory */
	uint64_t last;
	struct changes changes;
	struct mover *mover;
	size_t movers;
};

static void
free_changing(void *result)
{
	struct changing *c = result;
	changes_clear(&c->changes);
	checkpoint_free(c->copy);
	free(c->mover);
	free(c);
}

/* ------------------------------------------------------------------- what is asked */

/* Both rounds, each with a register. False: answered. */
static bool
find_rounds(
    struct request *r, const char *name, const char *before, const char *field, struct changing *c)
{
	if (!rates_find_round(r, name, &c->now))
		return false;
	if (*before == '\0')
		before = c->now.earlier;
	if (*before == '\0' || strcmp(before, c->now.name) == 0) {
		answer_invalid(r, field,
		    *before == '\0' ? "a round: this one names none as its earlier one"
				    : "another round");
		return false;
	}
	return rates_find_round(r, before, &c->before);
}

static struct changing *
begin(struct request *r)
{
	struct changing *c = calloc(1, sizeof(*c));
	if (c == NULL) {
		answer_memory(r);
		return NULL;
	}
	r->result = c;
	r->free_result = free_changing;
	return c;
}

static void
reckon(struct request *r, request_handler *work, request_handler *worked)
{
	if (!request_work(r, r->server->worker, work, worked))
		answer_status(r, KHAOSAT__V1__STATUS__TRY_LATER);
}

/* On the worker, as what calls it. NULL: out of memory. */
static const struct fold *
copy_state(struct request *r)
{
	struct changing *c = r->result;
	c->copy = state_copy(r->server->state);
	if (c->copy == NULL)
		return NULL;
	c->last = c->copy->fold.last;
	return &c->copy->fold;
}

/* False: answered. */
static bool
is_made(struct request *r)
{
	const struct changing *c = r->result;
	if (c->made)
		return true;
	answer_status(r, KHAOSAT__V1__STATUS__TRY_LATER);
	return false;
}

/* ------------------------------------------------------------------- changes */

static void
make_changes(struct request *r)
{
	struct changing *c = r->result;
	const struct fold *fold = copy_state(r);
	if (fold == NULL)
		return;
	struct changes_wanted wanted = {
	    .before = fold_round(fold, c->before.number), .now = fold_round(fold, c->now.number)};
	memcpy(wanted.goal, c->figures.goal, sizeof(wanted.goal));
	memcpy(wanted.dimension, c->figures.dimension, sizeof(wanted.dimension));
	c->made = changes_make(&wanted, &c->changes);
	checkpoint_free(c->copy);
	c->copy = NULL;
}

static void
fill_change(const struct changing *c, const struct changed *from, Khaosat__V1__Change *out)
{
	const struct cell_info *cell = cells_info(c->figures.cells, from->cell);
	khaosat__v1__change__init(out);
	out->goal = answer_text(c->now.definition->goal[from->goal].code);
	out->dimension = (Khaosat__V1__Dimension)cell->dimension;
	out->cell = answer_text(cell->code);
	out->label_vi = answer_text(cell->label.vi);
	out->label_en = answer_text(cell->label.en);
	out->n_before = from->before.n;
	out->met_before = from->before.met;
	out->not_met_before = from->before.not_met;
	out->n = from->now.n;
	out->met = from->now.met;
	out->not_met = from->now.not_met;
	out->both = from->both;
	out->gained = from->gained;
	out->lost = from->lost;
	out->stayed_met = from->stayed_met;
	out->stayed_not_met = from->stayed_not_met;
	out->made = from->change.is_made;
	out->difference = from->change.difference;
	out->standard_error = sqrt(from->change.variance);
	out->has_interval = from->change.has_interval;
	out->low = from->change.low;
	out->high = from->change.high;
}

struct goal_breaks {
	Khaosat__V1__GoalBreaks message;
	Khaosat__V1__Break broken[BREAKS_END];
};

static void
fill_breaks(unsigned breaks, Khaosat__V1__GoalInfo *goal, struct goal_breaks *out)
{
	khaosat__v1__goal_breaks__init(&out->message);
	out->message.goal = goal;
	out->message.broken = out->broken;
	for (unsigned i = 1; i < BREAKS_END; i++)
		if ((breaks >> i & 1) != 0)
			out->broken[out->message.n_broken++] = (Khaosat__V1__Break)i;
}

struct changes_message {
	Khaosat__V1__Changes body;
	struct rates_head head; /* the goals of both rounds */
	struct goal_breaks goal[GOALS_MAX];
	Khaosat__V1__GoalBreaks *goals[GOALS_MAX];
	Khaosat__V1__Change *change, **changes;
};

static bool
fill_message(struct changing *c, struct changes_message *m)
{
	const struct changes *from = &c->changes;
	struct figures_wanted both = c->figures;
	m->change = calloc(from->n + 1, sizeof(*m->change));
	m->changes = calloc(from->n + 1, sizeof(Khaosat__V1__Change *));
	if (m->change == NULL || m->changes == NULL)
		return false;
	memset(both.goal, 0, sizeof(both.goal));
	for (size_t i = 0; i < from->goals; i++)
		both.goal[from->goal[i]] = true;
	rates_head_fill(&m->head, &c->now, &both, c->last);
	khaosat__v1__changes__init(&m->body);
	for (size_t i = 0; i < from->goals; i++) {
		fill_breaks(from->breaks[i], &m->head.goal[i], &m->goal[i]);
		m->goals[i] = &m->goal[i].message;
	}
	for (size_t i = 0; i < from->n; i++) {
		fill_change(c, &from->changed[i], &m->change[i]);
		m->changes[i] = &m->change[i];
	}
	m->body.round = c->now.name;
	m->body.before = c->before.name;
	m->body.last = c->last;
	m->body.time_ms = clock_wall_ms();
	m->body.goal = m->goals;
	m->body.n_goal = from->goals;
	m->body.change = m->changes;
	m->body.n_change = from->n;
	return true;
}

static void
changes_made(struct request *r)
{
	struct changing *c = r->result;
	if (!is_made(r))
		return;
	struct changes_message *m = calloc(1, sizeof(*m));
	if (m != NULL && fill_message(c, m)) {
		Khaosat__V1__Response response;
		khaosat__v1__response__init(&response);
		response.status = KHAOSAT__V1__STATUS__DONE;
		response.body_case = KHAOSAT__V1__RESPONSE__BODY_CHANGES;
		response.changes = &m->body;
		answer(r, &response);
	} else {
		answer_memory(r);
	}
	if (m != NULL) {
		free(m->change);
		free(m->changes);
	}
	free(m);
}

void
handle_get_change(struct request *r)
{
	const Khaosat__V1__GetChange *m = r->message->get_change;
	const struct rates_asked asked = {
	    "get_change", m->goal, m->n_goal, m->by, m->n_by, NULL, 0};
	struct changing *c = begin(r);
	if (c == NULL || !find_rounds(r, m->round, m->before, "get_change.before", c))
		return;
	c->figures = (struct figures_wanted){.definition = c->now.definition,
	    .cells = state_cells(r->server->state, c->now.index),
	    .reference_date = c->now.reference_date};
	if (rates_read_wanted(r, &asked, &c->figures))
		reckon(r, make_changes, changes_made);
}

/* ------------------------------------------------------------------- movers */

static void
find_movers(struct request *r)
{
	struct changing *c = r->result;
	const struct state_movers asked = {c->before.index, c->now.index, c->goal, c->from};
	struct movers_found found;
	c->mover = malloc(MOVERS_MAX * sizeof(*c->mover));
	if (c->mover == NULL)
		return;
	c->movers = state_find_movers(r->server->state, &asked, c->mover, MOVERS_MAX, &found);
	c->last = found.last;
	c->next = found.next;
	c->made = true;
}

struct movers_message {
	Khaosat__V1__Movers body;
	Khaosat__V1__Mover mover[MOVERS_MAX], *movers[MOVERS_MAX];
	char tax_code[MOVERS_MAX][TAXCODE_TEXT_BYTES];
};

static void
movers_found(struct request *r)
{
	struct changing *c = r->result;
	if (!is_made(r))
		return;
	struct movers_message *m = malloc(sizeof(*m));
	if (m == NULL) {
		answer_memory(r);
		return;
	}
	Khaosat__V1__Response response;
	khaosat__v1__response__init(&response);
	khaosat__v1__movers__init(&m->body);
	for (size_t i = 0; i < c->movers; i++) {
		taxcode_print(c->mover[i].tax_code, m->tax_code[i]);
		khaosat__v1__mover__init(&m->mover[i]);
		m->mover[i].tax_code = m->tax_code[i];
		m->mover[i].met = c->mover[i].met;
		m->movers[i] = &m->mover[i];
	}
	m->body.mover = m->movers;
	m->body.n_mover = c->movers;
	m->body.last = c->last;
	m->body.next = c->next;
	response.status = KHAOSAT__V1__STATUS__DONE;
	response.body_case = KHAOSAT__V1__RESPONSE__BODY_MOVERS;
	response.movers = &m->body;
	answer(r, &response);
	free(m);
}

void
handle_list_movers(struct request *r)
{
	const Khaosat__V1__ListMovers *m = r->message->list_movers;
	struct changing *c = begin(r);
	if (c == NULL || !find_rounds(r, m->round, m->before, "list_movers.before", c))
		return;
	int goal = definition_find_goal(c->now.definition, m->goal);
	if (goal < 0) {
		answer_invalid(r, "list_movers.goal", "a goal of the round");
		return;
	}
	c->goal = (size_t)goal;
	c->from = m->from;
	reckon(r, find_movers, movers_found);
}
