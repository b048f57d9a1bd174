/* SPDX-License-Identifier: Apache-2.0 */
/* Sub-codes: what a unit gives to a colleague, and takes back. */
#include "collector/answer.h"
#include "collector/clock.h"
#include "collector/dispatch.h"
#include "collector/log.h"
#include "collector/roster.h"
#include "collector/unit.h"

#include <stdio.h>
#include <string.h>

/* An entry of the unit's chain with the request's body as its payload. */
static void
store_body(
    struct request *r, const struct unit *unit, enum entry_kind kind, const ProtobufCMessage *body)
{
	struct chain chain;
	struct entry e;
	unit_entry(r, unit, &e);
	e.kind = kind;
	e.channel = r->is_staff ? KHAOSAT__V1__CHANNEL__OFFICE : KHAOSAT__V1__CHANNEL__TOOL;
	if (!chain_walk(r->server->store, &unit->view, NULL, NULL, &chain))
		answer_status(r, KHAOSAT__V1__STATUS__UNAVAILABLE);
	else if (kind == ENTRY_SUBCODE_MADE && chain.is_long)
		unit_answer_full(r, &chain);
	else if (chain.is_full)
		unit_answer_full(r, &chain);
	else if (request_entry_message(r, &e, body))
		unit_store(r, unit, answer_done);
	else
		answer_memory(r);
}

/* ------------------------------------------------------------------------------ make */

static bool
has_hash(const struct unit *unit, ProtobufCBinaryData hash)
{
	for (unsigned i = 0; i < unit->view.subcodes; i++)
		if (memcmp(unit->view.subcode[i].hash, hash.data, CODE_HASH_BYTES) == 0)
			return true;
	return false;
}

void
handle_make_subcode(struct request *r)
{
	const Khaosat__V1__MakeSubcode *m = r->message->make_subcode;
	struct unit unit;
	if (!unit_find(r, m->round, "", &unit))
		return;
	if (!roster_is_token_name(m->name))
		answer_invalid(r, "make_subcode.name", "1 to 32 of A-Z a-z 0-9 . _ -");
	else if (!unit_is_uuid(m->code_hash)) /* as long, and no more zero */
		answer_invalid(r, "make_subcode.code_hash", "16 bytes, not all zero");
	else if (unit.is_subcode)
		answer_say(r, KHAOSAT__V1__STATUS__REFUSED,
		    "Mã phụ không tạo được mã phụ khác; hãy dùng mã truy cập của đơn vị.",
		    "A sub-code makes no other: use the unit's own code.");
	else if (has_hash(&unit, m->code_hash)) /* sent again */
		answer_done(r);
	else if (unit.view.subcodes >= SUBCODES_MAX)
		answer_say(r, KHAOSAT__V1__STATUS__ALREADY,
		    "Đơn vị đã có 4 mã phụ; hãy thu hồi một mã trước.",
		    "The unit has 4 sub-codes already: take one back first.");
	else
		store_body(r, &unit, ENTRY_SUBCODE_MADE, &m->base);
}

/* ------------------------------------------------------------------------------ take back */

void
handle_revoke_subcode(struct request *r)
{
	const Khaosat__V1__RevokeSubcode *m = r->message->revoke_subcode;
	struct unit unit;
	bool found = false;
	if (!unit_find(r, m->round, m->tax_code, &unit))
		return;
	for (unsigned i = 0; i < unit.view.subcodes; i++)
		found |= unit.view.subcode[i].number == m->number;
	if (unit.is_subcode && unit.key != m->number)
		answer_say(r, KHAOSAT__V1__STATUS__REFUSED, "Mã phụ chỉ tự trả lại được chính nó.",
		    "A sub-code gives back none but itself.");
	else if (!found)
		answer_say(r, KHAOSAT__V1__STATUS__NOT_FOUND, "Không có mã phụ mang số này.",
		    "There is no sub-code of that number.");
	else
		store_body(r, &unit, ENTRY_SUBCODE_REVOKED, &m->base);
}

/* ------------------------------------------------------------------------------ list */

#define CODES_LISTED_MAX (1 + SUBCODES_MAX + GRANTS_MAX)

