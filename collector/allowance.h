/* SPDX-License-Identifier: Apache-2.0 */
/* How much each of many may still do: each key, an address or a unit, has a bucket of tokens that
 * fills again steadily, and a count of what it holds at once (connections). Memory is bounded: over
 * the given number of keys the one that was quiet longest is forgotten, but none that holds
 * something. Any thread; one lock, held for a few instructions. */
#ifndef KHAOSAT_COLLECTOR_ALLOWANCE_H
#define KHAOSAT_COLLECTOR_ALLOWANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct allowance;

struct allowance_rules {
	uint64_t held_max;   /* at once; 0: any number */
	uint64_t per_second; /* tokens that come back; 0: as many as are wanted */
	uint64_t burst;      /* tokens in a full bucket; at least 1 */
};

/* `keys_max` must be more than can ever hold something at once. NULL: out of memory. */
struct allowance *allowance_new(size_t keys_max, const struct allowance_rules *rules);
void allowance_free(struct allowance *t); /* accepts NULL */

/* From now on; buckets keep what is in them. */
void allowance_set(struct allowance *t, const struct allowance_rules *rules);

/* One more held. False: no, it holds as many as it may. True is undone by allowance_release. */
bool allowance_hold(struct allowance *t, uint64_t key);
void allowance_release(struct allowance *t, uint64_t key);

/* Takes a token. Returns 0, or where none is left after how many milliseconds there will be one;
 * nothing is taken then. `now_us` never goes back. */
uint32_t allowance_take(struct allowance *t, uint64_t key, int64_t now_us);
/* The same answer; nothing is taken, and no place is needed for the key. */
uint32_t allowance_wait(struct allowance *t, uint64_t key, int64_t now_us);
/* What is left of a bucket; nothing is taken. False: there is no limit. */
struct allowance_left {
	uint64_t burst, tokens;
	uint64_t full_ms; /* until it is full again */
};
bool allowance_left(struct allowance *t, uint64_t key, int64_t now_us, struct allowance_left *out);

#endif
