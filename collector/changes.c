/* SPDX-License-Identifier: Apache-2.0 */
/* One walk over the rows of the later round; each is looked up in the earlier one. A unit counts as
 * there both times in a goal and cell if it is a certain member of the goal's population, in scope,
 * and in the cell of that code, in either round. */
#include "collector/changes.h"

#include <stdlib.h>
#include <string.h>

#include "collector/estimates.h"
#include "survey/breaks.h"
#include "survey/kinds.h"

#define NOT_THERE UINT16_MAX
#define SILENT 4 /* beside the values of enum truth */
#define PAIRS ((size_t)STRATA_MAX * STRATA_MAX)

struct counting {
	const struct changes_wanted *wanted;
	struct changes *out;
	size_t goal_before[GOALS_MAX];
	uint16_t *cell_of;     /* of the later round, by cell of the earlier one */
	uint16_t *cell_before; /* the other way round; NOT_THERE: not wanted, or none */
	uint32_t *column;      /* by cell now: its place among those that are reckoned */
	size_t columns;
	struct overlap *
	    *overlap; /* [goal * columns + column][before * strata now + now]; NULL: none */
	size_t strata_now;
};

/* ------------------------------------------------------------------- goals and cells of both */

static unsigned
design_break(const struct changes_wanted *w)
{
	return (w->before->view.strata > 0) != (w->now->view.strata > 0) ? 1u << BREAK_DESIGN : 0;
}

static bool
find_goals(struct counting *c)
{
	const struct definition *before = c->wanted->before->view.definition;
	const struct definition *now = c->wanted->now->view.definition;
	bool failed = false;
	for (size_t g = 0; g < now->goals; g++) {
		int other = definition_find_goal(before, now->goal[g].code);
		if (!c->wanted->goal[g] || other < 0)
			continue;
		c->goal_before[c->out->goals] = (size_t)other;
		c->out->breaks[c->out->goals] =
		    breaks_between(before, (size_t)other, now, g, &failed) |
		    design_break(c->wanted);
		c->out->goal[c->out->goals++] = g;
	}
	return !failed;
}

static uint16_t
find_cell(const struct cells *cells, const struct cell_info *info)
{
	size_t first, count;
	cells_of_dimension(cells, info->dimension, &first, &count);
	for (size_t i = first; i < first + count; i++)
		if (strcmp(cells_info(cells, i)->code, info->code) == 0)
			return (uint16_t)i;
	return NOT_THERE;
}

static bool
find_cells(struct counting *c)
{
	const struct cells *before = c->wanted->before->cells, *now = c->wanted->now->cells;
	c->cell_of = malloc(cells_count(before) * sizeof(*c->cell_of));
	c->cell_before = malloc(cells_count(now) * sizeof(*c->cell_before));
	c->column = calloc(cells_count(now), sizeof(*c->column));
	if (c->cell_of == NULL || c->cell_before == NULL || c->column == NULL)
		return false;
	memset(c->cell_of, 0xFF, cells_count(before) * sizeof(*c->cell_of));
	for (size_t i = 0; i < cells_count(now); i++) {
		const struct cell_info *info = cells_info(now, i);
		bool is_wanted = c->wanted->dimension[info->dimension];
		c->cell_before[i] = is_wanted ? find_cell(before, info) : NOT_THERE;
		if (c->cell_before[i] == NOT_THERE)
			continue;
		c->cell_of[c->cell_before[i]] = (uint16_t)i;
		c->column[i] = (uint32_t)c->columns++;
	}
	return true;
}

static bool
has_estimates(const struct counting *c, size_t cell)
{
	return kinds_has_cell(cells_kinds(c->wanted->now->cells), cell) &&
	       kinds_has_cell(cells_kinds(c->wanted->before->cells), c->cell_before[cell]);
}

