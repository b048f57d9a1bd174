/* SPDX-License-Identifier: Apache-2.0 */
/* A pack: entries with consecutive numbers in one value of the database, so that pages are filled
 * whatever the size of an entry. In the machine's own byte order, as LMDB's pages are:
 *
 *   uint32_t count, uint32_t end[count], the entries' bytes; end counts from the first of these
 *
 * Pure. */
#ifndef KHAOSAT_STORAGE_PACK_H
#define KHAOSAT_STORAGE_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The bytes of one entry, lent. */
struct piece {
	const uint8_t *bytes;
	size_t n;
};

/* A larger entry is a pack of its own. Each pack is looked at when the log is opened, so few large
 * ones are better than many. */
#define PACK_MAX_BYTES ((size_t)1024 * 1024)

/* How many of the pieces (n > 0) the next pack holds, and how large it is. */
size_t pack_plan(const struct piece *piece, size_t n, size_t *bytes);
void pack_fill(uint8_t *out, const struct piece *piece, size_t n);

uint32_t pack_count(const uint8_t *pack, size_t n); /* 0: it is none */
bool pack_piece(const uint8_t *pack, size_t n, uint32_t index, struct piece *out);

#endif
