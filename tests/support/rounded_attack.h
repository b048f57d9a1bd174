/* SPDX-License-Identifier: Apache-2.0 */
/* The attack on rounded exports: a linear program over everything a reader can know. Its unknowns
 * are how many units of each place (the register is public) have each course of answers; every
 * count in each vintage's observations.csv is an inequality. Reads the files as they are written.
 */
#ifndef KHAOSAT_TESTS_SUPPORT_ROUNDED_ATTACK_H
#define KHAOSAT_TESTS_SUPPORT_ROUNDED_ATTACK_H

#include "tests/support/rounded_rig.h"

#define ROUNDED_VINTAGES_MAX 6

enum rounded_figure { ROUNDED_RESPONDED, ROUNDED_MET, ROUNDED_NOT_MET, ROUNDED_FIGURES };

struct rounded_attack; /* opaque; borrows the rig, of which it looks at the register only */

/* `within` as the manifest says; `whole_only`: as if the files told of the whole alone. */
struct rounded_attack *rounded_attack_new(const struct rounded_rig *rig, char *const *csv,
    const unsigned *within, unsigned vintages, bool whole_only);
void rounded_attack_free(struct rounded_attack *attack);
void rounded_attack_end(void); /* after the last: what the solver itself holds */

/* Members of the population in `cell` and, unless it is SIZE_MAX, not in `minus`, which may be a
 * cell of another population. */
struct rounded_set {
	unsigned population, minus_population;
	size_t cell, minus;
};

struct rounded_range {
	double low, high;
};

/* What the set's count can be in the last vintage. */
struct rounded_range rounded_attack_range(
    struct rounded_attack *attack, struct rounded_set set, enum rounded_figure figure);

bool rounded_set_has(const struct rounded_rig *rig, struct rounded_set set, uint32_t unit);

#endif
