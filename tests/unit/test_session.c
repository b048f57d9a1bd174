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

#include "collector/session_parts.h"
#include "proto/frame.h"
#include "tests/support/session_pair.h"

static void
a_frame_sent_byte_by_byte_is_handed_over_once_and_whole(void **state)
{
	struct session_pair *pair = *state;
	uint8_t frame[4 + 100] = {0};
	frame_header(frame, 100);
	frame[4] = 'a';
	for (size_t i = 0; i < sizeof(frame); i++) {
		assert_int_equal(pair->frames, 0);
		pair_put(pair, frame + i, 1);
		pair_turn(pair);
	}
	assert_int_equal(pair->frames, 1);
	assert_int_equal(pair->bytes, 100);
	assert_int_equal(pair->last, 'a');
}

static void
pipelined_frames_are_answered_in_the_order_the_owner_likes(void **state)
{
	struct session_pair *pair = *state;
	uint8_t got[64];
	for (uint8_t i = 0; i < 3; i++)
		pair_put_frame(pair, (uint8_t)('a' + i), 1);
	pair_turn(pair);
	assert_int_equal(pair->frames, 3);
	assert_int_equal(session_in_flight(pair->session), 3);
	pair_answer(pair, (const uint8_t *)"c", 1);
	pair_answer(pair, (const uint8_t *)"a", 1);
	assert_true(session_settle(pair->session));
	pair_turn(pair);
	assert_int_equal(session_in_flight(pair->session), 1);
	assert_int_equal(pair_take(pair, got, sizeof(got)), 10);
	assert_memory_equal(got, "\0\0\0\1c\0\0\0\1a", 10);
}

static void
reading_pauses_at_the_limit_and_resumes_at_half(void **state)
{
	struct session_pair *pair = *state;
	for (int i = 0; i < 10; i++)
		pair_put_frame(pair, 'x', 8);
	pair_turn(pair);
	assert_int_equal(pair->frames, PAIR_IN_FLIGHT);
	pair_answer(pair, NULL, 1);
	assert_true(session_settle(pair->session));
	pair_turn(pair);
	assert_int_equal(pair->frames, PAIR_IN_FLIGHT); /* 3 under way: not yet half */
	pair_answer(pair, NULL, 1);
	pair_answer(pair, NULL, 1);
	assert_true(session_settle(pair->session));
	pair_turn(pair);
	assert_int_equal(pair->frames, PAIR_IN_FLIGHT + 3);
}

static void
what_waits_in_the_socket_is_taken_in_one_turn(void **state)
{
	struct session_pair *pair = *state;
	pair->answers_now = true;
	session_set_frame_limit(pair->session, 131072);
	pair_put_frame(pair, 'x', 1000);
	pair_turn(pair);
	for (int i = 0; i < 14; i++)
		pair_put_frame(pair, 'x', 1000);
	event_base_loop(pair->base, EVLOOP_NONBLOCK | EVLOOP_ONCE);
	assert_int_equal(pair->frames, 15);
}

/* Others want their turn too. */
static void
who_asks_for_much_at_once_is_answered_some_in_each_turn(void **state)
{
	static struct dialect few;
	struct session_pair *pair = *state;
	int end[2];
	few = dialect_frames;
	few.at_once_max = 4;
	session_close(pair->session);
	close(pair->peer);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, end), 0);
	pair->peer = end[0];
	pair->answers_now = true;
	pair->session =
	    session_open(pair->streams, end[1], NULL, 8, PAIR_FRAME_LIMIT, &few, &pair->owner);
	assert_non_null(pair->session);
	for (int i = 0; i < 10; i++)
		pair_put_frame(pair, 'x', 8);
	for (size_t turn = 1; turn <= 4; turn++) {
		event_base_loop(pair->base, EVLOOP_NONBLOCK | EVLOOP_ONCE);
		assert_int_equal(pair->frames, turn < 3 ? 4 * turn : 10);
	}
	uint8_t got[200];
	assert_int_equal(pair_take(pair, got, sizeof(got)), 10 * 12);
}

