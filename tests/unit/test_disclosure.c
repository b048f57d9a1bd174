/* SPDX-License-Identifier: Apache-2.0 */
#include "survey/disclosure.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "survey/disclosure_magnitude.h"
#include "tests/support/disclosure_rig.h"

enum { RESPONDED = 1, MET = 2 };
enum { WHOLE, EAST, WEST, NORTH, CELLS };

static const struct disclosure_rules first_release = {
    .frequency = 5, .measures = 2, .responded = RESPONDED, .shares = MET};
static const struct disclosure_rules second_release = {
    .frequency = 5, .measures = 2, .responded = RESPONDED, .shares = MET, .earlier = 1};

enum { FIRST = 2, SECOND = 4 };
static const struct disclosure_rules two_goals = {.frequency = 5,
    .measures = 3,
    .responded = RESPONDED,
    .shares = FIRST | SECOND,
    .goal = {0, 1, 2}};

/* The whole and its three parts. */
static void
lay_out(struct disclosure_cell cell[CELLS], uint64_t shown)
{
	memset(cell, 0, CELLS * sizeof(*cell));
	cell[WHOLE].headline = true;
	for (unsigned c = 0; c < CELLS; c++) {
		cell[c].family = c == WHOLE ? DISCLOSURE_COMMON : 1;
		cell[c].table = c == WHOLE ? 0 : 1;
		cell[c].shown = shown;
	}
}

static struct disclosure *
new_release(const struct disclosure_rules *rules, uint64_t shown)
{
	struct disclosure_cell cell[CELLS];
	lay_out(cell, shown);
	const char *problem = "";
	struct disclosure *d = disclosure_new(rules, cell, CELLS, &problem);
	assert_non_null(d);
	assert_null(problem);
	return d;
}

static void
add(struct disclosure *d, uint16_t part, unsigned units, uint32_t before, uint32_t now)
{
	const uint16_t cell[] = {part, WHOLE};
	const uint32_t counted_as[] = {before, now};
	for (unsigned i = 0; i < units; i++)
		assert_int_equal(disclosure_add(d, cell, 2, counted_as), DISCLOSURE_OK);
}

/* In a first release only `now` counts. */
static void
add_now(struct disclosure *d, uint16_t part, unsigned met, unsigned not_met, unsigned silent)
{
	add(d, part, met, RESPONDED | MET, 0);
	add(d, part, not_met, RESPONDED, 0);
	add(d, part, silent, 0, 0);
}

static enum disclosure_action
action_of(const struct disclosure *d, size_t cell)
{
	return disclosure_of(d, cell).action;
}

static void
a_release_without_a_secret_is_shown_as_it_is(void **state)
{
	(void)state;
	struct disclosure *d = new_release(&first_release, 0);
	add_now(d, EAST, 6, 6, 3);
	add_now(d, WEST, 7, 9, 0);
	assert_int_equal(disclosure_run(d), DISCLOSURE_OK);
	assert_int_equal(action_of(d, WHOLE), DISCLOSURE_SHOW);
	assert_int_equal(action_of(d, EAST), DISCLOSURE_SHOW);
	assert_int_equal(action_of(d, WEST), DISCLOSURE_SHOW);
	assert_int_equal(action_of(d, NORTH), DISCLOSURE_EMPTY);
	assert_int_equal(disclosure_units(d, WHOLE, 0), 31);
	assert_int_equal(disclosure_count(d, WHOLE, 0, 1), 13);
	assert_int_equal(disclosure_count(d, EAST, 0, 0), 12);
	disclosure_free(d);
}

