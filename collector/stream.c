/* SPDX-License-Identifier: Apache-2.0 */
/* What a receive brings lies in its group's room. As a rule it is whole frames, which are taken
 * from there; what is left when the user returns is copied into `input`, and what comes behind it
 * goes there too. So at most one of `fresh` and `input` holds something. */
#include "collector/stream.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "collector/budget.h"
#include "collector/log.h"
#include "collector/meter.h"
#include "collector/pile.h"
#include "collector/seal.h"
#include "collector/sockets.h"

/* At once: other connections want their turn. No power of two, lest all that comes first lie in the
 * same few lines of the processor's cache. */
#define READ_BYTES 15872
#define RECORD_BYTES 16384 /* what TLS seals at once */
#define TOGETHER 32        /* streams that receive, or send, in one call */

struct stream_group {
	struct event_base *base;
	struct sockets *sockets;
	struct event *on_ready;
	struct stream *ready[TOGETHER]; /* to be read, each into its room; NULL: closed meanwhile */
	struct stream *saying[TOGETHER]; /* to be written */
	size_t n_ready, n_saying;
	uint8_t room[TOGETHER][READ_BYTES];
};

struct stream {
	struct stream_group *group;
	evutil_socket_t fd;
	struct seal *seal; /* NULL: in the clear */
	struct event *readable, *writable;
	struct stream **place; /* among those to be read; NULL: not there */
	struct pile input, output;
	const uint8_t *fresh;
	size_t fresh_bytes;
	size_t counted;  /* of the output, in the budget */
	size_t reserved; /* between stream_reserve and stream_commit */
	struct timeval write_limit;
	struct stream_user user;
	bool reads;
	bool waits;   /* for the socket to be writable */
	bool is_said; /* among those to be written */
	bool is_at_end;
	bool has_failed;
};

/* ------------------------------------------------------------------------------ what came in */

/* Behind what is there already. */
static void
keep(struct stream *s, const uint8_t *bytes, size_t n)
{
	if (n == 0)
		return;
	uint8_t *room = pile_reserve(&s->input, n);
	if (room == NULL) {
		s->has_failed = true;
		return;
	}
	memcpy(room, bytes, n);
	s->input.bytes.n += n;
}

static void
take_in(struct stream *s, const uint8_t *bytes, size_t n)
{
	if (pile_left(&s->input) > 0) {
		keep(s, bytes, n);
		return;
	}
	s->fresh = bytes;
	s->fresh_bytes = n;
}

/* The user has returned: what it left would be gone with the room. False: the stream is gone. */
static bool
keep_fresh(struct stream *s)
{
	size_t n = s->fresh_bytes;
	s->fresh_bytes = 0;
	keep(s, s->fresh, n);
	s->fresh = NULL;
	return !s->has_failed || s->user.arrived(s->user.context);
}

/* n bytes in the clear, or the end, or nothing. False: the stream is gone. */
static bool
deliver(struct stream *s, const uint8_t *bytes, size_t n)
{
	if (n > 0)
		take_in(s, bytes, n);
	else if (!s->is_at_end && !s->has_failed)
		return true;
	return s->user.arrived(s->user.context) && (s->fresh_bytes == 0 || keep_fresh(s));
}

/* What TLS itself has to say, an alert too, goes out before the user may close the stream. */
static void
unseal(struct stream *s, const uint8_t *bytes, size_t n)
{
	uint8_t clear[READ_BYTES];
	enum seal_step step = SEAL_HAS_MORE;
	seal_put(s->seal, bytes, n);
	while (step == SEAL_HAS_MORE) {
		size_t got = 0;
		step = seal_read(s->seal, clear, sizeof(clear), &got);
		stream_write(s);
		s->is_at_end = s->is_at_end || step == SEAL_END;
		s->has_failed = s->has_failed || step == SEAL_FAILED;
		if (!deliver(s, clear, got))
			return;
	}
}

/* What a receive has brought: bytes, or what sockets.h says of none. */
static void
take_received(struct stream *s, const uint8_t *bytes, ssize_t n)
{
	s->is_at_end = s->is_at_end || n == 0;
	s->has_failed = s->has_failed || (n < 0 && n != -EAGAIN && n != -EINTR);
	if (n > 0 && s->seal != NULL)
		unseal(s, bytes, (size_t)n);
	else
		deliver(s, bytes, n > 0 ? (size_t)n : 0);
}

/* Those who are still there and want to read, each with its room. */
static size_t
prepare_receives(struct stream_group *g, struct socket_call *calls)
{
	size_t n = 0;
	for (size_t i = 0; i < g->n_ready; i++) {
		struct stream *s = g->ready[i];
		if (s == NULL)
			continue;
		s->place = s->reads ? &g->ready[n] : NULL;
		if (!s->reads)
			continue;
		g->ready[n] = s;
		calls[n] = (struct socket_call){.fd = s->fd, .bytes = g->room[n], .n = READ_BYTES};
		n++;
	}
	g->n_ready = 0;
	return n;
}

