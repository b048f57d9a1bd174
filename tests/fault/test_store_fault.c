/* SPDX-License-Identifier: Apache-2.0 */
/* What the store says when LMDB or the system fails it, held against what is then in the log. A
 * batch of usual size goes into the journal, a large one straight into LMDB. */
#include "storage/store.h"

#include <errno.h>
#include <lmdb.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/fault/storage_faults.h"
#include "tests/support/store_rig.h"

#define ENTRY_BYTES 500
#define LARGE_BYTES (RIG_JOURNAL_SEGMENT_BYTES + 1000) /* no segment holds it */
#define JOBS 6

static int
setup(void **state)
{
	struct rig *rig = malloc(sizeof(*rig));
	assert_non_null(rig);
	fault_disarm();
	fault_free_space(-1);
	rig_make(rig);
	*state = rig;
	return 0;
}

static int
teardown(void **state)
{
	fault_disarm();
	rig_free(*state);
	free(*state);
	return 0;
}

static struct store_health
health_of(struct rig *rig)
{
	struct store_health health;
	store_health(rig->store, &health);
	return health;
}

/* ------------------------------------------------------------------- the commit boundary */

/* A place where the batch's way to the disk can fail, and a size that takes that way. */
struct boundary {
	enum fault_call call;
	size_t n;
};
static const struct boundary before[] = {{FAULT_PWRITE, ENTRY_BYTES},
    {FAULT_PWRITE_SHORT, 20 * ENTRY_BYTES}, {FAULT_TXN_COMMIT, LARGE_BYTES}};
static const struct boundary after[] = {{FAULT_FDATASYNC, ENTRY_BYTES},
    {FAULT_FDATASYNC_AFTER, ENTRY_BYTES}, {FAULT_TXN_COMMIT_AFTER, LARGE_BYTES}};

static void
a_failed_write_is_never_reported_as_stored(void **state)
{
	for (size_t i = 0; i < sizeof(before) / sizeof(*before); i++) {
		struct rig *rig = *state;
		rig_run(rig);
		assert_int_equal(rig_put(rig, 1, 0, LARGE_BYTES, NULL), STORE_ACCEPTED);
		fault_arm(before[i].call, 1, EIO);
		assert_int_equal(rig_put(rig, 1, 1, before[i].n, NULL), STORE_UNAVAILABLE);
		assert_true(fault_disarm());
		assert_int_equal(rig->applied, 1);
		assert_int_equal(store_last(rig->store), 1);
		rig_close(rig);
		rig_run(rig);
		assert_int_equal(store_last(rig->store), 1);
		assert_int_equal(rig_put(rig, 1, 1, before[i].n, NULL), STORE_ACCEPTED);
		teardown(state);
		setup(state);
	}
}

/* The process may die, or the disk lose its word, after the write: told nothing, the client asks
 * again. */
static void
what_was_stored_though_reported_failed_is_found_by_who_asks_again(void **state)
{
	for (size_t i = 0; i < sizeof(after) / sizeof(*after); i++) {
		struct rig *rig = *state;
		rig_run(rig);
		fault_arm(after[i].call, 1, EIO);
		assert_int_equal(rig_put(rig, 1, 0, after[i].n, NULL), STORE_UNAVAILABLE);
		assert_true(fault_disarm());
		assert_int_equal(rig->applied, 0);
		rig_close(rig);
		rig_run(rig);
		assert_int_equal(store_last(rig->store), 1);
		assert_int_equal(rig_put(rig, 1, 0, after[i].n, NULL), STORE_MOVED);
		teardown(state);
		setup(state);
	}
}

static void
after_a_failed_write_nothing_is_accepted_for_good(void **state)
{
	struct rig *rig = *state;
	rig_run(rig);
	fault_arm(FAULT_FDATASYNC, 1, EIO);
	assert_int_equal(rig_put(rig, 1, 0, ENTRY_BYTES, NULL), STORE_UNAVAILABLE);
	assert_true(fault_disarm());
	for (int i = 0; i < 3; i++)
		assert_int_equal(rig_put(rig, 1, 0, ENTRY_BYTES, NULL), STORE_UNAVAILABLE);
	struct store_health health = health_of(rig);
	assert_false(health.accepting);
	assert_false(health.full);
	assert_int_equal(health.entries, 0);
	assert_non_null(strstr(health.failure, "sync"));
}

