/* SPDX-License-Identifier: Apache-2.0 */
/* A backup (proto/backup.h) of the collector's log, for commands that read it. One thread. */
#ifndef KHAOSAT_CLIENT_BACKUP_H
#define KHAOSAT_CLIENT_BACKUP_H

#include <stdio.h>

#include "client/connection.h"

/* All that was accepted before, into the stream, which is flushed. An exit code; else what went
 * wrong has been said. */
int backup_take(const struct client *client, struct connection *c, FILE *stream);

#endif
