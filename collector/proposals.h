/* SPDX-License-Identifier: Apache-2.0 */
/* What units proposed to change in their register rows, read back from the log with what became of
 * it, and which firm proposed it. Any thread. */
#ifndef KHAOSAT_COLLECTOR_PROPOSALS_H
#define KHAOSAT_COLLECTOR_PROPOSALS_H

#include "collector/state.h"
#include "proto/khaosat.pb-c.h"
#include "storage/store.h"

/* A unit's row as it is, and what was proposed or changed, newest first, at most PROPOSALS_MAX; to
 * be freed with khaosat__v1__unit_row__free_unpacked. NULL: the log cannot be read, or memory is
 * out. */
Khaosat__V1__UnitRow *proposals_of_unit(
    struct store *store, struct state *state, const struct unit_view *unit);

/* The proposal that an entry holds, as an open one; to be freed likewise. NULL: as above, or the
 * entry is none. */
Khaosat__V1__Proposal *proposals_read(struct store *store, struct state *state, uint64_t number);

/* Whether the entry is the one that accepted, or refused, that proposal. */
bool proposals_was_decided(struct store *store, uint64_t number, uint64_t proposal, bool accepted);

#endif
