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
reopen(struct round *round, uint32_t row, int64_t until_ms)
{
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
		round->head[row].is_reopened = 1;
	}
	round->reopening[at].until_ms = until_ms;
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

/* What an entry does to the head; a unit that is out of scope stays so. */
static void
move_head(const struct applying *a, struct unit_head *now)
{
	bool answers = a->e->kind != ENTRY_WITHDRAWAL;
	now->head = answers ? a->number & HEAD_NUMBER_MAX : 0;
	now->bits = answers ? indicator_bits_read(a->e->bits) : (struct indicator_bits){{0}};
	if (answers)
		now->revision = a->e->revision & HEAD_REVISION_MAX;
	if (now->set_case != CASE_OUT_OF_SCOPE)
		now->set_case = CASE_NONE;
}

enum fold_status
fold_apply_unit(struct applying *a)
{
	struct round *r = a->round;
	uint32_t row;
	if (r->columns == NULL || !columns_find(r->columns, a->e->tax_code, &row) ||
	    !columns_is_drawn(r->columns, row))
		return FOLD_BAD_ENTRY;
	enum fold_status status = FOLD_OK;
	struct unit_head now = r->head[row];
	now.last = a->number & HEAD_NUMBER_MAX;
	switch (a->e->kind) {
	case ENTRY_SUBMISSION:
	case ENTRY_CORRECTION:
	case ENTRY_WITHDRAWAL:
		move_head(a, &now);
		break;
	case ENTRY_CASE_SET:
		status = set_case(a, &now);
		break;
	case ENTRY_ANSWER_EDITED:
	case ENTRY_ANSWER_RECODED:
		now.bits = indicator_bits_read(a->e->bits);
		if (now.head == 0 || a->e->replaced != now.head)
			status = FOLD_BAD_ENTRY;
		break;
	case ENTRY_UNIT_REOPENED:
		if (reopen(r, row, a->e->argument_ms) != FOLD_OK)
			return FOLD_MEMORY;
		r->head[row].last = now.last;
		return FOLD_OK;
	case ENTRY_CODE_ISSUED:
	case ENTRY_CODE_REVOKED:
	case ENTRY_SUBCODE_MADE:
	case ENTRY_SUBCODE_REVOKED:
	case ENTRY_FIRM_GRANTED:
	case ENTRY_GRANT_ENDED:
		status = change_keys(a, row, &now);
		break;
	case ENTRY_ROW_CHANGED:
		if (now.head != 0)
			now.bits = indicator_bits_read(a->e->bits);
		/* fallthrough */
	case ENTRY_ROW_PROPOSED:
	case ENTRY_ROW_PROPOSAL_WITHDRAWN:
	case ENTRY_ROW_PROPOSAL_REFUSED:
		status = fold_apply_row(a, row);
		now.has_note = 1;
		break;
	case ENTRY_CONTACT_KEPT:
	case ENTRY_CONTACT_ERASED:
		break;
	case ENTRY_DEFINITION:
	case ENTRY_ROUND_CREATED:
	case ENTRY_REGISTER_CHUNK:
	case ENTRY_REGISTER_LOADED:
	case ENTRY_ROUND_OPENED:
	case ENTRY_ROUND_CLOSED:
	case ENTRY_ACCOUNT_ADDED:
	case ENTRY_ROLE_SET:
	case ENTRY_PASSWORD_SET:
	case ENTRY_ACCOUNT_REMOVED:
	case ENTRY_TOKEN_MADE:
	case ENTRY_TOKEN_REVOKED:
	case ENTRY_DEADLINE_SET:
	case ENTRY_CONTACTS_ERASED:
	case ENTRY_EXPORT_MADE:
		return FOLD_BAD_ENTRY;
	}
	if (status == FOLD_OK)
		change_unit(r, row, &now);
	return status;
}
