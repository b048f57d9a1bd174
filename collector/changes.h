/* SPDX-License-Identifier: Apache-2.0 */
/* What changed from one round to a later one, reckoned from the rows of both: figures of goals and
 * cells that both have, and which units moved. Reads a copy of the state; any thread, meant for the
 * worker. */
#ifndef KHAOSAT_COLLECTOR_CHANGES_H
#define KHAOSAT_COLLECTOR_CHANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/fold.h"
#include "survey/change.h"

struct changes_wanted {
	const struct round *before, *now; /* with registers and counters, of one fold */
	bool goal[GOALS_MAX];             /* of the later round's definition, by index */
	bool dimension[DIMENSIONS];
};

/* One goal in one cell. */
struct changed {
	size_t goal, cell; /* of the later round */
	struct rate_counts before, now;
	uint64_t both, gained, lost, stayed_met, stayed_not_met;
	struct change change;
};

struct changes {
	size_t goals;
	size_t goal[GOALS_MAX]; /* that both rounds have, of those wanted */
	unsigned breaks[GOALS_MAX];
	struct changed *changed; /* goal by goal, cell by cell */
	size_t n;
};

/* False: out of memory. To be cleared when true. */
bool changes_make(const struct changes_wanted *wanted, struct changes *out);
void changes_clear(struct changes *changes);

struct mover {
	uint64_t tax_code;
	bool met; /* now */
};

struct movers_wanted {
	const struct round *before, *now; /* with registers, of one fold */
	size_t goal;                      /* of the later round; the earlier one need not have it */
	uint32_t from, to;                /* rows of the later round; `to` may lie behind its end */
};

/* Units that belong to the goal in both rounds, and met it in one of them and did not in the other;
 * at most `most`. *next: the row to go on at. */
size_t changes_movers(
    const struct movers_wanted *wanted, struct mover *out, size_t most, uint32_t *next);

#endif
