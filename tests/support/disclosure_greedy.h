/* SPDX-License-Identifier: Apache-2.0 */
/* What a plain greedy method would withhold of a release: the unsafe cells, then in each line of a
 * table with just one withheld cell the smallest other one, until there is no such line. It is here
 * to be compared with. */
#ifndef KHAOSAT_TESTS_SUPPORT_DISCLOSURE_GREEDY_H
#define KHAOSAT_TESTS_SUPPORT_DISCLOSURE_GREEDY_H

#include "tests/support/disclosure_rig.h"

void greedy_withhold(const struct rig *rig, bool withheld[RIG_CELLS_MAX]);

#endif
