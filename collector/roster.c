/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/roster.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static_assert(sizeof(struct account) == 72, "written as it is: no padding");
static_assert(sizeof(struct token) == 88, "written as it is: no padding");

/* ------------------------------------------------------------------- memory */

void
roster_clear(struct roster *roster)
{
	free(roster->account);
	free(roster->token);
	*roster = (struct roster){0};
}

bool
roster_copy(const struct roster *roster, struct roster *out)
{
	*out = (struct roster){.last = roster->last};
	out->account = calloc(roster->accounts + 1, sizeof(*out->account));
	out->token = calloc(roster->tokens + 1, sizeof(*out->token));
	if (out->account == NULL || out->token == NULL) {
		roster_clear(out);
		return false;
	}
	if (roster->accounts > 0)
		memcpy(out->account, roster->account, roster->accounts * sizeof(*roster->account));
	if (roster->tokens > 0)
		memcpy(out->token, roster->token, roster->tokens * sizeof(*roster->token));
	out->accounts = out->account_room = roster->accounts;
	out->tokens = out->token_room = roster->tokens;
	return true;
}

/* Room for one more. */
static bool
grow(void *array, size_t n, size_t *room, size_t item)
{
	void *old, *grown;
	if (n < *room)
		return true;
	memcpy(&old, array, sizeof(old));
	size_t wanted = *room * 2 + 8;
	grown = realloc(old, wanted * item);
	if (grown == NULL)
		return false;
	memcpy(array, &grown, sizeof(grown));
	*room = wanted;
	return true;
}

/* ------------------------------------------------------------------- finding */

const struct account *
roster_account(const struct roster *roster, uint32_t number)
{
	if (number < ACCOUNT_FIRST || number - ACCOUNT_FIRST >= roster->accounts ||
	    roster->account[number - ACCOUNT_FIRST].removed != 0)
		return NULL;
	return &roster->account[number - ACCOUNT_FIRST];
}

const struct account *
roster_named(const struct roster *roster, const char *name)
{
	for (size_t i = roster->accounts; i > 0; i--) {
		const struct account *a = &roster->account[i - 1];
		if (a->removed == 0 && strcmp(a->name, name) == 0)
			return a;
	}
	return NULL;
}

const struct account *
roster_firm(const struct roster *roster, uint32_t number)
{
	const struct account *account = roster_account(roster, number);
	return account != NULL && account->role == ROLE_FIRM ? account : NULL;
}

uint32_t
roster_number(const struct roster *roster, const struct account *account)
{
	return (uint32_t)(account - roster->account) + ACCOUNT_FIRST;
}

static bool
is_id(const uint8_t id[UUID_BYTES])
{
	static const uint8_t zeros[UUID_BYTES];
	return memcmp(id, zeros, UUID_BYTES) != 0;
}

bool
roster_has_password(const struct account *account)
{
	return is_id(account->password_id);
}

const char *
roster_name(const struct roster *roster, uint32_t number)
{
	if (number == ACCOUNT_MACHINE)
		return ACCOUNT_MACHINE_NAME;
	if (number < ACCOUNT_FIRST || number - ACCOUNT_FIRST >= roster->accounts)
		return "";
	return roster->account[number - ACCOUNT_FIRST].name;
}

const struct token *
roster_token(const struct roster *roster, const uint8_t id[TOKEN_ID_BYTES])
{
	for (size_t i = 0; i < roster->tokens; i++)
		if (memcmp(roster->token[i].id, id, TOKEN_ID_BYTES) == 0)
			return &roster->token[i];
	return NULL;
}

size_t
roster_tokens_of(const struct roster *roster, uint32_t account, int64_t now_ms)
{
	size_t n = 0;
	for (size_t i = 0; i < roster->tokens; i++)
		n += roster->token[i].account == account && roster->token[i].expires_ms > now_ms;
	return n;
}

enum role
roster_token_role(const struct roster *roster, const struct token *token, int64_t now_ms)
{
	const struct account *account = roster_account(roster, token->account);
	if (account == NULL || token->expires_ms <= now_ms)
		return ROLE_NONE;
	return (enum role)(token->role < account->role ? token->role : account->role);
}

size_t
roster_administrators(const struct roster *roster)
{
	size_t n = 0;
	for (size_t i = 0; i < roster->accounts; i++)
		n += roster->account[i].removed == 0 &&
		     roster->account[i].role == ROLE_ADMINISTRATOR;
	return n;
}

/* ------------------------------------------------------------------- names */

bool
roster_is_token_name(const char *name)
{
	size_t n = strlen(name);
	return n >= 1 && n <= ACCOUNT_NAME_MAX &&
	       strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") ==
		   n;
}

bool
roster_is_account_name(const char *name)
{
	size_t n = strlen(name);
	return roster_is_token_name(name) &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._-") == n && name[0] >= 'a' &&
	       name[0] <= 'z' && strcmp(name, ACCOUNT_MACHINE_NAME) != 0;
}

