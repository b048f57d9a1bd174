/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/state_rig.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/chain.h"
#include "proto/khaosat.pb-c.h"
#include "survey/validate.h"

static void
must(bool good)
{
	assert(good);
}

static struct entry
begin(struct state_rig *rig, uint32_t round, uint64_t tax_code, struct round_view *view,
    struct unit_view *unit)
{
	must(state_round_at(rig->state, round, view));
	must(state_unit(rig->state, round, tax_code, unit));
	return (struct entry){.round = view->number,
	    .tax_code = tax_code,
	    .definition = view->definition_number,
	    .previous = unit->last};
}

/* What the answers that count come to by another row. */
static void
evaluate_head(struct state_rig *rig, const struct round_view *view, const struct unit_view *unit,
    const struct register_row *row, struct entry *e)
{
	struct chain chain;
	struct facts facts = {
	    .definition = view->definition, .row = row, .ref_year = view->ref_year};
	size_t n;
	if (unit->head == 0)
		return;
	if (unit->has_earlier) {
		facts.earlier = &unit->earlier_bits;
		facts.earlier_definition = unit->earlier_definition;
	}
	must(chain_walk(rig->store, unit, NULL, NULL, &chain));
	uint8_t *answers = NULL;
	must(chain_answers(rig->store, chain_answers_entry(&chain), &answers, &n) == CHAIN_OK);
	must(validate_bytes(&facts, answers, n, rig->validation) != VALIDATE_MALFORMED);
	free(answers);
	e->replaced = unit->head;
	for (size_t i = 0; i < ENTRY_BITS_BYTES; i++)
		e->bits[i] = (uint8_t)(rig->validation->evaluation.bits.word[i / 8] >> i % 8 * 8);
}

void
state_rig_change_row(
    struct state_rig *rig, uint32_t round, unsigned serial, unsigned like, bool accepts)
{
	struct round_view view;
	struct unit_view unit;
	struct register_text text, own;
	struct register_row row;
	char cells[REGISTER_COLUMNS][32], own_cells[REGISTER_COLUMNS][32];
	uint8_t rows[512], payload[1024];
	Khaosat__V1__RowChange m;
	uint64_t tax_code = state_rig_tax_code(serial);
	struct entry e = begin(rig, round, tax_code, &view, &unit);
	state_rig_unit(like, &text, cells);
	state_rig_unit(serial, &own, own_cells);
	text.cell[REGISTER_TAX_CODE] = own.cell[REGISTER_TAX_CODE];
	text.has_code_hash = false;
	must(register_judge(view.definition, view.ref_year, &text, &row, NULL));
	khaosat__v1__row_change__init(&m);
	m.proposal = accepts ? unit.proposed : 0;
	m.rows.data = rows;
	m.rows.len = register_encode(&text, rows, sizeof(rows));
	must(m.rows.len > 0 && khaosat__v1__row_change__get_packed_size(&m) <= sizeof(payload));
	e.kind = ENTRY_ROW_CHANGED;
	evaluate_head(rig, &view, &unit, &row, &e);
	state_rig_put(rig, &e, payload, khaosat__v1__row_change__pack(&m, payload),
	    state_unit_subject(round, tax_code));
}

void
state_rig_propose(struct state_rig *rig, uint32_t round, unsigned serial)
{
	struct round_view view;
	struct unit_view unit;
	struct entry e = begin(rig, round, state_rig_tax_code(serial), &view, &unit);
	Khaosat__V1__RowProposal m;
	uint8_t payload[64];
	khaosat__v1__row_proposal__init(&m);
	m.reason = (char *)(uintptr_t) "chuyển trụ sở";
	e.kind = ENTRY_ROW_PROPOSED;
	state_rig_put(rig, &e, payload, khaosat__v1__row_proposal__pack(&m, payload),
	    state_unit_subject(round, e.tax_code));
}

bool
state_rig_end_proposal(struct state_rig *rig, uint32_t round, unsigned serial, bool refuses)
{
	struct round_view view;
	struct unit_view unit;
	struct entry e = begin(rig, round, state_rig_tax_code(serial), &view, &unit);
	Khaosat__V1__ProposalRefusal m;
	uint8_t payload[64];
	if (unit.proposed <= unit.decided)
		return false;
	khaosat__v1__proposal_refusal__init(&m);
	m.proposal = unit.proposed;
	m.reason = (char *)(uintptr_t) "không đúng";
	e.kind = refuses ? ENTRY_ROW_PROPOSAL_REFUSED : ENTRY_ROW_PROPOSAL_WITHDRAWN;
	size_t n = refuses ? khaosat__v1__proposal_refusal__pack(&m, payload) : 0;
	state_rig_put(rig, &e, payload, n, state_unit_subject(round, e.tax_code));
	return true;
}

void
state_rig_some_row(
    struct state_rig *rig, uint32_t round, unsigned serial, unsigned units, unsigned what)
{
	struct unit_view unit;
	must(state_unit(rig->state, round, state_rig_tax_code(serial), &unit));
	bool is_open = unit.proposed > unit.decided;
	if (what % 4 == 0 || (what % 4 == 1 && !is_open))
		state_rig_propose(rig, round, serial);
	else if (what % 4 == 1)
		state_rig_end_proposal(rig, round, serial, what % 8 == 1);
	else
		state_rig_change_row(rig, round, serial, (serial + what) % units, is_open);
}
