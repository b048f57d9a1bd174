/* SPDX-License-Identifier: Apache-2.0 */
/* Each call that an export makes to the file system fails in turn: no half of a run is ever seen,
 * the status tells the truth, and the next run goes on from whatever was left. */
#include <dirent.h>
#include <errno.h>
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

#define UNITS 6
#define CALLS_MAX 1000 /* of one run */

/* Only those of the thread that asks: the writer's log is another test's. */
static _Thread_local unsigned calls, failing; /* failing: the number of the call; 0: none */
static _Thread_local int failing_errno;

static ino_t top; /* the folder that a new folder of exports stands in; 0: none */
static bool has_synced_top;

static bool
fails(void)
{
	calls++;
	if (failing == 0 || calls != failing)
		return false;
	errno = failing_errno;
	return true;
}

int __real_openat(int folder, const char *name, int flags, ...);
int __wrap_openat(int folder, const char *name, int flags, ...);
DIR *__real_fdopendir(int fd);
DIR *__wrap_fdopendir(int fd);
int __real_mkdirat(int folder, const char *name, mode_t mode);
int __wrap_mkdirat(int folder, const char *name, mode_t mode);
ssize_t __real_write(int fd, const void *bytes, size_t n);
ssize_t __wrap_write(int fd, const void *bytes, size_t n);
int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __real_fchmod(int fd, mode_t mode);
int __wrap_fchmod(int fd, mode_t mode);
int __real_renameat(int from, const char *old, int to, const char *new);
int __wrap_renameat(int from, const char *old, int to, const char *new);
int __real_symlinkat(const char *target, int folder, const char *name);
int __wrap_symlinkat(const char *target, int folder, const char *name);

int
__wrap_openat(int folder, const char *name, int flags, ...)
{
	va_list arguments;
	va_start(arguments, flags);
	mode_t mode = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
	va_end(arguments);
	return fails() ? -1 : __real_openat(folder, name, flags, mode);
}

DIR *
__wrap_fdopendir(int fd)
{
	return fails() ? NULL : __real_fdopendir(fd);
}

int
__wrap_mkdirat(int folder, const char *name, mode_t mode)
{
	return fails() ? -1 : __real_mkdirat(folder, name, mode);
}

static char logged[8192]; /* during the last run, by whoever says it */
static size_t logged_n;
static unsigned unsure; /* how often one could not be looked at */

/* As a disk that fills up does it: half, and then no more. The log is none of it. */
ssize_t
__wrap_write(int fd, const void *bytes, size_t n)
{
	if (fd == STDERR_FILENO && n < sizeof(logged) - logged_n) {
		memcpy(logged + logged_n, bytes, n);
		logged_n += n;
		logged[logged_n] = '\0';
		return (ssize_t)n;
	}
	if (fails())
		return -1;
	bool is_next = failing != 0 && calls + 1 == failing && n > 1;
	return __real_write(fd, bytes, is_next ? n / 2 : n);
}

int
__wrap_fsync(int fd)
{
	struct stat status;
	if (fails())
		return -1;
	has_synced_top |= fstat(fd, &status) == 0 && status.st_ino == top;
	return __real_fsync(fd);
}

int
__wrap_fchmod(int fd, mode_t mode)
{
	return fails() ? -1 : __real_fchmod(fd, mode);
}

int
__wrap_renameat(int from, const char *old, int to, const char *new)
{
	return fails() ? -1 : __real_renameat(from, old, to, new);
}

int
__wrap_symlinkat(const char *target, int folder, const char *name)
{
	return fails() ? -1 : __real_symlinkat(target, folder, name);
}

/* ------------------------------------------------------------------- the test */

static struct exporter_rig x;

static unsigned
descriptors(void)
{
	unsigned n = 0;
	DIR *dir = opendir("/proc/self/fd");
	assert_non_null(dir);
	while (readdir(dir) != NULL)
		n++;
	closedir(dir);
	return n;
}

static enum run_status
run_failing(unsigned nth, int error)
{
	struct run_result made;
	unsigned open_before = descriptors();
	calls = 0;
	logged_n = 0;
	logged[0] = '\0';
	failing = nth;
	failing_errno = error;
	exporter_rig_run(&x, true, &made);
	failing = 0;
	assert_int_equal(descriptors(), open_before);
	assert_null(strstr(logged, "not in this log")); /* each of them is */
	unsure += strstr(logged, "cannot be looked at") != NULL;
	enum run_status status = made.status;
	if (status != RUN_OK)
		assert_non_null(strstr(made.why.en, strerror(error)));
	run_result_clear(&made);
	return status;
}

static void
expect_anybody_may_look(const char *folder)
{
	char path[128];
	struct stat status;
	snprintf(path, sizeof(path), "%s/%s", x.root, folder);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0755);
}

/* Every public export that the log has stands there, and nothing else does. */
static void
expect_all_there(void)
{
	size_t n;
	char names[512] = "latest ";
	struct export_record *record = exporter_rig_records(&x, &n);
	for (size_t i = 0; i < n; i++) {
		char name[16];
		snprintf(name, sizeof(name), "v%04u ", (unsigned)record[i].vintage);
		assert_true(strlen(names) + strlen(name) < sizeof(names));
		strcat(names, name);
	}
	free(record);
	assert_string_equal(exporter_rig_names(&x, "public/one"), names);
	assert_true(exporter_rig_is_whole(&x));
	expect_anybody_may_look("public");
	expect_anybody_may_look("public/one");
}

static void
fail_each(int error, bool from_nothing)
{
	unsigned failed = 0, nth = 1;
	unsure = 0;
	for (bool more = true; more && nth < CALLS_MAX; nth++) {
		if (from_nothing || nth % 8 == 1) { /* so that there are never many */
			if (nth > 1)
				exporter_rig_free(&x);
			exporter_rig_make(&x, UNITS, false, NULL);
		}
		if (!from_nothing)
			assert_int_equal(run_failing(0, 0), RUN_OK);
		failed += run_failing(nth, error) != RUN_OK;
		more = calls >= nth;
		assert_true(exporter_rig_is_whole(&x));
		assert_int_equal(run_failing(0, 0), RUN_OK);
		expect_all_there();
	}
	exporter_rig_free(&x);
	assert_true(nth < CALLS_MAX && failed > 12);
	assert_true(from_nothing || unsure > 0);
}

static void
whichever_call_of_the_first_run_fails_nothing_half_is_seen(void **state)
{
	(void)state;
	fail_each(ENOSPC, true);
}

static void
whichever_call_of_a_later_run_fails_the_ones_before_stay_as_they_are(void **state)
{
	(void)state;
	fail_each(EIO, false);
}

static void
a_new_folder_of_exports_is_durable_in_the_one_it_stands_in(void **state)
{
	(void)state;
	struct stat status;
	char deeper[128];
	exporter_rig_make(&x, UNITS, false, NULL);
	snprintf(deeper, sizeof(deeper), "%s/deeper", x.root);
	x.server.config.export_dir = deeper;
	exporter_rig_restart(&x);
	assert_int_equal(stat(x.root, &status), 0);
	top = status.st_ino;
	assert_int_equal(run_failing(0, 0), RUN_OK);
	assert_true(has_synced_top);
	top = 0;
	exporter_rig_free(&x);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(whichever_call_of_the_first_run_fails_nothing_half_is_seen),
	    cmocka_unit_test(whichever_call_of_a_later_run_fails_the_ones_before_stay_as_they_are),
	    cmocka_unit_test(a_new_folder_of_exports_is_durable_in_the_one_it_stands_in),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