static void
check_lost_framing(struct session_pair *pair, const uint8_t header[4])
{
	uint8_t got[64];
	pair_put(pair, header, 4);
	pair_put(pair, "more that nobody will read", 26);
	pair_turn(pair);
	assert_int_equal(pair->refusals, 1);
	assert_int_equal(pair->frames, 0);
	assert_int_equal(pair_take(pair, got, sizeof(got)), 5);
	assert_int_equal(got[4], '!');
	assert_int_equal(pair_take(pair, got, sizeof(got)), 0); /* their side is shut */
	close(pair->peer);
	pair->peer = -1;
	pair_turn(pair);
	assert_null(pair->session);
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
	struct session_pair *pair = *state;
	uint8_t got[64];
	pair_put_frame(pair, 'a', 1);
	pair_turn(pair);
	pair->not_a_request = true;
	pair_put_frame(pair, 'b', 1);
	pair_put_frame(pair, 'c', 1);
	pair_turn(pair);
	assert_int_equal(pair->refusals, 1);
	assert_int_equal(pair->frames, 1);
	assert_int_equal(pair_take(pair, got, sizeof(got)), 5);
	pair_answer(pair, (const uint8_t *)"A", 1);
	assert_true(session_settle(pair->session));
	pair_turn(pair);
	assert_int_equal(pair_take(pair, got, sizeof(got)), 5);
	assert_int_equal(got[4], 'A');
	assert_int_equal(pair_take(pair, got, sizeof(got)), 0);
}

static void
a_peer_that_shut_its_side_still_gets_its_answers(void **state)
{
	struct session_pair *pair = *state;
	uint8_t got[64];
	for (int i = 0; i < 6; i++)
		pair_put_frame(pair, 'x', 1);
	shutdown(pair->peer, SHUT_WR);
	pair_turn(pair);
	assert_int_equal(pair->frames, PAIR_IN_FLIGHT);
	for (int i = 0; i < 6; i++) {
		assert_non_null(pair->session);
		pair_answer(pair, NULL, 1);
		session_settle(pair->session);
	}
	pair_turn(pair);
	assert_int_equal(pair->frames, 6);
	assert_null(pair->session);
	assert_int_equal(pair_take(pair, got, sizeof(got)), 30);
	assert_int_equal(pair_take(pair, got, sizeof(got)), 0);
}

static void
a_peer_that_left_with_half_a_frame_is_forgotten(void **state)
{
	struct session_pair *pair = *state;
	pair_put(pair, "\0\0\0\10abc", 7);
	close(pair->peer);
	pair->peer = -1;
	pair_turn(pair);
	assert_null(pair->session);
	assert_int_equal(pair->frames, 0);
}

static void
a_peer_that_does_not_read_is_not_read_from_and_then_closed(void **state)
{
	struct session_pair *pair = *state;
	pair->answers_now = true;
	pair->answer_bytes = 1 << 19;
	for (int i = 0; i < 40; i++)
		pair_put_frame(pair, 'x', 1);
	pair_turn(pair);
	assert_non_null(pair->session);
	assert_in_range(pair->frames, 2, 8); /* a pause after 1 MiB, and what the socket took */
	size_t before = pair->frames;
	pair_turn(pair);
	assert_int_equal(pair->frames, before);
	while (pair->session != NULL && session_reserve(pair->session, 1 << 20) != NULL)
		session_say(pair->session);
	assert_false(session_settle(pair->session));
	assert_null(pair->session);
}

static void
answers_over_the_pause_that_the_socket_takes_do_not_stop_it(void **state)
{
	struct session_pair *pair = *state;
	pair->rules.output_pause_bytes = 1000;
	pair->answers_now = true;
	pair->answer_bytes = 4000;
	for (unsigned i = 0; i < 5; i++) {
		pair_put_frame(pair, 'x', 1);
		pair_turn(pair);
		assert_int_equal(pair->frames, i + 1);
	}
	for (unsigned i = 0; i < 5; i++)
		pair_put_frame(pair, 'x', 1);
	pair_turn(pair);
	assert_int_equal(pair->frames, 10);
}