/* After all that is readable in this turn has been noted. What one stream is told may close
 * another, as long as that has its place. */
static void
on_ready(evutil_socket_t fd, short events, void *context)
{
	struct stream_group *g = context;
	struct socket_call calls[TOGETHER];
	(void)fd;
	(void)events;
	size_t n = prepare_receives(g, calls);
	sockets_run(g->sockets, calls, n);
	for (size_t i = 0; i < n; i++) {
		struct stream *s = g->ready[i];
		if (s == NULL)
			continue;
		s->place = NULL;
		take_received(s, g->room[i], calls[i].moved);
	}
}

static void
on_readable(evutil_socket_t fd, short events, void *context)
{
	struct stream *s = context;
	struct stream_group *g = s->group;
	if (!s->reads || s->place != NULL)
		return;
	if (g->n_ready == 0)
		event_active(g->on_ready, EV_TIMEOUT, 0);
	s->place = &g->ready[g->n_ready];
	*s->place = s;
	if (++g->n_ready == TOGETHER)
		on_ready(fd, events, g);
}

void
stream_set_reading(struct stream *s, bool reads)
{
	if (s->reads == reads)
		return;
	s->reads = reads;
	if ((reads ? event_add(s->readable, NULL) : event_del(s->readable)) != 0)
		s->has_failed = true;
}

size_t
stream_length(const struct stream *s)
{
	return s->fresh_bytes > 0 ? s->fresh_bytes : pile_left(&s->input);
}

const uint8_t *
stream_peek(const struct stream *s)
{
	return s->fresh_bytes > 0 ? s->fresh : pile_start(&s->input);
}

void
stream_take(struct stream *s, size_t n)
{
	if (s->fresh_bytes == 0) {
		pile_take(&s->input, n);
		return;
	}
	s->fresh += n;
	s->fresh_bytes -= n;
}

/* ------------------------------------------------------------------------------ what goes out */

size_t
stream_waiting(const struct stream *s)
{
	return pile_left(&s->output) + (s->seal != NULL ? pile_left(seal_output(s->seal)) : 0);
}

uint8_t *
stream_reserve(struct stream *s, size_t n)
{
	s->reserved = n;
	return pile_reserve(&s->output, n);
}

void
stream_commit(struct stream *s)
{
	s->output.bytes.n += s->reserved;
}

/* The bytes that the socket is to take next; within TLS some of the output is sealed for it. */
static struct pile *
next_bytes(struct stream *s)
{
	if (s->seal == NULL)
		return &s->output;
	struct pile *sealed = seal_output(s->seal);
	while (pile_left(&s->output) > 0 && pile_left(sealed) < RECORD_BYTES && !s->has_failed) {
		size_t left = pile_left(&s->output);
		size_t n = left < RECORD_BYTES ? left : RECORD_BYTES;
		s->has_failed = !seal_write(s->seal, pile_start(&s->output), n);
		pile_take(&s->output, n);
	}
	return sealed;
}

/* What came of a send. False: the socket takes no more for now, or has failed. */
static bool
take_sent(struct stream *s, struct pile *from, ssize_t n)
{
	if (n > 0)
		pile_take(from, (size_t)n);
	s->has_failed = s->has_failed || (n < 0 && n != -EAGAIN && n != -EINTR);
	return n != -EAGAIN && !s->has_failed;
}

static struct socket_call
send_of(const struct stream *s, struct pile *from)
{
	return (struct socket_call){
	    .fd = s->fd, .sends = true, .bytes = pile_start(from), .n = pile_left(from)};
}

/* As much as the socket takes. */
static void
send_output(struct stream *s)
{
	bool goes_on = !s->has_failed;
	while (goes_on) {
		struct pile *from = next_bytes(s);
		if (pile_left(from) == 0)
			return;
		struct socket_call call = send_of(s, from);
		sockets_run(s->group->sockets, &call, 1);
		goes_on = take_sent(s, from, call.moved);
	}
}

static void
count_waiting(struct stream *s)
{
	size_t n = stream_waiting(s);
	if (n == s->counted)
		return;
	budget_move(s->user.output, s->counted, n);
	s->counted = n;
}

static void
wait_to_write(struct stream *s)
{
	if (event_add(s->writable, &s->write_limit) != 0)
		s->has_failed = true;
}

void
stream_write_later(struct stream *s)
{
	count_waiting(s);
	if (s->waits || stream_waiting(s) == 0)
		return;
	s->waits = true;
	wait_to_write(s);
}