/* Read back it may come from the system's memory, which a power cut empties. */
static void
the_last_record_is_synced_again_before_anybody_is_told_of_it(void **state)
{
	struct rig *rig = *state;
	struct store_options options = rig_options(rig);
	rig_run(rig);
	fault_arm(FAULT_FDATASYNC, 1, EIO);
	assert_int_equal(rig_put(rig, 1, 0, ENTRY_BYTES, NULL), STORE_UNAVAILABLE);
	rig_close(rig);
	fault_arm(FAULT_FDATASYNC, 1, EIO);
	assert_int_equal(rig_open(rig, &options), STORE_FAILED);
	assert_true(fault_disarm());
	rig_run(rig);
	assert_int_equal(store_last(rig->store), 1);
}

static void
a_commit_out_of_space_that_leaves_lmdb_in_panic_is_not_called_full(void **state)
{
	struct rig *rig = *state;
	rig_run(rig);
	fault_arm(FAULT_TXN_COMMIT_AFTER, 1, ENOSPC);
	fault_panic_after_commit();
	assert_int_equal(rig_put(rig, 1, 0, LARGE_BYTES, NULL), STORE_UNAVAILABLE);
	assert_true(fault_disarm());
	assert_false(health_of(rig).accepting);
}

/* Without the panic too: the log is longer than it was, so "nothing stored" would be a lie. */
static void
a_commit_out_of_space_that_did_store_is_not_called_full(void **state)
{
	struct rig *rig = *state;
	rig_run(rig);
	fault_arm(FAULT_TXN_COMMIT_AFTER, 1, ENOSPC);
	assert_int_equal(rig_put(rig, 1, 0, LARGE_BYTES, NULL), STORE_UNAVAILABLE);
	assert_true(fault_disarm());
}

/* ------------------------------------------------------------------- want of space */

static void
a_full_disk_is_try_later_and_recovers(void **state)
{
	struct rig *rig = *state;
	static const struct {
		enum fault_call call;
		size_t n;
		int code;
	} ways[] = {{FAULT_PWRITE, ENTRY_BYTES, ENOSPC}, {FAULT_PWRITE, ENTRY_BYTES, EDQUOT},
	    {FAULT_PWRITE_SHORT, 20 * ENTRY_BYTES, ENOSPC}, {FAULT_TXN_COMMIT, LARGE_BYTES, ENOSPC},
	    {FAULT_TXN_COMMIT, LARGE_BYTES, EDQUOT}, {FAULT_TXN_COMMIT, LARGE_BYTES, EFBIG},
	    {FAULT_TXN_COMMIT, LARGE_BYTES, MDB_MAP_FULL}, {FAULT_PUT, LARGE_BYTES, MDB_MAP_FULL},
	    {FAULT_TXN_BEGIN, LARGE_BYTES, ENOSPC}};
	uint64_t last = 0;
	rig_run(rig);
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		if (ways[i].n == LARGE_BYTES) /* nothing left for the applier to fail at */
			assert_int_equal(rig_put(rig, 0, 0, LARGE_BYTES, NULL), STORE_ACCEPTED);
		fault_arm(ways[i].call, 1, ways[i].code);
		assert_int_equal(rig_put(rig, 1, last, ways[i].n, NULL), STORE_FULL);
		assert_true(fault_disarm());
		assert_true(health_of(rig).full);
		assert_true(health_of(rig).accepting);
		assert_int_equal(rig_put(rig, 1, last, ways[i].n, &last), STORE_ACCEPTED);
		assert_int_equal(last, store_last(rig->store));
		assert_false(health_of(rig).full);
	}
}

static void
a_short_write_is_try_later_only_where_the_disk_is_nearly_full(void **state)
{
	struct rig *rig = *state;
	rig_run(rig);
	fault_free_space(4096);
	fault_arm(FAULT_TXN_COMMIT, 1, EIO);
	assert_int_equal(rig_put(rig, 1, 0, LARGE_BYTES, NULL), STORE_FULL);
	fault_free_space(-1);
	assert_int_equal(rig_put(rig, 1, 0, LARGE_BYTES, NULL), STORE_ACCEPTED);
	fault_arm(FAULT_TXN_COMMIT, 1, EIO);
	assert_int_equal(rig_put(rig, 1, 1, LARGE_BYTES, NULL), STORE_UNAVAILABLE);
}

