/* SPDX-License-Identifier: Apache-2.0 */
/* A firm of accountants answers for units that have granted it: granting, and taking back. An entry
 * of either kind rests on the unit and on the accounts, since a firm that is removed has no grants.
 */
#include "collector/answer.h"
#include "collector/clock.h"
#include "collector/dispatch.h"
#include "collector/log.h"
#include "collector/unit.h"

static bool
has_grant(const struct unit *unit, uint32_t firm)
{
	for (unsigned i = 0; i < unit->view.grants; i++)
		if (unit->view.grant[i].firm == firm)
			return true;
	return false;
}

static void
stored(struct request *r)
{
	log_info("account=%u body=%s number=%llu", (unsigned)r->actor, r->route->name,
	    (unsigned long long)r->job.number);
	answer_done(r);
}

static void
store(
    struct request *r, const struct unit *unit, const struct firm_view *firm, enum entry_kind kind)
{
	Khaosat__V1__FirmGrant grant;
	struct chain chain;
	struct entry e;
	const struct store_condition condition[REQUEST_CONDITIONS] = {
	    {state_unit_subject(unit->round.index, unit->tax_code), unit->view.last, true},
	    {SUBJECT_STAFF, firm->staff_last, false},
	};
	khaosat__v1__firm_grant__init(&grant);
	grant.firm = firm->account;
	grant.name = answer_text(firm->name);
	unit_entry(r, unit, &e);
	e.kind = kind;
	e.channel = r->is_staff ? KHAOSAT__V1__CHANNEL__OFFICE : KHAOSAT__V1__CHANNEL__TOOL;
	if (!chain_walk(r->server->store, &unit->view, NULL, NULL, &chain))
		answer_status(r, KHAOSAT__V1__STATUS__UNAVAILABLE);
	else if (kind == ENTRY_FIRM_GRANTED && chain.is_long)
		unit_answer_full(r, &chain);
	else if (chain.is_full)
		unit_answer_full(r, &chain);
	else if (request_entry_message(r, &e, &grant.base))
		request_store(r, condition, stored);
	else
		answer_memory(r);
}

static void
refuse_subcode(struct request *r)
{
	answer_say(r, KHAOSAT__V1__STATUS__REFUSED,
	    "Mã phụ không ủy quyền và không thu hồi được; hãy dùng mã truy cập của đơn vị.",
	    "A sub-code neither grants nor takes back: use the unit's own code.");
}

void
handle_grant_firm(struct request *r)
{
	const Khaosat__V1__GrantFirm *m = r->message->grant_firm;
	struct firm_view firm;
	struct unit unit;
	if (!unit_find(r, m->round, "", &unit))
		return;
	if (unit.is_subcode)
		refuse_subcode(r);
	else if (!state_firm(r->server->state, m->firm, 0, &firm))
		answer_say(r, KHAOSAT__V1__STATUS__NOT_FOUND,
		    "Không có đơn vị kế toán mang tên này.", "There is no firm of that name.");
	else if (has_grant(&unit, firm.account)) /* sent again */
		answer_done(r);
	else if (unit.view.grants >= GRANTS_MAX)
		answer_say(r, KHAOSAT__V1__STATUS__ALREADY,
		    "Đơn vị đã ủy quyền cho 4 đơn vị kế toán; hãy thu hồi bớt.",
		    "The unit has granted 4 firms already: take one back first.");
	else
		store(r, &unit, &firm, ENTRY_FIRM_GRANTED);
}

/* The one that is named; a firm's own, where it names none. */
static bool
find_firm(struct request *r, const char *name, struct firm_view *out)
{
	bool is_own = r->is_firm && *name == '\0';
	return state_firm(r->server->state, is_own ? NULL : name, r->actor, out) &&
	       (!r->is_firm || out->account == r->actor);
}

void
handle_end_grant(struct request *r)
{
	const Khaosat__V1__EndGrant *m = r->message->end_grant;
	struct firm_view firm;
	struct unit unit;
	if (!unit_find(r, m->round, m->tax_code, &unit))
		return;
	if (unit.is_subcode)
		refuse_subcode(r);
	else if (!find_firm(r, m->firm, &firm) || !has_grant(&unit, firm.account))
		answer_say(r, KHAOSAT__V1__STATUS__NOT_FOUND,
		    "Đơn vị không ủy quyền cho đơn vị kế toán nào mang tên này.",
		    "The unit has granted no firm of that name.");
	else
		store(r, &unit, &firm, ENTRY_GRANT_ENDED);
}
