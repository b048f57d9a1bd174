/* SPDX-License-Identifier: Apache-2.0 */
#include "client/file.h"

#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[64];

/* What was asked of the disk, in order: s a file synced, n a file given its name, d a folder
 * synced. The sync that is `failing` (from 1) fails. */
static char asked[16];
static unsigned failing;

/* What the disk says when a file is to get a mode; 0: it does so. */
static int mode_errno;

int __real_fchmod(int fd, mode_t mode);
int __wrap_fchmod(int fd, mode_t mode);
int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to);

static void
note(char what)
{
	size_t n = strlen(asked);
	assert_true(n + 1 < sizeof(asked));
	asked[n] = what;
}

int
__wrap_fchmod(int fd, mode_t mode)
{
	errno = mode_errno;
	return mode_errno != 0 ? -1 : __real_fchmod(fd, mode);
}

int
__wrap_fsync(int fd)
{
	struct stat st;
	assert_int_equal(fstat(fd, &st), 0);
	note(S_ISDIR(st.st_mode) ? 'd' : 's');
	if (failing > 0 && --failing == 0) {
		errno = EIO;
		return -1;
	}
	return __real_fsync(fd);
}

int
__wrap_rename(const char *from, const char *to)
{
	note('n');
	return __real_rename(from, to);
}

static void
expect_asked(const char *wanted)
{
	assert_string_equal(asked, wanted);
	memset(asked, 0, sizeof(asked));
}

static int
make_folder(void **state)
{
	(void)state;
	memset(asked, 0, sizeof(asked));
	mode_errno = 0;
	snprintf(folder, sizeof(folder), "/tmp/khaosat-file-XXXXXX");
	return mkdtemp(folder) == NULL;
}

static const char *
in_folder(const char *name)
{
	static char path[4][512];
	static unsigned next;
	char *p = path[next++ % 4];
	snprintf(p, sizeof(path[0]), "%s/%s", folder, name);
	return p;
}

static size_t
files_in(const char *path)
{
	DIR *d = opendir(path);
	size_t n = 0;
	assert_non_null(d);
	for (const struct dirent *e; (e = readdir(d)) != NULL;)
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
}

static int
remove_folder(void **state)
{
	(void)state;
	DIR *d = opendir(folder);
	if (d == NULL)
		return 1;
	for (const struct dirent *e; (e = readdir(d)) != NULL;)
		if (e->d_name[0] != '.')
			remove(in_folder(e->d_name));
	closedir(d);
	return rmdir(folder);
}

