/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/certainty.h"

#include <string.h>

struct looking {
	struct fold fold;
	uint64_t round; /* entry that created it */
	struct certainties *out;
	uint64_t number; /* of the entry folded in last, and what of it is needed */
	uint64_t entry_round;
	int64_t time_ms;
};

static enum verdict
verdict_of(const struct round *round, size_t goal)
{
	const struct goal *g = &round->view.definition->goal[goal];
	struct rate_counts counts;
	counters_rate(round->counters, 0, goal, &counts);
	return rate_verdict((struct threshold){g->threshold_pct, g->strict}, &counts);
}

/* What the entry folded in last has come to. */
static void
look_behind(struct looking *l)
{
	const struct round *round =
	    l->entry_round == l->round ? fold_round(&l->fold, l->round) : NULL;
	if (round == NULL || round->counters == NULL)
		return;
	bool is_first = l->out->goals == 0;
	l->out->goals = round->view.definition->goals;
	for (size_t i = 0; i < l->out->goals; i++) {
		struct certainty *c = &l->out->goal[i];
		enum verdict verdict = verdict_of(round, i);
		if (is_first)
			*c = (struct certainty){verdict, 0, 0};
		else if (verdict != c->verdict)
			*c = (struct certainty){verdict, l->number, l->time_ms};
	}
}

/* Called before an entry is folded in. */
static void
on_entry(void *context, uint64_t number, struct entry *e, const uint8_t *payload)
{
	struct looking *l = context;
	(void)payload;
	look_behind(l);
	l->number = number;
	l->entry_round = e->round;
	l->time_ms = e->time_ms;
}

enum fold_status
certainty_find(struct store *store, uint64_t number, uint64_t to, struct certainties *out)
{
	struct looking l = {.round = number, .out = out};
	const struct fold_reading reading = {.store = store,
	    .trusted = true,
	    .with_counters = true,
	    .look = on_entry,
	    .context = &l};
	memset(out, 0, sizeof(*out));
	enum fold_status status = fold_log(&l.fold, &reading, to);
	look_behind(&l);
	out->last = l.fold.last;
	fold_clear(&l.fold);
	return status;
}
