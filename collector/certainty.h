/* SPDX-License-Identifier: Apache-2.0 */
/* Since which entry each goal of each round has had the verdict that it has: the log is folded up
 * once more, and the verdicts are looked at behind each entry. Takes about as long as a start
 * without a checkpoint, and as much memory, so what was found is kept, and serves all rounds of a
 * trend. The worker's thread. */
#ifndef KHAOSAT_COLLECTOR_CERTAINTY_H
#define KHAOSAT_COLLECTOR_CERTAINTY_H

#include <stddef.h>
#include <stdint.h>

#include "collector/fold.h"
#include "survey/rates.h"

struct certainty {
	enum verdict verdict;
	uint64_t since; /* entry; 0: ever since the register was loaded */
	int64_t since_ms;
};

struct certainties {
	size_t goals;                     /* 0: the round had no register by then */
	struct certainty goal[GOALS_MAX]; /* of the whole, by index */
};

struct certainty_table {
	uint64_t last;             /* entries 1 to last were looked at */
	struct certainties *round; /* by index */
	size_t rounds;
};

/* Anew, up to entry `to`; what the table held goes. Not FOLD_OK: it is empty. */
enum fold_status certainty_find(struct store *store, uint64_t to, struct certainty_table *out);
void certainty_clear(struct certainty_table *table);

#endif
