/* SPDX-License-Identifier: Apache-2.0 */
/* The office and the units' register rows: see the proposals that are open, accept or refuse one,
 * or change a row unasked. */
#include "collector/answer.h"
#include "collector/dispatch.h"
#include "collector/log.h"
#include "collector/proposals.h"
#include "collector/rates_head.h"
#include "collector/row_edit.h"
#include "collector/row_text.h"
#include "proto/limits.h"

#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------------------ list */

struct listing {
	struct round_view round;
	uint32_t from, next;
	size_t n;
	struct row_found found[PROPOSALS_PAGE_MAX];
	Khaosat__V1__Proposals *page; /* owns all that hangs on it; NULL: something failed */
};

static void
free_listing(void *result)
{
	struct listing *l = result;
	if (l->page != NULL)
		khaosat__v1__proposals__free_unpacked(l->page, NULL);
	free(l);
}

/* False: memory, or the log cannot be read. */
static bool
add_open(const struct server *server, Khaosat__V1__Proposals *page, const struct unit_view *unit)
{
	Khaosat__V1__OpenProposal *out = malloc(sizeof(*out));
	if (out == NULL)
		return false;
	khaosat__v1__open_proposal__init(out);
	page->open[page->n_open++] = out;
	out->proposal = proposals_read(server->store, server->state, unit->proposed);
	return out->proposal != NULL &&
	       row_text_read(server->store, unit->chunk, &unit->row_in_chunk, 1, &out->row);
}

static bool
fill_page(const struct server *server, struct listing *l)
{
	l->page = malloc(sizeof(*l->page));
	if (l->page == NULL)
		return false;
	khaosat__v1__proposals__init(l->page);
	l->page->next = l->next;
	l->page->open = calloc(l->n + 1, sizeof(*l->page->open));
	bool good = l->page->open != NULL;
	for (size_t i = 0; i < l->n && good; i++)
		good = add_open(server, l->page, &l->found[i].unit);
	return good;
}

static void
find(struct request *r)
{
	struct listing *l = r->result;
	l->n = state_find_proposals(
	    r->server->state, l->round.index, l->from, PROPOSALS_PAGE_MAX, l->found, &l->next);
	if (fill_page(r->server, l))
		return;
	if (l->page != NULL)
		khaosat__v1__proposals__free_unpacked(l->page, NULL);
	l->page = NULL;
}

static void
found(struct request *r)
{
	const struct listing *l = r->result;
	Khaosat__V1__Response response;
	if (l->page == NULL) {
		answer_status(r, KHAOSAT__V1__STATUS__UNAVAILABLE);
		return;
	}
	khaosat__v1__response__init(&response);
	response.status = KHAOSAT__V1__STATUS__DONE;
	response.body_case = KHAOSAT__V1__RESPONSE__BODY_PROPOSALS;
	response.proposals = l->page;
	answer(r, &response);
}

void
handle_list_proposals(struct request *r)
{
	const Khaosat__V1__ListProposals *m = r->message->list_proposals;
	struct listing *l = calloc(1, sizeof(*l));
	if (l == NULL) {
		answer_memory(r);
		return;
	}
	r->result = l;
	r->free_result = free_listing;
	l->from = m->from;
	if (rates_find_round(r, m->round, &l->round) &&
	    !request_work(r, r->server->worker, find, found))
		answer_status(r, KHAOSAT__V1__STATUS__TRY_LATER);
}

/* ------------------------------------------------------------------------------ refuse */

static void
refused(struct request *r)
{
	log_info("account=%u round=%s proposal refused number=%llu", (unsigned)r->actor,
	    r->message->decide_proposal->round, (unsigned long long)r->job.number);
	row_edit_answer(r, NULL, r->job.number);
}

