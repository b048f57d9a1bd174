/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the collector's log from its first entry on, several pages asked for at once. One thread.
 */
#ifndef KHAOSAT_CLIENT_LOG_READ_H
#define KHAOSAT_CLIENT_LOG_READ_H

#include <stdbool.h>
#include <stdint.h>

#include "client/client.h"
#include "client/connection.h"

/* The loop that answers serves others in between: a page takes it a fraction of a millisecond. */
#define LOG_READ_PAGE_ENTRIES 64u
#define LOG_READ_PAGES 8u

/* The next entry, its header whole; a loan. False: enough, and why has been said. */
typedef bool log_visit(void *context, const Khaosat__V1__LoggedEntry *entry);

/* Entries 1 to `last`, which the log is known to hold, in order. Nothing else may be under way.
 * EXIT_DONE: all were visited; else what went wrong has been said. */
int log_read(const struct client *client, struct connection *c, uint64_t last, log_visit *visit,
    void *context);

#endif
