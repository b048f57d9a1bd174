/* SPDX-License-Identifier: Apache-2.0 */
/* New codes of units on their way to the collector, many requests under way at a time, over new
 * connections where one is lost: a hash that is there already is not stored again. One thread. */
#ifndef KHAOSAT_CLIENT_CODE_SEND_H
#define KHAOSAT_CLIENT_CODE_SEND_H

#include "client/client.h"
#include "client/code_units.h"
#include "client/connection.h"
#include "proto/khaosat.pb-c.h"

/* `message` has round, reason and delivery; unit and hash are filled in for each. What the
 * collector has is marked in `units`; what it refused has been said. EXIT_DONE: all of them. */
int code_send(const struct client *client, Khaosat__V1__SetCode *message, struct code_units *units);

#endif
