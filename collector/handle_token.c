/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens of staff and firms: one for a name and a password, others made, listed, revoked. A page in
 * a browser gets its session the same way: a token, in a cookie (http_session.c). */
#include "collector/act.h"
#include "collector/answer.h"
#include "collector/clock.h"
#include "collector/dispatch.h"
#include "collector/log.h"
#include "collector/meter.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define TOKEN_NAME_RULE "1 to 32 of A-Z a-z 0-9 . _ -"

/* ------------------------------------------------------------------------------ made */

static void
fill_token(const struct request *r, const struct roster *staff, const struct token *token,
    Khaosat__V1__TokenInfo *out)
{
	khaosat__v1__token_info__init(out);
	out->id = answer_bytes(token->id, TOKEN_ID_BYTES);
	out->account = answer_text(roster_name(staff, token->account));
	out->name = answer_text(token->name);
	out->role = (Khaosat__V1__Role)token->role;
	out->created_ms = token->created_ms;
	out->expires_ms = token->expires_ms;
	out->current =
	    r->actor != 0 && memcmp(r->message->staff_token.data, token->id, TOKEN_ID_BYTES) == 0;
}

/* It may have been revoked since; then its info is missing. */
static void
made(struct request *r)
{
	struct act_step *step = r->result;
	uint8_t bytes[STAFF_TOKEN_BYTES];
	struct roster staff;
	Khaosat__V1__Response response;
	Khaosat__V1__TokenMade body;
	Khaosat__V1__TokenInfo info;
	act_keep(r);
	if (!secrets_admit(r->server->secrets, step->token)) {
		answer_memory(r);
		return;
	}
	if (!act_begin(r, &staff))
		return;
	khaosat__v1__response__init(&response);
	khaosat__v1__token_made__init(&body);
	const struct token *token = roster_token(&staff, step->id);
	memcpy(bytes, step->token, sizeof(bytes));
	sodium_memzero(step->token, sizeof(step->token));
	body.token = answer_bytes(bytes, sizeof(bytes));
	if (token != NULL) {
		fill_token(r, &staff, token, &info);
		body.info = &info;
		log_info("account=%s token made name=%s number=%llu", info.account, info.name,
		    (unsigned long long)r->job.number);
	}
	response.status = KHAOSAT__V1__STATUS__DONE;
	response.body_case = KHAOSAT__V1__RESPONSE__BODY_TOKEN_MADE;
	response.token_made = &body;
	answer(r, &response);
	sodium_memzero(bytes, sizeof(bytes));
	roster_clear(&staff);
}

struct wanted {
	uint32_t account, actor;
	enum role role;
	const char *name;
	int64_t expires_ms;
};

static void
store_token(struct request *r, const struct roster *staff, const struct wanted *wanted)
{
	const struct account *account = roster_account(staff, wanted->account);
	const struct act_step *step = r->result;
	if (roster_tokens_of(staff, wanted->account, clock_wall_ms()) >= ACCOUNT_TOKENS_MAX) {
		answer_say(r, KHAOSAT__V1__STATUS__ALREADY,
		    "Tài khoản đã có 64 mã thẻ; hãy thu hồi bớt.",
		    "The account has 64 tokens: revoke some.");
		return;
	}
	struct token token = {.role = (uint32_t)wanted->role, .expires_ms = wanted->expires_ms};
	memcpy(token.name, wanted->name, strlen(wanted->name));
	const struct act act = {
	    .kind = ENTRY_TOKEN_MADE,
	    .actor = wanted->actor,
	    .id = step->id,
	    .before = (enum role)account->role,
	    .after = (enum role)account->role,
	    .account = wanted->account,
	    .name = account->name,
	    .token = &token,
	};
	act_store(r, staff, &act, made);
}

/* ------------------------------------------------------------------------------ log in */

/* What stands in the place of a name that there is not may be a password. */
static void
refuse_login(struct request *r, const struct account *account)
{
	static struct log_gate gate;
	unsigned held_back;
	if (log_gate_pass(&gate, clock_monotonic_ms(), &held_back))
		log_info("session=%llx log-in refused account=%s held_back=%u",
		    (unsigned long long)r->session, account != NULL ? account->name : "none",
		    held_back);
	answer_say(r, KHAOSAT__V1__STATUS__REFUSED, "Tên hoặc mật khẩu không đúng.",
	    "The name or the password is not right.");
}

