/* SPDX-License-Identifier: Apache-2.0 */
/* Codes of every length, many of which begin or end alike: each is found, and nothing else is. */
#include "survey/code_index.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CODES 500
#define LENGTH_MAX 23

static char code[CODES][LENGTH_MAX + 1];
static struct code_index codes;

/* Lengths 1 to 23 in turn; of one length they differ in one or two bytes, first, last or between.
 */
static void
write_code(char *out, unsigned i)
{
	static const char letter[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	size_t n = 1 + i % LENGTH_MAX;
	unsigned kind = i / LENGTH_MAX;
	memset(out, '0', n);
	out[n] = '\0';
	out[kind % n] = letter[kind];
	out[n - 1 - kind % n] = letter[kind];
}

static int
set_up(void **state)
{
	(void)state;
	size_t slots = code_index_slots(CODES);
	codes.slot = calloc(slots, sizeof(*codes.slot));
	codes.code = calloc(slots, sizeof(*codes.code));
	code_index_set_slots(&codes, slots);
	for (unsigned i = 0; i < CODES; i++) {
		write_code(code[i], i);
		assert_true(code_index_add(&codes, code[i], (int16_t)i));
	}
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	free(codes.slot);
	free(codes.code);
	return 0;
}

/* In a piece of just its size, so that a look behind it is seen. */
static int
find(const char *bytes, size_t n)
{
	char *copy = malloc(n + (n == 0));
	assert_non_null(copy);
	memcpy(copy, bytes, n);
	int found = code_index_find(&codes, copy, n);
	free(copy);
	return found;
}

static void
every_code_is_found_and_added_only_once(void **state)
{
	(void)state;
	for (unsigned i = 0; i < CODES; i++) {
		assert_int_equal(find(code[i], strlen(code[i])), i);
		assert_false(code_index_add(&codes, code[i], 0));
		assert_int_equal(find(code[i], strlen(code[i])), i);
	}
}

static int
search(const char *bytes, size_t n)
{
	for (int i = 0; i < CODES; i++)
		if (strlen(code[i]) == n && memcmp(code[i], bytes, n) == 0)
			return i;
	return -1;
}

static void
what_differs_in_a_byte_or_in_length_is_another(void **state)
{
	(void)state;
	for (unsigned i = 0; i < CODES; i++) {
		char other[LENGTH_MAX + 2];
		size_t n = strlen(code[i]);
		for (size_t k = 0; k < n; k++) {
			memcpy(other, code[i], n);
			other[k] = 'z';
			assert_int_equal(find(other, n), -1);
			assert_int_equal(find(code[i], k), search(code[i], k));
		}
		other[n] = '\0';
		memcpy(other, code[i], n);
		assert_int_equal(find(other, n + 1), -1);
	}
}

static void
a_code_of_any_length_may_be_asked_for(void **state)
{
	(void)state;
	static char large[1000];
	memset(large, 'A', sizeof(large));
	for (size_t n = 0; n < sizeof(large); n++)
		assert_int_equal(find(large, n), search(large, n));
	assert_int_equal(code_index_find(&(struct code_index){.slot = NULL}, "A", 1), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_code_is_found_and_added_only_once),
	    cmocka_unit_test(what_differs_in_a_byte_or_in_length_is_another),
	    cmocka_unit_test(a_code_of_any_length_may_be_asked_for),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
