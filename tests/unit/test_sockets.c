/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/sockets.h"

#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define PAIRS 150 /* more than go into one call */

struct io_uring;
struct io_uring_probe;
struct io_uring_probe *__real_io_uring_get_probe_ring(struct io_uring *ring);
struct io_uring_probe *__wrap_io_uring_get_probe_ring(struct io_uring *ring);
static bool is_old; /* as Linux before 5.6 */

struct io_uring_probe *
__wrap_io_uring_get_probe_ring(struct io_uring *ring)
{
	return is_old ? NULL : __real_io_uring_get_probe_ring(ring);
}

/* Sockets, each with its peer, asked together or one by one. */
struct rig {
	struct sockets *sockets;
	int ours[PAIRS], peer[PAIRS];
	struct socket_call call[PAIRS];
	char room[PAIRS][64];
};

static void
open_rig(struct rig *rig, bool together)
{
	rig->sockets = sockets_new(together);
	assert_non_null(rig->sockets);
	for (unsigned i = 0; i < PAIRS; i++) {
		int end[2];
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, end), 0);
		rig->ours[i] = end[0];
		rig->peer[i] = end[1];
	}
}

static void
close_rig(struct rig *rig)
{
	for (unsigned i = 0; i < PAIRS; i++) {
		close(rig->ours[i]);
		if (rig->peer[i] >= 0)
			close(rig->peer[i]);
	}
	sockets_free(rig->sockets);
}

static void
receive_all(struct rig *rig)
{
	for (unsigned i = 0; i < PAIRS; i++)
		rig->call[i] = (struct socket_call){
		    .fd = rig->ours[i], .bytes = rig->room[i], .n = sizeof(rig->room[i])};
	sockets_run(rig->sockets, rig->call, PAIRS);
}

/* Where the system has no io_uring both are the same, and the tests hold all the same. */
static void
in_both_ways(void (*check)(struct rig *rig))
{
	for (int together = 0; together < 2; together++) {
		struct rig rig;
		open_rig(&rig, together);
		if (together && !sockets_in_one_call(rig.sockets))
			print_message("no io_uring here: one by one twice\n");
		check(&rig);
		close_rig(&rig);
	}
}

static void
check_receiving(struct rig *rig)
{
	for (unsigned i = 0; i < PAIRS; i++) {
		char word[16];
		int n = snprintf(word, sizeof(word), "word %u", i);
		if (i % 3 == 0)
			assert_int_equal(send(rig->peer[i], word, (size_t)n, 0), n);
		if (i % 3 == 1) {
			close(rig->peer[i]);
			rig->peer[i] = -1;
		}
	}
	receive_all(rig);
	for (unsigned i = 0; i < PAIRS; i++) {
		char word[16];
		int n = snprintf(word, sizeof(word), "word %u", i);
		assert_int_equal(rig->call[i].moved, i % 3 == 0 ? n : i % 3 == 1 ? 0 : -EAGAIN);
		if (i % 3 == 0)
			assert_memory_equal(rig->room[i], word, (size_t)n);
	}
}

static void
each_socket_gets_what_came_for_it_and_nobody_waits(void **state)
{
	(void)state;
	in_both_ways(check_receiving);
}

/* As much as the sockets take, none of which is lost or said twice. */
static void
check_sending(struct rig *rig)
{
	static char much[1 << 20];
	size_t sent = 0, got = 0;
	ssize_t n;
	memset(much, 'm', sizeof(much));
	for (unsigned i = 0; i < PAIRS; i++)
		rig->call[i] = (struct socket_call){.fd = rig->ours[i],
		    .sends = true,
		    .bytes = much,
		    .n = i == 7 ? sizeof(much) : i + 1};
	sockets_run(rig->sockets, rig->call, PAIRS);
	for (unsigned i = 0; i < PAIRS; i++)
		if (i != 7)
			assert_int_equal(rig->call[i].moved, i + 1);
	assert_in_range(rig->call[7].moved, 1, sizeof(much) - 1);
	sent = (size_t)rig->call[7].moved;
	sockets_run(rig->sockets, &rig->call[7], 1);
	assert_int_equal(rig->call[7].moved, -EAGAIN);
	while ((n = recv(rig->peer[7], much, sizeof(much), MSG_DONTWAIT)) > 0)
		got += (size_t)n;
	assert_int_equal(got, sent);
}

static void
a_socket_that_takes_no_more_keeps_no_other_from_sending(void **state)
{
	(void)state;
	in_both_ways(check_sending);
}

static void
check_errors(struct rig *rig)
{
	close(rig->peer[3]);
	rig->peer[3] = -1;
	for (unsigned i = 0; i < PAIRS; i++)
		rig->call[i] = (struct socket_call){
		    .fd = i == 5 ? -1 : rig->ours[i], .sends = true, .bytes = "x", .n = 1};
	sockets_run(rig->sockets, rig->call, PAIRS);
	for (unsigned i = 0; i < PAIRS; i++)
		assert_int_equal(rig->call[i].moved, i == 3 ? -EPIPE : i == 5 ? -EBADF : 1);
}

static void
what_one_socket_says_of_an_error_is_its_own(void **state)
{
	(void)state;
	in_both_ways(check_errors);
}

/* The descriptor of the process's one ring; -1: there is none. */
static int
ring_descriptor(void)
{
	int found = -1;
	DIR *folder = opendir("/proc/self/fd");
	assert_non_null(folder);
	for (const struct dirent *e = readdir(folder); e != NULL; e = readdir(folder)) {
		char path[300], what[64] = "";
		snprintf(path, sizeof(path), "/proc/self/fd/%s", e->d_name);
		if (readlink(path, what, sizeof(what) - 1) > 0 && strstr(what, "io_uring") != NULL)
			found = atoi(e->d_name);
	}
	closedir(folder);
	return found;
}

static void
a_ring_that_fails_is_given_up_and_nothing_is_lost(void **state)
{
	struct rig rig;
	(void)state;
	open_rig(&rig, true);
	int ring = ring_descriptor();
	if (ring < 0) {
		close_rig(&rig);
		skip();
	}
	for (unsigned i = 0; i < PAIRS; i++)
		assert_int_equal(send(rig.peer[i], "x", 1, 0), 1);
	int other = dup(rig.peer[0]);
	assert_int_equal(dup2(other, ring), ring); /* no ring any more */
	close(other);
	receive_all(&rig);
	assert_int_equal(rig.call[0].moved, -EAGAIN);
	assert_false(sockets_in_one_call(rig.sockets));
	receive_all(&rig);
	for (unsigned i = 0; i < 64; i++) /* those that were in the call that failed */
		assert_int_equal(rig.call[i].moved, 1);
	close_rig(&rig);
}

static void
a_ring_that_cannot_say_what_it_does_is_not_taken(void **state)
{
	struct rig rig;
	(void)state;
	is_old = true;
	open_rig(&rig, true);
	is_old = false;
	assert_false(sockets_in_one_call(rig.sockets));
	assert_int_equal(ring_descriptor(), -1);
	check_receiving(&rig);
	close_rig(&rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_socket_gets_what_came_for_it_and_nobody_waits),
	    cmocka_unit_test(a_socket_that_takes_no_more_keeps_no_other_from_sending),
	    cmocka_unit_test(what_one_socket_says_of_an_error_is_its_own),
	    cmocka_unit_test(a_ring_that_fails_is_given_up_and_nothing_is_lost),
	    cmocka_unit_test(a_ring_that_cannot_say_what_it_does_is_not_taken),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
