/* SPDX-License-Identifier: Apache-2.0 */
/* A number of bytes that many share: each says how many it holds, and all can tell whether more is
 * held than may be. Nobody is stopped here; who asks decides what to go without. Any thread. */
#ifndef KHAOSAT_COLLECTOR_BUDGET_H
#define KHAOSAT_COLLECTOR_BUDGET_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct budget {
	atomic_size_t used, most;
};

/* Somebody who held `from` bytes holds `to`. */
static inline void
budget_move(struct budget *budget, size_t from, size_t to)
{
	atomic_fetch_add(&budget->used, to - from); /* modulo 2^64: to may be the smaller */
}

/* Would so many more be too many? */
static inline bool
budget_has_room(const struct budget *budget, size_t bytes)
{
	return atomic_load(&budget->used) + bytes <= atomic_load(&budget->most);
}

static inline bool
budget_is_spent(const struct budget *budget)
{
	return !budget_has_room(budget, 0);
}

#endif
