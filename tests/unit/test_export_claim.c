/* SPDX-License-Identifier: Apache-2.0 */
/* Whose the folder of exports is: over a real log and real folders, with a clock that is the
 * test's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "tests/support/exporter_rig.h"

#define UNITS 40
#define MINUTE_MS INT64_C(60000)
#define DAY_MS (24 * 60 * MINUTE_MS)
#define NOW_MS (INT64_C(1760000000000) + DAY_MS) /* a day after the rig's rounds open */

static struct exporter_rig x;

static int
tear_down(void **state)
{
	(void)state;
	exporter_rig_free(&x);
	return 0;
}

static struct exporter_counts
counts(void)
{
	struct exporter_counts found;
	exporter_counts(x.exporter, &found);
	return found;
}

static void
below_root(char path[128], const char *name)
{
	snprintf(path, 128, "%s/%s", x.root, name);
}

/* The root is moved away and an empty folder stands in its place, or comes back. */
static void
unmount(void)
{
	char away[128];
	snprintf(away, sizeof(away), "%s.away", x.root);
	assert_int_equal(rename(x.root, away), 0);
	assert_int_equal(mkdir(x.root, 0755), 0);
}

static void
mount(void)
{
	char away[128];
	snprintf(away, sizeof(away), "%s.away", x.root);
	assert_int_equal(rmdir(x.root), 0); /* nothing was written into it */
	assert_int_equal(rename(away, x.root), 0);
}

static void
what_is_exported_waits_until_its_disk_is_mounted(void **state)
{
	(void)state;
	struct run_why why;
	struct run_result made;
	exporter_rig_make(&x, UNITS, false, "daily 02:00");
	exporter_rig_tick(&x, NOW_MS);
	unmount();
	exporter_rig_restart(&x);
	exporter_rig_tick(&x, NOW_MS);
	exporter_rig_tick(&x, NOW_MS + DAY_MS);
	assert_int_equal(counts().failing, 1);
	exporter_failure(x.exporter, &why);
	assert_non_null(strstr(why.en, "is its disk mounted?"));
	assert_non_null(strstr(why.vi, "đĩa đã gắn chưa?"));
	exporter_rig_run(&x, false, &made);
	assert_int_equal(made.status, RUN_FAILED);
	run_result_clear(&made);
	mount();
	exporter_rig_tick(&x, NOW_MS + DAY_MS + MINUTE_MS);
	assert_int_equal(counts().failing, 0);
	assert_string_equal(exporter_rig_names(&x, "public/one"), "latest v0001 v0002 ");
}

static void
a_new_folder_of_exports_is_taken_when_public_was_made_in_it(void **state)
{
	(void)state;
	char path[128];
	struct run_result made;
	exporter_rig_make(&x, UNITS, false, NULL);
	exporter_rig_run(&x, true, &made);
	assert_int_equal(made.status, RUN_OK);
	run_result_clear(&made);
	below_root(path, "new");
	x.server.config.export_dir = path;
	exporter_rig_restart(&x);
	exporter_rig_run(&x, true, &made);
	assert_int_equal(made.status, RUN_FAILED);
	assert_string_equal(exporter_rig_names(&x, "new"), "");
	run_result_clear(&made);
	assert_int_equal(mkdir(path, 0755), 0);
	strcat(path, "/public");
	assert_int_equal(mkdir(path, 0755), 0);
	*strrchr(path, '/') = '\0';
	exporter_rig_run(&x, true, &made);
	assert_int_equal(made.status, RUN_OK);
	assert_string_equal(exporter_rig_names(&x, "new"), ".khaosat-log public ");
	run_result_clear(&made);
}

/* Two collectors with one export-dir: the other's old runs would be taken for ours and go. */
static void
exports_of_another_log_are_left_alone(void **state)
{
	(void)state;
	char path[128];
	struct run_result made;
	exporter_rig_make(&x, UNITS, false, NULL);
	for (unsigned i = 0; i < 2; i++) {
		exporter_rig_run(&x, false, &made);
		assert_int_equal(made.status, RUN_OK);
		run_result_clear(&made);
	}
	below_root(path, ".khaosat-log");
	FILE *f = fopen(path, "r+");
	assert_non_null(f);
	int first = fgetc(f);
	rewind(f);
	fputc(first == '0' ? '1' : '0', f);
	fclose(f);
	x.server.config.export_keep = 1;
	exporter_rig_restart(&x);
	exporter_rig_tick(&x, NOW_MS);
	exporter_rig_run(&x, false, &made);
	assert_int_equal(made.status, RUN_FAILED);
	assert_non_null(strstr(made.why.en, "exports of another log"));
	assert_non_null(strstr(made.why.vi, "nhật ký khác"));
	assert_string_equal(exporter_rig_names(&x, "internal/one"), "latest v0001 v0002 ");
	run_result_clear(&made);
	assert_int_equal(unlink(path), 0); /* as an older version left it */
	exporter_rig_run(&x, false, &made);
	assert_int_equal(made.status, RUN_OK);
	assert_string_equal(exporter_rig_names(&x, "internal/one"), "latest v0003 ");
	run_result_clear(&made);
}

#define TEST(name) cmocka_unit_test_teardown(name, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(what_is_exported_waits_until_its_disk_is_mounted),
	    TEST(a_new_folder_of_exports_is_taken_when_public_was_made_in_it),
	    TEST(exports_of_another_log_are_left_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
