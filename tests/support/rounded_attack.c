/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/rounded_attack.h"

#include <assert.h>
#include <glpk.h>
#include <stdlib.h>
#include <string.h>

#define PLACES_MAX ROUNDED_RIG_UNITS_MAX

struct rounded_attack {
	const struct rounded_rig *rig;
	glp_prob *lp;
	unsigned vintages;
	int courses;
	size_t places;
	uint32_t example[PLACES_MAX]; /* by place: a unit that stands there */
	uint32_t size[PLACES_MAX];
	int *index;
	double *factor;
};

/* Courses: silent, or from one vintage on met, not met, unknown. */
static bool
counts_as(int course, unsigned vintage, enum rounded_figure figure)
{
	unsigned since = (unsigned)(course - 1) / 3;
	int answer = (course - 1) % 3;
	if (course == 0 || since > vintage)
		return false;
	return figure == ROUNDED_RESPONDED || (figure == ROUNDED_MET && answer == 0) ||
	       (figure == ROUNDED_NOT_MET && answer == 1);
}

static int
column_of(const struct rounded_attack *a, size_t place, int course)
{
	return 1 + (int)place * a->courses + course;
}

static bool
stands_in(const struct rounded_rig *rig, uint32_t unit, unsigned population, size_t cell)
{
	struct register_row row;
	uint16_t of[CELLS_OF_UNIT_MAX];
	if (columns_member(rig->columns, unit, population) != TRUTH_TRUE)
		return false;
	columns_row(rig->columns, unit, &row);
	size_t n = cells_of_unit(rig->cells, &row, of);
	for (size_t i = 0; i < n; i++)
		if (of[i] == cell)
			return true;
	return false;
}

bool
rounded_set_has(const struct rounded_rig *rig, struct rounded_set set, uint32_t unit)
{
	return stands_in(rig, unit, set.population, set.cell) &&
	       (set.minus == SIZE_MAX || !stands_in(rig, unit, set.minus_population, set.minus));
}

/* ------------------------------------------------------------------- the register */

static bool
is_same_place(const struct rounded_rig *rig, uint32_t one, uint32_t other)
{
	struct register_row a, b;
	uint16_t of_a[CELLS_OF_UNIT_MAX], of_b[CELLS_OF_UNIT_MAX];
	if (rig->columns->membership[one] != rig->columns->membership[other])
		return false;
	columns_row(rig->columns, one, &a);
	columns_row(rig->columns, other, &b);
	size_t n = cells_of_unit(rig->cells, &a, of_a), m = cells_of_unit(rig->cells, &b, of_b);
	return n == m && memcmp(of_a, of_b, n * sizeof(*of_a)) == 0;
}

static void
find_places(struct rounded_attack *a)
{
	for (uint32_t i = 0; i < a->rig->units; i++) {
		size_t p = 0;
		while (p < a->places && !is_same_place(a->rig, a->example[p], i))
			p++;
		if (p == a->places)
			a->example[a->places++] = i;
		a->size[p]++;
	}
}

static void
add_places(struct rounded_attack *a)
{
	for (size_t p = 0; p < a->places; p++) {
		int row = glp_add_rows(a->lp, 1);
		for (int c = 0; c < a->courses; c++) {
			a->index[1 + c] = column_of(a, p, c);
			a->factor[1 + c] = 1;
		}
		glp_set_mat_row(a->lp, row, a->courses, a->index, a->factor);
		glp_set_row_bnds(a->lp, row, GLP_FX, a->size[p], a->size[p]);
	}
}

/* ------------------------------------------------------------------- the files */

static int
find_goal(const struct definition *d, const char *code)
{
	for (size_t g = 0; g < d->goals; g++)
		if (strcmp(d->goal[g].code, code) == 0)
			return (int)g;
	return -1;
}

static int
find_cell(const struct cells *cells, const char *dimension, const char *code)
{
	for (size_t c = 0; c < cells_count(cells); c++)
		if (strcmp(dimension_name(cells_info(cells, c)->dimension), dimension) == 0 &&
		    strcmp(cells_info(cells, c)->code, code) == 0)
			return (int)c;
	return -1;
}

static int
find_figure(const char *measure)
{
	static const char *const names[ROUNDED_FIGURES] = {"responded", "met", "not_met"};
	for (int i = 0; i < ROUNDED_FIGURES; i++)
		if (strcmp(measure, names[i]) == 0)
			return i;
	return -1;
}

