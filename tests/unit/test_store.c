/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/store_rig.h"

#define ENTRY_BYTES 100

/* Open without a writer, so that all jobs submitted before rig_start make one batch. */
static void
open_unstarted(struct rig *rig, const struct store_options *options)
{
	assert_int_equal(rig_open(rig, options), STORE_OK);
	rig_fold(rig);
}

static struct rig_job *
submit(struct rig *rig, uint64_t subject, uint64_t last, uint64_t serial)
{
	struct rig_job *job = rig_job_new(subject, last, serial, ENTRY_BYTES);
	job->job.reply = &rig->box;
	store_submit(rig->store, &job->job);
	return job;
}

static void
free_jobs(struct rig_job **jobs, size_t n)
{
	for (size_t i = 0; i < n; i++)
		rig_job_free(jobs[i]);
}

struct seen {
	uint64_t next, last_field, bytes;
};

static bool
on_whole_entry(void *context, uint64_t number, const uint8_t *bytes, size_t n)
{
	struct seen *seen = context;
	assert_int_equal(number, seen->next);
	assert_true(rig_bytes_are_whole(bytes, n));
	seen->next++;
	seen->last_field = rig_field(bytes, 2);
	seen->bytes += n;
	return true;
}

/* Every entry from 1 on, whole; how many. */
static uint64_t
count_entries(struct rig *rig)
{
	struct seen seen = {.next = 1};
	assert_int_equal(store_read(rig->store, 1, 0, on_whole_entry, &seen), STORE_OK);
	return seen.next - 1;
}

/* ------------------------------------------------------------------- accepting */

static void
an_accepted_entry_is_there_after_reopen(void **state)
{
	struct rig *rig = *state;
	uint64_t number;
	rig_run(rig);
	assert_int_equal(store_last(rig->store), 0);
	assert_int_equal(rig_put(rig, 7, 0, ENTRY_BYTES, &number), STORE_ACCEPTED);
	assert_int_equal(number, 1);
	rig_close(rig);
	rig_run(rig);
	assert_int_equal(store_last(rig->store), 1);
	assert_int_equal(count_entries(rig), 1);
	assert_int_equal(rig->last[7], 1);
}

static void
entries_are_numbered_densely_in_the_order_they_were_submitted(void **state)
{
	struct rig *rig = *state;
	struct rig_job *sent[50], *back[50];
	rig_run(rig);
	for (uint64_t i = 0; i < 50; i++)
		sent[i] = submit(rig, 0, 0, i);
	rig_await(rig, back, 50);
	for (uint64_t i = 0; i < 50; i++) {
		assert_ptr_equal(back[i], sent[i]);
		assert_int_equal(back[i]->job.outcome, STORE_ACCEPTED);
		assert_int_equal(back[i]->job.number, i + 1);
	}
	assert_int_equal(rig->applied, 50);
	assert_int_equal(count_entries(rig), 50);
	free_jobs(back, 50);
}

static void
entries_may_be_empty_and_may_be_large(void **state)
{
	struct rig *rig = *state;
	struct store_job empty = {.reply = &rig->box};
	struct seen seen = {.next = 2};
	rig_run(rig);
	store_submit(rig->store, &empty);
	assert_ptr_equal(mailbox_wait(&rig->box), &empty.mail);
	assert_int_equal(empty.outcome, STORE_ACCEPTED);
	assert_int_equal(rig_put(rig, 1, 0, (size_t)4 << 20, NULL), STORE_ACCEPTED);
	assert_int_equal(store_read(rig->store, 2, 2, on_whole_entry, &seen), STORE_OK);
	assert_int_equal(seen.bytes, (size_t)4 << 20);
}

/* ------------------------------------------------------------------- conditions */

static void
a_job_made_against_an_older_entry_has_moved(void **state)
{
	struct rig *rig = *state;
	uint64_t first, number;
	rig_run(rig);
	assert_int_equal(rig_put(rig, 7, 0, ENTRY_BYTES, &first), STORE_ACCEPTED);
	assert_int_equal(rig_put(rig, 7, 0, ENTRY_BYTES, &number), STORE_MOVED);
	assert_int_equal(number, 0);
	assert_int_equal(rig_put(rig, 8, first, ENTRY_BYTES, NULL), STORE_MOVED);
	assert_int_equal(rig_put(rig, 7, first, ENTRY_BYTES, &number), STORE_ACCEPTED);
	assert_int_equal(number, first + 1);
	assert_int_equal(count_entries(rig), 2);
}

