/* SPDX-License-Identifier: Apache-2.0 */
/* What the estimates of a public export tell beyond its counts. They know of strata that are told
 * nowhere, so the attack is given more than a reader has: who answered. Then an estimate is a
 * weighted sum of how many met in each place, and a linear program says what it adds. */
#include <glpk.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "survey/kinds.h"
#include "tests/support/naive_rule.h"
#include "tests/support/optimum.h"
#include "tests/support/withheld_rig.h"

#define FREQUENCY DISCLOSURE_FREQUENCY_PUBLIC
#define UNITS_MAX 600

static unsigned registers = 3;
static const double hair = 1e-6;

/* Of the units that met it or not, one column each: whether it met. */
struct attack {
	struct withheld_rig rig;
	glp_prob *lp;
	int column[UNITS_MAX];
	int index[UNITS_MAX + 1];
	double factor[UNITS_MAX + 1];
	unsigned estimates; /* in the program */
};

struct tally {
	unsigned counts, estimates, narrowed;
};

static bool
is_in(const struct attack *a, uint32_t unit, unsigned population, size_t cell)
{
	struct register_row row;
	uint16_t of[CELLS_OF_UNIT_MAX];
	if (columns_member(a->rig.of.columns, unit, population) != TRUTH_TRUE)
		return false;
	columns_row(a->rig.of.columns, unit, &row);
	size_t n = cells_of_unit(a->rig.of.cells, &row, of);
	for (size_t i = 0; i < n; i++)
		if (of[i] == cell)
			return true;
	return false;
}

static void
add_row(struct attack *a, int n, double low, double high)
{
	int row = glp_add_rows(a->lp, 1);
	glp_set_mat_row(a->lp, row, n, a->index, a->factor);
	glp_set_row_bnds(a->lp, row, low < high ? GLP_DB : GLP_FX, low, high);
}

/* The members of a cell, each by the number its answer stands for. */
static int
list_members(struct attack *a, const struct observation *o, const double *weight)
{
	unsigned population = a->rig.of.definition->goal[o->goal].population;
	int n = 0;
	for (uint32_t i = 0; i < a->rig.of.units; i++)
		if (a->column[i] > 0 && is_in(a, i, population, o->cell)) {
			a->index[++n] = a->column[i];
			a->factor[n] = weight == NULL ? 1 : weight[i];
		}
	return n;
}

/* N_h / n_h of each unit's stratum, after the collapse. */
static void
weigh(const struct attack *a, const struct observation *o, double *weight)
{
	const struct rounded_rig *rig = &a->rig.of;
	const struct kinds *kinds = cells_kinds(rig->cells);
	unsigned population = rig->definition->goal[o->goal].population, of[UNITS_MAX];
	struct stratum strata[STRATA_MAX] = {{0}};
	for (unsigned h = 0; h < KINDS_STRATA; h++) {
		struct kind_stratum keys = kinds_stratum_keys(h);
		strata[h].size = keys.size;
		strata[h].activity = keys.activity;
		strata[h].zone = keys.zone;
	}
	for (uint32_t i = 0; i < rig->units; i++) {
		struct register_row row;
		columns_row(rig->columns, i, &row);
		of[i] = kinds_stratum(kinds, kinds_of_unit(kinds, &row));
		if (!is_in(a, i, population, o->cell))
			continue;
		strata[of[i]].n++;
		strata[of[i]].met += rig->answer[i] == TRUTH_TRUE;
		strata[of[i]].not_met += rig->answer[i] == TRUTH_FALSE;
	}
	size_t n = strata_collapse(strata, KINDS_STRATA);
	for (uint32_t i = 0; i < rig->units; i++)
		for (size_t h = 0; h < n; h++)
			if ((strata[h].joined >> of[i] & 1) != 0)
				weight[i] = (double)strata[h].n /
					    (double)(strata[h].met + strata[h].not_met);
}

/* The step that the product tells it in: as wide as the minimum of the units asked. */
static double
step_of(const struct observation *o)
{
	static const double steps[] = {0.001, 0.002, 0.005, 0.01, 0.02, 0.05};
	size_t i = 0;
	while (steps[i] * (double)o->counts.n < FREQUENCY - hair)
		i++;
	return steps[i];
}

/* Half a step either way; `finely`: as if it were told to a tenth of a percent. */
static void
add_estimate(struct attack *a, const struct observation *o, bool finely)
{
	double weight[UNITS_MAX] = {0}, n = (double)o->counts.n, sum = 0;
	double step = finely ? 0.001 : step_of(o);
	weigh(a, o, weight);
	int members = list_members(a, o, weight);
	for (uint32_t i = 0; i < a->rig.of.units; i++)
		for (int k = 1; k <= members && a->rig.of.answer[i] == TRUTH_TRUE; k++)
			sum += a->index[k] == a->column[i] ? weight[i] : 0;
	double share = round(sum / n / step) * step;
	assert_true(finely || fabs(share - o->estimate.share) < hair ||
		    fabs(sum / n - o->estimate.share) < step / 2 + hair);
	if (!finely)
		share = o->estimate.share;
	add_row(a, members, n * (share - step / 2) - hair, n * (share + step / 2) + hair);
	a->estimates++;
}

