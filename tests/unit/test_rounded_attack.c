/* SPDX-License-Identifier: Apache-2.0 */
/* Rounded exports of random registers, attacked through the files that are published. The argument
 * is the number of registers; ./dev torture disclosure takes more. */
#include "tests/support/files_attack.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "collector/export/release.h"
#include "tests/support/naive_rule.h"

#define BASE 5
#define FREQUENCY 5

/* Goals of the survey that ships. */
enum { BOARDS_DONE = 0, STRICT = 2, IN_ZONES = 14 };

static unsigned registers = 1;

struct tally {
	unsigned vintages, counts, narrow, open, broken;
	long least; /* of all ranges */
};

struct siege {
	struct rounded_rig rig;
	struct files_series series;
	struct files_attack *attack, *whole;
	struct tally *tally;
	uint64_t lot; /* of counts, of which one in so many is attacked */
	unsigned every;
};

/* What one vintage, or the step to it from the one before, leaves open of a set's count. */
struct aim {
	struct files_set set;
	enum files_figure figure;
	unsigned vintage;
	bool step;
};

static long
open_to(struct files_attack *attack, const struct aim *aim)
{
	return whole_width((aim->step ? files_attack_change : files_attack_range)(
	    attack, aim->set, aim->figure, aim->vintage));
}

/* The promise: of each count as many values as the base less one stay possible, or all that the
 * figures of the wholes leave open. */
static void
attack_count(struct siege *s, const struct aim *aim)
{
	struct tally *t = s->tally;
	if (random_below(&s->lot, s->every) != 0)
		return;
	long got = open_to(s->attack, aim);
	t->counts++;
	if (got >= BASE - 1)
		return;
	long open = open_to(s->whole, aim);
	t->open += got == open;
	t->narrow += got < open;
	t->broken += got < open && got < BASE - 2;
	if (got < open && got < t->least)
		t->least = got;
}

/* In each vintage, and what came since the one before. */
static void
attack_set(struct siege *s, struct files_set set)
{
	if (files_set_size(&s->rig, set) == 0)
		return;
	for (enum files_figure f = 0; f < FILES_FIGURES; f++)
		for (unsigned v = 0; v < s->series.vintages; v++) {
			attack_count(s, &(struct aim){set, f, v, false});
			if (v > 0)
				attack_count(s, &(struct aim){set, f, v, true});
		}
}

/* Every cell of every population, shown or not; what is left of one of firms without those in
 * zones; and of boards without a cell of firms, or the other way round. */
static void
attack_cell(struct siege *s, unsigned population, size_t cell, size_t goal)
{
	const struct definition *d = s->rig.definition;
	unsigned all = d->goal[STRICT].population, boards = d->goal[BOARDS_DONE].population;
	const struct files_set itself = {population, population, cell, SIZE_MAX};
	const struct files_set less_zones = {all, d->goal[IN_ZONES].population, cell, cell};
	const struct files_set less_cell = {boards, all, 0, cell};
	const struct files_set less_boards = {all, boards, cell, 0};
	if (goal == STRICT || population == boards)
		attack_set(s, itself);
	if (goal == STRICT && population == all)
		attack_set(s, less_zones);
	if (population == boards) {
		attack_set(s, less_cell);
		attack_set(s, less_boards);
	}
}

static void
attack_goal(struct siege *s, size_t goal)
{
	const struct definition *d = s->rig.definition;
	s->attack = files_attack_new(&s->rig, &s->series, true, goal, FILES_ALL);
	s->whole = files_attack_new(&s->rig, &s->series, true, goal, FILES_WHOLES);
	for (unsigned p = 0; p < d->populations; p++)
		for (size_t c = 0; c < cells_count(s->rig.cells); c++)
			if (release_told(d, p) != TOLD_NOTHING)
				attack_cell(s, p, c, goal);
	files_attack_free(s->attack);
	files_attack_free(s->whole);
}

