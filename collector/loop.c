/* SPDX-License-Identifier: Apache-2.0 */
/* The outermost callbacks are those of this file and of session.c; each ends by settling the
 * sessions it gave something to. */
#include "collector/loop.h"

#include <event2/event.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "collector/clock.h"
#include "collector/log.h"
#include "collector/meter.h"
#include "collector/request.h"
#include "collector/slots.h"
#include "collector/stream.h"
#include "proto/limits.h"
#include "survey/validate.h"

#define SWEEP_MS 250
#define FAREWELL_MS 2000
#define OUTPUT_PAUSE_BYTES (128u * 1024) /* a peer that does not read holds this and one answer */
#define OUTPUT_MAX_BYTES (64u * 1024 * 1024)
#define ANSWERED_AT_ONCE 256

struct loop {
	struct server *server;
	struct meter *meter;
	pthread_t thread;
	struct event_base *base;
	struct stream_group *streams;
	struct mailbox stored, letters;
	struct event *on_stored, *on_letters, *on_sweep, *on_flush;
	struct session_rules rules;
	struct session_owner owner;
	struct slots slots;
	struct admission admission;
	int64_t drain_until_ms; /* 0: not draining */
	struct validation validation;
};

/* ------------------------------------------------------------------------------ sessions */

struct session *
loop_session(struct loop *loop, uint64_t id)
{
	struct slot *slot = slots_find(&loop->slots, id);
	return slot != NULL ? slot->session : NULL;
}

static bool
on_frame(void *context, struct session *s, const uint8_t *body, size_t n)
{
	return request_take(context, s, body, n);
}

static void
on_refusal(void *context, struct session *s)
{
	static struct log_gate gate;
	unsigned held_back;
	(void)context;
	if (log_gate_pass(&gate, clock_monotonic_ms(), &held_back))
		log_info("session=%llx framing lost held_back=%u",
		    (unsigned long long)session_id(s), held_back);
	meter_refused(METER_FRAME);
	request_refuse_frame(s);
}

static void
on_closed(void *context, struct session *s)
{
	struct loop *loop = context;
	struct slot *slot = slots_find(&loop->slots, session_id(s));
	peers_leave(&loop->server->peers, slot->peer);
	slots_give_back(&loop->slots, slot);
	meter_closed(session_door(s));
	log_debug("session=%llx closed", (unsigned long long)session_id(s));
}

uint64_t
loop_peer(struct loop *loop, const struct session *s)
{
	return slots_find(&loop->slots, session_id(s))->peer;
}

struct arrival {
	struct letter letter;
	evutil_socket_t fd;
	uint64_t peer;
	const struct dialect *dialect;
};

/* False: there is no room, or the end is near. */
static bool
open_session(struct loop *loop, const struct arrival *arrival)
{
	struct slot *slot = loop->drain_until_ms != 0 ? NULL : slots_take(&loop->slots);
	if (slot == NULL) {
		close(arrival->fd);
		return false;
	}
	slot->peer = arrival->peer;
	slot->session = session_open(loop->streams, arrival->fd, loop->server->tls, slot->id,
	    FRAME_UNIT_MAX_BYTES, arrival->dialect, &loop->owner);
	if (slot->session == NULL) {
		slots_give_back(&loop->slots, slot);
		return false;
	}
	meter_opened(session_door(slot->session));
	log_debug("session=%llx opened", (unsigned long long)slot->id);
	return true;
}

static void
open_arrival(struct letter *letter, struct loop *loop)
{
	struct arrival *arrival = (struct arrival *)letter;
	if (!open_session(loop, arrival))
		peers_leave(&loop->server->peers, arrival->peer);
	free(arrival);
}

bool
loop_adopt(struct loop *loop, evutil_socket_t fd, uint64_t peer, const struct dialect *dialect)
{
	struct arrival *arrival = calloc(1, sizeof(*arrival));
	if (arrival == NULL)
		return false;
	arrival->letter.open = open_arrival;
	arrival->fd = fd;
	arrival->peer = peer;
	arrival->dialect = dialect;
	loop_post(loop, &arrival->letter);
	return true;
}

/* ------------------------------------------------------------------------------ events */

static bool
has_sessions(const struct loop *loop)
{
	for (size_t i = 0; i < loop->slots.n; i++)
		if (loop->slots.at[i]->session != NULL)
			return true;
	return false;
}

