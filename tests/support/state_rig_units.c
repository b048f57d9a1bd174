/* SPDX-License-Identifier: Apache-2.0 */
/* What units and their staff do in a rig's rounds: answers, edits, cases, codes, and a life of them
 * all. */
#include "tests/support/state_rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/khaosat.pb-c.h"
#include "survey/answers.h"
#include "survey/validate.h"
#include "tests/support/must.h"

static unsigned
dice(unsigned *seed, unsigned sides)
{
	*seed = *seed * 1103515245 + 12345;
	return (*seed >> 16) % sides;
}

static void
answer_multi(const struct definition *d, const char *code, unsigned masks, unsigned *seed,
    struct answers *out)
{
	int q = definition_find_question(d, code, strlen(code));
	must(q >= 0);
	struct answer *a = &out->answer[q];
	unsigned face = dice(seed, masks + 1); /* the last: don't know */
	a->state = face < masks ? ANSWER_VALUE : ANSWER_DONT_KNOW;
	unsigned none = (unsigned)d->question[q].none_choice;
	a->mask = face == masks ? 0 : face == 0 ? UINT64_C(1) << none : face;
}

static uint8_t *
random_answers(
    const struct round_view *view, const struct unit_view *unit, unsigned *seed, size_t *n)
{
	static struct answers answers; /* large; tests answer from one thread */
	const struct definition *d = view->definition;
	memset(&answers, 0, sizeof(answers));
	answers.seconds = 600;
	answer_multi(d, "B01", 4, seed, &answers);
	const char *section =
	    unit->row.section < 0 ? "" : d->list[CODES_SECTION].code[unit->row.section].code;
	if (section[0] == 'C' && dice(seed, 4) > 0)
		answer_multi(d, "D01", 2, seed, &answers);
	struct answer *comment = &answers.answer[definition_find_question(d, "H01", 3)];
	comment->state = ANSWER_VALUE;
	comment->text = (struct span){"Không có ý kiến", (uint32_t)strlen("Không có ý kiến")};
	uint8_t *bytes = answers_encode(d, &answers, n);
	must(bytes != NULL);
	return bytes;
}

static void
evaluate_bits(struct state_rig *rig, const struct round_view *view, const struct unit_view *unit,
    const uint8_t *bytes, size_t n, struct entry *e)
{
	struct facts facts = {
	    .definition = view->definition, .row = &unit->row, .ref_year = view->ref_year};
	if (unit->has_earlier) {
		facts.earlier = &unit->earlier_bits;
		facts.earlier_definition = unit->earlier_definition;
	}
	enum validate_status status = validate_bytes(&facts, bytes, n, rig->validation);
	const struct findings *f = &rig->validation->findings;
	for (size_t i = 0; i < f->n && status != VALIDATE_OK; i++)
		fprintf(stderr, "%s %s\n", view->definition->check[f->finding[i].check].code,
		    f->finding[i].value);
	must(status == VALIDATE_OK);
	for (size_t i = 0; i < ENTRY_BITS_BYTES; i++)
		e->bits[i] = (uint8_t)(rig->validation->evaluation.bits.word[i / 8] >> i % 8 * 8);
}

/* The unit as it is, and an entry of it begun. */
static struct entry
begin(struct state_rig *rig, uint32_t round, uint64_t tax_code, struct unit_view *unit)
{
	struct round_view view = state_rig_view(rig, round);
	must(state_unit(rig->state, round, tax_code, unit));
	return (struct entry){.kind = ENTRY_SUBMISSION,
	    .round = view.number,
	    .tax_code = tax_code,
	    .definition = view.definition_number,
	    .previous = unit->last,
	    .replaced = unit->head,
	    .revision = unit->revision};
}

