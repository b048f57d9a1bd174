/* SPDX-License-Identifier: Apache-2.0 */
/* What the log comes to beside what the state held: rounds, rows, staff. */
#include "collector/recount_parts.h"

#include <inttypes.h>
#include <string.h>

#include "survey/taxcode.h"

/* ------------------------------------------------------------------- one number */

static void
compare_of_round(const struct pair *p, const char *name, uint64_t kept, uint64_t fresh)
{
	p->recount->out->figures++;
	if (kept != fresh)
		recount_differ(p->recount, "round %s: %s is %" PRIu64 ", recounted %" PRIu64,
		    p->kept->view.name, name, kept, fresh);
}

static void
compare_of_unit(
    const struct pair *p, uint64_t tax_code, const char *name, uint64_t kept, uint64_t fresh)
{
	if (kept == fresh)
		return;
	char unit[TAXCODE_TEXT_BYTES];
	taxcode_print(tax_code, unit);
	recount_differ(p->recount, "round %s unit %s: %s is %" PRIu64 ", recounted %" PRIu64,
	    p->kept->view.name, unit, name, kept, fresh);
}

static void
differ_of_unit(const struct pair *p, uint64_t tax_code, const char *what)
{
	char unit[TAXCODE_TEXT_BYTES];
	taxcode_print(tax_code, unit);
	recount_differ(p->recount, "round %s unit %s: %s", p->kept->view.name, unit, what);
}

/* ------------------------------------------------------------------- rounds and rows */

static void
compare_view(const struct pair *p)
{
	const struct round_view *k = &p->kept->view, *f = &p->fresh->view;
	compare_of_round(p, "the phase", k->phase, f->phase);
	compare_of_round(p, "its last entry", k->last, f->last);
	compare_of_round(p, "its definition", k->definition_number, f->definition_number);
	compare_of_round(p, "the time of opening", (uint64_t)k->opened_ms, (uint64_t)f->opened_ms);
	compare_of_round(p, "the time to close", (uint64_t)k->closes_ms, (uint64_t)f->closes_ms);
	compare_of_round(p, "the time of closing", (uint64_t)k->closed_ms, (uint64_t)f->closed_ms);
	compare_of_round(p, "the earlier round", k->earlier_number, f->earlier_number);
	compare_of_round(p, "the reference year", (uint64_t)k->ref_year, (uint64_t)f->ref_year);
	compare_of_round(p, "the number of units", k->units, f->units);
	compare_of_round(p, "the number of units drawn", k->drawn, f->drawn);
	compare_of_round(p, "the number of respondents", k->responded, f->responded);
	compare_of_round(p, "the number out of scope", k->out_of_scope, f->out_of_scope);
	compare_of_round(p, "the number of chunks waiting", p->kept->pendings, p->fresh->pendings);
}

static void
compare_register(const struct pair *p, uint32_t row)
{
	const struct columns *k = p->kept->columns, *f = p->fresh->columns;
	uint64_t tax_code = f->tax_code[row];
	p->recount->out->figures++;
	if (k->tax_code[row] != tax_code)
		differ_of_unit(p, tax_code, "another unit stands in its row");
	else if (memcmp(&k->attributes[row], &f->attributes[row], sizeof(*k->attributes)) != 0)
		differ_of_unit(
		    p, tax_code, "its register attributes are not those of the register");
	else if (memcmp(k->code_hash[row], f->code_hash[row], CODE_HASH_BYTES) != 0)
		differ_of_unit(p, tax_code, "the hash of its access code is another");
	else if (k->membership[row] != f->membership[row])
		differ_of_unit(
		    p, tax_code, "it is counted in other populations than it belongs to");
}

static void
compare_frame(const struct pair *p)
{
	const struct columns *k = p->kept->columns, *f = p->fresh->columns;
	p->recount->out->figures++;
	if (k->frame_rows != f->frame_rows ||
	    (k->frame_rows > 0 &&
		memcmp(k->frame_row, f->frame_row, k->frame_rows * sizeof(*k->frame_row)) != 0))
		recount_differ(p->recount,
		    "round %s: the rows of the sample's frame are not those of the register",
		    p->kept->view.name);
}

