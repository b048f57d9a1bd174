/* SPDX-License-Identifier: Apache-2.0 */
/* Public exports that withhold, of random registers, attacked through the files that are published,
 * vintage after vintage. The argument is the number of registers; ./dev torture disclosure takes
 * more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collector/export/release.h"
#include "tests/support/files_attack.h"
#include "tests/support/naive_rule.h"
#include "tests/support/withheld_rig.h"

#define FREQUENCY DISCLOSURE_FREQUENCY_PUBLIC
#define UNITS_MAX 256
#define SETS_MAX 60 /* attacked, of each register */

static unsigned registers = 1;

/* A set of units, and what the rules say of it and a goal, as rounded_rig_goal has it. */
struct target {
	struct files_set set;
	size_t goal;
	bool joined;
	bool is_secret[FILES_FIGURES];
	uint64_t units[UNITS_MAX / 64];
};

struct tally {
	unsigned sets, counts, narrow, broken;
	size_t shown, kept, withheld, held;
};

/* ------------------------------------------------------------------- what must be protected */

struct counted {
	long n, of[FILES_FIGURES];
};

static struct counted
count_set(const struct withheld_rig *rig, const struct target *t, unsigned vintage, size_t goal)
{
	struct counted c = {0};
	for (uint32_t i = 0; i < rig->of.units; i++) {
		uint64_t answer = rig->answer[vintage][i];
		enum truth truth =
		    rounded_rig_truth(&rig->of, i, rig->of.definition->goal[goal].indicator);
		if ((t->units[i / 64] >> i % 64 & 1) == 0)
			continue;
		c.n++;
		c.of[FILES_RESPONDED] += answer != 0;
		c.of[FILES_MET] += answer != 0 && truth == TRUTH_TRUE;
		c.of[FILES_NOT_MET] += answer != 0 && truth == TRUTH_FALSE;
	}
	return c;
}

static bool
was_shown(const struct withheld_rig *rig, unsigned population, size_t cell, unsigned vintage)
{
	return rig->decision[vintage][release_cell(
		   rig->of.definition, rig->of.cells, population, cell)] == RELEASE_SHOW;
}

/* Does the cell, and any that it is taken from, publish figures of the goal? Where all are answered
 * alike, any tells of it. */
static bool
tells(const struct withheld_rig *rig, const struct target *t, size_t goal)
{
	const struct definition *d = rig->of.definition;
	bool is_told[2] = {!rig->of.unrelated, !rig->of.unrelated || t->set.minus == SIZE_MAX};
	for (size_t g = 0; g < d->goals; g++) {
		if (rounded_rig_goal(&rig->of, d->goal[g].indicator) != goal)
			continue;
		is_told[0] |= d->goal[g].population == t->set.population &&
			      release_tells(d, rig->of.cells, g, t->set.cell);
		is_told[1] |= t->set.minus != SIZE_MAX &&
			      d->goal[g].population == t->set.minus_population &&
			      release_tells(d, rig->of.cells, g, t->set.minus);
	}
	return is_told[0] && is_told[1];
}

static long
most_moved(const struct withheld_rig *rig, const struct target *t, unsigned since)
{
	const struct definition *d = rig->of.definition;
	long most = 0;
	for (size_t g = 0; g < d->goals; g++) {
		if (rounded_rig_goal(&rig->of, d->goal[g].indicator) != g || !tells(rig, t, g))
			continue;
		struct counted now = count_set(rig, t, rig->vintages - 1, g);
		struct counted then = count_set(rig, t, since, g);
		for (unsigned f = 0; f < FILES_FIGURES; f++)
			most = labs(now.of[f] - then.of[f]) > most ? labs(now.of[f] - then.of[f])
								   : most;
	}
	return most;
}

/* Some figure moved since a vintage that showed both cells, and none by as much as the frequency.
 */
static bool
changed_little(const struct withheld_rig *rig, const struct target *t)
{
	for (unsigned v = 0; v + 1 < rig->vintages; v++) {
		if (!was_shown(rig, t->set.population, t->set.cell, v) ||
		    (t->set.minus != SIZE_MAX &&
			!was_shown(rig, t->set.minus_population, t->set.minus, v)))
			continue;
		long most = most_moved(rig, t, v);
		if (most > 0 && most < FREQUENCY)
			return true;
	}
	return false;
}

/* The rules (domain.md 2.7) once more. Whether there is anything to protect. */
static bool
judge(const struct withheld_rig *rig, struct target *t)
{
	struct counted c = count_set(rig, t, rig->vintages - 1, t->goal);
	bool is_headline = t->set.minus == SIZE_MAX && t->set.cell == 0;
	bool all = c.n < FREQUENCY ||
		   (c.of[FILES_RESPONDED] > 0 && c.of[FILES_RESPONDED] < FREQUENCY) ||
		   changed_little(rig, t);
	bool alike = c.of[FILES_MET] == 0 || c.of[FILES_MET] == c.n;
	t->is_secret[FILES_RESPONDED] = c.n > 0 && all;
	t->is_secret[FILES_MET] =
	    c.n > 0 && (all || (alike && !is_headline)) && tells(rig, t, t->goal);
	return t->is_secret[FILES_RESPONDED] || t->is_secret[FILES_MET];
}

