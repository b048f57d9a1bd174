/* SPDX-License-Identifier: Apache-2.0 */
/* The survey of definition_rig.json, and ways to change it before it is loaded. JSON given as text
 * has ' for ". Tests only. */
#ifndef KHAOSAT_TESTS_SUPPORT_DEFINITION_RIG_H
#define KHAOSAT_TESTS_SUPPORT_DEFINITION_RIG_H

#include <jansson.h>

#include "survey/definition.h"

json_t *rig_survey(void); /* the file, a new reference */
json_t *rig_json(const char *text);

/* Replace, add ("/checks/-" appends) or, with value NULL, remove what a JSON pointer names. Steals
 * the value. */
void rig_put(json_t *root, const char *pointer, json_t *value);

/* The survey with these rules as its indicators I0, I1, ... in the place of its own. Steals the
 * array.
 */
json_t *rig_survey_of(json_t *rules);

/* Load what is there now; does not release it. */
struct definition *rig_load(const json_t *root, struct definition_problems *problems);

#endif
