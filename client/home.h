/* SPDX-License-Identifier: Apache-2.0 */
/* The client's own folder: spool/, refused/, receipts/, drafts/, cache/. Made when first needed,
 * mode 0700, since access codes and answers are in it. Any thread. */
#ifndef KHAOSAT_CLIENT_HOME_H
#define KHAOSAT_CLIENT_HOME_H

#include "client/client.h"

/* "HOME/folder/name" (name NULL: the folder), to be freed by the caller; the folder is there. NULL:
 * it cannot be made, errno says why. */
char *home_path(const struct client *client, const char *folder, const char *name);

/* "2026-03.json" of round and unit: both hold only characters that a file name may. `suffix` may be
 * empty. False: too long, or a character that may not be in a name. */
bool home_name(const char *round, const char *tax_code, const char *suffix, char out[128]);

/* A JSON document written for good: fsynced, mode 0600. */
struct json_t;
bool home_write_json(const char *path, const struct json_t *document);

#endif