void
state_rig_submit(
    struct state_rig *rig, uint32_t round, uint64_t tax_code, const uint8_t *answers, size_t n)
{
	struct unit_view unit;
	struct round_view view = state_rig_view(rig, round);
	struct entry e = begin(rig, round, tax_code, &unit);
	e.kind = unit.head != 0 ? ENTRY_CORRECTION : ENTRY_SUBMISSION;
	e.revision = unit.revision + 1;
	evaluate_bits(rig, &view, &unit, answers, n, &e);
	state_rig_put(rig, &e, answers, n, state_unit_subject(round, tax_code));
}

void
state_rig_answer(struct state_rig *rig, uint32_t round, unsigned serial, unsigned *seed)
{
	struct unit_view unit;
	struct round_view view = state_rig_view(rig, round);
	size_t n;
	must(state_unit(rig->state, round, state_rig_tax_code(serial), &unit));
	uint8_t *bytes = random_answers(&view, &unit, seed, &n);
	state_rig_submit(rig, round, state_rig_tax_code(serial), bytes, n);
	free(bytes);
}

bool
state_rig_withdraw(struct state_rig *rig, uint32_t round, unsigned serial)
{
	struct unit_view unit;
	struct entry e = begin(rig, round, state_rig_tax_code(serial), &unit);
	if (unit.head == 0)
		return false;
	e.kind = ENTRY_WITHDRAWAL;
	state_rig_put(rig, &e, NULL, 0, state_unit_subject(round, e.tax_code));
	return true;
}

void
state_rig_reopen(struct state_rig *rig, uint32_t round, unsigned serial, int64_t until_ms)
{
	struct unit_view unit;
	struct entry e = begin(rig, round, state_rig_tax_code(serial), &unit);
	e.kind = ENTRY_UNIT_REOPENED;
	e.replaced = 0;
	e.revision = 0;
	e.argument_ms = until_ms;
	state_rig_put(rig, &e, NULL, 0, state_unit_subject(round, e.tax_code));
}

bool
state_rig_edit(struct state_rig *rig, uint32_t round, unsigned serial, unsigned *seed)
{
	struct unit_view unit;
	struct round_view view = state_rig_view(rig, round);
	struct entry e = begin(rig, round, state_rig_tax_code(serial), &unit);
	Khaosat__V1__AnswerEdit edit;
	uint8_t payload[1024];
	if (unit.head == 0)
		return false;
	khaosat__v1__answer_edit__init(&edit);
	edit.answers.data = random_answers(&view, &unit, seed, &edit.answers.len);
	e.kind = ENTRY_ANSWER_EDITED;
	evaluate_bits(rig, &view, &unit, edit.answers.data, edit.answers.len, &e);
	must(khaosat__v1__answer_edit__get_packed_size(&edit) <= sizeof(payload));
	state_rig_put(rig, &e, payload, khaosat__v1__answer_edit__pack(&edit, payload),
	    state_unit_subject(round, e.tax_code));
	free(edit.answers.data);
	return true;
}

bool
state_rig_case(struct state_rig *rig, uint32_t round, unsigned serial, enum case_state state)
{
	struct unit_view unit;
	struct entry e = begin(rig, round, state_rig_tax_code(serial), &unit);
	Khaosat__V1__CaseChange change;
	uint8_t payload[64];
	if (!case_may_be_set(state, unit.head != 0))
		return false;
	khaosat__v1__case_change__init(&change);
	change.before = (Khaosat__V1__CaseState)unit.set_case;
	change.after = (Khaosat__V1__CaseState)state;
	change.evidence = (char *)(uintptr_t) "nghỉ";
	e.kind = ENTRY_CASE_SET;
	e.replaced = 0;
	e.revision = 0;
	state_rig_put(rig, &e, payload, khaosat__v1__case_change__pack(&change, payload),
	    state_unit_subject(round, e.tax_code));
	return true;
}

