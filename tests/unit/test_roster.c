/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/roster.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/state_rig.h"

static struct state_rig rig;
static struct roster staff;

static int
set_up(void **state)
{
	(void)state;
	state_rig_make(&rig);
	state_rig_some_staff(&rig);
	assert_true(state_staff(rig.state, &staff));
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	roster_clear(&staff);
	state_rig_free(&rig);
	return 0;
}

static const struct token *
token(uint8_t id)
{
	uint8_t bytes[TOKEN_ID_BYTES];
	memset(bytes, id, sizeof(bytes));
	return roster_token(&staff, bytes);
}

static void
what_entries_said_is_there_and_what_they_ended_is_not(void **state)
{
	(void)state;
	assert_int_equal(staff.accounts, 3);
	const struct account *lan = roster_named(&staff, "lan");
	assert_non_null(lan);
	assert_int_equal(roster_number(&staff, lan), 2);
	assert_int_equal(lan->password_id[0], 3);
	assert_int_equal(roster_named(&staff, "minh")->role, ROLE_OPERATOR);
	assert_null(roster_named(&staff, "gone"));
	assert_null(roster_account(&staff, 4));
	assert_string_equal(roster_name(&staff, 4), "gone");
	assert_string_equal(roster_name(&staff, 1), "machine");
	assert_string_equal(roster_name(&staff, 5), "");
	assert_null(roster_account(&staff, ACCOUNT_MACHINE));
	assert_null(token(10)); /* a new password */
	assert_null(token(11)); /* revoked */
	assert_null(token(12)); /* its account removed */
	assert_non_null(token(13));
	assert_null(token(14)); /* over when the next was made */
	assert_non_null(token(15));
	assert_int_equal(roster_administrators(&staff), 1);
}

static void
a_token_has_the_lesser_role_until_it_is_over(void **state)
{
	(void)state;
	const struct token *low = token(13), *high = token(15);
	assert_int_equal(roster_token_role(&staff, low, rig.clock_ms), ROLE_VIEWER);
	assert_int_equal(roster_token_role(&staff, high, rig.clock_ms), ROLE_ADMINISTRATOR);
	assert_int_equal(roster_token_role(&staff, high, high->expires_ms - 1), ROLE_ADMINISTRATOR);
	assert_int_equal(roster_token_role(&staff, high, high->expires_ms), ROLE_NONE);
	assert_int_equal(roster_tokens_of(&staff, 2, high->expires_ms - 1), 1);
	assert_int_equal(roster_tokens_of(&staff, 2, high->expires_ms), 0);
	staff.account[0].role = ROLE_OPERATOR;
	assert_int_equal(roster_token_role(&staff, high, rig.clock_ms), ROLE_OPERATOR);
}

static void
entries_that_do_not_fit_change_nothing(void **state)
{
	(void)state;
	static const struct {
		enum entry_kind kind;
		uint32_t account;
		const char *name, *token_name;
		enum role role;
		uint8_t id;
	} bad[] = {
	    {ENTRY_ACCOUNT_ADDED, 5, "new", "", ROLE_NONE, 0},
	    {ENTRY_ACCOUNT_ADDED, 6, "new", "", ROLE_VIEWER, 0}, /* a gap */
	    {ENTRY_ACCOUNT_ADDED, 4, "new", "", ROLE_VIEWER, 0}, /* taken */
	    {ENTRY_ACCOUNT_ADDED, 5, "lan", "", ROLE_VIEWER, 0}, /* there is one */
	    {ENTRY_ACCOUNT_ADDED, 5, "Lan", "", ROLE_VIEWER, 0},
	    {ENTRY_ACCOUNT_ADDED, 5, "machine", "", ROLE_VIEWER, 0},
	    {ENTRY_ACCOUNT_ADDED, 5, "", "", ROLE_VIEWER, 0},
	    {ENTRY_ACCOUNT_ADDED, 5, "new", "", (enum role)5, 0},
	    {ENTRY_ROLE_SET, 2, "lan", "", ROLE_NONE, 0},
	    {ENTRY_ROLE_SET, 2, "lan", "", ROLE_FIRM, 0},
	    {ENTRY_ROLE_SET, 1, "machine", "", ROLE_VIEWER, 0},
	    {ENTRY_ROLE_SET, 4, "gone", "", ROLE_VIEWER, 0},
	    {ENTRY_PASSWORD_SET, 2, "lan", "", ROLE_NONE, 0}, /* no id */
	    {ENTRY_ACCOUNT_REMOVED, 4, "gone", "", ROLE_NONE, 0},
	    {ENTRY_ACCOUNT_REMOVED, 0, "", "", ROLE_NONE, 0},
	    {ENTRY_TOKEN_MADE, 1, "machine", "t", ROLE_VIEWER, 20},
	    {ENTRY_TOKEN_MADE, 2, "lan", "t", ROLE_NONE, 20},
	    {ENTRY_TOKEN_MADE, 2, "lan", "t", ROLE_FIRM, 20},
	    {ENTRY_TOKEN_MADE, 2, "lan", "t t", ROLE_VIEWER, 20},
	    {ENTRY_TOKEN_MADE, 2, "lan", "t", ROLE_VIEWER, 0},
	    {ENTRY_TOKEN_MADE, 2, "lan", "t", ROLE_VIEWER, 13},    /* there is one */
	    {ENTRY_TOKEN_REVOKED, 2, "lan", "t", ROLE_VIEWER, 13}, /* another's */
	    {ENTRY_TOKEN_REVOKED, 2, "lan", "t", ROLE_VIEWER, 21},
	};
	struct roster before;
	assert_true(roster_copy(&staff, &before));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct entry e = {.kind = bad[i].kind, .time_ms = INT64_MAX};
		struct payload_staff change = {.account = bad[i].account,
		    .after = bad[i].role,
		    .token_role = bad[i].role,
		    .expires_ms = 1};
		memset(e.instance_id, bad[i].id, sizeof(e.instance_id));
		snprintf(change.name, sizeof(change.name), "%s", bad[i].name);
		snprintf(change.token_name, sizeof(change.token_name), "%s", bad[i].token_name);
		assert_int_equal(roster_apply(&staff, 99, &e, &change), ROSTER_BAD);
		assert_int_equal(staff.last, before.last);
		assert_int_equal(staff.accounts, before.accounts);
		assert_int_equal(staff.tokens, before.tokens);
		assert_memory_equal(staff.account, before.account, sizeof(*staff.account) * 3);
		assert_memory_equal(staff.token, before.token, sizeof(*staff.token) * 2);
	}
	roster_clear(&before);
}

