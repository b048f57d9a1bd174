/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/files_attack.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define PLACES_MAX ROUNDED_RIG_UNITS_MAX

/* Whose cells a reader knows together. */
enum family { JOINED, COMMUNES, OTHERS };

/* The register as cells of one family, or of all, tell it. */
struct part {
	enum family family;
	size_t places;
	int first;                    /* column of its first place */
	uint32_t example[PLACES_MAX]; /* by place: a unit that stands there */
	uint32_t size[PLACES_MAX];
};

/* Of a population's whole, in all that tells it: its column, and what it can be, truly. */
struct whole_threshold {
	int column;
	long least, most;
};

struct files_attack {
	const struct rounded_rig *rig;
	glp_prob *lp;
	const struct files_series *series;
	size_t goal;
	int courses;
	struct part part[2];
	size_t parts;
	int columns;
	struct whole_threshold threshold[POPULATIONS_MAX][FILES_FIGURES];
	int *index;
	double *factor;
};

/* Courses: silent, or from one vintage on met, not met, unknown. */
static bool
counts_as(int course, unsigned vintage, enum files_figure figure)
{
	unsigned since = (unsigned)(course - 1) / 3;
	int answer = (course - 1) % 3;
	if (course == 0 || since > vintage)
		return false;
	return figure == FILES_RESPONDED || (figure == FILES_MET && answer == 0) ||
	       (figure == FILES_NOT_MET && answer == 1);
}

static int
column_of(const struct files_attack *a, const struct part *part, size_t place, int course)
{
	return part->first + (int)place * a->courses + course;
}

static enum family
family_of(const struct rounded_rig *rig, size_t cell)
{
	enum dimension dimension = cells_info(rig->cells, cell)->dimension;
	return dimension == DIMENSION_WHOLE     ? JOINED
	       : dimension == DIMENSION_COMMUNE ? COMMUNES
						: OTHERS;
}

/* Does the part tell who stands in the cell? */
static bool
belongs(const struct rounded_rig *rig, enum family part, size_t cell)
{
	enum family family = family_of(rig, cell);
	return part == JOINED || family == JOINED || family == part;
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
files_set_has(const struct rounded_rig *rig, struct files_set set, uint32_t unit)
{
	return stands_in(rig, unit, set.population, set.cell) &&
	       (set.minus == SIZE_MAX || !stands_in(rig, unit, set.minus_population, set.minus));
}

uint32_t
files_set_size(const struct rounded_rig *rig, struct files_set set)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < rig->units; i++)
		n += files_set_has(rig, set, i);
	return n;
}

bool
files_needs_joining(const struct rounded_rig *rig, struct files_set set)
{
	if (set.minus == SIZE_MAX)
		return false;
	enum family one = family_of(rig, set.cell), other = family_of(rig, set.minus);
	return one != JOINED && other != JOINED && one != other;
}

/* ------------------------------------------------------------------- the register */

/* The cells of a unit that the part tells. */
static size_t
cells_in(const struct rounded_rig *rig, enum family part, uint32_t unit, uint16_t *out)
{
	struct register_row row;
	uint16_t of[CELLS_OF_UNIT_MAX];
	columns_row(rig->columns, unit, &row);
	size_t n = cells_of_unit(rig->cells, &row, of), kept = 0;
	for (size_t i = 0; i < n; i++)
		if (belongs(rig, part, of[i]))
			out[kept++] = of[i];
	return kept;
}

static bool
is_same_place(const struct rounded_rig *rig, enum family part, uint32_t one, uint32_t other)
{
	uint16_t of_a[CELLS_OF_UNIT_MAX], of_b[CELLS_OF_UNIT_MAX];
	if (rig->columns->membership[one] != rig->columns->membership[other])
		return false;
	size_t n = cells_in(rig, part, one, of_a), m = cells_in(rig, part, other, of_b);
	return n == m && memcmp(of_a, of_b, n * sizeof(*of_a)) == 0;
}

static void
find_places(struct files_attack *a, struct part *part, enum family family)
{
	part->family = family;
	part->first = 1 + a->columns;
	for (uint32_t i = 0; i < a->rig->units; i++) {
		size_t p = 0;
		while (p < part->places && !is_same_place(a->rig, family, part->example[p], i))
			p++;
		if (p == part->places)
			part->example[part->places++] = i;
		part->size[p]++;
	}
	a->columns += (int)part->places * a->courses;
}

static void
add_row(struct files_attack *a, int n, double low, double high)
{
	int row = glp_add_rows(a->lp, 1);
	glp_set_mat_row(a->lp, row, n, a->index, a->factor);
	glp_set_row_bnds(a->lp, row, low < high ? GLP_DB : GLP_FX, low, high);
}

