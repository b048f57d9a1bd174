/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/fold_keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collector/checkpoint.h"
#include "collector/recount.h"
#include "proto/digest.h"
#include "tests/support/state_rig.h"

#define UNITS 40u

static struct state_rig rig;

static int
set_up(void **state)
{
	(void)state;
	state_rig_make(&rig);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	state_rig_free(&rig);
	return 0;
}

/* ------------------------------------------------------------------- codes */

static void
a_new_code_stands_in_the_place_of_the_registers_and_costs_the_others_nothing(void **state)
{
	(void)state;
	struct unit_view unit, other;
	uint8_t zeros[CODE_HASH_BYTES] = {0}, fives[CODE_HASH_BYTES];
	memset(fives, 5, sizeof(fives));
	state_rig_two_rounds(&rig, UNITS);
	for (uint8_t hash = 1; hash <= 5; hash++)
		state_rig_code(&rig, 0, 3, hash);
	assert_true(state_unit(rig.state, 0, state_rig_tax_code(3), &unit));
	assert_memory_equal(unit.code_hash, fives, sizeof(fives));
	assert_true(unit.code_number == state_last(rig.state) && unit.last == unit.code_number);
	state_rig_code(&rig, 0, 3, 0);
	assert_true(state_unit(rig.state, 0, state_rig_tax_code(3), &unit));
	assert_memory_equal(unit.code_hash, zeros, sizeof(zeros));
	assert_true(state_unit(rig.state, 0, state_rig_tax_code(4), &other));
	assert_true(other.code_number == 0 && other.code_hash[1] != 0);
	assert_true(state_unit(rig.state, 1, state_rig_tax_code(3), &other));
	assert_true(other.code_number == 0);
}

static void
a_unit_has_four_sub_codes_until_its_own_is_issued_anew(void **state)
{
	(void)state;
	struct unit_view unit;
	state_rig_two_rounds(&rig, UNITS);
	for (uint8_t hash = 1; hash <= 4; hash++)
		state_rig_subcode(&rig, 0, 3, hash);
	assert_true(state_unit(rig.state, 0, state_rig_tax_code(3), &unit));
	assert_int_equal(unit.subcodes, 4);
	assert_int_equal(unit.code_number, 0);
	state_rig_subcode(&rig, 0, 3, 5); /* takes one back */
	assert_true(state_unit(rig.state, 0, state_rig_tax_code(3), &unit));
	assert_int_equal(unit.subcodes, 3);
	state_rig_code(&rig, 0, 3, 9);
	assert_true(state_unit(rig.state, 0, state_rig_tax_code(3), &unit));
	assert_int_equal(unit.subcodes, 0);
	assert_true(unit.code_number == state_last(rig.state));
}

/* ------------------------------------------------------------------- firms */

static unsigned
grants_of(uint32_t round, unsigned serial)
{
	struct unit_view unit;
	assert_true(state_unit(rig.state, round, state_rig_tax_code(serial), &unit));
	return unit.grants;
}

static void
a_firm_has_the_units_that_granted_it_until_they_end_it_or_it_is_removed(void **state)
{
	(void)state;
	uint64_t tax_code[GRANTS_PAGE_MAX_UNITS];
	uint32_t units[2], next;
	struct firm_view firm;
	state_rig_two_rounds(&rig, UNITS);
	state_rig_staff(&rig, ENTRY_ACCOUNT_ADDED, 2, "one", ROLE_FIRM, 0, 0);
	state_rig_staff(&rig, ENTRY_ACCOUNT_ADDED, 3, "two", ROLE_FIRM, 0, 0);
	for (unsigned serial = 9; serial > 4; serial--)
		state_rig_grant(&rig, 0, serial, 2, ENTRY_FIRM_GRANTED);
	state_rig_grant(&rig, 0, 5, 3, ENTRY_FIRM_GRANTED);
	state_rig_grant(&rig, 1, 5, 3, ENTRY_FIRM_GRANTED);
	state_rig_subcode(&rig, 0, 5, 1);
	assert_true(state_firm(rig.state, "two", 0, &firm));
	assert_int_equal(firm.account, 3);
	assert_false(state_firm(rig.state, "three", 2, &firm));
	assert_int_equal(state_granted(rig.state, 0, 2, 0, 2, tax_code, &next), 2);
	assert_true(tax_code[0] == state_rig_tax_code(5) && tax_code[1] == state_rig_tax_code(6));
	assert_int_equal(state_granted(rig.state, 0, 2, next, 9, tax_code, &next), 3);
	assert_true(tax_code[2] == state_rig_tax_code(9) && next == 0);
	state_rig_grant(&rig, 0, 6, 2, ENTRY_GRANT_ENDED);
	state_rig_code(&rig, 0, 7, 9);
	state_count_grants(rig.state, 0, units, 2);
	assert_true(units[0] == 3 && units[1] == 1);
	state_rig_staff(&rig, ENTRY_ACCOUNT_REMOVED, 3, "two", ROLE_NONE, 0, 0);
	assert_false(state_firm(rig.state, NULL, 3, &firm));
	assert_true(grants_of(0, 5) == 1 && grants_of(0, 6) == 0 && grants_of(0, 7) == 0);
	assert_int_equal(grants_of(1, 5), 0);
	assert_int_equal(state_granted(rig.state, 1, 3, 0, 9, tax_code, &next), 0);
}

