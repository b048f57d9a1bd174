/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/erasable.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "storage/layout.h"
#include "tests/support/store_rig.h"

static const char KEY[] = "unit 3000123456 in round 2025";
static const char SECRET[] = "0912 345 678, Nguyen Van An, an@example.vn";

struct place {
	struct rig rig; /* its folder; the log beside the contacts */
	struct erasable *e;
	char message[256];
};

static int
setup(void **state)
{
	struct place *place = calloc(1, sizeof(*place));
	assert_non_null(place);
	rig_make(&place->rig);
	assert_int_equal(erasable_open(place->rig.folder, &place->e, place->message), STORE_OK);
	*state = place;
	return 0;
}

static int
teardown(void **state)
{
	struct place *place = *state;
	erasable_close(place->e);
	rig_free(&place->rig);
	free(place);
	return 0;
}

static void
reopen(struct place *place)
{
	erasable_close(place->e);
	place->e = NULL;
	assert_int_equal(erasable_open(place->rig.folder, &place->e, place->message), STORE_OK);
}

static void
put(struct place *place, const char *key, const char *value)
{
	assert_int_equal(erasable_put(place->e, key, strlen(key), value, strlen(value)), STORE_OK);
}

static void
assert_value(struct place *place, const char *key, const char *expected)
{
	uint8_t *value = (uint8_t *)place;
	size_t n = 99;
	assert_int_equal(erasable_get(place->e, key, strlen(key), &value, &n), STORE_OK);
	assert_int_equal(n, expected == NULL ? 0 : strlen(expected));
	if (expected == NULL)
		assert_null(value);
	else
		assert_memory_equal(value, expected, n);
	free(value);
}

static void
path_of(const struct place *place, const char *name, char out[128])
{
	snprintf(out, 128, "%s/%s", place->rig.folder, name);
}

static bool
file_contains(const struct place *place, const char *name, const char *text)
{
	char path[128];
	struct stat file;
	path_of(place, name, path);
	assert_int_equal(stat(path, &file), 0);
	char *bytes = malloc((size_t)file.st_size);
	assert_non_null(bytes);
	FILE *in = fopen(path, "r");
	assert_non_null(in);
	assert_int_equal(fread(bytes, 1, (size_t)file.st_size, in), file.st_size);
	fclose(in);
	bool found = memmem(bytes, (size_t)file.st_size, text, strlen(text)) != NULL;
	free(bytes);
	return found;
}

/* ------------------------------------------------------------------- */

static void
what_was_put_is_there_after_reopen(void **state)
{
	struct place *place = *state;
	put(place, KEY, SECRET);
	put(place, "other", "value");
	assert_value(place, KEY, SECRET);
	reopen(place);
	assert_value(place, KEY, SECRET);
	assert_value(place, "other", "value");
	put(place, KEY, "replaced");
	assert_value(place, KEY, "replaced");
}

static void
nothing_is_put_into_a_file_that_was_removed(void **state)
{
	struct place *place = *state;
	char path[128];
	put(place, KEY, SECRET);
	path_of(place, LAYOUT_CONTACTS, path);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(
	    erasable_put(place->e, KEY, strlen(KEY), "other", strlen("other")), STORE_FAILED);
	assert_value(place, KEY, SECRET);
	reopen(place);
	assert_value(place, KEY, NULL);
	put(place, KEY, SECRET);
}

static void
what_was_erased_is_nowhere_to_be_got(void **state)
{
	struct place *place = *state;
	assert_value(place, KEY, NULL);
	put(place, KEY, SECRET);
	put(place, "other", "value");
	assert_int_equal(erasable_put(place->e, KEY, strlen(KEY), NULL, 0), STORE_OK);
	assert_value(place, KEY, NULL);
	assert_int_equal(erasable_put(place->e, KEY, strlen(KEY), NULL, 0), STORE_OK);
	reopen(place);
	assert_value(place, KEY, NULL);
	assert_value(place, "other", "value");
}