static void
refuse_proposal(struct request *r, const Khaosat__V1__DecideProposal *m, const struct unit *unit)
{
	struct entry e;
	struct chain chain;
	Khaosat__V1__ProposalRefusal refusal;
	khaosat__v1__proposal_refusal__init(&refusal);
	refusal.proposal = m->number;
	refusal.reason = m->reason;
	unit_entry(r, unit, &e);
	e.kind = ENTRY_ROW_PROPOSAL_REFUSED;
	e.channel = KHAOSAT__V1__CHANNEL__OFFICE;
	uint8_t *payload =
	    request_alloc(r, khaosat__v1__proposal_refusal__get_packed_size(&refusal) + 1);
	if (!chain_walk(r->server->store, &unit->view, NULL, NULL, &chain))
		answer_status(r, KHAOSAT__V1__STATUS__UNAVAILABLE);
	else if (chain.is_full)
		unit_answer_full(r, &chain);
	else if (payload != NULL && request_entry(r, &e, payload,
					khaosat__v1__proposal_refusal__pack(&refusal, payload)))
		unit_store(r, unit, refused);
	else
		answer_memory(r);
}

/* ------------------------------------------------------------------------------ accept */

static void
accept_proposal(struct request *r, const Khaosat__V1__DecideProposal *m, const struct unit *unit)
{
	Khaosat__V1__Proposal *p = proposals_read(r->server->store, r->server->state, m->number);
	if (p == NULL) {
		answer_status(r, KHAOSAT__V1__STATUS__UNAVAILABLE);
		return;
	}
	struct row_edit *x = row_edit_begin(r, unit);
	bool good = x != NULL;
	for (size_t i = 0; i < p->n_cell && good; i++)
		good = row_edit_set(
		    r, x, p->cell[i]->column, p->cell[i]->after, "decide_proposal.number");
	/* The office may have changed the row to the same meanwhile. */
	if (good && row_edit_judge(r, x, true))
		row_edit_store(r, x, unit, m->number, m->reason);
	khaosat__v1__proposal__free_unpacked(p, NULL);
}

/* It is not open: decided just so before, or not. */
static void
answer_not_open(struct request *r, const Khaosat__V1__DecideProposal *m, const struct unit *unit)
{
	if (m->number != 0 && unit->view.proposed == m->number &&
	    proposals_was_decided(r->server->store, unit->view.decided, m->number, m->accept))
		row_edit_answer(r, NULL, unit->view.decided);
	else
		answer_say(r, KHAOSAT__V1__STATUS__ALREADY,
		    "Đề nghị này không còn chờ: đã được thay, rút lại hoặc giải quyết.",
		    "That proposal is not open: it was replaced, withdrawn or decided.");
}

void
handle_decide_proposal(struct request *r)
{
	const Khaosat__V1__DecideProposal *m = r->message->decide_proposal;
	struct unit unit;
	if (!unit_find(r, m->round, m->tax_code, &unit) ||
	    !row_edit_has_reason(r, "decide_proposal.reason", m->reason, !m->accept))
		return;
	bool is_open =
	    m->number != 0 && unit.view.proposed == m->number && unit.view.decided < m->number;
	if (!is_open)
		answer_not_open(r, m, &unit);
	else if (m->accept)
		accept_proposal(r, m, &unit);
	else
		refuse_proposal(r, m, &unit);
}

/* ------------------------------------------------------------------------------ unasked */

void
handle_change_row(struct request *r)
{
	const Khaosat__V1__ChangeRow *m = r->message->change_row;
	struct unit unit;
	if (!unit_find(r, m->round, m->tax_code, &unit) ||
	    !row_edit_has_reason(r, "change_row.reason", m->reason, true))
		return;
	struct row_edit *x = row_edit_begin(r, &unit);
	bool good = x != NULL;
	for (size_t i = 0; good && i < m->n_cell; i++)
		good = row_edit_set(
		    r, x, m->cell[i]->column, m->cell[i]->value, "change_row.cell.column");
	if (good && row_edit_judge(r, x, false))
		row_edit_store(r, x, &unit, 0, m->reason);
}
