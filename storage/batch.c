/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/batch.h"

#include <assert.h>
#include <stdlib.h>

#define POST_BOXES_MAX 64 /* mailboxes served by one wake each; there is one a loop */

static size_t
pending_size(size_t max_jobs)
{
	size_t size = 16;
	while (size / 2 < max_jobs * STORE_CONDITIONS_MAX)
		size *= 2;
	return size;
}

bool
batch_init(struct batch *batch, size_t max_jobs)
{
	size_t size = pending_size(max_jobs);
	*batch = (struct batch){.max_jobs = max_jobs, .pending_mask = size - 1, .generation = 1};
	batch->slots = calloc(max_jobs, sizeof(*batch->slots));
	batch->accepted = calloc(max_jobs, sizeof(*batch->accepted));
	batch->pending = calloc(size, sizeof(*batch->pending));
	if (batch->slots != NULL && batch->accepted != NULL && batch->pending != NULL)
		return true;
	batch_free(batch);
	return false;
}

void
batch_free(struct batch *batch)
{
	free(batch->slots);
	free(batch->accepted);
	free(batch->pending);
	*batch = (struct batch){.n = 0};
}

void
batch_clear(struct batch *batch)
{
	batch->n = 0;
	batch->bytes = 0;
	batch->accepted_n = 0;
	batch->accepted_bytes = 0;
	batch->generation++;
}

void
batch_add(struct batch *batch, struct store_job *job)
{
	assert(batch->n < batch->max_jobs);
	batch->slots[batch->n++] = (struct batch_slot){.job = job};
	batch->bytes += job->n;
}

/* The subject's place in the table, or the free one where it would stand. */
static struct batch_pending *
find_pending(const struct batch *batch, uint64_t subject)
{
	/* Subjects may be small and dense or a tax code: multiply, keep the upper bits. */
	size_t at = (size_t)(subject * UINT64_C(0x9e3779b97f4a7c15) >> 32) & batch->pending_mask;
	while (batch->pending[at].generation == batch->generation &&
	       batch->pending[at].subject != subject)
		at = (at + 1) & batch->pending_mask;
	return &batch->pending[at];
}

enum judgement {
	HOLDS,
	MOVED_BY_PENDING,
	MOVED /* by what is durable: true whatever becomes of this batch */
};

static enum judgement
judge_condition(const struct batch *batch, const struct store_owner *owner,
    const struct store_condition *condition)
{
	const struct batch_pending *pending = find_pending(batch, condition->subject);
	if (pending->generation == batch->generation)
		return pending->number == condition->last ? HOLDS : MOVED_BY_PENDING;
	return owner->last(owner->context, condition->subject) == condition->last ? HOLDS : MOVED;
}

static enum judgement
judge_job(const struct batch *batch, const struct store_owner *owner, const struct store_job *job)
{
	enum judgement worst = HOLDS;
	for (size_t i = 0; i < STORE_CONDITIONS_MAX; i++) {
		if (job->condition[i].subject == 0)
			continue;
		enum judgement one = judge_condition(batch, owner, &job->condition[i]);
		if (one > worst)
			worst = one;
	}
	return worst;
}

static void
accept_job(struct batch *batch, struct store_job *job, uint64_t number)
{
	job->outcome = STORE_ACCEPTED;
	job->number = number;
	for (size_t i = 0; i < STORE_CONDITIONS_MAX; i++) {
		if (job->condition[i].subject == 0 || !job->condition[i].advances)
			continue;
		*find_pending(batch, job->condition[i].subject) = (struct batch_pending){
		    .subject = job->condition[i].subject,
		    .number = number,
		    .generation = batch->generation,
		};
	}
	batch->accepted[batch->accepted_n++] = job;
	batch->accepted_bytes += job->n;
}

/* One job's misses are waited for while those of the next are under way. */
static void
fetch_subjects(const struct batch *batch, const struct store_owner *owner)
{
	for (size_t i = 0; owner->fetch != NULL && i < batch->n; i++) {
		const struct store_condition *condition = batch->slots[i].job->condition;
		for (size_t k = 0; k < STORE_CONDITIONS_MAX; k++)
			if (condition[k].subject != 0)
				owner->fetch(owner->context, condition[k].subject);
	}
}

void
batch_judge(struct batch *batch, const struct store_owner *owner, uint64_t last)
{
	fetch_subjects(batch, owner);
	for (size_t i = 0; i < batch->n; i++) {
		struct batch_slot *slot = &batch->slots[i];
		enum judgement judgement = judge_job(batch, owner, slot->job);
		slot->hangs = judgement != MOVED;
		slot->job->outcome = STORE_MOVED;
		slot->job->number = 0;
		if (judgement == HOLDS)
			accept_job(batch, slot->job, last + 1 + batch->accepted_n);
	}
}

void
batch_settle(struct batch *batch, enum store_outcome outcome)
{
	if (outcome == STORE_ACCEPTED)
		return; /* as judged */
	for (size_t i = 0; i < batch->n; i++) {
		if (!batch->slots[i].hangs)
			continue;
		batch->slots[i].job->outcome = outcome;
		batch->slots[i].job->number = 0;
	}
}

void
batch_refuse(struct batch *batch, enum store_outcome outcome)
{
	for (size_t i = 0; i < batch->n; i++)
		batch->slots[i].hangs = true;
	batch_settle(batch, outcome);
}

struct post {
	struct mailbox *box;
	struct mail *first, *last;
};

static void
flush_posts(struct post *posts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		mailbox_put_chain(posts[i].box, posts[i].first, posts[i].last);
}

void
batch_post(struct batch *batch)
{
	struct post posts[POST_BOXES_MAX];
	size_t n = 0;
	for (size_t i = 0; i < batch->n; i++) {
		struct store_job *job = batch->slots[i].job;
		size_t at = 0;
		while (at < n && posts[at].box != job->reply)
			at++;
		if (at == POST_BOXES_MAX) {
			flush_posts(posts, n);
			n = at = 0;
		}
		if (at == n) {
			posts[n++] = (struct post){job->reply, &job->mail, &job->mail};
			continue;
		}
		posts[at].last->next = &job->mail;
		posts[at].last = &job->mail;
	}
	flush_posts(posts, n);
}
