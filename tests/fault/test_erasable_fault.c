/* SPDX-License-Identifier: Apache-2.0 */
/* Contacts while LMDB or the system fails: what is answered is what is there. */
#include "storage/erasable.h"

#include <errno.h>
#include <lmdb.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "storage/layout.h"
#include "tests/fault/storage_faults.h"
#include "tests/support/store_rig.h"

#define KEYS 3

/* What each key may hold: as told, or, once a call on it has failed, either value. */
struct belief {
	const char *sure;
	const char *maybe;
};

static bool
is_value(const char *expected, const uint8_t *value, size_t n)
{
	if (expected == NULL)
		return value == NULL && n == 0;
	return value != NULL && n == strlen(expected) && memcmp(value, expected, n) == 0;
}

static void
put(struct erasable *e, struct belief *beliefs, uint8_t key, const char *value)
{
	enum store_status status =
	    erasable_put(e, &key, 1, value, value == NULL ? 0 : strlen(value));
	if (status == STORE_OK)
		beliefs[key] = (struct belief){value, value};
	else
		beliefs[key].maybe = value;
}

static void
check(struct erasable *e, const struct belief *beliefs, bool may_fail)
{
	for (uint8_t key = 0; key < KEYS; key++) {
		uint8_t *value = NULL;
		size_t n = 0;
		enum store_status status = erasable_get(e, &key, 1, &value, &n);
		if (status != STORE_OK) {
			assert_true(may_fail);
			continue;
		}
		assert_true(is_value(beliefs[key].sure, value, n) ||
			    is_value(beliefs[key].maybe, value, n));
		free(value);
	}
}

static bool
live(enum fault_call call, unsigned int nth, int code)
{
	struct rig rig;
	struct erasable *e = NULL;
	struct belief beliefs[KEYS] = {{NULL, NULL}};
	char message[256] = "";
	rig_make(&rig);
	fault_arm(call, nth, code);
	if (erasable_open(rig.folder, &e, message) == STORE_OK) {
		put(e, beliefs, 0, "first");
		put(e, beliefs, 1, "second");
		put(e, beliefs, 0, NULL);
		put(e, beliefs, 2, "third");
		erasable_compact(e); /* whatever becomes of it, nothing is lost */
		put(e, beliefs, 1, "fourth");
		check(e, beliefs, true);
	} else {
		assert_null(e);
		assert_true(strlen(message) > 0);
	}
	erasable_close(e);
	e = NULL;
	bool fired = fault_disarm();
	assert_int_equal(erasable_open(rig.folder, &e, message), STORE_OK);
	check(e, beliefs, false);
	erasable_close(e);
	rig_free(&rig);
	return fired;
}

static bool
is_of_the_journal(enum fault_call call)
{
	return (call >= FAULT_FDATASYNC && call <= FAULT_PREAD) || call == FAULT_MMAP ||
	       call == FAULT_REALLOC;
}

static void
whatever_fails_contacts_are_as_told(void **state)
{
	(void)state;
	unsigned int lives = 0;
	for (int call = FAULT_NONE + 1; call < FAULT_CALLS; call++) {
		if (call == FAULT_CURSOR_OPEN || call == FAULT_CURSOR_GET ||
		    call == FAULT_GETRANDOM || is_of_the_journal((enum fault_call)call))
			continue; /* the log only */
		unsigned int nth = 1;
		while (live((enum fault_call)call, nth, call % 2 == 0 ? EIO : ENOSPC))
			nth++;
		assert_true(nth > 1); /* such calls are made, or the wrapping has come off */
		lives += nth;
	}
	print_message("%u lives\n", lives);
}

static void
a_compaction_that_fails_leaves_the_old_file_in_use(void **state)
{
	(void)state;
	static const enum fault_call places[] = {FAULT_ENV_COPY, FAULT_FSYNC, FAULT_RENAME};
	struct rig rig;
	struct erasable *e = NULL;
	struct belief beliefs[KEYS] = {{NULL, NULL}};
	char message[256];
	rig_make(&rig);
	assert_int_equal(erasable_open(rig.folder, &e, message), STORE_OK);
	put(e, beliefs, 0, "first");
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		fault_arm(places[i], 1, EIO);
		assert_int_equal(erasable_compact(e), STORE_FAILED);
		assert_true(fault_disarm());
		check(e, beliefs, false);
		put(e, beliefs, 1, i % 2 == 0 ? "second" : "third");
		assert_ptr_equal(beliefs[1].sure, beliefs[1].maybe); /* it took it */
	}
	assert_int_equal(erasable_compact(e), STORE_OK);
	check(e, beliefs, false);
	erasable_close(e);
	rig_free(&rig);
}