static void
add_figure(struct rounded_attack *a, unsigned population, size_t cell, unsigned vintage,
    enum rounded_figure figure, double value, double within)
{
	int n = 0, row = glp_add_rows(a->lp, 1);
	for (size_t p = 0; p < a->places; p++)
		for (int c = 0;
		     stands_in(a->rig, a->example[p], population, cell) && c < a->courses; c++)
			if (counts_as(c, vintage, figure)) {
				a->index[++n] = column_of(a, p, c);
				a->factor[n] = 1;
			}
	glp_set_mat_row(a->lp, row, n, a->index, a->factor);
	glp_set_row_bnds(a->lp, row, GLP_DB, value - within, value + within);
}

/* The indicator of the first headline that has breakdowns: others are answered independently. */
static bool
is_aimed_at(const struct definition *d, size_t goal)
{
	size_t first = 0;
	while (!d->goal[first].headline || d->goal[first].named_list)
		first++;
	return d->goal[goal].indicator == d->goal[first].indicator;
}

/* A line of observations.csv, which has no quoted field. */
static void
read_line(struct rounded_attack *a, char *line, unsigned vintage, unsigned within, bool whole_only)
{
	char *field[13] = {NULL};
	for (unsigned i = 0; i < 13; i++)
		field[i] = strsep(&line, ",");
	assert(field[12] != NULL && line == NULL);
	int goal = find_goal(a->rig->definition, field[3]), figure = find_figure(field[7]);
	int cell = find_cell(a->rig->cells, field[5], field[6]);
	if (figure < 0 || *field[9] == '\0' || (whole_only && cell != 0))
		return;
	assert(goal >= 0 && cell >= 0);
	if (figure != ROUNDED_RESPONDED && !is_aimed_at(a->rig->definition, (size_t)goal))
		return;
	add_figure(a, a->rig->definition->goal[goal].population, (size_t)cell, vintage,
	    (enum rounded_figure)figure, strtod(field[9], NULL), within);
}

static void
read_file(
    struct rounded_attack *a, const char *csv, unsigned vintage, unsigned within, bool whole_only)
{
	char *text = strdup(csv), *at = text;
	assert(text != NULL);
	strsep(&at, "\n"); /* names */
	for (char *line; (line = strsep(&at, "\n")) != NULL && *line != '\0';)
		read_line(a, line, vintage, within, whole_only);
	free(text);
}

struct rounded_attack *
rounded_attack_new(const struct rounded_rig *rig, char *const *csv, const unsigned *within,
    unsigned vintages, bool whole_only)
{
	struct rounded_attack *a = calloc(1, sizeof(*a));
	assert(a != NULL);
	a->rig = rig;
	a->vintages = vintages;
	a->courses = 1 + 3 * (int)vintages;
	find_places(a);
	size_t columns = a->places * (size_t)a->courses;
	a->index = calloc(columns + 1, sizeof(*a->index));
	a->factor = calloc(columns + 1, sizeof(*a->factor));
	assert(a->index != NULL && a->factor != NULL);
	glp_term_out(GLP_OFF);
	a->lp = glp_create_prob();
	glp_add_cols(a->lp, (int)columns);
	for (int i = 1; i <= (int)columns; i++)
		glp_set_col_bnds(a->lp, i, GLP_LO, 0, 0);
	add_places(a);
	for (unsigned v = 0; v < vintages; v++)
		read_file(a, csv[v], v, within[v], whole_only);
	glp_adv_basis(a->lp, 0);
	return a;
}

void
rounded_attack_free(struct rounded_attack *a)
{
	glp_delete_prob(a->lp);
	free(a->index);
	free(a->factor);
	free(a);
}

void
rounded_attack_end(void)
{
	glp_free_env();
}

/* ------------------------------------------------------------------- what can be known */

static double
optimum(struct rounded_attack *a, int direction)
{
	glp_smcp how;
	glp_init_smcp(&how);
	how.msg_lev = GLP_MSG_OFF;
	how.presolve = GLP_OFF;
	glp_set_obj_dir(a->lp, direction);
	int failed = glp_simplex(a->lp, &how);
	if (failed != 0 || glp_get_status(a->lp) != GLP_OPT) {
		glp_std_basis(a->lp); /* once more, from the start */
		how.presolve = GLP_ON;
		failed = glp_simplex(a->lp, &how);
	}
	assert(failed == 0 && glp_get_status(a->lp) == GLP_OPT);
	return glp_get_obj_val(a->lp);
}

struct rounded_range
rounded_attack_range(struct rounded_attack *a, struct rounded_set set, enum rounded_figure figure)
{
	for (size_t p = 0; p < a->places; p++) {
		bool has = rounded_set_has(a->rig, set, a->example[p]);
		for (int c = 0; c < a->courses; c++)
			glp_set_obj_coef(a->lp, column_of(a, p, c),
			    has && counts_as(c, a->vintages - 1, figure) ? 1 : 0);
	}
	struct rounded_range range = {optimum(a, GLP_MIN), 0};
	range.high = optimum(a, GLP_MAX);
	return range;
}
