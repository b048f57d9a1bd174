/* SPDX-License-Identifier: Apache-2.0 */
/* Many streams of one loop give back what they are told, in the clear and within TLS, in one system
 * call together and one each: through sockets that hold little, in pieces of any size, written at
 * once, together or later, hushed and heard again, while peers vanish and streams close each other.
 * Nobody ever gets a byte that is not the next one; who stays gets all. */
#include "collector/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <event2/event.h>
#include <openssl/err.h>

#include "collector/budget.h"
#include "collector/sockets.h"
#include "tests/support/tls_rig.h"

#define ENDS 70
#define SAID 120000 /* by each peer */
#define TURNS_MAX 200000
#define HUSHED_BYTES 20000 /* of output that waits */

static bool has_ring;

struct sockets *__real_sockets_new(bool in_one_call);
struct sockets *__wrap_sockets_new(bool in_one_call);

struct sockets *
__wrap_sockets_new(bool in_one_call)
{
	return __real_sockets_new(in_one_call && has_ring);
}

struct rig;

struct end {
	struct rig *rig;
	struct stream *stream; /* NULL: closed */
	/* The peer: */
	int fd; /* -1: it has vanished */
	SSL *ssl;
	size_t i, said, heard;
	bool has_ended, is_through;
};

struct rig {
	struct tls_rig tls;
	struct event_base *base;
	struct stream_group *group;
	struct budget output;
	struct end end[ENDS];
	bool is_rough; /* they vanish and close each other */
};

static size_t
below(size_t n)
{
	return (size_t)rand() % n;
}

static uint8_t
byte_of(const struct end *e, size_t at)
{
	return (uint8_t)(e->i * 7 + at + at / 253);
}

/* ------------------------------------------------------------------------------ the collector's */

static void
end_close(struct end *e)
{
	stream_close(e->stream);
	e->stream = NULL;
}

/* Some of what has come goes out again. */
static void
echo(struct end *e)
{
	size_t n = stream_length(e->stream);
	bool is_over = stream_is_at_end(e->stream);
	if (n > 0 && !is_over && below(3) == 0)
		n = below(n) + 1;
	if (n == 0 || (stream_waiting(e->stream) > HUSHED_BYTES && !is_over))
		return;
	uint8_t *room = stream_reserve(e->stream, n);
	assert_non_null(room);
	memcpy(room, stream_peek(e->stream), n);
	stream_commit(e->stream);
	stream_take(e->stream, n);
}

/* As a session does at its end. False: it is gone. */
static bool
settle(struct end *e)
{
	bool is_over = stream_is_at_end(e->stream);
	if (below(4) == 0)
		stream_write_later(e->stream);
	else
		stream_write(e->stream);
	bool is_done = is_over && stream_length(e->stream) + stream_waiting(e->stream) == 0;
	if (stream_has_failed(e->stream) || is_done) {
		end_close(e);
		return false;
	}
	stream_set_reading(
	    e->stream, !is_over && stream_waiting(e->stream) <= HUSHED_BYTES && below(10) > 0);
	return true;
}

static bool
on_arrived(void *context)
{
	struct end *e = context;
	struct end *other = &e->rig->end[below(ENDS)];
	if (e->rig->is_rough && other->stream != NULL && below(400) == 0)
		end_close(other);
	if (e->stream == NULL)
		return false;
	echo(e);
	return settle(e);
}

static bool
on_written(void *context)
{
	struct end *e = context;
	echo(e);
	return settle(e);
}

/* What a loop does when answers come: of several, then of each. */
static void
answer_some(struct rig *rig)
{
	struct end *some[12];
	for (size_t i = 0; i < 12; i++) {
		some[i] = &rig->end[below(ENDS)];
		if (some[i]->stream == NULL)
			continue;
		echo(some[i]);
		stream_write_soon(some[i]->stream);
	}
	stream_group_write(rig->group);
	for (size_t i = 0; i < 12; i++)
		if (some[i]->stream != NULL)
			settle(some[i]);
	if (rig->end[below(ENDS)].stream != NULL && below(5) == 0)
		for (size_t i = 0; i < ENDS; i++)
			if (rig->end[i].stream != NULL)
				stream_rest(rig->end[i].stream);
}

/* ------------------------------------------------------------------------------ the peers */

static ssize_t
peer_write(struct end *e, const uint8_t *bytes, size_t n)
{
	size_t sent = 0;
	if (e->ssl == NULL)
		return send(e->fd, bytes, n, MSG_DONTWAIT | MSG_NOSIGNAL);
	bool good = SSL_write_ex(e->ssl, bytes, n, &sent) == 1;
	ERR_clear_error(); /* the collector's ends have the same queue */
	return good ? (ssize_t)sent : -1;
}

static ssize_t
peer_read(struct end *e, uint8_t *bytes, size_t n)
{
	size_t got = 0;
	if (e->ssl == NULL)
		return recv(e->fd, bytes, n, MSG_DONTWAIT);
	int result = SSL_read_ex(e->ssl, bytes, n, &got);
	int error = SSL_get_error(e->ssl, result);
	ERR_clear_error();
	if (result == 1)
		return (ssize_t)got;
	return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? -1 : 0;
}

/* A record that did not go out whole must be said again as it was: so by one size for each place.
 */
