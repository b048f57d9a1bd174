/* SPDX-License-Identifier: Apache-2.0 */
/* A second evaluator of rules, written for plainness: it walks the JSON of the definition, looks
 * every code up by name, remembers nothing and computes in 128 bits. And a maker of random rules.
 * Tests only. */
#ifndef KHAOSAT_TESTS_SUPPORT_NAIVE_RULE_H
#define KHAOSAT_TESTS_SUPPORT_NAIVE_RULE_H

#include <jansson.h>

#include "survey/rule.h"

/* The value of a rule; `survey` is the JSON that facts->definition was loaded from. */
enum truth naive_rule(const json_t *survey, const struct facts *facts, const json_t *rule);

/* FALSE, TRUE, or UNKNOWN with whether the question is hidden. */
enum truth naive_relevance(
    const json_t *survey, const struct facts *facts, const char *question, bool *hidden);

/* A random rule for the survey of definition_rig.json; it names only the first `indicators` of
 * "I0", "I1", ... */
json_t *random_rule(uint64_t *seed, unsigned depth, unsigned indicators);

/* Where the random choices come from: random_below.c, or whoever defines it instead. */
uint64_t random_below(uint64_t *seed, uint64_t n);

#endif
