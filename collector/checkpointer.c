/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/checkpointer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collector/clock.h"
#include "collector/log.h"

/* At a clean stop. A call of its own: the other one may be under way. */
struct last_call {
	struct store_call call;
	struct server *server;
	struct mailbox done; /* closed only when the writer, who puts into it, has ended */
	bool is_open;
	struct mail mail;
	struct checkpoint *copy;
	uint64_t last;
};

struct checkpointer {
	struct server *server;
	char *path;
	uint64_t covered; /* entries up to this one are in the file, or being copied */
	atomic_bool is_busy;
	struct store_call call; /* to the writer ... */
	struct task task;       /* ... and on to the worker */
	struct checkpoint *copy;
	uint64_t copied_last;
	struct last_call last_call;
};

static void
write_file(struct checkpointer *c, struct checkpoint *copy, uint64_t last)
{
	int64_t from_ms = clock_monotonic_ms();
	if (copy == NULL)
		log_warn(
		    "checkpoint last=%llu not written reason=memory", (unsigned long long)last);
	else if (!checkpoint_write(copy, c->path))
		log_warn("checkpoint last=%llu not written reason=%s", (unsigned long long)last,
		    strerror(errno));
	else
		log_info("checkpoint last=%llu written ms=%lld", (unsigned long long)last,
		    (long long)(clock_monotonic_ms() - from_ms));
	checkpoint_free(copy);
}

static void
work(struct task *task)
{
	struct checkpointer *c =
	    (struct checkpointer *)((char *)task - offsetof(struct checkpointer, task));
	write_file(c, c->copy, c->copied_last);
	c->copy = NULL;
	atomic_store(&c->is_busy, false);
}

/* On the writer thread: no more than the copy. */
static void
copy_state(void *argument, uint64_t last)
{
	struct checkpointer *c = argument;
	c->copy = state_copy(c->server->state);
	c->copied_last = last;
	if (worker_put(c->server->worker, &c->task))
		return;
	checkpoint_free(c->copy);
	c->copy = NULL;
	atomic_store(&c->is_busy, false);
}

struct checkpointer *
checkpointer_new(struct server *server, const char *path)
{
	struct checkpointer *c = calloc(1, sizeof(*c));
	if (c == NULL)
		return NULL;
	c->path = strdup(path);
	if (c->path == NULL) {
		free(c);
		return NULL;
	}
	c->server = server;
	c->covered = state_last(server->state);
	c->task.work = work;
	c->call.call = copy_state;
	c->call.argument = c;
	return c;
}

void
checkpointer_free(struct checkpointer *c)
{
	if (c == NULL)
		return;
	if (c->last_call.is_open)
		mailbox_close(&c->last_call.done);
	free(c->path);
	free(c);
}

void
checkpointer_tick(struct checkpointer *c)
{
	uint64_t last = state_last(c->server->state);
	bool is_due = last - c->covered >= c->server->config.checkpoint_every ||
		      atomic_load(&c->server->wants_checkpoint);
	if (!is_due || atomic_exchange(&c->is_busy, true))
		return;
	atomic_store(&c->server->wants_checkpoint, false);
	c->covered = last;
	store_call(c->server->store, &c->call);
}

static void
copy_last(void *argument, uint64_t last)
{
	struct last_call *l = argument;
	l->copy = state_copy(l->server->state);
	l->last = last;
	mailbox_put(&l->done, &l->mail);
}

void
checkpointer_copy_last(struct checkpointer *c)
{
	struct last_call *l = &c->last_call;
	l->is_open = mailbox_open(&l->done);
	if (!l->is_open) {
		log_warn("no checkpoint at this stop reason=%s", strerror(errno));
		return;
	}
	l->server = c->server;
	l->call.call = copy_last;
	l->call.argument = l;
	store_call(c->server->store, &l->call);
	mailbox_wait(&l->done);
}

void
checkpointer_write_last(struct checkpointer *c)
{
	if (c->last_call.is_open)
		write_file(c, c->last_call.copy, c->last_call.last);
	c->last_call.copy = NULL;
}
