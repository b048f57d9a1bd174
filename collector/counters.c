/* SPDX-License-Identifier: Apache-2.0 */
/* Eight counts a goal and cell stand side by side: for certain members, then for those that may be
 * one, four places each, by what their answers say. How many members there are is the same for all
 * goals of a population and no answer changes it, so it stands apart, and who is silent follows.
 * What a unit adds to is the same in each of its cells but for where the cell begins, so the
 * offsets are reckoned once a unit. Groups of units are counted as if they were cells behind the
 * last one; behind them stand the cells' case states, then members, and in a sample, for each cell,
 * group and population, the units that were not drawn, for each group and population the certain
 * members drawn that the frame had there, and for each cell, stratum and goal those that it had
 * elsewhere. Employees change only where a unit answers first, withdraws or changes its scope. */
#include "collector/counters.h"

#include <stdlib.h>
#include <string.h>

#include "survey/kinds.h"

#define PLACES 4 /* of a membership: the values of enum truth */
#define PER_GOAL (2 * PLACES)

struct counters {
	const struct definition *definition;
	const struct cells *cells;
	struct design design;
	size_t n, groups;
	size_t cases;   /* where they begin: [cell * CASE_COUNTS + state - 1] */
	size_t members; /* likewise: [(cell * populations + population) * 2 + perhaps] */
	size_t undrawn; /* likewise */
	size_t drawn;   /* likewise: [group * populations + population] */
	size_t moved;   /* likewise: [(cell * strata + stratum - 1) * goals + goal] */
	struct employee_counts
	    *employees; /* behind the counts: [group * populations + population] */
	uint32_t count[];
};

static size_t
strata_of(const struct counters *c)
{
	return c->design.strata > 0 ? c->design.strata : 1;
}

/* Counts and employees stand in one piece, which copies as such. */
static size_t
bytes_of(const struct counters *c)
{
	return sizeof(*c) + c->n * sizeof(c->count[0]) +
	       c->groups * c->definition->populations * sizeof(*c->employees);
}

static void
find_employees(struct counters *c)
{
	c->employees = (struct employee_counts *)(void *)(c->count + c->n);
}

struct counters *
counters_new(
    const struct definition *definition, const struct cells *cells, const struct design *design)
{
	struct counters head = {.definition = definition, .cells = cells, .design = *design};
	head.groups = kinds_count(cells_kinds(cells)) * strata_of(&head);
	size_t places = cells_count(cells) + head.groups;
	head.cases = places * definition->goals * PER_GOAL;
	head.members = head.cases + cells_count(cells) * CASE_COUNTS;
	head.undrawn = head.n = head.members + places * definition->populations * 2;
	head.drawn = head.undrawn + places * definition->populations * 2;
	head.moved = head.drawn + head.groups * definition->populations;
	if (design->strata > 0)
		head.n = head.moved + cells_count(cells) * design->strata * definition->goals;
	head.n += head.n % 2; /* what stands behind is aligned */
	struct counters *c = calloc(1, bytes_of(&head));
	if (c == NULL)
		return NULL;
	*c = head;
	find_employees(c);
	return c;
}

struct counters *
counters_copy(const struct counters *counters)
{
	struct counters *copy = malloc(bytes_of(counters));
	if (copy == NULL)
		return NULL;
	memcpy(copy, counters, bytes_of(counters));
	find_employees(copy);
	return copy;
}

void
counters_free(struct counters *counters)
{
	free(counters);
}

/* ------------------------------------------------------------------- counting */

/* Where a unit counts no longer and where it does now, from the beginning of a cell. */
struct changes {
	size_t gone[GOALS_MAX], come[GOALS_MAX];
	size_t n_gone, n_come;
};

/* For these bits in the place of others, or of none: only where that makes a difference. */
static void
find_changes(const struct definition *d, uint32_t membership, const struct indicator_bits *old,
    const struct indicator_bits *new, struct changes *out)
{
	out->n_gone = out->n_come = 0;
	for (size_t i = 0; i < d->goals; i++) {
		const struct goal *goal = &d->goal[i];
		uint32_t member = membership >> goal->population * 2 & 3;
		if (member != TRUTH_TRUE && member != TRUTH_UNKNOWN)
			continue;
		size_t at = i * PER_GOAL + (member == TRUTH_UNKNOWN ? PLACES : 0);
		unsigned from = old != NULL ? indicator_bits_get(old, goal->indicator) : PLACES;
		unsigned to = new != NULL ? indicator_bits_get(new, goal->indicator) : PLACES;
		if (old != NULL && from != to)
			out->gone[out->n_gone++] = at + from;
		if (new != NULL && from != to)
			out->come[out->n_come++] = at + to;
	}
}