static size_t
size_at(const struct end *e)
{
	static const size_t sizes[] = {1, 2, 30, 500, 4000, 17000};
	size_t n = sizes[(e->said * 13 + e->i) % 6];
	return n < SAID - e->said ? n : SAID - e->said;
}

static void
speak(struct end *e)
{
	uint8_t bytes[17000];
	size_t n = size_at(e);
	for (size_t i = 0; i < n; i++)
		bytes[i] = byte_of(e, e->said + i);
	ssize_t sent = n > 0 ? peer_write(e, bytes, n) : 0;
	if (sent > 0)
		e->said += (size_t)sent;
	if (e->said < SAID || e->has_ended)
		return;
	int ended = e->ssl != NULL ? SSL_shutdown(e->ssl) : shutdown(e->fd, SHUT_WR);
	ERR_clear_error();
	e->has_ended = ended >= 0;
}

static void
listen_to(struct end *e)
{
	uint8_t bytes[9000];
	ssize_t n = peer_read(e, bytes, below(sizeof(bytes)) + 1);
	for (ssize_t i = 0; i < n; i++)
		assert_int_equal(bytes[i], byte_of(e, e->heard + (size_t)i));
	if (n > 0)
		e->heard += (size_t)n;
	else if (n == 0 || errno == ECONNRESET)
		e->is_through = true;
}

static void
vanish(struct end *e)
{
	close(e->fd);
	e->fd = -1;
}

static void
peers_do_something(struct rig *rig)
{
	for (size_t i = 0; i < ENDS; i++) {
		struct end *e = &rig->end[i];
		if (e->fd < 0 || e->is_through)
			continue;
		errno = 0;
		if (below(3) > 0)
			speak(e);
		errno = 0;
		if (below(3) > 0)
			listen_to(e);
		if (rig->is_rough && below(2000) == 0)
			vanish(e);
	}
}

/* ------------------------------------------------------------------------------ the whole */

static void
open_end(struct rig *rig, size_t i)
{
	struct end *e = &rig->end[i];
	int pair[2];
	const int little = 4096;
	const struct stream_user user = {.arrived = on_arrived,
	    .written = on_written,
	    .context = e,
	    .write_ms = 60000,
	    .output = &rig->output,
	    .alpn = TLS_RIG_ALPN};
	*e = (struct end){.rig = rig, .i = i};
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	for (int k = 0; k < 2 && i % 3 != 0; k++)
		setsockopt(pair[k], SOL_SOCKET, SO_SNDBUF, &little, sizeof(little));
	e->fd = pair[0];
	if (i % 2 == 1) {
		e->ssl = tls_rig_client(&rig->tls, i % 4 == 1 ? TLS1_2_VERSION : TLS1_3_VERSION);
		assert_int_equal(SSL_set_fd(e->ssl, e->fd), 1);
	}
	e->stream = stream_open(rig->group, pair[1], e->ssl != NULL ? rig->tls.tls : NULL, &user);
	assert_non_null(e->stream);
	stream_set_reading(e->stream, true);
}

static bool
is_over(const struct rig *rig)
{
	for (size_t i = 0; i < ENDS; i++)
		if (rig->end[i].stream != NULL || (rig->end[i].fd >= 0 && !rig->end[i].is_through))
			return false;
	return true;
}

static void
run(bool together, bool is_rough)
{
	static struct rig rig;
	memset(&rig, 0, sizeof(rig));
	srand(together ? 1 : 2);
	has_ring = together;
	rig.is_rough = is_rough;
	atomic_init(&rig.output.most, SIZE_MAX);
	tls_rig_open(&rig.tls);
	rig.base = event_base_new();
	rig.group = stream_group_new(rig.base);
	assert_true(rig.base != NULL && rig.group != NULL);
	for (size_t i = 0; i < ENDS; i++)
		open_end(&rig, i);
	for (int i = 0; i < TURNS_MAX && !is_over(&rig); i++) {
		peers_do_something(&rig);
		event_base_loop(rig.base, EVLOOP_NONBLOCK);
		answer_some(&rig);
	}
	for (size_t i = 0; i < ENDS; i++) {
		struct end *e = &rig.end[i];
		assert_null(e->stream);
		assert_true(e->heard == SAID || is_rough);
		SSL_free(e->ssl);
		if (e->fd >= 0)
			close(e->fd);
	}
	assert_int_equal(atomic_load(&rig.output.used), 0);
	stream_group_free(rig.group);
	event_base_free(rig.base);
	tls_rig_close(&rig.tls);
}

static void
in_one_call_who_stays_gets_all(void **state)
{
	(void)state;
	run(true, false);
}

static void
in_one_call_nobody_minds_who_vanishes(void **state)
{
	(void)state;
	run(true, true);
}

static void
one_by_one_who_stays_gets_all(void **state)
{
	(void)state;
	run(false, false);
}

static void
one_by_one_nobody_minds_who_vanishes(void **state)
{
	(void)state;
	run(false, true);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(in_one_call_who_stays_gets_all),
	    cmocka_unit_test(in_one_call_nobody_minds_who_vanishes),
	    cmocka_unit_test(one_by_one_who_stays_gets_all),
	    cmocka_unit_test(one_by_one_nobody_minds_who_vanishes),
	};
	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
