/* SPDX-License-Identifier: Apache-2.0 */
/* The log is changed behind the store's back, and the copy in memory too: a recount names what was
 * done. */
#include "collector/recount.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collector/checkpoint.h"
#include "proto/digest.h"
#include "survey/taxcode.h"
#include "tests/support/change_log.h"
#include "tests/support/state_rig.h"

#define UNITS 60u

static struct state_rig rig;
static unsigned seed;
static struct recount_result result;

static int
set_up(void **state)
{
	(void)state;
	seed = 31;
	state_rig_make(&rig);
	state_rig_two_rounds(&rig, UNITS);
	state_rig_live(&rig, UNITS, 120, &seed);
	state_rig_some_staff(&rig);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	recount_result_free(&result);
	state_rig_free(&rig);
	return 0;
}

static void
recount(const char *round)
{
	struct checkpoint *copy = state_copy(rig.state);
	assert_non_null(copy);
	recount_result_free(&result);
	recount_run(rig.store, copy, round, NULL, &result);
	checkpoint_free(copy);
}

static void
a_code_that_is_not_the_logs_is_told(void **state)
{
	(void)state;
	state_rig_code(&rig, 0, 2, 9);
	struct checkpoint *copy = state_copy(rig.state);
	assert_non_null(copy);
	assert_true(copy->fold.round[0]->keys.n > 0);
	copy->fold.round[0]->keys.key[0].hash[7] ^= 1;
	recount_result_free(&result);
	recount_run(rig.store, copy, NULL, NULL, &result);
	checkpoint_free(copy);
	assert_int_equal(result.status, RECOUNT_DONE);
	assert_int_equal(result.differences, 1);
	assert_non_null(strstr(result.line[0], "access codes"));
}

/* ------------------------------------------------------------------- behind the store's back */

enum change {
	CHANGE_HEADER,            /* one bit at `at` in the header */
	CHANGE_PAYLOAD,           /* one bit at `at` in the payload */
	CHANGE_PAYLOAD_AND_DIGEST /* the same, and the digest made to fit */
};

struct edit {
	enum change change;
	size_t at;
	uint8_t mask;
};

static bool
edit_entry(void *context, uint8_t *bytes, size_t n)
{
	const struct edit *edit = context;
	bytes[edit->change == CHANGE_HEADER ? edit->at : ENTRY_HEADER_BYTES + edit->at] ^=
	    edit->mask;
	if (edit->change == CHANGE_PAYLOAD_AND_DIGEST)
		digest_sha256(
		    &(struct digest_part){bytes + ENTRY_HEADER_BYTES, n - ENTRY_HEADER_BYTES}, 1,
		    bytes + 96);
	return true;
}

/* The store is closed meanwhile, and opened and folded again. */
static void
change_entry(uint64_t number, enum change change, size_t at, uint8_t mask)
{
	struct edit edit = {change, at, mask};
	state_rig_close(&rig);
	assert_int_equal(change_log(rig.folder, number, edit_entry, &edit), 0);
	state_rig_open(&rig, false);
}

/* A line with both parts stands among the differences. */
static void
assert_told(const char *part, const char *other)
{
	assert_int_equal(result.status, RECOUNT_DONE);
	assert_true(result.differences > 0);
	for (size_t i = 0; i < result.lines; i++)
		if (strstr(result.line[i], part) != NULL && strstr(result.line[i], other) != NULL)
			return;
	for (size_t i = 0; i < result.lines; i++)
		print_error("%s\n", result.line[i]);
	fail_msg("no line with \"%s\" and \"%s\"", part, other);
}

/* An answer of round "one" by a unit that had none, which is the last entry: its words in lines. */
static uint64_t
last_answer(char words[64])
{
	struct unit_view unit;
	unsigned serial = 0;
	while (state_unit(rig.state, 0, state_rig_tax_code(serial), &unit) && unit.head != 0)
		serial++;
	state_rig_answer(&rig, 0, serial, &seed);
	uint64_t number = state_last(rig.state);
	char tax_code[TAXCODE_TEXT_BYTES];
	taxcode_print(state_rig_tax_code(serial), tax_code);
	snprintf(words, 64, "entry %llu unit %s: ", (unsigned long long)number, tax_code);
	return number;
}

