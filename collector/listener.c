/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/listener.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collector/address.h"
#include "collector/clock.h"
#include "collector/log.h"
#include "collector/loop.h"
#include "collector/meter.h"

#define BACKLOG 1024
#define PAUSE_MS 500
#define QUIET_MS 60000
#define UNSENT_MAX_BYTES                                                                           \
	(128 * 1024) /* in the system's memory; it takes megabytes of its own accord */

struct listener {
	struct server *server;
	const struct dialect *dialect;
	struct evconnlistener *socket;
	struct event *resume;
	size_t next_loop;
	int64_t was_full_ms, had_failed_ms; /* when last; 0: never */
};

static bool
hand_over(struct listener *l, evutil_socket_t fd, uint64_t peer)
{
	const int on = 1, unsent = UNSENT_MAX_BYTES;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof(unsent));
	if (!loop_adopt(l->server->loops[l->next_loop], fd, peer, l->dialect))
		return false;
	l->next_loop = (l->next_loop + 1) % l->server->n_loops;
	return true;
}

/* What lasts is said once: again only when it has not been so for a while. */
static bool
is_news(int64_t *last_ms)
{
	int64_t now_ms = clock_monotonic_ms();
	bool is_new = *last_ms == 0 || now_ms - *last_ms > QUIET_MS;
	*last_ms = now_ms;
	return is_new;
}

static void
log_turned_away(struct listener *l, const struct sockaddr_storage *peer, enum peers_status why)
{
	static struct log_gate gate;
	char text[ADDRESS_TEXT_BYTES];
	unsigned held_back;
	static const enum meter_refusal reason[] = {[PEERS_FULL] = METER_CONNECTIONS,
	    [PEERS_ADDRESS] = METER_ADDRESS_CONNECTIONS,
	    [PEERS_RATE] = METER_ADDRESS_RATE};
	meter_refused(reason[why]);
	if (why == PEERS_FULL) {
		if (is_news(&l->was_full_ms))
			log_warn("connections turned away, all are taken connections=%zu",
			    l->server->peers.connections_max);
		return;
	}
	if (!log_gate_pass(&gate, clock_monotonic_ms(), &held_back))
		return;
	address_print(peer, text);
	if (why == PEERS_RATE)
		log_info("connection turned away, its address comes too often peer=%s held_back=%u",
		    text, held_back);
	else
		log_info("connection turned away, its address has too many peer=%s held_back=%u",
		    text, held_back);
}

static void
on_accepted(
    struct evconnlistener *socket, evutil_socket_t fd, struct sockaddr *from, int n, void *context)
{
	(void)socket;
	struct listener *l = context;
	struct sockaddr_storage peer = {0};
	memcpy(&peer, from, (size_t)n < sizeof(peer) ? (size_t)n : sizeof(peer));
	uint64_t key = peers_key(&l->server->peers, &peer);
	enum peers_status status = peers_enter(&l->server->peers, key);
	if (status != PEERS_OK) {
		close(fd);
		log_turned_away(l, &peer, status);
	} else if (!hand_over(l, fd, key)) {
		close(fd);
		peers_leave(&l->server->peers, key);
	}
}

/* Mostly: the table of descriptors is full. Those who are connected are served on. */
static void
on_accept_failed(struct evconnlistener *socket, void *context)
{
	static const struct timeval pause = {.tv_usec = PAUSE_MS * 1000};
	struct listener *l = context;
	int why = errno;
	meter_refused(METER_DESCRIPTORS);
	evconnlistener_disable(socket);
	event_add(l->resume, &pause);
	if (is_news(&l->had_failed_ms))
		log_warn("no further connection can be taken, tried again every_ms=%d reason=%s",
		    PAUSE_MS, strerror(why));
}

static void
on_resume(evutil_socket_t fd, short events, void *context)
{
	(void)fd;
	(void)events;
	struct listener *l = context;
	evconnlistener_enable(l->socket);
}

static void
print_bound(evutil_socket_t fd, char out[ADDRESS_TEXT_BYTES])
{
	struct sockaddr_storage address = {0};
	socklen_t n = sizeof(address);
	getsockname(fd, (struct sockaddr *)&address, &n);
	address_print(&address, out);
}

static void
say_errno(const struct door *door, char message[256])
{
	snprintf(message, 256, "--%s %.80s: %s", door->option, door->text, strerror(errno));
}

evutil_socket_t
listener_bind(const struct door *door, char message[256])
{
	const int on = 1;
	int fd = socket(door->address->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on)) == 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
	    bind(fd, (const struct sockaddr *)door->address, door->address_bytes) == 0)
		return fd;
	say_errno(door, message);
	if (fd >= 0)
		close(fd);
	return -1;
}

struct listener *
listener_open(struct event_base *base, struct server *server, const struct door *door,
    evutil_socket_t fd, char bound[ADDRESS_TEXT_BYTES], char message[256])
{
	struct listener *l = calloc(1, sizeof(*l));
	if (l == NULL) {
		snprintf(message, 256, "out of memory");
		close(fd);
		return NULL;
	}
	l->server = server;
	l->dialect = door->dialect;
	l->resume = event_new(base, -1, 0, on_resume, l);
	if (l->resume != NULL)
		l->socket = evconnlistener_new(base, on_accepted, l,
		    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, BACKLOG, fd);
	if (l->socket == NULL) {
		say_errno(door, message);
		close(fd);
		listener_close(l);
		return NULL;
	}
	evconnlistener_set_error_cb(l->socket, on_accept_failed);
	print_bound(evconnlistener_get_fd(l->socket), bound);
	return l;
}

void
listener_close(struct listener *l)
{
	if (l == NULL)
		return;
	if (l->resume != NULL)
		event_free(l->resume);
	if (l->socket != NULL)
		evconnlistener_free(l->socket);
	free(l);
}
