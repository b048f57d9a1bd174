/* SPDX-License-Identifier: Apache-2.0 */
/* What sessions hold of the memory that all share, and what becomes of them where it is too much.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/socket.h>

#include "collector/session_parts.h"
#include "proto/frame.h"
#include "tests/support/session_pair.h"

static void
what_waits_is_counted_until_it_is_read_or_the_session_closes(void **state)
{
	struct session_pair *pair = *state;
	static uint8_t got[1 << 16];
	pair->answers_now = true;
	pair->answer_bytes = 1 << 20;
	pair_put_frame(pair, 'x', 1);
	pair_turn(pair);
	size_t waiting = atomic_load(&pair->output.used);
	assert_in_range(waiting, 1, (1 << 20) + 4);
	while (pair_take(pair, got, sizeof(got)) > 0)
		pair_turn(pair);
	assert_int_equal(atomic_load(&pair->output.used), 0);
	pair_put_frame(pair, 'x', 1);
	pair_turn(pair);
	assert_int_equal(atomic_load(&pair->output.used), waiting);
	session_close(pair->session);
	assert_int_equal(atomic_load(&pair->output.used), 0);
}

static void
what_has_come_of_a_large_request_is_counted_until_it_is_whole(void **state)
{
	static uint8_t frame[4 + 40000];
	struct session_pair *pair = *state;
	session_set_frame_limit(pair->session, sizeof(frame));
	frame_header(frame, sizeof(frame) - 4);
	frame[4] = 'x';
	pair_put(pair, frame, 16000);
	pair_turn(pair);
	assert_int_equal(atomic_load(&pair->output.used), 0); /* little */
	pair_put(pair, frame + 16000, 20000);
	pair_turn(pair);
	assert_int_equal(atomic_load(&pair->output.used), 36000);
	pair_put(pair, frame + 36000, sizeof(frame) - 36000);
	pair_turn(pair);
	assert_int_equal(pair->frames, 1);
	assert_int_equal(atomic_load(&pair->output.used), 0);
	pair_put(pair, frame, 36000);
	pair_turn(pair);
	session_close(pair->session);
	assert_int_equal(atomic_load(&pair->output.used), 0);
}

static void
where_others_hold_too_much_a_large_request_is_cut_off(void **state)
{
	static uint8_t frame[4 + 40000];
	struct session_pair *pair = *state;
	session_set_frame_limit(pair->session, sizeof(frame));
	frame_header(frame, sizeof(frame) - 4);
	pair_put(pair, frame, 16000);
	pair_turn(pair);
	atomic_store(&pair->output.most, 10000);
	atomic_store(&pair->output.used, 10001); /* others' */
	pair_put(pair, frame + 16000, 300);
	pair_turn(pair);
	assert_non_null(pair->session); /* a small one is not */
	pair_put(pair, frame + 16300, 300);
	pair_turn(pair);
	assert_null(pair->session);
	assert_int_equal(atomic_load(&pair->output.used), 10001);
}

static void
where_others_hold_too_much_who_asks_no_more_still_gets_its_answers(void **state)
{
	static uint8_t frame[4 + 40000];
	uint8_t got[20];
	struct session_pair *pair = *state;
	session_set_frame_limit(pair->session, sizeof(frame));
	frame_header(frame, sizeof(frame) - 4);
	pair_put_frame(pair, 'x', 1);
	pair_put(pair, frame, 20000);
	pair_turn(pair);
	atomic_store(&pair->output.most, 10000);
	assert_int_equal(shutdown(pair->peer, SHUT_WR), 0);
	pair_turn(pair);
	assert_non_null(pair->session);
	pair_answer(pair, (const uint8_t *)"a", 1);
	assert_true(session_settle(pair->session));
	pair_turn(pair);
	assert_null(pair->session);
	assert_int_equal(pair_take(pair, got, sizeof(got)), 5);
}