static void
end_when_drained(struct loop *loop)
{
	if (loop->drain_until_ms == 0)
		return;
	bool is_late = clock_monotonic_ms() >= loop->drain_until_ms;
	/* Jobs must have come back even when nobody waits for them: they are in the store's hands.
	 */
	if (loop->admission.under_way == 0 && (is_late || !has_sessions(loop)))
		event_base_loopbreak(loop->base);
}

/* A session that is named more than once has all its answers written the first time. */
static void
settle(struct loop *loop, const uint64_t *ids, size_t n)
{
	for (size_t i = 0; n > 1 && i < n; i++) {
		struct session *s = loop_session(loop, ids[i]);
		if (s != NULL)
			session_write_soon(s);
	}
	stream_group_write(loop->streams);
	for (size_t i = 0; i < n; i++) {
		struct session *s = loop_session(loop, ids[i]);
		if (s != NULL)
			session_settle(s);
	}
}

static void
on_stored(evutil_socket_t fd, short events, void *context)
{
	(void)fd;
	(void)events;
	struct loop *loop = context;
	struct mail *mail = mailbox_take(&loop->stored);
	uint64_t answered[ANSWERED_AT_ONCE];
	size_t n = 0;
	while (mail != NULL) {
		struct store_job *job = (struct store_job *)mail;
		mail = mail->next;
		answered[n++] = request_stored(job);
		if (n < ANSWERED_AT_ONCE && mail != NULL)
			continue;
		settle(loop, answered, n);
		n = 0;
	}
	end_when_drained(loop);
}

/* After all that was ready in this turn: then it is known whether one job waits or many. */
static void
on_flush(evutil_socket_t fd, short events, void *context)
{
	struct loop *loop = context;
	if (store_flush(loop->server->store))
		on_stored(fd, events, loop);
}

void
loop_flush_soon(struct loop *loop)
{
	event_active(loop->on_flush, EV_TIMEOUT, 0);
}

static void
on_letters(evutil_socket_t fd, short events, void *context)
{
	(void)fd;
	(void)events;
	struct loop *loop = context;
	struct mail *mail = mailbox_take(&loop->letters);
	while (mail != NULL) {
		struct letter *letter = (struct letter *)mail;
		mail = mail->next;
		letter->open(letter, loop);
	}
	end_when_drained(loop);
}

static void
on_sweep(evutil_socket_t fd, short events, void *context)
{
	(void)fd;
	(void)events;
	struct loop *loop = context;
	int64_t now_ms = clock_monotonic_ms();
	admission_tick(&loop->admission);
	for (size_t i = 0; i < loop->slots.n; i++)
		if (loop->slots.at[i]->session != NULL)
			session_sweep(loop->slots.at[i]->session, now_ms);
	end_when_drained(loop);
}

struct farewell {
	struct letter letter;
	int64_t patience_ms;
};

static void
open_farewell(struct letter *letter, struct loop *loop)
{
	struct farewell *farewell = (struct farewell *)letter;
	loop->drain_until_ms = clock_monotonic_ms() + farewell->patience_ms;
	free(farewell);
	for (size_t i = 0; i < loop->slots.n; i++)
		if (loop->slots.at[i]->session != NULL)
			session_drain(loop->slots.at[i]->session);
}

void
loop_drain(struct loop *loop, int64_t patience_ms)
{
	struct farewell *farewell = calloc(1, sizeof(*farewell));
	if (farewell == NULL)
		abort(); /* stopping without memory: the log needs no goodbye */
	farewell->letter.open = open_farewell;
	farewell->patience_ms = patience_ms;
	loop_post(loop, &farewell->letter);
}

void
loop_post(struct loop *loop, struct letter *letter)
{
	mailbox_put(&loop->letters, &letter->mail);
}

/* ------------------------------------------------------------------------------ start and stop */

void
loop_free(struct loop *loop)
{
	if (loop == NULL)
		return;
	struct event *const events[] = {
	    loop->on_stored, loop->on_letters, loop->on_sweep, loop->on_flush};
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		if (events[i] != NULL)
			event_free(events[i]);
	stream_group_free(loop->streams);
	if (loop->base != NULL)
		event_base_free(loop->base);
	if (loop->stored.event_fd >= 0)
		mailbox_close(&loop->stored);
	if (loop->letters.event_fd >= 0)
		mailbox_close(&loop->letters);
	slots_clear(&loop->slots);
	free(loop);
}

static void *
run(void *argument)
{
	struct loop *loop = argument;
	meter_use(loop->meter);
	event_base_loop(loop->base, EVLOOP_NO_EXIT_ON_EMPTY);
	for (size_t i = 0; i < loop->slots.n; i++)
		if (loop->slots.at[i]->session != NULL)
			session_close(loop->slots.at[i]->session);
	return NULL;
}

