/* SPDX-License-Identifier: Apache-2.0 */
/* What store_open finds in a folder, and what the disk has room for. */
#include "storage/store.h"

#include <fcntl.h>
#include <lmdb.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "storage/layout.h"
#include "storage/pack.h"
#include "tests/support/store_rig.h"

/* A store with n entries, closed. */
static void
make_store(struct rig *rig, int n)
{
	rig_run(rig);
	for (int i = 0; i < n; i++)
		assert_int_equal(rig_put(rig, 0, 0, 3000, NULL), STORE_ACCEPTED);
	rig_close(rig);
}

/* Behind the store's back. */
static void
alter(const struct rig *rig, const char *database, unsigned int flags, MDB_val key, MDB_val *value)
{
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi dbi;
	assert_int_equal(mdb_env_create(&env), 0);
	assert_int_equal(mdb_env_set_maxdbs(env, 4), 0);
	assert_int_equal(mdb_env_set_mapsize(env, (size_t)1 << 30), 0); /* not the recorded one */
	assert_int_equal(mdb_env_open(env, rig->folder, 0, 0600), 0);
	assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
	assert_int_equal(mdb_dbi_open(txn, database, flags, &dbi), 0);
	if (value != NULL)
		assert_int_equal(mdb_put(txn, dbi, &key, value, 0), 0);
	else
		assert_int_equal(mdb_del(txn, dbi, &key, NULL), 0);
	assert_int_equal(mdb_txn_commit(txn), 0);
	mdb_env_close(env);
}

static MDB_val
text_val(char *text)
{
	return (MDB_val){.mv_size = strlen(text), .mv_data = text};
}

/* ------------------------------------------------------------------- good folders */

static void
the_log_id_is_made_once_and_stays(void **state)
{
	struct rig *rig = *state;
	static const uint8_t zeros[STORE_LOG_ID_BYTES];
	uint8_t id[STORE_LOG_ID_BYTES];
	rig_run(rig);
	memcpy(id, store_log_id(rig->store), sizeof(id));
	assert_memory_not_equal(id, zeros, sizeof(id));
	rig_close(rig);
	rig_run(rig);
	assert_memory_equal(id, store_log_id(rig->store), sizeof(id));
}

static void
a_log_made_anew_bears_the_id_it_is_given(void **state)
{
	struct rig *rig = *state;
	static const uint8_t id[STORE_LOG_ID_BYTES] = "sixteen bytes ..", other[STORE_LOG_ID_BYTES];
	struct store_options options = rig_options(rig);
	options.log_id = id;
	assert_int_equal(rig_open(rig, &options), STORE_OK);
	assert_memory_equal(id, store_log_id(rig->store), sizeof(id));
	rig_close(rig);
	options.log_id = other;
	assert_int_equal(rig_open(rig, &options), STORE_OK);
	assert_memory_equal(id, store_log_id(rig->store), sizeof(id));
}

static void
its_files_are_private(void **state)
{
	struct rig *rig = *state;
	static const char *const names[] = {LAYOUT_DATA, LAYOUT_LOCK, "lock.mdb"};
	rig_run(rig);
	for (size_t i = 0; i < 3; i++) {
		char path[128];
		struct stat file;
		snprintf(path, sizeof(path), "%s/%s", rig->folder, names[i]);
		assert_int_equal(stat(path, &file), 0);
		assert_int_equal(file.st_mode & 0777, LAYOUT_FILE_MODE);
	}
}

static void
a_second_opening_is_refused_while_the_first_lasts(void **state)
{
	struct rig *rig = *state;
	struct store_options options = rig_options(rig);
	struct store *second = NULL;
	char message[256] = "";
	rig_run(rig);
	assert_int_equal(store_open(&options, &second, message), STORE_IN_USE);
	assert_null(second);
	assert_non_null(strstr(message, rig->folder));
	assert_int_equal(rig_put(rig, 0, 0, 100, NULL), STORE_ACCEPTED);
	rig_close(rig);
	assert_int_equal(rig_open_again(rig), STORE_OK);
}