static void
where_others_hold_too_much_half_a_large_request_has_little_time(void **state)
{
	static uint8_t frame[4 + 40000];
	struct session_pair *pair = *state;
	session_set_frame_limit(pair->session, sizeof(frame));
	frame_header(frame, sizeof(frame) - 4);
	pair_put(pair, frame, 20000);
	pair_turn(pair);
	assert_true(session_sweep(pair->session, 1000));
	assert_true(session_sweep(pair->session, 1400)); /* of 500 ms */
	atomic_store(&pair->output.most, 10000);
	assert_false(session_sweep(pair->session, 1401));
	assert_null(pair->session);
}

static void
where_others_hold_too_much_who_reads_is_served_and_who_does_not_is_closed(void **state)
{
	struct session_pair *pair = *state;
	static uint8_t got[1 << 16];
	pair->answers_now = true;
	budget_move(&pair->output, 0, 9 << 20);
	for (int i = 0; i < 3; i++)
		pair_put_frame(pair, 'x', 1);
	pair_turn(pair);
	assert_int_equal(pair->frames, 3);
	assert_int_equal(pair_take(pair, got, sizeof(got)), 3 * 5);
	pair->answer_bytes = 1 << 19;
	for (int i = 0; i < 3; i++)
		pair_put_frame(pair, 'x', 1);
	pair_turn(pair);
	assert_int_equal(pair->frames, 4); /* with 1 MiB allowed it would be more */
	assert_true(session_sweep(pair->session, 1000));
	assert_true(session_sweep(pair->session, 1099));
	while (pair_take(pair, got, sizeof(got)) > 0 && pair->frames == 4)
		pair_turn(pair);
	assert_int_equal(pair->frames, 5);
	assert_true(session_sweep(pair->session, 1100)); /* it has read, and has its time again */
	assert_true(session_sweep(pair->session, 1199));
	assert_false(session_sweep(pair->session, 1200));
	assert_null(pair->session);
}

/* The peer reads until so much less waits. */
static void
read_some(struct session_pair *pair, size_t bytes)
{
	uint8_t got[512];
	size_t before = stream_waiting(pair->session->stream);
	while (stream_waiting(pair->session->stream) + bytes > before) {
		assert_true(pair_take(pair, got, sizeof(got)) > 0);
		pair_turn(pair);
	}
}

static void
where_others_hold_too_much_a_trickle_is_not_enough(void **state)
{
	struct session_pair *pair = *state;
	int64_t now_ms = 1000;
	pair->answers_now = true;
	pair->answer_bytes = 1 << 20;
	pair_take_little(pair);
	pair_put_frame(pair, 'x', 1);
	pair_turn(pair);
	assert_true(session_sweep(pair->session, now_ms));
	for (int i = 0; i < 3; i++) { /* nobody wants for anything */
		read_some(pair, 1);
		assert_true(session_sweep(pair->session, now_ms += 100));
	}
	budget_move(&pair->output, 0, 9 << 20);
	assert_true(session_sweep(pair->session, now_ms += 99)); /* of 100 ms */
	for (int i = 0; i < 10; i++) {
		read_some(pair, 16384);
		assert_true(session_sweep(pair->session, now_ms += 100));
	}
	read_some(pair, 1);
	assert_true(session_sweep(pair->session, now_ms += 99));
	read_some(pair, 1);
	assert_false(session_sweep(pair->session, now_ms + 1));
	assert_null(pair->session);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, pair_set_up, pair_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(what_waits_is_counted_until_it_is_read_or_the_session_closes),
	    TEST(what_has_come_of_a_large_request_is_counted_until_it_is_whole),
	    TEST(where_others_hold_too_much_a_large_request_is_cut_off),
	    TEST(where_others_hold_too_much_who_asks_no_more_still_gets_its_answers),
	    TEST(where_others_hold_too_much_half_a_large_request_has_little_time),
	    TEST(where_others_hold_too_much_who_reads_is_served_and_who_does_not_is_closed),
	    TEST(where_others_hold_too_much_a_trickle_is_not_enough),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
