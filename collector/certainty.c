/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/certainty.h"

#include <stdlib.h>
#include <string.h>

struct looking {
	struct fold fold;
	struct certainty_table *out;
	uint64_t number; /* of the entry folded in last, and what of it is needed */
	uint64_t entry_round;
	int64_t time_ms;
	bool has_failed;
};

static enum verdict
verdict_of(const struct round *round, size_t goal)
{
	const struct goal *g = &round->view.definition->goal[goal];
	struct rate_counts counts;
	counters_rate(round->counters, 0, goal, &counts);
	return rate_verdict((struct threshold){g->threshold_pct, g->strict}, &counts);
}

/* NULL: out of memory. */
static struct certainties *
place_of(struct looking *l, const struct round *round)
{
	struct certainty_table *t = l->out;
	if (t->rounds < l->fold.rounds) {
		struct certainties *grown = realloc(t->round, l->fold.rounds * sizeof(*grown));
		if (grown == NULL) {
			l->has_failed = true;
			return NULL;
		}
		memset(grown + t->rounds, 0, (l->fold.rounds - t->rounds) * sizeof(*grown));
		t->round = grown;
		t->rounds = l->fold.rounds;
	}
	return &t->round[round->view.index];
}

/* What the entry folded in last has come to. */
static void
look_behind(struct looking *l)
{
	const struct round *round =
	    l->entry_round == 0 ? NULL : fold_round(&l->fold, l->entry_round);
	struct certainties *found =
	    round == NULL || round->counters == NULL ? NULL : place_of(l, round);
	if (found == NULL)
		return;
	bool is_first = found->goals == 0;
	found->goals = round->view.definition->goals;
	for (size_t i = 0; i < found->goals; i++) {
		struct certainty *c = &found->goal[i];
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
certainty_find(struct store *store, uint64_t to, struct certainty_table *out)
{
	struct looking l = {.out = out};
	const struct fold_reading reading = {.store = store,
	    .trusted = true,
	    .with_counters = true,
	    .look = on_entry,
	    .context = &l};
	certainty_clear(out);
	enum fold_status status = fold_log(&l.fold, &reading, to);
	look_behind(&l);
	if (status == FOLD_OK && l.has_failed)
		status = FOLD_MEMORY;
	out->last = l.fold.last;
	if (status != FOLD_OK)
		certainty_clear(out);
	fold_clear(&l.fold);
	return status;
}

void
certainty_clear(struct certainty_table *table)
{
	free(table->round);
	*table = (struct certainty_table){0};
}
