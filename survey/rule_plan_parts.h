/* SPDX-License-Identifier: Apache-2.0 */
/* What a plan is made of. Every look and every step has a place, where its value is put down as a
 * set of one truth, so that the values of a node's parts are gathered by or:
 *
 *   | choices ... | ranges ... | other looks ... | steps ... |
 *
 * Looks read the facts alone and may be made in any order. Steps come in the order of the survey,
 * so that an indicator that is named is the place where it stands. Equal looks and equal steps are
 * made once. For rule_plan.c, which makes plans, and rule_plan_run.c. */
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

/* At least so many, when; a score within a range; without a rule: a score is counted. */
struct odd_step {
	const struct rule *rule;
	uint16_t first, parts; /* in rule_plan.part */
	int16_t least, most;
	uint8_t score;
};

/* A check, or one of the parts of an or that it is. Where the question has a value and none of
 * these choices is ticked, the rule is false. */
struct guarded_rule {
	const struct rule *rule;
	uint64_t mask;
	int16_t question; /* -1: there is none such */
	uint8_t check;    /* index */
	bool is_last;     /* of the check */
};

struct rule_plan {
	const struct choice_look *choice;
	const struct range_look *range;
	const struct rule *const *other;
	const struct step *step;
	const struct odd_step *odd;
	const uint16_t *part; /* places */
	const struct guarded_rule *guarded;
	size_t choices, ranges, others, steps, guardeds;
	uint16_t indicator[INDICATORS_MAX]; /* places */
};

#endif
