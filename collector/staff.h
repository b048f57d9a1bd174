/* SPDX-License-Identifier: Apache-2.0 */
/* The token of account 1, the machine itself: 32 random bytes, made at first start and kept as 64
 * hexadecimal digits in the file "staff.token" of the data folder, mode 0600. Whoever can read it
 * can read the log too. With it the first accounts are added and a lost password is set anew. Read
 * at start; compared from any thread. */
#ifndef KHAOSAT_COLLECTOR_STAFF_H
#define KHAOSAT_COLLECTOR_STAFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/limits.h"

struct staff {
	uint8_t token[STAFF_TOKEN_BYTES];
};

/* Read the token's file, or make it. False: `message` says why, for people. */
bool staff_open(const char *folder, struct staff *out, char message[256]);

/* In constant time. */
bool staff_is_token(const struct staff *staff, const uint8_t *bytes, size_t n);

#endif
