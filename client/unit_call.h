/* SPDX-License-Identifier: Apache-2.0 */
/* What a command about one unit begins and ends with: whose code it is, the collector, the round;
 * and requests that go out under that code. One thread. */
#ifndef KHAOSAT_CLIENT_UNIT_CALL_H
#define KHAOSAT_CLIENT_UNIT_CALL_H

#include "client/connection.h"
#include "client/rounds.h"
#include "client/unit_options.h"

struct unit_call {
	const struct client *client;
	struct unit_options unit;
	struct round_found round;
	struct connection *connection;
};

/* After the options: find code, collector and round; or, where codes come from elsewhere, the last
 * two only. The exit code, after what is wrong has been said. */
int unit_call_begin(struct unit_call *call);
int unit_call_connect(struct unit_call *call);

/* As connection_ask, with the unit's credential. */
Khaosat__V1__Response *unit_call_ask(
    struct unit_call *call, Khaosat__V1__Request *request, int *exit_code);

/* Also after a failed beginning. */
void unit_call_end(struct unit_call *call);

#endif