/* The header says what lingers: so it does, and compaction ends it. */
static void
erased_bytes_linger_in_the_file_until_it_is_compacted(void **state)
{
	struct place *place = *state;
	put(place, KEY, SECRET);
	put(place, "other", "value");
	assert_int_equal(erasable_put(place->e, KEY, strlen(KEY), NULL, 0), STORE_OK);
	assert_true(file_contains(place, LAYOUT_CONTACTS, SECRET));
	assert_int_equal(erasable_compact(place->e), STORE_OK);
	assert_false(file_contains(place, LAYOUT_CONTACTS, SECRET));
	assert_false(file_contains(place, LAYOUT_CONTACTS, KEY));
	assert_value(place, "other", "value");
	put(place, "third", "after");
	reopen(place);
	assert_value(place, "other", "value");
	assert_value(place, "third", "after");
	assert_value(place, KEY, NULL);
}

static bool
is_of_an_odd_unit(
    void *context, const uint8_t *key, size_t key_bytes, const uint8_t *value, size_t n)
{
	(void)context;
	assert_true(n > 0 && value != NULL);
	return key[key_bytes - 1] % 2 == 1;
}

static bool
count_key(void *context, const uint8_t *key, size_t key_bytes, const uint8_t *value, size_t n)
{
	(void)key, (void)key_bytes, (void)value, (void)n;
	++*(size_t *)context;
	return true;
}

/* More than one transaction takes, among neighbours that stay, whose pages are rewritten. */
static void
many_are_erased_at_once_and_their_bytes_are_gone_after_compaction(void **state)
{
	struct place *place = *state;
	char key[32], value[64];
	size_t erased = 0, left = 0;
	for (unsigned i = 0; i < 600; i++) {
		snprintf(key, sizeof(key), "a %03u", i);
		snprintf(value, sizeof(value), "%s number %s", i % 2 ? "0912" : "0966", key);
		put(place, key, value);
	}
	put(place, "b 001", "0966 another round");
	assert_int_equal(
	    erasable_erase(place->e, "a ", 2, is_of_an_odd_unit, NULL, &erased), STORE_OK);
	assert_int_equal(erased, 300);
	assert_int_equal(erasable_each(place->e, "", 0, count_key, &left), STORE_OK);
	assert_int_equal(left, 301);
	assert_int_equal(
	    erasable_erase(place->e, "a ", 2, is_of_an_odd_unit, NULL, &erased), STORE_OK);
	assert_int_equal(erased, 0);
	assert_int_equal(erasable_compact(place->e), STORE_OK);
	assert_false(file_contains(place, LAYOUT_CONTACTS, "0912 number"));
	assert_true(file_contains(place, LAYOUT_CONTACTS, "0966 number"));
	assert_value(place, "a 002", "0966 number a 002");
}

static void
a_compaction_of_nothing_leaves_nothing(void **state)
{
	struct place *place = *state;
	assert_int_equal(erasable_compact(place->e), STORE_OK);
	put(place, KEY, SECRET);
	assert_int_equal(erasable_put(place->e, KEY, strlen(KEY), NULL, 0), STORE_OK);
	assert_int_equal(erasable_compact(place->e), STORE_OK);
	assert_value(place, KEY, NULL);
	assert_false(file_contains(place, LAYOUT_CONTACTS, SECRET));
	put(place, KEY, "again");
	assert_value(place, KEY, "again");
}

static void
a_copy_left_by_a_compaction_cut_short_is_removed(void **state)
{
	struct place *place = *state;
	char path[128];
	path_of(place, LAYOUT_CONTACTS_NEW, path);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs(SECRET, file);
	assert_int_equal(fclose(file), 0);
	reopen(place);
	assert_int_not_equal(access(path, F_OK), 0);
}

