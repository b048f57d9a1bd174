/* SPDX-License-Identifier: Apache-2.0 */
/* A session over a socket pair: the test is the peer, and the owner of the session. One thread.
 * Tests only. */
#ifndef KHAOSAT_TESTS_SUPPORT_SESSION_PAIR_H
#define KHAOSAT_TESTS_SUPPORT_SESSION_PAIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "collector/budget.h"
#include "collector/session.h"
#include "collector/stream.h"

#define PAIR_FRAME_LIMIT 1024
#define PAIR_IN_FLIGHT 4

struct session_pair {
	struct event_base *base;
	struct stream_group *streams;
	struct session *session; /* NULL once it has closed */
	int peer;
	int ours; /* the session's end */
	struct session_rules rules;
	struct budget output;
	struct session_owner owner;
	size_t frames;    /* handed over */
	size_t bytes;     /* in them */
	uint8_t last;     /* first byte of the last one */
	bool answers_now; /* within the frame callback, with a copy of the frame */
	bool not_a_request;
	size_t answer_bytes; /* 0: as long as the frame */
	size_t refusals;
};

/* For cmocka; the state is the pair. */
int pair_set_up(void **state);
int pair_tear_down(void **state);

/* Between the two lie at most a few KiB from here on. */
void pair_take_little(struct session_pair *pair);

/* Whatever can happen now, happens. */
void pair_turn(struct session_pair *pair);

/* The peer sends bytes, or a frame of so many that begins with `first`. */
void pair_put(struct session_pair *pair, const void *bytes, size_t n);
void pair_put_frame(struct session_pair *pair, uint8_t first, size_t body_bytes);

/* What has arrived at the peer, as recv. */
ssize_t pair_take(struct session_pair *pair, uint8_t *out, size_t n);

/* The owner answers one frame; without bytes, with zeros. */
void pair_answer(struct session_pair *pair, const uint8_t *bytes, size_t n);

#endif
