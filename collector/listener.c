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

#define BACKLOG 1024
#define PAUSE_MS 500

struct listener {
	struct server *server;
	struct evconnlistener *socket;
	struct event *resume;
	size_t next_loop;
};

static bool
hand_over(struct listener *l, evutil_socket_t fd)
{
	const int on = 1;
	if (atomic_fetch_add(&l->server->connections, 1) >= l->server->config.connections)
		goto fail;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (!loop_adopt(l->server->loops[l->next_loop], fd))
		goto fail;
	l->next_loop = (l->next_loop + 1) % l->server->n_loops;
	return true;
fail:
	atomic_fetch_sub(&l->server->connections, 1);
	return false;
}

static void
on_accepted(
    struct evconnlistener *socket, evutil_socket_t fd, struct sockaddr *peer, int n, void *context)
{
	static struct log_gate gate;
	unsigned held_back;
	(void)socket;
	(void)peer;
	(void)n;
	if (hand_over(context, fd))
		return;
	close(fd);
	if (log_gate_pass(&gate, clock_monotonic_ms(), &held_back))
		log_warn("connection turned away: too many held_back=%u", held_back);
}

static void
on_accept_failed(struct evconnlistener *socket, void *context)
{
	static const struct timeval pause = {.tv_usec = PAUSE_MS * 1000};
	struct listener *l = context;
	int why = errno;
	evconnlistener_disable(socket);
	event_add(l->resume, &pause);
	log_warn("listener paused ms=%d reason=%s", PAUSE_MS, strerror(why));
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

struct listener *
listener_open(struct event_base *base, struct server *server, char bound[64], char message[256])
{
	const unsigned flags = LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE;
	struct listener *l = calloc(1, sizeof(*l));
	if (l == NULL) {
		snprintf(message, 256, "out of memory");
		return NULL;
	}
	l->server = server;
	l->resume = event_new(base, -1, 0, on_resume, l);
	if (l->resume != NULL)
		l->socket = evconnlistener_new_bind(base, on_accepted, l, flags, BACKLOG,
		    (const struct sockaddr *)&server->config.address,
		    (int)server->config.address_bytes);
	if (l->socket == NULL) {
		snprintf(
		    message, 256, "--listen %.80s: %s", server->config.listen, strerror(errno));
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
