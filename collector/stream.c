/* SPDX-License-Identifier: Apache-2.0 */
/* What a recv brings lies on the stack. As a rule it is whole frames, which are taken from there;
 * what is left when the user returns is copied into `input`, and what comes behind it goes there
 * too. So at most one of `fresh` and `input` holds something. */
#include "collector/stream.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "collector/budget.h"
#include "collector/bytes.h"
#include "collector/meter.h"
#include "collector/stream_tls.h"
#include "collector/tls.h"

#define READ_BYTES (64u * 1024) /* at once: other connections want their turn */
#define RECORD_BYTES 16384      /* what TLS sends at once */
#define KEPT_BYTES 4096         /* of an empty pile, until the stream rests */

/* Bytes in one piece, put at its end and taken from its start. */
struct pile {
	struct bytes bytes;
	size_t taken; /* of them */
};

struct stream {
	evutil_socket_t fd;
	SSL *ssl; /* NULL: in the clear */
	struct event *readable, *writable;
	struct pile input, output;
	const uint8_t *fresh;
	size_t fresh_bytes;
	size_t counted;  /* of the output, in the budget */
	size_t reserved; /* between stream_reserve and stream_commit */
	struct timeval write_limit;
	struct stream_user user;
	bool reads;
	bool waits;         /* for the socket to be writable */
	bool reading_waits; /* for that too: TLS has something to say before it reads on */
	bool has_more;      /* TLS holds bytes of which the socket knows no longer */
	bool is_at_end;
	bool has_failed;
};

/* ------------------------------------------------------------------------------ piles */

static size_t
pile_left(const struct pile *p)
{
	return p->bytes.n - p->taken;
}

static const uint8_t *
pile_start(const struct pile *p)
{
	return p->bytes.at + p->taken;
}

static void
pile_take(struct pile *p, size_t n)
{
	p->taken += n;
	if (p->taken < p->bytes.n)
		return;
	p->taken = p->bytes.n = 0;
	if (p->bytes.room > KEPT_BYTES)
		bytes_free(&p->bytes);
}

/* Room at the end. What is left moves to the start where it is less than what was taken, so that
 * moving costs no more than putting did. */
static uint8_t *
pile_reserve(struct pile *p, size_t n)
{
	size_t left = pile_left(p);
	if (p->taken > left && p->bytes.room - p->bytes.n < n) {
		memmove(p->bytes.at, p->bytes.at + p->taken, left);
		p->bytes.n = left;
		p->taken = 0;
	}
	return bytes_reserve(&p->bytes, n);
}

static void
pile_rest(struct pile *p)
{
	if (pile_left(p) == 0)
		bytes_free(&p->bytes);
}

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

/* The user has returned: what it left would be gone with the stack. False: the stream is gone. */
static bool
keep_fresh(struct stream *s)
{
	size_t n = s->fresh_bytes;
	s->fresh_bytes = 0;
	keep(s, s->fresh, n);
	s->fresh = NULL;
	return !s->has_failed || s->user.arrived(s->user.context);
}

static size_t
receive_clear(struct stream *s, uint8_t *bytes, size_t room)
{
	ssize_t n = recv(s->fd, bytes, room, 0);
	if (n > 0)
		return (size_t)n;
	if (n == 0)
		s->is_at_end = true;
	else if (errno != EAGAIN && errno != EINTR)
		s->has_failed = true;
	return 0;
}

static void
wait_to_write(struct stream *s)
{
	if (event_add(s->writable, &s->write_limit) != 0)
		s->has_failed = true;
}

static size_t
receive_tls(struct stream *s, uint8_t *bytes, size_t room)
{
	size_t n = 0;
	enum tls_step step = tls_receive(s->ssl, bytes, room, &n);
	s->has_more = step == TLS_GOES_ON;
	s->is_at_end = step == TLS_END;
	s->has_failed = s->has_failed || step == TLS_FAILED;
	s->reading_waits = step == TLS_WAITS_TO_WRITE;
	if (s->reading_waits)
		wait_to_write(s);
	return n;
}

/* False: the stream is gone. */
static bool
read_in(struct stream *s)
{
	uint8_t bytes[READ_BYTES];
	size_t n = s->ssl != NULL ? receive_tls(s, bytes, sizeof(bytes))
				  : receive_clear(s, bytes, sizeof(bytes));
	if (n > 0)
		take_in(s, bytes, n);
	else if (!s->is_at_end && !s->has_failed)
		return true;
	if (!s->user.arrived(s->user.context) || (s->fresh_bytes > 0 && !keep_fresh(s)))
		return false;
	if (s->has_more && s->reads)
		event_active(s->readable, EV_READ, 0);
	return true;
}

