/* SPDX-License-Identifier: Apache-2.0 */
/* The chain of a unit is walked from its newest entry: what ended a proposal is met before it. */
#include "collector/proposals.h"

#include <stdlib.h>
#include <string.h>

#include "collector/chain.h"
#include "collector/row_text.h"
#include "proto/entry.h"
#include "proto/limits.h"

/* An entry, and its payload where it has one. */
struct step {
	uint64_t number;
	struct entry e;
	bool is_read;
	Khaosat__V1__RowProposal *proposal;
	Khaosat__V1__ProposalRefusal *refusal;
	Khaosat__V1__RowChange *change;
};

static bool
on_step(void *context, uint64_t number, const uint8_t *bytes, size_t n)
{
	struct step *s = context;
	const uint8_t *payload = bytes + ENTRY_HEADER_BYTES;
	if (!entry_decode(bytes, n, false, &s->e))
		return false;
	size_t payload_bytes = s->e.payload_bytes;
	s->number = number;
	s->is_read = true;
	if (s->e.kind == ENTRY_ROW_PROPOSED) {
		s->proposal = khaosat__v1__row_proposal__unpack(NULL, payload_bytes, payload);
		s->is_read = s->proposal != NULL;
	} else if (s->e.kind == ENTRY_ROW_PROPOSAL_REFUSED) {
		s->refusal = khaosat__v1__proposal_refusal__unpack(NULL, payload_bytes, payload);
		s->is_read = s->refusal != NULL;
	} else if (s->e.kind == ENTRY_ROW_CHANGED) {
		s->change = khaosat__v1__row_change__unpack(NULL, payload_bytes, payload);
		s->is_read = s->change != NULL;
	}
	return false;
}

static bool
read_step(struct store *store, uint64_t number, struct step *out)
{
	*out = (struct step){0};
	return store_read(store, number, number, on_step, out) == STORE_OK && out->is_read;
}

static void
clear_step(struct step *s)
{
	if (s->proposal != NULL)
		khaosat__v1__row_proposal__free_unpacked(s->proposal, NULL);
	if (s->refusal != NULL)
		khaosat__v1__proposal_refusal__free_unpacked(s->refusal, NULL);
	if (s->change != NULL)
		khaosat__v1__row_change__free_unpacked(s->change, NULL);
}

/* ------------------------------------------------------------------- one proposal */

static char *
take_text(char **from)
{
	char *text = *from;
	*from = (char *)(uintptr_t)protobuf_c_empty_string;
	return text;
}

/* Of a firm that proposed. NULL: out of memory. */
static char *
firm_name(struct state *state, const struct entry *e)
{
	char name[ACCOUNT_NAME_MAX + 1];
	state_account_name(state, e->actor, name);
	return strdup(name);
}

/* With the cells and the words of its entry, which lose them. NULL: out of memory. */
static Khaosat__V1__Proposal *
make_proposal(struct state *state, struct step *s)
{
	Khaosat__V1__Proposal *out = malloc(sizeof(*out));
	if (out == NULL)
		return NULL;
	khaosat__v1__proposal__init(out);
	if (s->proposal != NULL && s->e.actor != 0) {
		out->firm = firm_name(state, &s->e);
		if (out->firm == NULL) {
			free(out);
			return NULL;
		}
	}
	out->number = s->number;
	out->time_ms = s->e.time_ms;
	Khaosat__V1__CellChange ***cell =
	    s->proposal != NULL ? &s->proposal->cell : &s->change->cell;
	size_t *n = s->proposal != NULL ? &s->proposal->n_cell : &s->change->n_cell;
	out->cell = *cell;
	out->n_cell = *n;
	*cell = NULL;
	*n = 0;
	out->reason = take_text(s->proposal != NULL ? &s->proposal->reason : &s->change->reason);
	out->status = s->proposal != NULL ? KHAOSAT__V1__PROPOSAL_STATUS__PROPOSAL_OPEN
					  : KHAOSAT__V1__PROPOSAL_STATUS__PROPOSAL_UNASKED;
	return out;
}

Khaosat__V1__Proposal *
proposals_read(struct store *store, struct state *state, uint64_t number)
{
	struct step s;
	Khaosat__V1__Proposal *out = NULL;
	if (read_step(store, number, &s) && s.proposal != NULL)
		out = make_proposal(state, &s);
	clear_step(&s);
	return out;
}

