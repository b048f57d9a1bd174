/* SPDX-License-Identifier: Apache-2.0 */
/* Several streams of one loop, which read and write in one go; then again where the system has no
 * such thing. */
#include "collector/stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <event2/event.h>

#include "collector/budget.h"
#include "collector/sockets.h"

#define ENDS 70 /* more than are read in one go */

static bool has_ring;

struct sockets *__real_sockets_new(bool in_one_call);
struct sockets *__wrap_sockets_new(bool in_one_call);

struct sockets *
__wrap_sockets_new(bool in_one_call)
{
	return __real_sockets_new(in_one_call && has_ring);
}

struct rig;

struct end {
	struct rig *rig;
	struct stream *stream; /* NULL: closed */
	int peer;
	unsigned arrivals, written;
	struct end *closes, *hushes; /* what it does to others when something arrives */
};

struct rig {
	struct event_base *base;
	struct stream_group *group;
	struct budget output;
	struct end end[ENDS];
};

static void
end_close(struct end *e)
{
	stream_close(e->stream);
	e->stream = NULL;
}

static bool
on_arrived(void *context)
{
	struct end *e = context;
	e->arrivals++;
	if (e->closes != NULL && e->closes->stream != NULL)
		end_close(e->closes);
	if (e->hushes != NULL)
		stream_set_reading(e->hushes->stream, false);
	if (e->stream == NULL)
		return false;
	if (stream_is_at_end(e->stream)) {
		end_close(e);
		return false;
	}
	return true;
}

static bool
on_written(void *context)
{
	struct end *e = context;
	e->written++;
	return true;
}

static int
set_up(void **state)
{
	struct rig *rig = calloc(1, sizeof(*rig));
	assert_non_null(rig);
	atomic_init(&rig->output.most, 64 << 20);
	rig->base = event_base_new();
	rig->group = stream_group_new(rig->base);
	for (unsigned i = 0; i < ENDS; i++) {
		struct end *e = &rig->end[i];
		const struct stream_user user = {.arrived = on_arrived,
		    .written = on_written,
		    .context = e,
		    .write_ms = 10000,
		    .output = &rig->output};
		int pair[2];
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
		e->rig = rig;
		e->peer = pair[0];
		e->stream = stream_open(rig->group, pair[1], NULL, &user);
		assert_non_null(e->stream);
		stream_set_reading(e->stream, true);
	}
	*state = rig;
	return 0;
}

static int
tear_down(void **state)
{
	struct rig *rig = *state;
	for (unsigned i = 0; i < ENDS; i++) {
		if (rig->end[i].stream != NULL)
			stream_close(rig->end[i].stream);
		close(rig->end[i].peer);
	}
	assert_int_equal(atomic_load(&rig->output.used), 0);
	stream_group_free(rig->group);
	event_base_free(rig->base);
	free(rig);
	return 0;
}

static void
say_to_all(struct rig *rig)
{
	for (unsigned i = 0; i < ENDS; i++)
		assert_int_equal(send(rig->end[i].peer, &i, sizeof(i), 0), sizeof(i));
}

static void
turn(struct rig *rig)
{
	event_base_loop(rig->base, EVLOOP_NONBLOCK);
}

static void
all_that_are_readable_in_a_turn_get_their_own_bytes(void **state)
{
	struct rig *rig = *state;
	say_to_all(rig);
	for (int i = 0; i < 3; i++) /* the system tells of some of them at a time */
		turn(rig);
	for (unsigned i = 0; i < ENDS; i++) {
		assert_int_equal(rig->end[i].arrivals, 1);
		assert_int_equal(stream_length(rig->end[i].stream), sizeof(i));
		assert_memory_equal(stream_peek(rig->end[i].stream), &i, sizeof(i));
	}
}

static void
a_stream_that_another_closes_meanwhile_hears_nothing(void **state)
{
	struct rig *rig = *state;
	for (unsigned i = 0; i + 1 < ENDS; i += 2) {
		rig->end[i].closes = &rig->end[i + 1];
		rig->end[i + 1].closes = &rig->end[i];
	}
	say_to_all(rig);
	for (int i = 0; i < 3; i++)
		turn(rig);
	for (unsigned i = 0; i + 1 < ENDS; i += 2) {
		const struct end *a = &rig->end[i], *b = &rig->end[i + 1];
		assert_int_equal(a->arrivals + b->arrivals, 1);
		assert_true((a->stream == NULL) != (b->stream == NULL));
	}
}

static void
a_stream_that_reads_no_more_loses_nothing(void **state)
{
	struct rig *rig = *state;
	struct end *quiet = &rig->end[ENDS - 1];
	say_to_all(rig);
	stream_set_reading(quiet->stream, false);
	for (int i = 0; i < 3; i++)
		turn(rig);
	assert_int_equal(quiet->arrivals, 0);
	stream_set_reading(quiet->stream, true);
	turn(rig);
	assert_int_equal(quiet->arrivals, 1);
	assert_int_equal(stream_length(quiet->stream), sizeof(unsigned));
}