/* Rows of the headline that has breakdowns, and of its likes in other populations. */
static bool
is_aimed_at(const struct attack *a, const struct observation *o)
{
	const struct definition *d = a->rig.of.definition;
	return d->goal[o->goal].indicator == d->goal[2].indicator;
}

enum told { TOLD_NO_ESTIMATES, TOLD_AS_PUBLISHED, TOLD_FINELY };

static void
open_program(struct attack *a, enum told told)
{
	int columns = 0;
	a->estimates = 0;
	glp_term_out(GLP_OFF);
	a->lp = glp_create_prob();
	for (uint32_t i = 0; i < a->rig.of.units; i++) {
		bool is_known =
		    a->rig.of.answer[i] == TRUTH_TRUE || a->rig.of.answer[i] == TRUTH_FALSE;
		a->column[i] = is_known ? ++columns : 0;
	}
	glp_add_cols(a->lp, columns);
	for (int c = 1; c <= columns; c++)
		glp_set_col_bnds(a->lp, c, GLP_DB, 0, 1);
	for (size_t i = 0; i < a->rig.tables[0].rows; i++) {
		const struct observation *o = &a->rig.tables[0].row[i];
		if (!is_aimed_at(a, o) || o->members != FIGURE_FREE)
			continue;
		int n = list_members(a, o, NULL);
		add_row(a, n, (double)o->counts.met, (double)o->counts.met);
		if (told != TOLD_NO_ESTIMATES && o->has_estimate && o->estimate.is_made)
			add_estimate(a, o, told == TOLD_FINELY);
	}
	glp_adv_basis(a->lp, 0);
}

/* The range of how many met, in a row that is withheld. */
static double
width(struct attack *a, const struct observation *o)
{
	for (int c = 1; c <= glp_get_num_cols(a->lp); c++)
		glp_set_obj_coef(a->lp, c, 0);
	int n = list_members(a, o, NULL);
	for (int k = 1; k <= n; k++)
		glp_set_obj_coef(a->lp, a->index[k], 1);
	return optimum(a->lp, GLP_MAX) - optimum(a->lp, GLP_MIN);
}

/* Withheld, and once of those goals that tell of the same units. */
static bool
is_target(const struct attack *a, const struct observation *o)
{
	const struct goal *goal = &a->rig.of.definition->goal[o->goal];
	return is_aimed_at(a, o) && goal->headline && !goal->named_list &&
	       (o->members == FIGURE_FEW_UNITS || o->members == FIGURE_CONFIDENTIAL);
}

static void
besiege(uint64_t seed, enum told told, struct tally *t)
{
	struct attack *a = test_calloc(1, sizeof(*a));
	double open[4096];
	withheld_rig_open(&a->rig, seed, 300 + 50 * (uint32_t)(seed % 6), 4);
	withheld_rig_answer(&a->rig, 70);
	withheld_rig_publish(&a->rig, WITHHELD_ALL_CARE);
	for (unsigned with = 0; with < 2; with++) {
		size_t k = 0;
		open_program(a, with == 0 ? TOLD_NO_ESTIMATES : told);
		for (size_t i = 0; i < a->rig.tables[0].rows; i++) {
			const struct observation *o = &a->rig.tables[0].row[i];
			if (!is_target(a, o))
				continue;
			double got = width(a, o);
			if (with == 0)
				open[k++] = got;
			else
				t->narrowed +=
				    floor(got + hair) < fmin(floor(open[k++] + hair), FREQUENCY);
		}
		t->counts += with == 0 ? (unsigned)k : 0;
		t->estimates += a->estimates;
		glp_delete_prob(a->lp);
	}
	glp_free_env();
	withheld_rig_close(&a->rig);
	test_free(a);
}

static struct tally
attack(enum told told)
{
	struct tally t = {0};
	for (uint64_t seed = 1; seed <= registers; seed++)
		besiege(seed, told, &t);
	print_message(
	    "%u registers, %u withheld counts, %u estimates: %u counts narrowed below %d\n",
	    registers, t.counts, t.estimates, t.narrowed, FREQUENCY);
	return t;
}

static void
an_estimate_as_it_is_told_narrows_no_withheld_count(void **state)
{
	(void)state;
	struct tally t = attack(TOLD_AS_PUBLISHED);
	assert_true(t.counts > 10 && t.estimates > 10);
	assert_int_equal(t.narrowed, 0);
}

static void
told_to_a_tenth_of_a_percent_it_would(void **state)
{
	(void)state;
	assert_true(attack(TOLD_FINELY).narrowed > 0);
}

int
main(int argc, char **argv)
{
	if (argc > 1)
		registers = (unsigned)strtoul(argv[1], NULL, 10);
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_estimate_as_it_is_told_narrows_no_withheld_count),
	    cmocka_unit_test(told_to_a_tenth_of_a_percent_it_would),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
