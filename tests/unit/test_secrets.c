/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/secrets.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "proto/khaosat.pb-c.h"
#include "tests/support/state_rig.h"

static const char PASSWORD[] = "chin con trau trang";

static struct state_rig rig;
static struct erasable *values;
static struct secrets *secrets;

static int
set_up(void **state)
{
	char message[256];
	(void)state;
	state_rig_make(&rig);
	assert_int_equal(erasable_open(rig.folder, &values, message), STORE_OK);
	secrets = secrets_open(values, rig.state);
	assert_non_null(secrets);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	secrets_close(secrets);
	erasable_close(values);
	state_rig_free(&rig);
	return 0;
}

static void
reopen(void)
{
	secrets_close(secrets);
	secrets = secrets_open(values, rig.state);
	assert_non_null(secrets);
}

static bool
count_key(void *context, const uint8_t *key, size_t key_bytes, const uint8_t *value, size_t n)
{
	(void)key;
	(void)key_bytes;
	(void)value;
	(void)n;
	++*(size_t *)context;
	return true;
}

static size_t
kept(void)
{
	size_t n = 0;
	assert_int_equal(erasable_each(values, "secret", 6, count_key, &n), STORE_OK);
	return n;
}

/* An entry whose id are these 16 bytes. */
static void
put(enum entry_kind kind, const uint8_t id[UUID_BYTES])
{
	uint8_t payload[128];
	Khaosat__V1__StaffChange change;
	khaosat__v1__staff_change__init(&change);
	change.account = 2;
	change.name = (char *)(uintptr_t) "lan";
	change.after = KHAOSAT__V1__ROLE__VIEWER;
	change.token_name = (char *)(uintptr_t) "t";
	change.token_role = KHAOSAT__V1__ROLE__VIEWER;
	change.expires_ms = INT64_MAX;
	struct roster staff;
	assert_true(state_staff(rig.state, &staff));
	struct entry e = {.kind = kind, .previous = staff.last};
	roster_clear(&staff);
	memcpy(e.instance_id, id, UUID_BYTES);
	state_rig_put(
	    &rig, &e, payload, khaosat__v1__staff_change__pack(&change, payload), SUBJECT_STAFF);
}

static void
a_token_counts_from_its_admission_on_and_after_a_new_start(void **state)
{
	(void)state;
	static const uint8_t none[UUID_BYTES];
	uint8_t token[STAFF_TOKEN_BYTES];
	put(ENTRY_ACCOUNT_ADDED, none);
	assert_int_equal(secrets_make_token(secrets, token), SECRETS_OK);
	assert_false(secrets_is_token(secrets, token));
	put(ENTRY_TOKEN_MADE, token);
	assert_true(secrets_admit(secrets, token));
	assert_true(secrets_is_token(secrets, token));
	reopen();
	assert_true(secrets_is_token(secrets, token));
	for (size_t i = 0; i < sizeof(token); i++) {
		token[i] ^= 1;
		assert_false(secrets_is_token(secrets, token));
		token[i] ^= 1;
	}
}

static void
what_no_entry_names_is_erased_when_it_is_opened(void **state)
{
	(void)state;
	uint8_t token[STAFF_TOKEN_BYTES], id[UUID_BYTES];
	assert_int_equal(secrets_make_token(secrets, token), SECRETS_OK);
	assert_int_equal(secrets_make_password(secrets, PASSWORD, id), SECRETS_OK);
	assert_int_equal(kept(), 2);
	reopen();
	assert_int_equal(kept(), 0);
	assert_false(secrets_is_token(secrets, token));
	assert_int_equal(secrets_check_password(secrets, id, PASSWORD), SECRETS_WRONG);
}

static void
what_the_log_has_ended_is_swept(void **state)
{
	(void)state;
	static const uint8_t none[UUID_BYTES];
	uint8_t token[2][STAFF_TOKEN_BYTES];
	put(ENTRY_ACCOUNT_ADDED, none);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(secrets_make_token(secrets, token[i]), SECRETS_OK);
		put(ENTRY_TOKEN_MADE, token[i]);
		assert_true(secrets_admit(secrets, token[i]));
	}
	secrets_sweep(secrets);
	assert_int_equal(kept(), 2);
	put(ENTRY_TOKEN_REVOKED, token[0]);
	secrets_sweep(secrets);
	assert_int_equal(kept(), 1);
	assert_false(secrets_is_token(secrets, token[0]));
	assert_true(secrets_is_token(secrets, token[1]));
}

static void
a_password_that_was_ended_is_swept(void **state)
{
	(void)state;
	static const uint8_t none[UUID_BYTES];
	uint8_t id[2][UUID_BYTES];
	put(ENTRY_ACCOUNT_ADDED, none);
	secrets_end(secrets, none);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(secrets_make_password(secrets, PASSWORD, id[i]), SECRETS_OK);
		secrets_sweep(secrets); /* its entry is on its way */
		assert_int_equal(kept(), i + 1);
		put(ENTRY_PASSWORD_SET, id[i]);
	}
	secrets_end(secrets, id[0]);
	secrets_sweep(secrets);
	assert_int_equal(kept(), 1);
	assert_int_equal(secrets_check_password(secrets, id[1], PASSWORD), SECRETS_OK);
}

static void
a_password_is_right_or_wrong(void **state)
{
	(void)state;
	uint8_t id[UUID_BYTES], other[UUID_BYTES];
	assert_int_equal(secrets_make_password(secrets, PASSWORD, id), SECRETS_OK);
	assert_int_equal(secrets_make_password(secrets, "", other), SECRETS_OK);
	put(ENTRY_ACCOUNT_ADDED, id);
	assert_int_equal(secrets_check_password(secrets, id, PASSWORD), SECRETS_OK);
	assert_int_equal(secrets_check_password(secrets, id, "chin con trau tran"), SECRETS_WRONG);
	assert_int_equal(secrets_check_password(secrets, id, ""), SECRETS_WRONG);
	reopen();
	assert_int_equal(secrets_check_password(secrets, id, PASSWORD), SECRETS_OK);
	assert_int_equal(secrets_check_password(secrets, other, PASSWORD), SECRETS_WRONG);
}

static double
work_of(const uint8_t id[UUID_BYTES])
{
	struct timespec from, to;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
	assert_int_equal(secrets_check_password(secrets, id, "wrong"), SECRETS_WRONG);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
	return (double)(to.tv_sec - from.tv_sec) + 1e-9 * (double)(to.tv_nsec - from.tv_nsec);
}

/* A hash that could not be read would be done a thousand times faster. */
static void
nobodys_password_takes_as_much_work_as_somebodys(void **state)
{
	(void)state;
	static const uint8_t none[UUID_BYTES];
	uint8_t id[UUID_BYTES];
	assert_int_equal(secrets_make_password(secrets, PASSWORD, id), SECRETS_OK);
	double somebodys = work_of(id) + work_of(id), nobodys = work_of(none) + work_of(none);
	assert_true(nobodys > somebodys / 10 && nobodys < somebodys * 10);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_token_counts_from_its_admission_on_and_after_a_new_start),
	    TEST(what_no_entry_names_is_erased_when_it_is_opened),
	    TEST(what_the_log_has_ended_is_swept),
	    TEST(a_password_that_was_ended_is_swept),
	    TEST(a_password_is_right_or_wrong),
	    TEST(nobodys_password_takes_as_much_work_as_somebodys),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
