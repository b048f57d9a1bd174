/* SPDX-License-Identifier: Apache-2.0 */
/* Public exports that withhold, of the survey that ships over a made-up register, vintage after
 * vintage, as the product decides, lays out and writes them, without a collector, a log or a disk.
 * Aborts where memory is out. */
#ifndef KHAOSAT_TESTS_SUPPORT_WITHHELD_RIG_H
#define KHAOSAT_TESTS_SUPPORT_WITHHELD_RIG_H

#include "collector/export/build.h"
#include "collector/export/release.h"
#include "tests/support/rounded_rig.h"

#define WITHHELD_VINTAGES_MAX 4

/* What is done before a vintage is published. Each but the first leaves a hole. */
enum withheld_care {
	WITHHELD_ALL_CARE,
	WITHHELD_NOTHING_FOR_OTHERS, /* what is withheld but not small is shown */
	WITHHELD_NO_MEMORY_OF_BEFORE /* each as if it were the first */
};

struct withheld_rig {
	struct rounded_rig of; /* the register, and what is answered by now */
	unsigned vintages;
	uint64_t *answer[WITHHELD_VINTAGES_MAX]; /* as release.h has them */
	uint8_t *decision[WITHHELD_VINTAGES_MAX];
	struct past_point point[WITHHELD_VINTAGES_MAX];
	struct tables tables[WITHHELD_VINTAGES_MAX];
	struct release_report report[WITHHELD_VINTAGES_MAX];
};

/* As rounded_rig_open and rounded_rig_answer. */
void withheld_rig_open(struct withheld_rig *rig, uint64_t seed, uint32_t units, unsigned codes);
void withheld_rig_close(struct withheld_rig *rig);
void withheld_rig_answer(struct withheld_rig *rig, unsigned percent);
/* One more vintage. */
void withheld_rig_publish(struct withheld_rig *rig, enum withheld_care care);

#endif