static void
of_two_jobs_of_one_subject_in_one_batch_one_wins(void **state)
{
	struct rig *rig = *state;
	struct rig_job *back[4];
	struct store_options options = rig_options(rig);
	open_unstarted(rig, &options);
	submit(rig, 7, 0, 1);
	submit(rig, 7, 0, 2); /* loses to the first, which is only pending */
	submit(rig, 8, 0, 3);
	submit(rig, 7, 1, 4); /* made against the first */
	assert_true(rig_start(rig));
	rig_await(rig, back, 4);
	assert_int_equal(rig->largest_batch, 3);
	assert_int_equal(back[0]->job.number, 1);
	assert_int_equal(back[1]->job.outcome, STORE_MOVED);
	assert_int_equal(back[1]->job.number, 0);
	assert_int_equal(back[2]->job.number, 2); /* no number is spent on what moved */
	assert_int_equal(back[3]->job.outcome, STORE_ACCEPTED);
	assert_int_equal(back[3]->job.number, 3);
	assert_int_equal(count_entries(rig), 3);
	free_jobs(back, 4);
}

/* A round's condition is named by each submission and advanced by none of them. */
static void
a_round_that_closes_in_the_batch_stops_those_behind_it(void **state)
{
	struct rig *rig = *state;
	struct rig_job *back[4];
	struct store_options options = rig_options(rig);
	open_unstarted(rig, &options);
	for (uint64_t i = 0; i < 4; i++) {
		back[i] = rig_job_new(i == 2 ? 100 : 10 + i, 0, i, ENTRY_BYTES);
		if (i != 2)
			back[i]->job.condition[1] = (struct store_condition){.subject = 100};
		back[i]->job.reply = &rig->box;
		store_submit(rig->store, &back[i]->job);
	}
	assert_true(rig_start(rig));
	rig_await(rig, back, 4);
	assert_int_equal(back[0]->job.number, 1);
	assert_int_equal(back[1]->job.number, 2);
	assert_int_equal(back[2]->job.number, 3);
	assert_int_equal(back[3]->job.outcome, STORE_MOVED);
	assert_int_equal(rig->last[13], 0);
	free_jobs(back, 4);
}

static void
what_was_pending_in_one_batch_is_not_in_the_next(void **state)
{
	struct rig *rig = *state;
	struct rig_job *back[64];
	struct store_options options = rig_options(rig);
	options.batch_max_jobs = 8;
	open_unstarted(rig, &options);
	for (uint64_t i = 0; i < 64; i++)
		submit(rig, 1 + i % 4, i < 4 ? 0 : i - 3, i); /* each on the one before */
	assert_true(rig_start(rig));
	rig_await(rig, back, 64);
	for (uint64_t i = 0; i < 64; i++) {
		assert_int_equal(back[i]->job.outcome, STORE_ACCEPTED);
		assert_int_equal(back[i]->job.number, i + 1);
	}
	assert_int_equal(rig->largest_batch, 8);
	free_jobs(back, 64);
}

/* ------------------------------------------------------------------- limits */

static void
too_many_waiting_are_overloaded_at_once(void **state)
{
	struct rig *rig = *state;
	struct rig_job *back[4];
	struct store_options options = rig_options(rig);
	options.queue_max_jobs = 3;
	open_unstarted(rig, &options);
	for (uint64_t i = 0; i < 4; i++)
		submit(rig, 0, 0, i);
	rig_await(rig, back, 1); /* without any writer */
	assert_int_equal(rig_field(back[0]->bytes, 2), 3);
	assert_int_equal(back[0]->job.outcome, STORE_OVERLOADED);
	assert_true(rig_start(rig));
	rig_await(rig, back + 1, 3);
	assert_int_equal(rig_put(rig, 0, 0, ENTRY_BYTES, NULL), STORE_ACCEPTED);
	assert_int_equal(count_entries(rig), 4);
	free_jobs(back, 4);
}

