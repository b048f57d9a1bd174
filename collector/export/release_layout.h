/* SPDX-License-Identifier: Apache-2.0 */
/* For release.c only: its units, and the measures that their answers become to
 * survey/disclosure.h: has answered; for each indicator of a goal met, not met and, where that
 * occurs at all, not applicable; and for two variants of one goal of which one implies the other,
 * met in the wider and not in the narrower. */
#ifndef KHAOSAT_COLLECTOR_EXPORT_RELEASE_LAYOUT_H
#define KHAOSAT_COLLECTOR_EXPORT_RELEASE_LAYOUT_H

#include "collector/export/release.h"

#define PAIRS_MAX 64
#define RESPONDED 1u

/* The indicators of goals, each once; and the measures they become. */
struct layout {
	uint16_t indicator[RELEASE_INDICATORS_MAX];
	size_t indicators;
	uint32_t met[RELEASE_INDICATORS_MAX], not_met[RELEASE_INDICATORS_MAX];
	uint32_t not_applicable[RELEASE_INDICATORS_MAX]; /* 0: it never is */
	struct pair {
		uint8_t narrow, wide;
		uint32_t bit;
	} pair[PAIRS_MAX];
	size_t pairs;
	unsigned measures;
	uint32_t shares;
	uint8_t goal[DISCLOSURE_MEASURES_MAX]; /* as disclosure_rules has it */
};

/* NULL, or why it cannot be done. */
const char *layout_make(const struct release_input *in, struct layout *out);
/* Of release_answer's word, the measures; or DISCLOSURE_ABSENT. */
uint32_t layout_counted_as(const struct layout *l, uint64_t answer);
/* What goals of that population say, in the whole or in its other cells. */
uint32_t layout_told(
    const struct layout *l, const struct definition *d, unsigned population, bool whole);

/* Every unit, in all cells of all populations. */
enum release_status release_add_units(struct disclosure *disclosure, const struct release_input *in,
    const struct layout *l, struct release_report *report);

#endif
