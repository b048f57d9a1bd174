/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/disclosure_attack.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define COURSES_MAX 256

/* The register as cells of one family, or of all, tell it. */
struct part {
	int family;                     /* -1: all */
	size_t places, first;           /* the number of its first place */
	size_t example[RIG_UNITS_MAX];  /* by place: a unit that stands there */
	size_t place_of[RIG_UNITS_MAX]; /* by unit */
};

struct attack {
	const struct rig *rig;
	glp_prob *lp;
	struct part part[RIG_FAMILIES];
	size_t parts, places, courses;
	uint32_t course[COURSES_MAX][RIG_RELEASES_MAX];
	int insider;
};

static int
column_of(const struct attack *a, const struct part *part, size_t place, size_t course)
{
	return 1 + (int)((part->first + place) * a->courses + course);
}

static bool
has_cell(const struct rig_unit *u, size_t cell)
{
	for (size_t i = 0; i < u->cells; i++)
		if (u->cell[i] == cell)
			return true;
	return false;
}

static bool
belongs(const struct attack *a, const struct part *part, size_t cell)
{
	int family = a->rig->cell[cell].family;
	return part->family < 0 || family == DISCLOSURE_COMMON || family == part->family;
}

/* Do both stand in the same of the cells that the part knows? */
static bool
same_place(const struct attack *a, const struct part *part, size_t one, size_t other)
{
	for (size_t c = 0; c < a->rig->cells; c++)
		if (belongs(a, part, c) &&
		    has_cell(&a->rig->unit[one], c) != has_cell(&a->rig->unit[other], c))
			return false;
	return true;
}

static void
find_places(struct attack *a, struct part *part)
{
	part->first = a->places;
	for (size_t i = 0; i < a->rig->units; i++) {
		size_t p = 0;
		while (p < part->places && !same_place(a, part, part->example[p], i))
			p++;
		if (p == part->places)
			part->example[part->places++] = i;
		part->place_of[i] = p;
	}
	a->places += part->places;
}

static size_t
course_number(struct attack *a, const uint32_t *counted_as)
{
	size_t n = a->rig->releases * sizeof(*counted_as), c = 0;
	while (c < a->courses && memcmp(a->course[c], counted_as, n) != 0)
		c++;
	if (c == a->courses) {
		assert(a->courses < COURSES_MAX);
		memcpy(a->course[a->courses++], counted_as, n);
	}
	return c;
}

/* Courses that a reader thinks likely: silent, then an answer that stays; and those that units
 * took. */
static void
find_courses(struct attack *a)
{
	const struct rig *rig = a->rig;
	const uint32_t answers[] = {0, RIG_BIT(RIG_RESPONDED),
	    RIG_BIT(RIG_RESPONDED) | RIG_BIT(RIG_MET) | RIG_BIT(RIG_CORE),
	    RIG_BIT(RIG_RESPONDED) | RIG_BIT(RIG_NOT_MET),
	    RIG_BIT(RIG_RESPONDED) | RIG_BIT(RIG_NOT_MET) | RIG_BIT(RIG_CORE) |
		RIG_BIT(RIG_CORE_ONLY)};
	for (size_t k = 0; k < sizeof(answers) / sizeof(answers[0]); k++)
		for (unsigned since = 0; since < rig->releases; since++) {
			uint32_t course[RIG_RELEASES_MAX] = {0};
			for (unsigned r = since; r < rig->releases; r++)
				course[r] = answers[k] & rig_firm_measures(rig);
			course_number(a, course);
		}
	for (size_t i = 0; i < rig->units; i++)
		course_number(a, rig->unit[i].counted_as);
}

static bool
place_in(const struct attack *a, const struct part *part, size_t place, int cell)
{
	return has_cell(&a->rig->unit[part->example[place]], (size_t)cell);
}

/* A row: the sum of some columns, each by its factor, is what it truly is. */
static void
add_row(struct attack *a, const int *index, const double *factor, int n, double sum)
{
	int row = glp_add_rows(a->lp, 1);
	glp_set_mat_row(a->lp, row, n, index, factor);
	glp_set_row_bnds(a->lp, row, GLP_FX, sum, sum);
}

/* The figure of one measure of one cell in one release. */
static void
add_figure(struct attack *a, const struct part *part, int cell, unsigned release, unsigned measure,
    int *index, const double *ones)
{
	int n = 0;
	double sum = 0;
	for (size_t p = 0; p < part->places; p++)
		for (size_t c = 0; place_in(a, part, p, cell) && c < a->courses; c++)
			if ((a->course[c][release] >> measure & 1) != 0)
				index[++n] = column_of(a, part, p, c);
	for (size_t i = 0; i < a->rig->units; i++)
		if (has_cell(&a->rig->unit[i], (size_t)cell))
			sum += a->rig->unit[i].counted_as[release] >> measure & 1;
	add_row(a, index, ones, n, sum);
}

static void
add_places(struct attack *a, const struct part *part, int *index, const double *ones)
{
	for (size_t p = 0; p < part->places; p++) {
		int n = 0;
		double units = 0;
		for (size_t c = 0; c < a->courses; c++)
			index[++n] = column_of(a, part, p, c);
		for (size_t i = 0; i < a->rig->units; i++)
			units += part->place_of[i] == p;
		add_row(a, index, ones, n, units);
	}
}