static void
too_many_bytes_waiting_are_overloaded_but_a_large_job_gets_in_alone(void **state)
{
	struct rig *rig = *state;
	struct rig_job *back[2];
	struct store_options options = rig_options(rig);
	options.queue_max_bytes = ENTRY_BYTES + 1;
	open_unstarted(rig, &options);
	submit(rig, 0, 0, 1);
	submit(rig, 0, 0, 2);
	rig_await(rig, back, 1);
	assert_int_equal(back[0]->job.outcome, STORE_OVERLOADED);
	assert_true(rig_start(rig));
	rig_await(rig, back + 1, 1);
	assert_int_equal(back[1]->job.outcome, STORE_ACCEPTED);
	assert_int_equal(rig_put(rig, 0, 0, 100000, NULL), STORE_ACCEPTED);
	free_jobs(back, 2);
}

static void
a_batch_is_bounded_in_jobs_and_bytes_and_the_rest_keeps_its_order(void **state)
{
	struct rig *rig = *state;
	struct rig_job *back[10];
	struct store_health health;
	struct store_options options = rig_options(rig);
	options.batch_max_jobs = 4;
	options.batch_max_bytes = 3 * ENTRY_BYTES + 50;
	open_unstarted(rig, &options);
	for (uint64_t i = 0; i < 10; i++)
		submit(rig, 0, 0, i);
	assert_true(rig_start(rig));
	rig_await(rig, back, 10);
	for (uint64_t i = 0; i < 10; i++)
		assert_int_equal(rig_field(back[i]->bytes, 2), i);
	store_health(rig->store, &health);
	assert_int_equal(rig->largest_batch, 3);
	assert_int_equal(health.batches, 4);
	assert_int_equal(health.entries, 10);
	assert_int_equal(health.waiting_jobs, 0);
	assert_true(health.accepting);
	assert_false(health.full);
	assert_int_equal(health.last, 10);
	assert_true(health.free_bytes > 0);
	free_jobs(back, 10);
}

static void
jobs_of_a_writer_that_never_started_come_back_unstored(void **state)
{
	struct rig *rig = *state;
	struct rig_job *back[2];
	struct store_options options = rig_options(rig);
	open_unstarted(rig, &options);
	submit(rig, 0, 0, 1);
	submit(rig, 0, 0, 2);
	rig_close(rig);
	rig_await(rig, back, 2);
	assert_int_equal(back[0]->job.outcome, STORE_OVERLOADED);
	assert_int_equal(back[1]->job.outcome, STORE_OVERLOADED);
	free_jobs(back, 2);
	rig_run(rig);
	assert_int_equal(store_last(rig->store), 0);
}

static void
closing_finishes_what_waits(void **state)
{
	struct rig *rig = *state;
	struct rig_job *back[300];
	rig_run(rig);
	for (uint64_t i = 0; i < 300; i++)
		submit(rig, 0, 0, i);
	rig_close(rig);
	rig_await(rig, back, 300);
	for (uint64_t i = 0; i < 300; i++)
		assert_int_equal(back[i]->job.outcome, STORE_ACCEPTED);
	free_jobs(back, 300);
	rig_run(rig);
	assert_int_equal(count_entries(rig), 300);
}

/* ------------------------------------------------------------------- calls */

struct noted_call {
	struct store_call call; /* first */
	uint64_t *note;
};

static void
on_call(void *argument, uint64_t last)
{
	struct noted_call *noted = argument;
	*noted->note = last;
	free(noted);
}

static void
note_last(struct rig *rig, uint64_t *note)
{
	struct noted_call *noted = malloc(sizeof(*noted));
	assert_non_null(noted);
	*noted = (struct noted_call){.call.call = on_call, .call.argument = noted, .note = note};
	store_call(rig->store, &noted->call);
}

static void
a_call_runs_between_the_jobs_around_it(void **state)
{
	struct rig *rig = *state;
	struct rig_job *back[5];
	uint64_t note[4] = {99, 99, 99, 99};
	struct store_options options = rig_options(rig);
	open_unstarted(rig, &options);
	note_last(rig, &note[0]);
	for (uint64_t i = 0; i < 3; i++)
		submit(rig, 0, 0, i);
	note_last(rig, &note[1]);
	note_last(rig, &note[2]);
	submit(rig, 0, 0, 3);
	submit(rig, 0, 0, 4);
	note_last(rig, &note[3]);
	assert_true(rig_start(rig));
	rig_await(rig, back, 5);
	rig_close(rig);
	assert_int_equal(note[0], 0);
	assert_int_equal(note[1], 3);
	assert_int_equal(note[2], 3);
	assert_int_equal(note[3], 5);
	free_jobs(back, 5);
}

