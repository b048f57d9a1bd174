/* SPDX-License-Identifier: Apache-2.0 */
/* Many threads, few subjects: who wins is left to the writer, that one wins is not. */
#include "storage/store.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/store_rig.h"

#define THREADS 8
#define JOBS_EACH 2500
#define WINDOW 16 /* under way at once, of each thread */
#define SUBJECTS 64
#define ROUND 100 /* advanced now and then, named by all */

struct maker {
	pthread_t thread;
	struct rig *rig;
	struct mailbox box;
	uint64_t random;
	uint64_t accepted, moved;
	bool *claimed; /* [number]: this thread was told it is its own */
	bool lied;
};

static uint64_t
next_random(struct maker *maker)
{
	maker->random =
	    maker->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return maker->random >> 33;
}

static void
submit_one(struct maker *maker, uint64_t serial)
{
	bool is_round = next_random(maker) % 200 == 0;
	uint64_t subject = is_round ? ROUND : 1 + next_random(maker) % SUBJECTS;
	uint64_t last = atomic_load(&maker->rig->last[subject]);
	struct rig_job *job = rig_job_new(subject, last, serial, 60 + next_random(maker) % 200);
	if (!is_round)
		job->job.condition[1] = (struct store_condition){
		    .subject = ROUND, .last = atomic_load(&maker->rig->last[ROUND])};
	job->job.reply = &maker->box;
	if (next_random(maker) % 2 == 0) {
		store_submit(maker->rig->store, &job->job);
	} else {
		store_submit_later(maker->rig->store, &job->job);
		store_flush(maker->rig->store); /* by us or by the writer */
	}
}

static bool
has_moved(const struct maker *maker, const struct store_job *job)
{
	for (int i = 0; i < STORE_CONDITIONS_MAX; i++) {
		const struct store_condition *c = &job->condition[i];
		if (c->subject != 0 && atomic_load(&maker->rig->last[c->subject]) != c->last)
			return true;
	}
	return false;
}

/* What is told holds at the moment it is told: the state has been applied, the number is durable.
 */
static void
check_answer(struct maker *maker, struct rig_job *job)
{
	if (job->job.outcome == STORE_ACCEPTED) {
		maker->accepted++;
		maker->lied |= store_last(maker->rig->store) < job->job.number;
		maker->claimed[job->job.number] = true;
	} else if (job->job.outcome == STORE_MOVED) {
		maker->moved++;
		maker->lied |= !has_moved(maker, &job->job);
	} else {
		maker->lied = true;
	}
	rig_job_free(job);
}

static void *
make_jobs(void *argument)
{
	struct maker *maker = argument;
	size_t sent = 0, back = 0;
	while (back < JOBS_EACH) {
		while (sent < JOBS_EACH && sent - back < WINDOW)
			submit_one(maker, sent++);
		struct mail *mail = mailbox_wait(&maker->box);
		while (mail != NULL) {
			struct rig_job *job = (struct rig_job *)mail;
			mail = mail->next;
			check_answer(maker, job);
			back++;
		}
	}
	return NULL;
}

struct model {
	uint64_t last[RIG_SUBJECTS];
	uint64_t next;
	size_t wrong;
};

/* Each entry was made against the one before it of its subject: none lost, none won twice. */
static bool
on_entry(void *context, uint64_t number, const uint8_t *bytes, size_t n)
{
	struct model *model = context;
	uint64_t subject = rig_field(bytes, 0);
	model->wrong += number != model->next++ || !rig_bytes_are_whole(bytes, n) ||
			rig_field(bytes, 1) != model->last[subject];
	model->last[subject] = number;
	return true;
}

