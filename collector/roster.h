/* SPDX-License-Identifier: Apache-2.0 */
/* Who the staff are, and the firms that answer for units, as the log says it: accounts, and the
 * tokens they may come with. No password
 * and no hash: those stand in the erasable environment (collector/secrets.h) under the ids found
 * here. A part of the fold; no lock and no thread of its own.
 *
 * Account 1 is the machine itself (collector/staff.h). It has no entry and does not stand here; the
 * others are numbered from 2 in the order they were added, and keep their numbers when removed. */
#ifndef KHAOSAT_COLLECTOR_ROSTER_H
#define KHAOSAT_COLLECTOR_ROSTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/payload.h"
#include "proto/entry.h"
#include "proto/limits.h"

#define ACCOUNT_MACHINE 1u
#define ACCOUNT_MACHINE_NAME "machine"
#define ACCOUNT_FIRST 2u

struct account {                         /* written to checkpoints as it is */
	uint64_t added, removed;         /* entries; 0: not removed */
	uint8_t password_id[UUID_BYTES]; /* zeros: no password */
	uint32_t role;                   /* enum role */
	char name[ACCOUNT_NAME_MAX + 4];
};

struct token { /* written to checkpoints as it is */
	uint64_t number;
	int64_t created_ms, expires_ms;
	uint8_t id[TOKEN_ID_BYTES];
	uint32_t account, role;
	char name[ACCOUNT_NAME_MAX + 8];
};

struct roster {
	uint64_t last; /* entry */
	struct account *account;
	size_t accounts, account_room;
	struct token *token; /* neither revoked nor ended; some may be over, until the next is made
			      */
	size_t tokens, token_room;
};

enum roster_status { ROSTER_OK, ROSTER_BAD, ROSTER_MEMORY };

void roster_clear(struct roster *roster);
bool roster_copy(const struct roster *roster, struct roster *out); /* false: out of memory */

/* Fold in an entry of kinds 11 to 16. Nothing changes unless ROSTER_OK. */
enum roster_status roster_apply(struct roster *roster, uint64_t number, const struct entry *e,
    const struct payload_staff *change);

/* Not removed; or NULL. */
const struct account *roster_account(const struct roster *roster, uint32_t number);
const struct account *roster_named(const struct roster *roster, const char *name);
/* The same where it is a firm's. */
const struct account *roster_firm(const struct roster *roster, uint32_t number);
uint32_t roster_number(const struct roster *roster, const struct account *account);
bool roster_has_password(const struct account *account);
/* Also of accounts that were removed, and of the machine. */
const char *roster_name(const struct roster *roster, uint32_t number);

const struct token *roster_token(const struct roster *roster, const uint8_t id[TOKEN_ID_BYTES]);
size_t roster_tokens_of(const struct roster *roster, uint32_t account, int64_t now_ms);
/* What may be done with it: the lesser of its own role and its account's, or ROLE_FIRM where both
 * are; ROLE_NONE when over. */
enum role roster_token_role(const struct roster *roster, const struct token *token, int64_t now_ms);

size_t roster_administrators(const struct roster *roster);

/* 1 to 32 of a-z 0-9 . _ -, the first a letter, and not the machine's. */
bool roster_is_account_name(const char *name);
bool roster_is_token_name(const char *name); /* 1 to 32 of A-Z a-z 0-9 . _ - */

#endif