static void
a_cell_of_few_units_takes_another_with_it(void **state)
{
	(void)state;
	struct disclosure *d = new_release(&first_release, 0);
	add_now(d, EAST, 20, 20, 20);
	add_now(d, WEST, 10, 10, 10);
	add_now(d, NORTH, 1, 1, 1);
	assert_int_equal(disclosure_run(d), DISCLOSURE_OK);
	struct disclosure_decision north = disclosure_of(d, NORTH), west = disclosure_of(d, WEST);
	assert_int_equal(north.action, DISCLOSURE_WITHHOLD);
	assert_int_equal(north.reason, DISCLOSURE_FEW_UNITS);
	assert_int_equal(west.action, DISCLOSURE_WITHHOLD);
	assert_int_equal(west.reason, DISCLOSURE_FOR_OTHERS);
	assert_int_equal(action_of(d, EAST), DISCLOSURE_SHOW);
	assert_int_equal(disclosure_conf_status(&north), 'A');
	assert_int_equal(disclosure_conf_status(&west), 'C');
	disclosure_free(d);
}

/* In the west nobody met it; but what was met is told of the whole only. */
static void
a_measure_that_a_cell_does_not_publish_is_no_reason_to_withhold_it(void **state)
{
	(void)state;
	struct disclosure_cell cell[CELLS];
	for (int told = 0; told < 2; told++) {
		lay_out(cell, 0);
		cell[EAST].unpublished = cell[WEST].unpublished = told ? 0 : MET;
		struct disclosure *d = disclosure_new(&first_release, cell, CELLS, NULL);
		assert_non_null(d);
		add_now(d, EAST, 20, 20, 20);
		add_now(d, WEST, 0, 10, 10);
		assert_int_equal(disclosure_run(d), DISCLOSURE_OK);
		assert_int_equal(action_of(d, WEST), told ? DISCLOSURE_WITHHOLD : DISCLOSURE_SHOW);
		disclosure_free(d);
	}
}

/* Two of the large firms are in the zone, and one of them is silent. That both met the first goal
 * is possible: an answer comes from another large firm, where nobody met it, and the goal from a
 * small one, of which the second goal is told. */
static void
an_answer_and_what_it_says_may_come_from_different_units(void **state)
{
	(void)state;
	enum { ALL, SMALL, ZONE, OUTSIDE };
	const struct disclosure_cell cell[] = {{.headline = true, .unpublished = SECOND},
	    {.headline = true, .unpublished = FIRST},
	    {.family = 1, .table = 1, .unpublished = SECOND},
	    {.family = 1, .table = 1, .unpublished = SECOND}};
	static const uint16_t small[] = {ALL, SMALL, OUTSIDE}, large[] = {ALL, OUTSIDE},
			      in_zone[] = {ALL, ZONE};
	static const struct {
		const uint16_t *cell;
		size_t cells;
		unsigned units;
		uint32_t counted_as;
	} some[] = {{small, 3, 9, RESPONDED | FIRST | SECOND}, {small, 3, 9, RESPONDED | FIRST},
	    {small, 3, 9, RESPONDED | SECOND}, {small, 3, 9, 0}, {large, 2, 9, RESPONDED},
	    {large, 2, 9, 0}, {in_zone, 2, 1, RESPONDED}, {in_zone, 2, 1, 0}};
	struct disclosure *d = disclosure_new(&two_goals, cell, OUTSIDE + 1, NULL);
	assert_non_null(d);
	for (size_t i = 0; i < sizeof(some) / sizeof(some[0]); i++)
		for (unsigned k = 0; k < some[i].units; k++)
			assert_int_equal(
			    disclosure_add(d, some[i].cell, some[i].cells, &some[i].counted_as),
			    DISCLOSURE_OK);
	assert_int_equal(disclosure_run(d), DISCLOSURE_OK);
	assert_int_equal(action_of(d, ZONE), DISCLOSURE_WITHHOLD);
	assert_false(disclosure_of(d, ZONE).exposed);
	disclosure_free(d);
}

/* All who met the first goal met the second. One cell tells of the first, the other, of the small
 * firms of the same part, of the second: together, that no large firm of that part met any. */
