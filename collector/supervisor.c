/* SPDX-License-Identifier: Apache-2.0 */
/* Written over the plain socket, after sd_notify(3), sd_listen_fds(3) and sd_watchdog_enabled(3):
 * libsystemd would bring more than these three need. */
#include "collector/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "collector/address.h"
#include "collector/clock.h"

#define FIRST_PASSED_FD 3
#define HTTP_NAME "http" /* FileDescriptorName= in the unit of its socket */

/* A path, or with '@' first a name in the abstract space. 0: neither. */
static socklen_t
notify_address(struct sockaddr_un *out)
{
	const char *name = getenv("NOTIFY_SOCKET");
	if (name == NULL || (name[0] != '/' && name[0] != '@'))
		return 0;
	size_t n = strlen(name);
	if (n < 2 || n >= sizeof(out->sun_path))
		return 0;
	*out = (struct sockaddr_un){.sun_family = AF_UNIX};
	memcpy(out->sun_path, name, n);
	if (name[0] == '@')
		out->sun_path[0] = '\0';
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
}

void
supervisor_notify(const char *state)
{
	struct sockaddr_un address;
	socklen_t n = notify_address(&address);
	if (n == 0)
		return;
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	/* A supervisor that does not listen must not stop the collector. */
	if (sendto(fd, state, strlen(state), MSG_NOSIGNAL | MSG_DONTWAIT,
		(const struct sockaddr *)&address, n) < 0)
		errno = 0;
	close(fd);
}

void
supervisor_notify_reloading(void)
{
	char state[64];
	snprintf(state, sizeof(state), "RELOADING=1\nMONOTONIC_USEC=%lld",
	    (long long)clock_monotonic_us());
	supervisor_notify(state);
}

/* A whole number, all of the text. */
static bool
number_in(const char *variable, unsigned long long *out)
{
	const char *text = getenv(variable);
	if (text == NULL || *text < '0' || *text > '9')
		return false;
	char *end;
	errno = 0;
	*out = strtoull(text, &end, 10);
	return errno == 0 && *end == '\0';
}

static bool
is_for_us(const char *variable)
{
	unsigned long long pid;
	return number_in(variable, &pid) && pid == (unsigned long long)getpid();
}

/* NULL: it is as it should be. */
static const char *
fault_of(int fd, bool has_tls)
{
	struct sockaddr_storage address = {0};
	socklen_t n = sizeof(address);
	int listens = 0;
	socklen_t bytes = sizeof(listens);
	if (getsockname(fd, (struct sockaddr *)&address, &n) != 0 ||
	    (address.ss_family != AF_INET && address.ss_family != AF_INET6))
		return "not a socket of TCP";
	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &bytes) != 0 || listens == 0)
		return "it does not listen";
	if (!has_tls && !address_is_loopback(&address))
		return "not a loopback address, which takes TLS: --tls-cert, --tls-key";
	return NULL;
}

/* The name that a socket was given, the n-th of a list apart by colons. */
static bool
is_named(const char *names, unsigned long long n, const char *name)
{
	for (; names != NULL && n > 0; n--) {
		names = strchr(names, ':');
		names = names != NULL ? names + 1 : NULL;
	}
	size_t bytes = strlen(name);
	return names != NULL && strncmp(names, name, bytes) == 0 &&
	       (names[bytes] == '\0' || names[bytes] == ':');
}

/* NULL: it is as it should be. */
static const char *
take_socket(int passed, int *fd, bool has_tls)
{
	const char *fault =
	    *fd >= 0 ? "more than one socket for a door" : fault_of(passed, has_tls);
	if (fault == NULL &&
	    (fcntl(passed, F_SETFD, FD_CLOEXEC) != 0 || fcntl(passed, F_SETFL, O_NONBLOCK) != 0))
		fault = strerror(errno);
	*fd = passed;
	return fault;
}

bool
supervisor_take_sockets(struct supervisor_sockets *out, bool has_tls, char message[256])
{
	unsigned long long n;
	const char *names = getenv("LISTEN_FDNAMES"), *fault = NULL;
	*out = (struct supervisor_sockets){-1, -1};
	if (!is_for_us("LISTEN_PID") || !number_in("LISTEN_FDS", &n))
		n = 0;
	for (unsigned long long i = 0; i < n && fault == NULL; i++)
		fault = take_socket(FIRST_PASSED_FD + (int)i,
		    is_named(names, i, HTTP_NAME) ? &out->http : &out->frames, has_tls);
	if (n > 0) {
		unsetenv("LISTEN_PID");
		unsetenv("LISTEN_FDS");
		unsetenv("LISTEN_FDNAMES");
	}
	if (fault != NULL)
		snprintf(message, 256, "the socket passed by LISTEN_FDS: %s", fault);
	return fault == NULL;
}

int64_t
supervisor_watchdog_ms(void)
{
	unsigned long long us;
	if (getenv("WATCHDOG_PID") != NULL && !is_for_us("WATCHDOG_PID"))
		return 0;
	return number_in("WATCHDOG_USEC", &us) && us <= INT64_MAX ? (int64_t)(us / 1000) : 0;
}
