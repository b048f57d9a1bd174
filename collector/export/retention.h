/* SPDX-License-Identifier: Apache-2.0 */
/* Which exports of a round may leave the disk. Their entries stay, so each can be made again.
 * Pure. */
#ifndef KHAOSAT_COLLECTOR_EXPORT_RETENTION_H
#define KHAOSAT_COLLECTOR_EXPORT_RETENTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/payload_export.h"

struct retention {
	const struct export_record *record; /* of the round, oldest first */
	size_t n;
	bool is_public;          /* whose turn it is */
	const uint8_t *decision; /* of the newest of them (release.h); NULL: internal */
	size_t decisions;
	uint64_t keep;    /* so many stay; 0: all */
	int64_t since_ms; /* and all that were made at that time or later */
};

/* How many stay by the options of count and of age: 0: all. By age alone the newest stays. */
uint64_t retention_least(uint64_t keep, uint64_t days);

/* Interim ones beyond `keep` that are older, unless the newest still shows their figures. Returns
 * how many vintages were put into `out`, which has room for n. */
size_t retention_find(const struct retention *r, uint32_t *out);

#endif
