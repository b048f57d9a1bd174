/* SPDX-License-Identifier: Apache-2.0 */
/* What was done to one unit: its answers, its case, its row of the register, its codes. */
#include "collector/audit_parts.h"

#include <inttypes.h>
#include <string.h>

#include "collector/chain.h"
#include "survey/text.h"

#define VALUE_BYTES 1024 /* of choices, numbers */

/* ------------------------------------------------------------------ a unit's answers */

void
audit_fill_revision(struct audit *a, const void *message)
{
	bool replaces = a->e.kind == ENTRY_CORRECTION, ends = a->e.kind == ENTRY_WITHDRAWAL;
	const char *now = audit_say(a, "%" PRIu32, a->e.revision);
	(void)message;
	audit_subject(a, audit_word(a, &khaosat__v1__channel__descriptor, a->e.channel));
	if (replaces)
		audit_changed(a, "revision", audit_say(a, "%" PRIu32, a->e.revision - 1), now);
	else
		audit_changed(a, "revision", ends ? now : "", ends ? "" : now);
}

/* The choices, with what was written beside OTHER; the number; the text. */
static const char *
value_of(struct audit *a, const struct question *q, const struct answer *answer)
{
	size_t room = VALUE_BYTES + 8 * (size_t)answer->text.n;
	char *out = arena_alloc(&a->arena, room);
	if (out == NULL) {
		a->is_spent = true;
		return "";
	}
	answer_print(q, answer, out, room);
	size_t n = strlen(out);
	if (q->type == QUESTION_TEXT || answer->text.n == 0 || n + 8 >= room)
		return out;
	out[n++] = ' ';
	out[n++] = '(';
	n += text_quote(out + n, room - n - 1, answer->text.bytes, answer->text.n);
	memcpy(out + n, ")", 2);
	return out;
}

static const char *
answer_in(struct audit *a, ProtobufCBinaryData answers, int question)
{
	struct validation *v = a->scratch;
	const struct definition *d = a->round.definition;
	if (answers_decode(d, a->round.ref_year, answers.data, answers.len, &v->answers,
		&v->findings, &v->reason) != ANSWERS_OK)
		return "";
	return value_of(a, &d->question[question], &v->answers.answer[question]);
}

void
audit_fill_edit(struct audit *a, const void *message)
{
	const Khaosat__V1__AnswerEdit *m = message;
	int question = -1;
	if (a->round.number == a->e.round)
		question =
		    definition_find_question(a->round.definition, m->question, strlen(m->question));
	if (question >= 0) {
		const char *before = answer_in(a, m->before, question);
		audit_changed(
		    a, audit_text(a, m->question), before, answer_in(a, m->answers, question));
	}
	audit_subject(a, audit_say(a, "revision %" PRIu32, a->e.revision));
	audit_reason(a, m->reason);
}

/* ------------------------------------------------------------------ a unit's case, row */

static const char *
case_word(struct audit *a, Khaosat__V1__CaseState state)
{
	if (state == KHAOSAT__V1__CASE_STATE__ELIGIBILITY_UNKNOWN)
		return "unknown";
	if (state == KHAOSAT__V1__CASE_STATE__CASE_STATE_UNSPECIFIED)
		return "none"; /* set by the office */
	return audit_word(a, &khaosat__v1__case_state__descriptor, (int)state);
}

void
audit_fill_case(struct audit *a, const void *message)
{
	const Khaosat__V1__CaseChange *m = message;
	audit_changed(a, "state", case_word(a, m->before), case_word(a, m->after));
	audit_reason(a, m->evidence);
}

static void
fill_cells(struct audit *a, Khaosat__V1__CellChange *const *cell, size_t n)
{
	for (size_t i = 0; i < n; i++)
		audit_changed(a, audit_text(a, cell[i]->column), audit_text(a, cell[i]->before),
		    audit_text(a, cell[i]->after));
}

void
audit_fill_row(struct audit *a, const void *message)
{
	const Khaosat__V1__RowChange *m = message;
	if (m->proposal != 0)
		audit_subject(a, audit_say(a, "proposal #%" PRIu64, m->proposal));
	fill_cells(a, m->cell, m->n_cell);
	audit_reason(a, m->reason);
}

void
audit_fill_proposed(struct audit *a, const void *message)
{
	const Khaosat__V1__RowProposal *m = message;
	fill_cells(a, m->cell, m->n_cell);
	audit_reason(a, m->reason);
}

void
audit_fill_withdrawn(struct audit *a, const void *message)
{
	(void)message;
	audit_changed(a, "proposal", "open", "withdrawn");
}

void
audit_fill_refusal(struct audit *a, const void *message)
{
	const Khaosat__V1__ProposalRefusal *m = message;
	audit_subject(a, audit_say(a, "proposal #%" PRIu64, m->proposal));
	audit_changed(a, "proposal", "open", "refused");
	audit_reason(a, m->reason);
}

/* ------------------------------------------------------------------ a unit's codes */

/* The entry names the one that made the code that was. */
static const char *
code_before(struct audit *a)
{
	struct chain_link link;
	if (a->e.replaced == 0)
		return "register";
	if (!chain_read(a->store, a->e.replaced, &link) || link.entry.kind != ENTRY_CODE_ISSUED)
		return ""; /* revoked */
	return audit_say(a, "#%" PRIu64, a->e.replaced);
}

void
audit_fill_code(struct audit *a, const void *message)
{
	const Khaosat__V1__SetCode *m = message;
	bool issues = a->e.kind == ENTRY_CODE_ISSUED;
	audit_subject(a, audit_word(a, &khaosat__v1__delivery__descriptor, (int)m->delivery));
	audit_changed(
	    a, "code", code_before(a), issues ? audit_say(a, "#%" PRIu64, a->number) : "");
	audit_reason(a, m->reason);
}

static bool
read_name(void *context, uint64_t number, const uint8_t *bytes, size_t n)
{
	struct audit *a = context;
	struct entry e;
	(void)number;
	Khaosat__V1__MakeSubcode *m = NULL;
	if (entry_decode(bytes, n, false, &e) && e.kind == ENTRY_SUBCODE_MADE)
		m = khaosat__v1__make_subcode__unpack(
		    NULL, e.payload_bytes, bytes + ENTRY_HEADER_BYTES);
	if (m != NULL) {
		audit_changed(a, "subcode", audit_text(a, m->name), "");
		khaosat__v1__make_subcode__free_unpacked(m, NULL);
	}
	return false;
}

void
audit_fill_subcode(struct audit *a, const void *message)
{
	const Khaosat__V1__RevokeSubcode *m = message;
	audit_subject(a, audit_say(a, "#%" PRIu64, m->number));
	store_read(a->store, m->number, m->number, read_name, a);
}

void
audit_fill_grant(struct audit *a, const void *message)
{
	const Khaosat__V1__FirmGrant *m = message;
	const char *name = audit_text(a, m->name);
	bool is_made = a->e.kind == ENTRY_FIRM_GRANTED;
	audit_changed(a, "firm", is_made ? "" : name, is_made ? name : "");
}

/* What it was and what it is, is kept nowhere in the log. */
void
audit_fill_contact(struct audit *a, const void *message)
{
	bool is_kept = a->e.kind == ENTRY_CONTACT_KEPT;
	(void)message;
	audit_changed(a, "contact", is_kept ? "" : "kept", is_kept ? "kept" : "");
}
