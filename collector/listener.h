/* SPDX-License-Identifier: Apache-2.0 */
/* The listening socket: accepts on main's thread and deals connections out to the loops in turn.
 * One accept loop and not SO_REUSEPORT: a second collector on the same port is then refused by the
 * system, and few connections are spread evenly. Out of descriptors it pauses and tries again by
 * timer. */
#ifndef KHAOSAT_COLLECTOR_LISTENER_H
#define KHAOSAT_COLLECTOR_LISTENER_H

#include <event2/util.h>

#include "collector/address.h"
#include "collector/server.h"

struct event_base;
struct listener;

/* `fd` is a listening socket that was passed on, or -1: listen where the config says. NULL:
 * `message` says why. `bound` gets the address, "127.0.0.1:5757". */
struct listener *listener_open(struct event_base *base, struct server *server, evutil_socket_t fd,
    char bound[ADDRESS_TEXT_BYTES], char message[256]);
void listener_close(struct listener *listener); /* accepts NULL */

#endif
