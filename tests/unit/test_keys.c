/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ROWS 97u

static struct unit_key
key_of(uint32_t row, uint64_t number)
{
	struct unit_key key = {.number = number & 0xFFFFFFFFFFFF, .kind = KEY_MAIN, .row = row};
	memset(key.hash, (int)(number % 251), sizeof(key.hash));
	return key;
}

/* Every key of every row is found through its row, and nothing else is. */
static void
assert_found(const struct keys *keys, const unsigned count[ROWS])
{
	size_t n = 0;
	for (uint32_t row = 0; row < ROWS; row++) {
		unsigned found = 0;
		uint32_t at = keys_first(keys, row);
		for (; at != KEYS_NONE; at = keys_next(keys, at), found++)
			assert_int_equal(keys->key[at].row, row);
		assert_int_equal(found, count[row]);
		n += found;
	}
	assert_int_equal(n, keys->n);
}

static void
any_row_finds_its_keys_after_any_adding_and_removing(void **state)
{
	(void)state;
	struct keys keys = {0};
	unsigned count[ROWS] = {0};
	uint64_t random = 3;
	for (uint64_t step = 1; step < 3000; step++) {
		random = random * 6364136223846793005u + 1442695040888963407u;
		uint32_t row = (uint32_t)(random >> 33) % ROWS;
		if (random >> 63 == 0 || keys.n == 0) {
			struct unit_key key = key_of(row, step);
			assert_true(keys_add(&keys, &key));
			count[row]++;
		} else {
			uint32_t at = (uint32_t)(random >> 33) % (uint32_t)keys.n;
			count[keys.key[at].row]--;
			keys_remove(&keys, at);
		}
		if (step % 50 == 0)
			assert_found(&keys, count);
	}
	struct keys copy, taken = {0};
	assert_true(keys_copy(&keys, &copy));
	assert_int_equal(copy.n, keys.n);
	assert_memory_equal(copy.key, keys.key, keys.n * sizeof(*keys.key));
	assert_true(keys_take(&taken, copy.key, copy.n));
	assert_found(&taken, count);
	struct unit_key more = key_of(5, 9999);
	assert_true(keys_add(&taken, &more));
	count[5]++;
	assert_found(&taken, count);
	keys_clear(&taken);
	keys_clear(&keys);
}

static void
none_are_found_where_none_are(void **state)
{
	(void)state;
	struct keys keys = {0}, copy;
	assert_int_equal(keys_first(&keys, 0), KEYS_NONE);
	assert_true(keys_copy(&keys, &copy));
	assert_true(keys_take(&keys, NULL, 0));
	assert_int_equal(keys_first(&keys, 3), KEYS_NONE);
	struct unit_key key = key_of(1, 1);
	assert_true(keys_add(&keys, &key));
	keys_remove(&keys, 0);
	assert_int_equal(keys_first(&keys, 1), KEYS_NONE);
	keys_clear(&keys);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(any_row_finds_its_keys_after_any_adding_and_removing),
	    cmocka_unit_test(none_are_found_where_none_are),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