/* Whether there is such an account is not looked at before the password was. */
static void
begin_login(struct request *r, const Khaosat__V1__LogIn *m, const struct account *account)
{
	struct act_step step = {.check = m->password, .wants_token = true};
	uint32_t wait_ms =
	    logins_begin(&r->server->logins, r->peer, m->name, clock_monotonic_ms(), &step.attempt);
	if (wait_ms > 0) {
		meter_refused(METER_LOGIN_RATE);
		answer_too_often(r, "Quá nhiều lần đăng nhập sai; hãy thử lại sau.",
		    "Too many failures to log in: try again later.", wait_ms);
		return;
	}
	if (account != NULL)
		memcpy(step.check_id, account->password_id, UUID_BYTES);
	act_slow(r, &step);
}

static void
finish_login(struct request *r, const Khaosat__V1__LogIn *m, const struct roster *staff,
    const struct account *account)
{
	struct act_step *step = act_step_done(r);
	if (step == NULL)
		return;
	if (step->status == SECRETS_WRONG || account == NULL ||
	    memcmp(step->check_id, account->password_id, UUID_BYTES) != 0) {
		refuse_login(r, account);
		return;
	}
	logins_right(&r->server->logins, &step->attempt, clock_monotonic_ms());
	uint32_t number = roster_number(staff, account);
	const struct wanted wanted = {
	    number, number, (enum role)account->role, m->token_name, m->expires_ms};
	store_token(r, staff, &wanted);
}

void
handle_log_in(struct request *r)
{
	const Khaosat__V1__LogIn *m = r->message->log_in;
	struct roster staff;
	if (!roster_is_token_name(m->token_name)) {
		answer_invalid(r, "log_in.token_name", TOKEN_NAME_RULE);
		return;
	}
	if (!act_has_end(r, "log_in.expires_ms", m->expires_ms, LOGIN_MAX_DAYS) ||
	    !act_begin(r, &staff))
		return;
	const struct account *account = roster_named(&staff, m->name);
	if (r->result == NULL)
		begin_login(r, m, account);
	else
		finish_login(r, m, &staff, account);
	roster_clear(&staff);
}

/* ------------------------------------------------------------------------------ create */

/* False: answered. */
static bool
has_form(struct request *r, const Khaosat__V1__CreateToken *m)
{
	if (!roster_is_token_name(m->name))
		answer_invalid(r, "create_token.name", TOKEN_NAME_RULE);
	else if (m->role < KHAOSAT__V1__ROLE__VIEWER || m->role > KHAOSAT__V1__ROLE__FIRM)
		answer_invalid(r, "create_token.role", "VIEWER, OPERATOR, ADMINISTRATOR or FIRM");
	else
		return act_has_end(r, "create_token.expires_ms", m->expires_ms, TOKEN_MAX_DAYS);
	return false;
}

/* At most the account's, and the caller's; a firm's is neither less nor more. */
static bool
may_have(const struct request *r, const struct account *account, enum role role)
{
	if (role == ROLE_FIRM || account->role == ROLE_FIRM)
		return role == (enum role)account->role;
	return role <= (enum role)account->role && role <= r->role;
}

/* Whose it is to be; NULL: answered. */
static const struct account *
owner_of(struct request *r, const Khaosat__V1__CreateToken *m, const struct roster *staff)
{
	const struct account *own = roster_account(staff, r->actor);
	const struct account *named = *m->account == '\0' ? own : roster_named(staff, m->account);
	if (r->role < ROLE_ADMINISTRATOR && (named == NULL || named != own))
		answer_status(r, KHAOSAT__V1__STATUS__REFUSED);
	else if (*m->account == '\0' && own == NULL)
		answer_invalid(r, "create_token.account",
		    "the name of an account other than machine, or log in to one first");
	else if (named == NULL)
		act_account(r, staff, m->account);
	else if (!may_have(r, named, (enum role)m->role))
		answer_invalid(r, "create_token.role", "at most the account's, and the caller's");
	else
		return named;
	return NULL;
}

void
handle_create_token(struct request *r)
{
	const Khaosat__V1__CreateToken *m = r->message->create_token;
	struct roster staff;
	if (!has_form(r, m) || !act_begin(r, &staff))
		return;
	const struct account *account = owner_of(r, m, &staff);
	if (account != NULL && r->result == NULL) {
		act_slow(r, &(struct act_step){.wants_token = true});
	} else if (account != NULL && act_step_done(r) != NULL) {
		const struct wanted wanted = {roster_number(&staff, account), r->actor,
		    (enum role)m->role, m->name, m->expires_ms};
		store_token(r, &staff, &wanted);
	}
	roster_clear(&staff);
}