/* ------------------------------------------------------------------- behind the acknowledgement */

static bool
on_whole_entry(void *context, uint64_t number, const uint8_t *bytes, size_t n)
{
	uint64_t *next = context;
	assert_int_equal(number, (*next)++);
	assert_true(rig_bytes_are_whole(bytes, n));
	return true;
}

static void
assert_whole_log(struct rig *rig, uint64_t entries)
{
	uint64_t next = 1;
	assert_int_equal(store_last(rig->store), entries);
	assert_int_equal(store_read(rig->store, 1, 0, on_whole_entry, &next), STORE_OK);
	assert_int_equal(next, entries + 1);
}

static void
while_the_engine_is_full_the_journal_takes_what_it_can_and_loses_nothing(void **state)
{
	struct rig *rig = *state;
	uint64_t stored = 0;
	enum store_outcome outcome;
	rig_run(rig);
	fault_arm_for(FAULT_PUT, 1000000, MDB_MAP_FULL);
	while ((outcome = rig_put(rig, 0, 0, 5000, NULL)) == STORE_ACCEPTED)
		stored++;
	assert_int_equal(outcome, STORE_FULL);
	assert_true(stored > 2 * (RIG_JOURNAL_SEGMENT_BYTES / 8192));
	assert_true(health_of(rig).accepting);
	assert_whole_log(rig, stored);
	rig_close(rig); /* which the engine does not take either */
	rig_run(rig);
	assert_whole_log(rig, stored);
	fault_disarm();
	assert_int_equal(rig_put_patiently(rig, 0, 0, 5000), STORE_ACCEPTED);
	assert_whole_log(rig, stored + 1);
}

static void
when_the_engine_breaks_the_store_stops_and_keeps_what_it_accepted(void **state)
{
	struct rig *rig = *state;
	uint64_t stored = 0;
	rig_run(rig);
	fault_arm_for(FAULT_TXN_COMMIT, 1000000, EIO);
	enum store_outcome outcome;
	while ((outcome = rig_put(rig, 0, 0, 5000, NULL)) == STORE_ACCEPTED)
		stored++;
	assert_true(outcome == STORE_UNAVAILABLE || outcome == STORE_FULL);
	assert_true(stored > 0);
	assert_true(fault_disarm());
	assert_false(health_of(rig).accepting);
	assert_non_null(strstr(health_of(rig).failure, "commit"));
	assert_whole_log(rig, stored);
	rig_close(rig);
	rig_run(rig);
	assert_whole_log(rig, stored);
}

static void
the_reserve_is_kept_and_given_back(void **state)
{
	struct rig *rig = *state;
	struct store_options options = rig_options(rig);
	options.disk_reserve_bytes = 1 << 20;
	assert_int_equal(rig_open(rig, &options), STORE_OK);
	assert_true(rig_start(rig));
	fault_free_space((1 << 20) + 4096);
	assert_int_equal(rig_put(rig, 1, 0, ENTRY_BYTES, NULL), STORE_ACCEPTED);
	assert_int_equal(rig_put(rig, 1, 1, 8192, NULL), STORE_FULL); /* it would reach into it */
	fault_free_space(0);
	assert_int_equal(rig_put(rig, 1, 1, ENTRY_BYTES, NULL), STORE_FULL);
	assert_int_equal(health_of(rig).free_bytes, 0);
	fault_free_space(1 << 30);
	assert_int_equal(rig_put(rig, 1, 1, ENTRY_BYTES, NULL), STORE_ACCEPTED);
}

/* ------------------------------------------------------------------- what rests on a batch */

