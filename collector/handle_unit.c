/* SPDX-License-Identifier: Apache-2.0 */
/* What a unit may ask besides submitting: withdraw, see where it stands, see its history, leave or
 * erase its contact. */
#include "collector/answer.h"
#include "collector/clock.h"
#include "collector/dispatch.h"
#include "collector/contact.h"
#include "collector/log.h"
#include "collector/row_text.h"
#include "collector/unit.h"
#include "proto/limits.h"
#include "survey/text.h"

#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------------------ withdraw */

static void
withdrawn(struct request *r)
{
	answer_receipt(r, KHAOSAT__V1__STATUS__ACCEPTED, r->job.number, r->entry);
}

static void
answer_known(struct request *r, const Khaosat__V1__Withdraw *m, const struct chain_link *known)
{
	const struct entry *e = &known->entry;
	if (e->kind == ENTRY_WITHDRAWAL && memcmp(e->deprecated_id, m->head.data, UUID_BYTES) == 0)
		answer_receipt(r, KHAOSAT__V1__STATUS__REPLAYED, known->number, known->header);
	else
		answer_status(r, KHAOSAT__V1__STATUS__CONFLICT);
}

static void
store_withdrawal(struct request *r, const Khaosat__V1__Withdraw *m, const struct unit *unit)
{
	struct entry e;
	unit_entry(r, unit, &e);
	e.kind = ENTRY_WITHDRAWAL;
	e.channel = r->is_staff ? KHAOSAT__V1__CHANNEL__OFFICE : KHAOSAT__V1__CHANNEL__TOOL;
	e.replaced = unit->view.head;
	e.revision = unit->view.revision;
	memcpy(e.instance_id, m->instance_id.data, UUID_BYTES);
	memcpy(e.deprecated_id, m->head.data, UUID_BYTES);
	if (request_entry(r, &e, NULL, 0))
		unit_store(r, unit, withdrawn);
	else
		answer_memory(r);
}

void
handle_withdraw(struct request *r)
{
	const Khaosat__V1__Withdraw *m = r->message->withdraw;
	struct unit unit;
	struct chain chain;
	if (!unit_find(r, m->round, m->tax_code, &unit))
		return;
	if (!unit_is_uuid(m->instance_id))
		answer_invalid(r, "withdraw.instance_id", "16 bytes, not all zero");
	else if (!unit_is_uuid(m->head))
		answer_invalid(r, "withdraw.head", "16 bytes, not all zero");
	else if (!chain_walk(
		     r->server->store, &unit.view, m->instance_id.data, m->head.data, &chain))
		answer_status(r, KHAOSAT__V1__STATUS__UNAVAILABLE);
	else if (chain.known.number != 0)
		answer_known(r, m, &chain.known);
	else if (!unit_may_submit(&unit, clock_wall_ms()))
		answer_status(r, KHAOSAT__V1__STATUS__ROUND_CLOSED);
	else if (!chain.is_named)
		answer_status(r, KHAOSAT__V1__STATUS__NOT_FOUND);
	else if (chain.head.number == 0 ||
		 memcmp(chain.head.entry.instance_id, m->head.data, UUID_BYTES) != 0)
		answer_stale(r, &chain);
	else if (chain.is_full)
		unit_answer_full(r, &chain);
	else
		store_withdrawal(r, m, &unit);
}

/* ------------------------------------------------------------------------------ status */

static void
answer_state(struct request *r, const struct unit *unit, const struct chain_link *head,
    Khaosat__V1__RegisterRow *row)
{
	int64_t now_ms = clock_wall_ms();
	Khaosat__V1__Response response;
	khaosat__v1__response__init(&response);
	Khaosat__V1__UnitState state;
	khaosat__v1__unit_state__init(&state);
	Khaosat__V1__Head head_out;
	khaosat__v1__head__init(&head_out);
	Khaosat__V1__Receipt receipt;
	khaosat__v1__receipt__init(&receipt);
	state.tax_code = answer_text(unit->tax_text);
	state.name = row->name;
	state.phase = (Khaosat__V1__RoundPhase)unit->round.phase;
	state.may_submit = unit_may_submit(unit, now_ms);
	state.until_ms = unit_until_ms(unit, now_ms);
	state.row = row;
	if (head->number != 0) {
		answer_fill_head(&head_out, head);
		receipt.log = answer_bytes(store_log_id(r->server->store), STORE_LOG_ID_BYTES);
		receipt.number = head->number;
		receipt.header = answer_bytes(head->header, ENTRY_HEADER_BYTES);
		state.head = &head_out;
		state.receipt = &receipt;
	}
	response.status = KHAOSAT__V1__STATUS__DONE;
	response.body_case = KHAOSAT__V1__RESPONSE__BODY_UNIT_STATE;
	response.unit_state = &state;
	answer(r, &response);
}

