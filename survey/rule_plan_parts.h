/* SPDX-License-Identifier: Apache-2.0 */
/* What a plan is made of. Every look and every step has a place, where its value is put down as a
 * set of one truth, so that the values of a node's parts are gathered by or:
 *
 *   | choices ... | counts ... | ranges ... | other looks ... | steps ... |
 *
 * Looks read the facts alone and may be made in any order; equal ones are made once. Steps come in
 * the order of the survey, so that an indicator that is named is the place where it stands. For
 * rule_plan.c, which makes plans, and rule_plan_run.c. */
#ifndef KHAOSAT_SURVEY_RULE_PLAN_PARTS_H
#define KHAOSAT_SURVEY_RULE_PLAN_PARTS_H

#include "survey/rule_plan.h"
#include "survey/rule_tree.h"

/* There are no more looks than nodes, nor more steps than nodes and scores. */
#define VALUES_MAX (2 * RULE_NODES_MAX + SCORES_MAX)
#define SET(truth) (1u << (truth))

_Static_assert(VALUES_MAX <= UINT16_MAX, "places are 16 bits");

/* RULE_ANY, RULE_TICKED */
struct choice_look {
	uint64_t mask, other;
	size_t question;
};

/* RULE_COUNT that is at least so many. */
struct count_look {
	uint64_t mask, other;
	size_t question;
	unsigned least;
};

/* RULE_COMPARE that is a range; the rule itself is asked where there is no number. */
struct range_look {
	int64_t least, most;
	size_t question;
	const struct rule *rule;
};

/* And, or and not: what the values of two parts make, by their set; of more parts the first two,
 * then that and the third. Each of them is as good as the set of all. */
enum joint { JOINT_AND, JOINT_OR, JOINT_NOT, JOINTS };

struct step {
	uint16_t kind; /* enum joint; JOINTS: `left` is the number of an odd step */
	uint16_t left, right;
};

/* At least so many, when, a score's comparison; without a rule: a score is counted. */
struct odd_step {
	const struct rule *rule;
	uint16_t first, parts; /* in rule_plan.part */
	uint8_t score;
};

struct rule_plan {
	const struct choice_look *choice;
	const struct count_look *count;
	const struct range_look *range;
	const struct rule *const *other;
	const struct step *step;
	const struct odd_step *odd;
	const uint16_t *part; /* places */
	size_t choices, counts, ranges, others, steps, checks;
	uint16_t indicator[INDICATORS_MAX]; /* places, as those of checks */
	struct {
		uint16_t check, place;
	} check[CHECKS_MAX];
};

#endif