/* Two firms; units 1 and 2 have granted the first, unit 2 the second. */
static void
some_grants(void)
{
	state_rig_two_rounds(&rig, UNITS);
	state_rig_staff(&rig, ENTRY_ACCOUNT_ADDED, 2, "one", ROLE_FIRM, 0, 0);
	state_rig_staff(&rig, ENTRY_ACCOUNT_ADDED, 3, "two", ROLE_FIRM, 0, 0);
	state_rig_staff(&rig, ENTRY_ACCOUNT_ADDED, 4, "lan", ROLE_VIEWER, 0, 0);
	state_rig_grant(&rig, 0, 1, 2, ENTRY_FIRM_GRANTED);
	state_rig_grant(&rig, 0, 2, 2, ENTRY_FIRM_GRANTED);
	state_rig_grant(&rig, 0, 2, 3, ENTRY_FIRM_GRANTED);
}

static void
an_entry_that_does_not_fit_changes_no_key(void **state)
{
	(void)state;
	some_grants();
	struct checkpoint *copy = state_copy(rig.state);
	struct keys *keys = &copy->fold.round[0]->keys;
	const struct unit_key before[] = {keys->key[0], keys->key[1], keys->key[2]};
	struct keys table = {0};
	struct unit_key *own = malloc(sizeof(before));
	memcpy(own, before, sizeof(before));
	assert_true(keys_take(&table, own, 3));
	const struct {
		enum entry_kind kind;
		uint32_t row;
		uint8_t firm; /* 0: no FirmGrant */
	} bad[] = {
	    {ENTRY_FIRM_GRANTED, before[0].row, 2}, /* it has */
	    {ENTRY_FIRM_GRANTED, before[0].row, 4}, /* staff's */
	    {ENTRY_FIRM_GRANTED, before[0].row, 5}, /* nobody's */
	    {ENTRY_FIRM_GRANTED, before[0].row, 0},
	    {ENTRY_GRANT_ENDED, before[0].row, 3}, /* it has not */
	    {ENTRY_GRANT_ENDED, before[0].row, 0},
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const uint8_t payload[] = {bad[i].firm != 0 ? 0x08 : 0xFF, bad[i].firm};
		const struct key_change change = {.number = 99,
		    .row = bad[i].row,
		    .kind = bad[i].kind,
		    .payload = payload,
		    .n = sizeof(payload)};
		assert_int_equal(
		    fold_change_keys(&table, &copy->fold.staff, &change), FOLD_BAD_ENTRY);
		assert_int_equal(table.n, 3);
		assert_memory_equal(table.key, before, sizeof(before));
	}
	keys_clear(&table);
	checkpoint_free(copy);
}

/* The file with one key in the place of another, and a digest that fits. */
static void
forge(const struct unit_key *old, const struct unit_key *new)
{
	static uint8_t bytes[1 << 20];
	FILE *file = fopen(rig.checkpoint, "rb");
	assert_non_null(file);
	size_t n = fread(bytes, 1, sizeof(bytes), file);
	fclose(file);
	uint8_t *at = memmem(bytes, n, old, sizeof(*old));
	assert_non_null(at);
	memcpy(at, new, sizeof(*new));
	digest_sha256(&(struct digest_part){bytes, n - 32}, 1, bytes + n - 32);
	file = fopen(rig.checkpoint, "wb");
	assert_int_equal(fwrite(bytes, 1, n, file), n);
	fclose(file);
}