static void
a_doomed_session_closes_when_it_is_settled_and_not_before(void **state)
{
	struct session_pair *pair = *state;
	pair_put_frame(pair, 'x', 1);
	pair_turn(pair);
	session_doom(pair->session);
	assert_non_null(pair->session);
	assert_null(session_reserve(pair->session, 1));
	assert_false(session_settle(pair->session));
	assert_null(pair->session);
}

static void
idle_and_half_a_frame_each_have_their_time(void **state)
{
	struct session_pair *pair = *state;
	assert_true(session_sweep(pair->session, 1000));
	assert_true(session_sweep(pair->session, 1999));
	pair_put(pair, "\0\0", 2); /* a frame begins just before the idle session would end */
	pair_turn(pair);
	assert_true(session_sweep(pair->session, 2000));
	assert_true(session_sweep(pair->session, 2499));
	pair_put(pair, "\0", 1); /* one more byte buys no more time */
	pair_turn(pair);
	assert_false(session_sweep(pair->session, 2500));
	assert_null(pair->session);
}

static void
a_session_that_waits_for_us_is_never_idle(void **state)
{
	struct session_pair *pair = *state;
	pair_put_frame(pair, 'x', 1);
	pair_turn(pair);
	assert_true(session_sweep(pair->session, 1000));
	assert_true(session_sweep(pair->session, 1000000));
}

static void
draining_answers_what_is_under_way_and_takes_no_more(void **state)
{
	struct session_pair *pair = *state;
	uint8_t got[16];
	pair_put_frame(pair, 'a', 1);
	pair_turn(pair);
	assert_true(session_drain(pair->session));
	pair_put_frame(pair, 'b', 1);
	pair_turn(pair);
	assert_int_equal(pair->frames, 1);
	pair_answer(pair, (const uint8_t *)"A", 1);
	assert_true(session_settle(pair->session));
	pair_turn(pair);
	assert_int_equal(pair_take(pair, got, sizeof(got)), 5);
	assert_int_equal(pair_take(pair, got, sizeof(got)), 0);
}

static void
the_limit_of_frames_can_be_raised(void **state)
{
	struct session_pair *pair = *state;
	static uint8_t frame[4 + 100000];
	session_set_frame_limit(pair->session, 200000);
	frame_header(frame, 100000);
	for (size_t at = 0; at < sizeof(frame);) {
		size_t n = sizeof(frame) - at < 4096 ? sizeof(frame) - at : 4096;
		pair_put(pair, frame + at, n);
		at += n;
		pair_turn(pair);
	}
	assert_int_equal(pair->frames, 1);
	assert_int_equal(pair->bytes, 100000);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, pair_set_up, pair_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_frame_sent_byte_by_byte_is_handed_over_once_and_whole),
	    TEST(pipelined_frames_are_answered_in_the_order_the_owner_likes),
	    TEST(reading_pauses_at_the_limit_and_resumes_at_half),
	    TEST(what_waits_in_the_socket_is_taken_in_one_turn),
	    TEST(who_asks_for_much_at_once_is_answered_some_in_each_turn),
	    TEST(a_length_of_zero_gets_last_words_and_the_end),
	    TEST(a_length_over_the_limit_gets_last_words_and_the_end),
	    TEST(a_length_of_four_gibibytes_gets_last_words_and_the_end),
	    TEST(what_is_not_a_request_ends_the_session_but_not_what_is_under_way),
	    TEST(a_peer_that_shut_its_side_still_gets_its_answers),
	    TEST(a_peer_that_left_with_half_a_frame_is_forgotten),
	    TEST(a_peer_that_does_not_read_is_not_read_from_and_then_closed),
	    TEST(answers_over_the_pause_that_the_socket_takes_do_not_stop_it),
	    TEST(a_doomed_session_closes_when_it_is_settled_and_not_before),
	    TEST(idle_and_half_a_frame_each_have_their_time),
	    TEST(a_session_that_waits_for_us_is_never_idle),
	    TEST(draining_answers_what_is_under_way_and_takes_no_more),
	    TEST(the_limit_of_frames_can_be_raised),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
