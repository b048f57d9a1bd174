/* SPDX-License-Identifier: Apache-2.0 */
/* What others say in English only - the system, the JSON reader, the survey library - in the
 * client's language. What is not known stays as it was said. One thread. */
#ifndef KHAOSAT_CLIENT_WORDS_H
#define KHAOSAT_CLIENT_WORDS_H

#include <jansson.h>
#include <stddef.h>

#include "client/client.h"
#include "proto/entry.h"

/* One of two texts, as client_say. */
const char *words_say(enum language language, const char *vi, const char *en)
    __attribute__((format_arg(2), format_arg(3)));

/* errno; the text lives until the next call. */
const char *words_errno(enum language language, int error);

/* "duplicate object key near '"F01"'", without line and column. */
void words_json(enum language language, const json_error_t *error, char *out, size_t cap);

/* The reason of an answers_json_error. */
void words_answer(enum language language, const char *reason, char *out, size_t cap);

/* What an entry of a unit did: "correction". */
const char *words_entry(enum language language, enum entry_kind kind);

/* Who made an entry of a unit: "unit", "staff 3", "firm 5" (which acts under a grant). */
#define WORDS_ACTOR_BYTES 40
void words_actor(enum language language, const struct entry *e, char out[WORDS_ACTOR_BYTES]);

#endif
