/* SPDX-License-Identifier: Apache-2.0 */
/* When checkpoints are taken: every so many entries, and when a round has closed. The state is
 * copied on the writer thread, the file is written on the worker. Driven by main's timer. */
#ifndef KHAOSAT_COLLECTOR_CHECKPOINTER_H
#define KHAOSAT_COLLECTOR_CHECKPOINTER_H

#include <stdbool.h>
#include <stddef.h>

#include "collector/server.h"

struct checkpointer;

/* NULL: out of memory. `path` is copied. */
struct checkpointer *checkpointer_new(struct server *server, const char *path);
void checkpointer_free(
    struct checkpointer *c); /* after worker and store have stopped; accepts NULL */

/* Ask for one when it is due and none is under way. */
void checkpointer_tick(struct checkpointer *c);

/* At a clean stop: copy the state as it now is, when no loop is left, while the store still runs;
 * then write it, when the worker has stopped. */
void checkpointer_copy_last(struct checkpointer *c);
void checkpointer_write_last(struct checkpointer *c);

#endif
