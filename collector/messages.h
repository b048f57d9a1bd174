/* SPDX-License-Identifier: Apache-2.0 */
/* The messages of a definition's checks as people read them in one round: {Y} and {ref_date} filled
 * in. Made for one answer, one thread. */
#ifndef KHAOSAT_COLLECTOR_MESSAGES_H
#define KHAOSAT_COLLECTOR_MESSAGES_H

#include "collector/state.h"
#include "survey/definition.h"

struct messages;

/* NULL: out of memory. What `round` holds is copied, its definition is borrowed. */
struct messages *messages_new(const struct round_view *round);
void messages_free(struct messages *messages); /* accepts NULL */

/* A check's message, by the check's index; lives as long as these and the definition. */
struct label messages_check(const struct messages *messages, int16_t check);

#endif
