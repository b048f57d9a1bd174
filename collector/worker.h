/* SPDX-License-Identifier: Apache-2.0 */
/* A thread that does what would hold up a loop or the writer: recounts, checkpoint files, register
 * building. One task after another, in the order they came. */
#ifndef KHAOSAT_COLLECTOR_WORKER_H
#define KHAOSAT_COLLECTOR_WORKER_H

#include <stdbool.h>
#include <stddef.h>

#include "storage/mailbox.h"

#define WORKER_WAITING_MAX 1024u

struct worker;

struct task {
	struct mail mail; /* first */
	/* On the worker's thread. The task is the callee's from here: it may free it or post it on.
	 */
	void (*work)(struct task *task);
};

/* `nice`: beside the loops and the writer, which have 0, this thread gets what they leave: 10 is a
 * tenth of a core that all want. NULL: no thread, descriptor or memory. */
struct worker *worker_start(const char *name, int nice);

/* False: too many wait, the task stays the caller's. Any thread. */
bool worker_put(struct worker *worker, struct task *task);

size_t worker_tasks(const struct worker *worker); /* at work or waiting. Any thread. */

/* Finish what waits, end the thread. Accepts NULL. Nothing may be put any more. */
void worker_stop(struct worker *worker);

#endif