/* ------------------------------------------------------------------- clean ones */

static void
a_clean_log_shows_no_difference(void **state)
{
	(void)state;
	recount(NULL);
	assert_int_equal(result.status, RECOUNT_DONE);
	assert_int_equal(result.differences, 0);
	assert_int_equal(result.lines, 0);
	assert_int_equal(result.last, state_last(rig.state));
	assert_int_equal(result.entries, result.last);
	assert_true(result.answers > 60);
	assert_true(result.figures > 500);
	state_rig_close(&rig);
	state_rig_open(&rig, false);
	recount(NULL);
	assert_int_equal(result.differences, 0);
}

static void
a_recount_of_one_round_evaluates_what_it_rests_on(void **state)
{
	(void)state;
	recount(NULL);
	uint64_t all = result.answers;
	recount("two"); /* reads "one" */
	assert_int_equal(result.differences, 0);
	assert_int_equal(result.answers, all);
	recount("one");
	assert_int_equal(result.differences, 0);
	assert_true(result.answers > 0 && result.answers < all);
	recount("none");
	assert_int_equal(result.status, RECOUNT_UNKNOWN_ROUND);
}

static void
entries_after_the_copy_are_not_looked_at(void **state)
{
	(void)state;
	struct checkpoint *copy = state_copy(rig.state);
	uint64_t last = state_last(rig.state);
	state_rig_live(&rig, UNITS, 20, &seed);
	recount_run(rig.store, copy, NULL, NULL, &result);
	checkpoint_free(copy);
	assert_int_equal(result.last, last);
	assert_int_equal(result.entries, last);
	assert_int_equal(result.differences, 0);
}

/* ------------------------------------------------------------------- changed logs */

static void
a_flipped_indicator_bit_is_named(void **state)
{
	(void)state;
	char words[64];
	uint64_t number = last_answer(words);
	change_entry(number, CHANGE_HEADER, 128, 2); /* OPS: false <-> unknown, true <-> NA */
	recount(NULL);
	assert_told(words, "OPS is stored as ");
	assert_told("round one goal G1 cell 0/_T", "recounted");
	recount("one");
	assert_told(words, "OPS is stored as ");
}

static void
a_flipped_byte_of_an_answer_is_named(void **state)
{
	(void)state;
	char words[64];
	uint64_t number = last_answer(words);
	change_entry(number, CHANGE_PAYLOAD, 0, 1);
	recount(NULL);
	assert_told(words, "the digest does not fit the payload");
	assert_told(words, "the answers cannot be read");
}

static void
an_answer_changed_with_its_digest_is_named_by_what_it_comes_to(void **state)
{
	(void)state;
	char words[64];
	struct round_view view;
	assert_true(state_round_at(rig.state, 0, &view));
	/* B01 = X as bytes: answer { question "B01" choices { code "X" } }; X becomes Q, no choice.
	 */
	static const uint8_t answers[] = {
	    0x0a, 0x0a, 0x0a, 3, 'B', '0', '1', 0x22, 3, 0x0a, 1, 'X'};
	uint64_t tax_code = state_rig_tax_code(2);
	char text[TAXCODE_TEXT_BYTES];
	taxcode_print(tax_code, text);
	state_rig_submit(&rig, 0, tax_code, answers, sizeof(answers));
	uint64_t number = state_last(rig.state);
	snprintf(words, sizeof(words), "entry %llu unit %s: ", (unsigned long long)number, text);
	change_entry(number, CHANGE_PAYLOAD_AND_DIGEST, sizeof(answers) - 1, 'X' ^ 'Q');
	recount(NULL);
	assert_told(words, "the answers fail check E_ANSWER");
	assert_told(words, "OPS is stored as true, evaluates to unknown");
}

