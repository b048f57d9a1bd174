/* SPDX-License-Identifier: Apache-2.0 */
/* A small survey with a question of each kind and a check of its own for each thing that code
 * finds; a row of its register; random answers that it admits. Aborts where it cannot be had. */
#ifndef KHAOSAT_TESTS_SUPPORT_MINI_SURVEY_H
#define KHAOSAT_TESTS_SUPPORT_MINI_SURVEY_H

#include "survey/answers.h"
#include "survey/register.h"

#define MINI_REF_YEAR 2025

/* To be freed with definition_free. */
struct definition *mini_survey(void);

/* A row of which nothing is known but the section ("C" or "G"); NULL: not even that. */
struct register_row mini_row(const struct definition *d, const char *section);

/* Indices; abort where there is none. */
size_t mini_question(const struct definition *d, const char *code);
int mini_check(const struct definition *d, const char *code);

/* Random answers without structural findings, whatever relevance says; texts are constants. */
void mini_answers(const struct definition *d, unsigned *seed, struct answers *out);

/* Whether a finding names the question (NULL: none) and the check. */
bool mini_found(const struct definition *d, const struct findings *findings, const char *question,
    const char *check);

#endif