static void
hush(evutil_socket_t fd, short events, void *context)
{
	(void)fd;
	(void)events;
	stream_set_reading(context, false);
}

/* Between what makes it readable and what reads. */
static void
a_stream_that_is_hushed_in_time_is_not_read(void **state)
{
	struct rig *rig = *state;
	struct end *quiet = &rig->end[0];
	struct event *e = event_new(rig->base, rig->end[1].peer, EV_READ, hush, quiet->stream);
	assert_int_equal(event_add(e, NULL), 0);
	assert_int_equal(send(quiet->peer, "x", 1, 0), 1);
	uint8_t *room = stream_reserve(rig->end[1].stream, 1);
	assert_non_null(room);
	*room = 'y';
	stream_commit(rig->end[1].stream);
	stream_write(rig->end[1].stream);
	turn(rig);
	assert_int_equal(quiet->arrivals, 0);
	stream_set_reading(quiet->stream, true);
	turn(rig);
	assert_int_equal(quiet->arrivals, 1);
	event_free(e);
}

static void
one_that_is_hushed_by_another_may_still_be_told_of_what_was_read(void **state)
{
	struct rig *rig = *state;
	rig->end[0].hushes = &rig->end[1];
	rig->end[1].hushes = &rig->end[0];
	say_to_all(rig);
	for (int i = 0; i < 3; i++)
		turn(rig);
	stream_set_reading(rig->end[0].stream, true);
	stream_set_reading(rig->end[1].stream, true);
	turn(rig);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(stream_length(rig->end[i].stream), sizeof(i));
		assert_memory_equal(stream_peek(rig->end[i].stream), &i, sizeof(i));
	}
}

static void
peers_that_have_gone_are_told_of_one_by_one(void **state)
{
	struct rig *rig = *state;
	for (unsigned i = 0; i < ENDS; i += 2)
		assert_int_equal(shutdown(rig->end[i].peer, SHUT_WR), 0);
	for (int i = 0; i < 3; i++)
		turn(rig);
	for (unsigned i = 0; i < ENDS; i++)
		assert_true((rig->end[i].stream == NULL) == (i % 2 == 0));
}

static void
put(struct stream *s, size_t n, char c)
{
	uint8_t *room = stream_reserve(s, n);
	assert_non_null(room);
	memset(room, c, n);
	stream_commit(s);
}

/* Bytes that have come to the peer, all of them `c`. */
static size_t
heard(const struct end *e, char c)
{
	static char got[65536];
	size_t all = 0;
	ssize_t n;
	while ((n = recv(e->peer, got, sizeof(got), MSG_DONTWAIT)) > 0)
		for (all += (size_t)n; n > 0; n--)
			assert_int_equal(got[n - 1], c);
	return all;
}

static void
what_is_said_together_goes_out_once_and_the_rest_later(void **state)
{
	struct rig *rig = *state;
	const size_t much = 4 << 20;
	for (unsigned i = 0; i < ENDS; i++) {
		put(rig->end[i].stream, i == 5 ? much : i + 1, (char)i);
		stream_write_soon(rig->end[i].stream);
		stream_write_soon(rig->end[i].stream); /* named twice: said once */
	}
	stream_group_write(rig->group);
	for (unsigned i = 0; i < ENDS; i++) {
		assert_true((stream_waiting(rig->end[i].stream) == 0) == (i != 5));
		stream_write(rig->end[i].stream);
		if (i != 5)
			assert_int_equal(heard(&rig->end[i], (char)i), i + 1);
	}
	size_t got = 0;
	for (int i = 0; i < 10000 && got < much; i++) {
		got += heard(&rig->end[5], 5);
		turn(rig);
	}
	assert_int_equal(got, much);
	assert_int_equal(rig->end[5].written, 1);
	assert_int_equal(heard(&rig->end[5], 5), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		all_that_are_readable_in_a_turn_get_their_own_bytes, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		a_stream_that_another_closes_meanwhile_hears_nothing, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		a_stream_that_reads_no_more_loses_nothing, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		a_stream_that_is_hushed_in_time_is_not_read, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		one_that_is_hushed_by_another_may_still_be_told_of_what_was_read, set_up,
		tear_down),
	    cmocka_unit_test_setup_teardown(
		peers_that_have_gone_are_told_of_one_by_one, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		what_is_said_together_goes_out_once_and_the_rest_later, set_up, tear_down),
	};
	has_ring = true;
	int failed = cmocka_run_group_tests_name("in one call", tests, NULL, NULL);
	has_ring = false;
	return failed + cmocka_run_group_tests_name("one by one", tests, NULL, NULL);
}
