/* SPDX-License-Identifier: Apache-2.0 */
/* The socket to the collector: every address that its name has is tried, each with a limit. */
#ifndef KHAOSAT_CLIENT_DIAL_H
#define KHAOSAT_CLIENT_DIAL_H

#include <stdbool.h>

#include "client/client.h"

/* A connected socket that does not block, the caller's to close; -1 with the reason. */
int dial_open(const struct client *client, char error[256]);

/* Its peer is this machine, so that nobody listens in between. */
bool dial_is_local(int fd);

#endif
