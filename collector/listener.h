/* SPDX-License-Identifier: Apache-2.0 */
/* The listening socket: accepts on main's thread and deals connections out to the loops in turn.
 * One accept loop and not SO_REUSEPORT: a second collector on the same port is then refused by the
 * system, and few connections are spread evenly. Out of descriptors it pauses and tries again by
 * timer. */
#ifndef KHAOSAT_COLLECTOR_LISTENER_H
#define KHAOSAT_COLLECTOR_LISTENER_H

#include <stddef.h>

#include "collector/server.h"

struct event_base;
struct listener;

/* NULL: `message` says why. `bound` gets the address, "127.0.0.1:5757". */
struct listener *listener_open(
    struct event_base *base, struct server *server, char bound[64], char message[256]);
void listener_close(struct listener *listener); /* accepts NULL */

#endif
