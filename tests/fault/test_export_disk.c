/* SPDX-License-Identifier: Apache-2.0 */
/* Folders of exports that cannot be written to, are gone, lie on another disk, or hold what a crash
 * left. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/support/exporter_rig.h"

#define UNITS 30
#define PATH_BYTES 128

static struct exporter_rig x;

static int
set_up(void **state)
{
	(void)state;
	exporter_rig_make(&x, UNITS, false, NULL);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	exporter_rig_free(&x);
	return 0;
}

static void
expect(enum run_status status, const char *why)
{
	struct run_result made;
	exporter_rig_run(&x, true, &made);
	assert_int_equal(made.status, status);
	assert_non_null(strstr(made.why.en, why));
	run_result_clear(&made);
}

/* Root may write anywhere, so this is done as nobody. */
static void
a_folder_that_is_read_only_is_told_and_nothing_is_left(void **state)
{
	(void)state;
	uid_t user = geteuid();
	struct run_result made;
	assert_int_equal(chmod(x.root, 0555), 0);
	if (user == 0)
		assert_int_equal(seteuid(65534), 0);
	exporter_rig_run(&x, true, &made);
	assert_int_equal(seteuid(user), 0);
	assert_int_equal(made.status, RUN_FAILED);
	assert_non_null(strstr(made.why.en, "Permission denied"));
	run_result_clear(&made);
	assert_string_equal(exporter_rig_names(&x, "."), "");
	assert_int_equal(chmod(x.root, 0755), 0);
	expect(RUN_OK, "");
	assert_true(exporter_rig_is_whole(&x));
}

static void
use_root(const char *root)
{
	x.server.config.export_dir = root;
	exporter_rig_restart(&x);
}

static void
a_folder_that_is_gone_is_told_until_it_is_back(void **state)
{
	(void)state;
	char below[PATH_BYTES], folder[PATH_BYTES];
	snprintf(folder, sizeof(folder), "%s/disk", x.root);
	snprintf(below, sizeof(below), "%s/disk/exports", x.root);
	use_root(below);
	expect(RUN_FAILED, "No such file");
	assert_string_equal(exporter_rig_names(&x, "."), "");
	assert_int_equal(mkdir(folder, 0700), 0);
	expect(RUN_OK, "");
	assert_string_equal(exporter_rig_names(&x, "disk/exports/public/one"), "latest v0001 ");
	use_root(x.root);
}

/* Names are given within the folder of exports, wherever that is. */
static void
a_folder_on_another_file_system_is_as_good(void **state)
{
	(void)state;
	struct stat here, there;
	char other[64] = "/dev/shm/khaosat-test-export-XXXXXX", ours[64];
	if (stat(x.rig.folder, &here) != 0 || stat("/dev/shm", &there) != 0 ||
	    here.st_dev == there.st_dev || mkdtemp(other) == NULL) {
		print_message("skipped: there is no second file system at /dev/shm\n");
		skip();
	}
	snprintf(ours, sizeof(ours), "%s", x.root);
	assert_int_equal(rmdir(ours), 0);
	snprintf(x.root, sizeof(x.root), "%s", other); /* removed in the end */
	use_root(x.root);
	expect(RUN_OK, "");
	expect(RUN_OK, "");
	assert_string_equal(exporter_rig_names(&x, "public/one"), "latest v0001 v0002 ");
	assert_true(exporter_rig_is_whole(&x));
}

static void
make(const char *name, bool is_file)
{
	char path[PATH_BYTES];
	snprintf(path, sizeof(path), "%s/%s", x.root, name);
	int fd = is_file ? open(path, O_WRONLY | O_CREAT, 0600) : mkdir(path, 0700);
	assert_true(fd >= 0);
	if (is_file)
		close(fd);
}

static void
what_a_crash_left_half_done_is_swept_away(void **state)
{
	(void)state;
	char path[PATH_BYTES];
	make("public", false);
	make("public/one", false);
	make("public/one/.new-v0001", false);
	make("public/one/.new-v0001/half", true);
	snprintf(path, sizeof(path), "%s/public/one/.new-latest", x.root);
	assert_int_equal(symlink("v0000", path), 0);
	expect(RUN_OK, "");
	assert_string_equal(exporter_rig_names(&x, "public/one"), "latest v0001 ");
	assert_null(strstr(exporter_rig_names(&x, "public/one/v0001"), "half"));
	assert_true(exporter_rig_is_whole(&x));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_folder_that_is_read_only_is_told_and_nothing_is_left),
	    TEST(a_folder_that_is_gone_is_told_until_it_is_back),
	    TEST(a_folder_on_another_file_system_is_as_good),
	    TEST(what_a_crash_left_half_done_is_swept_away),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
