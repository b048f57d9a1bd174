/* SPDX-License-Identifier: Apache-2.0 */
/* The counts of a round that the state held beside those of its rows. They are made here a second
 * way, a row and a goal at a time, populations judged anew: the counters' own arithmetic is what is
 * being proved. */
#include "collector/recount_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "survey/kinds.h"
#include "survey/rule.h"

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
	/* Of a sample: those drawn, where the frame had them, by group and population as employees;
	 * and those that count where it had them not: [(cell * strata + stratum - 1) * goals +
	 * goal] */
	uint64_t *drawn, *moved;
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

/* A row as one of the cells and populations has it, and whether its goal counts it. */
struct counted {
	struct register_row row;
	enum truth member[POPULATIONS_MAX];
	uint16_t cell[CELLS_OF_UNIT_MAX];
	size_t cells, group;
};

static void
find_counted(const struct round *round, uint32_t row, struct counted *c)
{
	const struct definition *d = round->view.definition;
	for (size_t i = 0; i < d->populations; i++)
		c->member[i] =
		    rule_evaluate_row(d->population[i].rule, d, &c->row, round->view.ref_year);
	c->cells = cells_of_unit(round->cells, &c->row, c->cell);
	c->group = group_of(round, kinds_of_unit(cells_kinds(round->cells), &c->row), row);
}

static bool
counts_there(const struct counted *c, unsigned population, uint16_t cell)
{
	bool found = false;
	for (size_t i = 0; i < c->cells; i++)
		found = found || c->cell[i] == cell;
	return found && c->member[population] == TRUTH_TRUE;
}

/* One that was drawn: where it was then, and what it is now that it was not then. */
static void
count_drawn(
    const struct round *round, uint32_t row, const struct counted *is, const struct recounted *out)
{
	const struct definition *d = round->view.definition;
	const struct unit_head *h = &round->head[row];
	unsigned stratum = columns_stratum(round->columns, row);
	struct counted was;
	uint32_t membership; /* judged anew */
	columns_frame_row(round->columns, row, &was.row, &membership);
	find_counted(round, row, &was);
	for (size_t i = 0; i < d->populations; i++)
		out->drawn[was.group * d->populations + i] += was.member[i] == TRUTH_TRUE;
	for (size_t i = 0; unit_case(h) != CASE_OUT_OF_SCOPE && i < is->cells * d->goals; i++) {
		const struct goal *goal = &d->goal[i % d->goals];
		uint16_t cell = is->cell[i / d->goals];
		size_t at = cell * round->columns->design.strata + stratum - 1;
		if (counts_there(is, goal->population, cell) &&
		    !counts_there(&was, goal->population, cell) &&
		    (h->head == 0 || indicator_bits_get(&h->bits, goal->indicator) != TRUTH_NA))
			out->moved[at * d->goals + i % d->goals]++;
	}
}

static void
count_row(const struct round *round, uint32_t row, const struct recounted *out)
{
	const struct definition *d = round->view.definition;
	const struct unit_head *h = &round->head[row];
	bool is_drawn = columns_is_drawn(round->columns, row);
	struct counted c;
	columns_row(round->columns, row, &c.row);
	find_counted(round, row, &c);
	for (size_t i = 0; is_drawn && i < c.cells; i++)
		count_case(&c.row, unit_case(h), out->cases[c.cell[i]]);
	if (is_drawn && columns_stratum(round->columns, row) > 0)
		count_drawn(round, row, &c, out);
	if (unit_case(h) == CASE_OUT_OF_SCOPE)
		return;
	for (size_t i = 0; i <= c.cells; i++) {
		size_t at = i < c.cells ? c.cell[i] : cells_count(round->cells) + c.group;
		for (size_t goal = 0; goal < d->goals; goal++)
			count_answer(&out->counts[at * d->goals + goal],
			    c.member[d->goal[goal].population], is_drawn, h->head != 0,
			    indicator_bits_get(&h->bits, d->goal[goal].indicator));
	}
	if (is_drawn)
		count_employees(
		    d, c.member, &c.row, h->head != 0, &out->employees[c.group * d->populations]);
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
compare_drawn(const struct pair *p, const struct recounted *fresh)
{
	const struct definition *d = p->fresh->view.definition;
	size_t strata = p->fresh->columns->design.strata, cells = cells_count(p->fresh->cells);
	for (size_t i = 0; i < groups_of(p->fresh) * d->populations; i++) {
		size_t group = i / d->populations, k = i % d->populations;
		compare_count(p, cells + group, d->population[k].code, "drawn",
		    counters_drawn(p->kept->counters, group, k), fresh->drawn[i]);
	}
	for (size_t i = 0; i < cells * strata * d->goals; i++) {
		size_t goal = i % d->goals, at = i / d->goals;
		unsigned stratum = (unsigned)(at % strata) + 1;
		compare_count(p, at / strata, d->goal[goal].code, "drawn elsewhere",
		    counters_moved_in(p->kept->counters, at / strata, stratum, goal),
		    fresh->moved[i]);
	}
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
	compare_drawn(p, fresh);
	for (size_t i = 0; i < cells_count(p->fresh->cells); i++)
		compare_cases(p, i, fresh->cases[i]);
}

bool
recount_compare_counts(const struct pair *p)
{
	const struct round *fresh = p->fresh;
	const struct definition *d = fresh->view.definition;
	size_t cells = cells_count(fresh->cells), groups = groups_of(fresh);
	size_t strata = fresh->columns->design.strata;
	if (p->kept->counters == NULL || cells != cells_count(p->kept->cells)) {
		recount_differ(p->recount, "round %s: it has no counters", p->kept->view.name);
		return true;
	}
	struct recounted all = {
	    calloc((cells + groups) * d->goals + 1, sizeof(*all.counts)),
	    calloc(groups * d->populations + 1, sizeof(*all.employees)),
	    calloc(cells + 1, sizeof(*all.cases)),
	    calloc(groups * d->populations + 1, sizeof(*all.drawn)),
	    calloc(cells * strata * d->goals + 1, sizeof(*all.moved)),
	};
	bool good = all.counts != NULL && all.employees != NULL && all.cases != NULL &&
		    all.drawn != NULL && all.moved != NULL;
	if (good) {
		for (uint32_t row = 0; row < fresh->columns->units; row++)
			count_row(fresh, row, &all);
		compare_with(p, &all);
	}
	free(all.counts);
	free(all.employees);
	free(all.cases);
	free(all.drawn);
	free(all.moved);
	return good;
}