/* ------------------------------------------------------------------- reading */

static bool
stop_at_three(void *context, uint64_t number, const uint8_t *bytes, size_t n)
{
	(void)bytes;
	(void)n;
	*(uint64_t *)context = number;
	return number < 3;
}

static void
a_walk_gives_the_range_asked_for(void **state)
{
	struct rig *rig = *state;
	struct seen seen = {.next = 3};
	uint64_t stopped_at = 0;
	rig_run(rig);
	assert_int_equal(store_read(rig->store, 1, 0, on_whole_entry, &seen), STORE_OK);
	for (int i = 0; i < 6; i++)
		assert_int_equal(rig_put(rig, 0, 0, ENTRY_BYTES, NULL), STORE_ACCEPTED);
	assert_int_equal(store_read(rig->store, 3, 5, on_whole_entry, &seen), STORE_OK);
	assert_int_equal(seen.next, 6);
	assert_int_equal(store_read(rig->store, 0, 0, stop_at_three, &stopped_at), STORE_OK);
	assert_int_equal(stopped_at, 3);
	assert_int_equal(store_read(rig->store, 5, 4, on_whole_entry, &seen), STORE_OK);
	assert_int_equal(store_read(rig->store, 7, 0, on_whole_entry, &seen), STORE_OK);
	assert_int_equal(seen.next, 6);
	assert_int_equal(store_read(rig->store, 6, 7, on_whole_entry, &seen), STORE_FAILED);
	assert_int_equal(store_read(rig->store, 7, 7, on_whole_entry, &seen), STORE_FAILED);
}

struct walk {
	struct rig *rig;
	uint64_t visited;
};

static bool
submit_meanwhile(void *context, uint64_t number, const uint8_t *bytes, size_t n)
{
	struct walk *walk = context;
	uint64_t stored;
	assert_int_equal(rig_put(walk->rig, 0, 0, 5000, &stored), STORE_ACCEPTED);
	assert_true(stored > number);
	assert_true(
	    rig_bytes_are_whole(bytes, n)); /* the loan is good though pages were rewritten */
	walk->visited++;
	return true;
}

static void
a_walk_keeps_its_snapshot_while_the_writer_goes_on(void **state)
{
	struct rig *rig = *state;
	struct walk walk = {.rig = rig};
	rig_run(rig);
	for (int i = 0; i < 40; i++)
		assert_int_equal(rig_put(rig, 0, 0, ENTRY_BYTES, NULL), STORE_ACCEPTED);
	assert_int_equal(store_read(rig->store, 1, 0, submit_meanwhile, &walk), STORE_OK);
	assert_int_equal(walk.visited, 40);
	assert_int_equal(count_entries(rig), 80);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(an_accepted_entry_is_there_after_reopen),
	    TEST(entries_are_numbered_densely_in_the_order_they_were_submitted),
	    TEST(entries_may_be_empty_and_may_be_large),
	    TEST(a_job_made_against_an_older_entry_has_moved),
	    TEST(of_two_jobs_of_one_subject_in_one_batch_one_wins),
	    TEST(a_round_that_closes_in_the_batch_stops_those_behind_it),
	    TEST(what_was_pending_in_one_batch_is_not_in_the_next),
	    TEST(too_many_waiting_are_overloaded_at_once),
	    TEST(too_many_bytes_waiting_are_overloaded_but_a_large_job_gets_in_alone),
	    TEST(a_batch_is_bounded_in_jobs_and_bytes_and_the_rest_keeps_its_order),
	    TEST(jobs_of_a_writer_that_never_started_come_back_unstored),
	    TEST(closing_finishes_what_waits),
	    TEST(a_call_runs_between_the_jobs_around_it),
	    TEST(a_walk_gives_the_range_asked_for),
	    TEST(a_walk_keeps_its_snapshot_while_the_writer_goes_on),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
