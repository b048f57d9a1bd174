/* SPDX-License-Identifier: Apache-2.0 */
/* A disk that is really full: a small tmpfs of the test's own, where the system lets it mount one.
 */
#include "storage/store.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/support/store_rig.h"

#define NOT_PERMITTED 77
#define BALLAST_BYTES (1 << 20)

static bool
write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	bool done = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	return close(fd) == 0 && done;
}

/* In a namespace of our own, as root or as whoever may have one. */
static bool
mount_small_disk(const char *folder)
{
	char map[64];
	snprintf(map, sizeof(map), "0 %u 1", (unsigned int)geteuid());
	if (unshare(CLONE_NEWNS) != 0 &&
	    (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0 || !write_file("/proc/self/uid_map", map)))
		return false;
	return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	       mount("tmpfs", folder, "tmpfs", 0, "size=4m") == 0;
}

static bool
make_ballast(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	return fd >= 0 && posix_fallocate(fd, 0, BALLAST_BYTES) == 0 && close(fd) == 0;
}

static bool
on_entry(void *context, uint64_t number, const uint8_t *bytes, size_t n)
{
	uint64_t *next = context;
	return number == (*next)++ && rig_bytes_are_whole(bytes, n);
}

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);            \
			_exit(1);                                                                  \
		}                                                                                  \
	} while (0)

/* Until nothing gets in any more; how many did. */
static uint64_t
fill(struct rig *rig, size_t n)
{
	enum store_outcome outcome;
	uint64_t stored = 0;
	while ((outcome = rig_put(rig, 0, 0, n, NULL)) == STORE_ACCEPTED)
		stored++;
	CHECK(outcome == STORE_FULL);
	return stored;
}

static void
fill_and_recover(struct rig *rig)
{
	char ballast[96];
	struct store_health health;
	uint64_t stored = 0, next = 1;
	if (!mount_small_disk(rig->folder))
		_exit(NOT_PERMITTED);
	snprintf(ballast, sizeof(ballast), "%s/ballast", rig->folder);
	CHECK(make_ballast(ballast));
	rig_run(rig);
	for (size_t n = 100000; n > 50; n /= 2) /* ever smaller, up to the last page */
		stored += fill(rig, n);
	store_health(rig->store, &health);
	CHECK(health.full && health.accepting && health.last == stored && stored > 20);
	CHECK(store_read(rig->store, 1, 0, on_entry, &next) == STORE_OK && next == stored + 1);
	CHECK(unlink(ballast) == 0);
	CHECK(rig_put_patiently(rig, 0, 0, 20000) == STORE_ACCEPTED);
	uint64_t more = 1 + fill(rig, 20000);
	CHECK(more > 20);
	rig_close(rig);
	rig_run(rig); /* opens on a full disk */
	next = 1;
	CHECK(store_read(rig->store, 1, 0, on_entry, &next) == STORE_OK);
	CHECK(next == stored + more + 1 && store_last(rig->store) == stored + more);
	rig_close(rig);
	_exit(0);
}

static void
a_disk_that_is_really_full_is_try_later_and_recovers(void **state)
{
	(void)state;
	struct rig rig;
	int status;
	rig_make(&rig);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0)
		fill_and_recover(&rig);
	assert_int_equal(waitpid(child, &status, 0), child);
	rig_free(&rig);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == NOT_PERMITTED) {
		print_message("skipped: no small file system may be mounted here\n");
		skip();
	}
	assert_int_equal(WEXITSTATUS(status), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_disk_that_is_really_full_is_try_later_and_recovers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
