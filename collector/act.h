/* SPDX-License-Identifier: Apache-2.0 */
/* What acts on accounts and tokens have in common: they are judged against all of the staff at one
 * instant, take one slow step with a password or a token on the warden, and become an entry that
 * holds only as long as nothing else of the staff has changed: so of two that remove the last two
 * administrators one is judged again. Loop's thread.
 *
 *   handler -> act_begin -> act_slow -> handler, with the step done -> act_store -> accepted()
 *                                          ^                             |
 *                                          +--------- moved -------------+ */
#ifndef KHAOSAT_COLLECTOR_ACT_H
#define KHAOSAT_COLLECTOR_ACT_H

#include "collector/logins.h"
#include "collector/request.h"
#include "collector/roster.h"
#include "collector/secrets.h"

#define AT_WARDEN_MAX 16u /* requests that wait for him; more are told to try later */

/* The slow step; r->result once it has been begun. What is to be done in it is not NULL. */
struct act_step {
	const struct request *request;
	char *check; /* is this the password of check_id? Wiped by the step, as the next */
	uint8_t check_id[UUID_BYTES];
	char *password; /* to be kept under `id` */
	bool wants_token;
	struct login_try attempt;  /* where `check` is */
	uint8_t ended[UUID_BYTES]; /* the password that is none any more; zeros: there was none */
	/* ------------------------------------------------------------------ */
	enum secrets_status status;
	uint8_t id[UUID_BYTES]; /* of the new password or token */
	uint8_t token[STAFF_TOKEN_BYTES];
	bool is_kept; /* its entry is committed; else what was made is erased again */
};

/* False: the request has been answered. */
bool act_begin(struct request *r, struct roster *out);

/* Begin the step; the handler is called again when it is done, and goes on at once when it finds
 * r->result. Failing that the request is answered. */
void act_slow(struct request *r, const struct act_step *step);
/* The step, done. NULL: its disk or memory failed, and that has been answered. */
struct act_step *act_step_done(struct request *r);
/* The entry of what the step has made is committed. Nothing where there was no step. */
void act_keep(struct request *r);

/* The account of that name. NULL: answered. */
const struct account *act_account(struct request *r, const struct roster *staff, const char *name);

/* An entry over a change of the staff: `kind`, by `actor`, on `account` (NULL: a new one). */
struct act {
	enum entry_kind kind;
	uint32_t actor;
	const uint8_t *id; /* of the password or token; NULL: none */
	enum role before, after;
	bool had_password;
	uint32_t account;
	const char *name;
	const struct token *token; /* NULL: none */
};
/* Where whoever asks may no longer, the request is refused. */
void act_store(struct request *r, const struct roster *staff, const struct act *act,
    request_handler *accepted);

/* A time to come, at most so many days ahead. False: answered. */
bool act_has_end(struct request *r, const char *field, int64_t expires_ms, int days);
bool act_has_password(struct request *r, const char *field, const char *password);

#endif
