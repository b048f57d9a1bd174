/* SPDX-License-Identifier: Apache-2.0 */
/* Public exports that withhold, of random registers, attacked through the files that are published,
 * vintage after vintage. The argument is the number of registers; ./dev torture disclosure takes
 * more. */
#include <math.h>
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
static const double hair = 1e-6;

/* A set of units, and what the rules say of it. */
struct target {
	struct files_set set;
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
count_set(const struct withheld_rig *rig, const struct target *t, unsigned vintage)
{
	struct counted c = {0};
	for (uint32_t i = 0; i < rig->of.units; i++) {
		uint64_t answer = rig->answer[vintage][i];
		enum truth truth = (enum truth)(answer >> 1 & 3); /* all are alike */
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

/* Some figure moved since a vintage that showed both cells, and none by as much as the frequency.
 */
static bool
changed_little(const struct withheld_rig *rig, const struct target *t)
{
	unsigned last = rig->vintages - 1;
	struct counted now = count_set(rig, t, last);
	for (unsigned v = 0; v < last; v++) {
		if (!was_shown(rig, t->set.population, t->set.cell, v) ||
		    (t->set.minus != SIZE_MAX &&
			!was_shown(rig, t->set.minus_population, t->set.minus, v)))
			continue;
		struct counted then = count_set(rig, t, v);
		long most = 0;
		for (unsigned f = 0; f < FILES_FIGURES; f++)
			most = labs(now.of[f] - then.of[f]) > most ? labs(now.of[f] - then.of[f])
								   : most;
		if (most > 0 && most < FREQUENCY)
			return true;
	}
	return false;
}

/* The rules (domain.md 2.7) once more. Whether there is anything to protect. */
static bool
judge(const struct withheld_rig *rig, struct target *t)
{
	struct counted c = count_set(rig, t, rig->vintages - 1);
	bool is_headline = t->set.minus == SIZE_MAX && t->set.cell == 0;
	bool all = c.n < FREQUENCY ||
		   (c.of[FILES_RESPONDED] > 0 && c.of[FILES_RESPONDED] < FREQUENCY) ||
		   changed_little(rig, t);
	bool alike = c.of[FILES_MET] == 0 || c.of[FILES_MET] == c.n;
	t->is_secret[FILES_RESPONDED] = c.n > 0 && all;
	t->is_secret[FILES_MET] = c.n > 0 && (all || (alike && !is_headline));
	return t->is_secret[FILES_RESPONDED] || t->is_secret[FILES_MET];
}

/* ------------------------------------------------------------------- all sets there are */

static struct target
target_of(const struct withheld_rig *rig, struct files_set set)
{
	struct target t = {.set = set, .joined = files_needs_joining(&rig->of, set)};
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
find_targets(const struct withheld_rig *rig, struct target *out)
{
	const struct definition *d = rig->of.definition;
	size_t cells = cells_count(rig->of.cells), all = 0, n = 0;
	struct target *cell = test_calloc(d->populations * cells, sizeof(*cell));
	for (unsigned p = 0; p < d->populations; p++)
		for (size_t c = 0; c < cells && release_told(d, p) != TOLD_NOTHING; c++) {
			if (c > 0 && release_told(d, p) == TOLD_WHOLE)
				break;
			cell[all] = target_of(rig, (struct files_set){p, p, c, SIZE_MAX});
			if (count_set(rig, &cell[all], 0).n > 0)
				note(rig, &cell[all++], out, &n);
		}
	for (size_t o = 0; o < all; o++)
		for (size_t i = 0; i < all; i++) {
			if (!is_inside(&cell[i], &cell[o]))
				continue;
			struct target t = target_of(
			    rig, (struct files_set){cell[o].set.population, cell[i].set.population,
				     cell[o].set.cell, cell[i].set.cell});
			note(rig, &t, out, &n);
		}
	test_free(cell);
	return n;
}

/* ------------------------------------------------------------------- the attack */

struct siege {
	struct withheld_rig rig;
	char *csv[WITHHELD_VINTAGES_MAX];
	struct files_attack *attack[2], *least[2]; /* [joined] */
	struct target target[16 * SETS_MAX];
};

static double
width(struct files_attack *attack, const struct target *t, enum files_figure figure)
{
	struct files_range range = files_attack_range(attack, t->set, figure);
	return range.high - range.low;
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
		double got = width(s->attack[t->joined], t, (enum files_figure)f);
		if (got >= FREQUENCY - hair)
			continue;
		double open = floor(width(s->least[t->joined], t, (enum files_figure)f) + hair);
		tally->narrow++;
		tally->broken += got < fmin(open, FREQUENCY) - hair;
	}
}

static void
open_siege(struct siege *s, uint64_t seed, unsigned vintages, enum withheld_care care)
{
	static const unsigned exact[WITHHELD_VINTAGES_MAX] = {0};
	uint64_t shape = seed;
	withheld_rig_open(&s->rig, seed, 60 + (uint32_t)random_below(&shape, 100), 4);
	for (unsigned v = 0; v < vintages; v++) {
		withheld_rig_answer(&s->rig, v == 0 ? 60 : 30);
		withheld_rig_publish(&s->rig, care);
		s->csv[v] = rounded_rig_csv(&s->rig.tables[v]);
	}
	for (int joined = 0; joined < 2; joined++) {
		s->attack[joined] =
		    files_attack_new(&s->rig.of, s->csv, exact, vintages, joined != 0, FILES_ALL);
		s->least[joined] =
		    files_attack_new(&s->rig.of, s->csv, exact, vintages, joined != 0, FILES_LEAST);
	}
}

static void
close_siege(struct siege *s)
{
	for (int joined = 0; joined < 2; joined++) {
		files_attack_free(s->attack[joined]);
		files_attack_free(s->least[joined]);
	}
	files_attack_end();
	for (unsigned v = 0; v < s->rig.vintages; v++)
		free(s->csv[v]);
	withheld_rig_close(&s->rig);
	test_free(s);
}

static void
besiege(uint64_t seed, unsigned vintages, enum withheld_care care, struct tally *tally)
{
	struct siege *s = test_calloc(1, sizeof(*s));
	open_siege(s, seed, vintages, care);
	const struct release_report *report = &s->rig.report[vintages - 1];
	tally->shown += report->shown;
	tally->kept += report->kept;
	tally->withheld += report->withheld;
	tally->held += report->is_held;
	size_t n = find_targets(&s->rig, s->target);
	size_t step = n / SETS_MAX + 1;
	for (size_t i = 0; i < n; i += step)
		attack_target(s, &s->target[i], tally);
	close_siege(s);
}

static void
withstand(uint64_t first_seed, unsigned vintages)
{
	struct tally t = {0};
	for (uint64_t seed = first_seed; seed < first_seed + registers; seed++)
		besiege(seed, vintages, WITHHELD_ALL_CARE, &t);
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
	withstand(1, 1);
}

static void
no_secret_is_bounded_more_tightly_by_several_exports_than_promised(void **state)
{
	(void)state;
	withstand(100, 2);
	withstand(200, 3);
}

static void
less_care_leaves_holes(uint64_t first_seed, unsigned vintages, enum withheld_care care)
{
	struct tally t = {0};
	for (uint64_t seed = first_seed; t.broken == 0 && seed < first_seed + 8; seed++)
		besiege(seed, vintages, care, &t);
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
	less_care_leaves_holes(100, 2, WITHHELD_NO_MEMORY_OF_BEFORE);
}

int
main(int argc, char **argv)
{
	if (argc > 1)
		registers = (unsigned)strtoul(argv[1], NULL, 10);
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(no_secret_is_bounded_more_tightly_by_a_first_export_than_promised),
	    cmocka_unit_test(no_secret_is_bounded_more_tightly_by_several_exports_than_promised),
	    cmocka_unit_test(files_without_secondary_suppression_tell_secrets),
	    cmocka_unit_test(files_made_without_regard_to_earlier_ones_tell_secrets),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
