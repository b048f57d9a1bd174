/* SPDX-License-Identifier: Apache-2.0 */
/* Since when verdicts are what they are, against a second reckoning: the log is folded up anew to
 * each of its entries. */
#include "collector/certainty.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/state_rig.h"

#define UNITS 18u /* few: their verdicts change often */
#define ROUNDS 2

static struct state_rig rig;

static int
set_up(void **state)
{
	unsigned seed = 77;
	(void)state;
	state_rig_make(&rig);
	state_rig_two_rounds(&rig, UNITS);
	state_rig_live(&rig, UNITS, 160, &seed);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	state_rig_free(&rig);
	return 0;
}

static const struct round *
round_named(const struct fold *fold, const char *name)
{
	const struct round *round = fold_round_named(fold, name);
	return round == NULL || round->columns == NULL ? NULL : round;
}

/* The verdicts of a round when the log ended at that entry. Returns how many; 0: no register. */
static size_t
verdicts_at(uint64_t entry, const char *name, enum verdict out[GOALS_MAX])
{
	struct fold fold = {0};
	const struct fold_reading how = {.store = rig.store, .trusted = true};
	size_t goals = 0;
	assert_int_equal(fold_log(&fold, &how, entry), FOLD_OK);
	struct round *round = (struct round *)(uintptr_t)round_named(&fold, name);
	if (round != NULL) {
		const struct definition *d = round->view.definition;
		assert_true(round_fill_counters(round));
		for (goals = 0; goals < d->goals; goals++) {
			struct rate_counts counts;
			counters_rate(round->counters, 0, goals, &counts);
			out[goals] = rate_verdict(
			    (struct threshold){d->goal[goals].threshold_pct, d->goal[goals].strict},
			    &counts);
		}
	}
	fold_clear(&fold);
	return goals;
}

static bool
note_time(void *context, uint64_t number, const uint8_t *bytes, size_t n)
{
	struct entry e;
	(void)number;
	assert_true(entry_decode(bytes, n, false, &e));
	*(int64_t *)context = e.time_ms;
	return false;
}

static int64_t
time_of(uint64_t entry)
{
	int64_t time_ms = 0;
	if (entry > 0)
		assert_int_equal(
		    store_read(rig.store, entry, entry, note_time, &time_ms), STORE_OK);
	return time_ms;
}

/* As many verdicts changed, in all. */
static unsigned
check_round(const char *name, size_t index, uint64_t to)
{
	struct certainty expected[GOALS_MAX] = {{0}};
	enum verdict now[GOALS_MAX];
	unsigned changes = 0;
	size_t goals = 0;
	for (uint64_t entry = 1; entry <= to; entry++) {
		bool is_first = goals == 0;
		goals = verdicts_at(entry, name, now);
		for (size_t g = 0; g < goals; g++) {
			if (!is_first && now[g] == expected[g].verdict)
				continue;
			expected[g] = (struct certainty){now[g], is_first ? 0 : entry, 0};
			changes += !is_first;
		}
	}
	struct certainty_table table = {0};
	assert_int_equal(certainty_find(rig.store, to, &table), FOLD_OK);
	assert_int_equal(table.last, to);
	if (index >= table.rounds)
		assert_int_equal(goals, 0);
	for (size_t g = 0; g < goals; g++) {
		const struct certainty *c = &table.round[index].goal[g];
		assert_int_equal(table.round[index].goals, goals);
		assert_int_equal(c->verdict, expected[g].verdict);
		assert_int_equal(c->since, expected[g].since);
		assert_int_equal(c->since_ms, time_of(expected[g].since));
	}
	certainty_clear(&table);
	return changes;
}

static void
each_verdict_is_certain_from_the_entry_on_that_made_it_so(void **state)
{
	(void)state;
	uint64_t last = state_last(rig.state);
	assert_true(check_round("one", 0, last) + check_round("two", 1, last) > 3);
}

static void
what_is_found_up_to_an_entry_knows_of_none_behind_it(void **state)
{
	(void)state;
	uint64_t last = state_last(rig.state);
	check_round("one", 0, last / 2);
	check_round("two", 1, last / 2);
	check_round("one", 0, last / 4);
	check_round("one", 0, 3);
}

static void
a_table_is_made_anew_and_is_empty_where_the_log_cannot_be_read(void **state)
{
	(void)state;
	struct certainty_table table = {0};
	uint64_t last = state_last(rig.state);
	assert_int_equal(certainty_find(rig.store, last, &table), FOLD_OK);
	assert_int_equal(table.rounds, ROUNDS);
	assert_int_equal(certainty_find(rig.store, last + 1, &table), FOLD_STORE);
	assert_null(table.round);
	assert_int_equal(table.last, 0);
	assert_int_equal(certainty_find(rig.store, last, &table), FOLD_OK);
	assert_int_equal(table.last, last);
	certainty_clear(&table);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_verdict_is_certain_from_the_entry_on_that_made_it_so),
	    cmocka_unit_test(what_is_found_up_to_an_entry_knows_of_none_behind_it),
	    cmocka_unit_test(a_table_is_made_anew_and_is_empty_where_the_log_cannot_be_read),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