/* ------------------------------------------------------------------- changing */

/* Tokens of an account, or, with 0, those that were over at that time. */
static void
drop_tokens(struct roster *roster, uint32_t account, int64_t now_ms)
{
	size_t kept = 0;
	for (size_t i = 0; i < roster->tokens; i++) {
		const struct token *t = &roster->token[i];
		if (account != 0 ? t->account != account : t->expires_ms > now_ms)
			roster->token[kept++] = *t;
	}
	roster->tokens = kept;
}

static bool
is_role(enum role role)
{
	return role >= ROLE_VIEWER && role <= ROLE_FIRM;
}

/* No role of staff's is a firm's, and no firm's token is staff's. */
static bool
is_like(uint32_t role, enum role other)
{
	return is_role(other) && (role == ROLE_FIRM) == (other == ROLE_FIRM);
}

static enum roster_status
add_account(struct roster *roster, uint64_t number, const struct entry *e,
    const struct payload_staff *change)
{
	if (change->account != roster->accounts + ACCOUNT_FIRST ||
	    roster->accounts >= ACCOUNTS_MAX || !is_role(change->after) ||
	    !roster_is_account_name(change->name) || roster_named(roster, change->name) != NULL)
		return ROSTER_BAD;
	if (!grow(&roster->account, roster->accounts, &roster->account_room,
		sizeof(*roster->account)))
		return ROSTER_MEMORY;
	struct account *a = &roster->account[roster->accounts++];
	*a = (struct account){.added = number, .role = (uint32_t)change->after};
	memcpy(a->password_id, e->instance_id, UUID_BYTES);
	memcpy(a->name, change->name, strlen(change->name));
	return ROSTER_OK;
}

static enum roster_status
make_token(struct roster *roster, uint64_t number, const struct entry *e,
    const struct payload_staff *change)
{
	const struct account *account = roster_account(roster, change->account);
	if (!is_like(account->role, change->token_role) ||
	    !roster_is_token_name(change->token_name) || !is_id(e->instance_id) ||
	    roster_token(roster, e->instance_id) != NULL)
		return ROSTER_BAD;
	if (!grow(&roster->token, roster->tokens, &roster->token_room, sizeof(*roster->token)))
		return ROSTER_MEMORY;
	drop_tokens(roster, 0, e->time_ms);
	struct token *t = &roster->token[roster->tokens++];
	*t = (struct token){
	    .number = number,
	    .created_ms = e->time_ms,
	    .expires_ms = change->expires_ms,
	    .account = change->account,
	    .role = (uint32_t)change->token_role,
	};
	memcpy(t->id, e->instance_id, TOKEN_ID_BYTES);
	memcpy(t->name, change->token_name, strlen(change->token_name));
	return ROSTER_OK;
}

static enum roster_status
revoke_token(struct roster *roster, const struct entry *e, const struct payload_staff *change)
{
	const struct token *found = roster_token(roster, e->instance_id);
	if (found == NULL || found->account != change->account)
		return ROSTER_BAD;
	size_t at = (size_t)(found - roster->token);
	memmove(&roster->token[at], &roster->token[at + 1],
	    (--roster->tokens - at) * sizeof(*roster->token));
	return ROSTER_OK;
}

static enum roster_status
set_password(struct roster *roster, struct account *a, const struct entry *e,
    const struct payload_staff *change)
{
	if (!is_id(e->instance_id))
		return ROSTER_BAD;
	memcpy(a->password_id, e->instance_id, UUID_BYTES);
	drop_tokens(roster, change->account, 0);
	return ROSTER_OK;
}

static enum roster_status
change_account(struct roster *roster, uint64_t number, const struct entry *e,
    const struct payload_staff *change)
{
	if (roster_account(roster, change->account) == NULL)
		return ROSTER_BAD;
	struct account *a = &roster->account[change->account - ACCOUNT_FIRST];
	if (e->kind == ENTRY_TOKEN_MADE)
		return make_token(roster, number, e, change);
	if (e->kind == ENTRY_TOKEN_REVOKED)
		return revoke_token(roster, e, change);
	if (e->kind == ENTRY_PASSWORD_SET)
		return set_password(roster, a, e, change);
	if (e->kind == ENTRY_ROLE_SET) {
		if (!is_like(a->role, change->after))
			return ROSTER_BAD;
		a->role = (uint32_t)change->after;
		return ROSTER_OK;
	}
	a->removed = number;
	memset(a->password_id, 0, UUID_BYTES);
	drop_tokens(roster, change->account, 0);
	return ROSTER_OK;
}

enum roster_status
roster_apply(struct roster *roster, uint64_t number, const struct entry *e,
    const struct payload_staff *change)
{
	enum roster_status status = e->kind == ENTRY_ACCOUNT_ADDED
					? add_account(roster, number, e, change)
					: change_account(roster, number, e, change);
	if (status == ROSTER_OK)
		roster->last = number;
	return status;
}