static void
figures_of_two_goals_do_not_tell_who_knows_that_they_agree(void **state)
{
	(void)state;
	enum { ALL, SMALL, ALL_EAST, ALL_WEST, SMALL_EAST, SMALL_WEST, ALL_CELLS };
	const struct disclosure_cell cell[] = {{.headline = true, .unpublished = SECOND},
	    {.headline = true, .table = 2, .unpublished = FIRST},
	    {.family = 1, .table = 1, .unpublished = SECOND},
	    {.family = 1, .table = 1, .unpublished = SECOND},
	    {.family = 1, .table = 3, .unpublished = FIRST},
	    {.family = 1, .table = 3, .unpublished = FIRST}};
	static const struct {
		uint16_t cell[4];
		size_t cells;
		unsigned met, not_met, silent;
	} some[] = {{{ALL, ALL_EAST, SMALL, SMALL_EAST}, 4, 20, 20, 9},
	    {{ALL, ALL_WEST, SMALL, SMALL_WEST}, 4, 20, 20, 9}, {{ALL, ALL_EAST}, 2, 0, 6, 0},
	    {{ALL, ALL_WEST}, 2, 20, 20, 9}};
	struct disclosure *d = disclosure_new(&two_goals, cell, ALL_CELLS, NULL);
	assert_non_null(d);
	for (size_t i = 0; i < sizeof(some) / sizeof(some[0]); i++)
		for (unsigned k = 0; k < some[i].met + some[i].not_met + some[i].silent; k++) {
			const uint32_t counted_as = k < some[i].met ? RESPONDED | FIRST | SECOND
						    : k < some[i].met + some[i].not_met ? RESPONDED
											: 0;
			assert_int_equal(
			    disclosure_add(d, some[i].cell, some[i].cells, &counted_as),
			    DISCLOSURE_OK);
		}
	assert_int_equal(disclosure_run(d), DISCLOSURE_OK);
	assert_true(action_of(d, ALL_EAST) == DISCLOSURE_WITHHOLD ||
		    action_of(d, SMALL_EAST) == DISCLOSURE_WITHHOLD);
	assert_false(disclosure_of(d, SMALL_EAST).exposed);
	disclosure_free(d);
}

static void
nobody_reads_from_the_status_that_all_are_alike(void **state)
{
	(void)state;
	struct disclosure *d = new_release(&first_release, 0);
	add_now(d, EAST, 20, 20, 20);
	add_now(d, WEST, 10, 10, 10);
	add_now(d, NORTH, 12, 0, 0);
	assert_int_equal(disclosure_run(d), DISCLOSURE_OK);
	struct disclosure_decision north = disclosure_of(d, NORTH), west = disclosure_of(d, WEST);
	assert_int_equal(north.reason, DISCLOSURE_ALL_ALIKE);
	assert_int_equal(west.action, DISCLOSURE_WITHHOLD);
	assert_int_equal(disclosure_conf_status(&north), disclosure_conf_status(&west));
	disclosure_free(d);
}

static void
a_headline_may_be_all_alike_but_not_of_few(void **state)
{
	(void)state;
	struct disclosure *d = new_release(&first_release, 0);
	add_now(d, EAST, 20, 0, 0);
	assert_int_equal(disclosure_run(d), DISCLOSURE_OK);
	assert_int_equal(action_of(d, WHOLE), DISCLOSURE_SHOW);
	assert_int_equal(action_of(d, EAST), DISCLOSURE_WITHHOLD);
	disclosure_free(d);
	d = new_release(&first_release, 0);
	add_now(d, EAST, 2, 1, 1);
	assert_int_equal(disclosure_run(d), DISCLOSURE_OK);
	assert_int_equal(action_of(d, WHOLE), DISCLOSURE_WITHHOLD);
	assert_true(disclosure_is_held(d));
	disclosure_free(d);
}

static void
a_round_in_which_nobody_answered_shows_its_headline_only(void **state)
{
	(void)state;
	struct disclosure *d = new_release(&first_release, 0);
	add_now(d, EAST, 0, 0, 20);
	add_now(d, WEST, 0, 0, 30);
	assert_int_equal(disclosure_run(d), DISCLOSURE_OK);
	assert_int_equal(action_of(d, WHOLE), DISCLOSURE_SHOW);
	assert_int_equal(action_of(d, EAST), DISCLOSURE_WITHHOLD);
	assert_int_equal(action_of(d, WEST), DISCLOSURE_WITHHOLD);
	disclosure_free(d);
}

