/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/pile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MUCH (1u << 20)

static void
put(struct pile *p, size_t n, uint8_t *next)
{
	uint8_t *room = pile_reserve(p, n);
	assert_non_null(room);
	for (size_t i = 0; i < n; i++)
		room[i] = (*next)++;
	p->bytes.n += n;
}

static void
take(struct pile *p, size_t n, uint8_t *next)
{
	for (size_t i = 0; i < n; i++)
		assert_int_equal(pile_start(p)[i], (*next)++);
	pile_take(p, n);
}

static void
what_is_put_is_taken_in_its_order_and_holds_little_more(void **state)
{
	struct pile p = {0};
	uint8_t put_next = 0, take_next = 0;
	(void)state;
	srand(1);
	for (int i = 0; i < 20000; i++) {
		size_t most = i % 100 == 0 ? 60000 : 300;
		put(&p, (size_t)rand() % most + 1, &put_next);
		size_t n = (size_t)rand() % (pile_left(&p) + 1);
		take(&p, i % 7 == 0 ? pile_left(&p) : n, &take_next);
		assert_true(p.bytes.room <= 4096 || p.bytes.room <= 4 * pile_left(&p) + 3);
	}
	bytes_free(&p.bytes);
}

/* Else a peer that leaves the last byte of each of its answers would hold them whole. */
static void
the_last_byte_of_much_does_not_hold_the_rest(void **state)
{
	struct pile p = {0};
	uint8_t put_next = 0, take_next = 0;
	(void)state;
	put(&p, MUCH, &put_next);
	take(&p, MUCH - 1, &take_next);
	assert_in_range(p.bytes.room, 1, 4096);
	put(&p, 10, &put_next);
	take(&p, 11, &take_next);
	assert_int_equal(pile_left(&p), 0);
	pile_rest(&p);
	assert_null(p.bytes.at);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_put_is_taken_in_its_order_and_holds_little_more),
	    cmocka_unit_test(the_last_byte_of_much_does_not_hold_the_rest),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
