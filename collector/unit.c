/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/unit.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "collector/answer.h"
#include "collector/clock.h"
#include "collector/meter.h"
#include "collector/log.h"
#include "proto/code.h"
#include "survey/text.h"

static bool
parse_tax_code(const char *text, struct unit *out)
{
	if (taxcode_parse(text, &out->tax_code) != TAXCODE_OK)
		return false;
	taxcode_print(out->tax_code, out->tax_text);
	return true;
}

bool
unit_has_code(const struct unit *unit)
{
	static const uint8_t none[CODE_HASH_BYTES];
	return !code_hash_is_same(unit->view.code_hash, none);
}

/* Whatever is wrong, the work is the same: a hash, a look, as many comparisons as a unit may have
 * codes. */
static bool
is_right(struct request *r, const char *round, const char code[CODE_CHARS + 1], struct unit *out)
{
	uint8_t hash[CODE_HASH_BYTES];
	code_hash(round, out->tax_text, code, hash);
	bool found =
	    state_round_unit(r->server->state, round, out->tax_code, &out->round, &out->view);
	if (!found)
		out->view = (struct unit_view){.head = 0};
	bool is_own = code_hash_is_same(hash, out->view.code_hash);
	is_own &= unit_has_code(out);
	out->key = is_own ? out->view.code_number : 0;
	out->is_subcode = false;
	for (unsigned i = 0; i < SUBCODES_MAX; i++) {
		bool is_same = code_hash_is_same(hash, out->view.subcode[i].hash);
		if (is_same && i < out->view.subcodes && !is_own) {
			out->key = out->view.subcode[i].number;
			out->is_subcode = true;
		}
	}
	return found && (is_own || out->is_subcode);
}

enum claim { CLAIM_RIGHT, CLAIM_WRONG, CLAIM_UNJUDGED /* too many guesses; `wait_ms` is set */ };

/* A request that comes again because the store said moved is no new guess. */
static enum claim
judge(struct request *r, const char *round, const char *on_behalf, struct unit *out,
    uint32_t *wait_ms)
{
	char code[CODE_CHARS + 1];
	struct peers_guess guess;
	const Khaosat__V1__UnitCredential *credential = r->message->unit;
	if (!parse_tax_code(credential->tax_code, out) ||
	    !code_canonical(credential->access_code, code))
		return CLAIM_WRONG; /* it can be nobody's */
	uint64_t named = out->tax_code;
	bool is_own = *on_behalf == '\0' ||
		      (taxcode_parse(on_behalf, &named) == TAXCODE_OK && named == out->tax_code);
	*wait_ms = r->attempts == 0
		       ? peers_guess(&r->server->peers, r->peer, out->tax_code, r->begun_us, &guess)
		       : 0;
	enum claim claim = CLAIM_UNJUDGED;
	if (*wait_ms == 0)
		claim = is_right(r, round, code, out) ? CLAIM_RIGHT : CLAIM_WRONG;
	sodium_memzero(code, sizeof(code));
	if (r->attempts == 0 && claim == CLAIM_RIGHT)
		peers_guessed_right(&r->server->peers, &guess);
	else if (r->attempts == 0 && claim == CLAIM_WRONG)
		peers_guessed_wrong(&r->server->peers, &guess);
	return claim == CLAIM_RIGHT && !is_own ? CLAIM_WRONG : claim; /* a unit speaks for itself */
}

static void
refuse(struct request *r)
{
	static struct log_gate gate;
	unsigned held_back;
	if (log_gate_pass(&gate, clock_monotonic_ms(), &held_back))
		log_info("session=%llx refused body=%s held_back=%u",
		    (unsigned long long)r->session, r->route->name, held_back);
	answer_status(r, KHAOSAT__V1__STATUS__REFUSED);
}

/* Counted once, and only for whom it is: a stranger cannot use up a unit's requests. False: it has
 * been told to try later. */
static bool
may_ask(struct request *r, const struct unit *unit)
{
	uint32_t wait_ms =
	    r->attempts == 0 ? peers_ask_unit(&r->server->peers, unit->tax_code, r->begun_us) : 0;
	if (wait_ms == 0)
		return true;
	meter_refused(METER_UNIT_RATE);
	answer_too_often(r, "Quá nhiều yêu cầu; hãy gửi lại sau.",
	    "Too many requests: send again later.",
	    wait_ms + admission_delay_ms(loop_admission(r->loop)));
	return false;
}

static bool
is_the_unit(struct request *r, const char *round, const char *on_behalf, struct unit *out)
{
	uint32_t wait_ms;
	switch (judge(r, round, on_behalf, out, &wait_ms)) {
	case CLAIM_RIGHT:
		return may_ask(r, out);
	case CLAIM_WRONG:
		refuse(r);
		return false;
	case CLAIM_UNJUDGED:
		meter_refused(METER_CODE_RATE);
		answer_too_often(r, "Quá nhiều lần nhập sai mã; hãy thử lại sau.",
		    "Too many wrong codes: try again later.", wait_ms);
		return false;
	}
	return false;
}

