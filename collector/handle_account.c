/* SPDX-License-Identifier: Apache-2.0 */
/* Accounts of staff and firms: listed, added, given a role or a password, removed. */
#include "collector/act.h"
#include "collector/answer.h"
#include "collector/clock.h"
#include "collector/dispatch.h"
#include "collector/log.h"
#include "collector/meter.h"
#include "collector/unit.h"

#include <stdlib.h>
#include <string.h>

static void
log_act(const struct request *r, const char *name, const char *what)
{
	log_info("account=%s %s by=%u number=%llu", name, what, (unsigned)r->actor,
	    (unsigned long long)r->job.number);
}

/* ------------------------------------------------------------------------------ list */

/* An administrator has to do with all of them, an operator with firms'. */
static bool
manages(const struct request *r, enum role role)
{
	return r->role >= (role == ROLE_FIRM ? ROLE_OPERATOR : ROLE_ADMINISTRATOR);
}

static void
fill_account(const struct roster *staff, uint32_t number, Khaosat__V1__AccountInfo *out)
{
	khaosat__v1__account_info__init(out);
	out->number = number;
	out->name = answer_text(roster_name(staff, number));
	if (number == ACCOUNT_MACHINE) {
		out->role = KHAOSAT__V1__ROLE__ADMINISTRATOR;
		return;
	}
	const struct account *a = &staff->account[number - ACCOUNT_FIRST];
	out->role = (Khaosat__V1__Role)a->role;
	out->removed = a->removed != 0;
	out->has_password = roster_has_password(a);
	out->tokens = (uint32_t)roster_tokens_of(staff, number, clock_wall_ms());
	out->added = a->added;
	out->removal = a->removed;
}

/* All of them; with `units`, firms that were not removed, each with its number. */
static void
answer_accounts(struct request *r, const struct roster *staff, const uint32_t *units)
{
	size_t n = staff->accounts + 1;
	Khaosat__V1__AccountInfo *info = calloc(n, sizeof(*info));
	Khaosat__V1__AccountInfo **list = calloc(n, sizeof(*list));
	Khaosat__V1__Response response;
	Khaosat__V1__Accounts accounts;
	khaosat__v1__response__init(&response);
	khaosat__v1__accounts__init(&accounts);
	for (uint32_t i = 0; i < n && info != NULL && list != NULL; i++) {
		uint32_t number = ACCOUNT_MACHINE + i;
		if (units != NULL && roster_firm(staff, number) == NULL)
			continue;
		fill_account(staff, number, &info[i]);
		if (units != NULL)
			info[i].units = units[number - ACCOUNT_FIRST];
		list[accounts.n_account++] = &info[i];
	}
	accounts.account = list;
	response.status = KHAOSAT__V1__STATUS__DONE;
	response.body_case = KHAOSAT__V1__RESPONSE__BODY_ACCOUNTS;
	response.accounts = &accounts;
	if (info != NULL && list != NULL)
		answer(r, &response);
	else
		answer_memory(r);
	free(info);
	free(list);
}

void
handle_list_accounts(struct request *r)
{
	struct roster staff;
	if (!act_begin(r, &staff))
		return;
	answer_accounts(r, &staff, NULL);
	roster_clear(&staff);
}

void
handle_list_firms(struct request *r)
{
	struct roster staff;
	struct round_view round;
	if (!unit_find_round(r, r->message->list_firms->round, &round) || !act_begin(r, &staff))
		return;
	uint32_t *units = calloc(staff.accounts + 1, sizeof(*units));
	if (units != NULL) {
		state_count_grants(r->server->state, round.index, units, staff.accounts);
		answer_accounts(r, &staff, units);
	} else {
		answer_memory(r);
	}
	free(units);
	roster_clear(&staff);
}

/* ------------------------------------------------------------------------------ add */

static void
answer_account(struct request *r, const char *name)
{
	struct roster staff;
	Khaosat__V1__Response response;
	Khaosat__V1__AccountInfo info;
	if (!act_begin(r, &staff))
		return;
	khaosat__v1__response__init(&response);
	response.status = KHAOSAT__V1__STATUS__DONE;
	const struct account *account = roster_named(&staff, name);
	if (account != NULL) { /* not removed since */
		fill_account(&staff, roster_number(&staff, account), &info);
		response.body_case = KHAOSAT__V1__RESPONSE__BODY_ACCOUNT;
		response.account = &info;
	}
	answer(r, &response);
	roster_clear(&staff);
}

