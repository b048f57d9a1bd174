/* SPDX-License-Identifier: Apache-2.0 */
/* What the entries of one unit change: its head, its case, its codes, how long it is open. */
#include "collector/fold_parts.h"

#include <stdlib.h>
#include <string.h>

#include "collector/fold_keys.h"
#include "collector/sorted_rows.h"

/* The first reopening of this row or a later one. */
static size_t
reopening_at(const struct round *round, uint32_t row)
{
	return sorted_rows_at(round->reopening, round->reopenings, sizeof(*round->reopening),
	    offsetof(struct reopening, row), row);
}

int64_t
round_reopened_until(const struct round *round, uint32_t row)
{
	if (!round->head[row].is_reopened) /* nearly always */
		return 0;
	size_t at = reopening_at(round, row);
	bool found = at < round->reopenings && round->reopening[at].row == row;
	return found ? round->reopening[at].until_ms : 0;
}

static enum fold_status
reopen(const struct applying *a, uint32_t row, struct unit_head *now)
{
	struct round *round = a->round;
	size_t at = reopening_at(round, row);
	if (at == round->reopenings || round->reopening[at].row != row) {
		struct reopening *grown =
		    realloc(round->reopening, (round->reopenings + 1) * sizeof(*grown));
		if (grown == NULL)
			return FOLD_MEMORY;
		memmove(&grown[at + 1], &grown[at], (round->reopenings - at) * sizeof(*grown));
		grown[at] = (struct reopening){.row = row};
		round->reopening = grown;
		round->reopenings++;
		now->is_reopened = 1;
	}
	round->reopening[at].until_ms = a->e->argument_ms;
	return FOLD_OK;
}

static enum fold_status
change_keys(const struct applying *a, uint32_t row, struct unit_head *now)
{
	const struct key_change change = {.number = a->number,
	    .row = row,
	    .kind = a->e->kind,
	    .payload = a->payload,
	    .n = a->e->payload_bytes};
	enum fold_status status = fold_change_keys(&a->round->keys, &a->fold->staff, &change);
	now->has_keys = keys_first(&a->round->keys, row) != KEYS_NONE;
	return status;
}

/* From here on the unit stands so. */
static void
change_unit(struct round *round, uint32_t row, const struct unit_head *now)
{
	struct unit_head *h = &round->head[row];
	const struct standing old = unit_standing(h), new = unit_standing(now);
	if (round->counters != NULL)
		counters_move(round->counters, round->columns, row, &old, &new);
	round->view.responded += unit_responds(now);
	round->view.responded -= unit_responds(h);
	round->view.out_of_scope += new.state == CASE_OUT_OF_SCOPE;
	round->view.out_of_scope -= old.state == CASE_OUT_OF_SCOPE;
	*h = *now;
}

static enum fold_status
set_case(const struct applying *a, struct unit_head *now)
{
	struct payload_case change;
	enum fold_status status =
	    fold_status_of(payload_case(a->payload, a->e->payload_bytes, &change));
	if (status != FOLD_OK)
		return status;
	if (!case_may_be_set(change.after, now->head != 0))
		return FOLD_BAD_ENTRY;
	now->set_case = (uint64_t)change.after & 0xF;
	return FOLD_OK;
}

/* A unit that is out of scope stays so. */
static enum fold_status
move_head(const struct applying *a, struct unit_head *now)
{
	bool answers = a->e->kind != ENTRY_WITHDRAWAL;
	now->head = answers ? a->number & HEAD_NUMBER_MAX : 0;
	now->bits = answers ? indicator_bits_read(a->e->bits) : (struct indicator_bits){{0}};
	if (answers)
		now->revision = a->e->revision & HEAD_REVISION_MAX;
	if (now->set_case != CASE_OUT_OF_SCOPE)
		now->set_case = CASE_NONE;
	return FOLD_OK;
}

static enum fold_status
edit_answers(const struct applying *a, struct unit_head *now)
{
	now->bits = indicator_bits_read(a->e->bits);
	return now->head != 0 && a->e->replaced == now->head ? FOLD_OK : FOLD_BAD_ENTRY;
}

static enum fold_status
note_row(struct applying *a, uint32_t row, struct unit_head *now)
{
	if (a->e->kind == ENTRY_ROW_CHANGED && now->head != 0)
		now->bits = indicator_bits_read(a->e->bits);
	now->has_note = 1;
	return fold_apply_row(a, row);
}

/* How the unit stands after the entry. */
static enum fold_status
apply_kind(struct applying *a, uint32_t row, struct unit_head *now)
{
	enum entry_kind kind = a->e->kind;
	if (entry_moves_head(kind))
		return move_head(a, now);
	if (entry_is_edit(kind))
		return edit_answers(a, now);
	if (entry_is_of_code(kind) || entry_is_of_grant(kind))
		return change_keys(a, row, now);
	if (entry_is_of_row(kind))
		return note_row(a, row, now);
	if (kind == ENTRY_CASE_SET)
		return set_case(a, now);
	if (kind == ENTRY_UNIT_REOPENED)
		return reopen(a, row, now);
	return kind == ENTRY_CONTACT_KEPT || kind == ENTRY_CONTACT_ERASED ? FOLD_OK
									  : FOLD_BAD_ENTRY;
}

enum fold_status
fold_apply_unit(struct applying *a)
{
	struct round *r = a->round;
	uint32_t row;
	if (r->columns == NULL || !columns_find(r->columns, a->e->tax_code, &row) ||
	    !columns_is_drawn(r->columns, row))
		return FOLD_BAD_ENTRY;
	struct unit_head now = r->head[row];
	now.last = a->number & HEAD_NUMBER_MAX;
	enum fold_status status = apply_kind(a, row, &now);
	if (status == FOLD_OK)
		change_unit(r, row, &now);
	return status;
}
