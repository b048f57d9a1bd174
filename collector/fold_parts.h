/* SPDX-License-Identifier: Apache-2.0 */
/* What fold_apply.c, fold_apply_unit.c and fold_row.c share. */
#ifndef KHAOSAT_COLLECTOR_FOLD_PARTS_H
#define KHAOSAT_COLLECTOR_FOLD_PARTS_H

#include "collector/fold.h"
#include "collector/payload.h"

/* An entry on its way in. */
struct applying {
	struct fold *fold;
	uint64_t number;
	const struct entry *e;
	const uint8_t *payload;
	struct round *round; /* of kinds that have one */
};

enum fold_status fold_status_of(enum payload_status status);

/* An entry of a kind that is of a unit. */
enum fold_status fold_apply_unit(struct applying *a);
/* Of these one over its register row. */
enum fold_status fold_apply_row(struct applying *a, uint32_t row);

#endif