static void
added(struct request *r)
{
	const char *name = r->message->add_account->name;
	act_keep(r);
	log_act(r, name, "added");
	answer_account(r, name);
}

static bool
is_role(Khaosat__V1__Role role)
{
	return role >= KHAOSAT__V1__ROLE__VIEWER && role <= KHAOSAT__V1__ROLE__ADMINISTRATOR;
}

static bool
has_form(struct request *r, const Khaosat__V1__AddAccount *m)
{
	if (!roster_is_account_name(m->name))
		answer_invalid(r, "add_account.name",
		    "1 to 32 of a-z 0-9 . _ -, the first a letter, not machine");
	else if (!is_role(m->role) && m->role != KHAOSAT__V1__ROLE__FIRM)
		answer_invalid(r, "add_account.role", "VIEWER, OPERATOR, ADMINISTRATOR or FIRM");
	else
		return *m->password == '\0' ||
		       act_has_password(r, "add_account.password", m->password);
	return false;
}

static void
add_account(struct request *r, const Khaosat__V1__AddAccount *m, const struct roster *staff)
{
	const struct act_step *step = NULL;
	if (roster_named(staff, m->name) != NULL || staff->accounts >= ACCOUNTS_MAX) {
		answer_say(r, KHAOSAT__V1__STATUS__ALREADY,
		    "Đã có tài khoản mang tên này, hoặc đã đủ 10.000 tài khoản.",
		    "There is an account of that name, or there are 10,000 already.");
		return;
	}
	if (r->result == NULL && *m->password != '\0') {
		act_slow(r, &(struct act_step){.password = m->password});
		return;
	}
	if (r->result != NULL && (step = act_step_done(r)) == NULL)
		return;
	const struct act act = {
	    .kind = ENTRY_ACCOUNT_ADDED,
	    .actor = r->actor,
	    .id = step != NULL ? step->id : NULL,
	    .after = (enum role)m->role,
	    .account = (uint32_t)staff->accounts + ACCOUNT_FIRST,
	    .name = m->name,
	};
	act_store(r, staff, &act, added);
}

void
handle_add_account(struct request *r)
{
	const Khaosat__V1__AddAccount *m = r->message->add_account;
	struct roster staff;
	if (!manages(r, (enum role)m->role)) {
		answer_status(r, KHAOSAT__V1__STATUS__REFUSED);
		return;
	}
	if ((r->result == NULL && !has_form(r, m)) || !act_begin(r, &staff))
		return;
	add_account(r, m, &staff);
	roster_clear(&staff);
}

/* ------------------------------------------------------------------------------ role, removal */

/* False: answered. */
static bool
leaves_an_administrator(
    struct request *r, const struct roster *staff, const struct account *account)
{
	if (account->role != ROLE_ADMINISTRATOR || roster_administrators(staff) > 1)
		return true;
	answer_say(r, KHAOSAT__V1__STATUS__ALREADY,
	    "Đây là quản trị viên cuối cùng; hãy thêm một quản trị viên khác trước.",
	    "This is the last administrator: add another one first.");
	return false;
}

static struct act
act_on(const struct request *r, const struct roster *staff, const struct account *account)
{
	return (struct act){
	    .actor = r->actor,
	    .before = (enum role)account->role,
	    .after = (enum role)account->role,
	    .account = roster_number(staff, account),
	    .name = account->name,
	};
}

static void
role_set(struct request *r)
{
	log_act(r, r->message->set_role->name, "role set");
	answer_account(r, r->message->set_role->name);
}

void
handle_set_role(struct request *r)
{
	const Khaosat__V1__SetRole *m = r->message->set_role;
	struct roster staff;
	if (!is_role(m->role)) {
		answer_invalid(r, "set_role.role", "VIEWER, OPERATOR or ADMINISTRATOR");
		return;
	}
	if (!act_begin(r, &staff))
		return;
	const struct account *account = act_account(r, &staff, m->name);
	if (account != NULL && account->role == ROLE_FIRM)
		answer_invalid(r, "set_role.name", "an account of staff");
	else if (account != NULL && (m->role == KHAOSAT__V1__ROLE__ADMINISTRATOR ||
					leaves_an_administrator(r, &staff, account))) {
		struct act act = act_on(r, &staff, account);
		act.kind = ENTRY_ROLE_SET;
		act.after = (enum role)m->role;
		act_store(r, &staff, &act, role_set);
	}
	roster_clear(&staff);
}

