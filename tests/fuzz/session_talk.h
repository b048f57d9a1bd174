/* SPDX-License-Identifier: Apache-2.0 */
/* A peer of the collector, and what it may expect: it keeps what it sent, walks the frames in it as
 * a collector should, and so knows how many answers must come, of which ids, and whether framing is
 * lost. One thread. */
#ifndef KHAOSAT_TESTS_FUZZ_SESSION_TALK_H
#define KHAOSAT_TESTS_FUZZ_SESSION_TALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/khaosat.pb-c.h"

#define TALK_FRAMES_MAX 1024

struct talk_bytes {
	uint8_t *at;
	size_t n;
};

struct talk {
	int fd; /* -1: none */
	struct talk_bytes sent, received;
	bool is_at_end; /* the collector has closed */
	size_t walked;  /* of what was sent */
	size_t limit;   /* of a frame from there on */
	uint64_t id[TALK_FRAMES_MAX];
	size_t ids;      /* requests that must be answered */
	bool is_refused; /* and then framing is lost */
	size_t read;     /* of what was received */
	size_t answers, refusals;
};

/* Takes the connection over. */
void talk_begin(struct talk *t, int fd);

/* Send, reading whatever comes meanwhile. What the collector no longer takes is dropped. */
void talk_send(struct talk *t, const uint8_t *bytes, size_t n);

/* Wait until all that was sent is answered, or the collector has closed. */
void talk_await(struct talk *t);

/* The next answer that has come, to be freed by khaosat__v1__response__free_unpacked; or NULL. */
Khaosat__V1__Response *talk_answer(struct talk *t);

/* Say that no more comes, and read to the end. */
void talk_end(struct talk *t);

void talk_close(struct talk *t);

#endif
