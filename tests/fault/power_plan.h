/* SPDX-License-Identifier: Apache-2.0 */
/* At which sync a watched process ends, how, and which mutant it is. By environment:
 *
 *   POWER_FOLDER   the folder          POWER_ASIDE   another, of the same file system, for the book
 *   POWER_AT       end at this sync, counted from 1 (a write through O_DSYNC is one, too); else at
 *                  exit
 *   POWER_END      cut: the power goes; death: the process alone dies
 *   POWER_SEED     what chooses what the disk kept
 *   POWER_MUTANT   KIND or KIND:FILE, to act as if the program were wrong (power_plan.c)
 *
 * No sync reaches the real disk, so a sync costs next to nothing. */
#ifndef KHAOSAT_TESTS_FAULT_POWER_PLAN_H
#define KHAOSAT_TESTS_FAULT_POWER_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/fault/power_disk.h"

const char *plan_setting(const char *name); /* "": it is not set */
bool plan_read(void);                       /* false: no folder is named */

/* Under the lock: bytes [from, to) of a file, or the folder, are synced, by a write or by a call
 * for it. */
void plan_sync(struct disk *disk, int file, uint64_t from, uint64_t to, bool by_write);

/* Under the lock, which nobody gets any more. */
_Noreturn void plan_end(struct disk *disk);

#endif
