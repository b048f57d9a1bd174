/* SPDX-License-Identifier: Apache-2.0 */
/* What a recv brings lies on the stack. As a rule it is whole frames, which are taken from there;
 * what is left when the user returns is copied into `input`, and what comes behind it goes there
 * too. So at most one of `fresh` and `input` holds something. */
#include "collector/stream.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "collector/budget.h"
#include "collector/meter.h"
#include "collector/stream_tls.h"
#include "collector/tls.h"

#define READ_BYTES (64u * 1024) /* at once: other connections want their turn */
#define PIECES_AT_ONCE 64
#define RECORD_BYTES 16384 /* what TLS sends at once */

struct stream {
	evutil_socket_t fd;
	SSL *ssl; /* NULL: in the clear */
	struct event *readable, *writable;
	struct evbuffer *input, *output;
	const uint8_t *fresh;
	size_t fresh_bytes;
	size_t counted;             /* of the output, in the budget */
	struct evbuffer_iovec room; /* between stream_reserve and stream_commit */
	struct timeval write_limit;
	struct stream_user user;
	bool reads;
	bool waits;         /* for the socket to be writable */
	bool reading_waits; /* for that too: TLS has something to say before it reads on */
	bool has_more;      /* TLS holds bytes of which the socket knows no longer */
	bool is_at_end;
	bool has_failed;
};

/* ------------------------------------------------------------------------------ what came in */

/* Behind what is there already. */
static void
keep(struct stream *s, const uint8_t *bytes, size_t n)
{
	if (n > 0 && evbuffer_add(s->input, bytes, n) != 0)
		s->has_failed = true;
}

static void
take_in(struct stream *s, const uint8_t *bytes, size_t n)
{
	if (evbuffer_get_length(s->input) > 0) {
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
	return s->fresh_bytes > 0 ? s->fresh_bytes : evbuffer_get_length(s->input);
}

const uint8_t *
stream_peek(struct stream *s, size_t n)
{
	return s->fresh_bytes > 0 ? s->fresh : evbuffer_pullup(s->input, (ev_ssize_t)n);
}

void
stream_take(struct stream *s, size_t n)
{
	if (s->fresh_bytes == 0) {
		evbuffer_drain(s->input, n);
		return;
	}
	s->fresh += n;
	s->fresh_bytes -= n;
}

/* ------------------------------------------------------------------------------ what goes out */

size_t
stream_waiting(const struct stream *s)
{
	return evbuffer_get_length(s->output);
}

uint8_t *
stream_reserve(struct stream *s, size_t n)
{
	if (evbuffer_reserve_space(s->output, (ev_ssize_t)n, &s->room, 1) != 1)
		return NULL;
	s->room.iov_len = n;
	return s->room.iov_base;
}

bool
stream_commit(struct stream *s)
{
	return evbuffer_commit_space(s->output, &s->room, 1) == 0;
}

static ssize_t
send_pieces(struct stream *s)
{
	struct evbuffer_iovec piece[PIECES_AT_ONCE];
	int n = evbuffer_peek(s->output, -1, NULL, piece, PIECES_AT_ONCE);
	if (n == 1)
		return send(s->fd, piece[0].iov_base, piece[0].iov_len, MSG_NOSIGNAL);
	struct msghdr message = {
	    .msg_iov = piece, .msg_iovlen = n < PIECES_AT_ONCE ? (size_t)n : PIECES_AT_ONCE};
	return sendmsg(s->fd, &message, MSG_NOSIGNAL);
}

/* False: the socket takes no more for now, or has failed. */
static bool
send_clear(struct stream *s)
{
	ssize_t n = send_pieces(s);
	if (n >= 0)
		evbuffer_drain(s->output, (size_t)n);
	else if (errno == EAGAIN)
		return false;
	else if (errno != EINTR)
		s->has_failed = true;
	return !s->has_failed;
}

/* A record, in one piece. */
static bool
send_tls(struct stream *s)
{
	size_t sent = 0, n = stream_waiting(s) < RECORD_BYTES ? stream_waiting(s) : RECORD_BYTES;
	const uint8_t *bytes = evbuffer_pullup(s->output, (ev_ssize_t)n);
	enum tls_step step = bytes != NULL ? tls_send(s->ssl, bytes, n, &sent) : TLS_FAILED;
	evbuffer_drain(s->output, sent);
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
	s->input = evbuffer_new();
	s->output = evbuffer_new();
	if (s->readable == NULL || s->writable == NULL || s->input == NULL || s->output == NULL ||
	    (tls != NULL && s->ssl == NULL)) {
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
	if (s->input != NULL)
		evbuffer_free(s->input);
	if (s->output != NULL)
		evbuffer_free(s->output);
	budget_move(s->user.output, s->counted, 0);
	SSL_free(s->ssl);
	evutil_closesocket(s->fd);
	free(s);
}