/* A folder that was just made is lost with its parent's page, and all that was synced in it. */
static void
the_folder_is_made_durable_in_its_parent(void **state)
{
	(void)state;
	struct rig rig;
	struct erasable *e = NULL;
	char message[256];
	rig_make(&rig);
	fault_arm(FAULT_FSYNC, 2, EIO); /* behind the folder's own */
	assert_int_equal(erasable_open(rig.folder, &e, message), STORE_FAILED);
	assert_true(fault_disarm());
	fault_arm(FAULT_FSYNC, 2, EROFS); /* somebody else's, who has made ours in it */
	assert_int_equal(erasable_open(rig.folder, &e, message), STORE_OK);
	assert_true(fault_disarm());
	erasable_close(e);
	rig_free(&rig);
}

/* Ten million units, and a kilobyte or two for each. */
static void
there_is_room_for_the_contacts_of_ten_million_units(void **state)
{
	(void)state;
	struct rig rig;
	struct erasable *e = NULL;
	char message[256];
	rig_make(&rig);
	fault_arm(FAULT_NONE, 1, 0);
	assert_int_equal(erasable_open(rig.folder, &e, message), STORE_OK);
	assert_true(fault_first_map_bytes >= (size_t)20 << 30);
	fault_disarm();
	erasable_close(e);
	rig_free(&rig);
}

static bool
every_key(void *context, const uint8_t *key, size_t key_bytes, const uint8_t *value, size_t n)
{
	(void)context, (void)key, (void)key_bytes, (void)value, (void)n;
	return true;
}

/* Put there by another program: LMDB's own limit is higher. */
static void
put_long_key(const char *folder, size_t key_bytes)
{
	char path[128], key[511];
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi values;
	MDB_val name = {key_bytes, key}, value = {1, key};
	memset(key, 'k', sizeof(key));
	snprintf(path, sizeof(path), "%s/%s", folder, LAYOUT_CONTACTS);
	assert_int_equal(mdb_env_create(&env), 0);
	assert_int_equal(mdb_env_set_maxdbs(env, 4), 0);
	assert_int_equal(mdb_env_set_mapsize(env, (size_t)1 << 30), 0);
	assert_int_equal(mdb_env_open(env, path, MDB_NOSUBDIR, LAYOUT_FILE_MODE), 0);
	assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
	assert_int_equal(mdb_dbi_open(txn, LAYOUT_VALUES_DATABASE, 0, &values), 0);
	assert_int_equal(mdb_put(txn, values, &name, &value, 0), 0);
	assert_int_equal(mdb_txn_commit(txn), 0);
	mdb_env_close(env);
}

static void
a_key_longer_than_any_of_ours_does_an_erasing_no_harm(void **state)
{
	(void)state;
	struct rig rig;
	struct erasable *e = NULL;
	char message[256], key[16];
	size_t erased = 1;
	rig_make(&rig);
	assert_int_equal(erasable_open(rig.folder, &e, message), STORE_OK);
	for (unsigned i = 0; i < 256; i++) { /* as many as are erased at once */
		snprintf(key, sizeof(key), "k %03u", i);
		assert_int_equal(erasable_put(e, key, strlen(key), "v", 1), STORE_OK);
	}
	erasable_close(e);
	put_long_key(rig.folder, 400);
	assert_int_equal(erasable_open(rig.folder, &e, message), STORE_OK);
	assert_int_equal(erasable_erase(e, "k", 1, every_key, NULL, &erased), STORE_FAILED);
	assert_int_equal(erased, 0);
	erasable_close(e);
	rig_free(&rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(whatever_fails_contacts_are_as_told),
	    cmocka_unit_test(a_compaction_that_fails_leaves_the_old_file_in_use),
	    cmocka_unit_test(the_folder_is_made_durable_in_its_parent),
	    cmocka_unit_test(there_is_room_for_the_contacts_of_ten_million_units),
	    cmocka_unit_test(a_key_longer_than_any_of_ours_does_an_erasing_no_harm),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
