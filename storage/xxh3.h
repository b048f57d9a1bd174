/* SPDX-License-Identifier: Apache-2.0 */
/* XXH3, 128 bits, in its canonical form: tells what changed by itself, not what somebody changed.
 * Pure. */
#ifndef KHAOSAT_STORAGE_XXH3_H
#define KHAOSAT_STORAGE_XXH3_H

#include <stddef.h>
#include <stdint.h>

#include "storage/pack.h"

#define XXH3_BYTES 16

/* Of the pieces, one after the other. */
void xxh3_digest(const struct piece *piece, size_t n, uint8_t out[XXH3_BYTES]);

#endif
