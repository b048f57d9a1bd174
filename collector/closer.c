/* SPDX-License-Identifier: Apache-2.0 */
/* One entry under way at a time: whatever else is due is still due at the next tick, and an entry
 * that had moved is simply made again then. */
#include "collector/closer.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "collector/clock.h"
#include "collector/log.h"
#include "collector/overdue.h"
#include "proto/digest.h"
#include "proto/entry.h"

struct closer {
	struct store_job job; /* first: what the store posts back is this */
	struct server *server;
	struct mailbox replies;
	struct event *on_reply;
	struct overdue overdue;
	bool is_busy;
	char name[ROUND_NAME_MAX + 1];
	uint8_t bytes[ENTRY_HEADER_BYTES];
};

static void
take_replies(struct closer *c)
{
	if (mailbox_take(&c->replies) == NULL)
		return;
	c->is_busy = false;
	if (c->job.outcome != STORE_ACCEPTED)
		return;
	atomic_store(&c->server->wants_checkpoint, true);
	log_info(
	    "round=%s closed by its time number=%llu", c->name, (unsigned long long)c->job.number);
}

static void
on_reply(evutil_socket_t fd, short events, void *context)
{
	(void)fd;
	(void)events;
	take_replies(context);
}

static void
submit(struct closer *c, const struct round_view *round)
{
	struct entry e = {
	    .kind = ENTRY_ROUND_CLOSED,
	    .time_ms = clock_wall_ms(),
	    .round = round->number,
	    .definition = round->definition_number,
	    .previous = round->last,
	};
	digest_sha256(NULL, 0, e.digest);
	entry_encode(&e, c->bytes);
	memcpy(c->name, round->name, sizeof(c->name));
	c->job = (struct store_job){
	    .bytes = c->bytes,
	    .n = sizeof(c->bytes),
	    .condition = {{state_round_subject(round->index), round->last, true}},
	    .reply = &c->replies,
	};
	c->is_busy = true;
	store_submit(c->server->store, &c->job);
}

static bool
is_due(const struct round_view *round, int64_t now_ms)
{
	return round->phase == ROUND_OPEN && round->closes_ms != 0 && round->closes_ms <= now_ms;
}

static void
warn(const struct round_view *round)
{
	log_warn("round=%s its time passed while khaosatd was stopped, or the clock was set ahead: "
		 "nothing is accepted, and it is closed for good in minutes=%d unless it is "
		 "extended or the clock set back",
	    round->name, (int)(OVERDUE_WAIT_MS / 60000));
}

void
closer_tick(struct closer *c)
{
	struct round_view round;
	size_t n = state_rounds(c->server->state);
	int64_t wall_ms = clock_wall_ms(), monotonic_ms = clock_monotonic_ms();
	bool is_news = overdue_look(&c->overdue, wall_ms, monotonic_ms);
	for (uint32_t i = 0; i < n; i++) {
		if (!state_round_at(c->server->state, i, &round) || !is_due(&round, wall_ms))
			continue;
		if (!overdue_waits(&c->overdue, round.closes_ms, monotonic_ms)) {
			if (!c->is_busy)
				submit(c, &round);
		} else if (is_news) {
			warn(&round);
		}
	}
}

struct closer *
closer_open(struct event_base *base, struct server *server)
{
	struct closer *c = calloc(1, sizeof(*c));
	if (c == NULL)
		return NULL;
	c->server = server;
	if (!mailbox_open(&c->replies)) {
		free(c);
		return NULL;
	}
	c->on_reply = event_new(base, c->replies.event_fd, EV_READ | EV_PERSIST, on_reply, c);
	if (c->on_reply == NULL || event_add(c->on_reply, NULL) != 0) {
		closer_close(c);
		return NULL;
	}
	return c;
}

void
closer_close(struct closer *c)
{
	if (c == NULL)
		return;
	take_replies(c);
	if (c->on_reply != NULL)
		event_free(c->on_reply);
	mailbox_close(&c->replies);
	free(c);
}
