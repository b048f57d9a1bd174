/* SPDX-License-Identifier: Apache-2.0 */
/* Tells the supervisor, and server->answered_ms, that we are alive, and only while it is true: each
 * loop must open a letter and the writer take a call, all in one round, before it is told. Who
 * hangs is not asked again, so the supervisor's time runs out. Driven by main's timer, so main is
 * asked too. */
#ifndef KHAOSAT_COLLECTOR_WATCHDOG_H
#define KHAOSAT_COLLECTOR_WATCHDOG_H

#include <stdint.h>

#include "collector/server.h"

struct watchdog;

/* `every_ms` as supervisor_watchdog_ms says; 0: it never asks, and is not told. NULL: out of
 * memory. */
struct watchdog *watchdog_new(struct server *server, int64_t every_ms);
void watchdog_tick(struct watchdog *w);
void watchdog_free(struct watchdog *w); /* after loops and store have ended; accepts NULL */

#endif
