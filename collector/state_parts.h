/* SPDX-License-Identifier: Apache-2.0 */
/* The state as its two files see it: state.c reads, state_fold.c changes. */
#ifndef KHAOSAT_COLLECTOR_STATE_PARTS_H
#define KHAOSAT_COLLECTOR_STATE_PARTS_H

#include <pthread.h>

#include "collector/fold.h"
#include "collector/state.h"

struct state {
	pthread_rwlock_t lock; /* over fold */
	struct fold fold;
	struct store *store; /* the log it was folded from */
};

#endif
