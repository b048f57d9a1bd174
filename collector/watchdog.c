/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/watchdog.h"

#include <stdlib.h>

#include "collector/clock.h"
#include "collector/loop.h"
#include "collector/supervisor.h"

#define ROUNDS 4 /* in the supervisor's time, at least */
#define ROUND_MS 1000

struct ping {
	struct letter letter; /* first */
	struct watchdog *watchdog;
};

struct watchdog {
	struct server *server;
	int64_t round_ms;
	bool is_supervised;
	int64_t asked_ms;
	bool is_asking;
	atomic_size_t missing; /* answers of this round */
	struct store_call call;
	struct ping ping[]; /* one a loop */
};

struct watchdog *
watchdog_new(struct server *server, int64_t every_ms)
{
	size_t pings = server->n_loops * sizeof(struct ping);
	struct watchdog *w = calloc(1, sizeof(*w) + pings);
	if (w == NULL)
		return NULL;
	w->server = server;
	w->is_supervised = every_ms > 0;
	w->round_ms = ROUND_MS;
	if (w->is_supervised && every_ms / ROUNDS < ROUND_MS)
		w->round_ms = every_ms / ROUNDS + 1;
	atomic_store(&server->answered_ms, clock_monotonic_ms());
	return w;
}

static void
open_ping(struct letter *letter, struct loop *loop)
{
	(void)loop;
	atomic_fetch_sub(&((struct ping *)letter)->watchdog->missing, 1);
}

static void
on_writer(void *argument, uint64_t last)
{
	struct watchdog *w = argument;
	(void)last;
	atomic_fetch_sub(&w->missing, 1);
}

static void
ask(struct watchdog *w, int64_t now_ms)
{
	w->is_asking = true;
	w->asked_ms = now_ms;
	atomic_store(&w->missing, w->server->n_loops + 1);
	w->call = (struct store_call){.call = on_writer, .argument = w};
	store_call(w->server->store, &w->call);
	for (size_t i = 0; i < w->server->n_loops; i++) {
		w->ping[i] = (struct ping){.letter = {.open = open_ping}, .watchdog = w};
		loop_post(w->server->loops[i], &w->ping[i].letter);
	}
}

void
watchdog_tick(struct watchdog *w)
{
	int64_t now_ms = clock_monotonic_ms();
	if (w->is_asking && atomic_load(&w->missing) == 0) {
		w->is_asking = false;
		atomic_store(&w->server->answered_ms, now_ms);
		if (w->is_supervised)
			supervisor_notify("WATCHDOG=1");
	}
	if (!w->is_asking && now_ms - w->asked_ms >= w->round_ms)
		ask(w, now_ms);
}

void
watchdog_free(struct watchdog *w)
{
	free(w);
}
