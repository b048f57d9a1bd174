/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions over a socket pair: the test is the peer, and the owner of the session. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "collector/budget.h"
#include "collector/session.h"
#include "proto/frame.h"

#define LIMIT 1024
#define IN_FLIGHT 4

struct rig {
	struct event_base *base;
	struct session *session; /* NULL once it has closed */
	int peer;
	struct session_rules rules;
	struct budget output;
	struct session_owner owner;
	size_t frames;    /* handed over */
	size_t bytes;     /* in them */
	uint8_t last;     /* first byte of the last one */
	bool answers_now; /* within the frame callback, with a copy of the frame */
	bool not_a_request;
	size_t answer_bytes; /* 0: as long as the frame */
	size_t refusals;
};

static void
answer(struct rig *rig, const uint8_t *bytes, size_t n)
{
	uint8_t *room = session_reserve(rig->session, n);
	if (room == NULL)
		return;
	memset(room, 0, n);
	if (bytes != NULL)
		memcpy(room, bytes, n);
	session_answer(rig->session);
}

static bool
on_frame(void *context, struct session *s, const uint8_t *body, size_t n)
{
	struct rig *rig = context;
	assert_ptr_equal(s, rig->session);
	if (rig->not_a_request)
		return false;
	rig->frames++;
	rig->bytes += n;
	rig->last = body[0];
	if (rig->answers_now)
		answer(rig, rig->answer_bytes == 0 ? body : NULL,
		    rig->answer_bytes == 0 ? n : rig->answer_bytes);
	return true;
}

static void
on_refusal(void *context, struct session *s)
{
	struct rig *rig = context;
	rig->refusals++;
	uint8_t *room = session_reserve(s, 1);
	if (room == NULL)
		return;
	*room = '!';
	session_say(s);
}

static void
on_closed(void *context, struct session *s)
{
	struct rig *rig = context;
	assert_ptr_equal(s, rig->session);
	rig->session = NULL;
}

static int
set_up(void **state)
{
	int pair[2];
	struct rig *rig = calloc(1, sizeof(*rig));
	assert_non_null(rig);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	rig->base = event_base_new();
	atomic_init(&rig->output.most, 8 << 20);
	rig->peer = pair[0];
	rig->rules = (struct session_rules){.in_flight_max = IN_FLIGHT,
	    .output_pause_bytes = 1 << 20,
	    .output_max_bytes = 4 << 20,
	    .output = &rig->output,
	    .idle_ms = 1000,
	    .read_ms = 500,
	    .farewell_ms = 100};
	rig->owner = (struct session_owner){.rules = &rig->rules,
	    .context = rig,
	    .frame = on_frame,
	    .refusal = on_refusal,
	    .closed = on_closed};
	rig->session =
	    session_open(rig->base, pair[1], NULL, 7, LIMIT, &dialect_frames, &rig->owner);
	assert_non_null(rig->session);
	*state = rig;
	return 0;
}

static int
tear_down(void **state)
{
	struct rig *rig = *state;
	if (rig->session != NULL)
		session_close(rig->session);
	event_base_free(rig->base);
	if (rig->peer >= 0)
		close(rig->peer);
	free(rig);
	return 0;
}

/* Whatever can happen now, happens. */
static void
turn(struct rig *rig)
{
	for (int i = 0; i < 50; i++)
		event_base_loop(rig->base, EVLOOP_NONBLOCK);
}

static void
put(struct rig *rig, const void *bytes, size_t n)
{
	assert_int_equal(send(rig->peer, bytes, n, MSG_NOSIGNAL), (ssize_t)n);
}

static void
put_frame(struct rig *rig, uint8_t first, size_t body_bytes)
{
	uint8_t frame[4 + LIMIT] = {0};
	frame_header(frame, body_bytes);
	frame[4] = first;
	put(rig, frame, 4 + body_bytes);
}

/* What has arrived at the peer. */
static ssize_t
take(struct rig *rig, uint8_t *out, size_t n)
{
	return recv(rig->peer, out, n, MSG_DONTWAIT);
}

