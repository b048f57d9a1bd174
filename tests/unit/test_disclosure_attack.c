/* SPDX-License-Identifier: Apache-2.0 */
/* Random registers are published, release after release, and attacked with all that a reader can
 * know. The argument is the number of registers; ./dev torture disclosure takes thousands. */
#include "tests/support/disclosure_attack.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/support/disclosure_greedy.h"
#include "tests/support/naive_rule.h"

static unsigned registers = 8;

struct tally {
	unsigned long secrets, narrow, broken, insiders, betrayed;
	unsigned long releases, held, safe, lost, greedy_lost;
};

/* Everything about one published register that the attack needs. */
struct siege {
	struct rig rig;
	struct attack *attack[2], *least[2]; /* [joined]; least: see attack_new */
	struct tally *tally;
	uint64_t seed; /* of the insiders */
};

/* A difference across families: only a reader who has joined them can form it. */
static bool
needs_joining(const struct rig *rig, struct rig_set set)
{
	if (set.minus < 0)
		return false;
	uint8_t one = rig->cell[set.cell].family, other = rig->cell[set.minus].family;
	return one != other && one != DISCLOSURE_COMMON && other != DISCLOSURE_COMMON;
}

/* The promise: a range of the frequency, or of all that the headlines and the past leave open. */
static bool
is_broken(struct siege *s, struct rig_set set, unsigned measure)
{
	bool joined = needs_joining(&s->rig, set);
	long got = whole_width(attack_range(s->attack[joined], set, measure));
	if (got >= s->rig.rules.frequency)
		return false;
	s->tally->narrow++;
	return got < whole_width(attack_range(s->least[joined], set, measure));
}

/* A unit outside uses what it knows of itself. */
static bool
is_betrayed(struct siege *s, int cell, unsigned measure)
{
	const struct rig_set set = {cell, -1};
	int unit = (int)random_below(&s->seed, s->rig.units);
	if (rig_stands_in(&s->rig, (size_t)unit, cell))
		return false;
	s->tally->insiders++;
	attack_as_insider(s->attack[0], unit);
	attack_as_insider(s->least[0], unit);
	bool learns = whole_width(attack_range(s->attack[0], set, measure)) == 0 &&
		      whole_width(attack_range(s->least[0], set, measure)) > 0;
	attack_as_insider(s->attack[0], -1);
	attack_as_insider(s->least[0], -1);
	return learns;
}

static void
attack_set(struct siege *s, struct rig_set set)
{
	uint32_t bits = rig_secrets(&s->rig, set);
	for (unsigned m = 0; m < s->rig.rules.measures; m++) {
		if ((bits >> m & 1) == 0)
			continue;
		s->tally->secrets++;
		s->tally->broken += is_broken(s, set, m);
		if (set.minus < 0 && s->rig.releases == 1)
			s->tally->betrayed += is_betrayed(s, set.cell, m);
	}
}

static void
attack_all(struct siege *s)
{
	for (size_t c = 0; c < s->rig.cells; c++)
		attack_set(s, (struct rig_set){(int)c, -1});
	for (size_t outer = 0; outer < s->rig.cells; outer++)
		for (size_t inner = 0; inner < s->rig.cells; inner++)
			if (rig_is_inside(&s->rig, inner, outer))
				attack_set(s, (struct rig_set){(int)outer, (int)inner});
}

static void
count_losses(struct siege *s)
{
	bool greedy[RIG_CELLS_MAX];
	unsigned last = s->rig.releases - 1;
	greedy_withhold(&s->rig, greedy);
	s->tally->releases += s->rig.releases;
	s->tally->held += s->rig.held;
	for (size_t c = 0; c < s->rig.cells; c++) {
		if (disclosure_units(s->rig.last, c, last) == 0 ||
		    rig_secrets(&s->rig, (struct rig_set){(int)c, -1}) != 0)
			continue;
		s->tally->safe++;
		s->tally->lost += !rig_shows(&s->rig, c, last);
		s->tally->greedy_lost += greedy[c];
	}
}