static bool
add_events(struct loop *loop)
{
	static const struct timeval sweep = {.tv_usec = SWEEP_MS * 1000};
	const short reads = EV_READ | EV_PERSIST;
	loop->on_stored = event_new(loop->base, loop->stored.event_fd, reads, on_stored, loop);
	loop->on_letters = event_new(loop->base, loop->letters.event_fd, reads, on_letters, loop);
	loop->on_sweep = event_new(loop->base, -1, EV_PERSIST, on_sweep, loop);
	loop->on_flush = event_new(loop->base, -1, 0, on_flush, loop);
	return loop->on_stored != NULL && loop->on_letters != NULL && loop->on_sweep != NULL &&
	       loop->on_flush != NULL && event_add(loop->on_stored, NULL) == 0 &&
	       event_add(loop->on_letters, NULL) == 0 && event_add(loop->on_sweep, &sweep) == 0;
}

static struct session_rules
rules_of(struct server *server)
{
	const struct config *config = &server->config;
	return (struct session_rules){
	    .in_flight_max = (size_t)config->session_in_flight,
	    .output_pause_bytes = OUTPUT_PAUSE_BYTES,
	    .output_max_bytes = OUTPUT_MAX_BYTES,
	    .output = &server->peers.output,
	    .idle_ms = (int64_t)config->idle_timeout_ms,
	    .handshake_ms = (int64_t)config->handshake_timeout_ms,
	    .read_ms = (int64_t)config->read_timeout_ms,
	    .farewell_ms = FAREWELL_MS,
	};
}

/* A loop's part of what may be under way in all. */
static size_t
most_under_way(const struct config *config)
{
	return (size_t)((config->in_flight + config->loops - 1) / config->loops);
}

struct reload {
	struct letter letter;
	struct session_rules rules;
	size_t most;
};

static void
open_reload(struct letter *letter, struct loop *loop)
{
	struct reload *reload = (struct reload *)letter;
	loop->rules = reload->rules;
	loop->admission.most = reload->most;
	free(reload);
}

void
loop_reload(struct loop *loop)
{
	struct reload *reload = calloc(1, sizeof(*reload));
	if (reload == NULL) {
		log_error("reload not followed by a loop reason=out of memory");
		return;
	}
	reload->letter.open = open_reload;
	reload->rules = rules_of(loop->server);
	reload->most = most_under_way(&loop->server->config);
	loop_post(loop, &reload->letter);
}

static void
set_rules(struct loop *loop)
{
	loop->rules = rules_of(loop->server);
	loop->owner = (struct session_owner){
	    .rules = &loop->rules,
	    .context = loop,
	    .frame = on_frame,
	    .refusal = on_refusal,
	    .closed = on_closed,
	};
	loop->admission.most = most_under_way(&loop->server->config);
}

struct loop *
loop_start(struct server *server, unsigned index)
{
	char name[16];
	struct loop *loop = calloc(1, sizeof(*loop));
	if (loop == NULL)
		return NULL;
	loop->server = server;
	loop->meter = server->meters != NULL ? &server->meters[index + 1] : NULL;
	loop->stored.event_fd = loop->letters.event_fd = -1;
	set_rules(loop);
	loop->base = event_base_new();
	loop->streams = loop->base != NULL ? stream_group_new(loop->base) : NULL;
	if (loop->streams == NULL || !mailbox_open(&loop->stored) ||
	    !mailbox_open(&loop->letters) || !add_events(loop) ||
	    pthread_create(&loop->thread, NULL, run, loop) != 0) {
		loop_free(loop);
		return NULL;
	}
	snprintf(name, sizeof(name), "loop-%u", index);
	pthread_setname_np(loop->thread, name);
	return loop;
}

void
loop_join(struct loop *loop)
{
	pthread_join(loop->thread, NULL);
}

struct server *
loop_server(struct loop *loop)
{
	return loop->server;
}

struct mailbox *
loop_store_replies(struct loop *loop)
{
	return &loop->stored;
}

struct validation *
loop_validation(struct loop *loop)
{
	return &loop->validation;
}

struct admission *
loop_admission(struct loop *loop)
{
	return &loop->admission;
}

void
loop_begin(struct loop *loop)
{
	meter_under_way(++loop->admission.under_way);
}

void
loop_end(struct loop *loop)
{
	meter_under_way(--loop->admission.under_way);
}
