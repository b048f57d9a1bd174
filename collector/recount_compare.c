/* SPDX-License-Identifier: Apache-2.0 */
/* What the log comes to beside what the state held: rounds, rows, counters. The counts are made
 * here a second way, a row and a goal at a time, populations judged anew: the counters' own
 * arithmetic is what is being proved. */
#include "collector/recount_parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "survey/rule.h"
#include "survey/taxcode.h"

struct pair {
	struct recount *recount;
	const struct round *kept; /* of the copy */
	const struct round *fresh;
};

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
	compare_of_round(p, "the number of respondents", k->responded, f->responded);
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
compare_head(const struct pair *p, uint32_t row)
{
	const struct unit_head *k = &p->kept->head[row], *f = &p->fresh->head[row];
	const struct definition *d = p->fresh->view.definition;
	uint64_t tax_code = p->fresh->columns->tax_code[row];
	p->recount->out->figures++;
	compare_of_unit(p, tax_code, "the last entry", k->last, f->last);
	compare_of_unit(p, tax_code, "the head", k->head, f->head);
	compare_of_unit(p, tax_code, "the revision", k->revision, f->revision);
	compare_of_unit(p, tax_code, "the time it is reopened until",
	    (uint64_t)round_reopened_until(p->kept, row),
	    (uint64_t)round_reopened_until(p->fresh, row));
	for (unsigned i = 0; i < d->indicators; i++)
		compare_of_unit(p, tax_code, d->indicator[i].code, indicator_bits_get(&k->bits, i),
		    indicator_bits_get(&f->bits, i));
}

/* ------------------------------------------------------------------- counts */

static void
count_answer(struct rate_counts *c, enum truth member, bool responded, enum truth value)
{
	if (member == TRUTH_FALSE || member == TRUTH_NA || (responded && value == TRUTH_NA))
		return;
	bool certain = member == TRUTH_TRUE;
	*(certain ? &c->n : &c->n_unknown) += 1;
	if (!responded)
		return;
	if (value == TRUTH_TRUE)
		*(certain ? &c->met : &c->n_unknown_met) += 1;
	else if (value == TRUTH_FALSE)
		*(certain ? &c->not_met : &c->n_unknown_not_met) += 1;
	else if (certain)
		c->unknown++;
}

static void
count_row(const struct round *round, uint32_t row, struct rate_counts *counts)
{
	const struct definition *d = round->view.definition;
	const struct unit_head *h = &round->head[row];
	enum truth member[POPULATIONS_MAX];
	uint16_t cell[CELLS_OF_UNIT_MAX];
	struct register_row r;
	columns_row(round->columns, row, &r);
	for (size_t i = 0; i < d->populations; i++)
		member[i] = rule_evaluate_row(d->population[i].rule, d, &r, round->view.ref_year);
	size_t cells = cells_of_unit(round->cells, &r, cell);
	for (size_t i = 0; i < cells; i++)
		for (size_t goal = 0; goal < d->goals; goal++)
			count_answer(&counts[cell[i] * d->goals + goal],
			    member[d->goal[goal].population], h->head != 0,
			    indicator_bits_get(&h->bits, d->goal[goal].indicator));
}

static void
compare_rate(const struct pair *p, size_t cell, size_t goal, const struct rate_counts *fresh)
{
	struct rate_counts kept;
	counters_rate(p->kept->counters, cell, goal, &kept);
	p->recount->out->figures++;
	const struct {
		const char *name;
		uint64_t kept, fresh;
	} count[] = {
	    {"n", kept.n, fresh->n},
	    {"met", kept.met, fresh->met},
	    {"not_met", kept.not_met, fresh->not_met},
	    {"unknown", kept.unknown, fresh->unknown},
	    {"n_unknown", kept.n_unknown, fresh->n_unknown},
	    {"n_unknown_met", kept.n_unknown_met, fresh->n_unknown_met},
	    {"n_unknown_not_met", kept.n_unknown_not_met, fresh->n_unknown_not_met},
	};
	const struct cell_info *info = cells_info(p->fresh->cells, cell);
	for (size_t i = 0; i < sizeof(count) / sizeof(count[0]); i++)
		if (count[i].kept != count[i].fresh)
			recount_differ(p->recount,
			    "round %s goal %s cell %d/%s: %s is %" PRIu64 ", recounted %" PRIu64,
			    p->kept->view.name, p->fresh->view.definition->goal[goal].code,
			    (int)info->dimension, info->code, count[i].name, count[i].kept,
			    count[i].fresh);
}

static bool
compare_counters(const struct pair *p)
{
	const struct round *fresh = p->fresh;
	size_t goals = fresh->view.definition->goals, cells = cells_count(fresh->cells);
	if (p->kept->counters == NULL || cells != cells_count(p->kept->cells)) {
		recount_differ(p->recount, "round %s: it has no counters", p->kept->view.name);
		return true;
	}
	struct rate_counts *counts = calloc(cells * goals + 1, sizeof(*counts));
	if (counts == NULL)
		return false;
	for (uint32_t row = 0; row < fresh->columns->units; row++)
		count_row(fresh, row, counts);
	for (size_t cell = 0; cell < cells; cell++)
		for (size_t goal = 0; goal < goals; goal++)
			compare_rate(p, cell, goal, &counts[cell * goals + goal]);
	free(counts);
	return true;
}

/* ------------------------------------------------------------------- all of it */

static bool
compare_round(const struct pair *p)
{
	const struct columns *kept = p->kept->columns, *fresh = p->fresh->columns;
	compare_view(p);
	if (kept == NULL || fresh == NULL || kept->units != fresh->units) {
		if (kept != NULL || fresh != NULL)
			recount_differ(p->recount, "round %s: its register is not that of the log",
			    p->kept->view.name);
		return true;
	}
	for (uint32_t row = 0; row < fresh->units; row++) {
		compare_register(p, row);
		compare_head(p, row);
	}
	return compare_counters(p);
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
