/* SPDX-License-Identifier: Apache-2.0 */
/* What rounded exports of random registers say, without an attack on them; that is in
 * test_rounded_attack.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collector/export/fill.h"
#include "collector/export/release.h"
#include "tests/support/files_attack.h"
#include "tests/support/naive_rule.h"

#define BASE 5
#define FREQUENCY 5

/* Goals of the survey that ships. */
enum { BOARDS_DONE = 0, STRICT = 2, IN_ZONES = 14, JOIN = 18 };

/* ------------------------------------------------------------------- what the files say */

/* The tables once more, of nothing but the rounded counts that stand in them. */
static void
all_that_is_published_follows_from_the_rounded_counts(void **state)
{
	(void)state;
	struct rounded_rig rig;
	struct tables again;
	rounded_rig_open(&rig, 7, 1500, 30);
	rounded_rig_answer(&rig, 70);
	rounded_rig_publish(&rig, BASE, FREQUENCY);
	char *csv = rounded_rig_csv(&rig.tables);
	assert_true(tables_make(&again, &rig.tables.facts, rig.definition, rig.cells));
	for (size_t i = 0; i < again.rows; i++) {
		const struct observation *o = &rig.tables.row[i];
		const struct rate_counts told = {.n = o->counts.n,
		    .met = o->counts.met,
		    .not_met = o->counts.not_met,
		    .unknown = o->counts.unknown,
		    .n_unknown = o->counts.n_unknown};
		again.row[i].members = o->members;
		assert_int_equal(
		    told.n % BASE + told.met % BASE + told.not_met % BASE + told.unknown % BASE, 0);
		fill_rounded(&again, &told, rig.tables.within, &again.row[i]);
	}
	char *other = rounded_rig_csv(&again);
	assert_string_equal(csv, other);
	assert_non_null(strstr(csv, ",rounded,"));
	free(csv);
	free(other);
	tables_clear(&again);
	rounded_rig_close(&rig);
}

