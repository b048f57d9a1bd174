/* SPDX-License-Identifier: Apache-2.0 */
/* Attempts to guess a password, slowed down by the name they are made under, known or not. A few
 * are free; then the time until the next doubles, up to a limit. Many names share a table of fixed
 * size by a keyed hash, so that whoever makes up names finds neither memory nor collisions. Pure
 * but for its lock; any thread. */
#ifndef KHAOSAT_COLLECTOR_THROTTLE_H
#define KHAOSAT_COLLECTOR_THROTTLE_H

#include <pthread.h>
#include <stdint.h>

#define THROTTLE_SLOTS 1024u
#define THROTTLE_FREE 5u /* failures without a delay */
#define THROTTLE_FIRST_MS 1000
#define THROTTLE_MOST_MS 900000     /* 15 minutes */
#define THROTTLE_FORGET_MS 86400000 /* a day after the last failure they are forgotten */
#define THROTTLE_KEY_BYTES 16

struct throttle {
	pthread_mutex_t lock;
	uint8_t key[THROTTLE_KEY_BYTES];
	struct {
		uint32_t failures;
		int64_t next_ms; /* no attempt before */
	} slot[THROTTLE_SLOTS];
};

void throttle_init(struct throttle *throttle);

/* 0: go on; the attempt counts as failed until throttle_forgive, so that those made at once are
 * counted too. Else how long to wait; nothing was counted. */
int64_t throttle_take(struct throttle *throttle, const char *name, int64_t now_ms);
void throttle_forgive(struct throttle *throttle, const char *name); /* it was right: all is well */

#endif
