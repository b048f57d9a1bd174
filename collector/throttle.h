/* SPDX-License-Identifier: Apache-2.0 */
/* Attempts to guess, slowed down by the key they are made under, known or not: the name of an
 * account, an address, a unit at an address. A few are free; then the time until the next doubles,
 * up to a limit. What is slowed down is known by a key, a keyed hash of its name, and keys share a
 * table of fixed size, so that whoever makes up names finds neither memory nor another's place;
 * where places run out the oldest is forgotten. Pure but for its lock; any thread. */
#ifndef KHAOSAT_COLLECTOR_THROTTLE_H
#define KHAOSAT_COLLECTOR_THROTTLE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define THROTTLE_SETS 512u
#define THROTTLE_WAYS 8u            /* places where a key may stand */
#define THROTTLE_FORGET_MS 86400000 /* a day after the last failure they are forgotten */
#define THROTTLE_KEY_BYTES 16

struct throttle_rules {
	uint32_t free;    /* failures without a delay */
	int64_t first_ms; /* then this long, then twice as long */
	int64_t most_ms;
};

struct throttle_place {
	uint64_t key;    /* 0: nobody's */
	int64_t next_ms; /* no attempt before */
	uint32_t failures;
	bool was_right; /* the last time */
};

struct throttle {
	pthread_mutex_t lock;
	struct throttle_rules rules;
	uint8_t secret[THROTTLE_KEY_BYTES];
	struct throttle_place place[THROTTLE_SETS][THROTTLE_WAYS];
};

void throttle_init(struct throttle *throttle, const struct throttle_rules *rules);

uint64_t throttle_key(const struct throttle *throttle, const void *name, size_t n); /* never 0 */

/* 0: go on; the attempt counts as failed until throttle_forgive, so that those made at once are
 * counted too. Else how long to wait; nothing was counted. */
int64_t throttle_take(struct throttle *throttle, uint64_t key, int64_t now_ms);
/* How long it would say; nothing is counted. */
int64_t throttle_wait(struct throttle *throttle, uint64_t key, int64_t now_ms);
/* It was right: all is well. */
void throttle_forgive(struct throttle *throttle, uint64_t key, int64_t now_ms);
/* It was right, which says nothing of the attempts before: only this one is taken back. */
void throttle_take_back(struct throttle *throttle, uint64_t key, int64_t now_ms);
/* It was right the last time, within a day. */
bool throttle_was_right(struct throttle *throttle, uint64_t key, int64_t now_ms);

#endif
