/* SPDX-License-Identifier: Apache-2.0 */
/* Since when verdicts are what they are, and whether goals can be compared with an earlier round.
 */
#include <stdlib.h>

#include "collector/answer.h"
#include "collector/certainty.h"
#include "collector/dispatch.h"
#include "collector/log.h"
#include "collector/rates_head.h"
#include "survey/breaks.h"

struct certifying {
	struct round_view round, before;
	bool has_before;
	uint64_t last; /* what was found up to that entry will do; 0: only the newest */
	enum fold_status status;
	struct certainties found;
};

/* The worker keeps what it found last. */
static void
find(struct request *r)
{
	struct certifying *c = r->result;
	struct certainty_table *kept = r->server->certainty;
	uint64_t newest = store_last(r->server->store);
	uint64_t wanted = c->last > 0 && c->last < newest ? c->last : newest;
	c->status = FOLD_OK;
	if (kept->last < wanted)
		c->status = certainty_find(r->server->store, newest, kept);
	c->last = kept->last;
	if (c->round.index < kept->rounds)
		c->found = kept->round[c->round.index];
}

struct certainty_message {
	Khaosat__V1__Certainties body;
	Khaosat__V1__Certainty goal[GOALS_MAX], *goals[GOALS_MAX];
	Khaosat__V1__Break broken[GOALS_MAX][BREAKS_END];
};

static bool
fill_breaks(const struct certifying *c, size_t goal, struct certainty_message *m)
{
	bool failed = false;
	const struct definition *now = c->round.definition, *before = c->before.definition;
	int other = c->has_before ? definition_find_goal(before, now->goal[goal].code) : -1;
	unsigned breaks =
	    other >= 0 ? breaks_between(before, (size_t)other, now, goal, &failed) : 0;
	if (other >= 0 && (c->before.strata > 0) != (c->round.strata > 0))
		breaks |= 1u << BREAK_DESIGN;
	m->goal[goal].broken = m->broken[goal];
	for (unsigned i = 1; i < BREAKS_END; i++)
		if ((breaks >> i & 1) != 0)
			m->broken[goal][m->goal[goal].n_broken++] = (Khaosat__V1__Break)i;
	return !failed;
}

static bool
fill_message(struct certifying *c, struct certainty_message *m)
{
	bool good = true;
	khaosat__v1__certainties__init(&m->body);
	for (size_t i = 0; i < c->found.goals; i++) {
		const struct certainty *from = &c->found.goal[i];
		khaosat__v1__certainty__init(&m->goal[i]);
		m->goal[i].goal = answer_text(c->round.definition->goal[i].code);
		m->goal[i].verdict = (Khaosat__V1__Verdict)from->verdict;
		m->goal[i].since = from->since;
		m->goal[i].since_ms = from->since_ms;
		good &= fill_breaks(c, i, m);
		m->goals[i] = &m->goal[i];
	}
	m->body.round = c->round.name;
	m->body.last = c->last;
	m->body.certainty = m->goals;
	m->body.n_certainty = c->found.goals;
	return good;
}

static void
found(struct request *r)
{
	struct certifying *c = r->result;
	if (c->status == FOLD_MEMORY) {
		answer_status(r, KHAOSAT__V1__STATUS__TRY_LATER);
		return;
	}
	if (c->status != FOLD_OK) {
		log_error("certainty: the log cannot be folded");
		answer_status(r, KHAOSAT__V1__STATUS__UNAVAILABLE);
		return;
	}
	struct certainty_message *m = calloc(1, sizeof(*m));
	if (m != NULL && fill_message(c, m)) {
		Khaosat__V1__Response response;
		khaosat__v1__response__init(&response);
		response.status = KHAOSAT__V1__STATUS__DONE;
		response.body_case = KHAOSAT__V1__RESPONSE__BODY_CERTAINTIES;
		response.certainties = &m->body;
		answer(r, &response);
	} else {
		answer_memory(r);
	}
	free(m);
}

void
handle_get_certainty(struct request *r)
{
	const Khaosat__V1__GetCertainty *m = r->message->get_certainty;
	struct certifying *c = calloc(1, sizeof(*c));
	if (c == NULL) {
		answer_memory(r);
		return;
	}
	r->result = c;
	r->free_result = free;
	c->has_before = *m->before != '\0';
	c->last = m->last;
	if (!rates_find_round(r, m->round, &c->round) ||
	    (c->has_before && !rates_find_round(r, m->before, &c->before)))
		return;
	if (!request_work(r, r->server->worker, find, found))
		answer_status(r, KHAOSAT__V1__STATUS__TRY_LATER);
}
