/* SPDX-License-Identifier: Apache-2.0 */
/* What the questionnaires that count answered, question by question, and how they came: for the
 * quality report of an internal run. Reads the log twice; memory: eight bytes a unit. */
#ifndef KHAOSAT_COLLECTOR_EXPORT_ITEMS_H
#define KHAOSAT_COLLECTOR_EXPORT_ITEMS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "collector/case_state.h"
#include "collector/fold.h"
#include "storage/store.h"
#include "survey/definition.h"

#define ITEMS_CHANNELS 7 /* values of Channel, from 0 */

struct item {
	uint64_t asked;     /* units that it was put to: not those it may concern, had they answered
			     * another */
	uint64_t blank;     /* of them, left open ... */
	uint64_t dont_know; /* ... or answered with don't know */
};

struct items {
	struct item item[QUESTIONS_MAX]; /* by question index */
	uint64_t forms;                  /* questionnaires that count */
	uint64_t timed, seconds;         /* of them with a time, and all their seconds */
	uint64_t channel[ITEMS_CHANNELS];
	uint64_t units_in[CASE_COUNTS]; /* of the register, as counters_cases has them */
	/* Of those drawn, each by its design weight, which is 1 in a census. */
	double weight, weight_out_of_scope;
};

/* Of a round as it stood at entry `last`. False: out of memory, the log cannot be read, or
 * `is_stopping`, unless it is NULL, was set meanwhile. */
bool items_count(struct store *store, const struct round *round, uint64_t last,
    const atomic_bool *is_stopping, struct items *out);

#endif