static bool
make_room(struct counting *c)
{
	size_t n = c->out->goals * c->columns;
	c->out->changed = calloc(n + 1, sizeof(*c->out->changed));
	c->overlap = calloc(n + 1, sizeof(struct overlap *));
	if (c->out->changed == NULL || c->overlap == NULL)
		return false;
	c->out->n = n;
	for (size_t g = 0; g < c->out->goals; g++)
		for (size_t cell = 0; cell < cells_count(c->wanted->now->cells); cell++) {
			if (c->cell_before[cell] == NOT_THERE)
				continue;
			size_t i = g * c->columns + c->column[cell];
			c->out->changed[i].goal = c->out->goal[g];
			c->out->changed[i].cell = cell;
			if (!has_estimates(c, cell))
				continue;
			c->overlap[i] = calloc(PAIRS, sizeof(**c->overlap));
			if (c->overlap[i] == NULL)
				return false;
		}
	return true;
}

/* ------------------------------------------------------------------- units */

/* Where a unit of the goal stands in a round. False: it is no certain member, or out of scope, or
 * the goal does not apply to it. */
static bool
find_standing(const struct round *round, uint32_t row, size_t goal, unsigned *out)
{
	const struct goal *g = &round->view.definition->goal[goal];
	const struct standing s = unit_standing(&round->head[row]);
	if (s.state == CASE_OUT_OF_SCOPE ||
	    columns_member(round->columns, row, g->population) != TRUTH_TRUE)
		return false;
	*out = s.bits != NULL ? (unsigned)indicator_bits_get(s.bits, g->indicator) : SILENT;
	return *out != TRUTH_NA;
}

static bool
is_known(unsigned standing)
{
	return standing == TRUTH_TRUE || standing == TRUTH_FALSE;
}

static void
count_overlap(struct overlap *o, unsigned before, unsigned now)
{
	o->units++;
	if (!is_known(before) || !is_known(now))
		return;
	o->answered++;
	o->met_before += before == TRUTH_TRUE;
	o->met_now += now == TRUTH_TRUE;
	o->met_both += before == TRUTH_TRUE && now == TRUTH_TRUE;
}

static void
count_moves(struct changed *c, unsigned before, unsigned now)
{
	c->both++;
	if (!is_known(before) || !is_known(now))
		return;
	c->gained += before == TRUTH_FALSE && now == TRUTH_TRUE;
	c->lost += before == TRUTH_TRUE && now == TRUTH_FALSE;
	c->stayed_met += before == TRUTH_TRUE && now == TRUTH_TRUE;
	c->stayed_not_met += before == TRUTH_FALSE && now == TRUTH_FALSE;
}

/* Cells now in which the unit was before too. */
static size_t
common_cells(const struct counting *c, const struct register_row *before,
    const struct register_row *now, uint16_t out[CELLS_OF_UNIT_MAX])
{
	uint16_t was[CELLS_OF_UNIT_MAX], is[CELLS_OF_UNIT_MAX];
	size_t n_was = cells_of_unit(c->wanted->before->cells, before, was), n = 0;
	size_t n_is = cells_of_unit(c->wanted->now->cells, now, is);
	for (size_t i = 0; i < n_is; i++)
		for (size_t k = 0; c->cell_before[is[i]] != NOT_THERE && k < n_was; k++)
			if (c->cell_of[was[k]] == is[i])
				out[n++] = is[i];
	return n;
}

static struct estimates_source
source_of(const struct round *round)
{
	return (struct estimates_source){
	    round->view.definition, round->cells, round->counters, INTERVAL_WILSON};
}

static size_t
strata_of(const struct round *round)
{
	return round->view.strata > 0 ? round->view.strata : KINDS_STRATA;
}

static size_t
stratum_of(const struct round *round, uint32_t row)
{
	const struct estimates_source source = source_of(round);
	return estimates_stratum_of(&source, round->columns, row);
}

static void
count_unit(struct counting *c, uint32_t row_before, uint32_t row_now)
{
	const struct round *before = c->wanted->before, *now = c->wanted->now;
	struct register_row was, is;
	uint16_t cell[CELLS_OF_UNIT_MAX];
	columns_row(before->columns, row_before, &was);
	columns_row(now->columns, row_now, &is);
	size_t cells = common_cells(c, &was, &is, cell);
	size_t pair = stratum_of(before, row_before) * c->strata_now + stratum_of(now, row_now);
	for (size_t g = 0; g < c->out->goals; g++) {
		unsigned then, today;
		if (!find_standing(before, row_before, c->goal_before[g], &then) ||
		    !find_standing(now, row_now, c->out->goal[g], &today))
			continue;
		for (size_t k = 0; k < cells; k++) {
			size_t i = g * c->columns + c->column[cell[k]];
			count_moves(&c->out->changed[i], then, today);
			if (c->overlap[i] != NULL)
				count_overlap(&c->overlap[i][pair], then, today);
		}
	}
}

