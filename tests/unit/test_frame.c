/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/frame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LIMIT 64

/* Parse a copy of exactly n bytes on the heap, so that a sanitizer sees a byte read beyond. */
static enum frame_status
parse_exact(const uint8_t *bytes, size_t n, struct frame *out)
{
	uint8_t *copy = malloc(n + !n);
	assert_non_null(copy);
	memcpy(copy, bytes, n);
	enum frame_status status = frame_parse(copy, n, LIMIT, out);
	if (status == FRAME_OK)
		out->body = bytes + (out->body - copy);
	free(copy);
	return status;
}

static void
every_prefix_of_a_frame_is_partial(void **state)
{
	(void)state;
	uint8_t bytes[4 + LIMIT];
	for (size_t body = 1; body <= LIMIT; body++) {
		struct frame f = {.frame_bytes = 99};
		frame_header(bytes, body);
		memset(bytes + 4, 'x', body);
		for (size_t n = 0; n < 4 + body; n++)
			assert_int_equal(parse_exact(bytes, n, &f), FRAME_PARTIAL);
		assert_int_equal(f.frame_bytes, 99);
		assert_int_equal(parse_exact(bytes, 4 + body, &f), FRAME_OK);
		assert_ptr_equal(f.body, bytes + 4);
		assert_int_equal(f.body_bytes, body);
		assert_int_equal(f.frame_bytes, 4 + body);
	}
}

static void
what_follows_a_frame_is_left_for_the_next(void **state)
{
	(void)state;
	uint8_t bytes[4 + 3 + 4 + 2] = {0};
	struct frame f;
	frame_header(bytes, 3);
	frame_header(bytes + 7, 2);
	assert_int_equal(parse_exact(bytes, sizeof(bytes), &f), FRAME_OK);
	assert_int_equal(f.frame_bytes, 7);
	assert_int_equal(parse_exact(bytes + 7, sizeof(bytes) - 7, &f), FRAME_OK);
	assert_int_equal(f.body_bytes, 2);
}

static void
an_empty_or_too_large_frame_is_seen_at_its_length(void **state)
{
	(void)state;
	struct frame f;
	const uint8_t empty[4] = {0, 0, 0, 0}, over[4] = {0, 0, 0, LIMIT + 1},
		      huge[4] = {0xFF, 0xFF, 0xFF, 0xFF};
	assert_int_equal(parse_exact(empty, 4, &f), FRAME_EMPTY);
	assert_int_equal(parse_exact(over, 4, &f), FRAME_TOO_LARGE);
	assert_int_equal(parse_exact(huge, 4, &f), FRAME_TOO_LARGE);
	assert_int_equal(parse_exact(huge, 3, &f), FRAME_PARTIAL);
}

static void
the_length_is_big_endian(void **state)
{
	(void)state;
	uint8_t header[4];
	frame_header(header, 0x01020304);
	assert_memory_equal(header, ((const uint8_t[]){1, 2, 3, 4}), 4);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_prefix_of_a_frame_is_partial),
	    cmocka_unit_test(what_follows_a_frame_is_left_for_the_next),
	    cmocka_unit_test(an_empty_or_too_large_frame_is_seen_at_its_length),
	    cmocka_unit_test(the_length_is_big_endian),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
