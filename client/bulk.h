/* SPDX-License-Identifier: Apache-2.0 */
/* khaosat submit --csv: many units from one file over one connection. Each accepted row leaves a
 * line in a receipts file; each refused row goes to FILE.rejected.csv with the reason. A row's id
 * follows from its content, so that running the same file again replays what was stored. One
 * thread. */
#ifndef KHAOSAT_CLIENT_BULK_H
#define KHAOSAT_CLIENT_BULK_H

#include "client/submitting.h"

/* Returns an exit code. */
int bulk_run(struct submitting *s, const char *path);

#endif