static void
compare_head(const struct pair *p, uint32_t row)
{
	const struct unit_head *k = &p->kept->head[row], *f = &p->fresh->head[row];
	const struct definition *d = p->fresh->view.definition;
	uint64_t tax_code = p->fresh->columns->tax_code[row];
	p->recount->out->figures++;
	compare_of_unit(p, tax_code, "the last entry", k->last, f->last);
	compare_of_unit(p, tax_code, "the head", k->head, f->head);
	compare_of_unit(p, tax_code, "the revision", k->revision, f->revision);
	compare_of_unit(p, tax_code, "the case set", k->set_case, f->set_case);
	compare_of_unit(p, tax_code, "the time it is reopened until",
	    (uint64_t)round_reopened_until(p->kept, row),
	    (uint64_t)round_reopened_until(p->fresh, row));
	for (unsigned i = 0; i < d->indicators; i++)
		compare_of_unit(p, tax_code, d->indicator[i].code, indicator_bits_get(&k->bits, i),
		    indicator_bits_get(&f->bits, i));
}

static void
compare_keys(const struct pair *p)
{
	const struct keys *k = &p->kept->keys, *f = &p->fresh->keys;
	p->recount->out->figures++;
	if (k->n != f->n || (k->n > 0 && memcmp(k->key, f->key, k->n * sizeof(*k->key)) != 0))
		recount_differ(p->recount,
		    "round %s: the access codes changed since are not those of the log",
		    p->kept->view.name);
}

static void
compare_notes(const struct pair *p)
{
	const struct row_notes *k = &p->kept->notes, *f = &p->fresh->notes;
	p->recount->out->figures++;
	if (k->n != f->n || (k->n > 0 && memcmp(k->note, f->note, k->n * sizeof(*k->note)) != 0))
		recount_differ(p->recount,
		    "round %s: the changes of register rows and the proposals are not those of the "
		    "log",
		    p->kept->view.name);
}

/* ------------------------------------------------------------------- all of it */

static void
compare_exports(const struct pair *p)
{
	const struct round *kept = p->kept, *fresh = p->fresh;
	p->recount->out->figures++;
	if (kept->exports != fresh->exports ||
	    (kept->exports > 0 &&
		memcmp(kept->export, fresh->export, kept->exports * sizeof(*kept->export)) != 0))
		recount_differ(
		    p->recount, "round %s: its exports are not those of the log", kept->view.name);
}

static bool
compare_round(const struct pair *p)
{
	const struct columns *kept = p->kept->columns, *fresh = p->fresh->columns;
	compare_view(p);
	compare_keys(p);
	compare_notes(p);
	compare_exports(p);
	if (kept == NULL || fresh == NULL || kept->units != fresh->units) {
		if (kept != NULL || fresh != NULL)
			recount_differ(p->recount, "round %s: its register is not that of the log",
			    p->kept->view.name);
		return true;
	}
	compare_frame(p);
	for (uint32_t row = 0; row < fresh->units; row++) {
		compare_register(p, row);
		compare_head(p, row);
	}
	if (memcmp(&kept->design, &fresh->design, sizeof(fresh->design)) == 0)
		return recount_compare_counts(p);
	recount_differ(p->recount, "round %s: its sample was drawn otherwise", p->kept->view.name);
	return true;
}

static void
compare_staff(struct recount *r)
{
	const struct roster *k = &r->copy->staff, *f = &r->fresh.staff;
	r->out->figures += 2;
	if (k->last != f->last || k->accounts != f->accounts ||
	    (k->accounts > 0 &&
		memcmp(k->account, f->account, k->accounts * sizeof(*k->account)) != 0))
		recount_differ(r, "the accounts of staff are not those of the log");
	if (k->tokens != f->tokens ||
	    (k->tokens > 0 && memcmp(k->token, f->token, k->tokens * sizeof(*k->token)) != 0))
		recount_differ(r, "the tokens of staff are not those of the log");
}

bool
recount_compare(struct recount *r)
{
	const struct fold *kept = r->copy, *fresh = &r->fresh;
	r->out->figures += 2;
	if (kept->rounds != fresh->rounds || kept->definitions != fresh->definitions)
		recount_differ(r, "there are %zu rounds and %zu definitions, recounted %zu and %zu",
		    kept->rounds, kept->definitions, fresh->rounds, fresh->definitions);
	compare_staff(r);
	for (size_t i = 0; i < kept->rounds; i++) {
		if (r->named != NULL && kept->round[i] != r->named)
			continue;
		struct pair p = {r, kept->round[i], fold_round(fresh, kept->round[i]->view.number)};
		if (p.fresh == NULL)
			recount_differ(
			    r, "round %s: the log has no such round", kept->round[i]->view.name);
		else if (!compare_round(&p))
			return false;
	}
	return true;
}
