/* SPDX-License-Identifier: Apache-2.0 */
/* A client with a home of its own below the temporary folder, and submissions to send. Aborts where
 * it cannot be had. */
#ifndef KHAOSAT_TESTS_SUPPORT_CLIENT_RIG_H
#define KHAOSAT_TESTS_SUPPORT_CLIENT_RIG_H

#include "client/client.h"
#include "client/outgoing.h"
#include "proto/entry.h"

struct client_rig {
	struct client client;
	char home[64];
};

void client_rig_open(struct client_rig *rig);
void client_rig_close(struct client_rig *rig); /* removes the folder */

/* How many files, not counting hidden ones, in HOME/folder. */
size_t client_rig_files(const struct client_rig *rig, const char *folder);

/* A submission of a unit, with some bytes as its answers, and a random id. */
struct outgoing client_rig_outgoing(const char *tax_code, const char *answers);

/* The header that a collector would give for it. */
void client_rig_header(
    const struct outgoing *o, uint32_t revision, uint8_t out[ENTRY_HEADER_BYTES]);

/* Write a file below the home; its path is to be freed. */
char *client_rig_write(const struct client_rig *rig, const char *name, const char *text);

#endif
