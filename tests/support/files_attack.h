/* SPDX-License-Identifier: Apache-2.0 */
/* The attack through the files: a linear program over everything a reader can know. Its unknowns
 * are how many units of each place (the register is public) have each course of answers; every
 * count in each vintage's observations.csv is an equation, or where it is rounded an inequality.
 * Reads the files as they are written; all else in an export follows from them
 * (test_export_follows.c). */
#ifndef KHAOSAT_TESTS_SUPPORT_FILES_ATTACK_H
#define KHAOSAT_TESTS_SUPPORT_FILES_ATTACK_H

#include "tests/support/optimum.h"
#include "tests/support/rounded_rig.h"

#define FILES_VINTAGES_MAX 6

enum files_figure { FILES_RESPONDED, FILES_MET, FILES_NOT_MET, FILES_FIGURES };

/* What is taken from the files. */
enum files_taken {
	FILES_ALL,
	FILES_LEAST, /* of the last vintage the figures of wholes only */
	FILES_WHOLES /* of all vintages */
};

struct files_attack; /* opaque; borrows the rig, of which it looks at the register only */

/* All goals are answered alike: the reader knows that, and takes the figures of any. */
#define FILES_ANY_GOAL SIZE_MAX

struct files_series {
	unsigned vintages;
	char *csv[FILES_VINTAGES_MAX];
	unsigned within[FILES_VINTAGES_MAX]; /* as each manifest says: 0 where counts are exact */
	/* Where counts are rounded, the base and what is true: the reader knows that a whole has
	 * one threshold in all tables and vintages, and is told which wholes were rounded by it
	 * alone, which is more than the method says. 0: he is not. */
	unsigned base;
	struct counters *counters[FILES_VINTAGES_MAX];
};

/* `joined`: the reader knows which units stand in which commune and at once in which other cells;
 * else either by itself. `goal`: the one aimed at. Of exact counts, as rounded_rig_goal has it, by
 * who holds goals to be unrelated, or FILES_ANY_GOAL; of rounded ones any, and all of the same
 * indicator are taken. */
struct files_attack *files_attack_new(const struct rounded_rig *rig,
    const struct files_series *series, bool joined, size_t goal, enum files_taken taken);
void files_attack_free(struct files_attack *attack);
void files_attack_end(void); /* after the last: what the solver itself holds */

/* Members of the population in `cell` and, unless it is SIZE_MAX, not in `minus`, which may be a
 * cell of another population. */
struct files_set {
	unsigned population, minus_population;
	size_t cell, minus;
};

/* What the set's count can be in a vintage. */
struct whole_range files_attack_range(
    struct files_attack *attack, struct files_set set, enum files_figure figure, unsigned vintage);
/* And by how much it can have grown since the one before. */
struct whole_range files_attack_change(
    struct files_attack *attack, struct files_set set, enum files_figure figure, unsigned vintage);

bool files_set_has(const struct rounded_rig *rig, struct files_set set, uint32_t unit);
uint32_t files_set_size(const struct rounded_rig *rig, struct files_set set);
/* A difference between a commune and other cells: only a reader who has joined them can form it. */
bool files_needs_joining(const struct rounded_rig *rig, struct files_set set);

#endif
