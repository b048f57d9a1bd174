/* SPDX-License-Identifier: Apache-2.0 */
/* What the estimates of a public export tell beyond its counts: nothing, since they follow from
 * these. Those that the office makes know of strata whose counts are told nowhere: a linear program
 * says what they would add, however coarsely they are rounded. It is given more than a reader has,
 * who answered: then an estimate is a weighted sum of how many met in each place. */
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

/* Of these the office's strata told something; then come as many more. */
static const uint64_t worst[] = {14, 19, 49};
#define WORST (sizeof(worst) / sizeof(worst[0]))
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

enum told { TOLD_NO_ESTIMATES, TOLD_AS_PUBLISHED, TOLD_OF_THE_OFFICE };

static const struct observation *
row_of(const struct tables *t, size_t goal, size_t cell)
{
	return &t->row[goal * cells_count(t->cells) + cell];
}

/* That the file tells beside the whole: sizes, not groups of them; the last one is what is left.
 * Returns how many. */
static size_t
told_strata(const struct tables *t, const struct observation *o, uint16_t cell[STRATA_MAX],
    struct stratum *strata)
{
	size_t first, count, n = 0;
	struct stratum rest = {
	    .n = o->counts.n, .met = o->counts.met, .not_met = o->counts.not_met};
	cells_of_dimension(t->cells, DIMENSION_SIZE, &first, &count);
	for (size_t i = first; i < first + count; i++) {
		const struct observation *size = row_of(t, o->goal, i);
		bool is_group = strcmp(cells_info(t->cells, i)->code, "SME") == 0;
		if (is_group || cells_info(t->cells, o->cell)->dimension != DIMENSION_WHOLE ||
		    size->members != FIGURE_FREE || size->vintage != o->vintage)
			continue;
		cell[n] = (uint16_t)i;
		strata[n] = (struct stratum){.size = (uint8_t)n,
		    .n = size->counts.n,
		    .met = size->counts.met,
		    .not_met = size->counts.not_met};
		rest.n -= strata[n].n;
		rest.met -= strata[n].met;
		rest.not_met -= strata[n].not_met;
		n++;
	}
	rest.size = (uint8_t)n;
	strata[n] = rest;
	return n + 1;
}

static void
sort_by_told(const struct attack *a, const struct observation *o, unsigned of[UNITS_MAX],
    struct stratum *strata)
{
	unsigned population = a->rig.of.definition->goal[o->goal].population;
	uint16_t cell[STRATA_MAX];
	size_t n = told_strata(&a->rig.tables[0], o, cell, strata);
	for (uint32_t i = 0; i < a->rig.of.units; i++) {
		of[i] = 0;
		while (of[i] < n - 1 && !is_in(a, i, population, cell[of[i]]))
			of[i]++;
	}
}

static void
sort_by_kind(const struct attack *a, const struct observation *o, unsigned of[UNITS_MAX],
    struct stratum *strata)
{
	const struct rounded_rig *rig = &a->rig.of;
	const struct kinds *kinds = cells_kinds(rig->cells);
	unsigned population = rig->definition->goal[o->goal].population;
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
}

/* N_h / n_h of each unit's stratum, after the collapse. */
static void
weigh(const struct attack *a, const struct observation *o, enum told told, double *weight)
{
	struct stratum strata[STRATA_MAX] = {{0}};
	unsigned of[UNITS_MAX];
	if (told == TOLD_AS_PUBLISHED)
		sort_by_told(a, o, of, strata);
	else
		sort_by_kind(a, o, of, strata);
	size_t n = strata_collapse(strata, STRATA_MAX);
	for (uint32_t i = 0; i < a->rig.of.units; i++)
		for (size_t h = 0; h < n; h++)
			if ((strata[h].joined >> of[i] & 1) != 0)
				weight[i] = (double)strata[h].n /
					    (double)(strata[h].met + strata[h].not_met);
}

/* As wide as the minimum of the units asked. */
static double
coarse_step(const struct observation *o)
{
	static const double steps[] = {0.001, 0.002, 0.005, 0.01, 0.02, 0.05};
	size_t i = 0;
	while (i < 5 && steps[i] * (double)o->counts.n < FREQUENCY - hair)
		i++;
	return steps[i];
}