/* ------------------------------------------------------------------- all sets there are */

static struct target
target_of(const struct withheld_rig *rig, size_t goal, struct files_set set)
{
	struct target t = {.set = set, .goal = goal, .joined = files_needs_joining(&rig->of, set)};
	for (uint32_t i = 0; i < rig->of.units; i++)
		if (files_set_has(&rig->of, set, i))
			t.units[i / 64] |= UINT64_C(1) << i % 64;
	return t;
}

static bool
is_inside(const struct target *inner, const struct target *outer)
{
	bool more = false;
	for (size_t i = 0; i < UNITS_MAX / 64; i++) {
		if ((inner->units[i] & ~outer->units[i]) != 0)
			return false;
		more |= inner->units[i] != outer->units[i];
	}
	return more;
}

static bool
is_among(const struct target *t, const struct target *some, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (some[i].joined == t->joined &&
		    memcmp(some[i].units, t->units, sizeof(t->units)) == 0 &&
		    memcmp(some[i].is_secret, t->is_secret, sizeof(t->is_secret)) == 0)
			return true;
	return false;
}

static void
note(const struct withheld_rig *rig, struct target *t, struct target *out, size_t *n)
{
	if (*n < 16 * SETS_MAX && judge(rig, t) && !is_among(t, out, *n))
		out[(*n)++] = *t;
}

/* Cells, and what is left of one without another inside it. Returns how many of `out`. */
static size_t
find_targets(const struct withheld_rig *rig, size_t goal, struct target *out)
{
	const struct definition *d = rig->of.definition;
	size_t cells = cells_count(rig->of.cells), all = 0, n = 0;
	struct target *cell = test_calloc(d->populations * cells, sizeof(*cell));
	for (unsigned p = 0; p < d->populations; p++)
		for (size_t c = 0; c < cells && release_told(d, p) != TOLD_NOTHING; c++) {
			if (c > 0 && release_told(d, p) == TOLD_WHOLE)
				break;
			cell[all] = target_of(rig, goal, (struct files_set){p, p, c, SIZE_MAX});
			if (count_set(rig, &cell[all], 0, goal).n > 0)
				note(rig, &cell[all++], out, &n);
		}
	for (size_t o = 0; o < all; o++)
		for (size_t i = 0; i < all; i++) {
			if (!is_inside(&cell[i], &cell[o]))
				continue;
			struct target t = target_of(rig, goal,
			    (struct files_set){cell[o].set.population, cell[i].set.population,
				cell[o].set.cell, cell[i].set.cell});
			note(rig, &t, out, &n);
		}
	test_free(cell);
	return n;
}

/* ------------------------------------------------------------------- the attack */

struct shape {
	unsigned vintages;
	bool unrelated;
	enum withheld_care care;
};

struct siege {
	const struct shape *shape;
	struct withheld_rig rig;
	struct files_series series;
	struct files_attack *attack[2], *least[2]; /* [joined] */
	struct target target[16 * SETS_MAX];
};

static long
width(const struct siege *s, struct files_attack *attack, const struct target *t, unsigned figure)
{
	return whole_width(
	    files_attack_range(attack, t->set, (enum files_figure)figure, s->rig.vintages - 1));
}

static void
tell_broken(const struct siege *s, const struct target *t, unsigned figure, long got, long open,
    struct tally *tally)
{
	const struct definition *d = s->rig.of.definition;
	const struct cell_info *cell = cells_info(s->rig.of.cells, t->set.cell);
	tally->broken++;
	if (s->shape->care != WITHHELD_ALL_CARE)
		return;
	print_message("%u units, %s, figure %u: %s %s", s->rig.of.units, d->goal[t->goal].code,
	    figure, d->population[t->set.population].code, cell->code);
	if (t->set.minus != SIZE_MAX)
		print_message(" without %s %s", d->population[t->set.minus_population].code,
		    cells_info(s->rig.of.cells, t->set.minus)->code);
	print_message("%s: a range of %ld, where there could be %ld; %ld units\n",
	    t->joined ? ", joined" : "", got, open,
	    count_set(&s->rig, t, s->rig.vintages - 1, t->goal).n);
}

/* The promise: a range of the frequency, or of all that the headlines and the past leave open. */
static void
attack_target(struct siege *s, const struct target *t, struct tally *tally)
{
	tally->sets++;
	for (unsigned f = 0; f < FILES_FIGURES; f++) {
		if (!t->is_secret[f])
			continue;
		tally->counts++;
		long got = width(s, s->attack[t->joined], t, f);
		if (got >= FREQUENCY)
			continue;
		long open = width(s, s->least[t->joined], t, f);
		tally->narrow++;
		if (got < open)
			tell_broken(s, t, f, got, open, tally);
	}
}

