/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/pack.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PIECES 40

static struct piece piece[PIECES];
static uint8_t content[PIECES * 3000];

/* Sizes from nothing upwards. */
static void
cut_pieces(size_t step)
{
	const uint8_t *at = content;
	for (size_t i = 0; i < PIECES; i++) {
		piece[i] = (struct piece){at, i * step};
		at += i * step;
	}
	for (size_t i = 0; i < sizeof(content); i++)
		content[i] = (uint8_t)(i * 31 + i / 256);
}

static void
what_goes_into_a_pack_comes_out(void **state)
{
	(void)state;
	cut_pieces(70);
	for (size_t n = 1; n <= PIECES; n++) {
		size_t bytes;
		assert_int_equal(pack_plan(piece, n, &bytes), n);
		uint8_t *pack = malloc(bytes); /* exactly: the sanitizer watches its end */
		assert_non_null(pack);
		pack_fill(pack, piece, n);
		assert_int_equal(pack_count(pack, bytes), n);
		for (uint32_t i = 0; i < n; i++) {
			struct piece out;
			assert_true(pack_piece(pack, bytes, i, &out));
			assert_int_equal(out.n, piece[i].n);
			assert_memory_equal(out.bytes, piece[i].bytes, out.n);
		}
		struct piece none;
		assert_false(pack_piece(pack, bytes, (uint32_t)n, &none));
		free(pack);
	}
}

static void
a_pack_ends_at_its_limit_but_holds_one_entry_of_any_size(void **state)
{
	(void)state;
	const struct piece large[3] = {
	    {content, 10}, {content, PACK_MAX_BYTES - 10}, {content, 2 * PACK_MAX_BYTES}};
	size_t bytes;
	assert_int_equal(pack_plan(large, 3, &bytes), 1);
	assert_int_equal(bytes, 4 + 4 + 10);
	assert_int_equal(pack_plan(large + 1, 2, &bytes), 1);
	assert_int_equal(pack_plan(large + 2, 1, &bytes), 1);
	assert_int_equal(bytes, 4 + 4 + 2 * PACK_MAX_BYTES);
}

static void
bytes_that_are_no_pack_give_nothing(void **state)
{
	(void)state;
	size_t bytes;
	cut_pieces(20);
	assert_int_equal(pack_plan(piece, 5, &bytes), 5);
	uint8_t *pack = malloc(bytes);
	assert_non_null(pack);
	pack_fill(pack, piece, 5);
	for (size_t n = 0; n < bytes; n++) {
		uint8_t *part = malloc(n > 0 ? n : 1);
		memcpy(part, pack, n);
		assert_int_equal(pack_count(part, n), 0);
		free(part);
	}
	for (size_t at = 0; at < 6 * 4; at++) /* whatever its head says, no byte beyond is read */
		for (unsigned int bit = 0; bit < 8; bit++) {
			struct piece out;
			pack[at] ^= (uint8_t)(1u << bit);
			for (uint32_t i = 0; i < 6; i++)
				if (pack_piece(pack, bytes, i, &out))
					assert_true(out.bytes >= pack &&
						    out.n <= bytes - (size_t)(out.bytes - pack));
			pack[at] ^= (uint8_t)(1u << bit);
		}
	free(pack);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_goes_into_a_pack_comes_out),
	    cmocka_unit_test(a_pack_ends_at_its_limit_but_holds_one_entry_of_any_size),
	    cmocka_unit_test(bytes_that_are_no_pack_give_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