/* Half a step either way: of the published, which are printed so, a tenth of a percent. */
static void
add_estimate(struct attack *a, const struct observation *o, enum told told)
{
	double weight[UNITS_MAX] = {0}, n = (double)o->counts.n, sum = 0;
	double step = told == TOLD_AS_PUBLISHED ? 0.001 : coarse_step(o);
	weigh(a, o, told, weight);
	int members = list_members(a, o, weight);
	for (uint32_t i = 0; i < a->rig.of.units; i++)
		for (int k = 1; k <= members && a->rig.of.answer[i] == TRUTH_TRUE; k++)
			sum += a->index[k] == a->column[i] ? weight[i] : 0;
	double share = told == TOLD_AS_PUBLISHED ? o->estimate.share : round(sum / n / step) * step;
	assert_true(fabs(sum / n - share) < step / 2 + hair);
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
			add_estimate(a, o, told);
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
	for (size_t i = 0; i < WORST; i++)
		besiege(worst[i], told, &t);
	for (uint64_t seed = 1; seed <= registers; seed++)
		besiege(seed, told, &t);
	print_message(
	    "%u registers, %u withheld counts, %u estimates: %u counts narrowed below %d\n",
	    registers + (unsigned)WORST, t.counts, t.estimates, t.narrowed, FREQUENCY);
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
of_strata_that_are_told_nowhere_it_would(void **state)
{
	(void)state;
	assert_true(attack(TOLD_OF_THE_OFFICE).narrowed > 0);
}

static bool
is_near(double told, double exact, double at_most)
{
	return fabs(told - exact) < at_most + 1e-9;
}

/* From the counts in the file alone. */
static void
assert_follows(const struct tables *t, const struct observation *o)
{
	const struct goal *goal = &t->definition->goal[o->goal];
	const struct estimate_spec spec = {.threshold = {goal->threshold_pct, goal->strict},
	    .named_list = goal->named_list,
	    .method = t->facts.settings.method};
	struct stratum strata[STRATA_MAX];
	uint16_t cell[STRATA_MAX];
	struct estimate e;
	estimate_make(&spec, &o->counts, strata, told_strata(t, o, cell, strata), &e);
	const struct estimate *told = &o->estimate;
	assert_int_equal(told->is_made, e.is_made);
	assert_int_equal(told->has_error, e.has_error);
	assert_int_equal(told->has_interval, e.has_interval);
	assert_true(is_near(told->share, e.share, 0.0005));
	assert_true(is_near(sqrt(told->variance), sqrt(e.variance), 0.001));
	if (e.has_interval) {
		assert_true(is_near(told->interval.low.value, e.interval.low.value, 0.001));
		assert_true(is_near(told->interval.high.value, e.interval.high.value, 0.001));
	}
}

static void
an_estimate_follows_from_the_counts_in_its_file(void **state)
{
	(void)state;
	size_t followed = 0, kept = 0;
	for (uint64_t seed = 1; seed <= registers; seed++) {
		struct withheld_rig rig;
		withheld_rig_open(&rig, seed, 1000, 4);
		for (unsigned v = 0; v < 2; v++) {
			withheld_rig_answer(&rig, v == 0 ? 70 : 10);
			withheld_rig_publish(&rig, WITHHELD_ALL_CARE);
			for (size_t i = 0; i < rig.tables[v].rows; i++) {
				const struct observation *o = &rig.tables[v].row[i];
				if (o->judged != FIGURE_FREE || !o->has_estimate)
					continue;
				assert_follows(&rig.tables[o->vintage - 1], o);
				followed += o->estimate.is_made;
				kept += o->vintage < v + 1;
			}
		}
		withheld_rig_close(&rig);
	}
	assert_true(followed > 10 && kept > 0);
}

int
main(int argc, char **argv)
{
	if (argc > 1)
		registers = (unsigned)strtoul(argv[1], NULL, 10);
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_estimate_as_it_is_told_narrows_no_withheld_count),
	    cmocka_unit_test(of_strata_that_are_told_nowhere_it_would),
	    cmocka_unit_test(an_estimate_follows_from_the_counts_in_its_file),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
