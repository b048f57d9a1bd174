/* SPDX-License-Identifier: Apache-2.0 */
#include "client/dial.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/words.h"

#define DIAL_TIMEOUT_S 30

/* Wait for a connect under way. 0, or an errno. */
static int
await_connect(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLOUT};
	int ready, failure = 0;
	socklen_t n = sizeof(failure);
	do
		ready = poll(&p, 1, DIAL_TIMEOUT_S * 1000);
	while (ready < 0 && errno == EINTR);
	if (ready == 0)
		return ETIMEDOUT;
	if (ready < 0 || getsockopt(fd, SOL_SOCKET, SO_ERROR, &failure, &n) != 0)
		return errno;
	return failure;
}

/* A connected socket, or -1 with errno. */
static int
connect_to(const struct addrinfo *a)
{
	int fd = socket(a->ai_family, a->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	int on = 1;
	int failure = 0;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (connect(fd, a->ai_addr, a->ai_addrlen) != 0)
		failure = errno == EINPROGRESS ? await_connect(fd) : errno;
	if (failure == 0)
		return fd;
	close(fd);
	errno = failure;
	return -1;
}

int
dial_open(const struct client *client, char error[256])
{
	char port[8];
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list;
	snprintf(port, sizeof(port), "%u", (unsigned)client->port);
	int bad = getaddrinfo(client->host, port, &hints, &list);
	if (bad != 0) {
		snprintf(error, 256, "%s: %s", client->host, gai_strerror(bad));
		return -1;
	}
	int fd = -1;
	for (const struct addrinfo *a = list; a != NULL && fd < 0; a = a->ai_next)
		fd = connect_to(a);
	if (fd < 0)
		snprintf(error, 256, "%s:%s: %s", client->host, port,
		    words_errno(client->language, errno));
	freeaddrinfo(list);
	return fd;
}

bool
dial_is_local(int fd)
{
	struct sockaddr_storage peer = {0};
	socklen_t n = sizeof(peer);
	if (getpeername(fd, (struct sockaddr *)&peer, &n) != 0)
		return false;
	if (peer.ss_family == AF_INET6) {
		const struct in6_addr *six = &((struct sockaddr_in6 *)&peer)->sin6_addr;
		return IN6_IS_ADDR_LOOPBACK(six);
	}
	const struct in_addr *four = &((struct sockaddr_in *)&peer)->sin_addr;
	return peer.ss_family == AF_INET && ntohl(four->s_addr) >> 24 == IN_LOOPBACKNET;
}
