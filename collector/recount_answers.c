/* SPDX-License-Identifier: Apache-2.0 */
/* Each entry on its way into the fresh fold: its digest, its place in the unit's chain, and what
 * its answers come to when they are evaluated again. */
#include "collector/recount_parts.h"

#include <inttypes.h>
#include <string.h>

#include "proto/digest.h"
#include "proto/khaosat.pb-c.h"

static const char *const truth_word[] = {"false", "true", "unknown", "not applicable"};

static void
check_digest(const struct look *l)
{
	uint8_t digest[SHA256_BYTES];
	digest_sha256(&(struct digest_part){l->payload, l->e->payload_bytes}, 1, digest);
	l->recount->out->figures++;
	if (memcmp(digest, l->e->digest, sizeof(digest)) == 0)
		return;
	if (l->e->tax_code != 0)
		recount_differ(l->recount,
		    "entry %" PRIu64 " unit %s: the digest does not fit the payload", l->number,
		    l->unit);
	else
		recount_differ(l->recount, "entry %" PRIu64 ": the digest does not fit the payload",
		    l->number);
}

/* ------------------------------------------------------------------- the unit's chain */

static void
check_field(const struct look *l, const char *name, uint64_t stored, uint64_t right)
{
	if (stored != right)
		recount_differ(l->recount,
		    "entry %" PRIu64 " unit %s: %s is stored as %" PRIu64 ", should be %" PRIu64,
		    l->number, l->unit, name, stored, right);
}

static void
check_chain(const struct look *l, const struct unit_head *h)
{
	const struct entry *e = l->e;
	bool answers = e->kind == ENTRY_SUBMISSION || e->kind == ENTRY_CORRECTION;
	check_field(l, "the previous entry", e->previous, h->last);
	if (e->kind == ENTRY_ROW_CHANGED)
		check_field(l, "the submission", e->replaced, h->head);
	if (entry_is_edit(e->kind)) {
		check_field(l, "the entry edited", e->replaced, h->head);
		check_field(l, "the revision", e->revision, h->revision);
	}
	if (!entry_moves_head(e->kind))
		return;
	check_field(l, "the entry replaced", e->replaced, h->head);
	check_field(l, "the revision", e->revision, h->revision + (answers ? 1u : 0u));
	if (e->kind != ENTRY_SUBMISSION && h->head == 0)
		recount_differ(l->recount,
		    "entry %" PRIu64 " unit %s: it replaces a head, and there is none", l->number,
		    l->unit);
}

/* ------------------------------------------------------------------- the answers */

static void
compare_bits(const struct look *l, const struct definition *d, const struct indicator_bits *right)
{
	struct indicator_bits stored = {{0}};
	for (size_t i = 0; i < ENTRY_BITS_BYTES; i++)
		stored.word[i / 8] |= (uint64_t)l->e->bits[i] << i % 8 * 8;
	l->recount->out->figures += d->indicators;
	for (unsigned i = 0; i < d->indicators; i++) {
		enum truth was = indicator_bits_get(&stored, i);
		enum truth is = indicator_bits_get(right, i);
		if (was != is)
			recount_differ(l->recount,
			    "entry %" PRIu64 " unit %s: %s is stored as %s, evaluates to %s",
			    l->number, l->unit, d->indicator[i].code, truth_word[was],
			    truth_word[is]);
	}
}

/* The first finding that should have kept these answers out. */
static void
tell_finding(const struct look *l, const struct definition *d, enum validate_status status)
{
	const struct findings *f = &l->recount->validation->findings;
	const char *code = "?";
	for (size_t i = 0; i < f->n; i++) {
		const struct check *check = &d->check[f->finding[i].check];
		if (status == VALIDATE_REJECTED ? check->hard : !f->finding[i].confirmed) {
			code = check->code;
			break;
		}
	}
	recount_differ(l->recount, "entry %" PRIu64 " unit %s: the answers %s check %s", l->number,
	    l->unit, status == VALIDATE_REJECTED ? "fail" : "do not confirm", code);
}

