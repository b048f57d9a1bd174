/* SPDX-License-Identifier: Apache-2.0 */
/* A store in a temporary folder with an owner of its own: an array of the last entry of each
 * subject, folded from entries whose first bytes say what they are. For tests of storage/. */
#ifndef KHAOSAT_TESTS_SUPPORT_STORE_RIG_H
#define KHAOSAT_TESTS_SUPPORT_STORE_RIG_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "storage/store.h"

#define RIG_SUBJECTS 4096
#define RIG_HEAD_BYTES                                                                             \
	24 /* subject, the last it was made against, serial: the machine's own order */

struct rig {
	char folder[64];
	struct store *store; /* NULL while closed */
	struct mailbox box;
	_Atomic uint64_t last[RIG_SUBJECTS]; /* of each subject */
	bool fetched[RIG_SUBJECTS];          /* what the store has said it will ask for */
	size_t applied;                      /* entries, by the owner, since it was opened */
	size_t largest_batch;
	char message[256];
};

/* One job with its bytes. */
struct rig_job {
	struct store_job job; /* first */
	uint8_t *bytes;
};

void rig_make(struct rig *rig); /* the folder and the mailbox; no store yet */
void rig_free(struct rig *rig); /* closes and removes everything */
/* The same around a test, whose state it is. */
int rig_setup(void **state);
int rig_teardown(void **state);

/* The defaults without a disk reserve and with a journal that is soon full. */
#define RIG_JOURNAL_SEGMENTS 4
#define RIG_JOURNAL_SEGMENT_BYTES (64u * 1024)
struct store_options rig_options(const struct rig *rig);
enum store_status rig_open(struct rig *rig, const struct store_options *options);
enum store_status rig_open_again(struct rig *rig); /* with these */
void rig_fold(struct rig *rig);                    /* the owner's state from the log */
bool rig_start(struct rig *rig);                   /* the writer */
void rig_close(struct rig *rig);

/* Default options, opened, folded, started; asserts that it works. */
void rig_run(struct rig *rig);

/* A job of n >= RIG_HEAD_BYTES bytes that follow from (subject, last, serial). Subject 0: no
 * condition. */
struct rig_job *rig_job_new(uint64_t subject, uint64_t last, uint64_t serial, size_t n);
void rig_job_free(struct rig_job *job);
void rig_fill(uint8_t *bytes, size_t n, uint64_t subject, uint64_t last, uint64_t serial);

/* The bytes are those of some rig_job_new. */
bool rig_bytes_are_whole(const uint8_t *bytes, size_t n);
uint64_t rig_field(const uint8_t *bytes, unsigned int at); /* 0 subject, 1 last, 2 serial */

/* Submit one and wait for what becomes of it. *number may be NULL. */
enum store_outcome rig_put(
    struct rig *rig, uint64_t subject, uint64_t last, size_t n, uint64_t *number);

/* The same again while the store is full, some seconds at most. */
enum store_outcome rig_put_patiently(struct rig *rig, uint64_t subject, uint64_t last, size_t n);

/* Wait for n jobs, in the order they came back. */
void rig_await(struct rig *rig, struct rig_job **jobs, size_t n);

#endif
