/* SPDX-License-Identifier: Apache-2.0 */
/* Deadlines that passed while nobody looked: the collector was stopped, or the clock was set ahead
 * over them. What closes by its time closes for good, and a clock may be wrong, so such a round
 * waits an hour: long enough to set the clock right, or to extend the round. Times that are looked
 * at come from the caller; one thread. */
#ifndef KHAOSAT_COLLECTOR_OVERDUE_H
#define KHAOSAT_COLLECTOR_OVERDUE_H

#include <stdbool.h>
#include <stdint.h>

#define OVERDUE_GAP_MS INT64_C(600000)   /* from one look to the next, by the wall clock */
#define OVERDUE_WAIT_MS INT64_C(3600000) /* by the monotonic clock */

struct overdue {           /* zeroed: nobody has looked yet */
	int64_t looked_ms; /* the wall clock then */
	int64_t until_ms;  /* no deadline up to it was waited for */
	int64_t waits_ms;  /* of the monotonic clock: up to then they wait */
};

/* True: since the last look time went by unwatched. */
bool overdue_look(struct overdue *o, int64_t wall_ms, int64_t monotonic_ms);
/* Whether that deadline, which has passed at the last look, waits still. */
bool overdue_waits(const struct overdue *o, int64_t closes_ms, int64_t monotonic_ms);

#endif
