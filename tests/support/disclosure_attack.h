/* SPDX-License-Identifier: Apache-2.0 */
/* The attack: a linear program over everything a reader can know. Its unknowns are how many units
 * of each place (the register is public) have each course of answers; every published figure of
 * every release is an equation. */
#ifndef KHAOSAT_TESTS_SUPPORT_DISCLOSURE_ATTACK_H
#define KHAOSAT_TESTS_SUPPORT_DISCLOSURE_ATTACK_H

#include "tests/support/disclosure_rig.h"
#include "tests/support/optimum.h"

struct attack; /* opaque; borrows the rig */

/* `least`: as if this release showed no more than its headlines. */
struct attack *attack_new(const struct rig *rig, bool joined, bool least);
void attack_free(struct attack *attack); /* accepts NULL */
void attack_end(void);                   /* after the last: what the solver itself holds */

/* What the set's count of a measure in the last release can be. */
struct whole_range attack_range(struct attack *attack, struct rig_set set, unsigned measure);

/* From here on that unit's own answers are known to the reader; -1: no longer. */
void attack_as_insider(struct attack *attack, int unit);

#endif
