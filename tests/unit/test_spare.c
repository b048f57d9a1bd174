/* SPDX-License-Identifier: Apache-2.0 */
/* That nothing is left behind at a thread's end is seen by the sanitizer's search for leaks. */
#include "collector/spare.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define BLOCKS (SPARE_KEPT_MAX + 10)

static void *block[BLOCKS];

static void
take_all(void)
{
	for (size_t i = 0; i < BLOCKS; i++) {
		block[i] = spare_take();
		assert_non_null(block[i]);
		memset(block[i], (int)i, SPARE_BYTES); /* all of it is ours */
	}
}

static void
give_all(void)
{
	for (size_t i = 0; i < BLOCKS; i++)
		spare_give(block[i]);
}

static void
what_was_given_last_is_taken_first(void **state)
{
	(void)state;
	void *one = spare_take(), *other = spare_take();
	spare_give(one);
	spare_give(other);
	assert_ptr_equal(spare_take(), other);
	assert_ptr_equal(spare_take(), one);
	spare_give(one);
	spare_give(other);
}

static void
no_block_is_handed_out_twice(void **state)
{
	(void)state;
	for (unsigned turn = 0; turn < 3; turn++) {
		take_all();
		for (size_t i = 0; i < BLOCKS; i++)
			for (size_t k = 0; k < SPARE_BYTES; k++)
				assert_int_equal(((uint8_t *)block[i])[k], (uint8_t)i);
		give_all();
	}
}

static void *
keep_some(void *mine)
{
	spare_give(mine);
	for (unsigned i = 0; i < 3; i++) {
		void *two[] = {spare_take(), spare_take()};
		spare_give(two[0]);
		spare_give(two[1]);
	}
	return NULL;
}

static void
what_a_thread_keeps_is_freed_when_it_ends(void **state)
{
	(void)state;
	pthread_t thread;
	void *mine = spare_take(); /* taken by one thread, given by another */
	assert_int_equal(pthread_create(&thread, NULL, keep_some, mine), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_was_given_last_is_taken_first),
	    cmocka_unit_test(no_block_is_handed_out_twice),
	    cmocka_unit_test(what_a_thread_keeps_is_freed_when_it_ends),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