static void
a_register_without_units_is_empty(void **state)
{
	(void)state;
	struct disclosure *d = new_release(&first_release, 0);
	assert_int_equal(disclosure_run(d), DISCLOSURE_OK);
	for (size_t c = 0; c < CELLS; c++)
		assert_int_equal(action_of(d, c), DISCLOSURE_EMPTY);
	disclosure_free(d);
}

static void
a_cell_that_changed_by_few_is_kept_as_it_was(void **state)
{
	(void)state;
	struct disclosure *d = new_release(&second_release, 1);
	for (uint16_t part = EAST; part <= NORTH; part++) {
		add(d, part, 20, RESPONDED | MET, RESPONDED | MET);
		add(d, part, 20, RESPONDED, RESPONDED);
		add(d, part, 20, 0, 0);
	}
	add(d, EAST, 1, 0, RESPONDED | MET);
	add(d, WEST, 9, 0, RESPONDED | MET);
	add(d, WEST, 9, 0, RESPONDED);
	add(d, NORTH, 9, 0, RESPONDED | MET);
	add(d, NORTH, 9, 0, RESPONDED);
	assert_int_equal(disclosure_run(d), DISCLOSURE_OK);
	struct disclosure_decision east = disclosure_of(d, EAST);
	assert_int_equal(east.action, DISCLOSURE_KEEP);
	assert_int_equal(east.reason, DISCLOSURE_FEW_CHANGES);
	assert_int_equal(east.kept, 0);
	assert_int_equal(disclosure_count(d, EAST, 0, 1), 20);
	assert_int_equal(action_of(d, WHOLE), DISCLOSURE_SHOW);
	/* alone it could be subtracted from the whole */
	assert_true(
	    action_of(d, WEST) == DISCLOSURE_KEEP || action_of(d, NORTH) == DISCLOSURE_KEEP);
	disclosure_free(d);
}

static void
a_release_in_which_the_whole_changed_by_few_is_held(void **state)
{
	(void)state;
	struct disclosure *d = new_release(&second_release, 1);
	add(d, EAST, 20, RESPONDED | MET, RESPONDED | MET);
	add(d, EAST, 20, RESPONDED, RESPONDED);
	add(d, WEST, 2, 0, RESPONDED);
	add(d, WEST, 20, RESPONDED | MET, RESPONDED | MET);
	assert_int_equal(disclosure_run(d), DISCLOSURE_OK);
	assert_true(disclosure_is_held(d));
	for (size_t c = WHOLE; c <= WEST; c++)
		assert_int_equal(action_of(d, c), DISCLOSURE_KEEP);
	disclosure_free(d);
}

static void
a_unit_that_moved_counts_where_it_was_and_where_it_is(void **state)
{
	(void)state;
	struct disclosure *d = new_release(&second_release, 1);
	add(d, EAST, 20, RESPONDED | MET, RESPONDED | MET);
	add(d, EAST, 20, RESPONDED, RESPONDED);
	add(d, WEST, 20, RESPONDED, RESPONDED);
	add(d, WEST, 20, RESPONDED | MET, RESPONDED | MET);
	add(d, EAST, 1, RESPONDED | MET, DISCLOSURE_ABSENT);
	add(d, WEST, 1, DISCLOSURE_ABSENT, RESPONDED | MET);
	assert_int_equal(disclosure_run(d), DISCLOSURE_OK);
	assert_int_equal(disclosure_units(d, EAST, 0), 41);
	assert_int_equal(disclosure_units(d, EAST, 1), 40);
	assert_int_equal(disclosure_units(d, WEST, 1), 41);
	assert_int_equal(disclosure_units(d, WHOLE, 1), disclosure_units(d, WHOLE, 0));
	assert_int_equal(action_of(d, EAST), DISCLOSURE_KEEP);
	assert_int_equal(action_of(d, WEST), DISCLOSURE_KEEP);
	disclosure_free(d);
}