static uint64_t
apart(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

static void
no_count_is_further_from_the_true_one_than_is_said(void **state)
{
	(void)state;
	struct rounded_rig rig;
	rounded_rig_open(&rig, 11, 1500, 30);
	rounded_rig_answer(&rig, 70);
	rounded_rig_publish(&rig, BASE, FREQUENCY);
	struct counters *counters = rounded_rig_count(&rig);
	const uint64_t within = rig.tables.within;
	uint64_t told = 0, unknown = 0;
	for (size_t i = 0; i < rig.tables.rows; i++) {
		const struct observation *o = &rig.tables.row[i];
		struct rate_counts true_one;
		if (o->members != FIGURE_FREE)
			continue;
		counters_rate(counters, o->cell, o->goal, &true_one);
		assert_true(apart(o->counts.n, true_one.n) <= within);
		assert_true(apart(rate_responded(&o->counts), rate_responded(&true_one)) <= within);
		assert_true(apart(o->counts.met, true_one.met) <= within);
		assert_true(apart(o->counts.not_met, true_one.not_met) <= within);
		assert_true(apart(o->counts.unknown, true_one.unknown) <= 3 * within);
		unknown += apart(o->counts.unknown, true_one.unknown) > within;
		told++;
	}
	assert_true(told > 0 && unknown > 0);
	counters_free(counters);
	rounded_rig_close(&rig);
}

/* ------------------------------------------------------------------- sets that share their units
 */

#define SETS_MAX 1000
#define UNITS 300

/* A set of units that is told, by its bits, and how many of them are told to have answered. */
struct told_set {
	uint64_t unit[UNITS / 64 + 1];
	long responded;
};

static size_t
list_told_sets(const struct rounded_rig *rig, struct told_set *out)
{
	static const size_t goals[] = {STRICT, IN_ZONES, BOARDS_DONE, JOIN};
	size_t n = 0;
	for (size_t g = 0; g < sizeof(goals) / sizeof(goals[0]); g++)
		for (size_t c = 0; c < cells_count(rig->cells); c++) {
			const struct observation *o =
			    &rig->tables.row[goals[g] * cells_count(rig->cells) + c];
			const struct files_set set = {
			    rig->definition->goal[goals[g]].population, 0, c, SIZE_MAX};
			if (o->members != FIGURE_FREE)
				continue;
			assert_true(n < SETS_MAX);
			out[n] = (struct told_set){.responded = (long)rate_responded(&o->counts)};
			for (uint32_t i = 0; i < rig->units; i++)
				if (files_set_has(rig, set, i))
					out[n].unit[i / 64] |= UINT64_C(1) << i % 64;
			n++;
		}
	return n;
}

/* Units of one that the other has not. */
static long
count_lacking(const struct told_set *one, const struct told_set *other)
{
	long n = 0;
	for (size_t i = 0; i < UNITS / 64 + 1; i++)
		n += __builtin_popcountll(one->unit[i] & ~other->unit[i]);
	return n;
}

struct pairs {
	unsigned near;  /* one lacks fewer units of the other than the base */
	unsigned apart; /* of them, told so that it tells of those units */
	unsigned equal, unequal;
};

static void
compare_told_sets(const struct told_set *set, size_t n, struct pairs *pairs)
{
	for (size_t a = 0; a < n; a++)
		for (size_t b = 0; b < n; b++) {
			long more = count_lacking(&set[a], &set[b]);
			bool same = more == 0 && count_lacking(&set[b], &set[a]) == 0;
			long apart = set[a].responded - set[b].responded;
			pairs->equal += same && a < b;
			pairs->unequal += same && a < b && apart != 0;
			pairs->near += !same && more < BASE;
			pairs->apart += !same && more < BASE && apart > (more == 0 ? 0 : BASE);
		}
}

/* As far as sums let them. */
static void
sets_of_nearly_the_same_units_are_told_alike(void **state)
{
	(void)state;
	struct pairs pairs = {0};
	struct told_set *set = test_calloc(SETS_MAX, sizeof(*set));
	for (uint64_t seed = 1; seed <= 60; seed++) {
		struct rounded_rig rig;
		rounded_rig_open(&rig, seed, seed % 2 == 0 ? UNITS : UNITS / 2, 8);
		rounded_rig_answer(&rig, 60);
		rounded_rig_publish(&rig, BASE, FREQUENCY);
		compare_told_sets(set, list_told_sets(&rig, set), &pairs);
		rounded_rig_close(&rig);
	}
	print_message("of %u equal sets %u are told apart; of %u nearly equal ones %u\n",
	    pairs.equal, pairs.unequal, pairs.near, pairs.apart);
	test_free(set);
	assert_true(pairs.near > 1000 && pairs.equal > 1000);
	assert_true(100 * pairs.unequal < pairs.equal);
	assert_int_equal(pairs.apart, 0);
}

static void
what_is_told_of_more_and_more_answers_hardly_ever_falls(void **state)
{
	(void)state;
	struct rounded_rig rig;
	unsigned told = 0, fell = 0;
	rounded_rig_open(&rig, 17, 1500, 30);
	rig.is_series = true;
	struct rate_counts *was =
	    calloc(rig.definition->goals * cells_count(rig.cells), sizeof(*was));
	assert_non_null(was);
	for (unsigned vintage = 0; vintage < FILES_VINTAGES_MAX; vintage++) {
		rounded_rig_answer(&rig, 20);
		rounded_rig_publish(&rig, BASE, FREQUENCY);
		assert_true(rig.tables.within < 3 * BASE);
		for (size_t i = 0; i < rig.tables.rows; i++) {
			const struct rate_counts *is = &rig.tables.row[i].counts;
			fell += rate_responded(is) < rate_responded(&was[i]);
			fell += is->met < was[i].met;
			fell += is->not_met < was[i].not_met;
			told += rig.tables.row[i].members == FIGURE_FREE ? 3 : 0;
			was[i] = *is;
		}
	}
	print_message("of %u counts %u were told as less than before\n", told, fell);
	assert_true(told > 1000);
	assert_true(100 * fell < told);
	free(was);
	rounded_rig_close(&rig);
}

/* Of six, 10 that are at most 4 fewer would be all of the six. */
static void
no_group_is_told_to_have_answered_or_met_as_a_whole(void **state)
{
	(void)state;
	struct rounded_rig rig;
	rounded_rig_open(&rig, 13, 1500, 30);
	rig.met = 100;
	rounded_rig_answer(&rig, 100);
	rounded_rig_publish(&rig, BASE, FREQUENCY);
	unsigned whole = 0;
	for (size_t i = 0; i < rig.tables.rows; i++) {
		const struct observation *o = &rig.tables.row[i];
		struct rate_counts true_one;
		if (o->members != FIGURE_FREE)
			continue;
		counters_rate(rig.counters, o->cell, o->goal, &true_one);
		assert_true(rate_responded(&o->counts) <= true_one.n + 1);
		whole += rate_responded(&true_one) == true_one.n && true_one.n % BASE < BASE - 1;
	}
	assert_true(whole > 100);
	rounded_rig_close(&rig);
}

/* Parts of a dimension in which none is withheld, and which none cuts across. */
static bool
adds_up(const struct rounded_rig *rig, size_t goal, enum dimension dimension, unsigned *lines)
{
	size_t first, count, cells = cells_count(rig->cells);
	uint64_t n = 0, met = 0, not_met = 0, unknown = 0;
	const struct observation *row = &rig->tables.row[goal * cells];
	cells_of_dimension(rig->cells, dimension, &first, &count);
	for (size_t c = first; c < first + count; c++) {
		if (row[c].members != FIGURE_FREE && row[c].members != FIGURE_EMPTY)
			return true;
		n += row[c].counts.n;
		met += row[c].counts.met;
		not_met += row[c].counts.not_met;
		unknown += row[c].counts.unknown;
	}
	++*lines;
	return n == row->counts.n && met == row->counts.met && not_met == row->counts.not_met &&
	       unknown == row->counts.unknown;
}

static void
the_published_tables_add_up(void **state)
{
	(void)state;
	unsigned lines = 0;
	for (uint64_t seed = 1; seed <= 6; seed++) {
		struct rounded_rig rig;
		rounded_rig_open(&rig, seed, 600, 8);
		rounded_rig_answer(&rig, 60);
		rounded_rig_publish(&rig, BASE, FREQUENCY);
		for (size_t g = 0; g < rig.definition->goals; g++)
			if (rig.definition->goal[g].headline &&
			    !rig.definition->goal[g].named_list) {
				assert_true(adds_up(&rig, g, DIMENSION_COMMUNE, &lines));
				assert_true(adds_up(&rig, g, DIMENSION_ZONE_TYPE, &lines));
				assert_true(adds_up(&rig, g, DIMENSION_UNIT_TYPE, &lines));
			}
		rounded_rig_close(&rig);
	}
	assert_true(lines > 20);
}

/* What is left of a total without the parts shown is no unit, or enough of them. */
static void
no_remainder_is_of_few_units(void **state)
{
	(void)state;
	struct rounded_rig rig;
	rounded_rig_open(&rig, 11, 800, 40);
	rounded_rig_answer(&rig, 60);
	rounded_rig_publish(&rig, BASE, FREQUENCY);
	size_t cells = cells_count(rig.cells), withheld = 0;
	const struct observation *row = &rig.tables.row[2 * cells];
	for (unsigned dimension = DIMENSION_COMMUNE; dimension < DIMENSIONS; dimension++) {
		size_t first, count;
		uint32_t hidden = 0;
		if (dimension == DIMENSION_SECTOR || dimension == DIMENSION_SIZE)
			continue; /* groups and their parts */
		cells_of_dimension(rig.cells, (enum dimension)dimension, &first, &count);
		for (size_t c = first; c < first + count; c++) {
			const struct files_set set = {
			    rig.definition->goal[2].population, 0, c, SIZE_MAX};
			uint32_t n = files_set_size(&rig, set);
			assert_true(row[c].members != FIGURE_FREE || n >= FREQUENCY);
			hidden += row[c].members == FIGURE_FREE ? 0 : n;
		}
		assert_true(hidden == 0 || hidden >= FREQUENCY);
		withheld += hidden > 0;
	}
	assert_true(withheld > 0);
	rounded_rig_close(&rig);
}

/* ------------------------------------------------------------------- populations */

/* Of all who answered a goal, told as more than they are. */
static bool
is_rounded_up(const struct rounded_rig *rig, size_t goal)
{
	const struct rate_counts *told = &rig->rounded.rate[goal * cells_count(rig->cells)];
	struct rate_counts true_one;
	counters_rate(rig->counters, 0, goal, &true_one);
	assert_true(rate_responded(&true_one) % BASE != 0);
	return rate_responded(told) > rate_responded(&true_one);
}

/* With one threshold between these two, which share no unit, that which is less above its multiple
 * would never go up alone. */
static void
wholes_of_two_populations_have_a_threshold_each(void **state)
{
	(void)state;
	struct rounded_rig rig;
	unsigned first_alone = 0, other_alone = 0;
	rounded_rig_open(&rig, 2, 300, 8);
	rounded_rig_answer(&rig, 60);
	for (unsigned codes = 0; codes < 60; codes++) {
		rounded_rig_new_codes(&rig);
		rounded_rig_publish(&rig, BASE, FREQUENCY);
		bool first = is_rounded_up(&rig, STRICT), other = is_rounded_up(&rig, BOARDS_DONE);
		first_alone += first && !other;
		other_alone += other && !first;
	}
	assert_true(first_alone > 0 && other_alone > 0);
	rounded_rig_close(&rig);
}

/* ------------------------------------------------------------------- with less care */

#define EXPORTS 25

/* How many counts of cells the mean over many exports of the same answers tells. */
static unsigned
learned_by_averaging(bool seed_of_each_export, unsigned *counts)
{
	struct rounded_rig rig;
	rounded_rig_open(&rig, 21, 400, 6);
	rounded_rig_answer(&rig, 60);
	size_t cells = cells_count(rig.cells);
	uint64_t *sum = calloc(cells, sizeof(*sum));
	unsigned learned = 0;
	assert_non_null(sum);
	for (unsigned i = 0; i < EXPORTS; i++) {
		if (seed_of_each_export)
			rounded_rig_new_codes(&rig);
		rounded_rig_publish(&rig, BASE, FREQUENCY);
		for (size_t c = 0; c < cells; c++)
			sum[c] += rig.tables.row[2 * cells + c].counts.met;
	}
	*counts = 0;
	for (size_t c = 0; c < cells; c++) {
		struct rate_counts truly;
		counters_rate(rig.counters, c, 2, &truly);
		if (rig.tables.row[2 * cells + c].members != FIGURE_FREE)
			continue;
		++*counts;
		learned += (2 * sum[c] + EXPORTS) / (2 * EXPORTS) == truly.met;
	}
	free(sum);
	rounded_rig_close(&rig);
	return learned;
}

static void
with_a_seed_of_each_export_the_mean_of_many_tells_the_counts(void **state)
{
	(void)state;
	unsigned counts, same, others;
	same = learned_by_averaging(false, &counts);
	others = learned_by_averaging(true, &counts);
	print_message("of %u counts the mean tells %u, with a seed of each export %u\n", counts,
	    same, others);
	assert_true(2 * others > counts);
	assert_true(3 * same < counts);
}

/* Someone knows all answers but one, and tries both. */
static unsigned
learned_by_trying(struct rounded_rig *rig, const char *published, bool knows_codes)
{
	unsigned learned = 0;
	uint64_t seed = rig->seed;
	if (!knows_codes)
		rounded_rig_new_codes(rig);
	for (uint32_t i = 0; i < 20; i++) {
		int8_t truly = rig->answer[i];
		if (truly != TRUTH_TRUE && truly != TRUTH_FALSE)
			continue;
		bool fits[2];
		for (unsigned k = 0; k < 2; k++) {
			rig->answer[i] = k == 0 ? TRUTH_FALSE : TRUTH_TRUE;
			rounded_rig_publish(rig, BASE, FREQUENCY);
			char *csv = rounded_rig_csv(&rig->tables);
			fits[k] = strcmp(csv, published) == 0;
			free(csv);
		}
		rig->answer[i] = truly;
		learned += fits[0] != fits[1];
	}
	rig->seed = seed;
	return learned;
}

static void
who_could_compute_the_thresholds_would_learn_of_single_units(void **state)
{
	(void)state;
	struct rounded_rig rig;
	rounded_rig_open(&rig, 31, 200, 6);
	rounded_rig_answer(&rig, 60);
	rounded_rig_publish(&rig, BASE, FREQUENCY);
	char *published = rounded_rig_csv(&rig.tables);
	unsigned known = learned_by_trying(&rig, published, true);
	unsigned secret = learned_by_trying(&rig, published, false);
	print_message("of 20 units the codes tell %u, without them %u\n", known, secret);
	assert_true(known > 0);
	assert_int_equal(secret, 0);
	free(published);
	rounded_rig_close(&rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(all_that_is_published_follows_from_the_rounded_counts),
	    cmocka_unit_test(no_count_is_further_from_the_true_one_than_is_said),
	    cmocka_unit_test(no_group_is_told_to_have_answered_or_met_as_a_whole),
	    cmocka_unit_test(sets_of_nearly_the_same_units_are_told_alike),
	    cmocka_unit_test(what_is_told_of_more_and_more_answers_hardly_ever_falls),
	    cmocka_unit_test(the_published_tables_add_up),
	    cmocka_unit_test(no_remainder_is_of_few_units),
	    cmocka_unit_test(wholes_of_two_populations_have_a_threshold_each),
	    cmocka_unit_test(with_a_seed_of_each_export_the_mean_of_many_tells_the_counts),
	    cmocka_unit_test(who_could_compute_the_thresholds_would_learn_of_single_units),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