/* A vintage has nothing new before so many have answered (run_figures.c). False: they do not. */
static bool
answer_enough(struct rounded_rig *rig, unsigned percent)
{
	for (unsigned answers = 0, tries = 0; tries < 40; tries++) {
		for (uint32_t i = 0; i < rig->units; i++)
			answers -= rig->answer[i] != ROUNDED_RIG_SILENT;
		rounded_rig_answer(rig, percent);
		for (uint32_t i = 0; i < rig->units; i++)
			answers += rig->answer[i] != ROUNDED_RIG_SILENT;
		if (answers >= FREQUENCY)
			return true;
	}
	return false;
}

static void
publish(struct siege *s, unsigned vintages)
{
	struct files_series *series = &s->series;
	series->base = BASE;
	while (series->vintages < vintages && answer_enough(&s->rig, vintages > 2 ? 15 : 40)) {
		unsigned v = series->vintages++;
		rounded_rig_publish(&s->rig, BASE, FREQUENCY);
		series->csv[v] = rounded_rig_csv(&s->rig.tables);
		series->within[v] = s->rig.tables.within;
		series->counters[v] = rounded_rig_count(&s->rig);
	}
	s->tally->vintages += series->vintages;
}

struct shape {
	uint32_t units;
	unsigned vintages, every;
	bool forgets; /* each vintage is made as if it were the first */
};

static void
besiege(const struct shape *shape, uint64_t seed, struct tally *t)
{
	struct siege *s = test_calloc(1, sizeof(*s));
	s->tally = t;
	s->lot = seed;
	s->every = shape->every;
	rounded_rig_open(&s->rig, seed, shape->units, 4);
	s->rig.is_series = !shape->forgets;
	publish(s, shape->vintages);
	attack_goal(s, STRICT);
	attack_goal(s, BOARDS_DONE);
	files_attack_end();
	for (unsigned v = 0; v < s->series.vintages; v++) {
		free(s->series.csv[v]);
		counters_free(s->series.counters[v]);
	}
	rounded_rig_close(&s->rig);
	test_free(s);
}

static void
withstand(uint64_t first_seed, const struct shape *shape)
{
	struct tally t = {.least = BASE};
	for (uint64_t seed = first_seed; seed < first_seed + registers; seed++)
		besiege(shape, seed, &t);
	print_message("%u registers of %u units, %u vintages in all: %u counts; %u with a range "
		      "below %d, the least %ld, %u broken; %u open no further\n",
	    registers, (unsigned)shape->units, t.vintages, t.counts, t.narrow, BASE - 1, t.least,
	    t.broken, t.open);
	assert_true(t.counts > 100);
	assert_int_equal(t.broken, 0);
}

static void
no_count_is_bounded_more_tightly_than_promised(void **state)
{
	(void)state;
	withstand(100, &(struct shape){60, 1, 2, false});
	withstand(1005, &(struct shape){40, 1, 2, false});
}

static void
not_by_a_series_of_vintages_either(void **state)
{
	(void)state;
	withstand(200, &(struct shape){40, 2, 10, false});
	withstand(6002, &(struct shape){40, 3, 20, false});
	withstand(400, &(struct shape){40, FILES_VINTAGES_MAX, 160, false});
}

static void
made_without_regard_to_earlier_ones_they_tell_more(void **state)
{
	(void)state;
	struct tally t = {.least = BASE};
	besiege(&(struct shape){40, 3, 20, true}, 6002, &t);
	print_message("%u of %u counts told\n", t.broken, t.counts);
	assert_true(t.broken > 0);
}

int
main(int argc, char **argv)
{
	if (argc > 1)
		registers = (unsigned)strtoul(argv[1], NULL, 10);
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(no_count_is_bounded_more_tightly_than_promised),
	    cmocka_unit_test(not_by_a_series_of_vintages_either),
	    cmocka_unit_test(made_without_regard_to_earlier_ones_they_tell_more),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
