/* SPDX-License-Identifier: Apache-2.0 */
/* The queue and the writer thread. Group commit needs no timer: the writer takes all that waits,
 * commits it with one sync, and meanwhile the next batch gathers.
 *
 *   store_submit -> queue (lock) -> taken (the committer's own) -> batch -> commit -> apply -> post
 *
 * Whoever is committing holds a token, `committing`: the writer unless it waits, or else a thread
 * that flushes a single job. What is marked as theirs below belongs to the holder.
 *
 * The lock is held to splice lists and to count, never over the disk or the owner. */
#include "storage/store.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "storage/batch.h"
#include "storage/entries.h"
#include "storage/lmdb_env.h"
#include "storage/store_options.h"

struct store {
	struct entries *log;
	struct store_options options;
	struct store_owner owner;
	bool is_started;
	pthread_t writer;

	pthread_mutex_t lock; /* over what follows up to the next line */
	pthread_cond_t work;
	struct mail *first, *end; /* the queue: struct store_item */
	size_t waiting_jobs;      /* queued or taken, not yet in a batch */
	size_t waiting_bytes;
	bool closing;
	bool committing; /* somebody is: the writer, or a thread that flushes */
	char failure[STORAGE_MESSAGE_BYTES];
	/* ------------------------------------------------ of whoever is committing */
	struct mail *taken; /* older than the queue */
	struct batch batch;
	int64_t look_again_us; /* at the files' names: one a commit would cost a hundredth of it */
	/* ------------------------------------------------ written by the writer, read by all */
	_Atomic uint64_t last;
	atomic_bool accepting;
	atomic_bool full;
	_Atomic uint64_t batches;
	_Atomic uint64_t entries;
	struct store_meter meter;
};

/* ------------------------------------------------------------------- opening */

static enum store_status
open_log(struct store *store, const struct store_options *given, char *message)
{
	struct store_options options = store->options;
	options.folder = given->folder;
	options.log_id = given->log_id;
	return entries_open(&store->log, &options, message);
}

enum store_status
store_open(const struct store_options *options, struct store **out, char message[256])
{
	struct store *store = calloc(1, sizeof(*store));
	if (store == NULL)
		return lmdb_fail(STORE_FAILED, options->folder, ENOMEM, message);
	store->options = store_options_complete(options);
	pthread_mutex_init(&store->lock, NULL);
	pthread_cond_init(&store->work, NULL);
	enum store_status status = STORE_OK;
	if (!batch_init(&store->batch, store->options.batch_max_jobs))
		status = lmdb_fail(STORE_FAILED, options->folder, ENOMEM, message);
	if (status == STORE_OK)
		status = open_log(store, options, message);
	if (status != STORE_OK) {
		store_close(store);
		return status;
	}
	atomic_init(&store->last, entries_last(store->log));
	atomic_init(&store->accepting, true);
	*out = store;
	return STORE_OK;
}

/* ------------------------------------------------------------------- the queue */

static void
enqueue_locked(struct store *store, struct mail *mail)
{
	mail->next = NULL;
	if (store->first == NULL)
		store->first = mail;
	else
		store->end->next = mail;
	store->end = mail;
}

/* One job gets in when none waits, or a large one would be refused for ever. */
static bool
has_room_locked(const struct store *store, size_t n)
{
	if (store->waiting_jobs == 0)
		return true;
	return store->waiting_jobs < store->options.queue_max_jobs &&
	       store->waiting_bytes < store->options.queue_max_bytes &&
	       n <= store->options.queue_max_bytes - store->waiting_bytes;
}

static void
submit(struct store *store, struct store_job *job, bool wakes)
{
	job->item.is_call = false;
	pthread_mutex_lock(&store->lock);
	assert(!store->closing);
	bool has_room = has_room_locked(store, job->n);
	if (has_room) {
		store->waiting_jobs++;
		store->waiting_bytes += job->n;
		enqueue_locked(store, &job->mail);
		if (wakes)
			pthread_cond_signal(&store->work);
	}
	pthread_mutex_unlock(&store->lock);
	if (has_room)
		return;
	job->outcome = STORE_OVERLOADED;
	job->number = 0;
	mailbox_put(job->reply, &job->mail);
}

void
store_submit(struct store *store, struct store_job *job)
{
	submit(store, job, true);
}

void
store_submit_later(struct store *store, struct store_job *job)
{
	submit(store, job, false);
}

void
store_call(struct store *store, struct store_call *call)
{
	call->item.is_call = true;
	pthread_mutex_lock(&store->lock);
	assert(!store->closing);
	enqueue_locked(store, &call->mail);
	pthread_cond_signal(&store->work);
	pthread_mutex_unlock(&store->lock);
}

/* ------------------------------------------------------------------- the writer */

