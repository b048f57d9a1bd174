/* SPDX-License-Identifier: Apache-2.0 */
/* What became of each answer of a unit: collected, corrected by the firm, corrected by the office,
 * recoded, withdrawn; with its value, when, by whom and why. One thread. */
#ifndef KHAOSAT_CLIENT_ANSWERS_HISTORY_H
#define KHAOSAT_CLIENT_ANSWERS_HISTORY_H

#include "client/client.h"
#include "client/words.h"
#include "proto/khaosat.pb-c.h"
#include "survey/definition.h"

struct answers_history;

struct answers_history *answers_history_new(void);    /* NULL: out of memory */
void answers_history_free(struct answers_history *h); /* accepts NULL */

/* The next older entry of the unit; what does not touch answers is passed over. False: it cannot be
 * read, or memory is out. */
bool answers_history_add(struct answers_history *h, const struct definition *d, int ref_year,
    const Khaosat__V1__LoggedEntry *logged);

/* Who made an entry is asked of `name`. */
typedef void actor_name(const void *context, const struct entry *e, char out[WORDS_ACTOR_BYTES]);
void answers_history_print(const struct client *client, const struct answers_history *h,
    const struct definition *d, actor_name *name, const void *context);

#endif