/* NULL: answered; an operator does not learn which accounts of staff there are. */
static const struct account *
manageable(struct request *r, const struct roster *staff, const char *name)
{
	const struct account *account = roster_named(staff, name);
	if (manages(r, account != NULL ? (enum role)account->role : ROLE_NONE))
		return act_account(r, staff, name);
	answer_status(r, KHAOSAT__V1__STATUS__REFUSED);
	return NULL;
}

/* The hash of its password is erased when the warden next sweeps, as those of its tokens, and
 * counts for nothing until then. */
static void
end_password(const struct request *r)
{
	const struct act_step *step = r->result;
	secrets_end(r->server->secrets, step->ended);
}

static void
removed(struct request *r)
{
	log_act(r, r->message->remove_account->name, "removed");
	end_password(r);
	answer_done(r);
}

static void
remove_account(struct request *r, const struct roster *staff, const struct account *account)
{
	struct act_step *step = request_alloc(r, sizeof(*step));
	if (step == NULL) {
		answer_memory(r);
		return;
	}
	*step = (struct act_step){.check = NULL};
	memcpy(step->ended, account->password_id, UUID_BYTES);
	r->result = step;
	struct act act = act_on(r, staff, account);
	act.kind = ENTRY_ACCOUNT_REMOVED;
	act.after = ROLE_NONE;
	act_store(r, staff, &act, removed);
}

void
handle_remove_account(struct request *r)
{
	struct roster staff;
	if (!act_begin(r, &staff))
		return;
	const struct account *account = manageable(r, &staff, r->message->remove_account->name);
	if (account != NULL && leaves_an_administrator(r, &staff, account))
		remove_account(r, &staff, account);
	roster_clear(&staff);
}

/* ------------------------------------------------------------------------------ password */

static void
password_set(struct request *r)
{
	log_act(r, r->message->set_password->name, "password set");
	act_keep(r);
	end_password(r);
	answer_account(r, r->message->set_password->name);
}

/* Who manages the account sets it; others their own, and know the one before. False: answered. */
static bool
may_set(struct request *r, const struct roster *staff, const struct account *account)
{
	if (manages(r, account != NULL ? (enum role)account->role : ROLE_NONE) ||
	    (account != NULL && roster_number(staff, account) == r->actor))
		return true;
	answer_status(r, KHAOSAT__V1__STATUS__REFUSED);
	return false;
}

static void
begin_password(struct request *r, const Khaosat__V1__SetPassword *m, const struct account *account)
{
	struct act_step step = {.password = m->password};
	if (!manages(r, (enum role)account->role)) {
		uint32_t wait_ms = logins_begin(&r->server->logins, r->peer, account->name,
		    clock_monotonic_ms(), &step.attempt);
		if (wait_ms > 0) {
			meter_refused(METER_LOGIN_RATE);
			answer_too_often(r, "Quá nhiều lần sai; hãy thử lại sau.",
			    "Too many failures: try again later.", wait_ms);
			return;
		}
		step.check = m->current;
		memcpy(step.check_id, account->password_id, UUID_BYTES);
	}
	act_slow(r, &step);
}

static void
finish_password(struct request *r, const struct roster *staff, const struct account *account)
{
	struct act_step *step = act_step_done(r);
	if (step == NULL)
		return;
	bool was_checked = step->check != NULL;
	if (step->status == SECRETS_WRONG ||
	    (was_checked && memcmp(step->check_id, account->password_id, UUID_BYTES) != 0)) {
		answer_say(r, KHAOSAT__V1__STATUS__REFUSED, "Mật khẩu hiện tại không đúng.",
		    "The current password is not right.");
		return;
	}
	if (was_checked)
		logins_right(&r->server->logins, &step->attempt, clock_monotonic_ms());
	memcpy(step->ended, account->password_id, UUID_BYTES);
	struct act act = act_on(r, staff, account);
	act.kind = ENTRY_PASSWORD_SET;
	act.id = step->id;
	act.had_password = roster_has_password(account);
	act_store(r, staff, &act, password_set);
}

void
handle_set_password(struct request *r)
{
	const Khaosat__V1__SetPassword *m = r->message->set_password;
	struct roster staff;
	if (!act_begin(r, &staff))
		return;
	const struct account *account = roster_named(&staff, m->name);
	if (may_set(r, &staff, account) && act_account(r, &staff, m->name) != NULL) {
		if (r->result != NULL)
			finish_password(r, &staff, account);
		else if (act_has_password(r, "set_password.password", m->password))
			begin_password(r, m, account);
	}
	roster_clear(&staff);
}