static void
a_checkpoint_holds_grants_and_is_not_used_when_they_are_nobodys(void **state)
{
	(void)state;
	some_grants();
	struct checkpoint *copy = state_copy(rig.state);
	assert_true(checkpoint_write(copy, rig.checkpoint));
	const struct unit_key key = copy->fold.round[0]->keys.key[1];
	checkpoint_free(copy);
	state_rig_close(&rig);
	state_rig_open(&rig, true);
	assert_string_equal(rig.message, "");
	assert_true(grants_of(0, 1) == 1 && grants_of(0, 2) == 2 && grants_of(1, 2) == 0);
	struct unit_key others[] = {key, key, key};
	others[0].firm = 4;       /* staff's */
	others[1].firm = 77;      /* nobody's */
	others[2].kind = KEY_SUB; /* a code of a firm */
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		forge(i == 0 ? &key : &others[i - 1], &others[i]);
		state_rig_close(&rig);
		state_rig_open(&rig, true);
		assert_non_null(strstr(rig.message, "checkpoint not used"));
		assert_int_equal(grants_of(0, 2), 2);
	}
}

static void
a_recount_tells_a_grant_that_the_log_does_not_know(void **state)
{
	(void)state;
	struct recount_result result = {0};
	some_grants();
	struct checkpoint *copy = state_copy(rig.state);
	recount_run(rig.store, copy, NULL, NULL, &result);
	assert_int_equal(result.differences, 0);
	recount_result_free(&result);
	copy->fold.round[0]->keys.key[0].firm = 3;
	recount_run(rig.store, copy, NULL, NULL, &result);
	assert_int_equal(result.differences, 1);
	recount_result_free(&result);
	checkpoint_free(copy);
}

/* Another unit's key is taken from among those of a unit, so that they no longer stand in the order
 * of their chain; then the rest of the log is folded in behind a checkpoint, and from its start. */
static void
a_code_that_ends_many_keys_leaves_the_others_as_a_recount_has_them(void **state)
{
	(void)state;
	struct recount_result result = {0};
	state_rig_two_rounds(&rig, UNITS);
	state_rig_staff(&rig, ENTRY_ACCOUNT_ADDED, 2, "one", ROLE_FIRM, 0, 0);
	state_rig_subcode(&rig, 0, 1, 1);
	state_rig_grant(&rig, 0, 2, 2, ENTRY_FIRM_GRANTED);
	state_rig_subcode(&rig, 0, 1, 2);
	state_rig_subcode(&rig, 0, 1, 3);
	state_rig_grant(&rig, 0, 2, 2, ENTRY_GRANT_ENDED);
	state_rig_subcode(&rig, 0, 3, 4);
	state_rig_subcode(&rig, 0, 4, 5);
	struct checkpoint *copy = state_copy(rig.state);
	assert_true(checkpoint_write(copy, rig.checkpoint));
	checkpoint_free(copy);
	state_rig_close(&rig);
	state_rig_open(&rig, true);
	assert_string_equal(rig.message, "");
	state_rig_code(&rig, 0, 1, 9);
	copy = state_copy(rig.state);
	recount_run(rig.store, copy, NULL, NULL, &result);
	assert_int_equal(result.differences, 0);
	recount_result_free(&result);
	checkpoint_free(copy);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_new_code_stands_in_the_place_of_the_registers_and_costs_the_others_nothing),
	    TEST(a_unit_has_four_sub_codes_until_its_own_is_issued_anew),
	    TEST(a_firm_has_the_units_that_granted_it_until_they_end_it_or_it_is_removed),
	    TEST(an_entry_that_does_not_fit_changes_no_key),
	    TEST(a_checkpoint_holds_grants_and_is_not_used_when_they_are_nobodys),
	    TEST(a_recount_tells_a_grant_that_the_log_does_not_know),
	    TEST(a_code_that_ends_many_keys_leaves_the_others_as_a_recount_has_them),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
