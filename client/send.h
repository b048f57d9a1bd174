/* SPDX-License-Identifier: Apache-2.0 */
/* What waits in the spool, sent over a connection that is there already. */
#ifndef KHAOSAT_CLIENT_SEND_H
#define KHAOSAT_CLIENT_SEND_H

#include "client/connection.h"

/* Send what waits of this unit, oldest first, and say what became of it; nothing where none waits
 * or another `send` is at it. False: the connection was lost, and what is left goes on waiting. */
bool send_waiting(const struct client *client, struct connection *connection, const char *tax_code);

#endif
