/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon as a whole: everything it is made of started in order, and stopped in the other. A
 * stop takes in no more, answers what is under way and takes a checkpoint. Main thread. */
#ifndef KHAOSAT_COLLECTOR_DAEMON_H
#define KHAOSAT_COLLECTOR_DAEMON_H

#include <event2/event.h>
#include <stdbool.h>

#include "collector/server.h"
#include "collector/tls.h"

#define DAEMON_PATH_BYTES 4096

struct daemon {
	struct server server;
	int argc;
	char **argv;
	struct event_base *base;
	struct event *tick, *on_term, *on_int, *on_hangup;
	int door, http_door; /* bound, until a listener has them; -1: none */
	struct listener *listener, *http_listener;
	struct checkpointer *checkpointer;
	struct closer *closer;
	struct watchdog *watchdog;
	char checkpoint_path[DAEMON_PATH_BYTES];
};

/* Called on the main thread's loop with the daemon. */
struct daemon_events {
	event_callback_fn tick, stop, hangup;
};

/* False: said why; daemon_stop all the same. */
bool daemon_start(struct daemon *d, const struct daemon_events *on);
void daemon_stop(struct daemon *d, bool is_clean); /* also one that has started in part */

/* One line on stderr; false. */
bool daemon_fail(const char *message);
struct tls_files daemon_tls_files(const struct config *config);
bool daemon_open_tls(struct daemon *d); /* false: said why */
/* `folder`: where the user's files are, or are to be; NULL: nowhere. False: said why. */
bool daemon_give_up_rights(const struct config *config, const char *folder);

#endif
