/* SPDX-License-Identifier: Apache-2.0 */
/* Findings of checks in words, and texts of the questionnaire with {Y} and {ref_date} filled in.
 * Any thread. */
#ifndef KHAOSAT_CLIENT_FINDINGS_PRINT_H
#define KHAOSAT_CLIENT_FINDINGS_PRINT_H

#include <stdio.h>

#include "client/client.h"
#include "client/survey_cache.h"
#include "survey/answers.h"

#define WORDING_BYTES 2048

/* A label in the client's language with its placeholders filled in, cut at WORDING_BYTES. */
void wording(const struct client *client, const struct questionnaire *q, struct label label,
    char out[WORDING_BYTES]);

/* One finding as one line: "B01: EH04 lỗi: ... (value)". */
void finding_line(const struct client *client, const struct questionnaire *q,
    const struct finding *finding, char out[WORDING_BYTES]);

/* All of them, hard ones first, each on a line; how many hard, how many soft and unconfirmed. */
void findings_print(const struct client *client, const struct questionnaire *q,
    const struct findings *findings, FILE *to, size_t *hard, size_t *soft);

#endif
