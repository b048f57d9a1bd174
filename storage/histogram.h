/* SPDX-License-Identifier: Apache-2.0 */
/* How often a number was about so large: buckets whose bounds double. One thread at a time adds,
 * any reads, each count by itself. */
#ifndef KHAOSAT_STORAGE_HISTOGRAM_H
#define KHAOSAT_STORAGE_HISTOGRAM_H

#include <stdatomic.h>
#include <stdint.h>

#define HISTOGRAM_BOUNDS 24 /* 1, 2, 4, ... 2^23 */

struct histogram {
	/* [i]: above the bound before, up to 2^i; the last: above all bounds */
	_Atomic uint64_t bucket[HISTOGRAM_BOUNDS + 1];
	_Atomic uint64_t sum;
};

/* Cheaper than an addition that must not meet another one. */
static inline void
histogram_bump(_Atomic uint64_t *count, uint64_t by)
{
	uint64_t now = atomic_load_explicit(count, memory_order_relaxed);
	atomic_store_explicit(count, now + by, memory_order_relaxed);
}

static inline void
histogram_add(struct histogram *h, uint64_t value)
{
	unsigned at = value <= 1 ? 0 : 64u - (unsigned)__builtin_clzll(value - 1);
	histogram_bump(&h->bucket[at < HISTOGRAM_BOUNDS ? at : HISTOGRAM_BOUNDS], 1);
	histogram_bump(&h->sum, value);
}

#endif
