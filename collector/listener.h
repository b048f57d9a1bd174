/* SPDX-License-Identifier: Apache-2.0 */
/* A listening socket: accepts on main's thread and deals connections out to the loops in turn.
 * One accept loop and not SO_REUSEPORT: a second collector on the same port is then refused by the
 * system, and few connections are spread evenly. Out of descriptors it pauses and tries again by
 * timer. */
#ifndef KHAOSAT_COLLECTOR_LISTENER_H
#define KHAOSAT_COLLECTOR_LISTENER_H

#include <event2/util.h>

#include "collector/address.h"
#include "collector/server.h"

struct dialect;
struct event_base;
struct listener;

/* A door: where it is, and what is spoken there. */
struct door {
	const char *option; /* that says where, and what it said: for messages */
	const char *text;
	const struct sockaddr_storage *address;
	socklen_t address_bytes;
	const struct dialect *dialect;
};

/* A socket with the door's address that does not listen yet: what is taken is known before anything
 * is made. -1: `message` says why. */
evutil_socket_t listener_bind(const struct door *door, char message[256]);

/* Takes `fd`, which has the door's address; it may listen already, as one that was passed on does.
 * NULL: `message` says why. `bound` gets the address, "127.0.0.1:5757". */
struct listener *listener_open(struct event_base *base, struct server *server,
    const struct door *door, evutil_socket_t fd, char bound[ADDRESS_TEXT_BYTES], char message[256]);
void listener_close(struct listener *listener); /* accepts NULL */

#endif