struct places {
	uint32_t cell[CELLS_OF_UNIT_MAX + 1];
	size_t cells;
	size_t stride;
	size_t group;
	bool is_drawn, has_address;
	uint64_t employees;
};

/* `stratum` from 1; 0 in a census. */
static size_t
group_of(const struct counters *c, size_t kind, unsigned stratum)
{
	return kind * strata_of(c) + (stratum > 0 ? stratum - 1 : 0);
}

static void
find_cells(
    const struct counters *c, const struct columns *columns, uint32_t row, struct places *out)
{
	struct register_row r;
	uint16_t cell[CELLS_OF_UNIT_MAX];
	columns_row(columns, row, &r);
	out->cells = cells_of_unit(c->cells, &r, cell);
	for (size_t i = 0; i < out->cells; i++)
		out->cell[i] = cell[i];
	out->group =
	    group_of(c, kinds_of_unit(cells_kinds(c->cells), &r), columns_stratum(columns, row));
	out->cell[out->cells++] = (uint32_t)(cells_count(c->cells) + out->group);
	out->is_drawn = columns_is_drawn(columns, row);
	out->has_address = r.has_address;
	out->employees = r.employees > 0 ? (uint64_t)r.employees : 0;
	out->stride = c->definition->goals * PER_GOAL;
}

/* In the populations' counts that begin there. */
static void
count_members(
    struct counters *c, size_t begin, const struct places *p, uint32_t membership, uint32_t by)
{
	size_t populations = c->definition->populations;
	for (size_t i = 0; i < p->cells; i++)
		for (size_t k = 0; k < populations; k++) {
			uint32_t member = membership >> k * 2 & 3;
			size_t at = (p->cell[i] * populations + k) * 2 + (member == TRUTH_UNKNOWN);
			if (member == TRUTH_TRUE || member == TRUTH_UNKNOWN)
				c->count[begin + at] += by;
		}
}

static bool
has_cell(const uint16_t *cell, size_t n, uint32_t wanted)
{
	for (size_t i = 0; i < n; i++)
		if (cell[i] == wanted)
			return true;
	return false;
}

/* Where the frame had it. */
static void
count_drawn(struct counters *c, const struct columns *columns, uint32_t row, uint32_t by)
{
	struct register_row was;
	uint32_t membership;
	size_t populations = c->definition->populations;
	unsigned stratum = columns_stratum(columns, row);
	if (c->design.strata == 0 || !columns_is_drawn(columns, row))
		return;
	columns_frame_row(columns, row, &was, &membership);
	size_t group = group_of(c, kinds_of_unit(cells_kinds(c->cells), &was), stratum);
	for (size_t k = 0; k < populations; k++)
		if ((membership >> k * 2 & 3) == TRUTH_TRUE)
			c->count[c->drawn + group * populations + k] += by;
}

/* It has answered, and the indicator is not applicable. */
static bool
is_without(const struct indicator_bits *bits, unsigned indicator)
{
	return bits != NULL && indicator_bits_get(bits, indicator) == TRUTH_NA;
}

/* In those of a unit's cells where the frame had it not, or as no member. Apart, so that the way of
 * nearly all units stays short. */
static __attribute__((cold, noinline)) void
count_moved(struct counters *c, const struct columns *columns, uint32_t row,
    const struct standing *standing, uint32_t by)
{
	const struct definition *d = c->definition;
	struct register_row r;
	uint16_t cell[CELLS_OF_UNIT_MAX], was[CELLS_OF_UNIT_MAX];
	uint32_t is = columns->membership[row], membership;
	unsigned stratum = columns_stratum(columns, row);
	if (standing->state == CASE_OUT_OF_SCOPE || !columns_is_drawn(columns, row))
		return;
	columns_row(columns, row, &r);
	size_t cells = cells_of_unit(c->cells, &r, cell);
	columns_frame_row(columns, row, &r, &membership);
	size_t cells_then = cells_of_unit(c->cells, &r, was);
	for (size_t i = 0; i < cells; i++) {
		uint32_t *moved =
		    &c->count[c->moved + (cell[i] * c->design.strata + stratum - 1) * d->goals];
		bool was_there = has_cell(was, cells_then, cell[i]);
		for (size_t k = 0; k < d->goals; k++) {
			unsigned at = d->goal[k].population * 2;
			if ((is >> at & 3) == TRUTH_TRUE &&
			    !(was_there && (membership >> at & 3) == TRUTH_TRUE) &&
			    !is_without(standing->bits, d->goal[k].indicator))
				moved[k] += by;
		}
	}
}