static void
count_units(struct counting *c)
{
	const struct columns *now = c->wanted->now->columns;
	for (uint32_t row = 0; row < now->units; row++) {
		uint32_t other;
		if (columns_find(c->wanted->before->columns, now->tax_code[row], &other))
			count_unit(c, other, row);
	}
}

/* ------------------------------------------------------------------- figures */

static void
make_figure(struct counting *c, size_t g, size_t i)
{
	const struct round *before = c->wanted->before, *now = c->wanted->now;
	struct changed *changed = &c->out->changed[i];
	size_t cell_before = c->cell_before[changed->cell];
	counters_rate(before->counters, cell_before, c->goal_before[g], &changed->before);
	counters_rate(now->counters, changed->cell, changed->goal, &changed->now);
	if (c->overlap[i] == NULL)
		return;
	struct stratum was[STRATA_MAX], is[STRATA_MAX];
	const struct estimates_source then = source_of(before), today = source_of(now);
	size_t strata = estimates_strata(&then, c->goal_before[g], cell_before, was);
	size_t strata_now = estimates_strata(&today, changed->goal, changed->cell, is);
	if (strata == 0 || strata_now == 0)
		return;
	change_make((struct change_side){&changed->before, was, strata},
	    (struct change_side){&changed->now, is, strata_now}, c->overlap[i], &changed->change);
}

static void
counting_free(struct counting *c)
{
	for (size_t i = 0; c->overlap != NULL && i < c->out->n; i++)
		free(c->overlap[i]);
	free(c->overlap);
	free(c->cell_of);
	free(c->cell_before);
	free(c->column);
}

bool
changes_make(const struct changes_wanted *wanted, struct changes *out)
{
	struct counting c = {.wanted = wanted, .out = out};
	*out = (struct changes){0};
	bool good = find_goals(&c) && find_cells(&c) && make_room(&c);
	if (good) {
		c.strata_now = strata_of(wanted->now);
		count_units(&c);
		for (size_t g = 0; g < out->goals; g++)
			for (size_t k = 0; k < c.columns; k++)
				make_figure(&c, g, g * c.columns + k);
	}
	counting_free(&c);
	if (!good)
		changes_clear(out);
	return good;
}

void
changes_clear(struct changes *changes)
{
	free(changes->changed);
	*changes = (struct changes){0};
}

/* ------------------------------------------------------------------- movers */

static bool
has_moved(const struct round *before, size_t goal_before, const struct round *now, size_t goal,
    uint32_t row, bool *met)
{
	uint32_t other;
	unsigned then, today;
	if (!columns_find(before->columns, now->columns->tax_code[row], &other) ||
	    !find_standing(before, other, goal_before, &then) ||
	    !find_standing(now, row, goal, &today) || !is_known(then) || !is_known(today))
		return false;
	*met = today == TRUTH_TRUE;
	return then != today;
}

size_t
changes_movers(const struct movers_wanted *w, struct mover *out, size_t most, uint32_t *next)
{
	const struct goal *goal = &w->now->view.definition->goal[w->goal];
	int other = definition_find_goal(w->before->view.definition, goal->code);
	uint32_t units = w->now->columns->units, row = w->from;
	uint32_t to = w->to < units && other >= 0 ? w->to : units;
	size_t n = 0;
	for (; other >= 0 && row < to && n < most; row++) {
		bool met;
		if (has_moved(w->before, (size_t)other, w->now, w->goal, row, &met))
			out[n++] = (struct mover){w->now->columns->tax_code[row], met};
	}
	*next = other >= 0 ? row : units;
	return n;
}
