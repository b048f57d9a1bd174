/* SPDX-License-Identifier: Apache-2.0 */
/* What breaks a series, in words and in codes. */
#ifndef KHAOSAT_CLIENT_BREAK_WORDS_H
#define KHAOSAT_CLIENT_BREAK_WORDS_H

#include "client/client.h"
#include "proto/khaosat.pb-c.h"

#define BREAK_CODES 7
extern const char *const break_code[BREAK_CODES]; /* "predicate", by value of Break */

const char *break_word(const struct client *client, Khaosat__V1__Break kind);

#endif