static void
open_siege(struct siege *s, const struct shape *shape, uint64_t seed)
{
	uint64_t random = seed;
	s->shape = shape;
	withheld_rig_open(&s->rig, seed, 60 + (uint32_t)random_below(&random, 100), 4);
	s->rig.of.unrelated = shape->unrelated;
	for (unsigned v = 0; v < shape->vintages; v++) {
		withheld_rig_answer(&s->rig, v == 0 ? 60 : 30);
		withheld_rig_publish(&s->rig, shape->care);
		s->series.csv[s->series.vintages++] = rounded_rig_csv(&s->rig.tables[v]);
	}
}

static void
close_siege(struct siege *s)
{
	files_attack_end();
	for (unsigned v = 0; v < s->rig.vintages; v++)
		free(s->series.csv[v]);
	withheld_rig_close(&s->rig);
	test_free(s);
}

static void
attack_goal(struct siege *s, size_t goal, struct tally *tally)
{
	size_t n = find_targets(&s->rig, goal, s->target);
	size_t step = n / SETS_MAX + 1;
	size_t aim = s->rig.of.unrelated ? goal : FILES_ANY_GOAL;
	for (int joined = 0; joined < 2; joined++) {
		s->attack[joined] =
		    files_attack_new(&s->rig.of, &s->series, joined != 0, aim, FILES_ALL);
		s->least[joined] =
		    files_attack_new(&s->rig.of, &s->series, joined != 0, aim, FILES_LEAST);
	}
	for (size_t i = 0; i < n; i += step)
		attack_target(s, &s->target[i], tally);
	for (int joined = 0; joined < 2; joined++) {
		files_attack_free(s->attack[joined]);
		files_attack_free(s->least[joined]);
	}
}

static void
besiege(const struct shape *shape, uint64_t seed, struct tally *tally)
{
	struct siege *s = test_calloc(1, sizeof(*s));
	open_siege(s, shape, seed);
	const struct definition *d = s->rig.of.definition;
	unsigned attacked = 0;
	const struct release_report *report = &s->rig.report[shape->vintages - 1];
	tally->shown += report->shown;
	tally->kept += report->kept;
	tally->withheld += report->withheld;
	tally->held += report->is_held;
	for (size_t g = 0; g < d->goals; g++)
		if (d->goal[g].headline && (shape->unrelated || !d->goal[g].named_list) &&
		    rounded_rig_goal(&s->rig.of, d->goal[g].indicator) == g &&
		    (shape->unrelated || attacked++ == 0))
			attack_goal(s, g, tally);
	close_siege(s);
}

static void
withstand(uint64_t first_seed, unsigned vintages, bool unrelated)
{
	struct tally t = {0};
	const struct shape shape = {vintages, unrelated, WITHHELD_ALL_CARE};
	for (uint64_t seed = first_seed; seed < first_seed + registers; seed++)
		besiege(&shape, seed, &t);
	print_message("%u registers, %u vintages: %u sets, %u counts, %u narrow by nature; last "
		      "vintages: %zu cells shown, %zu kept, %zu withheld, %zu held\n",
	    registers, vintages, t.sets, t.counts, t.narrow, t.shown, t.kept, t.withheld, t.held);
	assert_true(t.counts > 20 * registers && t.shown > 0);
	assert_int_equal(t.broken, 0);
}

static void
no_secret_is_bounded_more_tightly_by_a_first_export_than_promised(void **state)
{
	(void)state;
	withstand(7, 1, false);
}

static void
no_secret_is_bounded_more_tightly_by_several_exports_than_promised(void **state)
{
	(void)state;
	withstand(100, 2, false);
	withstand(200, 3, false);
}

static void
nor_by_who_holds_any_combination_of_answers_to_be_possible(void **state)
{
	(void)state;
	withstand(301, 1, true);
}

static void
less_care_leaves_holes(uint64_t first_seed, unsigned vintages, enum withheld_care care)
{
	struct tally t = {0};
	const struct shape shape = {vintages, false, care};
	for (uint64_t seed = first_seed; t.broken == 0 && seed < first_seed + 8; seed++)
		besiege(&shape, seed, &t);
	print_message("%u of %u counts learned\n", t.broken, t.counts);
	assert_true(t.broken > 0);
}

static void
files_without_secondary_suppression_tell_secrets(void **state)
{
	(void)state;
	less_care_leaves_holes(1, 1, WITHHELD_NOTHING_FOR_OTHERS);
}

static void
files_made_without_regard_to_earlier_ones_tell_secrets(void **state)
{
	(void)state;
	less_care_leaves_holes(504, 2, WITHHELD_NO_MEMORY_OF_BEFORE);
}

int
main(int argc, char **argv)
{
	if (argc > 1)
		registers = (unsigned)strtoul(argv[1], NULL, 10);
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(no_secret_is_bounded_more_tightly_by_a_first_export_than_promised),
	    cmocka_unit_test(no_secret_is_bounded_more_tightly_by_several_exports_than_promised),
	    cmocka_unit_test(nor_by_who_holds_any_combination_of_answers_to_be_possible),
	    cmocka_unit_test(files_without_secondary_suppression_tell_secrets),
	    cmocka_unit_test(files_made_without_regard_to_earlier_ones_tell_secrets),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