static void
a_changed_revision_or_chain_is_named(void **state)
{
	(void)state;
	char words[64];
	uint64_t number = last_answer(words);
	change_entry(number, CHANGE_HEADER, 56, 4);
	recount(NULL);
	assert_told(words, "the revision is stored as ");
	number = last_answer(words);
	change_entry(number, CHANGE_HEADER, 40, 1);
	recount(NULL);
	assert_told(words, "the previous entry is stored as ");
}

/* What no figure rests on: channel, account, time, instance_id, what is reserved. */
static void
a_changed_byte_of_any_field_is_noticed(void **state)
{
	(void)state;
	static const size_t at[] = {3, 4, 8, 13, 64, 79, 160};
	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		char words[64];
		uint64_t number = last_answer(words);
		recount(NULL);
		assert_int_equal(result.differences, 0);
		change_entry(number, CHANGE_HEADER, at[i], 2);
		recount("two");
		assert_told("entries ", "not the bytes that were stored");
		change_entry(number, CHANGE_HEADER, at[i], 2);
	}
}

static void
the_answers_of_an_edit_are_evaluated_again(void **state)
{
	(void)state;
	unsigned random = 5, serial = 0;
	char words[64];
	while (!state_rig_edit(&rig, 0, serial, &random))
		serial++;
	uint64_t number = state_last(rig.state);
	snprintf(words, sizeof(words), "entry %llu ", (unsigned long long)number);
	recount(NULL);
	assert_int_equal(result.differences, 0);
	change_entry(number, CHANGE_HEADER, 128, 1);
	recount(NULL);
	assert_told(words, " is stored as ");
}

static void
a_changed_register_is_named(void **state)
{
	(void)state;
	uint64_t chunk = 3;                         /* definition, round, chunk */
	change_entry(chunk, CHANGE_PAYLOAD, 19, 1); /* in the first name: n becomes o */
	recount(NULL);
	assert_told("entry 3: ", "the digest does not fit the payload");
}

/* ------------------------------------------------------------------- changed memory */

static void
a_wrong_counter_or_row_in_memory_is_named(void **state)
{
	(void)state;
	struct checkpoint *copy = state_copy(rig.state);
	struct round *round = copy->fold.round[0];
	uint32_t row = 7;
	char text[TAXCODE_TEXT_BYTES], words[64];
	taxcode_print(round->columns->tax_code[row], text);
	snprintf(words, sizeof(words), "round one unit %s: ", text);
	const struct standing silent = {NULL, CASE_NOT_STARTED};
	counters_add(round->counters, round->columns, row, &silent, 1);
	round->head[row].revision ^= 4;
	round->head[row].last ^= 1;
	round->view.responded++;
	recount_run(rig.store, copy, NULL, NULL, &result);
	assert_told("round one goal ", ": n is ");
	assert_told(words, "the revision is ");
	assert_told(words, "the last entry is ");
	assert_told("round one: ", "the number of respondents is ");
	checkpoint_free(copy);
}

/* One thing is made wrong in the copy, named, and put right again. */
#define EXPECT_NAMED_IN(whole, lvalue, wrong, part, other)                                         \
	do {                                                                                       \
		__typeof__(whole) right = (whole);                                                 \
		(lvalue) = (wrong);                                                                \
		recount_result_free(&result);                                                      \
		recount_run(rig.store, copy, NULL, NULL, &result);                                 \
		assert_told(part, other);                                                          \
		(whole) = right;                                                                   \
	} while (0)
#define EXPECT_NAMED(lvalue, wrong, part, other) EXPECT_NAMED_IN(lvalue, lvalue, wrong, part, other)

