/* SPDX-License-Identifier: Apache-2.0 */
/* Case states as people type, read and compute with them. One thread. */
#ifndef KHAOSAT_CLIENT_CASE_WORDS_H
#define KHAOSAT_CLIENT_CASE_WORDS_H

#include <stdbool.h>

#include "client/client.h"
#include "proto/khaosat.pb-c.h"

#define CASE_STATES 9 /* by value of CaseState; the first is "none" */

/* "refusal": what is typed, and stands in files. */
extern const char *const case_code[CASE_STATES];

/* The code of a state; "?" for what is none. */
const char *case_code_of(Khaosat__V1__CaseState state);

/* "từ chối", "refusal". */
const char *case_word(const struct client *client, Khaosat__V1__CaseState state);

/* False: it is none, said with the nearest. */
bool case_parse(const struct client *client, const char *code, Khaosat__V1__CaseState *out);

#endif