bool
proposals_was_decided(struct store *store, uint64_t number, uint64_t proposal, bool accepted)
{
	struct step s;
	bool so = number != 0 && read_step(store, number, &s);
	if (!so)
		return false;
	if (accepted)
		so = s.change != NULL && s.change->proposal == proposal;
	else
		so = s.refusal != NULL && s.refusal->proposal == proposal;
	clear_step(&s);
	return so;
}

/* ------------------------------------------------------------------- all of a unit */

/* What ends the next proposal that is met. */
struct ending {
	Khaosat__V1__ProposalStatus status; /* UNSPECIFIED: none */
	uint64_t number;
	int64_t time_ms;
	char *words; /* allocated, or NULL */
};

static void
end_with(
    struct ending *ending, Khaosat__V1__ProposalStatus status, const struct step *s, char *words)
{
	free(ending->words);
	*ending = (struct ending){status, s->number, s->e.time_ms, words};
}

static char *
copy_words(char *words)
{
	return words[0] != '\0' ? strdup(words) : NULL;
}

/* False: out of memory. */
static bool
add(struct state *state, Khaosat__V1__UnitRow *out, struct step *s, struct ending *ending)
{
	out->older = out->n_proposal == PROPOSALS_MAX;
	if (out->older)
		return true;
	Khaosat__V1__Proposal *p = make_proposal(state, s);
	if (p == NULL)
		return false;
	out->proposal[out->n_proposal++] = p;
	if (s->proposal == NULL)
		return true;
	if (ending->status != KHAOSAT__V1__PROPOSAL_STATUS__PROPOSAL_STATUS_UNSPECIFIED) {
		p->status = ending->status;
		p->decided = ending->number;
		p->decided_ms = ending->time_ms;
		if (ending->words != NULL)
			p->decision = ending->words;
		ending->words = NULL;
	}
	/* One that was made before this one, and not ended before it, was replaced by it. */
	end_with(ending, KHAOSAT__V1__PROPOSAL_STATUS__PROPOSAL_REPLACED, s, NULL);
	return true;
}

static bool
look_at(struct state *state, Khaosat__V1__UnitRow *out, struct step *s, struct ending *ending)
{
	if (s->e.kind == ENTRY_ROW_PROPOSAL_WITHDRAWN)
		end_with(ending, KHAOSAT__V1__PROPOSAL_STATUS__PROPOSAL_WITHDRAWN, s, NULL);
	else if (s->refusal != NULL)
		end_with(ending, KHAOSAT__V1__PROPOSAL_STATUS__PROPOSAL_REFUSED, s,
		    copy_words(s->refusal->reason));
	else if (s->change != NULL && s->change->proposal != 0)
		end_with(ending, KHAOSAT__V1__PROPOSAL_STATUS__PROPOSAL_ACCEPTED, s,
		    copy_words(s->change->reason));
	else if (s->change != NULL || s->proposal != NULL)
		return add(state, out, s, ending);
	return true;
}

static bool
walk(struct store *store, struct state *state, const struct unit_view *unit,
    Khaosat__V1__UnitRow *out)
{
	struct ending ending = {.number = 0};
	struct chain_link link;
	uint64_t number = unit->last;
	bool good = true;
	for (unsigned i = 0; number != 0 && !out->older && good; i++) {
		good = i < CHAIN_MAX_ENTRIES && chain_read(store, number, &link) &&
		       link.entry.previous < number; /* else the log is not what we wrote */
		if (good && entry_is_of_row(link.entry.kind)) {
			struct step s;
			good = read_step(store, number, &s) && look_at(state, out, &s, &ending);
			clear_step(&s);
		}
		number = link.entry.previous;
	}
	free(ending.words);
	return good;
}

Khaosat__V1__UnitRow *
proposals_of_unit(struct store *store, struct state *state, const struct unit_view *unit)
{
	Khaosat__V1__UnitRow *out = malloc(sizeof(*out));
	if (out == NULL)
		return NULL;
	khaosat__v1__unit_row__init(out);
	out->proposal = calloc(PROPOSALS_MAX, sizeof(*out->proposal));
	if (out->proposal != NULL && walk(store, state, unit, out) &&
	    row_text_read(store, unit->chunk, &unit->row_in_chunk, 1, &out->row))
		return out;
	khaosat__v1__unit_row__free_unpacked(out, NULL);
	return NULL;
}