static void
count_case(uint32_t *cell, const struct places *p, enum case_state state, uint32_t by)
{
	cell[state - 1] += by;
	if (!p->has_address || state == CASE_OUT_OF_SCOPE)
		return;
	cell[CASE_WITH_ADDRESS] += by;
	if (state != CASE_NON_CONTACT)
		cell[CASE_REACHABLE] += by;
}

static void
count_cases(struct counters *c, const struct places *p, enum case_state state, uint32_t by)
{
	for (size_t i = 0; p->is_drawn && i + 1 < p->cells; i++) /* the last is the group */
		count_case(&c->count[c->cases + p->cell[i] * (size_t)CASE_COUNTS], p, state, by);
}

static void
change_answers(struct counters *c, const struct places *p, uint32_t membership,
    const struct indicator_bits *old, const struct indicator_bits *new)
{
	struct changes change;
	find_changes(c->definition, membership, old, new, &change);
	for (size_t i = 0; i < p->cells; i++) {
		uint32_t *cell = &c->count[p->cell[i] * p->stride];
		for (size_t k = 0; k < change.n_gone; k++)
			cell[change.gone[k]]--;
		for (size_t k = 0; k < change.n_come; k++)
			cell[change.come[k]]++;
	}
}

/* In, or out. */
static void
count(struct counters *c, const struct places *p, uint32_t membership,
    const struct standing *standing, bool is_in)
{
	uint32_t by = is_in ? 1 : UINT32_MAX; /* minus one */
	if (!p->is_drawn)
		count_members(c, c->undrawn, p, membership, by);
	count_cases(c, p, standing->state, by);
	if (standing->state == CASE_OUT_OF_SCOPE)
		return;
	count_members(c, c->members, p, membership, by);
	if (standing->bits != NULL)
		change_answers(
		    c, p, membership, is_in ? NULL : standing->bits, is_in ? standing->bits : NULL);
}

/* In the populations that it is certain to belong to. */
static void
count_employees(struct counters *c, const struct places *p, uint32_t membership,
    const struct standing *standing, bool is_in)
{
	if (standing->state == CASE_OUT_OF_SCOPE || !p->is_drawn)
		return;
	size_t populations = c->definition->populations;
	struct employee_counts *employees = &c->employees[p->group * populations];
	uint64_t by = is_in ? p->employees : -p->employees;
	for (size_t i = 0; i < populations; i++) {
		if ((membership >> i * 2 & 3) != TRUTH_TRUE)
			continue;
		employees[i].all += by;
		employees[i].responded += standing->bits != NULL ? by : 0;
	}
}

void
counters_add(struct counters *c, const struct columns *columns, uint32_t row,
    const struct standing *standing, int by)
{
	struct places p;
	find_cells(c, columns, row, &p);
	count(c, &p, columns->membership[row], standing, by > 0);
	count_drawn(c, columns, row, (uint32_t)by);
	if (columns->attributes[row].is_corrected)
		count_moved(c, columns, row, standing, (uint32_t)by);
	count_employees(c, &p, columns->membership[row], standing, by > 0);
}

void
counters_join(struct counters *c, const struct counters *other)
{
	for (size_t i = 0; i < c->n; i++)
		c->count[i] += other->count[i];
	for (size_t i = 0; i < c->groups * c->definition->populations; i++) {
		c->employees[i].all += other->employees[i].all;
		c->employees[i].responded += other->employees[i].responded;
	}
}

