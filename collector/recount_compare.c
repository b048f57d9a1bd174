/* SPDX-License-Identifier: Apache-2.0 */
/* What the log comes to beside what the state held: rounds, rows, counters. The counts are made
 * here a second way, a row and a goal at a time, populations judged anew: the counters' own
 * arithmetic is what is being proved. */
#include "collector/recount_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "survey/kinds.h"
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

/* ------------------------------------------------------------------- counts */

static void
count_answer(
    struct rate_counts *c, enum truth member, bool is_drawn, bool responded, enum truth value)
{
	if (member == TRUTH_FALSE || member == TRUTH_NA || (responded && value == TRUTH_NA))
		return;
	bool certain = member == TRUTH_TRUE;
	*(certain ? &c->n : &c->n_unknown) += 1;
	*(certain ? &c->undrawn : &c->n_unknown_undrawn) += !is_drawn;
	if (!responded)
		return;
	if (value == TRUTH_TRUE)
		*(certain ? &c->met : &c->n_unknown_met) += 1;
	else if (value == TRUTH_FALSE)
		*(certain ? &c->not_met : &c->n_unknown_not_met) += 1;
	else if (certain)
		c->unknown++;
}

/* All counts of a round, made anew: of its cells, then of its groups of units, and of employees. */
struct recounted {
	struct rate_counts *counts;        /* [(cell or cells + group) * goals + goal] */
	struct employee_counts *employees; /* [group * populations + population] */
	uint64_t (*cases)[CASE_COUNTS];    /* [cell] */
	uint64_t *out_of_scope;            /* of a sample; by group and population, as employees */
};

static void
count_employees(const struct definition *d, const enum truth *member, const struct register_row *r,
    bool responded, struct employee_counts *employees)
{
	for (size_t i = 0; i < d->populations; i++) {
		if (member[i] != TRUTH_TRUE || r->employees == UNKNOWN_NUMBER)
			continue;
		employees[i].all += (uint64_t)r->employees;
		employees[i].responded += responded ? (uint64_t)r->employees : 0;
	}
}

static void
count_case(const struct register_row *r, enum case_state state, uint64_t cases[CASE_COUNTS])
{
	bool has_address = r->has_address && state != CASE_OUT_OF_SCOPE;
	cases[state - 1]++;
	cases[CASE_WITH_ADDRESS] += has_address;
	cases[CASE_REACHABLE] += has_address && state != CASE_NON_CONTACT;
}

static size_t
groups_of(const struct round *round)
{
	uint32_t strata = round->columns->design.strata;
	return kinds_count(cells_kinds(round->cells)) * (strata > 0 ? strata : 1);
}

/* Of a kind, in a sample those of each stratum. */
static size_t
group_of(const struct round *round, size_t kind, uint32_t row)
{
	unsigned stratum = columns_stratum(round->columns, row);
	return stratum > 0 ? kind * round->columns->design.strata + stratum - 1 : kind;
}

static void
count_row(const struct round *round, uint32_t row, const struct recounted *out)
{
	const struct definition *d = round->view.definition;
	const struct unit_head *h = &round->head[row];
	const struct kinds *kinds = cells_kinds(round->cells);
	bool is_drawn = columns_is_drawn(round->columns, row);
	enum truth member[POPULATIONS_MAX];
	uint16_t cell[CELLS_OF_UNIT_MAX];
	struct register_row r;
	columns_row(round->columns, row, &r);
	for (size_t i = 0; i < d->populations; i++)
		member[i] = rule_evaluate_row(d->population[i].rule, d, &r, round->view.ref_year);
	size_t cells = cells_of_unit(round->cells, &r, cell);
	size_t group = group_of(round, kinds_of_unit(kinds, &r), row);
	for (size_t i = 0; is_drawn && i < cells; i++)
		count_case(&r, unit_case(h), out->cases[cell[i]]);
	if (unit_case(h) == CASE_OUT_OF_SCOPE) {
		for (size_t i = 0; columns_stratum(round->columns, row) > 0 && i < d->populations;
		     i++)
			out->out_of_scope[group * d->populations + i] += member[i] == TRUTH_TRUE;
		return;
	}
	for (size_t i = 0; i <= cells; i++) {
		size_t at = i < cells ? cell[i] : cells_count(round->cells) + group;
		for (size_t goal = 0; goal < d->goals; goal++)
			count_answer(&out->counts[at * d->goals + goal],
			    member[d->goal[goal].population], is_drawn, h->head != 0,
			    indicator_bits_get(&h->bits, d->goal[goal].indicator));
	}
	if (is_drawn)
		count_employees(
		    d, member, &r, h->head != 0, &out->employees[group * d->populations]);
}

/* `at`: a cell, or behind the last one a group. */
static void
name_place(const struct cells *cells, size_t at, char out[64])
{
	if (at >= cells_count(cells)) {
		snprintf(out, 64, "group %zu", at - cells_count(cells));
		return;
	}
	const struct cell_info *info = cells_info(cells, at);
	snprintf(out, 64, "cell %d/%s", (int)info->dimension, info->code);
}

