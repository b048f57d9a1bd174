/* SPDX-License-Identifier: Apache-2.0 */
/* All scores and indicators of a definition, laid out to be evaluated in one go: first each
 * different look at an answer or at the register, then what joins them, each node after its parts.
 * Checks of the submission follow; they mostly are false for want of one choice, which is looked
 * for first, and are walked where it is there. It says what a walk over each rule's tree (rule.c)
 * would say. For evaluate.c and the definition's loader. Immutable once made; any thread. */
#ifndef KHAOSAT_SURVEY_RULE_PLAN_H
#define KHAOSAT_SURVEY_RULE_PLAN_H

#include "survey/rule.h"

struct loader;    /* survey/loader.h */
struct rule_plan; /* opaque; part of the definition */

/* NULL when memory is out, which is recorded. All rules have been compiled. */
const struct rule_plan *rule_plan_make(struct loader *l);

/* Scores, bits and raised checks, of which relevance and what is seen of the answers are known. */
void rule_plan_run(const struct rule_plan *plan, struct evaluation *e);

#endif