static bool
alike_in_common(const struct attack *a, size_t one, size_t other)
{
	for (size_t c = 0; c < a->rig->cells; c++)
		if (a->rig->cell[c].family == DISCLOSURE_COMMON &&
		    has_cell(&a->rig->unit[one], c) != has_cell(&a->rig->unit[other], c))
			return false;
	return true;
}

static int
list_common(const struct attack *a, const struct part *part, size_t unit, size_t course,
    double factor, int n, int *index, double *factors)
{
	for (size_t p = 0; p < part->places; p++)
		if (alike_in_common(a, part->example[p], unit)) {
			index[++n] = column_of(a, part, p, course);
			factors[n] = factor;
		}
	return n;
}

/* Units alike in the cells common to all families took the same courses in each part. */
static void
bind_part(struct attack *a, const struct part *part, int *index, double *factors)
{
	const struct part *first = &a->part[0];
	for (size_t p = 0; p < part->places; p++) {
		size_t before = 0, unit = part->example[p];
		while (!alike_in_common(a, part->example[before], unit))
			before++;
		for (size_t c = 0; before == p && c < a->courses; c++) {
			int n = list_common(a, first, unit, c, 1, 0, index, factors);
			n = list_common(a, part, unit, c, -1, n, index, factors);
			add_row(a, index, factors, n, 0);
		}
	}
}

static bool
is_known(const struct attack *a, size_t cell, unsigned release, bool least)
{
	bool last = release + 1 == a->rig->releases;
	return rig_shows(a->rig, cell, release) && !(least && last && !a->rig->cell[cell].headline);
}

static void
add_rows(struct attack *a, struct part *part, bool least)
{
	const struct rig *rig = a->rig;
	size_t columns = a->places * a->courses;
	int *index = calloc(columns + 1, sizeof(*index));
	double *factor = calloc(columns + 1, sizeof(*factor));
	assert(index != NULL && factor != NULL);
	for (size_t i = 0; i <= columns; i++)
		factor[i] = 1;
	add_places(a, part, index, factor);
	for (size_t c = 0; c < rig->cells; c++)
		for (unsigned r = 0; r < rig->releases; r++)
			for (unsigned m = 0; belongs(a, part, c) && is_known(a, c, r, least) &&
					     m < rig->rules.measures;
			     m++)
				if (rig_tells(rig, c, m))
					add_figure(a, part, (int)c, r, m, index, factor);
	if (part != &a->part[0])
		bind_part(a, part, index, factor);
	free(index);
	free(factor);
}

struct attack *
attack_new(const struct rig *rig, bool joined, bool least)
{
	struct attack *a = calloc(1, sizeof(*a));
	assert(a != NULL);
	a->rig = rig;
	a->insider = -1;
	a->parts = joined ? 1 : RIG_FAMILIES;
	for (size_t i = 0; i < a->parts; i++) {
		a->part[i].family = joined ? -1 : 1 + (int)i;
		find_places(a, &a->part[i]);
	}
	find_courses(a);
	glp_term_out(GLP_OFF);
	a->lp = glp_create_prob();
	glp_add_cols(a->lp, (int)(a->places * a->courses));
	for (int i = 1; i <= (int)(a->places * a->courses); i++)
		glp_set_col_bnds(a->lp, i, GLP_LO, 0, 0);
	for (size_t i = 0; i < a->parts; i++)
		add_rows(a, &a->part[i], least);
	glp_adv_basis(a->lp, 0);
	return a;
}

void
attack_free(struct attack *attack)
{
	if (attack == NULL)
		return;
	glp_delete_prob(attack->lp);
	free(attack);
}

/* The part whose places tell of both cells of the set. */
static const struct part *
part_of(const struct attack *a, struct rig_set set)
{
	for (size_t i = 0; i < a->parts; i++)
		if (belongs(a, &a->part[i], (size_t)set.cell) &&
		    (set.minus < 0 || belongs(a, &a->part[i], (size_t)set.minus)))
			return &a->part[i];
	return NULL;
}

static void
aim_at(struct attack *a, const struct part *part, struct rig_set set, unsigned measure)
{
	for (int i = 1; i <= (int)(a->places * a->courses); i++)
		glp_set_obj_coef(a->lp, i, 0);
	for (size_t p = 0; p < part->places; p++) {
		if (!place_in(a, part, p, set.cell) ||
		    (set.minus >= 0 && place_in(a, part, p, set.minus)))
			continue;
		for (size_t c = 0; c < a->courses; c++)
			if ((a->course[c][a->rig->releases - 1] >> measure & 1) != 0)
				glp_set_obj_coef(a->lp, column_of(a, part, p, c), 1);
	}
}

struct whole_range
attack_range(struct attack *a, struct rig_set set, unsigned measure)
{
	const struct part *part = part_of(a, set);
	assert(part != NULL);
	aim_at(a, part, set, measure);
	return whole_range_of(a->lp);
}

static void
set_least(struct attack *a, int unit, double least)
{
	size_t course = course_number(a, a->rig->unit[unit].counted_as);
	for (size_t i = 0; i < a->parts; i++) {
		const struct part *part = &a->part[i];
		int column = column_of(a, part, part->place_of[unit], course);
		glp_set_col_bnds(a->lp, column, GLP_LO, least, 0);
	}
}

void
attack_as_insider(struct attack *a, int unit)
{
	if (a->insider >= 0)
		set_least(a, a->insider, 0);
	a->insider = unit;
	if (unit >= 0)
		set_least(a, unit, 1);
}

void
attack_end(void)
{
	glp_free_env();
}
