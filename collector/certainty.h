/* SPDX-License-Identifier: Apache-2.0 */
/* Since which entry each goal of a round has had the verdict that it has: the log is folded up once
 * more, and the verdicts are looked at behind each entry of the round. Takes about as long as a
 * start without a checkpoint, and as much memory; meant for the worker. */
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
	uint64_t last;                    /* entries 1 to last were looked at */
	size_t goals;                     /* 0: the round had no register by then */
	struct certainty goal[GOALS_MAX]; /* by index */
};

/* Of the whole of round `number`. Not FOLD_OK: nothing is known. */
enum fold_status certainty_find(
    struct store *store, uint64_t number, uint64_t to, struct certainties *out);

#endif
