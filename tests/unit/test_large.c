/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/large.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define MIB ((size_t)1 << 20)

/* Told in blocks, since a look at each byte takes a sanitizer long. */
static bool
are_all(const uint8_t *array, size_t bytes, uint8_t value)
{
	return array[0] == value && memcmp(array, array + 1, bytes - 1) == 0;
}

static void
arrays_of_any_size_are_zeros_to_their_last_byte(void **state)
{
	(void)state;
	static const size_t sizes[] = {1, 100, 4 * MIB - 1, 4 * MIB, 4 * MIB + 1, 9 * MIB + 65537};
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		for (int turn = 0; turn < 3; turn++) {
			uint8_t *array = large_alloc(sizes[i]);
			assert_non_null(array);
			assert_true(are_all(array, sizes[i], 0));
			memset(array, 0xFF, sizes[i]); /* and the next one is zeros again */
			large_free(array, sizes[i]);
		}
	large_free(NULL, 1);
	large_free(NULL, 9 * MIB);
}

static void
a_large_array_begins_with_a_large_page(void **state)
{
	(void)state;
	uint8_t *a = large_alloc(5 * MIB), *b = large_alloc(6 * MIB + 1);
	assert_true((uintptr_t)a % (2 * MIB) == 0 && (uintptr_t)b % (2 * MIB) == 0);
	memset(a, 1, 5 * MIB);
	memset(b, 2, 6 * MIB + 1);
	assert_true(are_all(a, 5 * MIB, 1));
	large_free(a, 5 * MIB);
	assert_true(are_all(b, 6 * MIB + 1, 2));
	large_free(b, 6 * MIB + 1);
}

static void
what_no_machine_has_is_refused(void **state)
{
	(void)state;
	assert_null(large_alloc(SIZE_MAX));
	assert_null(large_alloc(SIZE_MAX / 2));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(arrays_of_any_size_are_zeros_to_their_last_byte),
	    cmocka_unit_test(a_large_array_begins_with_a_large_page),
	    cmocka_unit_test(what_no_machine_has_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