void
state_rig_code(struct state_rig *rig, uint32_t round, unsigned serial, uint8_t hash)
{
	struct unit_view unit;
	uint8_t bytes[CODE_HASH_BYTES], payload[128];
	Khaosat__V1__SetCode m;
	struct entry e = begin(rig, round, state_rig_tax_code(serial), &unit);
	memset(bytes, hash, sizeof(bytes));
	khaosat__v1__set_code__init(&m);
	m.reason = (char *)(uintptr_t) "lost";
	if (hash != 0)
		m.code_hash = (ProtobufCBinaryData){sizeof(bytes), bytes};
	e.kind = hash != 0 ? ENTRY_CODE_ISSUED : ENTRY_CODE_REVOKED;
	e.replaced = 0;
	e.revision = 0;
	state_rig_put(rig, &e, payload, khaosat__v1__set_code__pack(&m, payload),
	    state_unit_subject(round, e.tax_code));
}

void
state_rig_subcode(struct state_rig *rig, uint32_t round, unsigned serial, uint8_t hash)
{
	struct unit_view unit;
	uint8_t bytes[CODE_HASH_BYTES], payload[128];
	Khaosat__V1__MakeSubcode make;
	Khaosat__V1__RevokeSubcode revoke;
	struct entry e = begin(rig, round, state_rig_tax_code(serial), &unit);
	bool makes = unit.subcodes < SUBCODES_MAX;
	memset(bytes, hash, sizeof(bytes));
	khaosat__v1__make_subcode__init(&make);
	khaosat__v1__revoke_subcode__init(&revoke);
	make.name = (char *)(uintptr_t) "stores";
	make.code_hash = (ProtobufCBinaryData){sizeof(bytes), bytes};
	revoke.number = makes ? 0 : unit.subcode[SUBCODES_MAX - 1].number;
	e.kind = makes ? ENTRY_SUBCODE_MADE : ENTRY_SUBCODE_REVOKED;
	e.replaced = 0;
	e.revision = 0;
	size_t n = makes ? khaosat__v1__make_subcode__pack(&make, payload)
			 : khaosat__v1__revoke_subcode__pack(&revoke, payload);
	state_rig_put(rig, &e, payload, n, state_unit_subject(round, e.tax_code));
}

void
state_rig_grant(
    struct state_rig *rig, uint32_t round, unsigned serial, uint32_t firm, enum entry_kind kind)
{
	struct unit_view unit;
	uint8_t payload[64];
	Khaosat__V1__FirmGrant m;
	struct entry e = begin(rig, round, state_rig_tax_code(serial), &unit);
	khaosat__v1__firm_grant__init(&m);
	m.firm = firm;
	m.name = (char *)(uintptr_t) "firm";
	e.kind = kind;
	e.replaced = 0;
	e.revision = 0;
	state_rig_put(rig, &e, payload, khaosat__v1__firm_grant__pack(&m, payload),
	    state_unit_subject(round, e.tax_code));
}

void
state_rig_live(struct state_rig *rig, unsigned units, unsigned steps, unsigned *seed)
{
	for (unsigned i = 0; i < steps; i++) {
		uint32_t round = dice(seed, 2);
		unsigned serial = dice(seed, units);
		unsigned what = dice(seed, 8);
		if (what == 0)
			state_rig_reopen(rig, round, serial, rig->clock_ms + 5000);
		else if (what == 1)
			state_rig_case(rig, round, serial, (enum case_state)dice(seed, CASES + 1));
		else if (what == 3 && state_rig_edit(rig, round, serial, seed))
			continue;
		else if (what != 2 || !state_rig_withdraw(rig, round, serial))
			state_rig_answer(rig, round, serial, seed);
		if (i % 8 == 5)
			state_rig_code(rig, round, serial, (uint8_t)(i % 3 * 50));
		if (i % 4 == 2)
			state_rig_some_row(rig, round, serial % 20, units, i / 4);
		if (i % 8 == 7)
			state_rig_subcode(rig, round, serial % 3, (uint8_t)(i + 1));
	}
}
