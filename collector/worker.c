/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/worker.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/resource.h>

struct worker {
	struct mailbox box;
	pthread_t thread;
	int nice;
	atomic_size_t waiting;
	bool is_stopping; /* the worker's own */
	struct task stop;
};

/* The last task of all: found again through its place in the worker. */
static void
stop_work(struct task *task)
{
	struct worker *worker = (struct worker *)((char *)task - offsetof(struct worker, stop));
	worker->is_stopping = true;
}

static void *
run(void *argument)
{
	struct worker *worker = argument;
	setpriority(PRIO_PROCESS, 0, worker->nice); /* of this thread; where it may not, it stays */
	while (!worker->is_stopping) {
		struct mail *mail = mailbox_wait(&worker->box);
		while (mail != NULL) {
			struct task *task = (struct task *)mail;
			mail = mail->next; /* before the task may be freed */
			task->work(task);
			atomic_fetch_sub(&worker->waiting, 1);
		}
	}
	return NULL;
}

struct worker *
worker_start(const char *name, int nice)
{
	struct worker *worker = calloc(1, sizeof(*worker));
	if (worker == NULL)
		return NULL;
	worker->stop.work = stop_work;
	worker->nice = nice;
	if (!mailbox_open(&worker->box))
		goto fail;
	if (pthread_create(&worker->thread, NULL, run, worker) != 0) {
		mailbox_close(&worker->box);
		goto fail;
	}
	pthread_setname_np(worker->thread, name);
	return worker;
fail:
	free(worker);
	return NULL;
}

bool
worker_put(struct worker *worker, struct task *task)
{
	if (atomic_fetch_add(&worker->waiting, 1) >= WORKER_WAITING_MAX) {
		atomic_fetch_sub(&worker->waiting, 1);
		return false;
	}
	mailbox_put(&worker->box, &task->mail);
	return true;
}

size_t
worker_tasks(const struct worker *worker)
{
	return atomic_load(&worker->waiting);
}

void
worker_stop(struct worker *worker)
{
	if (worker == NULL)
		return;
	atomic_fetch_add(&worker->waiting, 1);
	mailbox_put(&worker->box, &worker->stop.mail);
	pthread_join(worker->thread, NULL);
	mailbox_close(&worker->box);
	free(worker);
}
