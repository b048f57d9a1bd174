/* SPDX-License-Identifier: Apache-2.0 */
/* Closes rounds whose time has come: looks once a tick, on main's thread, and submits the entry;
 * an hour later (overdue.h) where the time came unwatched. The handlers compare the time
 * themselves, so nothing is accepted late meanwhile. */
#ifndef KHAOSAT_COLLECTOR_CLOSER_H
#define KHAOSAT_COLLECTOR_CLOSER_H

#include "collector/server.h"

struct event_base;
struct closer;

struct closer *closer_open(
    struct event_base *base, struct server *server); /* NULL: no descriptor */
void closer_tick(struct closer *c);
void closer_close(struct closer *c); /* after the store is closed; accepts NULL */

#endif