static struct disclosure *
run_in_order(const struct rig *rig, bool backwards)
{
	struct disclosure_rules rules = rig->rules;
	rules.earlier = 0;
	struct disclosure *d = disclosure_new(&rules, rig->cell, rig->cells, NULL);
	assert_non_null(d);
	for (size_t i = 0; i < rig->units; i++) {
		const struct rig_unit *u = &rig->unit[backwards ? rig->units - 1 - i : i];
		assert_int_equal(
		    disclosure_add(d, u->cell, u->cells, u->counted_as), DISCLOSURE_OK);
	}
	assert_int_equal(disclosure_run(d), DISCLOSURE_OK);
	return d;
}

static void
the_order_of_units_changes_nothing(void **state)
{
	(void)state;
	struct rig *rig = test_calloc(1, sizeof(*rig));
	for (uint64_t seed = 1; seed <= 20; seed++) {
		rig_make(rig, seed, 1);
		struct disclosure *one = run_in_order(rig, false), *other = run_in_order(rig, true);
		for (size_t c = 0; c < rig->cells; c++) {
			struct disclosure_decision a = disclosure_of(one, c);
			struct disclosure_decision b = disclosure_of(other, c);
			assert_int_equal(a.action, b.action);
			assert_int_equal(a.reason, b.reason);
			assert_int_equal(a.exposed, b.exposed);
		}
		disclosure_free(one);
		disclosure_free(other);
	}
	test_free(rig);
}

static void
assert_refused(const struct disclosure_rules *rules, const struct disclosure_cell *cell,
    size_t cells, const char *why)
{
	const char *problem = NULL;
	assert_null(disclosure_new(rules, cell, cells, &problem));
	assert_non_null(problem);
	assert_string_equal(problem, why);
}

static void
rules_and_cells_that_make_no_sense_are_refused(void **state)
{
	(void)state;
	struct disclosure_cell cell[CELLS];
	struct disclosure_rules rules = first_release;
	lay_out(cell, 0);
	rules.frequency = 2;
	assert_refused(&rules, cell, CELLS, "the minimum frequency is below the floor of 3");
	rules = first_release;
	rules.measures = 0;
	assert_refused(&rules, cell, CELLS, "there must be 1 to 31 measures");
	rules = first_release;
	rules.shares = 4;
	assert_refused(&rules, cell, CELLS, "a rule names a measure that is not there");
	rules = first_release;
	rules.earlier = 64;
	assert_refused(&rules, cell, CELLS, "too many earlier releases");
	assert_refused(&first_release, cell, 0, "there are no cells");
	cell[EAST].shown = 1;
	assert_refused(&first_release, cell, CELLS,
	    "a cell was shown in a release that is not an earlier one");
	lay_out(cell, 0);
	cell[EAST].table = DISCLOSURE_TABLES_MAX;
	assert_refused(&first_release, cell, CELLS, "a cell's table number is too large");
	lay_out(cell, 0);
	cell[EAST].family = DISCLOSURE_FAMILIES_MAX + 1;
	assert_refused(&first_release, cell, CELLS, "a cell's family number is too large");
	lay_out(cell, 1);
	cell[EAST].secret = true;
	assert_refused(
	    &second_release, cell, CELLS, "a secret set was shown in an earlier release");
}

static void
assert_bad_unit(const uint16_t *cell, size_t n, uint32_t now, const char *why)
{
	struct disclosure *d = new_release(&first_release, 0);
	assert_int_equal(disclosure_add(d, cell, n, &now), DISCLOSURE_BAD_INPUT);
	assert_string_equal(disclosure_problem(d), why);
	assert_int_equal(disclosure_run(d), DISCLOSURE_BAD_INPUT); /* never a part of the truth */
	disclosure_free(d);
}

