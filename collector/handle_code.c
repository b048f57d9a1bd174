/* SPDX-License-Identifier: Apache-2.0 */
/* Access codes of units after their register was loaded: issued anew, revoked. */
#include "collector/answer.h"
#include "collector/clock.h"
#include "collector/dispatch.h"
#include "collector/log.h"
#include "collector/unit.h"
#include "proto/limits.h"
#include "survey/text.h"

#include <sodium.h>
#include <string.h>

static void
code_set(struct request *r)
{
	log_info("account=%u code %s number=%llu", (unsigned)r->actor,
	    r->message->set_code->code_hash.len > 0 ? "issued" : "revoked",
	    (unsigned long long)r->job.number);
	answer_done(r);
}

/* False: answered. */
static bool
has_form(struct request *r, const Khaosat__V1__SetCode *m)
{
	size_t n = strlen(m->reason);
	bool issues = m->code_hash.len > 0;
	if (issues && !unit_is_uuid(m->code_hash)) /* as long, and no more zero */
		answer_invalid(r, "set_code.code_hash", "empty, or 16 bytes, not all zero");
	else if (text_check(m->reason, n, CODE_REASON_MAX_CHARS, false) != TEXT_OK ||
		 text_check(m->reason, n, CODE_REASON_MIN_CHARS - 1, false) != TEXT_TOO_LONG)
		answer_invalid(r, "set_code.reason", "3 to 200 characters");
	else if (issues ? m->delivery != KHAOSAT__V1__DELIVERY__PAPER &&
			      m->delivery != KHAOSAT__V1__DELIVERY__REGISTER_EMAIL
			: m->delivery != KHAOSAT__V1__DELIVERY__DELIVERY_UNSPECIFIED)
		answer_invalid(r, "set_code.delivery",
		    "PAPER or REGISTER_EMAIL for a new code, none for no code");
	else
		return true;
	return false;
}

static bool
is_so_already(const Khaosat__V1__SetCode *m, const struct unit *unit)
{
	return m->code_hash.len > 0
		   ? memcmp(m->code_hash.data, unit->view.code_hash, CODE_HASH_BYTES) == 0
		   : sodium_is_zero(unit->view.code_hash, CODE_HASH_BYTES);
}

void
handle_set_code(struct request *r)
{
	const Khaosat__V1__SetCode *m = r->message->set_code;
	struct unit unit;
	struct chain chain;
	struct entry e;
	if (!unit_find(r, m->round, m->tax_code, &unit) || !has_form(r, m))
		return;
	unit_entry(r, &unit, &e);
	e.kind = m->code_hash.len > 0 ? ENTRY_CODE_ISSUED : ENTRY_CODE_REVOKED;
	e.channel = KHAOSAT__V1__CHANNEL__OFFICE;
	e.replaced = unit.view.code_number;
	if (is_so_already(m, &unit))
		answer_done(r);
	else if (!chain_walk(r->server->store, &unit.view, NULL, NULL, &chain))
		answer_status(r, KHAOSAT__V1__STATUS__UNAVAILABLE);
	else if (chain.is_full)
		unit_answer_full(r, &chain);
	else if (request_entry_message(r, &e, &m->base))
		unit_store(r, &unit, code_set);
	else
		answer_memory(r);
}
