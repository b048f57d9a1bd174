/* SPDX-License-Identifier: Apache-2.0 */
/* What /healthz and /readyz rest on, with a disk that is full or fails and a thread that hangs. */
#include "collector/health.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "collector/clock.h"
#include "storage/layout.h"
#include "tests/fault/storage_faults.h"
#include "tests/support/store_rig.h"

#define ENTRY_BYTES 500
#define RESERVE_BYTES (1 << 20)

struct fixture {
	struct rig rig;
	struct server server;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	assert_non_null(f);
	fault_disarm();
	fault_free_space(-1);
	rig_make(&f->rig);
	struct store_options options = rig_options(&f->rig);
	options.disk_reserve_bytes = RESERVE_BYTES;
	assert_int_equal(rig_open(&f->rig, &options), STORE_OK);
	rig_fold(&f->rig);
	assert_true(rig_start(&f->rig));
	f->server.store = f->rig.store;
	atomic_store(&f->server.answered_ms, clock_monotonic_ms());
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;
	fault_disarm();
	fault_free_space(-1);
	rig_free(&f->rig);
	free(f);
	return 0;
}

static enum health
look(struct fixture *f)
{
	health_look(&f->server);
	return health_of(&f->server);
}

static bool
count_entry(void *context, uint64_t number, const uint8_t *bytes, size_t n)
{
	(void)number;
	(void)bytes;
	(void)n;
	(*(uint64_t *)context)++;
	return true;
}

static void
a_collector_that_commits_is_well_and_ready(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(rig_put(&f->rig, 1, 0, ENTRY_BYTES, NULL), STORE_ACCEPTED);
	assert_int_equal(look(f), HEALTH_GOOD);
	assert_int_equal(health_ready(&f->server), HEALTH_GOOD);
}

/* Before anybody is refused, and no longer than it is so. */
static void
a_disk_below_the_reserve_is_told_at_once_and_passes(void **state)
{
	struct fixture *f = *state;
	fault_free_space(RESERVE_BYTES - 1);
	assert_int_equal(look(f), HEALTH_DISK_LOW);
	assert_int_equal(rig_put(&f->rig, 1, 0, ENTRY_BYTES, NULL), STORE_FULL);
	assert_int_equal(look(f), HEALTH_DISK_LOW);
	assert_int_equal(health_ready(&f->server), HEALTH_GOOD);
	fault_free_space(-1);
	assert_int_equal(rig_put(&f->rig, 1, 0, ENTRY_BYTES, NULL), STORE_ACCEPTED);
	assert_int_equal(look(f), HEALTH_GOOD);
}

/* No room on the disk mends that: it takes a start with more address space. */
static void
a_full_map_is_told_as_what_it_is(void **state)
{
	struct fixture *f = *state;
	struct store_options options = rig_options(&f->rig);
	options.map_max_bytes = 1 << 20;
	rig_close(&f->rig);
	assert_int_equal(rig_open(&f->rig, &options), STORE_OK);
	rig_fold(&f->rig);
	assert_true(rig_start(&f->rig));
	f->server.store = f->rig.store;
	uint64_t stored = 0;
	while (rig_put(&f->rig, 1, stored, 20000, NULL) == STORE_ACCEPTED)
		stored++;
	assert_int_equal(look(f), HEALTH_MAP_FULL);
	assert_int_equal(look(f), HEALTH_MAP_FULL);
	rig_close(&f->rig);
	rig_run(&f->rig);
	f->server.store = f->rig.store;
	assert_int_equal(look(f), HEALTH_GOOD);
}

/* Nothing is accepted into a file that ends with the process, and all of it can be read. */
static void
a_log_whose_file_was_removed_is_told_and_takes_nothing(void **state)
{
	struct fixture *f = *state;
	char path[128];
	static const char *const names[] = {LAYOUT_JOURNAL, LAYOUT_DATA};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		uint64_t number;
		assert_int_equal(rig_put(&f->rig, 1, 0, ENTRY_BYTES, &number), STORE_ACCEPTED);
		snprintf(path, sizeof(path), "%s/%s", f->rig.folder, names[i]);
		assert_int_equal(unlink(path), 0);
		usleep(2 * STORE_LOOK_MS * 1000);
		for (int k = 0; k < 2; k++)
			assert_int_equal(
			    rig_put(&f->rig, 1, number, ENTRY_BYTES, NULL), STORE_FULL);
		assert_int_equal(look(f), HEALTH_REMOVED);
		assert_false(atomic_load(&f->server.is_disk_low));
		uint64_t entries = 0;
		assert_int_equal(store_read(f->rig.store, 1, 0, count_entry, &entries), STORE_OK);
		assert_int_equal(entries, 1);
		teardown(state);
		setup(state);
		f = *state;
	}
}

static void
a_system_that_does_not_say_has_removed_nothing(void **state)
{
	struct fixture *f = *state;
	fault_arm_for(FAULT_STATX, 100, EPERM);
	assert_int_equal(rig_put(&f->rig, 1, 0, ENTRY_BYTES, NULL), STORE_ACCEPTED);
	assert_int_equal(look(f), HEALTH_GOOD);
	assert_true(fault_disarm());
}

static void
a_sync_that_failed_is_told_for_good(void **state)
{
	struct fixture *f = *state;
	fault_arm(FAULT_FDATASYNC, 1, EIO);
	assert_int_equal(rig_put(&f->rig, 1, 0, ENTRY_BYTES, NULL), STORE_UNAVAILABLE);
	assert_true(fault_disarm());
	assert_int_equal(look(f), HEALTH_FAILED);
	assert_int_equal(rig_put(&f->rig, 1, 0, ENTRY_BYTES, NULL), STORE_UNAVAILABLE);
	assert_int_equal(look(f), HEALTH_FAILED);
}

static void
a_thread_that_does_not_answer_is_told(void **state)
{
	struct fixture *f = *state;
	atomic_store(&f->server.answered_ms, clock_monotonic_ms() - 60000);
	assert_int_equal(look(f), HEALTH_STUCK);
}

static void
who_is_stopping_or_has_failed_is_not_ready(void **state)
{
	struct fixture *f = *state;
	atomic_store(&f->server.has_failed, true);
	assert_int_equal(health_ready(&f->server), HEALTH_FAILED);
	atomic_store(&f->server.is_stopping, true);
	assert_int_equal(health_ready(&f->server), HEALTH_STOPPING);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_collector_that_commits_is_well_and_ready),
	    TEST(a_disk_below_the_reserve_is_told_at_once_and_passes),
	    TEST(a_full_map_is_told_as_what_it_is),
	    TEST(a_log_whose_file_was_removed_is_told_and_takes_nothing),
	    TEST(a_system_that_does_not_say_has_removed_nothing),
	    TEST(a_sync_that_failed_is_told_for_good),
	    TEST(a_thread_that_does_not_answer_is_told),
	    TEST(who_is_stopping_or_has_failed_is_not_ready),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