static void
every_figure_of_a_round_in_memory_is_compared(void **state)
{
	(void)state;
	struct checkpoint *copy = state_copy(rig.state);
	struct round_view *v = &copy->fold.round[1]->view;
	EXPECT_NAMED(v->phase, ROUND_CLOSED, "round two: ", "the phase is ");
	EXPECT_NAMED(v->last, v->last + 1, "round two: ", "its last entry is ");
	EXPECT_NAMED(
	    v->definition_number, v->definition_number + 1, "round two: ", "its definition is ");
	EXPECT_NAMED(v->opened_ms, v->opened_ms + 1, "round two: ", "the time of opening is ");
	EXPECT_NAMED(v->closes_ms, v->closes_ms + 1, "round two: ", "the time to close is ");
	EXPECT_NAMED(v->closed_ms, v->closed_ms + 1, "round two: ", "the time of closing is ");
	EXPECT_NAMED(v->earlier_number, 0, "round two: ", "the earlier round is ");
	EXPECT_NAMED(v->ref_year, v->ref_year + 1, "round two: ", "the reference year is ");
	EXPECT_NAMED(v->units, v->units + 1, "round two: ", "the number of units is ");
	EXPECT_NAMED(
	    v->responded, v->responded + 1, "round two: ", "the number of respondents is ");
	checkpoint_free(copy);
}

static void
accounts_and_tokens_in_memory_are_compared(void **state)
{
	(void)state;
	struct checkpoint *copy = state_copy(rig.state);
	struct roster *staff = &copy->fold.staff;
	EXPECT_NAMED(staff->last, 0, "the accounts of staff", "");
	EXPECT_NAMED(staff->account[1].role, ROLE_ADMINISTRATOR, "the accounts of staff", "");
	EXPECT_NAMED(staff->account[0].password_id[3], 99, "the accounts of staff", "");
	EXPECT_NAMED(staff->accounts, 2, "the accounts of staff", "");
	EXPECT_NAMED(staff->token[1].expires_ms, 0, "the tokens of staff", "");
	EXPECT_NAMED(staff->tokens, 1, "the tokens of staff", "");
	checkpoint_free(copy);
}

static void
every_figure_of_a_unit_in_memory_is_compared(void **state)
{
	(void)state;
	state_rig_reopen(&rig, 0, 7, 4000000000000);
	struct checkpoint *copy = state_copy(rig.state);
	struct round *round = copy->fold.round[0];
	struct columns *columns = round->columns; /* the living state's too: each is put right */
	char text[TAXCODE_TEXT_BYTES], unit[64];
	uint32_t row = 0;
	while (!round->head[row].is_reopened)
		row++;
	taxcode_print(columns->tax_code[row], text);
	snprintf(unit, sizeof(unit), "round one unit %s: ", text);
	struct unit_head *h = &round->head[row];
	EXPECT_NAMED_IN(*h, h->head, h->head ^ 1, unit, "the head is ");
	EXPECT_NAMED_IN(*h, h->last, h->last ^ 1, unit, "the last entry is ");
	EXPECT_NAMED_IN(*h, h->revision, h->revision ^ 1, unit, "the revision is ");
	EXPECT_NAMED_IN(*h, h->is_reopened, 0, unit, "the time it is reopened until is ");
	EXPECT_NAMED_IN(*h, h->set_case, h->set_case ^ 1, unit, "the case set is ");
	EXPECT_NAMED(h->bits.word[0], h->bits.word[0] ^ 1, unit, "OPS is ");
	EXPECT_NAMED(columns->tax_code[row], 1, unit, "another unit stands in its row");
	EXPECT_NAMED(columns->attributes[row].employees, 77777, unit, "its register attributes ");
	EXPECT_NAMED(columns->code_hash[row][CODE_HASH_BYTES - 1],
	    (uint8_t)~columns->code_hash[row][CODE_HASH_BYTES - 1], unit, "its access code ");
	EXPECT_NAMED(
	    columns->membership[row], columns->membership[row] ^ 1, unit, "other populations ");
	checkpoint_free(copy);
}