/* Some of it may be lost, and is then said to be; the process lives. */
static void
a_file_that_lost_its_end_does_no_harm(void **state)
{
	struct place *place = *state;
	char path[128], key[16];
	static char text[3001];
	struct stat file;
	memset(text, 'x', sizeof(text) - 1);
	for (int i = 0; i < 40; i++) {
		snprintf(key, sizeof(key), "key %d", i);
		put(place, key, text);
	}
	path_of(place, LAYOUT_CONTACTS, path);
	assert_int_equal(stat(path, &file), 0);
	for (off_t left = file.st_size - 4096; left >= 8192; left -= 4096) {
		erasable_close(place->e);
		place->e = NULL;
		assert_int_equal(truncate(path, left), 0);
		enum store_status status =
		    erasable_open(place->rig.folder, &place->e, place->message);
		assert_true(
		    status == STORE_OK || status == STORE_NOT_OURS || status == STORE_FAILED);
		for (int i = 0; i < 40 && status == STORE_OK; i++) {
			uint8_t *value = NULL;
			size_t n;
			snprintf(key, sizeof(key), "key %d", i);
			status = erasable_get(place->e, key, strlen(key), &value, &n);
			assert_true(status == STORE_OK || status == STORE_FAILED);
			free(value);
		}
	}
}

static void
keys_have_a_length(void **state)
{
	struct place *place = *state;
	char key[ERASABLE_KEY_MAX_BYTES + 1];
	uint8_t *value = NULL;
	size_t n = 0;
	memset(key, 'k', sizeof(key));
	assert_int_equal(erasable_put(place->e, key, sizeof(key), "v", 1), STORE_FAILED);
	assert_int_equal(erasable_put(place->e, key, 0, "v", 1), STORE_FAILED);
	assert_int_equal(erasable_get(place->e, key, 0, &value, &n), STORE_FAILED);
	assert_int_equal(erasable_put(place->e, key, sizeof(key) - 1, "v", 1), STORE_OK);
	assert_int_equal(erasable_get(place->e, key, sizeof(key) - 1, &value, &n), STORE_OK);
	assert_int_equal(n, 1);
	free(value);
}

static void
it_lives_beside_the_log_and_is_private(void **state)
{
	struct place *place = *state;
	char path[128];
	struct stat file;
	struct erasable *second = NULL;
	rig_run(&place->rig);
	put(place, KEY, SECRET);
	assert_int_equal(rig_put(&place->rig, 1, 0, 100, NULL), STORE_ACCEPTED);
	assert_int_equal(erasable_open(place->rig.folder, &second, place->message), STORE_IN_USE);
	path_of(place, LAYOUT_CONTACTS, path);
	assert_int_equal(stat(path, &file), 0);
	assert_int_equal(file.st_mode & 0777, LAYOUT_FILE_MODE);
	assert_int_equal(erasable_compact(place->e), STORE_OK);
	assert_int_equal(stat(path, &file), 0);
	assert_int_equal(file.st_mode & 0777, LAYOUT_FILE_MODE);
	assert_false(file_contains(place, LAYOUT_DATA, SECRET));
}

static void
another_programs_file_is_not_ours(void **state)
{
	struct place *place = *state;
	char path[128];
	path_of(place, LAYOUT_CONTACTS, path);
	erasable_close(place->e);
	place->e = NULL;
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	for (int i = 0; i < 2000; i++)
		fputs("not contacts\n", file);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(
	    erasable_open(place->rig.folder, &place->e, place->message), STORE_NOT_OURS);
	assert_null(place->e);
}

/* LMDB does not write the pages that a transaction adds and frees again, even the file's last ones:
 * a file shorter than its last page number is whole. */
static void
whatever_was_put_and_erased_the_file_opens_again(void **state)
{
	struct place *place = *state;
	static char text[9001];
	size_t lengths[60] = {0};
	unsigned int seed = 7;
	char key[16];
	memset(text, 'x', sizeof(text) - 1);
	for (int i = 0; i < 600; i++) {
		size_t which = (size_t)rand_r(&seed) % 60;
		snprintf(key, sizeof(key), "key %zu", which);
		lengths[which] = rand_r(&seed) % 2 == 0 ? 0 : (size_t)rand_r(&seed) % 8 * 600 + 30;
		assert_int_equal(
		    erasable_put(place->e, key, strlen(key), text, lengths[which]), STORE_OK);
		reopen(place);
	}
	for (size_t which = 0; which < 60; which++) {
		snprintf(key, sizeof(key), "key %zu", which);
		assert_value(place, key,
		    lengths[which] == 0 ? NULL : text + sizeof(text) - 1 - lengths[which]);
	}
}

