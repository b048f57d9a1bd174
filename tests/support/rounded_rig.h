/* SPDX-License-Identifier: Apache-2.0 */
/* Rounded public exports of the survey that ships over a made-up register, vintage after vintage,
 * as the product lays them out and writes them, without a collector, a log or a disk. Aborts where
 * memory is out. */
#ifndef KHAOSAT_TESTS_SUPPORT_ROUNDED_RIG_H
#define KHAOSAT_TESTS_SUPPORT_ROUNDED_RIG_H

#include "collector/columns.h"
#include "collector/counters.h"
#include "collector/export/rounded.h"
#include "collector/export/tables.h"
#include "collector/fold.h"

#define ROUNDED_RIG_UNITS_MAX 4000

/* What a unit has answered to every indicator alike: silent, or a truth. */
#define ROUNDED_RIG_SILENT (-1)

struct rounded_rig {
	struct definition *definition;
	struct cells *cells;
	struct columns *columns;
	uint32_t units;
	int8_t answer[ROUNDED_RIG_UNITS_MAX];
	uint8_t goal_of[INDICATORS_MAX]; /* see rounded_rig_goal */
	bool unrelated; /* goals are answered each by itself, variants of one alike */
	bool is_series; /* each publication goes on from the one before */
	uint64_t seed;
	unsigned met; /* in percent */
	struct counters *counters;
	struct rounded rounded;
	struct tables tables;
};

/* `codes`: of each list only so many are used. Three registers of four have two management boards
 * and some infrastructure investors. */
void rounded_rig_open(struct rounded_rig *rig, uint64_t seed, uint32_t units, unsigned codes);
void rounded_rig_close(struct rounded_rig *rig);
/* So many percent of the silent answer, and stay with it. */
void rounded_rig_answer(struct rounded_rig *rig, unsigned percent);
/* What a unit that has answered is by an indicator. */
enum truth rounded_rig_truth(const struct rounded_rig *rig, uint32_t unit, size_t indicator);
/* The first goal of the group that the indicator is first of. */
static inline size_t
rounded_rig_goal(const struct rounded_rig *rig, size_t indicator)
{
	return rig->goal_of[indicator];
}
/* The files' tables of what is answered by now, in rig->rounded and rig->tables. */
void rounded_rig_publish(struct rounded_rig *rig, unsigned base, unsigned frequency);
/* observations.csv of it, to be freed. */
char *rounded_rig_csv(const struct tables *tables);
/* Of what is answered by now, to be freed; and the round that build_tables wants: it borrows from
 * the rig. */
struct counters *rounded_rig_count(const struct rounded_rig *rig);
struct round rounded_rig_round(const struct rounded_rig *rig);
/* Codes in use from here on: other thresholds. */
void rounded_rig_new_codes(struct rounded_rig *rig);

#endif