void
handle_unit_status(struct request *r)
{
	const Khaosat__V1__UnitStatus *m = r->message->unit_status;
	struct unit unit;
	struct chain_link head = {0};
	if (!unit_find(r, m->round, m->tax_code, &unit))
		return;
	if (unit.view.head != 0 && !chain_read(r->server->store, unit.view.head, &head)) {
		answer_status(r, KHAOSAT__V1__STATUS__UNAVAILABLE);
		return;
	}
	Khaosat__V1__RegisterRow *row = NULL;
	row_text_read(r->server->store, unit.view.chunk, &unit.view.row_in_chunk, 1, &row);
	if (row == NULL)
		answer_status(r, KHAOSAT__V1__STATUS__UNAVAILABLE);
	else
		answer_state(r, &unit, &head, row);
	if (row != NULL)
		khaosat__v1__register_row__free_unpacked(row, NULL);
}

/* ------------------------------------------------------------------------------ history */

struct history {
	bool is_for_staff;
	Khaosat__V1__LoggedEntry *entry;
	size_t n;
	size_t bytes;
	uint64_t previous; /* of the entry read last */
	bool is_read;
	bool is_spent;
};

/* Of a case the unit sees the states; the evidence is what the office has noted for itself, of
 * persons too. Returns the bytes that are left; 0 is nothing at all. */
static size_t
leave_out_evidence(uint8_t *payload, size_t n)
{
	Khaosat__V1__CaseChange *m = khaosat__v1__case_change__unpack(NULL, n, payload);
	if (m == NULL)
		return 0;
	char *evidence = m->evidence;
	m->evidence = answer_text("");
	size_t left = khaosat__v1__case_change__pack(m, payload);
	m->evidence = evidence;
	khaosat__v1__case_change__free_unpacked(m, NULL);
	return left;
}

/* A copy, freed when it has been sent: the entry is a loan. */
static bool
copy_entry(void *context, uint64_t number, const uint8_t *bytes, size_t n)
{
	struct history *history = context;
	struct entry e;
	if (!entry_decode(bytes, n, false, &e))
		return false;
	uint8_t *copy = malloc(n);
	if (copy == NULL) {
		history->is_spent = true;
		return false;
	}
	memcpy(copy, bytes, n);
	Khaosat__V1__LoggedEntry *out = &history->entry[history->n++];
	khaosat__v1__logged_entry__init(out);
	out->number = number;
	out->header = answer_bytes(copy, ENTRY_HEADER_BYTES);
	size_t shown = n - ENTRY_HEADER_BYTES;
	if (e.kind == ENTRY_CASE_SET && !history->is_for_staff)
		shown = leave_out_evidence(copy + ENTRY_HEADER_BYTES, shown);
	if (!entry_is_of_code(e.kind)) /* the hash is nobody's business */
		out->payload = answer_bytes(copy + ENTRY_HEADER_BYTES, shown);
	history->bytes += n;
	history->previous = e.previous;
	history->is_read = true;
	return false;
}

/* From the newest to before `before`, at most so many as one response holds. */
static bool
read_history(struct store *store, uint64_t last, uint64_t before, struct history *history)
{
	struct chain_link link;
	uint64_t number = last;
	while (number != 0 && before != 0 && number >= before) {
		if (!chain_read(store, number, &link) || link.entry.previous >= number)
			return false;
		number = link.entry.previous;
	}
	history->previous = number;
	while (number != 0 && history->n < HISTORY_MAX_ENTRIES &&
	       history->bytes < LOG_READ_MAX_BYTES) {
		history->is_read = false;
		if (store_read(store, number, number, copy_entry, history) != STORE_OK ||
		    !history->is_read || history->previous >= number)
			return false;
		number = history->previous;
	}
	return true;
}

static void
answer_history(struct request *r, const struct history *history)
{
	Khaosat__V1__LoggedEntry *list[HISTORY_MAX_ENTRIES];
	Khaosat__V1__Response response;
	khaosat__v1__response__init(&response);
	Khaosat__V1__UnitEntries entries;
	khaosat__v1__unit_entries__init(&entries);
	for (size_t i = 0; i < history->n; i++)
		list[i] = &history->entry[i];
	entries.n_entry = history->n;
	entries.entry = list;
	/* Older than the last one listed, where there is one. */
	if (history->n > 0 && history->previous != 0)
		entries.next_before = history->entry[history->n - 1].number;
	response.status = KHAOSAT__V1__STATUS__DONE;
	response.body_case = KHAOSAT__V1__RESPONSE__BODY_UNIT_ENTRIES;
	response.unit_entries = &entries;
	answer(r, &response);
}

void
handle_unit_history(struct request *r)
{
	const Khaosat__V1__UnitHistory *m = r->message->unit_history;
	struct unit unit;
	Khaosat__V1__LoggedEntry entry[HISTORY_MAX_ENTRIES];
	struct history history = {.is_for_staff = r->is_staff, .entry = entry};
	if (!unit_find(r, m->round, m->tax_code, &unit))
		return;
	if (read_history(r->server->store, unit.view.last, m->before, &history))
		answer_history(r, &history);
	else if (history.is_spent)
		answer_memory(r);
	else
		answer_status(r, KHAOSAT__V1__STATUS__UNAVAILABLE);
	for (size_t i = 0; i < history.n; i++)
		free(entry[i].header.data);
}