static void
a_frame_sent_byte_by_byte_is_handed_over_once_and_whole(void **state)
{
	struct rig *rig = *state;
	uint8_t frame[4 + 100] = {0};
	frame_header(frame, 100);
	frame[4] = 'a';
	for (size_t i = 0; i < sizeof(frame); i++) {
		assert_int_equal(rig->frames, 0);
		put(rig, frame + i, 1);
		turn(rig);
	}
	assert_int_equal(rig->frames, 1);
	assert_int_equal(rig->bytes, 100);
	assert_int_equal(rig->last, 'a');
}

static void
pipelined_frames_are_answered_in_the_order_the_owner_likes(void **state)
{
	struct rig *rig = *state;
	uint8_t got[64];
	for (uint8_t i = 0; i < 3; i++)
		put_frame(rig, (uint8_t)('a' + i), 1);
	turn(rig);
	assert_int_equal(rig->frames, 3);
	assert_int_equal(session_in_flight(rig->session), 3);
	answer(rig, (const uint8_t *)"c", 1);
	answer(rig, (const uint8_t *)"a", 1);
	assert_true(session_settle(rig->session));
	turn(rig);
	assert_int_equal(session_in_flight(rig->session), 1);
	assert_int_equal(take(rig, got, sizeof(got)), 10);
	assert_memory_equal(got, "\0\0\0\1c\0\0\0\1a", 10);
}

static void
reading_pauses_at_the_limit_and_resumes_at_half(void **state)
{
	struct rig *rig = *state;
	for (int i = 0; i < 10; i++)
		put_frame(rig, 'x', 8);
	turn(rig);
	assert_int_equal(rig->frames, IN_FLIGHT);
	answer(rig, NULL, 1);
	assert_true(session_settle(rig->session));
	turn(rig);
	assert_int_equal(rig->frames, IN_FLIGHT); /* 3 under way: not yet half */
	answer(rig, NULL, 1);
	answer(rig, NULL, 1);
	assert_true(session_settle(rig->session));
	turn(rig);
	assert_int_equal(rig->frames, IN_FLIGHT + 3);
}

static void
what_waits_in_the_socket_is_taken_in_one_turn(void **state)
{
	struct rig *rig = *state;
	rig->answers_now = true;
	session_set_frame_limit(rig->session, 131072);
	put_frame(rig, 'x', 1000);
	turn(rig);
	for (int i = 0; i < 40; i++)
		put_frame(rig, 'x', 1000);
	event_base_loop(rig->base, EVLOOP_NONBLOCK | EVLOOP_ONCE);
	assert_int_equal(rig->frames, 41);
}

static void
check_lost_framing(struct rig *rig, const uint8_t header[4])
{
	uint8_t got[64];
	put(rig, header, 4);
	put(rig, "more that nobody will read", 26);
	turn(rig);
	assert_int_equal(rig->refusals, 1);
	assert_int_equal(rig->frames, 0);
	assert_int_equal(take(rig, got, sizeof(got)), 5);
	assert_int_equal(got[4], '!');
	assert_int_equal(take(rig, got, sizeof(got)), 0); /* their side is shut */
	close(rig->peer);
	rig->peer = -1;
	turn(rig);
	assert_null(rig->session);
}

static void
a_length_of_zero_gets_last_words_and_the_end(void **state)
{
	check_lost_framing(*state, (const uint8_t[]){0, 0, 0, 0});
}

static void
a_length_over_the_limit_gets_last_words_and_the_end(void **state)
{
	check_lost_framing(*state, (const uint8_t[]){0, 0, 4, 1});
}

static void
a_length_of_four_gibibytes_gets_last_words_and_the_end(void **state)
{
	check_lost_framing(*state, (const uint8_t[]){0xff, 0xff, 0xff, 0xff});
}

static void
what_is_not_a_request_ends_the_session_but_not_what_is_under_way(void **state)
{
	struct rig *rig = *state;
	uint8_t got[64];
	put_frame(rig, 'a', 1);
	turn(rig);
	rig->not_a_request = true;
	put_frame(rig, 'b', 1);
	put_frame(rig, 'c', 1);
	turn(rig);
	assert_int_equal(rig->refusals, 1);
	assert_int_equal(rig->frames, 1);
	assert_int_equal(take(rig, got, sizeof(got)), 5);
	answer(rig, (const uint8_t *)"A", 1);
	assert_true(session_settle(rig->session));
	turn(rig);
	assert_int_equal(take(rig, got, sizeof(got)), 5);
	assert_int_equal(got[4], 'A');
	assert_int_equal(take(rig, got, sizeof(got)), 0);
}