void
stream_write(struct stream *s)
{
	if (s->waits) {
		count_waiting(s);
		return;
	}
	send_output(s);
	if (!s->has_failed)
		stream_write_later(s);
	else
		count_waiting(s);
}

void
stream_write_soon(struct stream *s)
{
	struct stream_group *g = s->group;
	if (s->waits || s->is_said || s->has_failed || stream_waiting(s) == 0)
		return;
	s->is_said = true;
	g->saying[g->n_saying++] = s;
	if (g->n_saying == TOGETHER)
		stream_group_write(g);
}

void
stream_group_write(struct stream_group *g)
{
	struct socket_call calls[TOGETHER];
	struct pile *from[TOGETHER];
	size_t n = g->n_saying;
	for (size_t i = 0; i < n; i++) {
		from[i] = next_bytes(g->saying[i]);
		calls[i] = send_of(g->saying[i], from[i]);
	}
	sockets_run(g->sockets, calls, n);
	for (size_t i = 0; i < n; i++) {
		g->saying[i]->is_said = false;
		take_sent(g->saying[i], from[i], calls[i].moved);
	}
	g->n_saying = 0;
}

static void
on_writable(evutil_socket_t fd, short events, void *context)
{
	struct stream *s = context;
	(void)fd;
	s->waits = false;
	if ((events & EV_TIMEOUT) != 0) {
		meter_refused(METER_UNREAD);
		s->has_failed = true;
	}
	stream_write(s);
	if (!s->waits)
		s->user.written(s->user.context);
}

void
stream_shut(struct stream *s)
{
	if (s->seal != NULL) {
		seal_end(s->seal);
		send_output(s);
	}
	shutdown(s->fd, SHUT_WR);
}

/* ------------------------------------------------------------------------------ open and close */

bool
stream_is_at_end(const struct stream *s)
{
	return s->is_at_end;
}

bool
stream_has_failed(const struct stream *s)
{
	return s->has_failed;
}

bool
stream_is_ready(const struct stream *s)
{
	return s->seal == NULL || seal_is_ready(s->seal);
}

bool
stream_is_certified(const struct stream *s)
{
	return s->seal != NULL && seal_is_certified(s->seal);
}

void
stream_rest(struct stream *s)
{
	pile_rest(&s->input);
	pile_rest(&s->output);
	if (s->seal != NULL)
		seal_rest(s->seal);
}

struct stream *
stream_open(
    struct stream_group *group, evutil_socket_t fd, struct tls *tls, const struct stream_user *user)
{
	struct stream *s = calloc(1, sizeof(*s));
	if (s == NULL) {
		evutil_closesocket(fd);
		return NULL;
	}
	s->group = group;
	s->fd = fd;
	s->seal = tls != NULL ? seal_new(tls, user->alpn) : NULL;
	s->user = *user;
	s->write_limit.tv_sec = user->write_ms / 1000;
	s->write_limit.tv_usec = user->write_ms % 1000 * 1000;
	s->readable = event_new(group->base, fd, EV_READ | EV_PERSIST, on_readable, s);
	s->writable = event_new(group->base, fd, EV_WRITE, on_writable, s);
	if (s->readable == NULL || s->writable == NULL || (tls != NULL && s->seal == NULL)) {
		stream_close(s);
		return NULL;
	}
	return s;
}

/* A peer within TLS is told of the end, but not what was left to say. */
void
stream_close(struct stream *s)
{
	bytes_free(&s->output.bytes);
	s->output = (struct pile){0};
	if (s->seal != NULL && stream_is_ready(s) && !s->has_failed) {
		seal_end(s->seal);
		send_output(s);
	}
	if (s->place != NULL)
		*s->place = NULL;
	if (s->readable != NULL)
		event_free(s->readable);
	if (s->writable != NULL)
		event_free(s->writable);
	bytes_free(&s->input.bytes);
	budget_move(s->user.output, s->counted, 0);
	seal_free(s->seal);
	evutil_closesocket(s->fd);
	free(s);
}

/* ------------------------------------------------------------------------------ the group */

struct stream_group *
stream_group_new(struct event_base *base)
{
	struct stream_group *g = calloc(1, sizeof(*g));
	if (g == NULL)
		return NULL;
	g->base = base;
	g->sockets = sockets_new(true);
	g->on_ready = event_new(base, -1, 0, on_ready, g);
	if (g->sockets != NULL && !sockets_in_one_call(g->sockets))
		log_info("no io_uring here: a system call for each socket");
	if (g->sockets == NULL || g->on_ready == NULL) {
		stream_group_free(g);
		return NULL;
	}
	return g;
}

void
stream_group_free(struct stream_group *g)
{
	if (g == NULL)
		return;
	sockets_free(g->sockets);
	if (g->on_ready != NULL)
		event_free(g->on_ready);
	free(g);
}