struct listing {
	Khaosat__V1__CodeInfo info[CODES_LISTED_MAX];
	char name[CODES_LISTED_MAX][ACCOUNT_NAME_MAX + 1];
	size_t n;
	bool is_whole;
};

/* False: no such message, or memory is out. */
static bool
read_name(struct listing *l, enum entry_kind kind, const uint8_t *payload, size_t n)
{
	char *name = l->name[l->n];
	Khaosat__V1__MakeSubcode *made = NULL;
	Khaosat__V1__FirmGrant *grant = NULL;
	if (kind == ENTRY_SUBCODE_MADE)
		made = khaosat__v1__make_subcode__unpack(NULL, n, payload);
	else
		grant = khaosat__v1__firm_grant__unpack(NULL, n, payload);
	if (made != NULL) {
		snprintf(name, ACCOUNT_NAME_MAX + 1, "%s", made->name);
		khaosat__v1__make_subcode__free_unpacked(made, NULL);
	} else if (grant != NULL) {
		snprintf(name, ACCOUNT_NAME_MAX + 1, "%s", grant->name);
		khaosat__v1__firm_grant__free_unpacked(grant, NULL);
	}
	l->info[l->n].name = name;
	return made != NULL || grant != NULL;
}

static bool
read_code(void *context, uint64_t number, const uint8_t *bytes, size_t n)
{
	struct listing *l = context;
	struct entry e;
	(void)number;
	if (!entry_decode(bytes, n, false, &e))
		return false;
	l->info[l->n].made_ms = e.time_ms;
	l->info[l->n].is_subcode = e.kind == ENTRY_SUBCODE_MADE;
	l->info[l->n].is_grant = e.kind == ENTRY_FIRM_GRANTED;
	l->is_whole = e.kind == ENTRY_CODE_ISSUED ||
		      read_name(l, e.kind, bytes + ENTRY_HEADER_BYTES, e.payload_bytes);
	return false;
}

/* A code by the entry that made it; 0: the register's, of which nothing more is told. */
static bool
list_code(struct request *r, struct listing *l, uint64_t number, bool is_current)
{
	Khaosat__V1__CodeInfo *info = &l->info[l->n];
	khaosat__v1__code_info__init(info);
	info->number = number;
	info->current = is_current;
	l->is_whole = number == 0;
	bool good =
	    number == 0 ||
	    (store_read(r->server->store, number, number, read_code, l) == STORE_OK && l->is_whole);
	l->n++;
	return good;
}

static void
answer_codes(struct request *r, struct listing *l)
{
	Khaosat__V1__CodeInfo *list[CODES_LISTED_MAX];
	Khaosat__V1__Response response;
	Khaosat__V1__Codes codes;
	khaosat__v1__response__init(&response);
	khaosat__v1__codes__init(&codes);
	for (size_t i = 0; i < l->n; i++)
		list[i] = &l->info[i];
	codes.n_code = l->n;
	codes.code = list;
	response.status = KHAOSAT__V1__STATUS__DONE;
	response.body_case = KHAOSAT__V1__RESPONSE__BODY_CODES;
	response.codes = &codes;
	answer(r, &response);
}

void
handle_list_codes(struct request *r)
{
	const Khaosat__V1__ListCodes *m = r->message->list_codes;
	struct unit unit;
	struct listing l = {.n = 0};
	bool good = true;
	if (!unit_find(r, m->round, m->tax_code, &unit))
		return;
	if (unit_has_code(&unit))
		good = list_code(r, &l, unit.view.code_number, !r->is_staff && !unit.is_subcode);
	for (unsigned i = 0; i < unit.view.subcodes && good; i++)
		good = list_code(r, &l, unit.view.subcode[i].number,
		    unit.is_subcode && unit.key == unit.view.subcode[i].number);
	for (unsigned i = 0; i < unit.view.grants && good; i++)
		good = list_code(r, &l, unit.view.grant[i].number, false);
	if (good)
		answer_codes(r, &l);
	else
		answer_status(r, KHAOSAT__V1__STATUS__UNAVAILABLE);
}
