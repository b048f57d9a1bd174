/* SPDX-License-Identifier: Apache-2.0 */
/* What an entry says was before it, laid beside what the entries before it come to. Entries of
 * older versions do not say all of it: what is 0 or empty, and might be that, is not asked. */
#include "collector/recount_parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "collector/payload.h"
#include "collector/row_text.h"
#include "survey/register.h"

static void
compare(const struct look *l, const char *what, uint64_t said, uint64_t was)
{
	l->recount->out->figures++;
	if (said == was)
		return;
	recount_differ(l->recount,
	    "entry %" PRIu64 "%s%s: %s before it is recorded as %" PRIu64 ", was %" PRIu64,
	    l->number, l->e->tax_code != 0 ? " unit " : "", l->e->tax_code != 0 ? l->unit : "",
	    what, said, was);
}

static void
compare_if_said(const struct look *l, const char *what, uint64_t said, uint64_t was)
{
	if (said != 0)
		compare(l, what, said, was);
}

/* The entry's payload. NULL: it is none, which is told when it is refused, or memory is out. */
static void *
unpack(const struct look *l, const ProtobufCMessageDescriptor *d)
{
	enum payload_status status;
	void *m = payload_unpack(d, l->payload, l->e->payload_bytes, &status);
	if (status == PAYLOAD_MEMORY)
		l->recount->broken = RECOUNT_MEMORY;
	return m;
}

static void
differ(const struct look *l, const char *what)
{
	recount_differ(l->recount,
	    "entry %" PRIu64 " unit %s: %s before it is recorded as another than it was", l->number,
	    l->unit, what);
}

/* ------------------------------------------------------------------- an answer */

/* One question of an Answers message, by itself; to be freed. NULL: it is none, or, as noted,
 * memory is out. */
static uint8_t *
take_one(const struct look *l, const struct round *round, size_t question, ProtobufCBinaryData from,
    size_t *n)
{
	const struct definition *d = round->view.definition;
	struct answers *all = malloc(sizeof(*all)), *one = malloc(sizeof(*one));
	struct findings *findings = malloc(sizeof(*findings));
	const char *reason;
	uint8_t *out = NULL;
	bool has_memory = all != NULL && one != NULL && findings != NULL;
	if (has_memory && answers_decode(d, round->view.ref_year, from.data, from.len, all,
			      findings, &reason) == ANSWERS_OK) {
		*one = (struct answers){.seconds = -1};
		one->answer[question] = all->answer[question];
		out = answers_encode(d, one, n);
		has_memory = out != NULL;
	}
	if (!has_memory)
		l->recount->broken = RECOUNT_MEMORY;
	free(all);
	free(one);
	free(findings);
	return out;
}

void
recount_edit_before(const struct look *l, const struct round *round, const struct unit_head *h,
    const Khaosat__V1__AnswerEdit *edit)
{
	size_t said_n = 0, was_n = 0;
	ProtobufCBinaryData answers = {0, NULL};
	int question = definition_find_question(
	    round->view.definition, edit->question, strlen(edit->question));
	if (edit->before.len == 0 || question < 0 ||
	    !recount_read_answers(l, h, &answers.data, &answers.len))
		return;
	uint8_t *said = take_one(l, round, (size_t)question, edit->before, &said_n);
	uint8_t *was = take_one(l, round, (size_t)question, answers, &was_n);
	l->recount->out->figures++;
	if (was == NULL || said == NULL || said_n != was_n || memcmp(said, was, was_n) != 0)
		differ(l, edit->question);
	free(said);
	free(was);
	free(answers.data);
}

/* ------------------------------------------------------------------- a unit's code, case, time */

/* The entry that made the unit's own code; 0: the register's. */
static uint64_t
code_number(const struct round *round, uint32_t row)
{
	for (uint32_t at = keys_first(&round->keys, row); at != KEYS_NONE;
	     at = keys_next(&round->keys, at))
		if (round->keys.key[at].kind == KEY_MAIN)
			return round->keys.key[at].number;
	return 0;
}

static void
look_at_case(const struct look *l, const struct unit_head *h)
{
	Khaosat__V1__CaseChange *m = unpack(l, &khaosat__v1__case_change__descriptor);
	if (m == NULL)
		return;
	compare(l, "the case", (uint64_t)m->before, h->set_case);
	khaosat__v1__case_change__free_unpacked(m, NULL);
}