static void
units_that_make_no_sense_are_refused(void **state)
{
	(void)state;
	const uint16_t none[] = {CELLS}, twice[] = {EAST, WHOLE, EAST}, one[] = {EAST};
	assert_bad_unit(none, 1, 0, "a unit counts in a cell that is not there");
	assert_bad_unit(twice, 3, 0, "a unit names a cell twice");
	assert_bad_unit(one, 0, 0, "a unit counts in no cell or in too many");
	assert_bad_unit(one, 1, 4, "a unit counts in a measure that is not there");
	struct disclosure *d = new_release(&first_release, 0);
	assert_int_equal(disclosure_run(d), DISCLOSURE_OK);
	uint32_t now = 0;
	assert_int_equal(disclosure_add(d, one, 1, &now), DISCLOSURE_BAD_INPUT);
	assert_int_equal(disclosure_run(d), DISCLOSURE_BAD_INPUT);
	disclosure_free(d);
}

static enum magnitude_verdict
verdict_on(const uint64_t *contribution, size_t n)
{
	const struct magnitude_rules rules = {5, 85, 10};
	struct magnitude m = {0, 0, 0, 0};
	for (size_t i = 0; i < n; i++)
		magnitude_add(&m, contribution[i]);
	return magnitude_judge(&m, &rules);
}

static void
a_sum_is_unsafe_when_one_or_two_make_most_of_it(void **state)
{
	(void)state;
	const uint64_t even[] = {10, 10, 10, 10, 10}, two[] = {43, 43, 5, 5, 4};
	const uint64_t at_85[] = {50, 35, 5, 5, 5}, p[] = {1000, 100, 33, 33, 33};
	const uint64_t zero[] = {0, 0, 0, 0, 0}, huge[] = {UINT64_MAX / 2, 1, 1, 1, 1};
	assert_int_equal(verdict_on(even, 5), MAGNITUDE_SAFE);
	assert_int_equal(verdict_on(even, 4), MAGNITUDE_FEW_UNITS);
	assert_int_equal(verdict_on(even, 0), MAGNITUDE_EMPTY);
	assert_int_equal(verdict_on(two, 5), MAGNITUDE_DOMINATED);
	assert_int_equal(verdict_on(at_85, 5), MAGNITUDE_SAFE);
	assert_int_equal(verdict_on(zero, 5), MAGNITUDE_SAFE);
	assert_int_equal(verdict_on(huge, 5), MAGNITUDE_DOMINATED);
	const struct magnitude_rules only_p = {3, 100, 10};
	struct magnitude m = {0, 0, 0, 0};
	for (size_t i = 0; i < 5; i++)
		magnitude_add(&m, p[i]);
	assert_int_equal(magnitude_judge(&m, &only_p), MAGNITUDE_P_PERCENT); /* 99 < 100 */
	magnitude_add(&m, 1);
	assert_int_equal(magnitude_judge(&m, &only_p), MAGNITUDE_SAFE);
	const struct magnitude impossible = {5, 10, 8, 9};
	assert_int_equal(magnitude_judge(&impossible, &only_p), MAGNITUDE_IMPOSSIBLE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_release_without_a_secret_is_shown_as_it_is),
	    cmocka_unit_test(a_cell_of_few_units_takes_another_with_it),
	    cmocka_unit_test(a_measure_that_a_cell_does_not_publish_is_no_reason_to_withhold_it),
	    cmocka_unit_test(an_answer_and_what_it_says_may_come_from_different_units),
	    cmocka_unit_test(figures_of_two_goals_do_not_tell_who_knows_that_they_agree),
	    cmocka_unit_test(nobody_reads_from_the_status_that_all_are_alike),
	    cmocka_unit_test(a_headline_may_be_all_alike_but_not_of_few),
	    cmocka_unit_test(a_round_in_which_nobody_answered_shows_its_headline_only),
	    cmocka_unit_test(a_register_without_units_is_empty),
	    cmocka_unit_test(a_cell_that_changed_by_few_is_kept_as_it_was),
	    cmocka_unit_test(a_release_in_which_the_whole_changed_by_few_is_held),
	    cmocka_unit_test(a_unit_that_moved_counts_where_it_was_and_where_it_is),
	    cmocka_unit_test(the_order_of_units_changes_nothing),
	    cmocka_unit_test(rules_and_cells_that_make_no_sense_are_refused),
	    cmocka_unit_test(units_that_make_no_sense_are_refused),
	    cmocka_unit_test(a_sum_is_unsafe_when_one_or_two_make_most_of_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