/* Whichever is missing, the unit or its grant, it is refused alike. */
static bool
is_granted(struct request *r, const char *round, const char *on_behalf, struct unit *out)
{
	out->key = 0;
	out->is_subcode = false;
	out->view.grants = 0;
	if (parse_tax_code(on_behalf, out))
		state_round_unit(r->server->state, round, out->tax_code, &out->round, &out->view);
	for (unsigned i = 0; i < out->view.grants; i++)
		if (out->view.grant[i].firm == r->actor)
			out->key = out->view.grant[i].number;
	if (out->key != 0)
		return may_ask(r, out);
	refuse(r);
	return false;
}

bool
unit_find_round(struct request *r, const char *name, struct round_view *out)
{
	if (state_round(r->server->state, name, out))
		return true;
	answer_status(r, KHAOSAT__V1__STATUS__UNKNOWN_ROUND);
	return false;
}

/* Staff may know which units there are. */
static void
refuse_unit(struct request *r, const char *tax_code, const char *round)
{
	char quoted[64], vi[160], en[160];
	text_quote(quoted, sizeof(quoted), tax_code, strlen(tax_code));
	snprintf(
	    vi, sizeof(vi), "Đợt %s không có đơn vị nào mang mã số thuế \"%s\".", round, quoted);
	snprintf(en, sizeof(en), "Round %s has no unit with the tax code \"%s\".", round, quoted);
	answer_say(r, KHAOSAT__V1__STATUS__REFUSED, vi, en);
}

bool
unit_find(struct request *r, const char *round, const char *on_behalf, struct unit *out)
{
	if (r->is_firm)
		return is_granted(r, round, on_behalf, out);
	if (!r->is_staff)
		return is_the_unit(r, round, on_behalf, out);
	out->key = 0;
	out->is_subcode = false;
	if (!unit_find_round(r, round, &out->round))
		return false;
	if (parse_tax_code(on_behalf, out) &&
	    state_unit(r->server->state, out->round.index, out->tax_code, &out->view))
		return true;
	refuse_unit(r, on_behalf, round);
	return false;
}

static bool
is_open(const struct round_view *round, int64_t now_ms)
{
	return round->phase == ROUND_OPEN && (round->closes_ms == 0 || now_ms < round->closes_ms);
}

bool
unit_may_submit(const struct unit *unit, int64_t now_ms)
{
	return is_open(&unit->round, now_ms) || now_ms < unit->view.reopened_until_ms;
}

int64_t
unit_until_ms(const struct unit *unit, int64_t now_ms)
{
	if (!is_open(&unit->round, now_ms))
		return now_ms < unit->view.reopened_until_ms ? unit->view.reopened_until_ms : 0;
	if (unit->round.closes_ms == 0 || unit->view.reopened_until_ms < unit->round.closes_ms)
		return unit->round.closes_ms;
	return unit->view.reopened_until_ms;
}

struct facts
unit_facts(const struct unit *unit)
{
	return (struct facts){
	    .definition = unit->round.definition,
	    .row = &unit->view.row,
	    .earlier = unit->view.has_earlier ? &unit->view.earlier_bits : NULL,
	    .earlier_definition = unit->view.has_earlier ? unit->view.earlier_definition : NULL,
	    .ref_year = unit->round.ref_year,
	};
}

bool
unit_is_uuid(ProtobufCBinaryData bytes)
{
	static const uint8_t zero[UUID_BYTES];
	return bytes.len == UUID_BYTES && memcmp(bytes.data, zero, UUID_BYTES) != 0;
}

void
unit_entry(const struct request *r, const struct unit *unit, struct entry *out)
{
	*out = (struct entry){
	    .actor = r->actor,
	    .time_ms = clock_wall_ms(),
	    .round = unit->round.number,
	    .tax_code = unit->tax_code,
	    .definition = unit->round.definition_number,
	    .previous = unit->view.last,
	    .key = unit->key,
	};
}

void
unit_store(struct request *r, const struct unit *unit, request_handler *accepted)
{
	const struct store_condition condition[REQUEST_CONDITIONS] = {
	    {state_unit_subject(unit->round.index, unit->tax_code), unit->view.last, true},
	    {state_round_subject(unit->round.index), unit->round.last, false},
	    {unit->view.earlier_subject, unit->view.earlier_last, false},
	};
	request_store(r, condition, accepted);
}

void
unit_round_entry(const struct request *r, const struct round_view *round, enum entry_kind kind,
    struct entry *out)
{
	*out = (struct entry){
	    .kind = kind,
	    .actor = r->actor,
	    .time_ms = clock_wall_ms(),
	    .round = round->number,
	    .definition = round->definition_number,
	    .previous = round->last,
	};
}

void
unit_store_round(
    struct request *r, const struct round_view *round, bool advances, request_handler *accepted)
{
	const struct store_condition condition[REQUEST_CONDITIONS] = {
	    {state_round_subject(round->index), round->last, advances}};
	request_store(r, condition, accepted);
}

void
unit_answer_full(struct request *r, const struct chain *chain)
{
	char field[64];
	snprintf(field, sizeof(field), "%s.round", r->route->name);
	answer_invalid(r, field,
	    chain->is_full ? "at most 1100 entries of a unit in a round"
			   : "at most 1000 entries of a unit in a round");
}