/* ------------------------------------------------------------------------------ revoke */

/* Its hash is erased when the warden next sweeps, and counts for nothing until then. */
static void
revoked(struct request *r)
{
	log_info("token revoked by=%u number=%llu", (unsigned)r->actor,
	    (unsigned long long)r->job.number);
	answer_done(r);
}

static void
store_revocation(struct request *r, const struct roster *staff, const struct token *token)
{
	const struct account *account = roster_account(staff, token->account);
	const struct act act = {
	    .kind = ENTRY_TOKEN_REVOKED,
	    .actor = r->actor,
	    .id = token->id,
	    .before = (enum role)account->role,
	    .after = (enum role)account->role,
	    .account = token->account,
	    .name = account->name,
	    .token = token,
	};
	act_store(r, staff, &act, revoked);
}

void
handle_revoke_token(struct request *r)
{
	const ProtobufCBinaryData id = r->message->revoke_token->id;
	struct roster staff;
	if (id.len != TOKEN_ID_BYTES) {
		answer_invalid(r, "revoke_token.id", "16 bytes");
		return;
	}
	if (!act_begin(r, &staff))
		return;
	const struct token *token = roster_token(&staff, id.data);
	if (r->role < ROLE_ADMINISTRATOR && (token == NULL || token->account != r->actor))
		answer_status(r, KHAOSAT__V1__STATUS__REFUSED);
	else if (token == NULL)
		answer_say(r, KHAOSAT__V1__STATUS__NOT_FOUND, "Không có mã thẻ này.",
		    "There is no such token.");
	else
		store_revocation(r, &staff, token);
	roster_clear(&staff);
}

void
handle_log_out(struct request *r)
{
	struct roster staff;
	if (!act_begin(r, &staff))
		return;
	const struct token *token = roster_token(&staff, r->message->staff_token.data);
	if (r->actor == ACCOUNT_MACHINE)
		answer_say(r, KHAOSAT__V1__STATUS__ALREADY,
		    "Mã thẻ của máy chủ nằm trong thư mục dữ liệu và không thu hồi được.",
		    "The machine's token stands in the data folder and cannot be revoked.");
	else if (token == NULL) /* revoked meanwhile, by another request */
		answer_status(r, KHAOSAT__V1__STATUS__REFUSED);
	else
		store_revocation(r, &staff, token);
	roster_clear(&staff);
}

/* ------------------------------------------------------------------------------ list */

static void
answer_tokens(struct request *r, const struct roster *staff, uint32_t account)
{
	Khaosat__V1__TokenInfo *info = calloc(staff->tokens + 1, sizeof(*info));
	Khaosat__V1__TokenInfo **list = calloc(staff->tokens + 1, sizeof(*list));
	Khaosat__V1__Response response;
	Khaosat__V1__Tokens tokens;
	khaosat__v1__response__init(&response);
	khaosat__v1__tokens__init(&tokens);
	for (size_t i = 0; i < staff->tokens && info != NULL && list != NULL; i++) {
		if (account != 0 && staff->token[i].account != account)
			continue;
		fill_token(r, staff, &staff->token[i], &info[tokens.n_token]);
		list[tokens.n_token] = &info[tokens.n_token];
		tokens.n_token++;
	}
	tokens.token = list;
	response.status = KHAOSAT__V1__STATUS__DONE;
	response.body_case = KHAOSAT__V1__RESPONSE__BODY_TOKENS;
	response.tokens = &tokens;
	if (info != NULL && list != NULL)
		answer(r, &response);
	else
		answer_memory(r);
	free(info);
	free(list);
}

void
handle_list_tokens(struct request *r)
{
	const char *name = r->message->list_tokens->account;
	bool all = strcmp(name, "*") == 0;
	struct roster staff;
	if (!act_begin(r, &staff))
		return;
	const struct account *own = roster_account(&staff, r->actor);
	const struct account *named = *name == '\0' ? own : roster_named(&staff, name);
	if (r->role < ROLE_ADMINISTRATOR && (named == NULL || named != own))
		answer_status(r, KHAOSAT__V1__STATUS__REFUSED);
	else if (all || *name == '\0')
		answer_tokens(r, &staff, all ? 0 : r->actor);
	else if (act_account(r, &staff, name) != NULL)
		answer_tokens(r, &staff, roster_number(&staff, named));
	roster_clear(&staff);
}