static void
besiege(uint64_t seed, unsigned releases, enum rig_care care, struct tally *tally)
{
	struct siege *s = test_calloc(1, sizeof(*s));
	s->tally = tally;
	s->seed = seed;
	rig_make(&s->rig, seed, releases);
	rig_publish(&s->rig, care);
	for (unsigned joined = 0; joined < 2; joined++) {
		s->attack[joined] = attack_new(&s->rig, joined != 0, false);
		s->least[joined] = attack_new(&s->rig, joined != 0, true);
	}
	attack_all(s);
	if (care == RIG_ALL_CARE)
		count_losses(s);
	for (unsigned joined = 0; joined < 2; joined++) {
		attack_free(s->attack[joined]);
		attack_free(s->least[joined]);
	}
	attack_end();
	rig_free(&s->rig);
	test_free(s);
}

static double
percent(unsigned long part, unsigned long whole)
{
	return whole == 0 ? 0 : 100.0 * (double)part / (double)whole;
}

static void
withstand(uint64_t first_seed, unsigned releases)
{
	struct tally t = {0};
	for (uint64_t seed = first_seed; seed < first_seed + registers; seed++)
		besiege(seed, releases, RIG_ALL_CARE, &t);
	print_message("%u registers of %u releases (%lu of %lu held): %lu secrets, %lu of them "
		      "narrow by nature; %lu insiders; safe cells withheld %.1f %% of %lu, by "
		      "the greedy method %.1f %%\n",
	    registers, releases, t.held, t.releases, t.secrets, t.narrow, t.insiders,
	    percent(t.lost, t.safe), t.safe, percent(t.greedy_lost, t.safe));
	assert_true(t.secrets > registers);
	assert_int_equal(t.broken, 0);
	assert_int_equal(t.betrayed, 0);
}

static void
no_secret_of_a_first_release_is_bounded_more_tightly_than_promised(void **state)
{
	(void)state;
	withstand(1000, 1);
}

static void
no_secret_of_a_later_release_is_bounded_more_tightly_than_promised(void **state)
{
	(void)state;
	withstand(2000, 2);
	withstand(3000, RIG_RELEASES_MAX);
}

/* Where one family alone was held, the tables of another told of it how many units took each
 * course. */
static void
a_release_that_is_held_tells_nothing_by_other_families(void **state)
{
	(void)state;
	struct tally t = {0};
	besiege(2839, 2, RIG_ALL_CARE, &t);
	assert_int_equal(t.broken, 0);
	assert_true(t.held > 0);
}

static void
without_secondary_suppression_the_attack_succeeds(void **state)
{
	(void)state;
	struct tally t = {0};
	for (uint64_t seed = 1000; seed < 1006; seed++)
		besiege(seed, 1, RIG_NOTHING_FOR_OTHERS, &t);
	print_message("%lu of %lu secrets learned\n", t.broken, t.secrets);
	assert_true(t.broken > 0);
}

static void
without_a_guard_against_differencing_the_attack_succeeds(void **state)
{
	(void)state;
	struct tally t = {0};
	for (uint64_t seed = 2000; seed < 2006; seed++)
		besiege(seed, 2, RIG_NO_MEMORY_OF_BEFORE, &t);
	print_message("%lu of %lu secrets learned\n", t.broken, t.secrets);
	assert_true(t.broken > 0);
}

int
main(int argc, char **argv)
{
	if (argc > 1)
		registers = (unsigned)strtoul(argv[1], NULL, 10);
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(no_secret_of_a_first_release_is_bounded_more_tightly_than_promised),
	    cmocka_unit_test(no_secret_of_a_later_release_is_bounded_more_tightly_than_promised),
	    cmocka_unit_test(a_release_that_is_held_tells_nothing_by_other_families),
	    cmocka_unit_test(without_secondary_suppression_the_attack_succeeds),
	    cmocka_unit_test(without_a_guard_against_differencing_the_attack_succeeds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
