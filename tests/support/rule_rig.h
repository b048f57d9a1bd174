/* SPDX-License-Identifier: Apache-2.0 */
/* One unit of the survey of definition_rig.json, to be told what it answers, and rules to be judged
 * on it. What is wrong fails the test that calls. For cmocka tests; one thread. */
#ifndef KHAOSAT_TESTS_SUPPORT_RULE_RIG_H
#define KHAOSAT_TESTS_SUPPORT_RULE_RIG_H

#include "survey/rule.h"

/* Rules that are true, false, unknown (there is no earlier round) and not applicable. */
#define T "{'const':true}"
#define F "{'const':false}"
#define U "{'indicator':'OPS','round':'earlier'}"
#define N "{'when':{'const':false},'then':{'const':true}}"

extern struct definition_problems problems;
extern struct definition *rig; /* the survey as it is, for its codes */
extern struct answers answers;
extern struct register_row row;
extern struct facts facts; /* of answers and row */

int fresh(void **unused);   /* set-up: nothing answered, nothing known but section B */
int release(void **unused); /* tear-down of the group */

/* Answer a question: codes divided by blanks, a number, don't know, nothing. */
void choose(const char *code, const char *codes);
void enter(const char *code, int64_t number);
void say_dont_know(const char *code);
void leave_blank(const char *code);

/* The survey with one rule more, as its last indicator R; to be freed with definition_free. */
struct definition *with_rule(const char *rule);

/* The value of a rule must be T, F, U or N. */
void expect(char letter, const char *rule);
void expect_f(char letter, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
