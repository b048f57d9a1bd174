/* SPDX-License-Identifier: Apache-2.0 */
/* Contacts while LMDB or the system fails: what is answered is what is there. */
#include "storage/erasable.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(whatever_fails_contacts_are_as_told),
	    cmocka_unit_test(a_compaction_that_fails_leaves_the_old_file_in_use),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