static void
what_was_written_is_read_back(void **state)
{
	(void)state;
	char bytes[200000];
	size_t n;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 31);
	assert_true(file_write(in_folder("a"), bytes, sizeof(bytes), 0640));
	char *read = file_read(in_folder("a"), sizeof(bytes), &n);
	assert_non_null(read);
	assert_int_equal(n, sizeof(bytes));
	assert_memory_equal(read, bytes, n);
	assert_int_equal(read[n], '\0');
	free(read);
	struct stat st;
	assert_int_equal(stat(in_folder("a"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
}

static void
a_disk_without_modes_takes_a_file_and_one_that_fails_does_not(void **state)
{
	(void)state;
	static const int without[] = {EPERM, ENOTSUP, ENOSYS};
	size_t n;
	for (size_t i = 0; i < sizeof(without) / sizeof(without[0]); i++) {
		mode_errno = without[i];
		assert_true(file_write(in_folder("a"), without, i + 1, 0644));
		char *read = file_read(in_folder("a"), 100, &n);
		assert_non_null(read);
		assert_int_equal(n, i + 1);
		free(read);
	}
	mode_errno = EIO;
	assert_false(file_write(in_folder("a"), "new", 3, 0644));
	assert_int_equal(errno, EIO);
	assert_int_equal(files_in(folder), 1);
}

static void
a_file_over_the_limit_is_refused(void **state)
{
	(void)state;
	size_t n = 77;
	assert_true(file_write(in_folder("a"), "12345", 5, 0600));
	assert_null(file_read(in_folder("a"), 4, &n));
	assert_int_equal(errno, EFBIG);
	assert_int_equal(n, 77);
	assert_null(file_read(in_folder("none"), 4, &n));
	assert_int_equal(errno, ENOENT);
}

static void
a_write_replaces_the_file_and_leaves_no_other(void **state)
{
	(void)state;
	size_t n;
	assert_true(file_write(in_folder("a"), "old", 3, 0600));
	assert_true(file_write(in_folder("a"), "new!", 4, 0600));
	char *read = file_read(in_folder("a"), 100, &n);
	assert_string_equal(read, "new!");
	free(read);
	assert_int_equal(files_in(folder), 1);
}

static void
a_write_that_fails_leaves_nothing_behind(void **state)
{
	(void)state;
	assert_int_equal(mkdir(in_folder("taken"), 0700), 0);
	assert_int_equal(mkdir(in_folder("taken/inside"), 0700), 0);
	assert_false(file_write(in_folder("taken"), "x", 1, 0600));
	assert_int_equal(files_in(folder), 1);
	assert_false(file_write(in_folder("none/a"), "x", 1, 0600));
	assert_int_equal(errno, ENOENT);
	rmdir(in_folder("taken/inside"));
}

static void
a_created_file_is_never_overwritten(void **state)
{
	(void)state;
	struct stat st;
	FILE *f = file_create(in_folder("codes"));
	assert_non_null(f);
	fputs("secret", f);
	assert_true(file_finish(f, in_folder("codes")));
	assert_null(file_create(in_folder("codes")));
	assert_int_equal(errno, EEXIST);
	assert_int_equal(stat(in_folder("codes"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(st.st_size, 6);
}

static void
a_full_disk_is_seen_when_a_stream_ends(void **state)
{
	(void)state;
	FILE *full = fopen("/dev/full", "w");
	assert_non_null(full);
	fputs("x", full);
	assert_false(file_finish(full, "/dev/full"));
	assert_int_equal(errno, ENOSPC);
}

static void
a_stream_has_its_name_only_when_it_has_ended(void **state)
{
	(void)state;
	char temporary[PATH_MAX];
	struct stat st;
	assert_true(file_write(in_folder("a"), "old", 3, 0644));
	FILE *f = file_begin(in_folder("a"), temporary);
	assert_non_null(f);
	fputs("newer", f);
	assert_int_equal(stat(in_folder("a"), &st), 0);
	assert_int_equal(st.st_size, 3);
	assert_int_equal(files_in(folder), 2);
	assert_true(file_end(f, temporary, in_folder("a")));
	assert_string_equal(temporary, "");
	assert_int_equal(stat(in_folder("a"), &st), 0);
	assert_int_equal(st.st_size, 5);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(files_in(folder), 1);
}

static void
a_stream_abandoned_or_failed_leaves_nothing_behind(void **state)
{
	(void)state;
	char temporary[PATH_MAX];
	FILE *f = file_begin(in_folder("a"), temporary);
	assert_non_null(f);
	file_abandon(f, temporary);
	assert_int_equal(files_in(folder), 0);
	f = file_begin(in_folder("a"), temporary);
	assert_non_null(f);
	assert_int_equal(mkdir(in_folder("a"), 0700), 0);
	assert_false(file_end(f, temporary, in_folder("a")));
	assert_int_equal(errno, EISDIR);
	assert_int_equal(files_in(folder), 1);
	assert_null(file_begin(in_folder("none/a"), temporary));
	assert_int_equal(errno, ENOENT);
	assert_string_equal(temporary, "");
}

static void
folders_are_made_with_what_is_above_them(void **state)
{
	(void)state;
	assert_true(file_make_folder(in_folder("x/y/z"), 0700));
	assert_true(file_make_folder(in_folder("x/y/z"), 0700));
	assert_true(file_write(in_folder("x/y/z/a"), "1", 1, 0600));
	assert_true(file_move(in_folder("x/y/z/a"), in_folder("b")));
	assert_int_equal(files_in(in_folder("x/y/z")), 0);
	assert_false(file_make_folder(in_folder("b/c"), 0700));
	assert_int_equal(errno, ENOTDIR);
	assert_true(file_remove(in_folder("b")));
	rmdir(in_folder("x/y/z"));
	rmdir(in_folder("x/y"));
}

static void
what_is_kept_is_synced_before_it_has_its_name_and_then_its_folder(void **state)
{
	(void)state;
	assert_true(file_write(in_folder("a"), "1", 1, 0600));
	expect_asked("snd");
	assert_true(file_move(in_folder("a"), in_folder("b")));
	expect_asked("ndd");
	assert_true(file_remove(in_folder("b")));
	expect_asked("d");
	FILE *f = file_create(in_folder("codes"));
	assert_non_null(f);
	fputs("secret", f);
	assert_true(file_finish(f, in_folder("codes")));
	expect_asked("sd");
	assert_true(file_make_folder(in_folder("x"), 0700));
	expect_asked("d");
	rmdir(in_folder("x"));
}

static void
what_cannot_be_synced_is_not_called_kept(void **state)
{
	(void)state;
	for (unsigned i = 1; i <= 2; i++) {
		memset(asked, 0, sizeof(asked));
		failing = i;
		assert_false(file_write(in_folder("a"), "1", 1, 0600));
		assert_int_equal(errno, EIO);
		FILE *f = file_create(in_folder("codes"));
		assert_non_null(f);
		failing = i;
		assert_false(file_finish(f, in_folder("codes")));
		assert_int_equal(errno, EIO);
		assert_true(file_remove(in_folder("codes")));
		/* the name is given only to what is on the disk */
		assert_int_equal(files_in(folder), i - 1);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		what_was_written_is_read_back, make_folder, remove_folder),
	    cmocka_unit_test_setup_teardown(
		a_disk_without_modes_takes_a_file_and_one_that_fails_does_not, make_folder,
		remove_folder),
	    cmocka_unit_test_setup_teardown(
		a_file_over_the_limit_is_refused, make_folder, remove_folder),
	    cmocka_unit_test_setup_teardown(
		a_write_replaces_the_file_and_leaves_no_other, make_folder, remove_folder),
	    cmocka_unit_test_setup_teardown(
		a_write_that_fails_leaves_nothing_behind, make_folder, remove_folder),
	    cmocka_unit_test_setup_teardown(
		a_created_file_is_never_overwritten, make_folder, remove_folder),
	    cmocka_unit_test_setup_teardown(
		a_stream_has_its_name_only_when_it_has_ended, make_folder, remove_folder),
	    cmocka_unit_test_setup_teardown(
		a_stream_abandoned_or_failed_leaves_nothing_behind, make_folder, remove_folder),
	    cmocka_unit_test(a_full_disk_is_seen_when_a_stream_ends),
	    cmocka_unit_test_setup_teardown(
		folders_are_made_with_what_is_above_them, make_folder, remove_folder),
	    cmocka_unit_test_setup_teardown(
		what_is_kept_is_synced_before_it_has_its_name_and_then_its_folder, make_folder,
		remove_folder),
	    cmocka_unit_test_setup_teardown(
		what_cannot_be_synced_is_not_called_kept, make_folder, remove_folder),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