static void *
write_and_read(void *argument)
{
	struct place *place = argument;
	uintptr_t self = (uintptr_t)pthread_self();
	char key[32], value[32];
	for (int i = 0; i < 40; i++) {
		uint8_t *back = NULL;
		size_t n = 0;
		snprintf(key, sizeof(key), "%lx-%d", (unsigned long)self, i % 8);
		snprintf(value, sizeof(value), "value %d", i);
		if (erasable_put(place->e, key, strlen(key), value, strlen(value)) != STORE_OK ||
		    erasable_get(place->e, key, strlen(key), &back, &n) != STORE_OK ||
		    n != strlen(value) || memcmp(back, value, n) != 0)
			return place;
		free(back);
	}
	return NULL;
}

static void
threads_write_read_and_compact_at_once(void **state)
{
	struct place *place = *state;
	pthread_t threads[4];
	void *wrong;
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, write_and_read, place), 0);
	for (int i = 0; i < 10; i++)
		assert_int_equal(erasable_compact(place->e), STORE_OK);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(pthread_join(threads[i], &wrong), 0);
		assert_null(wrong);
	}
}

struct seen {
	char keys[128];
	size_t most;
};

static bool
on_key(void *context, const uint8_t *key, size_t key_bytes, const uint8_t *value, size_t n)
{
	struct seen *seen = context;
	size_t at = strlen(seen->keys);
	snprintf(seen->keys + at, sizeof(seen->keys) - at, "%.*s=%.*s ", (int)key_bytes,
	    (const char *)key, (int)n, (const char *)value);
	return --seen->most > 0;
}

static void
assert_seen(struct place *place, const char *prefix, size_t most, const char *expected)
{
	struct seen seen = {.most = most};
	assert_int_equal(erasable_each(place->e, prefix, strlen(prefix), on_key, &seen), STORE_OK);
	assert_string_equal(seen.keys, expected);
}

static void
keys_are_visited_by_their_beginning_and_in_order(void **state)
{
	struct place *place = *state;
	assert_seen(place, "", 9, "");
	put(place, "b2", "two");
	put(place, "a", "one");
	put(place, "b1", "1");
	put(place, "c", "three");
	put(place, "b", "none");
	assert_int_equal(erasable_put(place->e, "b", 1, NULL, 0), STORE_OK);
	assert_seen(place, "", 9, "a=one b1=1 b2=two c=three ");
	assert_seen(place, "b", 9, "b1=1 b2=two ");
	assert_seen(place, "b", 1, "b1=1 ");
	assert_seen(place, "c", 9, "c=three ");
	assert_seen(place, "d", 9, "");
	assert_seen(place, "aa", 9, "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(what_was_put_is_there_after_reopen),
	    TEST(nothing_is_put_into_a_file_that_was_removed),
	    TEST(what_was_erased_is_nowhere_to_be_got),
	    TEST(erased_bytes_linger_in_the_file_until_it_is_compacted),
	    TEST(many_are_erased_at_once_and_their_bytes_are_gone_after_compaction),
	    TEST(a_compaction_of_nothing_leaves_nothing),
	    TEST(a_copy_left_by_a_compaction_cut_short_is_removed),
	    TEST(a_file_that_lost_its_end_does_no_harm),
	    TEST(keys_have_a_length),
	    TEST(keys_are_visited_by_their_beginning_and_in_order),
	    TEST(it_lives_beside_the_log_and_is_private),
	    TEST(another_programs_file_is_not_ours),
	    TEST(whatever_was_put_and_erased_the_file_opens_again),
	    TEST(threads_write_read_and_compact_at_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