static void
a_peer_that_shut_its_side_still_gets_its_answers(void **state)
{
	struct rig *rig = *state;
	uint8_t got[64];
	for (int i = 0; i < 6; i++)
		put_frame(rig, 'x', 1);
	shutdown(rig->peer, SHUT_WR);
	turn(rig);
	assert_int_equal(rig->frames, IN_FLIGHT);
	for (int i = 0; i < 6; i++) {
		assert_non_null(rig->session);
		answer(rig, NULL, 1);
		session_settle(rig->session);
	}
	turn(rig);
	assert_int_equal(rig->frames, 6);
	assert_null(rig->session);
	assert_int_equal(take(rig, got, sizeof(got)), 30);
	assert_int_equal(take(rig, got, sizeof(got)), 0);
}

static void
a_peer_that_left_with_half_a_frame_is_forgotten(void **state)
{
	struct rig *rig = *state;
	put(rig, "\0\0\0\10abc", 7);
	close(rig->peer);
	rig->peer = -1;
	turn(rig);
	assert_null(rig->session);
	assert_int_equal(rig->frames, 0);
}

static void
a_peer_that_does_not_read_is_not_read_from_and_then_closed(void **state)
{
	struct rig *rig = *state;
	rig->answers_now = true;
	rig->answer_bytes = 1 << 19;
	for (int i = 0; i < 40; i++)
		put_frame(rig, 'x', 1);
	turn(rig);
	assert_non_null(rig->session);
	assert_in_range(rig->frames, 2, 8); /* a pause after 1 MiB, and what the socket took */
	size_t before = rig->frames;
	turn(rig);
	assert_int_equal(rig->frames, before);
	while (rig->session != NULL && session_reserve(rig->session, 1 << 20) != NULL)
		session_say(rig->session);
	assert_false(session_settle(rig->session));
	assert_null(rig->session);
}

static void
answers_over_the_pause_that_the_socket_takes_do_not_stop_it(void **state)
{
	struct rig *rig = *state;
	rig->rules.output_pause_bytes = 1000;
	rig->answers_now = true;
	rig->answer_bytes = 4000;
	for (unsigned i = 0; i < 5; i++) {
		put_frame(rig, 'x', 1);
		turn(rig);
		assert_int_equal(rig->frames, i + 1);
	}
	for (unsigned i = 0; i < 5; i++)
		put_frame(rig, 'x', 1);
	turn(rig);
	assert_int_equal(rig->frames, 10);
}

static void
what_waits_is_counted_until_it_is_read_or_the_session_closes(void **state)
{
	struct rig *rig = *state;
	static uint8_t got[1 << 16];
	rig->answers_now = true;
	rig->answer_bytes = 1 << 20;
	put_frame(rig, 'x', 1);
	turn(rig);
	size_t waiting = atomic_load(&rig->output.used);
	assert_in_range(waiting, 1, (1 << 20) + 4);
	while (take(rig, got, sizeof(got)) > 0)
		turn(rig);
	assert_int_equal(atomic_load(&rig->output.used), 0);
	put_frame(rig, 'x', 1);
	turn(rig);
	assert_int_equal(atomic_load(&rig->output.used), waiting);
	session_close(rig->session);
	assert_int_equal(atomic_load(&rig->output.used), 0);
}

static void
where_others_hold_too_much_who_reads_is_served_and_who_does_not_is_closed(void **state)
{
	struct rig *rig = *state;
	static uint8_t got[1 << 16];
	rig->answers_now = true;
	budget_move(&rig->output, 0, 9 << 20);
	for (int i = 0; i < 3; i++)
		put_frame(rig, 'x', 1);
	turn(rig);
	assert_int_equal(rig->frames, 3);
	assert_int_equal(take(rig, got, sizeof(got)), 3 * 5);
	rig->answer_bytes = 1 << 19;
	for (int i = 0; i < 3; i++)
		put_frame(rig, 'x', 1);
	turn(rig);
	assert_int_equal(rig->frames, 4); /* with 1 MiB allowed it would be more */
	assert_true(session_sweep(rig->session, 1000));
	assert_true(session_sweep(rig->session, 1099));
	while (take(rig, got, sizeof(got)) > 0 && rig->frames == 4)
		turn(rig);
	assert_int_equal(rig->frames, 5);
	assert_true(session_sweep(rig->session, 1100)); /* it has read, and has its time again */
	assert_true(session_sweep(rig->session, 1199));
	assert_false(session_sweep(rig->session, 1200));
	assert_null(rig->session);
}