/* One unit too many, a certain member or one that may be, that answered so. */
static void
expect_count_named(struct checkpoint *copy, enum truth member, enum truth value, const char *name)
{
	struct round *round = copy->fold.round[0];
	struct indicator_bits bits = {0};
	const struct standing standing = {&bits, CASE_COMPLETE};
	char words[40];
	uint32_t *membership = &round->columns->membership[7], right = *membership;
	for (unsigned i = 0; i < 32; i++)
		indicator_bits_set(&bits, i, value);
	snprintf(words, sizeof(words), ": %s is ", name);
	*membership = (uint32_t)member * 0x55555555u;
	counters_add(round->counters, round->columns, 7, &standing, 1);
	*membership = right;
	recount_result_free(&result);
	recount_run(rig.store, copy, NULL, NULL, &result);
	assert_told("round one goal G1 cell 0/_T", words);
	*membership = (uint32_t)member * 0x55555555u;
	counters_add(round->counters, round->columns, 7, &standing, -1);
	*membership = right;
}

static void
every_count_of_a_goal_in_memory_is_compared(void **state)
{
	(void)state;
	struct checkpoint *copy = state_copy(rig.state);
	expect_count_named(copy, TRUTH_TRUE, TRUTH_TRUE, "met");
	expect_count_named(copy, TRUTH_TRUE, TRUTH_FALSE, "not_met");
	expect_count_named(copy, TRUTH_TRUE, TRUTH_UNKNOWN, "unknown");
	expect_count_named(copy, TRUTH_TRUE, TRUTH_UNKNOWN, "n");
	expect_count_named(copy, TRUTH_UNKNOWN, TRUTH_TRUE, "n_unknown_met");
	expect_count_named(copy, TRUTH_UNKNOWN, TRUTH_FALSE, "n_unknown_not_met");
	expect_count_named(copy, TRUTH_UNKNOWN, TRUTH_UNKNOWN, "n_unknown");
	recount_result_free(&result);
	recount_run(rig.store, copy, NULL, NULL, &result);
	assert_int_equal(result.differences, 0);
	checkpoint_free(copy);
}

static void
a_thousand_lines_are_kept_and_all_differences_counted(void **state)
{
	(void)state;
	struct checkpoint *copy = state_copy(rig.state);
	for (unsigned i = 0; i < 2; i++)
		for (uint32_t row = 0; row < UNITS; row++) {
			struct unit_head *h = &copy->fold.round[i]->head[row];
			const struct standing silent = {NULL, CASE_NOT_STARTED};
			h->last ^= 1 << 20;
			h->head ^= 1 << 20;
			h->revision ^= 1 << 10;
			for (unsigned k = 0; k < 30; k++) /* none of it is counted */
				counters_add(copy->fold.round[i]->counters,
				    copy->fold.round[i]->columns, row, &silent, 1);
		}
	recount_run(rig.store, copy, NULL, NULL, &result);
	assert_true(result.differences >= 2 * UNITS * 3);
	assert_true(result.lines <= RECOUNT_LINES_MAX);
	assert_true(result.lines == RECOUNT_LINES_MAX || result.lines == result.differences);
	checkpoint_free(copy);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_code_that_is_not_the_logs_is_told),
	    TEST(a_clean_log_shows_no_difference),
	    TEST(a_recount_of_one_round_evaluates_what_it_rests_on),
	    TEST(entries_after_the_copy_are_not_looked_at),
	    TEST(a_flipped_indicator_bit_is_named),
	    TEST(a_flipped_byte_of_an_answer_is_named),
	    TEST(an_answer_changed_with_its_digest_is_named_by_what_it_comes_to),
	    TEST(a_changed_revision_or_chain_is_named),
	    TEST(a_changed_byte_of_any_field_is_noticed),
	    TEST(the_answers_of_an_edit_are_evaluated_again),
	    TEST(a_changed_register_is_named),
	    TEST(a_wrong_counter_or_row_in_memory_is_named),
	    TEST(every_figure_of_a_round_in_memory_is_compared),
	    TEST(accounts_and_tokens_in_memory_are_compared),
	    TEST(every_figure_of_a_unit_in_memory_is_compared),
	    TEST(every_count_of_a_goal_in_memory_is_compared),
	    TEST(a_thousand_lines_are_kept_and_all_differences_counted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
