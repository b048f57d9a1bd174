/* SPDX-License-Identifier: Apache-2.0 */
/* Passwords and tokens, as hashes in the erasable environment: "secret" and an id of 16 random
 * bytes -> argon2id's string of a password, or SHA-256 of a token. What an id is good for says the
 * log, whose entries name it and hold nothing else of it:
 *
 *   hash written, durable -> entry that names its id, committed -> it counts
 *   entry that ends it, committed -> it counts no more -> hash erased
 *
 * so a crash in between leaves a hash that no entry names, or names no more: erased at the next
 * start. The hashes of tokens are also in memory, for the loops. */
#ifndef KHAOSAT_COLLECTOR_SECRETS_H
#define KHAOSAT_COLLECTOR_SECRETS_H

#include <stdbool.h>
#include <stdint.h>

#include "collector/state.h"
#include "proto/limits.h"
#include "storage/erasable.h"

struct secrets;

/* Reads what there is, for a state that is folded up. Both outlive it. NULL: they cannot be read,
 * or memory is out. */
struct secrets *secrets_open(struct erasable *values, struct state *state);
void secrets_close(struct secrets *secrets); /* accepts NULL */

/* ------------------------------------------------------------------- on a loop */

/* The bytes are those of a token that was admitted. Whether it still counts says the state. */
bool secrets_is_token(struct secrets *secrets, const uint8_t token[STAFF_TOKEN_BYTES]);
/* Its entry is committed. False: out of memory, it counts from the next start on. */
bool secrets_admit(struct secrets *secrets, const uint8_t token[STAFF_TOKEN_BYTES]);
/* A password whose end is committed, or what was made and will not be used: the next sweep erases
 * it. Zeros: there is none. */
void secrets_end(struct secrets *secrets, const uint8_t id[UUID_BYTES]);

/* ------------------------------------------------------------------- slow, on a worker */

enum secrets_status { SECRETS_OK, SECRETS_WRONG, SECRETS_FAILED /* disk or memory */ };

enum secrets_status secrets_make_token(struct secrets *secrets, uint8_t token[STAFF_TOKEN_BYTES]);
enum secrets_status secrets_make_password(
    struct secrets *secrets, const char *password, uint8_t id[UUID_BYTES]);
/* Takes as long where there is no such id: SECRETS_WRONG. */
enum secrets_status secrets_check_password(
    struct secrets *secrets, const uint8_t id[UUID_BYTES], const char *password);

/* Erase every token that the state knows no more, and what secrets_end was told. Failing that, the
 * next start does it. */
void secrets_sweep(struct secrets *secrets);

#endif