/* ------------------------------------------------------------------------------ contact */

struct contact_job {
	uint8_t key[CONTACT_KEY_BYTES];
	uint8_t *value;
	size_t n; /* 0: erase */
	enum store_status status;
};

/* False: answered. */
static bool
has_contact_form(struct request *r, const Khaosat__V1__Contact *m)
{
	const struct {
		const char *field, *text;
	} fields[] = {{"contact.name", m->name}, {"contact.position", m->position},
	    {"contact.phone", m->phone}, {"contact.email", m->email}};
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		enum text_status status = text_check(
		    fields[i].text, strlen(fields[i].text), CONTACT_FIELD_MAX_CHARS, false);
		if (status == TEXT_OK)
			continue;
		answer_invalid(r, fields[i].field,
		    status == TEXT_TOO_LONG ? "at most 200 characters" : text_rule_en(status));
		return false;
	}
	return true;
}

/* On the scribe's thread: each contact costs a sync. */
static void
write_contact(struct request *r)
{
	struct contact_job *job = r->result;
	job->status =
	    erasable_put(r->server->contacts, job->key, sizeof(job->key), job->value, job->n);
}

static void
contact_written(struct request *r)
{
	const struct contact_job *job = r->result;
	if (job->status == STORE_OK) {
		answer_done(r);
		return;
	}
	static struct log_gate gate;
	unsigned held_back;
	if (log_gate_pass(&gate, clock_monotonic_ms(), &held_back))
		log_warn("session=%llx contact not kept held_back=%u",
		    (unsigned long long)r->session, held_back);
	answer_status(r, KHAOSAT__V1__STATUS__TRY_LATER);
}

static struct contact_job *
make_contact_job(struct request *r, const Khaosat__V1__Contact *m, const struct unit *unit)
{
	struct contact_job *job = request_alloc(r, sizeof(*job));
	if (job == NULL)
		return NULL;
	*job = (struct contact_job){0};
	contact_key(unit->round.number, unit->tax_code, job->key);
	if (!m->consent)
		return job;
	Khaosat__V1__Contact kept;
	khaosat__v1__contact__init(&kept);
	kept.name = m->name;
	kept.position = m->position;
	kept.phone = m->phone;
	kept.email = m->email;
	kept.consent = true;
	kept.kept_ms = clock_wall_ms();
	job->n = khaosat__v1__contact__get_packed_size(&kept);
	job->value = request_alloc(r, job->n);
	if (job->value == NULL)
		return NULL;
	khaosat__v1__contact__pack(&kept, job->value);
	return job;
}

static void
begin_writing(struct request *r)
{
	if (!request_work(r, r->server->scribe, write_contact, contact_written))
		answer_status(r, KHAOSAT__V1__STATUS__TRY_LATER);
}

/* Firms and staff act under their name: the entry comes first, and holds nothing of the contact. */
static void
note_contact(struct request *r, const struct unit *unit)
{
	const struct contact_job *job = r->result;
	struct chain chain;
	struct entry e;
	unit_entry(r, unit, &e);
	e.kind = job->n > 0 ? ENTRY_CONTACT_KEPT : ENTRY_CONTACT_ERASED;
	e.channel = r->is_staff ? KHAOSAT__V1__CHANNEL__OFFICE : KHAOSAT__V1__CHANNEL__TOOL;
	if (!chain_walk(r->server->store, &unit->view, NULL, NULL, &chain))
		answer_status(r, KHAOSAT__V1__STATUS__UNAVAILABLE);
	else if (job->n > 0 && chain.is_long)
		unit_answer_full(r, &chain);
	else if (chain.is_full)
		unit_answer_full(r, &chain);
	else if (request_entry(r, &e, NULL, 0))
		unit_store(r, unit, begin_writing);
	else
		answer_memory(r);
}

void
handle_contact(struct request *r)
{
	const Khaosat__V1__Contact *m = r->message->contact;
	struct unit unit;
	if (!unit_find(r, m->round, m->tax_code, &unit) || !has_contact_form(r, m))
		return;
	/* To erase is always allowed: a unit that withdrew must be able to. */
	if (m->consent && unit.view.head == 0) {
		answer_say(r, KHAOSAT__V1__STATUS__NOT_FOUND,
		    "Chỉ nhận thông tin liên hệ sau khi phiếu đã được ghi nhận.",
		    "Contact data is taken only after a submission has been accepted.");
		return;
	}
	r->result = make_contact_job(r, m, &unit);
	if (r->result == NULL)
		answer_memory(r);
	else if (r->actor != 0)
		note_contact(r, &unit);
	else
		begin_writing(r);
}
