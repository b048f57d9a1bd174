/* SPDX-License-Identifier: Apache-2.0 */
/* Breaks in a series (survey/METHODS.md): what makes a goal's figures of two rounds not comparable,
 * by their definitions. Pure; any thread. */
#ifndef KHAOSAT_SURVEY_BREAKS_H
#define KHAOSAT_SURVEY_BREAKS_H

#include <stddef.h>

#include "survey/definition.h"

/* Values as in khaosat.proto, Break. */
enum break_kind {
	BREAK_QUESTIONNAIRE =
	    1,                /* another survey or version of it; by itself no more than a hint */
	BREAK_PREDICATE = 2,  /* the rule of the indicator, or what it names: indicators, scores,
			       * questions and their choices */
	BREAK_POPULATION = 3, /* the rule of the population */
	BREAK_THRESHOLD = 4,  /* threshold, strictness or deadline */
	BREAK_CLASSIFICATION = 5, /* codes of communes, zones, sections, sizes or kinds of units */
	BREAK_DESIGN = 6, /* a census and a sample: of rounds, so not told by their definitions */
	BREAKS_END
};
/* "predicate", and "another predicate"; empty where there is no such kind. */
const char *break_name(enum break_kind kind);
struct label break_words(enum break_kind kind);

/* A mask of 1 << break_kind; 0 also when memory is out and `*failed` is set, which is left alone
 * otherwise. */
unsigned breaks_between(const struct definition *before, size_t goal_before,
    const struct definition *now, size_t goal_now, bool *failed);

#endif