static void
compare_count(const struct pair *p, size_t at, const char *of, const char *name, uint64_t kept,
    uint64_t fresh)
{
	char place[64];
	if (kept == fresh)
		return;
	name_place(p->fresh->cells, at, place);
	recount_differ(p->recount, "round %s goal %s %s: %s is %" PRIu64 ", recounted %" PRIu64,
	    p->kept->view.name, of, place, name, kept, fresh);
}

static void
compare_rate(const struct pair *p, size_t at, size_t goal, const struct rate_counts *fresh)
{
	const char *of = p->fresh->view.definition->goal[goal].code;
	struct rate_counts kept;
	counters_rate(p->kept->counters, at, goal, &kept);
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
	    {"not drawn", kept.undrawn, fresh->undrawn},
	    {"n_unknown not drawn", kept.n_unknown_undrawn, fresh->n_unknown_undrawn},
	};
	for (size_t i = 0; i < sizeof(count) / sizeof(count[0]); i++)
		compare_count(p, at, of, count[i].name, count[i].kept, count[i].fresh);
}

static void
compare_employees(
    const struct pair *p, size_t group, size_t population, const struct employee_counts *fresh)
{
	const char *of = p->fresh->view.definition->population[population].code;
	struct employee_counts kept = counters_employees(p->kept->counters, group, population);
	size_t at = cells_count(p->fresh->cells) + group;
	p->recount->out->figures++;
	compare_count(p, at, of, "employees", kept.all, fresh->all);
	compare_count(p, at, of, "employees of respondents", kept.responded, fresh->responded);
}

static void
compare_cases(const struct pair *p, size_t cell, const uint64_t fresh[CASE_COUNTS])
{
	static const char *const name[CASE_COUNTS] = {"not started", "in progress", "complete",
	    "partial", "refusal", "non-contact", "out of scope", "unknown", "with an address",
	    "reachable"};
	uint64_t kept[CASE_COUNTS];
	counters_cases(p->kept->counters, cell, kept);
	p->recount->out->figures++;
	for (size_t i = 0; i < CASE_COUNTS; i++)
		compare_count(p, cell, "cases", name[i], kept[i], fresh[i]);
}

static void
compare_out_of_scope(
    const struct pair *p, size_t group, size_t population, const struct recounted *fresh)
{
	const struct definition *d = p->fresh->view.definition;
	compare_count(p, cells_count(p->fresh->cells) + group, d->population[population].code,
	    "out of scope", counters_out_of_scope(p->kept->counters, group, population),
	    fresh->out_of_scope[group * d->populations + population]);
}

static void
compare_with(const struct pair *p, const struct recounted *fresh)
{
	const struct definition *d = p->fresh->view.definition;
	size_t groups = groups_of(p->fresh);
	size_t places = cells_count(p->fresh->cells) + groups;
	for (size_t i = 0; i < places * d->goals; i++)
		compare_rate(p, i / d->goals, i % d->goals, &fresh->counts[i]);
	for (size_t i = 0; i < groups * d->populations; i++)
		compare_employees(p, i / d->populations, i % d->populations, &fresh->employees[i]);
	for (size_t i = 0; i < groups * d->populations; i++)
		compare_out_of_scope(p, i / d->populations, i % d->populations, fresh);
	for (size_t i = 0; i < cells_count(p->fresh->cells); i++)
		compare_cases(p, i, fresh->cases[i]);
}

static bool
compare_counters(const struct pair *p)
{
	const struct round *fresh = p->fresh;
	const struct definition *d = fresh->view.definition;
	size_t cells = cells_count(fresh->cells), groups = groups_of(fresh);
	if (p->kept->counters == NULL || cells != cells_count(p->kept->cells)) {
		recount_differ(p->recount, "round %s: it has no counters", p->kept->view.name);
		return true;
	}
	struct recounted all = {
	    calloc((cells + groups) * d->goals + 1, sizeof(*all.counts)),
	    calloc(groups * d->populations + 1, sizeof(*all.employees)),
	    calloc(cells + 1, sizeof(*all.cases)),
	    calloc(groups * d->populations + 1, sizeof(*all.out_of_scope)),
	};
	bool good = all.counts != NULL && all.employees != NULL && all.cases != NULL &&
		    all.out_of_scope != NULL;
	if (good) {
		for (uint32_t row = 0; row < fresh->columns->units; row++)
			count_row(fresh, row, &all);
		compare_with(p, &all);
	}
	free(all.counts);
	free(all.employees);
	free(all.cases);
	free(all.out_of_scope);
	return good;
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
	for (uint32_t row = 0; row < fresh->units; row++) {
		compare_register(p, row);
		compare_head(p, row);
	}
	if (memcmp(&kept->design, &fresh->design, sizeof(fresh->design)) == 0)
		return compare_counters(p);
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
