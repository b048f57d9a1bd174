/* SPDX-License-Identifier: Apache-2.0 */
/* Acts of staff and firms out of the collector's log, in words: who, what, when, before and after.
 * Reads them from the first on, since early entries name the accounts and rounds of later ones. One
 * thread. */
#ifndef KHAOSAT_CLIENT_ACTS_H
#define KHAOSAT_CLIENT_ACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "client/client.h"
#include "client/connection.h"

#define ACT_TEXT_BYTES 1024 /* a reason of 200 characters fits */

struct act {
	uint64_t number;
	int64_t time_ms;
	char who[48];            /* an account's name; "unit"; "clock" */
	const char *what;        /* "round.opened": a code, not for translation */
	char on[ACT_TEXT_BYTES]; /* the round, the unit, the account, the token */
	char before[ACT_TEXT_BYTES], after[ACT_TEXT_BYTES]; /* or empty */
};

/* A loan. False: enough. */
typedef bool act_visit(void *context, const struct act *act);

/* EXIT_DONE: all were visited, or visit said enough; else what went wrong has been said. */
int acts_read(const struct client *client, struct connection *c, act_visit *visit, void *context);

/* `what` is a code, or the part of one before its dot: "round". */
bool acts_is_what(const char *what);
/* "survey, round, register, ...": the parts before the dots, of a few hundred bytes in all. */
void acts_print_groups(char out[512]);
bool acts_matches(const struct act *act, const char *what);

#endif
