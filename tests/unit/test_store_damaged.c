/* SPDX-License-Identifier: Apache-2.0 */
/* A log of which bytes or files are not what they were: named, and nothing more is lost. */
#include "storage/store.h"

#include <lmdb.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "storage/layout.h"
#include "tests/support/change_log.h"
#include "tests/support/store_rig.h"

/* n entries more, in a pack of their own. */
static void
add_pack(struct rig *rig, int n)
{
	rig_run(rig);
	for (int i = 0; i < n; i++)
		assert_int_equal(rig_put(rig, 0, 0, 300, NULL), STORE_ACCEPTED);
	rig_close(rig);
}

/* ------------------------------------------------------------------- files */

static void
rename_in(const struct rig *rig, const char *from, const char *to)
{
	char old[128], new[128];
	snprintf(old, sizeof(old), "%s/%s", rig->folder, from);
	snprintf(new, sizeof(new), "%s/%s", rig->folder, to);
	assert_int_equal(rename(old, new), 0);
}

static void
a_log_that_is_gone_is_not_made_anew_and_its_journal_is_kept(void **state)
{
	struct rig *rig = *state;
	char path[128];
	snprintf(path, sizeof(path), "%s/" LAYOUT_DATA, rig->folder);
	add_pack(rig, 3);
	rename_in(rig, LAYOUT_DATA, "kept");
	for (int i = 0; i < 2; i++) { /* the second time an empty one has been made */
		assert_int_equal(rig_open_again(rig), STORE_NOT_OURS);
		assert_non_null(strstr(rig->message, LAYOUT_DATA));
		assert_non_null(strstr(rig->message, "journal"));
	}
	assert_int_equal(truncate(path, 0), 0);
	assert_int_equal(rig_open_again(rig), STORE_NOT_OURS);
	rename_in(rig, LAYOUT_JOURNAL, "kept journal");
	rename_in(rig, "kept", LAYOUT_CHECKPOINT); /* whatever it holds */
	assert_int_equal(rig_open_again(rig), STORE_NOT_OURS);
	assert_non_null(strstr(rig->message, "checkpoint"));
	rename_in(rig, LAYOUT_CHECKPOINT, LAYOUT_DATA);
	rename_in(rig, "kept journal", LAYOUT_JOURNAL);
	assert_int_equal(rig_open_again(rig), STORE_OK);
	assert_int_equal(store_last(rig->store), 3);
}

/* ------------------------------------------------------------------- bytes */

struct differing {
	uint64_t first, last;
	unsigned calls;
};

static void
on_differing(void *context, uint64_t first, uint64_t last)
{
	struct differing *d = context;
	*d = (struct differing){first, last, d->calls + 1};
}

static struct differing
check_again(struct rig *rig)
{
	struct differing found = {0};
	assert_int_equal(rig_open_again(rig), STORE_OK);
	assert_int_equal(store_check(rig->store, on_differing, &found), STORE_OK);
	rig_close(rig);
	return found;
}

static bool
flip(void *context, uint8_t *bytes, size_t n)
{
	(void)context;
	bytes[n - 1] ^= 1;
	return true;
}

static void
a_changed_byte_is_named_by_the_entries_about_it(void **state)
{
	struct rig *rig = *state;
	add_pack(rig, 5);
	add_pack(rig, 2);
	assert_int_equal(check_again(rig).calls, 0);
	for (uint64_t number = 1; number <= 7; number++) {
		assert_int_equal(change_log(rig->folder, number, flip, NULL), 0);
		struct differing found = check_again(rig);
		assert_int_equal(found.calls, 1);
		assert_int_equal(found.first, number <= 5 ? 1 : 6);
		assert_int_equal(found.last, number <= 5 ? 5 : 7);
		assert_int_equal(change_log(rig->folder, number, flip, NULL), 0);
	}
}

/* As an older version left it. */
static void
remove_digests(const struct rig *rig)
{
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi digests;
	assert_int_equal(mdb_env_create(&env), 0);
	assert_int_equal(mdb_env_set_maxdbs(env, 4), 0);
	assert_int_equal(mdb_env_open(env, rig->folder, 0, 0600), 0);
	assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
	assert_int_equal(mdb_dbi_open(txn, LAYOUT_DIGESTS_DATABASE, 0, &digests), 0);
	assert_int_equal(mdb_drop(txn, digests, 1), 0);
	assert_int_equal(mdb_txn_commit(txn), 0);
	mdb_env_close(env);
}

static void
what_an_older_version_stored_has_no_digest_and_what_comes_then_has(void **state)
{
	struct rig *rig = *state;
	add_pack(rig, 3);
	remove_digests(rig);
	assert_int_equal(change_log(rig->folder, 1, flip, NULL), 0);
	assert_int_equal(check_again(rig).calls, 0);
	assert_int_equal(change_log(rig->folder, 1, flip, NULL), 0);
	add_pack(rig, 2);
	assert_int_equal(change_log(rig->folder, 5, flip, NULL), 0);
	struct differing found = check_again(rig);
	assert_true(found.calls == 1 && found.first == 4 && found.last == 5);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_log_that_is_gone_is_not_made_anew_and_its_journal_is_kept),
	    TEST(a_changed_byte_is_named_by_the_entries_about_it),
	    TEST(what_an_older_version_stored_has_no_digest_and_what_comes_then_has),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
