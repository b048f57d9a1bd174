/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/store.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "tests/support/store_rig.h"

#define ENTRY_BYTES 100

static void
submit(struct rig *rig, uint64_t serial)
{
	struct rig_job *job = rig_job_new(0, 0, serial, ENTRY_BYTES);
	job->job.reply = &rig->box;
	store_submit(rig->store, &job->job);
}

static uint64_t
count_of(const struct histogram *h)
{
	uint64_t n = 0;
	for (size_t i = 0; i <= HISTOGRAM_BOUNDS; i++)
		n += atomic_load(&h->bucket[i]);
	return n;
}

static void
a_histogram_counts_up_to_each_bound_and_beyond_the_last(void **state)
{
	struct histogram h = {0};
	(void)state;
	const uint64_t values[] = {0, 1, 2, 3, 4, 5, 1 << 23, (1 << 23) + 1, UINT64_C(1) << 60};
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		histogram_add(&h, values[i]);
	assert_int_equal(atomic_load(&h.bucket[0]), 2);
	assert_int_equal(atomic_load(&h.bucket[1]), 1);
	assert_int_equal(atomic_load(&h.bucket[2]), 2);
	assert_int_equal(atomic_load(&h.bucket[3]), 1);
	assert_int_equal(atomic_load(&h.bucket[23]), 1);
	assert_int_equal(atomic_load(&h.bucket[HISTOGRAM_BOUNDS]), 2);
	assert_int_equal(count_of(&h), 9);
	assert_int_equal(atomic_load(&h.sum), 16 + (2 << 23) + (UINT64_C(1) << 60));
}

static void
each_commit_is_measured_and_a_batch_of_none_is_not(void **state)
{
	struct rig rig[1];
	(void)state;
	struct rig_job *jobs[5];
	rig_make(rig);
	const struct store_options options = rig_options(rig);
	assert_int_equal(rig_open(rig, &options), STORE_OK);
	rig_fold(rig); /* without a writer yet, so that all make one batch */
	for (size_t i = 0; i < 5; i++)
		submit(rig, i);
	assert_true(rig_start(rig));
	rig_await(rig, jobs, 5);
	for (size_t i = 0; i < 5; i++)
		rig_job_free(jobs[i]);
	assert_int_equal(rig_put(rig, 3, 0, ENTRY_BYTES, NULL), STORE_ACCEPTED);
	assert_int_equal(rig_put(rig, 3, 0, ENTRY_BYTES, NULL), STORE_MOVED);
	const struct store_meter *meter = store_meter(rig->store);
	assert_int_equal(count_of(&meter->batch_entries), 2);
	assert_int_equal(atomic_load(&meter->batch_entries.sum), 6);
	assert_int_equal(atomic_load(&meter->batch_entries.bucket[0]), 1);
	assert_int_equal(atomic_load(&meter->batch_entries.bucket[3]), 1);
	assert_int_equal(count_of(&meter->commit_us), 2);
	assert_true(atomic_load(&meter->commit_us.sum) > 0);
	struct store_health health;
	store_health(rig->store, &health);
	assert_true(health.journal_bytes > 0 && health.journal_bytes < health.journal_room_bytes);
	assert_int_equal(
	    health.journal_room_bytes, RIG_JOURNAL_SEGMENTS * RIG_JOURNAL_SEGMENT_BYTES);
	rig_free(rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_histogram_counts_up_to_each_bound_and_beyond_the_last),
	    cmocka_unit_test(each_commit_is_measured_and_a_batch_of_none_is_not),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