static void
look_at_time(const struct look *l, const char *what, int64_t was_ms)
{
	Khaosat__V1__DeadlineChange *m = unpack(l, &khaosat__v1__deadline_change__descriptor);
	if (m == NULL)
		return;
	compare_if_said(l, what, (uint64_t)m->before_ms, (uint64_t)was_ms);
	khaosat__v1__deadline_change__free_unpacked(m, NULL);
}

/* ------------------------------------------------------------------- a unit's register row */

static void
compare_cells(const struct look *l, const struct register_text *text,
    Khaosat__V1__CellChange *const *cell, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (int c = 0; c < REGISTER_COLUMNS; c++) {
			const struct cell *was = &text->cell[c];
			size_t said = strlen(cell[i]->before);
			if (strcmp(register_column_name[c], cell[i]->column) != 0 || said == 0)
				continue;
			l->recount->out->figures++;
			if (said != was->n || memcmp(cell[i]->before, was->bytes, said) != 0)
				differ(l, register_column_name[c]);
		}
}

/* The row as it is, from the register or from its last change. */
static void
look_at_cells(const struct look *l, const struct round *round, uint32_t row,
    Khaosat__V1__CellChange *const *cell, size_t n)
{
	struct register_text text;
	uint64_t chunk;
	uint32_t row_in_chunk;
	size_t bytes = 0, at = 0;
	const struct row_note *note = round_note(round, row);
	columns_chunk(round->columns, row, &chunk, &row_in_chunk);
	if (note != NULL && note->changed != 0) {
		chunk = note->changed;
		row_in_chunk = 0;
	}
	uint8_t *rows = row_text_copy(l->recount->store, chunk, row_in_chunk, &bytes);
	if (rows == NULL)
		l->recount->broken = RECOUNT_STORE;
	else if (register_next(rows, bytes, &at, &text) == REGISTER_ROW)
		compare_cells(l, &text, cell, n);
	free(rows);
}

static void
look_at_row(const struct look *l, const struct round *round, uint32_t row)
{
	Khaosat__V1__RowChange *m = unpack(l, &khaosat__v1__row_change__descriptor);
	if (m == NULL)
		return;
	look_at_cells(l, round, row, m->cell, m->n_cell);
	khaosat__v1__row_change__free_unpacked(m, NULL);
}

static void
look_at_proposal(const struct look *l, const struct round *round, uint32_t row)
{
	Khaosat__V1__RowProposal *m = unpack(l, &khaosat__v1__row_proposal__descriptor);
	if (m == NULL)
		return;
	look_at_cells(l, round, row, m->cell, m->n_cell);
	khaosat__v1__row_proposal__free_unpacked(m, NULL);
}

/* ------------------------------------------------------------------- any entry */

void
recount_before(const struct look *l, const struct round *round, uint32_t row)
{
	const enum entry_kind kind = l->e->kind;
	if (kind == ENTRY_CODE_ISSUED || kind == ENTRY_CODE_REVOKED)
		compare_if_said(l, "the code", l->e->replaced, code_number(round, row));
	else if (kind == ENTRY_CASE_SET)
		look_at_case(l, &round->head[row]);
	else if (kind == ENTRY_UNIT_REOPENED)
		look_at_time(l, "the time it is reopened until", round_reopened_until(round, row));
	else if (kind == ENTRY_ROW_CHANGED)
		look_at_row(l, round, row);
	else if (kind == ENTRY_ROW_PROPOSED)
		look_at_proposal(l, round, row);
}

void
recount_before_deadline(const struct look *l)
{
	const struct round *round = fold_round(&l->recount->fresh, l->e->round);
	if (round != NULL)
		look_at_time(l, "the time to close", round->view.closes_ms);
}

void
recount_before_staff(const struct look *l)
{
	struct roster *staff = &l->recount->fresh.staff;
	Khaosat__V1__StaffChange *m = unpack(l, &khaosat__v1__staff_change__descriptor);
	const struct account *account = m != NULL ? roster_account(staff, m->account) : NULL;
	if (account != NULL) {
		compare_if_said(l, "the role", (uint64_t)m->before, account->role);
		compare_if_said(l, "that there is a password", m->had_password != 0,
		    roster_has_password(account));
	}
	if (m != NULL)
		khaosat__v1__staff_change__free_unpacked(m, NULL);
}
