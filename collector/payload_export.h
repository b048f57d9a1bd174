/* SPDX-License-Identifier: Apache-2.0 */
/* The payload of an entry that says an export was made: all that decided what is in its files.
 * Pure; any thread. */
#ifndef KHAOSAT_COLLECTOR_PAYLOAD_EXPORT_H
#define KHAOSAT_COLLECTOR_PAYLOAD_EXPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/payload.h"
#include "proto/limits.h"

#define EXPORT_FORMATS_MAX 16
#define EXPORT_FORMAT_NAME_BYTES 24
#define EXPORT_PRODUCT_BYTES 24

/* An export that was made of a round. Written to checkpoints as it is. */
struct export_record {
	uint64_t number, last;   /* its entry; the last one that counts in it */
	int64_t made_ms, due_ms; /* due_ms: the time the schedule named; 0: by hand */
	uint32_t vintage;        /* of the round and audience, from 1 */
	uint8_t is_public, stage;
	uint8_t shows;    /* public, and some figure is newly shown: the next ones mind it */
	uint8_t reserved; /* 0 */
};

struct payload_export {
	struct export_record record; /* but for its number and time, which stand in the header */
	uint32_t method;             /* enum interval_method */
	uint32_t frequency;
	uint32_t rounding;        /* base; 0: some figures are withheld instead. Where it is not: */
	uint32_t figures_vintage; /* whose figures they are: its own, or those of one before, */
	uint64_t figures_last;    /* and the last entry that counts in them */
	uint32_t crossed;         /* enum export_crossed */
	uint8_t manifest[SHA256_BYTES];
	char product[EXPORT_PRODUCT_BYTES];
	char format[EXPORT_FORMATS_MAX][EXPORT_FORMAT_NAME_BYTES];
	size_t formats;
	uint8_t *decision; /* see collector/export/release.h; NULL in an internal one */
	size_t decisions;
	uint8_t *told; /* rounded figures: see rounded_pack; NULL: exact ones, or from before it was
			  kept */
	size_t told_bytes;
	char *office; /* the bytes that office_parse took; NULL: none */
	size_t office_bytes;
};

/* An ExportMade message; to be freed. */
enum payload_status payload_export(const uint8_t *bytes, size_t n, struct payload_export *out);
void payload_export_free(struct payload_export *payload); /* what it holds */
/* The message, to be freed; NULL: out of memory. */
uint8_t *payload_export_pack(const struct payload_export *payload, size_t *n);

#endif
