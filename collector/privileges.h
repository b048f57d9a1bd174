/* SPDX-License-Identifier: Apache-2.0 */
/* What the process may do, and what may be done to it. Main's thread, before there are others. */
#ifndef KHAOSAT_COLLECTOR_PRIVILEGES_H
#define KHAOSAT_COLLECTOR_PRIVILEGES_H

#include <stdbool.h>
#include <stdint.h>

/* Have as many descriptors, where the system lets us. Returns how many there may be. */
uint64_t privileges_descriptors(uint64_t wanted);

/* Become `user` for good. Only root can; for who is that user already it does nothing else than
 * look at the folder: made for the user where there is none (NULL: not looked at), and all in it
 * must be the user's own. False: `message` says why, and whom to chown it to. */
bool privileges_drop(const char *user, const char *folder, char message[256]);

/* Files for the owner only; no core file and no debugger, which would hold answers and codes,
 * unless `allows_dumps`. After privileges_drop. */
void privileges_seal(bool allows_dumps);

#endif
