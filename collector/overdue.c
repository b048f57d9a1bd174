/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/overdue.h"

bool
overdue_look(struct overdue *o, int64_t wall_ms, int64_t monotonic_ms)
{
	bool is_gap = wall_ms - o->looked_ms > OVERDUE_GAP_MS;
	if (is_gap) {
		o->until_ms = wall_ms;
		o->waits_ms = monotonic_ms + OVERDUE_WAIT_MS;
	} else if (o->looked_ms - wall_ms > OVERDUE_GAP_MS) { /* set back: what it saw was not */
		o->until_ms = wall_ms;
	}
	o->looked_ms = wall_ms;
	return is_gap;
}

bool
overdue_waits(const struct overdue *o, int64_t closes_ms, int64_t monotonic_ms)
{
	return closes_ms <= o->until_ms && monotonic_ms < o->waits_ms;
}