static void
add_places(struct files_attack *a, const struct part *part)
{
	for (size_t p = 0; p < part->places; p++) {
		for (int c = 0; c < a->courses; c++) {
			a->index[1 + c] = column_of(a, part, p, c);
			a->factor[1 + c] = 1;
		}
		add_row(a, a->courses, part->size[p], part->size[p]);
	}
}

static int
list_members(struct files_attack *a, const struct part *part, uint32_t membership, int course,
    double factor, int n)
{
	for (size_t p = 0; p < part->places; p++)
		if (a->rig->columns->membership[part->example[p]] == membership) {
			a->index[++n] = column_of(a, part, p, course);
			a->factor[n] = factor;
		}
	return n;
}

/* Members of the same populations took the same courses in either part. */
static void
bind_parts(struct files_attack *a)
{
	const uint32_t *membership = a->rig->columns->membership;
	for (uint32_t i = 0; i < a->rig->units && a->parts > 1; i++) {
		uint32_t before = 0;
		while (membership[before] != membership[i])
			before++;
		for (int c = 0; before == i && c < a->courses; c++) {
			int n = list_members(a, &a->part[0], membership[i], c, 1, 0);
			n = list_members(a, &a->part[1], membership[i], c, -1, n);
			add_row(a, n, 0, 0);
		}
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
	static const char *const names[FILES_FIGURES] = {"responded", "met", "not_met"};
	for (int i = 0; i < FILES_FIGURES; i++)
		if (strcmp(measure, names[i]) == 0)
			return i;
	return -1;
}

/* A count, in the first part that tells of the cell; the parts are bound to one another. */
static int
list_figure(struct files_attack *a, unsigned population, size_t cell, unsigned vintage,
    enum files_figure figure)
{
	const struct part *part = &a->part[0];
	int n = 0;
	if (!belongs(a->rig, part->family, cell))
		part++;
	for (size_t p = 0; p < part->places; p++)
		for (int c = 0;
		     stands_in(a->rig, part->example[p], population, cell) && c < a->courses; c++)
			if (counts_as(c, vintage, figure)) {
				a->index[++n] = column_of(a, part, p, c);
				a->factor[n] = 1;
			}
	return n;
}

/* One vintage's file, being read. */
struct reading {
	struct files_attack *a;
	unsigned vintage, within;
	bool whole_only;
};

/* Whether figures of the goal tell of the one aimed at. All goals are answered alike in the rig;
 * where counts are rounded, the reader is not told that. */
static bool
is_aimed_at(const struct reading *r, size_t goal)
{
	const struct definition *d = r->a->rig->definition;
	size_t indicator = d->goal[goal].indicator, aim = r->a->goal;
	return r->within > 0
		   ? indicator == d->goal[aim].indicator
		   : aim == FILES_ANY_GOAL || aim == rounded_rig_goal(r->a->rig, indicator);
}

static long
true_count(const struct reading *r, size_t goal, size_t cell, enum files_figure figure)
{
	struct rate_counts rate;
	counters_rate(r->a->series->counters[r->vintage], cell, goal, &rate);
	return (long)(figure == FILES_RESPONDED ? rate_responded(&rate)
		      : figure == FILES_MET     ? rate.met
						: rate.not_met);
}

/* The count and the threshold lie in the base from what is told on, where they do. */
static void
add_threshold(const struct reading *r, struct whole_threshold *t, int n, long told, long truly)
{
	struct files_attack *a = r->a;
	long top = told + a->series->base - 1;
	long least = told - truly > t->least ? told - truly : t->least;
	long most = top - truly < t->most ? top - truly : t->most;
	if (least > most)
		return;
	t->least = least;
	t->most = most;
	a->index[n + 1] = t->column;
	a->factor[n + 1] = 1;
	add_row(a, n + 1, (double)told, (double)top);
}

static void
add_figure(const struct reading *r, size_t goal, size_t cell, enum files_figure figure, long value)
{
	struct files_attack *a = r->a;
	unsigned population = a->rig->definition->goal[goal].population;
	int n = list_figure(a, population, cell, r->vintage, figure);
	long within = r->within;
	if (cell == 0 && a->series->base > 0)
		add_threshold(r, &a->threshold[population][figure], n, value,
		    true_count(r, goal, cell, figure));
	add_row(a, n, (double)(value - within), (double)(value + within));
}

/* A line of observations.csv, which has no quoted field. What is kept was read where it was told
 * first. */
static void
read_line(const struct reading *r, char *line)
{
	struct files_attack *a = r->a;
	const struct definition *d = a->rig->definition;
	char *field[13] = {NULL};
	for (unsigned i = 0; i < 13; i++)
		field[i] = strsep(&line, ",");
	assert(field[12] != NULL && line == NULL);
	int goal = find_goal(d, field[3]), figure = find_figure(field[7]);
	int cell = find_cell(a->rig->cells, field[5], field[6]);
	bool is_kept = strcmp(field[10], "kept") == 0;
	if (figure < 0 || *field[9] == '\0' || (r->whole_only && cell != 0) || is_kept)
		return;
	assert(goal >= 0 && cell >= 0);
	if (figure == FILES_RESPONDED || is_aimed_at(r, (size_t)goal))
		add_figure(r, (size_t)goal, (size_t)cell, (enum files_figure)figure,
		    strtol(field[9], NULL, 10));
}

static void
read_file(const struct reading *r, const char *csv)
{
	char *text = strdup(csv), *at = text;
	assert(text != NULL);
	strsep(&at, "\n"); /* names */
	for (char *line; (line = strsep(&at, "\n")) != NULL && *line != '\0';)
		read_line(r, line);
	free(text);
}

/* Below the base; of whole numbers, as the counts are. */
static void
add_thresholds(struct files_attack *a)
{
	for (unsigned p = 0; p < a->rig->definition->populations && a->series->base > 0; p++)
		for (unsigned f = 0; f < FILES_FIGURES; f++) {
			struct whole_threshold *t = &a->threshold[p][f];
			*t = (struct whole_threshold){
			    glp_add_cols(a->lp, 1), 0, a->series->base - 1};
			glp_set_col_bnds(a->lp, t->column, GLP_DB, 0, (double)t->most);
		}
}

struct files_attack *
files_attack_new(const struct rounded_rig *rig, const struct files_series *series, bool joined,
    size_t goal, enum files_taken taken)
{
	struct files_attack *a = calloc(1, sizeof(*a));
	assert(a != NULL);
	a->rig = rig;
	a->series = series;
	a->goal = goal;
	a->courses = 1 + 3 * (int)series->vintages;
	a->parts = joined ? 1 : 2;
	for (size_t i = 0; i < a->parts; i++)
		find_places(a, &a->part[i], joined ? JOINED : i == 0 ? COMMUNES : OTHERS);
	a->index = calloc((size_t)a->columns + 2, sizeof(*a->index));
	a->factor = calloc((size_t)a->columns + 2, sizeof(*a->factor));
	assert(a->index != NULL && a->factor != NULL);
	glp_term_out(GLP_OFF);
	a->lp = glp_create_prob();
	glp_add_cols(a->lp, a->columns);
	for (int i = 1; i <= a->columns; i++)
		glp_set_col_bnds(a->lp, i, GLP_LO, 0, 0);
	add_thresholds(a);
	for (size_t i = 0; i < a->parts; i++)
		add_places(a, &a->part[i]);
	bind_parts(a);
	for (unsigned v = 0; v < series->vintages; v++) {
		bool last = v + 1 == series->vintages;
		const struct reading r = {a, v, series->within[v],
		    taken == FILES_WHOLES || (taken == FILES_LEAST && last)};
		read_file(&r, series->csv[v]);
	}
	glp_adv_basis(a->lp, 0);
	return a;
}

void
files_attack_free(struct files_attack *a)
{
	glp_delete_prob(a->lp);
	free(a->index);
	free(a->factor);
	free(a);
}

void
files_attack_end(void)
{
	glp_free_env();
}

/* ------------------------------------------------------------------- what can be known */

/* By so much, more is sought of who counts as the figure in a vintage. */
static void
aim_at(struct files_attack *a, struct files_set set, enum files_figure figure, unsigned vintage,
    double factor)
{
	const struct part *part = &a->part[0];
	if (!belongs(a->rig, part->family, set.cell) ||
	    (set.minus != SIZE_MAX && !belongs(a->rig, part->family, set.minus)))
		part++;
	assert(part < a->part + a->parts && belongs(a->rig, part->family, set.cell));
	for (size_t p = 0; p < part->places; p++) {
		bool has = files_set_has(a->rig, set, part->example[p]);
		for (int c = 0; has && c < a->courses; c++) {
			int column = column_of(a, part, p, c);
			if (counts_as(c, vintage, figure))
				glp_set_obj_coef(
				    a->lp, column, glp_get_obj_coef(a->lp, column) + factor);
		}
	}
}

static void
aim_at_nothing(struct files_attack *a)
{
	for (int i = 1; i <= a->columns; i++)
		glp_set_obj_coef(a->lp, i, 0);
}

struct whole_range
files_attack_range(
    struct files_attack *a, struct files_set set, enum files_figure figure, unsigned vintage)
{
	aim_at_nothing(a);
	aim_at(a, set, figure, vintage, 1);
	return whole_range_of(a->lp);
}

struct whole_range
files_attack_change(
    struct files_attack *a, struct files_set set, enum files_figure figure, unsigned vintage)
{
	aim_at_nothing(a);
	aim_at(a, set, figure, vintage, 1);
	aim_at(a, set, figure, vintage - 1, -1);
	return whole_range_of(a->lp);
}