static void
batch_of_three(struct rig *rig, enum store_outcome outcomes[3], int code)
{
	struct store_options options = rig_options(rig);
	struct rig_job *jobs[3] = {
	    rig_job_new(1, 1, 1, ENTRY_BYTES), /* on the first entry */
	    rig_job_new(1, 1, 2, ENTRY_BYTES), /* beaten by the one before, if that is stored */
	    rig_job_new(1, 0, 3, ENTRY_BYTES), /* beaten by that one, or else by the first entry */
	};
	rig_run(rig);
	assert_int_equal(rig_put(rig, 1, 0, ENTRY_BYTES, NULL), STORE_ACCEPTED);
	jobs[2]->job.condition[1] = (struct store_condition){.subject = 2, .last = 9};
	rig_close(rig);
	assert_int_equal(rig_open(rig, &options), STORE_OK);
	rig_fold(rig);
	for (int i = 0; i < 3; i++) {
		jobs[i]->job.reply = &rig->box;
		store_submit(rig->store, &jobs[i]->job);
	}
	fault_arm(FAULT_PWRITE, 1, code);
	assert_true(rig_start(rig));
	rig_await(rig, jobs, 3);
	assert_true(fault_disarm());
	for (int i = 0; i < 3; i++) {
		outcomes[i] = jobs[i]->job.outcome;
		assert_int_equal(jobs[i]->job.number, 0);
		rig_job_free(jobs[i]);
	}
}

static void
who_lost_to_a_pending_entry_shares_the_fate_of_its_batch(void **state)
{
	enum store_outcome outcomes[3];
	batch_of_three(*state, outcomes, ENOSPC);
	assert_int_equal(outcomes[0], STORE_FULL);
	assert_int_equal(outcomes[1], STORE_FULL);
	assert_int_equal(outcomes[2], STORE_MOVED); /* subject 2 says so, whatever happens */
	teardown(state);
	setup(state);
	batch_of_three(*state, outcomes, EIO);
	assert_int_equal(outcomes[0], STORE_UNAVAILABLE);
	assert_int_equal(outcomes[1], STORE_UNAVAILABLE);
	assert_int_equal(outcomes[2], STORE_MOVED);
}

/* ------------------------------------------------------------------- opening */

static void
the_map_is_halved_while_it_is_refused(void **state)
{
	struct rig *rig = *state;
	struct store_options options = rig_options(rig);
	assert_int_equal(rig_open(rig, &options), STORE_OK);
	rig_close(rig);
	fault_arm_for(FAULT_ENV_OPEN, 8, ENOMEM);
	assert_int_equal(rig_open(rig, &options), STORE_OK);
	assert_true(fault_disarm());
	assert_int_equal(fault_first_map_bytes, (uint64_t)1 << 40);
	assert_true(fault_last_map_bytes <= (uint64_t)1 << 32);
	rig_close(rig);
	fault_arm_for(FAULT_ENV_OPEN, 1000, ENOMEM);
	assert_int_equal(rig_open(rig, &options), STORE_FAILED);
	assert_non_null(strstr(rig->message, "memory"));
}

/* ------------------------------------------------------------------- torture */

struct told {
	enum store_outcome outcome;
	uint64_t number;
};

struct truth {
	const struct told *told;
	uint64_t next;
	bool stored[JOBS];
};

static bool
on_entry(void *context, uint64_t number, const uint8_t *bytes, size_t n)
{
	struct truth *truth = context;
	uint64_t serial = rig_field(bytes, 2);
	assert_int_equal(number, truth->next++);
	assert_true(rig_bytes_are_whole(bytes, n));
	assert_true(serial < JOBS && !truth->stored[serial]);
	truth->stored[serial] = true;
	if (truth->told[serial].outcome == STORE_ACCEPTED)
		assert_int_equal(truth->told[serial].number, number);
	return true;
}

/* Without faults now: the log holds what was told as stored, and nothing of what was told as not.
 */
static void
check_what_was_told(struct rig *rig, const struct told *told)
{
	struct truth truth = {.told = told, .next = 1};
	rig_run(rig);
	assert_int_equal(store_read(rig->store, 1, 0, on_entry, &truth), STORE_OK);
	assert_int_equal(truth.next, store_last(rig->store) + 1);
	for (int i = 0; i < JOBS; i++) {
		if (told[i].outcome == STORE_ACCEPTED)
			assert_true(truth.stored[i]);
		else if (told[i].outcome != STORE_UNAVAILABLE)
			assert_false(truth.stored[i]);
	}
	assert_int_equal(rig_put(rig, 9, 0, ENTRY_BYTES, NULL), STORE_ACCEPTED);
}