void
recount_evaluate(const struct look *l, const struct round *round, const struct register_row *row,
    const uint8_t *answers, size_t n, enum recount_answers how)
{
	struct recount *r = l->recount;
	const struct definition *d = round->view.definition;
	struct facts facts = {.definition = d, .row = row, .ref_year = round->view.ref_year};
	const struct round *earlier;
	const struct unit_head *before = fold_earlier(&r->fresh, round, row->tax_code, &earlier);
	if (before != NULL) {
		facts.earlier = &before->bits;
		facts.earlier_definition = earlier->view.definition;
	}
	r->out->answers++;
	enum validate_status status = validate_bytes(&facts, answers, n, r->validation);
	if (status == VALIDATE_MALFORMED) {
		recount_differ(r, "entry %" PRIu64 " unit %s: the answers cannot be read: %s",
		    l->number, l->unit, r->validation->reason);
		return;
	}
	/* The office edits with a reason of its own, and answers outlast their row. */
	if ((status == VALIDATE_REJECTED && how != RECOUNT_KEPT) ||
	    (status == VALIDATE_UNCONFIRMED && how == RECOUNT_SENT))
		tell_finding(l, d, status);
	const struct indicator_bits *right = &r->validation->evaluation.bits;
	compare_bits(l, d, right);
	for (size_t i = 0; i < ENTRY_BITS_BYTES; i++)
		l->e->bits[i] = (uint8_t)(right->word[i / 8] >> i % 8 * 8);
}

/* The answers stand inside the payload of an edit. */
static void
evaluate_edit(const struct look *l, const struct round *round, const struct unit_head *h,
    const struct register_row *row)
{
	Khaosat__V1__AnswerEdit *m =
	    khaosat__v1__answer_edit__unpack(NULL, l->e->payload_bytes, l->payload);
	if (m == NULL) {
		recount_differ(l->recount, "entry %" PRIu64 " unit %s: the edit cannot be read",
		    l->number, l->unit);
		return;
	}
	if (h->head != 0)
		recount_edit_before(l, round, h, m);
	recount_evaluate(l, round, row, m->answers.data, m->answers.len, RECOUNT_EDITED);
	khaosat__v1__answer_edit__free_unpacked(m, NULL);
}

/* A round that the copy does not know is wanted too. */
static bool
is_wanted(const struct recount *r, uint64_t round_number)
{
	const struct round *round = fold_round(r->copy, round_number);
	return round == NULL || r->wanted[round->view.index];
}

static void
look_at_unit(const struct look *l)
{
	uint32_t row;
	struct register_row r;
	const struct round *round = fold_round(&l->recount->fresh, l->e->round);
	if (!is_wanted(l->recount, l->e->round) || round == NULL || round->columns == NULL ||
	    !columns_find(round->columns, l->e->tax_code, &row))
		return; /* what does not fit is told when it is refused */
	check_chain(l, &round->head[row]);
	recount_before(l, round, row);
	columns_row(round->columns, row, &r);
	if (l->e->kind == ENTRY_SUBMISSION || l->e->kind == ENTRY_CORRECTION)
		recount_evaluate(l, round, &r, l->payload, l->e->payload_bytes, RECOUNT_SENT);
	else if (entry_is_edit(l->e->kind))
		evaluate_edit(l, round, &round->head[row], &r);
	else if (l->e->kind == ENTRY_ROW_CHANGED)
		recount_row(l, round, row);
}

void
recount_look(void *context, uint64_t number, struct entry *e, const uint8_t *payload)
{
	struct look l = {.recount = context, .number = number, .e = e, .payload = payload};
	taxcode_print(e->tax_code, l.unit);
	l.recount->out->entries++;
	check_digest(&l);
	if (entry_is_of_unit(e->kind))
		look_at_unit(&l);
	else if (entry_is_of_staff(e->kind))
		recount_before_staff(&l);
	else if (e->kind == ENTRY_DEADLINE_SET)
		recount_before_deadline(&l);
}