static void
another_process_is_refused_too(void **state)
{
	struct rig *rig = *state;
	struct store_options options = rig_options(rig);
	int ready[2], done[2], status;
	char byte = 0;
	assert_int_equal(pipe(ready), 0);
	assert_int_equal(pipe(done), 0);
	pid_t child = fork();
	if (child == 0) {
		if (store_open(&options, &rig->store, rig->message) != STORE_OK ||
		    write(ready[1], &byte, 1) != 1 || read(done[0], &byte, 1) != 1)
			_exit(1);
		_exit(0); /* without closing: the lock goes with the process */
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_int_equal(rig_open_again(rig), STORE_IN_USE);
	assert_int_equal(write(done[1], &byte, 1), 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(rig_open_again(rig), STORE_OK);
	for (int i = 0; i < 2; i++) {
		close(ready[i]);
		close(done[i]);
	}
}

/* ------------------------------------------------------------------- bad folders */

static void
a_missing_folder_is_said(void **state)
{
	struct rig *rig = *state;
	struct store_options options = rig_options(rig);
	options.folder = "/nowhere/at/all";
	assert_int_equal(rig_open(rig, &options), STORE_FAILED);
	assert_non_null(strstr(rig->message, "/nowhere/at/all"));
	assert_non_null(strstr(rig->message, "No such file"));
}

static void
a_newer_format_is_refused_and_nothing_is_changed(void **state)
{
	struct rig *rig = *state;
	uint8_t newer[4] = {STORE_DATA_FORMAT + 1, 0, 0, 0}, ours[4] = {STORE_DATA_FORMAT, 0, 0, 0};
	MDB_val value = {.mv_size = 4, .mv_data = newer};
	make_store(rig, 3);
	alter(rig, LAYOUT_META_DATABASE, 0, text_val(LAYOUT_META_FORMAT), &value);
	assert_int_equal(rig_open_again(rig), STORE_NEWER_FORMAT);
	assert_non_null(strstr(rig->message, "format 3"));
	value.mv_data = ours;
	alter(rig, LAYOUT_META_DATABASE, 0, text_val(LAYOUT_META_FORMAT), &value);
	assert_int_equal(rig_open_again(rig), STORE_OK);
	assert_int_equal(store_last(rig->store), 3);
}

static void
a_format_that_makes_no_sense_is_not_ours(void **state)
{
	struct rig *rig = *state;
	uint8_t zero[4] = {0};
	MDB_val value = {.mv_size = 4, .mv_data = zero};
	make_store(rig, 1);
	alter(rig, LAYOUT_META_DATABASE, 0, text_val(LAYOUT_META_FORMAT), &value);
	assert_int_equal(rig_open_again(rig), STORE_NOT_OURS);
	value.mv_size = 3;
	alter(rig, LAYOUT_META_DATABASE, 0, text_val(LAYOUT_META_FORMAT), &value);
	assert_int_equal(rig_open_again(rig), STORE_NOT_OURS);
	alter(rig, LAYOUT_META_DATABASE, 0, text_val(LAYOUT_META_FORMAT), NULL);
	assert_int_equal(rig_open_again(rig), STORE_NOT_OURS);
}

static void
a_log_without_its_id_is_not_ours(void **state)
{
	struct rig *rig = *state;
	make_store(rig, 1);
	alter(rig, LAYOUT_META_DATABASE, 0, text_val(LAYOUT_META_LOG_ID), NULL);
	assert_int_equal(rig_open_again(rig), STORE_NOT_OURS);
	assert_non_null(strstr(rig->message, "log id"));
}

static void
another_programs_data_is_not_ours(void **state)
{
	struct rig *rig = *state;
	MDB_val value = text_val("value");
	alter(rig, "theirs", MDB_CREATE, text_val("key"), &value);
	assert_int_equal(rig_open_again(rig), STORE_NOT_OURS);
	alter(rig, NULL, 0, text_val(LAYOUT_META_DATABASE), &value);
	assert_int_equal(rig_open_again(rig), STORE_NOT_OURS);
}

static void
a_file_of_something_else_is_not_ours(void **state)
{
	struct rig *rig = *state;
	char path[128];
	snprintf(path, sizeof(path), "%s/%s", rig->folder, LAYOUT_DATA);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	for (int i = 0; i < 2000; i++)
		fputs("not a log\n", file);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(rig_open_again(rig), STORE_NOT_OURS);
	assert_non_null(strstr(rig->message, rig->folder));
}

static void
a_store_whose_making_was_cut_short_is_made_again(void **state)
{
	struct rig *rig = *state;
	char path[128];
	snprintf(path, sizeof(path), "%s/" LAYOUT_DATA LAYOUT_NEW, rig->folder);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fwrite(path, 1, sizeof(path), file) == sizeof(path) && fclose(file) == 0);
	make_store(rig, 1);
	assert_int_not_equal(access(path, F_OK), 0);
	assert_int_equal(rig_open_again(rig), STORE_OK);
	assert_int_equal(store_last(rig->store), 1);
}

static void
a_file_that_lost_its_end_is_refused_at_every_length(void **state)
{
	struct rig *rig = *state;
	char path[128];
	struct stat file;
	make_store(rig, 40);
	snprintf(path, sizeof(path), "%s/%s", rig->folder, LAYOUT_DATA);
	assert_int_equal(stat(path, &file), 0);
	for (off_t cut = 4096; cut < file.st_size; cut += 4096) {
		assert_int_equal(truncate(path, file.st_size - cut), 0);
		assert_int_equal(rig_open_again(rig), STORE_NOT_OURS);
	}
}

static void
a_log_with_a_missing_entry_is_not_ours(void **state)
{
	struct rig *rig = *state;
	for (uint64_t gap = 1; gap <= 2; gap++) {
		MDB_val key = {.mv_size = sizeof(gap), .mv_data = &gap};
		rig_run(rig);
		for (int i = 0; i < 3; i++) /* each a pack of its own */
			assert_int_equal(
			    rig_put(rig, 0, 0, RIG_JOURNAL_SEGMENT_BYTES, NULL), STORE_ACCEPTED);
		rig_close(rig);
		alter(rig, LAYOUT_PACKS_DATABASE, MDB_INTEGERKEY, key, NULL);
		assert_int_equal(rig_open_again(rig), STORE_NOT_OURS);
		assert_non_null(strstr(rig->message, "missing"));
		rig_teardown(state);
		rig_setup(state);
		rig = *state;
	}
}

/* ------------------------------------------------------------------- format 1 */

/* n entries as format 1 had them, each a value of its own. */
static void
make_format_1(struct rig *rig, uint64_t n)
{
	uint8_t format[4] = {1, 0, 0, 0}, id[STORE_LOG_ID_BYTES] = {7, 5, 7}, entry[5000];
	MDB_val format_val = {.mv_size = sizeof(format), .mv_data = format};
	MDB_val id_val = {.mv_size = sizeof(id), .mv_data = id};
	alter(rig, LAYOUT_META_DATABASE, MDB_CREATE, text_val(LAYOUT_META_FORMAT), &format_val);
	alter(rig, LAYOUT_META_DATABASE, MDB_CREATE, text_val(LAYOUT_META_LOG_ID), &id_val);
	for (uint64_t number = 1; number <= n; number++) {
		MDB_val key = {.mv_size = sizeof(number), .mv_data = &number};
		MDB_val value = {.mv_size = 100 + number * 37 % 4900, .mv_data = entry};
		rig_fill(entry, value.mv_size, 0, 0, number);
		alter(rig, LAYOUT_LOG_DATABASE, MDB_CREATE | MDB_INTEGERKEY, key, &value);
	}
}

static bool
on_numbered_entry(void *context, uint64_t number, const uint8_t *bytes, size_t n)
{
	uint64_t *next = context;
	assert_int_equal(number, (*next)++);
	assert_true(rig_bytes_are_whole(bytes, n));
	assert_int_equal(rig_field(bytes, 2), number);
	return true;
}

static void
assert_numbered_log(struct rig *rig, uint64_t n)
{
	uint64_t next = 1;
	assert_int_equal(store_last(rig->store), n);
	assert_int_equal(store_read(rig->store, 1, n, on_numbered_entry, &next), STORE_OK);
	assert_int_equal(next, n + 1);
}

static void
a_log_of_format_1_is_brought_up_to_date_byte_for_byte(void **state)
{
	struct rig *rig = *state;
	static const uint8_t id[STORE_LOG_ID_BYTES] = {7, 5, 7};
	make_format_1(rig, 300);
	rig_run(rig);
	assert_numbered_log(rig, 300);
	assert_memory_equal(store_log_id(rig->store), id, sizeof(id));
	assert_int_equal(rig_put(rig, 1, 0, 100, NULL), STORE_ACCEPTED);
	rig_close(rig);
	rig_run(rig);
	assert_int_equal(store_last(rig->store), 301);
}

/* It had moved some entries, or all, and died before the last step. */
static void
an_upgrade_that_was_cut_short_goes_on(void **state)
{
	struct rig *rig = *state;
	for (uint64_t moved = 1; moved <= 5; moved++) {
		uint8_t pack[4 + 5 * 4 + 5 * 5000], entry[5][5000];
		struct piece piece[5];
		uint64_t first = 1;
		size_t bytes;
		make_format_1(rig, 5);
		for (uint64_t i = 0; i < moved; i++) {
			piece[i] = (struct piece){entry[i], 100 + (i + 1) * 37 % 4900};
			rig_fill(entry[i], piece[i].n, 0, 0, i + 1);
		}
		assert_int_equal(pack_plan(piece, moved, &bytes), moved);
		pack_fill(pack, piece, moved);
		MDB_val key = {.mv_size = sizeof(first), .mv_data = &first};
		MDB_val value = {.mv_size = bytes, .mv_data = pack};
		alter(rig, LAYOUT_PACKS_DATABASE, MDB_CREATE | MDB_INTEGERKEY, key, &value);
		rig_run(rig);
		assert_numbered_log(rig, 5);
		rig_teardown(state);
		rig_setup(state);
		rig = *state;
	}
}

static void
an_old_log_with_a_missing_entry_is_not_ours(void **state)
{
	struct rig *rig = *state;
	uint64_t gap = 3;
	MDB_val key = {.mv_size = sizeof(gap), .mv_data = &gap};
	make_format_1(rig, 5);
	alter(rig, LAYOUT_LOG_DATABASE, MDB_INTEGERKEY, key, NULL);
	assert_int_equal(rig_open_again(rig), STORE_NOT_OURS);
	assert_non_null(strstr(rig->message, "missing"));
}

/* ------------------------------------------------------------------- room */

static void
a_full_map_is_try_later_and_what_was_stored_stays(void **state)
{
	struct rig *rig = *state;
	struct store_options options = rig_options(rig);
	struct store_health health;
	uint64_t stored = 0, number;
	options.map_max_bytes = (uint64_t)1 << 20;
	assert_int_equal(rig_open(rig, &options), STORE_OK);
	assert_true(rig_start(rig));
	while (rig_put(rig, 1, stored, 20000, &number) == STORE_ACCEPTED)
		assert_int_equal(number, ++stored);
	assert_true(stored > 10 && stored < 80);
	store_health(rig->store, &health);
	assert_true(health.full && health.map_full);
	assert_true(health.accepting);
	assert_int_equal(health.map_room_bytes, 1 << 20);
	assert_true(health.map_bytes > 800000 && health.map_bytes <= health.map_room_bytes);
	assert_int_equal(rig_put(rig, 1, stored, 20000, NULL), STORE_FULL);
	assert_int_equal(store_last(rig->store), stored);
	rig_close(rig);
	rig_run(rig); /* with a larger map it goes on where it was */
	assert_int_equal(store_last(rig->store), stored);
	assert_int_equal(rig_put_patiently(rig, 1, stored, 20000), STORE_ACCEPTED);
	assert_int_equal(store_last(rig->store), stored + 1);
	store_health(rig->store, &health);
	assert_true(!health.full && !health.map_full);
}

static void
below_the_reserve_nothing_is_stored(void **state)
{
	struct rig *rig = *state;
	struct store_options options = rig_options(rig);
	struct store_health health;
	make_store(rig, 2);
	options.disk_reserve_bytes = UINT64_MAX;
	assert_int_equal(rig_open(rig, &options), STORE_OK);
	rig_fold(rig);
	assert_true(rig_start(rig));
	assert_int_equal(rig_put(rig, 1, 0, 100, NULL), STORE_FULL);
	assert_int_equal(rig_put(rig, 1, 9, 100, NULL), STORE_MOVED); /* by what is durable */
	assert_int_equal(store_last(rig->store), 2);
	assert_int_equal(rig->applied, 0);
	store_health(rig->store, &health);
	assert_true(health.full);
	assert_true(health.accepting);
}

static void
the_reserve_is_at_most_a_twentieth_of_the_disk(void **state)
{
	struct rig *rig = *state;
	struct statvfs fs;
	assert_int_equal(statvfs(rig->folder, &fs), 0);
	uint64_t share = (uint64_t)fs.f_blocks * fs.f_frsize / 20;
	assert_int_equal(store_reserve(rig->folder, UINT64_MAX), share);
	assert_int_equal(store_reserve(rig->folder, share / 2), share / 2);
	assert_int_equal(store_reserve("/nowhere/at/all", 77), 77);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(the_log_id_is_made_once_and_stays),
	    TEST(a_log_made_anew_bears_the_id_it_is_given),
	    TEST(its_files_are_private),
	    TEST(a_second_opening_is_refused_while_the_first_lasts),
	    TEST(another_process_is_refused_too),
	    TEST(a_missing_folder_is_said),
	    TEST(a_newer_format_is_refused_and_nothing_is_changed),
	    TEST(a_format_that_makes_no_sense_is_not_ours),
	    TEST(a_log_without_its_id_is_not_ours),
	    TEST(another_programs_data_is_not_ours),
	    TEST(a_file_of_something_else_is_not_ours),
	    TEST(a_store_whose_making_was_cut_short_is_made_again),
	    TEST(a_file_that_lost_its_end_is_refused_at_every_length),
	    TEST(a_log_with_a_missing_entry_is_not_ours),
	    TEST(a_log_of_format_1_is_brought_up_to_date_byte_for_byte),
	    TEST(an_upgrade_that_was_cut_short_goes_on),
	    TEST(an_old_log_with_a_missing_entry_is_not_ours),
	    TEST(a_full_map_is_try_later_and_what_was_stored_stays),
	    TEST(below_the_reserve_nothing_is_stored),
	    TEST(the_reserve_is_at_most_a_twentieth_of_the_disk),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