static void
submit_all(struct rig *rig, struct told *told)
{
	struct rig_job *jobs[JOBS];
	for (uint64_t i = 0; i < JOBS; i++) {
		size_t n = i == JOBS - 2 ? LARGE_BYTES : 3000;
		jobs[i] = rig_job_new(1 + i % 2, atomic_load(&rig->last[1 + i % 2]), i, n);
		jobs[i]->job.reply = &rig->box;
		store_submit(rig->store, &jobs[i]->job);
		if (i < 2) /* the first three make one batch, or as the threads will have it */
			continue;
		rig_await(rig, jobs, i == 2 ? 3 : 1);
		for (uint64_t k = 0; k < (i == 2 ? 3 : 1); k++) {
			uint64_t serial = rig_field(jobs[k]->bytes, 2);
			told[serial] = (struct told){jobs[k]->job.outcome, jobs[k]->job.number};
			rig_job_free(jobs[k]);
		}
	}
}

/* One life with the nth such call failing. False: it was never made so often. */
static bool
live_and_die(enum fault_call call, unsigned int nth, int code)
{
	struct rig rig;
	struct told told[JOBS];
	for (int i = 0; i < JOBS; i++)
		told[i].outcome = STORE_OVERLOADED; /* not submitted */
	rig_make(&rig);
	struct store_options options = rig_options(&rig);
	fault_arm(call, nth, code);
	if (rig_open(&rig, &options) == STORE_OK) {
		fault_spare_first_thread(); /* which is ours from here on */
		assert_true(rig_start(&rig));
		submit_all(&rig, told);
		struct truth truth = {.told = told, .next = 1};
		enum store_status status = store_read(rig.store, 1, 0, on_entry, &truth);
		assert_true(status == STORE_OK || status == STORE_FAILED);
		rig_close(&rig);
	} else {
		assert_null(rig.store);
		assert_true(strlen(rig.message) > 0);
	}
	bool fired = fault_disarm();
	check_what_was_told(&rig, told);
	rig_free(&rig);
	return fired;
}

static void
whatever_fails_the_store_tells_the_truth(void **state)
{
	(void)state;
	static const int codes[] = {EIO, ENOSPC};
	unsigned int lives = 0;
	for (int call = FAULT_NONE + 1; call < FAULT_CALLS; call++) {
		if (call == FAULT_DEL || call == FAULT_ENV_COPY || call == FAULT_REALLOC)
			continue; /* contacts only, or readers */
		bool is_lmdb = call < FAULT_FLOCK;
		bool is_disk = call >= FAULT_FDATASYNC && call <= FAULT_PREAD;
		size_t n = is_lmdb || is_disk ? sizeof(codes) / sizeof(*codes) : 1;
		for (size_t i = 0; i < n; i++) {
			unsigned int nth = 1;
			while (live_and_die((enum fault_call)call, nth, codes[i]))
				nth++;
			lives += nth;
			assert_true(
			    nth > 1); /* such calls are made, or the wrapping has come off */
		}
	}
	print_message("%u lives\n", lives);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_failed_write_is_never_reported_as_stored),
	    TEST(after_a_failed_write_nothing_is_accepted_for_good),
	    TEST(the_last_record_is_synced_again_before_anybody_is_told_of_it),
	    TEST(what_was_stored_though_reported_failed_is_found_by_who_asks_again),
	    TEST(a_commit_out_of_space_that_leaves_lmdb_in_panic_is_not_called_full),
	    TEST(a_commit_out_of_space_that_did_store_is_not_called_full),
	    TEST(a_full_disk_is_try_later_and_recovers),
	    TEST(a_short_write_is_try_later_only_where_the_disk_is_nearly_full),
	    TEST(while_the_engine_is_full_the_journal_takes_what_it_can_and_loses_nothing),
	    TEST(when_the_engine_breaks_the_store_stops_and_keeps_what_it_accepted),
	    TEST(the_reserve_is_kept_and_given_back),
	    TEST(who_lost_to_a_pending_entry_shares_the_fate_of_its_batch),
	    TEST(the_map_is_halved_while_it_is_refused),
	    cmocka_unit_test(whatever_fails_the_store_tells_the_truth),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
