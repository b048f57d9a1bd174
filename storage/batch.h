/* SPDX-License-Identifier: Apache-2.0 */
/* A batch: jobs gathered for one commit, judged in order, settled together, posted back. Pure but
 * for the posting; used by one thread at a time, that which commits. gather -> judge -> (commit) ->
 * settle -> post.
 */
#ifndef KHAOSAT_STORAGE_BATCH_H
#define KHAOSAT_STORAGE_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "storage/store.h"

/* One job of the batch. */
struct batch_slot {
	struct store_job *job;
	bool hangs; /* its outcome rests on the commit: accepted, or moved by a pending entry */
};

/* The last pending entry of a subject. Valid where the generation is the batch's own, so that
 * clearing the table is one addition. */
struct batch_pending {
	uint64_t subject;
	uint64_t number;
	uint64_t generation;
};

struct batch {
	struct batch_slot *slots; /* in the order of submission */
	size_t n, max_jobs;
	size_t bytes; /* of all jobs */
	const struct store_job **accepted;
	size_t accepted_n;
	size_t accepted_bytes;
	struct batch_pending *pending; /* open addressing; at most half full */
	size_t pending_mask;
	uint64_t generation;
};

bool batch_init(struct batch *batch, size_t max_jobs); /* false: out of memory */
void batch_free(struct batch *batch);
void batch_clear(struct batch *batch);

void batch_add(struct batch *batch, struct store_job *job); /* there is room: n < max_jobs */

/* Judge every job's conditions in order and number those that may be appended from last + 1 on. */
void batch_judge(struct batch *batch, const struct store_owner *owner, uint64_t last);

/* The commit's outcome, for all that hangs on it: STORE_ACCEPTED, or else what all of them get. */
void batch_settle(struct batch *batch, enum store_outcome outcome);

/* Every job, without judging: it has the outcome. */
void batch_refuse(struct batch *batch, enum store_outcome outcome);

/* Each job back to its mailbox, in order, with one wake a mailbox. The jobs are then no longer
 * ours. */
void batch_post(struct batch *batch);

#endif