static void
on_readable(evutil_socket_t fd, short events, void *context)
{
	struct stream *s = context;
	(void)fd;
	(void)events;
	if (s->reads)
		read_in(s);
}

void
stream_set_reading(struct stream *s, bool reads)
{
	if (s->reads == reads)
		return;
	s->reads = reads;
	if ((reads ? event_add(s->readable, NULL) : event_del(s->readable)) != 0)
		s->has_failed = true;
	if (reads && s->has_more)
		event_active(s->readable, EV_READ, 0);
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
	return pile_left(&s->output);
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

/* False: the socket takes no more for now, or has failed. */
static bool
send_clear(struct stream *s)
{
	ssize_t n = send(s->fd, pile_start(&s->output), stream_waiting(s), MSG_NOSIGNAL);
	if (n >= 0)
		pile_take(&s->output, (size_t)n);
	else if (errno == EAGAIN)
		return false;
	else if (errno != EINTR)
		s->has_failed = true;
	return !s->has_failed;
}

/* A record. */
static bool
send_tls(struct stream *s)
{
	size_t sent = 0, n = stream_waiting(s) < RECORD_BYTES ? stream_waiting(s) : RECORD_BYTES;
	enum tls_step step = tls_send(s->ssl, pile_start(&s->output), n, &sent);
	pile_take(&s->output, sent);
	/* Once hands are shaken nothing is said that must wait for the peer's word. */
	s->has_failed = step != TLS_GOES_ON && step != TLS_WAITS_TO_WRITE;
	return step == TLS_GOES_ON;
}

/* As much as the socket takes. */
static void
send_output(struct stream *s)
{
	while (stream_waiting(s) > 0 && !s->has_failed)
		if (!(s->ssl != NULL ? send_tls(s) : send_clear(s)))
			return;
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

static void
on_writable(evutil_socket_t fd, short events, void *context)
{
	struct stream *s = context;
	bool waited = s->waits;
	(void)fd;
	s->waits = false;
	if ((events & EV_TIMEOUT) != 0) {
		meter_refused(METER_UNREAD);
		s->has_failed = true;
	}
	if (s->reading_waits && !read_in(s))
		return;
	stream_write(s);
	if ((waited && !s->waits) || s->has_failed)
		s->user.written(s->user.context);
}

void
stream_shut(struct stream *s)
{
	if (s->ssl != NULL)
		tls_say_end(s->ssl);
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
	return s->ssl == NULL || SSL_is_init_finished(s->ssl);
}

bool
stream_is_certified(const struct stream *s)
{
	return s->ssl != NULL && tls_is_certified(s->ssl);
}

void
stream_rest(struct stream *s)
{
	pile_rest(&s->input);
	pile_rest(&s->output);
	if (s->ssl != NULL)
		SSL_free_buffers(s->ssl); /* it does not where they hold something */
}

struct stream *
stream_open(
    struct event_base *base, evutil_socket_t fd, struct tls *tls, const struct stream_user *user)
{
	struct stream *s = calloc(1, sizeof(*s));
	if (s == NULL) {
		evutil_closesocket(fd);
		return NULL;
	}
	s->fd = fd;
	s->ssl = tls != NULL ? tls_accept(tls, fd, user->alpn) : NULL;
	s->user = *user;
	s->write_limit.tv_sec = user->write_ms / 1000;
	s->write_limit.tv_usec = user->write_ms % 1000 * 1000;
	s->readable = event_new(base, fd, EV_READ | EV_PERSIST, on_readable, s);
	s->writable = event_new(base, fd, EV_WRITE, on_writable, s);
	if (s->readable == NULL || s->writable == NULL || (tls != NULL && s->ssl == NULL)) {
		stream_close(s);
		return NULL;
	}
	return s;
}

void
stream_close(struct stream *s)
{
	if (s->ssl != NULL && stream_is_ready(s) && !s->has_failed)
		tls_say_end(s->ssl);
	if (s->readable != NULL)
		event_free(s->readable);
	if (s->writable != NULL)
		event_free(s->writable);
	bytes_free(&s->input.bytes);
	bytes_free(&s->output.bytes);
	budget_move(s->user.output, s->counted, 0);
	SSL_free(s->ssl);
	evutil_closesocket(s->fd);
	free(s);
}
