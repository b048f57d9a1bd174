/* SPDX-License-Identifier: Apache-2.0 */
/* A round as the log said it at several of its entries, read in one walk from the first: counters,
 * and what each unit answered. Believes no checkpoint and no memory, so that what is made of it
 * follows from the log alone; makes no submission wait. Worker's thread. */
#ifndef KHAOSAT_COLLECTOR_EXPORT_PAST_H
#define KHAOSAT_COLLECTOR_EXPORT_PAST_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/fold.h"
#include "storage/store.h"

struct past_point {
	uint64_t last;
	int64_t time_ms; /* of that entry */
	struct counters *counters;
	struct columns *columns; /* the register as it was; held */
	uint64_t *answer;        /* by row (release.h); NULL where it was not asked for */
};

struct past {
	struct fold fold; /* at the last point */
	const struct round *round;
	struct cells *crossed; /* the round's in this fold; NULL: they are not crossed */
	struct past_point *point;
	size_t points;
};

enum past_status { PAST_OK, PAST_NO_REGISTER, PAST_STORE, PAST_MEMORY, PAST_STOPPED };

struct past_asked {
	struct store *store;
	uint64_t round;       /* its number */
	const uint64_t *last; /* by point; they rise or stay */
	size_t points;
	bool with_answers;
	bool is_crossed;                /* counted in crossed cells too, which nobody else counts */
	const atomic_bool *is_stopping; /* as in fold.h */
};

/* `out` is always set, to be cleared. */
enum past_status past_read(const struct past_asked *asked, struct past *out);
void past_clear(struct past *past);

#endif
