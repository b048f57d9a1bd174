/* SPDX-License-Identifier: Apache-2.0 */
/* A register of the province's shape and any size, with the tables that are published. */
#ifndef KHAOSAT_TESTS_SUPPORT_DISCLOSURE_PROVINCE_H
#define KHAOSAT_TESTS_SUPPORT_DISCLOSURE_PROVINCE_H

#include "survey/disclosure.h"

/* Release number `release` of a round, from 0 on: all units added, not yet run. `met` in percent;
 * another tenth of the units answers before each release. shown[cell]: as in disclosure_cell.
 * Aborts when memory is out. */
struct disclosure *province_new(
    uint64_t seed, size_t units, unsigned met, unsigned release, const uint64_t *shown);
size_t province_cells(void);

#endif