static void
take_locked(struct store *store)
{
	store->taken = store->first;
	store->first = NULL;
	store->end = NULL;
}

/* All that came meanwhile, for who is committing. */
static void
take_more(struct store *store)
{
	pthread_mutex_lock(&store->lock);
	take_locked(store);
	pthread_mutex_unlock(&store->lock);
}

/* The writer is done, and waits for more and for its turn. */
static void
wait_and_take(struct store *store)
{
	pthread_mutex_lock(&store->lock);
	store->committing = false;
	while (store->committing || (store->first == NULL && !store->closing))
		pthread_cond_wait(&store->work, &store->lock);
	take_locked(store);
	store->committing = true;
	pthread_mutex_unlock(&store->lock);
}

static bool
has_place(const struct store *store, const struct store_job *job)
{
	const struct batch *batch = &store->batch;
	if (batch->n == 0)
		return true;
	return batch->n < batch->max_jobs && batch->bytes < store->options.batch_max_bytes &&
	       job->n <= store->options.batch_max_bytes - batch->bytes;
}

/* Move what is taken into the batch until that is full or a call comes up. */
static void
fill_batch(struct store *store)
{
	struct batch *batch = &store->batch;
	while (store->taken != NULL && !((struct store_item *)store->taken)->is_call) {
		struct store_job *job = (struct store_job *)store->taken;
		if (!has_place(store, job))
			break;
		store->taken = job->mail.next;
		batch_add(batch, job);
	}
}

static void
count_gathered(struct store *store)
{
	pthread_mutex_lock(&store->lock);
	store->waiting_jobs -= store->batch.n;
	store->waiting_bytes -= store->batch.bytes;
	pthread_mutex_unlock(&store->lock);
}

static void
gather(struct store *store)
{
	fill_batch(store);
	if (store->taken == NULL) {
		take_more(store); /* it need not wait for another sync */
		fill_batch(store);
	}
	count_gathered(store);
}

static void
stop_accepting(struct store *store, const char *why)
{
	pthread_mutex_lock(&store->lock);
	snprintf(store->failure, sizeof(store->failure), "%s", why);
	pthread_mutex_unlock(&store->lock);
	atomic_store(&store->accepting, false);
}

/* What has been accepted is safe; but nothing more can be. */
static void
on_broken(void *context, const char *why)
{
	stop_accepting(context, why);
}

static bool
is_below_reserve(const struct store *store)
{
	if (store->options.disk_reserve_bytes == 0)
		return false;
	uint64_t free_bytes = entries_free_bytes(store->log);
	return free_bytes < store->batch.accepted_bytes ||
	       free_bytes - store->batch.accepted_bytes < store->options.disk_reserve_bytes;
}

static bool
is_removed(struct store *store, int64_t now_us)
{
	bool is_due = now_us >= store->look_again_us;
	bool is_gone = is_due && !entries_are_there(store->log);
	if (is_due && !is_gone)
		store->look_again_us = now_us + STORE_LOOK_MS * 1000;
	return is_gone;
}

static enum store_outcome
append(struct store *store, int64_t now_us)
{
	const struct batch *batch = &store->batch;
	char message[STORAGE_MESSAGE_BYTES];
	if (is_below_reserve(store) || is_removed(store, now_us))
		return STORE_FULL;
	switch (entries_append(store->log, batch->accepted, batch->accepted_n, message)) {
	case ENTRIES_OK:
		return STORE_ACCEPTED;
	case ENTRIES_FULL:
		return STORE_FULL;
	case ENTRIES_BROKEN:
		break;
	}
	stop_accepting(store, message);
	return STORE_UNAVAILABLE;
}