static void
a_firm_s_account_and_its_tokens_are_a_firm_s_alone(void **state)
{
	(void)state;
	const struct token *made;
	struct entry e = {.kind = ENTRY_ACCOUNT_ADDED, .time_ms = rig.clock_ms};
	struct payload_staff change = {
	    .account = 5, .name = "firm", .token_name = "t", .after = ROLE_FIRM};
	assert_int_equal(roster_apply(&staff, 90, &e, &change), ROSTER_OK);
	assert_non_null(roster_firm(&staff, 5));
	assert_null(roster_firm(&staff, 2));
	assert_null(roster_firm(&staff, ACCOUNT_MACHINE));
	memset(e.instance_id, 30, sizeof(e.instance_id));
	change.expires_ms = rig.clock_ms + 1000;
	for (enum role role = ROLE_VIEWER; role <= ROLE_ADMINISTRATOR; role++) {
		e.kind = ENTRY_ROLE_SET;
		change.after = change.token_role = role;
		assert_int_equal(roster_apply(&staff, 91, &e, &change), ROSTER_BAD);
		e.kind = ENTRY_TOKEN_MADE;
		assert_int_equal(roster_apply(&staff, 91, &e, &change), ROSTER_BAD);
	}
	change.token_role = ROLE_FIRM;
	assert_int_equal(roster_apply(&staff, 91, &e, &change), ROSTER_OK);
	made = token(30);
	assert_non_null(made);
	assert_int_equal(roster_token_role(&staff, made, rig.clock_ms), ROLE_FIRM);
	assert_int_equal(roster_token_role(&staff, made, change.expires_ms), ROLE_NONE);
	assert_int_equal(roster_administrators(&staff), 1);
}

static void
a_payload_is_one_or_is_refused(void **state)
{
	(void)state;
	struct payload_staff change;
	static const uint8_t role_9[] = {0x20, 9},
			     long_name[] = {0x12, 33, 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a',
				 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a',
				 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a'};
	assert_int_equal(payload_staff(role_9, sizeof(role_9), &change), PAYLOAD_BAD);
	assert_int_equal(payload_staff(long_name, sizeof(long_name), &change), PAYLOAD_BAD);
	assert_int_equal(payload_staff(long_name, 5, &change), PAYLOAD_BAD);
	assert_int_equal(payload_staff(NULL, 0, &change), PAYLOAD_OK);
	assert_int_equal(change.account, 0);
}

static void
a_new_start_folds_the_same_staff(void **state)
{
	(void)state;
	struct roster again;
	state_rig_close(&rig);
	state_rig_open(&rig, false);
	assert_true(state_staff(rig.state, &again));
	assert_int_equal(again.last, staff.last);
	assert_int_equal(again.tokens, staff.tokens);
	assert_memory_equal(again.account, staff.account, sizeof(*again.account) * 3);
	assert_memory_equal(again.token, staff.token, sizeof(*again.token) * 2);
	roster_clear(&again);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(what_entries_said_is_there_and_what_they_ended_is_not),
	    TEST(a_token_has_the_lesser_role_until_it_is_over),
	    TEST(entries_that_do_not_fit_change_nothing),
	    TEST(a_firm_s_account_and_its_tokens_are_a_firm_s_alone),
	    TEST(a_payload_is_one_or_is_refused),
	    TEST(a_new_start_folds_the_same_staff),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
