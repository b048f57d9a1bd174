/* SPDX-License-Identifier: Apache-2.0 */
/* What proposals and changes of a register row do. Columns that a copy of the fold shares are
 * copied before one of their rows is changed. */
#include "collector/columns_fill.h"
#include "collector/fold_parts.h"

bool
fold_read_row(const struct round *round, const uint8_t *rows, size_t n, struct register_row *out,
    struct register_problems *problems)
{
	struct register_text text, more;
	size_t at = 0;
	return register_next(rows, n, &at, &text) == REGISTER_ROW &&
	       register_next(rows, n, &at, &more) == REGISTER_END && !text.has_code_hash &&
	       register_judge(round->view.definition, round->view.ref_year, &text, out, problems);
}

/* Its own from here on, whoever else holds it. */
static bool
own_columns(struct round *round)
{
	struct columns *own = columns_own(round->columns);
	if (own == NULL)
		return false;
	round->columns = own;
	return true;
}

/* The unit counts in other cells and populations; what it answered stays for the moment. */
static bool
put_row(struct round *round, uint32_t row, const struct register_row *r)
{
	const struct standing standing = unit_standing(&round->head[row]);
	if (round->counters != NULL)
		counters_add(round->counters, round->columns, row, &standing, -1);
	bool good = columns_correct(round->columns, row, r);
	if (round->counters != NULL)
		counters_add(round->counters, round->columns, row, &standing, 1);
	return good;
}

static enum fold_status
change_row(struct round *round, uint32_t row, uint64_t number, const struct entry *e,
    const struct payload_row *change)
{
	struct register_row r;
	const struct row_note *was = row_notes_find(&round->notes, row);
	bool is_open = was != NULL && row_note_is_open(was);
	if (!fold_read_row(round, change->rows, change->n, &r, NULL) || r.tax_code != e->tax_code ||
	    e->replaced != round->head[row].head ||
	    (change->proposal != 0 && (!is_open || was->proposed != change->proposal)))
		return FOLD_BAD_ENTRY;
	struct row_note *note = own_columns(round) ? row_notes_make(&round->notes, row) : NULL;
	if (note == NULL)
		return FOLD_MEMORY;
	if (!put_row(round, row, &r))
		return FOLD_MEMORY;
	note->changed = number;
	if (change->proposal != 0)
		note->decided = number;
	return FOLD_OK;
}

/* The open proposal; of that number, where one is given. */
static enum fold_status
end_proposal(struct round *round, uint32_t row, uint64_t number, uint64_t proposal)
{
	const struct row_note *was = row_notes_find(&round->notes, row);
	if (was == NULL || !row_note_is_open(was) || (proposal != 0 && was->proposed != proposal))
		return FOLD_BAD_ENTRY;
	row_notes_make(&round->notes, row)->decided = number;
	return FOLD_OK;
}

static enum fold_status
propose(struct round *round, uint32_t row, uint64_t number)
{
	struct row_note *note = row_notes_make(&round->notes, row);
	if (note == NULL)
		return FOLD_MEMORY;
	note->proposed = number;
	return FOLD_OK;
}

enum fold_status
fold_apply_row(struct applying *a, uint32_t row)
{
	const struct entry *e = a->e;
	struct payload_row change;
	uint64_t proposal = 0;
	enum fold_status status;
	if (e->kind == ENTRY_ROW_PROPOSED)
		return propose(a->round, row, a->number);
	if (e->kind == ENTRY_ROW_PROPOSAL_WITHDRAWN)
		return end_proposal(a->round, row, a->number, 0);
	if (e->kind == ENTRY_ROW_PROPOSAL_REFUSED) {
		status = fold_status_of(payload_refusal(a->payload, e->payload_bytes, &proposal));
		if (status == FOLD_OK && proposal == 0)
			status = FOLD_BAD_ENTRY;
		return status == FOLD_OK ? end_proposal(a->round, row, a->number, proposal)
					 : status;
	}
	status = fold_status_of(payload_row(a->payload, e->payload_bytes, &change));
	if (status != FOLD_OK)
		return status;
	status = change_row(a->round, row, a->number, e, &change);
	payload_row_free(&change);
	return status;
}
