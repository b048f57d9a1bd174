/* SPDX-License-Identifier: Apache-2.0 */
/* What could not be sent yet: one file for each submission below home/spool/, fsynced before the
 * first attempt, removed when its receipt is on disk. What the collector then refuses moves to
 * home/refused/, with the reason in a text file beside it. Safe with several processes: an item
 * sent twice is replayed, and `send` takes a lock. */
#ifndef KHAOSAT_CLIENT_SPOOL_H
#define KHAOSAT_CLIENT_SPOOL_H

#include "client/client.h"
#include "client/outgoing.h"

/* Keep `o`. An item with the same content that waits already is taken up instead: its instance_id
 * is copied into `o`, so that what may have been stored before is replayed. `*name` is to be freed.
 * False: errno. */
bool spool_add(const struct client *client, struct outgoing *o, char **name);

/* Drop an item that was answered. Fine when it is gone. */
bool spool_remove(const struct client *client, const char *name);

/* Move an item to refused/ and write `reason` beside it. */
bool spool_refuse(const struct client *client, const char *name, const char *reason);

/* The names of all items, oldest first; freed with spool_free_names. False: errno. */
bool spool_list(const struct client *client, char ***names, size_t *n);
void spool_free_names(char **names, size_t n);

/* False: gone, or not an item of ours (errno 0). */
bool spool_read(const struct client *client, const char *name, struct outgoing *out);

/* Whether the item of that name is of this unit. */
bool spool_is_of(const char *name, const char *tax_code);

/* The id of the newest submission of this unit in this round that waits, but for the item
 * `but_name`. False: none does. */
bool spool_newest(const struct client *client, const char *round, const char *tax_code,
    const char *but_name, uint8_t instance_id[UUID_BYTES]);

/* Whether the newest submission of this unit in this round that waits is a correction with these
 * very answers: the same command once more. Then `o` corrects what that one does. */
bool spool_corrects_with(const struct client *client, struct outgoing *o);

/* A descriptor that holds the lock until it is closed, or -1: errno EWOULDBLOCK, another has it. */
int spool_lock(const struct client *client);

#endif
