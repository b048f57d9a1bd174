/* SPDX-License-Identifier: Apache-2.0 */
/* A unit and its register row: see it, with what became of each proposal; propose other values, or
 * take the proposal back. The unit does so, or a firm on its behalf. */
#include "collector/answer.h"
#include "collector/clock.h"
#include "collector/dispatch.h"
#include "collector/log.h"
#include "collector/proposals.h"
#include "collector/row_edit.h"
#include "collector/row_text.h"
#include "proto/limits.h"

#include <stdlib.h>
#include <string.h>

static bool
has_open(const struct unit *unit)
{
	return unit->view.proposed > unit->view.decided;
}

/* Before the round opens too: whoever has a code may look at the row by then. */
static bool
may_propose(const struct unit *unit)
{
	return unit->round.phase == ROUND_LOADED || unit_may_submit(unit, clock_wall_ms());
}

/* ------------------------------------------------------------------------------ propose */

static void
proposed(struct request *r)
{
	log_info("round=%s correction proposed number=%llu", r->message->propose_row->round,
	    (unsigned long long)r->job.number);
	row_edit_answer(r, NULL, r->job.number);
}

/* The open proposal says the same. */
static bool
is_same(struct request *r, const struct unit *unit)
{
	struct chain_link open;
	struct entry made;
	return has_open(unit) && chain_read(r->server->store, unit->view.proposed, &open) &&
	       entry_decode(r->entry, r->job.n, false, &made) &&
	       open.entry.payload_bytes == made.payload_bytes &&
	       memcmp(open.entry.digest, made.digest, sizeof(made.digest)) == 0;
}

static bool
make_entry(struct request *r, struct row_edit *x, const struct unit *unit, const char *reason)
{
	struct entry e;
	Khaosat__V1__RowProposal m;
	khaosat__v1__row_proposal__init(&m);
	m.cell = x->cells;
	m.n_cell = x->n;
	m.reason = answer_text(reason);
	unit_entry(r, unit, &e);
	e.kind = ENTRY_ROW_PROPOSED;
	e.channel = KHAOSAT__V1__CHANNEL__TOOL;
	size_t n = khaosat__v1__row_proposal__get_packed_size(&m);
	uint8_t *payload = malloc(n);
	r->arena.budget += ENTRY_HEADER_BYTES + n + 64; /* the row has more than what came in */
	bool good = payload != NULL &&
		    request_entry(r, &e, payload, khaosat__v1__row_proposal__pack(&m, payload));
	free(payload);
	return good;
}

static void
store_proposal(struct request *r, struct row_edit *x, const struct unit *unit)
{
	struct chain chain;
	if (!chain_walk(r->server->store, &unit->view, NULL, NULL, &chain))
		answer_status(r, KHAOSAT__V1__STATUS__UNAVAILABLE);
	else if (!make_entry(r, x, unit, r->message->propose_row->reason))
		answer_memory(r);
	else if (is_same(r, unit))
		row_edit_answer(r, NULL, unit->view.proposed);
	else if (chain.is_long)
		unit_answer_full(r, &chain);
	else if (chain.proposals >= PROPOSALS_MAX)
		answer_invalid(r, "propose_row.cell", "at most 100 proposals of a unit in a round");
	else
		unit_store(r, unit, proposed);
}

void
handle_propose_row(struct request *r)
{
	const Khaosat__V1__ProposeRow *m = r->message->propose_row;
	struct unit unit;
	if (!unit_find(r, m->round, m->tax_code, &unit) ||
	    !row_edit_has_reason(r, "propose_row.reason", m->reason, false))
		return;
	if (!may_propose(&unit)) {
		answer_status(r, KHAOSAT__V1__STATUS__ROUND_CLOSED);
		return;
	}
	struct row_edit *x = row_edit_begin(r, &unit);
	bool good = x != NULL;
	for (size_t i = 0; good && i < m->n_cell; i++)
		good = row_edit_set(
		    r, x, m->cell[i]->column, m->cell[i]->value, "propose_row.cell.column");
	if (good && row_edit_judge(r, x, false))
		store_proposal(r, x, &unit);
}

/* ------------------------------------------------------------------------------ take back */

void
handle_withdraw_proposal(struct request *r)
{
	const Khaosat__V1__WithdrawProposal *m = r->message->withdraw_proposal;
	struct unit unit;
	struct chain chain;
	struct entry e;
	if (!unit_find(r, m->round, m->tax_code, &unit))
		return;
	unit_entry(r, &unit, &e);
	e.kind = ENTRY_ROW_PROPOSAL_WITHDRAWN;
	e.channel = KHAOSAT__V1__CHANNEL__TOOL;
	if (!has_open(&unit))
		answer_say(r, KHAOSAT__V1__STATUS__ALREADY, "Không có đề nghị nào đang chờ.",
		    "No proposal is open.");
	else if (!chain_walk(r->server->store, &unit.view, NULL, NULL, &chain))
		answer_status(r, KHAOSAT__V1__STATUS__UNAVAILABLE);
	else if (chain.is_full)
		unit_answer_full(r, &chain);
	else if (request_entry(r, &e, NULL, 0))
		unit_store(r, &unit, answer_done);
	else
		answer_memory(r);
}

/* ------------------------------------------------------------------------------ look */

void
handle_get_row(struct request *r)
{
	const Khaosat__V1__GetRow *m = r->message->get_row;
	struct unit unit;
	Khaosat__V1__Response response;
	if (!unit_find(r, m->round, m->tax_code, &unit))
		return;
	Khaosat__V1__UnitRow *row =
	    proposals_of_unit(r->server->store, r->server->state, &unit.view);
	if (row == NULL) {
		answer_status(r, KHAOSAT__V1__STATUS__UNAVAILABLE);
		return;
	}
	row->may_propose = may_propose(&unit);
	khaosat__v1__response__init(&response);
	response.status = KHAOSAT__V1__STATUS__DONE;
	response.body_case = KHAOSAT__V1__RESPONSE__BODY_UNIT_ROW;
	response.unit_row = row;
	answer(r, &response);
	khaosat__v1__unit_row__free_unpacked(row, NULL);
}
