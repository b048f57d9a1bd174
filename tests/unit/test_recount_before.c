/* SPDX-License-Identifier: Apache-2.0 */
/* Entries that say wrongly what was before them: a recount names each, and none of those that say
 * it rightly or, as older ones, not at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "collector/checkpoint.h"
#include "collector/recount.h"
#include "proto/khaosat.pb-c.h"
#include "tests/support/state_rig.h"

#define UNITS 8u

/* Answers of state_rig.json: a choice of B01, and "don't know". */
static const uint8_t B01_X[] = {0x0a, 0x0a, 0x0a, 3, 'B', '0', '1', 0x22, 3, 0x0a, 1, 'X'};
static const uint8_t B01_DK[] = {0x0a, 7, 0x0a, 3, 'B', '0', '1', 0x30, 1};

static struct state_rig rig;

static int
set_up(void **state)
{
	(void)state;
	state_rig_make(&rig);
	state_rig_two_rounds(&rig, UNITS);
	state_rig_some_staff(&rig);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	state_rig_free(&rig);
	return 0;
}

/* The only difference there is, or none at all. */
static void
expect(const char *part)
{
	struct recount_result result;
	struct checkpoint *copy = state_copy(rig.state);
	assert_non_null(copy);
	recount_run(rig.store, copy, NULL, NULL, &result);
	checkpoint_free(copy);
	assert_int_equal(result.status, RECOUNT_DONE);
	for (size_t i = 0; i < result.lines && (part == NULL || i > 0); i++)
		print_error("%s\n", result.line[i]);
	assert_int_equal(result.differences, part != NULL ? 1 : 0);
	if (part != NULL && strstr(result.line[0], part) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", part, result.line[0]);
	recount_result_free(&result);
}

/* An entry of a unit of round "one", with a message as its payload. */
static void
put(enum entry_kind kind, unsigned serial, const ProtobufCMessage *m, uint64_t replaced)
{
	struct unit_view unit;
	uint8_t payload[512];
	struct round_view round = state_rig_view(&rig, 0);
	uint64_t tax_code = state_rig_tax_code(serial);
	assert_true(state_unit(rig.state, 0, tax_code, &unit));
	struct entry e = {.kind = kind,
	    .round = round.number,
	    .tax_code = tax_code,
	    .definition = round.definition_number,
	    .previous = unit.last,
	    .replaced = replaced};
	if (entry_is_edit(kind)) {
		e.replaced = unit.head;
		e.revision = unit.revision;
		for (unsigned i = 0; i < ENTRY_BITS_BYTES; i++)
			e.bits[i] = (uint8_t)(unit.bits.word[i / 8] >> (i % 8 * 8));
	}
	assert_true(protobuf_c_message_get_packed_size(m) <= sizeof(payload));
	state_rig_put(&rig, &e, payload, protobuf_c_message_pack(m, payload),
	    state_unit_subject(round.index, tax_code));
}

static void
put_case(unsigned serial, int before, int after)
{
	Khaosat__V1__CaseChange m;
	khaosat__v1__case_change__init(&m);
	m.before = (Khaosat__V1__CaseState)before;
	m.after = (Khaosat__V1__CaseState)after;
	put(ENTRY_CASE_SET, serial, &m.base, 0);
}

static void
the_case_before_is_compared(void **state)
{
	(void)state;
	put_case(0, CASE_NONE, CASE_REFUSAL);
	put_case(0, CASE_REFUSAL, CASE_UNKNOWN);
	expect(NULL);
	put_case(0, CASE_REFUSAL, CASE_NONE);
	expect("the case before it is recorded as 5, was 8");
}

static void
put_code(unsigned serial, uint64_t replaced)
{
	uint8_t hash[CODE_HASH_BYTES] = {7};
	Khaosat__V1__SetCode m;
	khaosat__v1__set_code__init(&m);
	m.reason = (char *)(uintptr_t) "lost";
	m.code_hash = (ProtobufCBinaryData){sizeof(hash), hash};
	put(ENTRY_CODE_ISSUED, serial, &m.base, replaced);
}

static void
the_code_before_is_compared_where_it_is_said(void **state)
{
	(void)state;
	put_code(1, 0);
	uint64_t first = state_last(rig.state);
	put_code(1, first);
	put_code(1, 0);
	expect(NULL);
	put_code(1, first);
	expect("the code before it is recorded as ");
}

static void
the_time_before_is_compared_where_it_is_said(void **state)
{
	(void)state;
	Khaosat__V1__DeadlineChange m;
	khaosat__v1__deadline_change__init(&m);
	put(ENTRY_UNIT_REOPENED, 2, &m.base, 0);
	expect(NULL);
	m.before_ms = 77;
	put(ENTRY_UNIT_REOPENED, 2, &m.base, 0);
	expect("the time it is reopened until before it is recorded as 77, was 0");
}

static void
put_role(int before, int after)
{
	struct roster staff;
	uint8_t payload[128];
	Khaosat__V1__StaffChange m;
	khaosat__v1__staff_change__init(&m);
	assert_true(state_staff(rig.state, &staff));
	struct entry e = {.kind = ENTRY_ROLE_SET, .actor = ACCOUNT_MACHINE, .previous = staff.last};
	roster_clear(&staff);
	m.account = 3;
	m.name = (char *)(uintptr_t) "minh";
	m.before = (Khaosat__V1__Role)before;
	m.after = (Khaosat__V1__Role)after;
	state_rig_put(
	    &rig, &e, payload, khaosat__v1__staff_change__pack(&m, payload), SUBJECT_STAFF);
}

static void
the_role_before_is_compared_where_it_is_said(void **state)
{
	(void)state;
	put_role(ROLE_OPERATOR, ROLE_VIEWER);
	put_role(ROLE_NONE, ROLE_OPERATOR);
	expect(NULL);
	put_role(ROLE_VIEWER, ROLE_ADMINISTRATOR);
	expect("the role before it is recorded as 1, was 2");
}

static void
put_proposal(unsigned serial, const char *column, const char *before)
{
	Khaosat__V1__RowProposal m;
	Khaosat__V1__CellChange cell, *cells[] = {&cell};
	khaosat__v1__row_proposal__init(&m);
	khaosat__v1__cell_change__init(&cell);
	cell.column = (char *)(uintptr_t)column;
	cell.before = (char *)(uintptr_t)before;
	cell.after = (char *)(uintptr_t) "other";
	m.cell = cells;
	m.n_cell = 1;
	put(ENTRY_ROW_PROPOSED, serial, &m.base, 0);
}

static void
the_register_row_before_is_compared(void **state)
{
	(void)state;
	struct register_text unit;
	char text[REGISTER_COLUMNS][32], name[64];
	state_rig_unit(3, &unit, text);
	snprintf(name, sizeof(name), "%.*s", (int)unit.cell[REGISTER_NAME].n,
	    unit.cell[REGISTER_NAME].bytes);
	put_proposal(3, "name", name);
	put_proposal(3, "name", "");
	expect(NULL);
	put_proposal(3, "name", "what it never was");
	expect("name before it is recorded as another than it was");
}

static void
put_edit(unsigned serial, const uint8_t *before, size_t n)
{
	Khaosat__V1__AnswerEdit m;
	khaosat__v1__answer_edit__init(&m);
	m.question = (char *)(uintptr_t) "B01";
	m.reason = (char *)(uintptr_t) "by phone";
	m.answers = (ProtobufCBinaryData){sizeof(B01_X), (uint8_t *)(uintptr_t)B01_X};
	m.before = (ProtobufCBinaryData){n, (uint8_t *)(uintptr_t)before};
	put(ENTRY_ANSWER_EDITED, serial, &m.base, 0);
}

static void
the_answer_before_an_edit_is_compared_where_it_is_said(void **state)
{
	(void)state;
	state_rig_submit(&rig, 0, state_rig_tax_code(4), B01_X, sizeof(B01_X));
	put_edit(4, B01_X, sizeof(B01_X));
	put_edit(4, NULL, 0);
	expect(NULL);
	put_edit(4, B01_DK, sizeof(B01_DK));
	expect("B01 before it is recorded as another than it was");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(the_case_before_is_compared),
	    TEST(the_code_before_is_compared_where_it_is_said),
	    TEST(the_time_before_is_compared_where_it_is_said),
	    TEST(the_role_before_is_compared_where_it_is_said),
	    TEST(the_register_row_before_is_compared),
	    TEST(the_answer_before_an_edit_is_compared_where_it_is_said),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
