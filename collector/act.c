/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/act.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "collector/answer.h"
#include "collector/clock.h"
#include "collector/log.h"
#include "collector/meter.h"
#include "survey/text.h"

#define DAY_MS INT64_C(86400000)

bool
act_begin(struct request *r, struct roster *out)
{
	if (state_staff(r->server->state, out))
		return true;
	answer_memory(r);
	return false;
}

/* ------------------------------------------------------------------- the slow step */

static void
wipe(char *text)
{
	if (text != NULL)
		sodium_memzero(text, strlen(text));
}

/* On the warden's thread. */
static void
take_step(struct request *r)
{
	struct act_step *step = r->result;
	struct secrets *secrets = r->server->secrets;
	secrets_sweep(secrets);
	step->status = SECRETS_OK;
	if (step->check != NULL)
		step->status = secrets_check_password(secrets, step->check_id, step->check);
	if (step->status == SECRETS_OK && step->password != NULL)
		step->status = secrets_make_password(secrets, step->password, step->id);
	if (step->status == SECRETS_OK && step->wants_token) {
		step->status = secrets_make_token(secrets, step->token);
		memcpy(step->id, step->token, TOKEN_ID_BYTES);
	}
	wipe(step->check);
	wipe(step->password);
}

/* What was made and never got its entry is erased; where nobody knows whether it did, at the next
 * start, by who does. */
static void
end_step(void *result)
{
	const struct act_step *step = result;
	const struct request *r = step->request;
	if (!step->is_kept && r->job.outcome != STORE_UNAVAILABLE)
		secrets_end(r->server->secrets, step->id);
}

static void
step_taken(struct request *r)
{
	atomic_fetch_sub(&r->server->at_warden, 1);
	r->route->handle(r);
}

void
act_slow(struct request *r, const struct act_step *step)
{
	struct act_step *kept = request_alloc(r, sizeof(*kept));
	if (kept == NULL) {
		answer_memory(r);
		return;
	}
	*kept = *step;
	kept->request = r;
	r->result = kept;
	r->free_result = end_step;
	bool has_place = atomic_fetch_add(&r->server->at_warden, 1) < AT_WARDEN_MAX;
	if (has_place && request_work(r, r->server->warden, take_step, step_taken))
		return;
	atomic_fetch_sub(&r->server->at_warden, 1);
	if (!has_place)
		meter_refused(METER_OVERLOAD);
	answer_status(r, KHAOSAT__V1__STATUS__TRY_LATER);
}

struct act_step *
act_step_done(struct request *r)
{
	struct act_step *step = r->result;
	if (step->status != SECRETS_FAILED)
		return step;
	static struct log_gate gate;
	unsigned held_back;
	if (log_gate_pass(&gate, clock_monotonic_ms(), &held_back))
		log_warn("a password or token was not checked or kept: disk or memory held_back=%u",
		    held_back);
	answer_status(r, KHAOSAT__V1__STATUS__TRY_LATER);
	return NULL;
}

void
act_keep(struct request *r)
{
	struct act_step *step = r->result;
	if (step != NULL)
		step->is_kept = true;
}

/* ------------------------------------------------------------------- the entry */

const struct account *
act_account(struct request *r, const struct roster *staff, const char *name)
{
	const struct account *account = roster_named(staff, name);
	if (account == NULL)
		answer_say(r, KHAOSAT__V1__STATUS__NOT_FOUND, "Không có tài khoản mang tên này.",
		    "There is no account of that name.");
	return account;
}

static size_t
pack_change(const struct act *act, uint8_t *out)
{
	Khaosat__V1__StaffChange change;
	khaosat__v1__staff_change__init(&change);
	change.account = act->account;
	change.name = answer_text(act->name);
	change.before = (Khaosat__V1__Role)act->before;
	change.after = (Khaosat__V1__Role)act->after;
	change.had_password = act->had_password;
	if (act->token != NULL) {
		change.token_name = answer_text(act->token->name);
		change.token_role = (Khaosat__V1__Role)act->token->role;
		change.expires_ms = act->token->expires_ms;
	}
	return out == NULL ? khaosat__v1__staff_change__get_packed_size(&change)
			   : khaosat__v1__staff_change__pack(&change, out);
}

/* What firms, who are no staff, make for themselves stays in the log for ever: so many at once,
 * then one in a while. False: answered. */
static bool
may_make(struct request *r, const struct act *act)
{
	bool is_own = act->before == ROLE_FIRM && act->actor == act->account &&
		      (act->kind == ENTRY_TOKEN_MADE || act->kind == ENTRY_PASSWORD_SET);
	uint32_t wait_ms = is_own && r->attempts == 0 ? logins_firm_makes(&r->server->logins,
							    act->account, clock_monotonic_us())
						      : 0;
	if (wait_ms == 0)
		return true;
	meter_refused(METER_LOGIN_RATE);
	answer_too_often(r, "Quá nhiều mã thẻ hoặc mật khẩu mới; hãy thử lại sau.",
	    "Too many new tokens or passwords: try again later.", wait_ms);
	return false;
}

void
act_store(
    struct request *r, const struct roster *staff, const struct act *act, request_handler *accepted)
{
	uint8_t payload[256]; /* two names of 32 and a few numbers */
	size_t n = pack_change(act, NULL);
	struct entry e = {
	    .kind = act->kind,
	    .actor = act->actor,
	    .time_ms = clock_wall_ms(),
	    .previous = staff->last,
	};
	const struct store_condition condition[REQUEST_CONDITIONS] = {
	    {SUBJECT_STAFF, staff->last, true}};
	if (!may_make(r, act))
		return;
	if (act->id != NULL)
		memcpy(e.instance_id, act->id, UUID_BYTES);
	if (n <= sizeof(payload) && request_entry(r, &e, payload, pack_change(act, payload)))
		request_store(r, condition, accepted);
	else
		answer_memory(r);
}

/* ------------------------------------------------------------------- forms */

bool
act_has_end(struct request *r, const char *field, int64_t expires_ms, int days)
{
	char rule[64];
	int64_t now_ms = clock_wall_ms();
	if (expires_ms > now_ms && expires_ms <= now_ms + days * DAY_MS)
		return true;
	snprintf(rule, sizeof(rule), "a time to come, within %d days", days);
	answer_invalid(r, field, rule);
	return false;
}

bool
act_has_password(struct request *r, const char *field, const char *password)
{
	size_t n = strlen(password);
	if (text_check(password, n, PASSWORD_MAX_CHARS, false) == TEXT_OK &&
	    text_check(password, n, PASSWORD_MIN_CHARS - 1, false) == TEXT_TOO_LONG)
		return true;
	answer_invalid(r, field, "12 to 200 characters");
	return false;
}
