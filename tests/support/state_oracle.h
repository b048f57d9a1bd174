/* SPDX-License-Identifier: Apache-2.0 */
/* What the state must say, told a second way: rates from a walk over all rows. */
#ifndef KHAOSAT_TESTS_SUPPORT_STATE_ORACLE_H
#define KHAOSAT_TESTS_SUPPORT_STATE_ORACLE_H

#include <stddef.h>
#include <stdint.h>

#include "collector/state.h"

/* How many figures of a round differ from a walk over the units, whose tax codes are given. */
size_t oracle_rates(
    struct state *state, uint32_t round, const uint64_t *tax_code, size_t units, size_t *compared);

/* SHA-256 over everything a checkpoint of the state would hold, through a file at `path`. */
void oracle_digest(struct state *state, const char *path, uint8_t out[32]);

#endif
