/* SPDX-License-Identifier: Apache-2.0 */
/* A whole collector but for its main and its port: store, state, workers, one loop, and sessions
 * over socket pairs. Its life is short: session_rig_settle proves it by a recount and starts anew
 * when its log has grown long. One thread. */
#ifndef KHAOSAT_TESTS_FUZZ_SESSION_RIG_H
#define KHAOSAT_TESTS_FUZZ_SESSION_RIG_H

#include "collector/server.h"
#include "collector/session.h"
#include "tests/support/state_rig.h"

#define SESSION_RIG_TOKEN_BYTE 0x5a /* the staff token: nothing else */

struct session_rig {
	struct state_rig base; /* folder, store, state, survey */
	struct server server;
	char option[112];    /* of its command line, for exports */
	const char *exports; /* points into it: their folder, in one that is not there: none can be
			      * made until somebody makes it */
	bool is_running;
};

/* Running, with nothing in its log; the same one while it lives. */
struct session_rig *session_rig(void);

/* A session with the collector, of frames or over HTTP: our end, blocking. */
int session_rig_connect(struct session_rig *rig, const struct dialect *dialect);

/* Between two runs, with no session left open: what must always hold. */
void session_rig_settle(struct session_rig *rig);

#endif