static void
a_doomed_session_closes_when_it_is_settled_and_not_before(void **state)
{
	struct rig *rig = *state;
	put_frame(rig, 'x', 1);
	turn(rig);
	session_doom(rig->session);
	assert_non_null(rig->session);
	assert_null(session_reserve(rig->session, 1));
	assert_false(session_settle(rig->session));
	assert_null(rig->session);
}

static void
idle_and_half_a_frame_each_have_their_time(void **state)
{
	struct rig *rig = *state;
	assert_true(session_sweep(rig->session, 1000));
	assert_true(session_sweep(rig->session, 1999));
	put(rig, "\0\0", 2); /* a frame begins just before the idle session would end */
	turn(rig);
	assert_true(session_sweep(rig->session, 2000));
	assert_true(session_sweep(rig->session, 2499));
	put(rig, "\0", 1); /* one more byte buys no more time */
	turn(rig);
	assert_false(session_sweep(rig->session, 2500));
	assert_null(rig->session);
}

static void
a_session_that_waits_for_us_is_never_idle(void **state)
{
	struct rig *rig = *state;
	put_frame(rig, 'x', 1);
	turn(rig);
	assert_true(session_sweep(rig->session, 1000));
	assert_true(session_sweep(rig->session, 1000000));
}

static void
draining_answers_what_is_under_way_and_takes_no_more(void **state)
{
	struct rig *rig = *state;
	uint8_t got[16];
	put_frame(rig, 'a', 1);
	turn(rig);
	assert_true(session_drain(rig->session));
	put_frame(rig, 'b', 1);
	turn(rig);
	assert_int_equal(rig->frames, 1);
	answer(rig, (const uint8_t *)"A", 1);
	assert_true(session_settle(rig->session));
	turn(rig);
	assert_int_equal(take(rig, got, sizeof(got)), 5);
	assert_int_equal(take(rig, got, sizeof(got)), 0);
}

static void
the_limit_of_frames_can_be_raised(void **state)
{
	struct rig *rig = *state;
	static uint8_t frame[4 + 100000];
	session_set_frame_limit(rig->session, 200000);
	frame_header(frame, 100000);
	for (size_t at = 0; at < sizeof(frame);) {
		size_t n = sizeof(frame) - at < 4096 ? sizeof(frame) - at : 4096;
		put(rig, frame + at, n);
		at += n;
		turn(rig);
	}
	assert_int_equal(rig->frames, 1);
	assert_int_equal(rig->bytes, 100000);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_frame_sent_byte_by_byte_is_handed_over_once_and_whole),
	    TEST(pipelined_frames_are_answered_in_the_order_the_owner_likes),
	    TEST(reading_pauses_at_the_limit_and_resumes_at_half),
	    TEST(what_waits_in_the_socket_is_taken_in_one_turn),
	    TEST(a_length_of_zero_gets_last_words_and_the_end),
	    TEST(a_length_over_the_limit_gets_last_words_and_the_end),
	    TEST(a_length_of_four_gibibytes_gets_last_words_and_the_end),
	    TEST(what_is_not_a_request_ends_the_session_but_not_what_is_under_way),
	    TEST(a_peer_that_shut_its_side_still_gets_its_answers),
	    TEST(a_peer_that_left_with_half_a_frame_is_forgotten),
	    TEST(a_peer_that_does_not_read_is_not_read_from_and_then_closed),
	    TEST(answers_over_the_pause_that_the_socket_takes_do_not_stop_it),
	    TEST(what_waits_is_counted_until_it_is_read_or_the_session_closes),
	    TEST(where_others_hold_too_much_who_reads_is_served_and_who_does_not_is_closed),
	    TEST(a_doomed_session_closes_when_it_is_settled_and_not_before),
	    TEST(idle_and_half_a_frame_each_have_their_time),
	    TEST(a_session_that_waits_for_us_is_never_idle),
	    TEST(draining_answers_what_is_under_way_and_takes_no_more),
	    TEST(the_limit_of_frames_can_be_raised),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
