/* SPDX-License-Identifier: Apache-2.0 */
/* What khaosatd does with a backup instead of serving: makes a data folder of it, or proves it by a
 * recount and keeps nothing. Main thread. Interrupted by SIGINT or SIGTERM it cleans up and fails;
 * killed, it leaves a folder with a temporary name, which the next one removes (restore_folder.h).
 */
#ifndef KHAOSAT_COLLECTOR_RESTORE_H
#define KHAOSAT_COLLECTOR_RESTORE_H

#include <stdbool.h>

#include "collector/backup_load.h"
#include "collector/config.h"
#include "collector/recount.h"

/* Read config->restore ("-": stdin) into config->data, which must be missing or empty; it gets its
 * name only when the backup is whole, its log folds up, and both are synced. False: nothing is left
 * behind, and `message` says why. */
bool restore_run(
    const struct config *config, struct backup_header *header, char message[BACKUP_MESSAGE_BYTES]);

/* Read config->verify into a folder in TMPDIR, else /var/tmp, recount all of it, remove it. True:
 * it could be recounted, and `out` holds what came of it, to be freed. */
bool restore_verify(const struct config *config, struct backup_header *header,
    struct recount_result *out, char message[BACKUP_MESSAGE_BYTES]);

#endif
