/* SPDX-License-Identifier: Apache-2.0 */
/* What entries change of the keys of a round's units. A part of the fold; no lock and no thread of
 * its own. */
#ifndef KHAOSAT_COLLECTOR_FOLD_KEYS_H
#define KHAOSAT_COLLECTOR_FOLD_KEYS_H

#include "collector/fold.h"

struct key_change {
	uint64_t number; /* of the entry */
	uint32_t row;    /* of the unit */
	enum entry_kind kind;
	const uint8_t *payload;
	size_t n;
};

/* Nothing changes unless FOLD_OK. */
enum fold_status fold_change_keys(
    struct keys *keys, const struct roster *staff, const struct key_change *change);

/* A firm is removed: nobody has granted it any more, in any round. */
void fold_drop_grants(struct fold *fold, uint32_t firm);

#endif
