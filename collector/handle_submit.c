/* SPDX-License-Identifier: Apache-2.0 */
/* A submission, judged in the order of the outcomes table: code; known instance_id; round;
 * definition version; checks; not found or stale; disk. Nothing here says accepted but what the
 * store calls back. */
#include "collector/answer.h"
#include "collector/clock.h"
#include "collector/dispatch.h"
#include "collector/log.h"
#include "collector/unit.h"
#include "proto/digest.h"
#include "proto/limits.h"
#include "survey/validate.h"

#include <string.h>

static void
accepted(struct request *r)
{
	if (log_is_on(LOG_DEBUG)) {
		char hex[2 * UUID_BYTES + 1];
		digest_hex(r->message->submit->instance_id.data, UUID_BYTES, hex);
		log_debug("session=%llx submission=%s stored number=%llu",
		    (unsigned long long)r->session, hex, (unsigned long long)r->job.number);
	}
	answer_receipt(r, KHAOSAT__V1__STATUS__ACCEPTED, r->job.number, r->entry);
}

static bool
is_channel(const struct request *r, Khaosat__V1__Channel channel)
{
	if (r->is_staff)
		return channel >= KHAOSAT__V1__CHANNEL__BULK &&
		       channel <= KHAOSAT__V1__CHANNEL__PHONE;
	return channel == KHAOSAT__V1__CHANNEL__TOOL || channel == KHAOSAT__V1__CHANNEL__WEB ||
	       channel == KHAOSAT__V1__CHANNEL__BULK;
}

/* False: answered. */
static bool
has_form(struct request *r, const Khaosat__V1__Submit *m)
{
	if (!unit_is_uuid(m->instance_id))
		answer_invalid(r, "submit.instance_id", "16 bytes, not all zero");
	else if (m->deprecated_id.len != 0 && !unit_is_uuid(m->deprecated_id))
		answer_invalid(r, "submit.deprecated_id", "empty, or 16 bytes, not all zero");
	else if (m->answers.len > ANSWERS_MAX_BYTES)
		answer_invalid(r, "submit.answers", "at most 65536 bytes");
	else if (!is_channel(r, m->channel))
		answer_invalid(r, "submit.channel",
		    r->is_staff ? "BULK, OFFICE, PAPER_FORM or PHONE for staff"
				: "TOOL, WEB or BULK");
	else
		return true;
	return false;
}

static void
answer_known(struct request *r, const Khaosat__V1__Submit *m, const struct chain_link *known)
{
	static const uint8_t none[UUID_BYTES];
	uint8_t digest[SHA256_BYTES];
	const struct entry *e = &known->entry;
	struct digest_part part = {m->answers.data, m->answers.len};
	digest_sha256(&part, 1, digest);
	const uint8_t *deprecated = m->deprecated_id.len != 0 ? m->deprecated_id.data : none;
	bool is_same = e->kind != ENTRY_WITHDRAWAL &&
		       memcmp(e->digest, digest, SHA256_BYTES) == 0 &&
		       memcmp(e->deprecated_id, deprecated, UUID_BYTES) == 0;
	if (is_same)
		answer_receipt(r, KHAOSAT__V1__STATUS__REPLAYED, known->number, known->header);
	else
		answer_status(r, KHAOSAT__V1__STATUS__CONFLICT);
}

/* False: answered. What was found, and the indicators, are left in the loop's validation. */
static bool
passes_checks(struct request *r, const Khaosat__V1__Submit *m, const struct unit *unit)
{
	struct validation *v = loop_validation(r->loop);
	const struct facts facts = unit_facts(unit);
	switch (validate_bytes(&facts, m->answers.data, m->answers.len, v)) {
	case VALIDATE_OK:
		return true;
	case VALIDATE_MALFORMED:
		answer_invalid(r, "submit.answers", v->reason);
		return false;
	case VALIDATE_REJECTED:
		answer_findings(r, KHAOSAT__V1__STATUS__REJECTED, &unit->round, &v->findings);
		return false;
	case VALIDATE_UNCONFIRMED:
		answer_findings(
		    r, KHAOSAT__V1__STATUS__NEEDS_CONFIRMATION, &unit->round, &v->findings);
		return false;
	}
	return false;
}

/* False: answered. */
static bool
is_against_head(struct request *r, const Khaosat__V1__Submit *m, const struct chain *chain)
{
	bool is_correction = m->deprecated_id.len != 0;
	if (is_correction && !chain->is_named) {
		answer_status(r, KHAOSAT__V1__STATUS__NOT_FOUND);
		return false;
	}
	bool names_head =
	    is_correction && chain->head.number != 0 &&
	    memcmp(chain->head.entry.instance_id, m->deprecated_id.data, UUID_BYTES) == 0;
	if (is_correction ? names_head : chain->head.number == 0)
		return true;
	answer_stale(r, chain);
	return false;
}

static void
store(struct request *r, const Khaosat__V1__Submit *m, const struct unit *unit)
{
	struct entry e;
	bool is_correction = m->deprecated_id.len != 0;
	unit_entry(r, unit, &e);
	e.kind = is_correction ? ENTRY_CORRECTION : ENTRY_SUBMISSION;
	e.channel = (uint8_t)m->channel;
	e.replaced = unit->view.head;
	e.revision = unit->view.revision + 1;
	memcpy(e.instance_id, m->instance_id.data, UUID_BYTES);
	if (is_correction)
		memcpy(e.deprecated_id, m->deprecated_id.data, UUID_BYTES);
	indicator_bits_write(&loop_validation(r->loop)->evaluation.bits, e.bits);
	if (!request_entry(r, &e, m->answers.data, m->answers.len)) {
		answer_memory(r);
		return;
	}
	unit_store(r, unit, accepted);
}

static bool
is_version(const Khaosat__V1__Submit *m, const struct definition *d)
{
	return m->survey_version == d->version && strcmp(m->survey_id, d->id) == 0;
}

void
handle_submit(struct request *r)
{
	const Khaosat__V1__Submit *m = r->message->submit;
	struct unit unit;
	struct chain chain;
	if (!unit_find(r, m->round, m->tax_code, &unit) || !has_form(r, m))
		return;
	const uint8_t *deprecated = m->deprecated_id.len != 0 ? m->deprecated_id.data : NULL;
	if (!chain_walk(r->server->store, &unit.view, m->instance_id.data, deprecated, &chain))
		answer_status(r, KHAOSAT__V1__STATUS__UNAVAILABLE);
	else if (chain.known.number != 0)
		answer_known(r, m, &chain.known);
	else if (!unit_may_submit(&unit, clock_wall_ms()))
		answer_status(r, KHAOSAT__V1__STATUS__ROUND_CLOSED);
	else if (!is_version(m, unit.round.definition))
		answer_status(r, KHAOSAT__V1__STATUS__WRONG_VERSION);
	else if (passes_checks(r, m, &unit) && is_against_head(r, m, &chain)) {
		if (chain.is_long)
			unit_answer_full(r, &chain);
		else if (m->check_only)
			answer_done(r);
		else
			store(r, m, &unit);
	}
}
