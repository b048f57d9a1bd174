/* SPDX-License-Identifier: Apache-2.0 */
/* Who was drawn. A register whose rows name a stratum is the frame of a sample round: all units of
 * the population, each with the stratum it lies in, and those that were drawn with their design
 * weight, the units of the stratum for each one drawn. Units without a weight were not drawn: they
 * are counted, but not asked. A register without strata is a census. Within a stratum units are
 * drawn alike, so the weight follows from the frame, and a file that says another is refused. Pure;
 * fed row by row; one thread. */
#ifndef KHAOSAT_SURVEY_DESIGN_H
#define KHAOSAT_SURVEY_DESIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "survey/register.h"

#define DESIGN_STRATA_MAX 64
#define DESIGN_NAME_MAX 32 /* of A-Z a-z 0-9 . _ - */
#define DESIGN_DRAWN 0x80u /* beside the number of a stratum, in one byte */

/* A round's design, told by numbers: strata from 1, in the order of their names. */
struct design {
	uint32_t strata; /* 0: a census */
	uint32_t units[DESIGN_STRATA_MAX + 1], drawn[DESIGN_STRATA_MAX + 1];
};

/* Units of a stratum for each one drawn. */
static inline double
design_weight(const struct design *design, unsigned stratum)
{
	return (double)design->units[stratum] / (double)design->drawn[stratum];
}

struct design_stratum {
	char name[DESIGN_NAME_MAX + 1];
	char said[24];   /* the weight of its first drawn row, as it stands there */
	uint64_t weight; /* the same, in 10^-9 */
	unsigned decimals;
	uint32_t units, drawn;
	uint64_t row; /* its first drawn one, or its first */
};

/* A register being read. All zero at first. */
struct design_reading {
	struct design_stratum stratum[DESIGN_STRATA_MAX];
	size_t strata;
	uint64_t rows;
	bool is_sample; /* as its first row has it */
};

/* `row` is the caller's own number for it, given back by design_end. *stratum becomes the number of
 * the row's stratum in order of appearance, from 1, with DESIGN_DRAWN; 0 in a census. False: the
 * row does not fit those before it, and what is wrong was added to `problems`, which may be NULL.
 */
bool design_add(struct design_reading *reading, const struct definition *d, uint64_t row,
    const struct register_text *text, struct register_problems *problems, uint8_t *stratum);

/* After the last row: strata of which nobody was drawn, and weights that are not the frame's. */
void design_end(const struct design_reading *reading, const struct definition *d,
    void (*on_problem)(void *user, uint64_t row, const struct register_problem *problem),
    void *user);

/* The number of each stratum in the order of names, by that in order of appearance, both from 1. */
void design_order(const struct design_reading *reading, uint8_t order[DESIGN_STRATA_MAX + 1]);

/* Whether a row of cells was drawn: also true of a census. */
bool design_is_drawn(const struct register_text *text);

#endif
