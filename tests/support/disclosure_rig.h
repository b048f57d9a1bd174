/* SPDX-License-Identifier: Apache-2.0 */
/* Small random registers with the tables a province publishes of them, release after release, and
 * what a reader of all these tables can know. */
#ifndef KHAOSAT_TESTS_SUPPORT_DISCLOSURE_RIG_H
#define KHAOSAT_TESTS_SUPPORT_DISCLOSURE_RIG_H

#include "survey/disclosure.h"

#define RIG_CELLS_MAX 160
#define RIG_UNITS_MAX 400
#define RIG_RELEASES_MAX 4
#define RIG_FAMILIES 3

/* Measures of the rig, by number: without variants of the goal there are no CORE. Where there are
 * boards, two more follow, of a goal of theirs: met and not met. */
enum { RIG_RESPONDED, RIG_MET, RIG_NOT_MET, RIG_CORE, RIG_CORE_ONLY, RIG_MEASURES_MAX = 7 };
#define RIG_BIT(measure) (UINT32_C(1) << (measure))

struct rig_unit {
	uint16_t cell[40];
	size_t cells;
	uint32_t counted_as[RIG_RELEASES_MAX];
};

/* A line of a table: a cell and those it is the sum of. */
struct rig_line {
	uint16_t total, first, last;
};

struct rig {
	struct disclosure_rules rules; /* earlier: of the last release */
	struct disclosure_cell cell[RIG_CELLS_MAX];
	size_t cells;
	unsigned populations;
	unsigned boards_met; /* the measure; 0: there are no boards */
	struct rig_line line[64];
	size_t lines;
	struct rig_unit unit[RIG_UNITS_MAX];
	size_t units;
	unsigned releases;
	unsigned held;           /* releases that had headlines only */
	struct disclosure *last; /* the run of the last release */
};

/* What is done before a release is published. Each leaves a hole that the attack must find. */
enum rig_care {
	RIG_ALL_CARE,
	RIG_NOTHING_FOR_OTHERS, /* no secondary suppression */
	RIG_NO_MEMORY_OF_BEFORE /* each release as if it were the first */
};

void rig_make(struct rig *rig, uint64_t seed, unsigned releases);
/* Release after release; each one's cells become what the next must mind. */
void rig_publish(struct rig *rig, enum rig_care care);
void rig_free(struct rig *rig);

/* Is the cell shown with the figures of that release, this one included? */
bool rig_shows(const struct rig *rig, size_t cell, unsigned release);

/* The bits of all measures but those of boards. */
uint32_t rig_firm_measures(const struct rig *rig);
/* Does the cell publish that measure? */
bool rig_tells(const struct rig *rig, size_t cell, unsigned measure);

bool rig_stands_in(const struct rig *rig, size_t unit, int cell);

/* Units in `cell` and, unless it is -1, not in `minus`. */
struct rig_set {
	int cell, minus;
};

/* The bits of the set that the rules call secret in the last release: judged a second time, from
 * the units. */
uint32_t rig_secrets(const struct rig *rig, struct rig_set set);

/* Is the first cell strictly inside the second? */
bool rig_is_inside(const struct rig *rig, size_t inner, size_t outer);

#endif