static int64_t
monotonic_us(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* THE CONTRACT stands in these lines: nothing is settled as accepted but by a commit that returned.
 */
static void
commit_accepted(struct store *store)
{
	struct batch *batch = &store->batch;
	int64_t from_us = monotonic_us();
	enum store_outcome outcome = append(store, from_us);
	batch_settle(batch, outcome);
	atomic_store(&store->full, outcome == STORE_FULL);
	if (outcome != STORE_ACCEPTED)
		return;
	atomic_fetch_add(&store->last, batch->accepted_n);
	atomic_fetch_add(&store->batches, 1);
	atomic_fetch_add(&store->entries, batch->accepted_n);
	histogram_add(&store->meter.batch_entries, batch->accepted_n);
	histogram_add(&store->meter.commit_us, (uint64_t)(monotonic_us() - from_us));
	store->owner.apply(store->owner.context, batch->accepted, batch->accepted_n);
}

static void
commit(struct store *store)
{
	struct batch *batch = &store->batch;
	if (atomic_load(&store->accepting)) {
		batch_judge(batch, &store->owner, atomic_load(&store->last));
		if (batch->accepted_n > 0)
			commit_accepted(store);
	} else {
		batch_refuse(batch, STORE_UNAVAILABLE);
	}
	batch_post(batch);
	batch_clear(batch);
}

static void
run_call(struct store *store)
{
	struct store_call *call = (struct store_call *)store->taken;
	store->taken = call->mail.next; /* before the call, which may free it */
	call->call(call->argument, atomic_load(&store->last));
}

static void *
writer_run(void *argument)
{
	struct store *store = argument;
	for (;;) {
		if (store->taken == NULL)
			wait_and_take(store);
		if (store->taken == NULL)
			return NULL; /* closing, and nothing waits */
		if (((struct store_item *)store->taken)->is_call) {
			run_call(store);
			continue;
		}
		gather(store);
		commit(store);
	}
}

/* One job and nothing else, and nobody at work. */
static bool
is_single_locked(const struct store *store)
{
	return !store->committing && store->first != NULL && store->first == store->end &&
	       !((const struct store_item *)store->first)->is_call;
}

bool
store_flush(struct store *store)
{
	pthread_mutex_lock(&store->lock);
	bool is_mine = is_single_locked(store);
	if (is_mine) {
		store->committing = true;
		take_locked(store);
	} else if (store->first != NULL && !store->committing) {
		pthread_cond_signal(&store->work);
	}
	pthread_mutex_unlock(&store->lock);
	if (!is_mine)
		return false;
	fill_batch(store); /* the one job always has its place */
	count_gathered(store);
	commit(store);
	pthread_mutex_lock(&store->lock);
	store->committing = false;
	if (store->first != NULL)
		pthread_cond_signal(&store->work);
	pthread_mutex_unlock(&store->lock);
	return true;
}

bool
store_start(struct store *store, const struct store_owner *owner)
{
	assert(!store->is_started);
	store->owner = *owner;
	store->committing = true; /* the writer is, until it first waits */
	store->is_started = entries_start(store->log, on_broken, store) &&
			    pthread_create(&store->writer, NULL, writer_run, store) == 0;
	return store->is_started;
}

/* ------------------------------------------------------------------- reading, health */

uint64_t
store_last(const struct store *store)
{
	return atomic_load(&store->last);
}

const uint8_t *
store_log_id(const struct store *store)
{
	return entries_log_id(store->log);
}

enum store_status
store_read(struct store *store, uint64_t from, uint64_t to, store_visit *visit, void *context)
{
	if (to == 0)
		to = store_last(store);
	return entries_read(store->log, from > 0 ? from : 1, to, visit, context);
}

enum store_status
store_check(struct store *store, store_differs *differs, void *context)
{
	return entries_check(store->log, differs, context);
}

void
store_health(struct store *store, struct store_health *out)
{
	const struct engine_map map = entries_map(store->log);
	*out = (struct store_health){
	    .accepting = atomic_load(&store->accepting),
	    .full = atomic_load(&store->full),
	    .map_full = map.is_full,
	    .removed = !entries_are_there(store->log),
	    .map_bytes = map.bytes,
	    .map_room_bytes = map.room_bytes,
	    .last = atomic_load(&store->last),
	    .free_bytes = entries_free_bytes(store->log),
	    .reserve_bytes = store->options.disk_reserve_bytes,
	    .journal_bytes = entries_journal_bytes(store->log),
	    .journal_room_bytes = entries_journal_room(store->log),
	    .batches = atomic_load(&store->batches),
	    .entries = atomic_load(&store->entries),
	};
	pthread_mutex_lock(&store->lock);
	out->waiting_jobs = store->waiting_jobs;
	memcpy(out->failure, store->failure, sizeof(out->failure));
	pthread_mutex_unlock(&store->lock);
}

const struct store_meter *
store_meter(const struct store *store)
{
	return &store->meter;
}

/* ------------------------------------------------------------------- closing */

/* Without a writer nothing was judged, hence nothing stored; calls run here, that nobody waits for
 * ever. */
static void
drain_unstarted(struct store *store)
{
	take_more(store);
	while (store->taken != NULL) {
		if (((struct store_item *)store->taken)->is_call) {
			run_call(store);
			continue;
		}
		gather(store);
		batch_refuse(&store->batch, STORE_OVERLOADED);
		batch_post(&store->batch);
		batch_clear(&store->batch);
	}
}

void
store_close(struct store *store)
{
	if (store == NULL)
		return;
	pthread_mutex_lock(&store->lock);
	store->closing = true;
	pthread_cond_signal(&store->work);
	pthread_mutex_unlock(&store->lock);
	if (store->is_started)
		pthread_join(store->writer, NULL);
	else
		drain_unstarted(store);
	entries_close(store->log);
	batch_free(&store->batch);
	pthread_cond_destroy(&store->work);
	pthread_mutex_destroy(&store->lock);
	free(store);
}