static void
of_eight_threads_exactly_one_wins_each_subject_at_each_last(void **state)
{
	(void)state;
	struct rig rig;
	struct maker *makers = calloc(THREADS, sizeof(*makers));
	struct model *model = calloc(1, sizeof(*model));
	uint64_t accepted = 0, moved = 0;
	assert_non_null(makers);
	assert_non_null(model);
	rig_make(&rig);
	rig_run(&rig);
	for (unsigned int i = 0; i < THREADS; i++) {
		makers[i].rig = &rig;
		makers[i].random = i + 1;
		makers[i].claimed = calloc(THREADS * JOBS_EACH + 1, 1);
		assert_non_null(makers[i].claimed);
		assert_true(mailbox_open(&makers[i].box));
		assert_int_equal(pthread_create(&makers[i].thread, NULL, make_jobs, &makers[i]), 0);
	}
	for (unsigned int i = 0; i < THREADS; i++) {
		pthread_join(makers[i].thread, NULL);
		assert_false(makers[i].lied);
		accepted += makers[i].accepted;
		moved += makers[i].moved;
	}
	model->next = 1;
	assert_int_equal(store_read(rig.store, 1, 0, on_entry, model), STORE_OK);
	assert_int_equal(model->wrong, 0);
	assert_int_equal(accepted + moved, THREADS * JOBS_EACH);
	assert_int_equal(accepted, store_last(rig.store));
	assert_true(accepted > 0 && moved > 0);
	for (uint64_t number = 1; number <= accepted; number++) {
		int owners = 0;
		for (unsigned int i = 0; i < THREADS; i++)
			owners += makers[i].claimed[number];
		assert_int_equal(owners, 1);
	}
	rig_close(&rig);
	for (unsigned int i = 0; i < THREADS; i++) {
		mailbox_close(&makers[i].box);
		free(makers[i].claimed);
	}
	print_message("%lu accepted, %lu moved, largest batch %zu\n", (unsigned long)accepted,
	    (unsigned long)moved, rig.largest_batch);
	rig_free(&rig);
	free(makers);
	free(model);
}

#define TRIES 1000

static void
submit_later(struct rig *rig, uint64_t serial)
{
	struct rig_job *job = rig_job_new(0, 0, serial, 100);
	job->job.reply = &rig->box;
	store_submit_later(rig->store, &job->job);
}

/* The writer's word that it is idle may be a moment late: then it has the job, as it has any. */
static void
a_single_job_is_committed_by_who_flushes_while_the_writer_is_idle(void **state)
{
	(void)state;
	struct rig rig;
	int by_us = 0;
	rig_make(&rig);
	rig_run(&rig);
	for (int i = 0; i < TRIES && by_us < 3; i++) {
		submit_later(&rig, (uint64_t)i);
		bool is_committed = store_flush(rig.store);
		by_us += is_committed;
		struct mail *mail = is_committed ? mailbox_take(&rig.box) : mailbox_wait(&rig.box);
		struct rig_job *job = (struct rig_job *)mail;
		assert_non_null(job); /* already there */
		assert_int_equal(job->job.outcome, STORE_ACCEPTED);
		assert_int_equal(job->job.number, i + 1);
		assert_int_equal(store_last(rig.store), i + 1);
		assert_int_equal(rig.applied, i + 1);
		rig_job_free(job);
	}
	assert_int_equal(by_us, 3);
	assert_false(store_flush(rig.store)); /* nothing waits */
	rig_free(&rig);
}

static void
of_several_jobs_the_writer_makes_one_batch(void **state)
{
	(void)state;
	struct rig rig;
	struct rig_job *jobs[3];
	rig_make(&rig);
	rig_run(&rig);
	for (uint64_t i = 0; i < 3; i++)
		submit_later(&rig, i);
	assert_false(store_flush(rig.store));
	rig_await(&rig, jobs, 3);
	assert_int_equal(rig.largest_batch, 3);
	for (int i = 0; i < 3; i++)
		rig_job_free(jobs[i]);
	rig_free(&rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_single_job_is_committed_by_who_flushes_while_the_writer_is_idle),
	    cmocka_unit_test(of_several_jobs_the_writer_makes_one_batch),
	    cmocka_unit_test(of_eight_threads_exactly_one_wins_each_subject_at_each_last),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