/* Neither is out of scope. */
static void
change_case(struct counters *c, const struct places *p, enum case_state old, enum case_state new)
{
	uint32_t reachable = (uint32_t)(new != CASE_NON_CONTACT) - (old != CASE_NON_CONTACT);
	for (size_t i = 0; p->is_drawn && i + 1 < p->cells; i++) { /* the last is the group */
		uint32_t *cell = &c->count[c->cases + p->cell[i] * (size_t)CASE_COUNTS];
		cell[old - 1]--;
		cell[new - 1]++;
		cell[CASE_REACHABLE] += p->has_address ? reachable : 0;
	}
}

static bool
have_same_employees(const struct standing *a, const struct standing *b)
{
	return (a->state == CASE_OUT_OF_SCOPE) == (b->state == CASE_OUT_OF_SCOPE) &&
	       (a->bits == NULL) == (b->bits == NULL);
}

void
counters_move(struct counters *c, const struct columns *columns, uint32_t row,
    const struct standing *old, const struct standing *new)
{
	struct places p;
	uint32_t membership = columns->membership[row];
	if (columns->attributes[row].is_corrected) {
		count_moved(c, columns, row, old, UINT32_MAX); /* minus one */
		count_moved(c, columns, row, new, 1);
	}
	find_cells(c, columns, row, &p);
	if (old->state != CASE_OUT_OF_SCOPE && new->state != CASE_OUT_OF_SCOPE) {
		if (old->state != new->state)
			change_case(c, &p, old->state, new->state);
		change_answers(c, &p, membership, old->bits, new->bits);
	} else {
		count(c, &p, membership, old, false);
		count(c, &p, membership, new, true);
	}
	if (have_same_employees(old, new))
		return;
	count_employees(c, &p, membership, old, false);
	count_employees(c, &p, membership, new, true);
}

/* ------------------------------------------------------------------- reading */

void
counters_rate(const struct counters *c, size_t cell, size_t goal, struct rate_counts *out)
{
	const uint32_t *member = &c->count[(cell * c->definition->goals + goal) * PER_GOAL];
	const uint32_t *perhaps = member + PLACES;
	size_t populations = c->definition->populations;
	size_t population = (cell * populations + c->definition->goal[goal].population) * 2;
	const uint32_t *all = &c->count[c->members + population];
	*out = (struct rate_counts){
	    .n = all[0] - member[TRUTH_NA],
	    .met = member[TRUTH_TRUE],
	    .not_met = member[TRUTH_FALSE],
	    .unknown = member[TRUTH_UNKNOWN],
	    .n_unknown = all[1] - perhaps[TRUTH_NA],
	    .n_unknown_met = perhaps[TRUTH_TRUE],
	    .n_unknown_not_met = perhaps[TRUTH_FALSE],
	};
	if (c->design.strata == 0)
		return;
	const uint32_t *undrawn = &c->count[c->undrawn + population];
	out->undrawn = undrawn[0];
	out->n_unknown_undrawn = undrawn[1];
}

void
counters_cases(const struct counters *c, size_t cell, uint64_t out[CASE_COUNTS])
{
	for (size_t i = 0; i < CASE_COUNTS; i++)
		out[i] = c->count[c->cases + cell * CASE_COUNTS + i];
}

/* ------------------------------------------------------------------- groups */

const struct design *
counters_design(const struct counters *c)
{
	return &c->design;
}

size_t
counters_groups(const struct counters *c)
{
	return c->groups;
}

size_t
counters_group_kind(const struct counters *c, size_t group)
{
	return group / strata_of(c);
}

unsigned
counters_group_stratum(const struct counters *c, size_t group)
{
	return c->design.strata > 0 ? (unsigned)(group % c->design.strata) + 1 : 0;
}

void
counters_group(const struct counters *c, size_t group, size_t goal, struct rate_counts *out)
{
	counters_rate(c, cells_count(c->cells) + group, goal, out);
}

uint64_t
counters_drawn(const struct counters *c, size_t group, size_t population)
{
	return c->design.strata > 0
		   ? c->count[c->drawn + group * c->definition->populations + population]
		   : 0;
}

uint64_t
counters_moved_in(const struct counters *c, size_t cell, unsigned stratum, size_t goal)
{
	size_t at = (cell * c->design.strata + stratum - 1) * c->definition->goals + goal;
	return c->design.strata > 0 ? c->count[c->moved + at] : 0;
}

struct employee_counts
counters_employees(const struct counters *c, size_t group, size_t population)
{
	return c->employees[group * c->definition->populations + population];
}
