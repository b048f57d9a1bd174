/* SPDX-License-Identifier: Apache-2.0 */
/* Which units moved between two rounds, read from the state itself: a slice of rows at a time, so
 * that the writer gets in between. */
#include "collector/changes.h"
#include "collector/state_parts.h"

#define SLICE_ROWS 4096u

size_t
state_find_movers(struct state *state, const struct state_movers *asked, struct mover *out,
    size_t most, struct movers_found *found)
{
	size_t n = 0;
	uint32_t row = asked->from, units = 0;
	do {
		pthread_rwlock_rdlock(&state->lock);
		const struct movers_wanted slice = {.before = state->fold.round[asked->before],
		    .now = state->fold.round[asked->now],
		    .goal = asked->goal,
		    .from = row,
		    .to = row + SLICE_ROWS};
		units = slice.now->columns->units;
		n += changes_movers(&slice, out + n, most - n, &row);
		found->last = state->fold.last;
		pthread_rwlock_unlock(&state->lock);
	} while (row < units && n < most);
	found->next = row < units ? row : 0;
	return n;
}
