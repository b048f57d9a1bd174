/* SPDX-License-Identifier: Apache-2.0 */
/* Whom to follow up: the worker finds a page of rows in the columns, reads their text from the log,
 * a chunk at a time, and their contacts from where those are kept. */
#include "collector/answer.h"
#include "collector/contact.h"
#include "collector/dispatch.h"
#include "collector/payload.h"
#include "collector/rates_head.h"
#include "collector/row_text.h"
#include "proto/limits.h"

#include <stdlib.h>
#include <string.h>

struct followup {
	struct round_view round;
	struct row_filter filter;
	uint32_t from, next;
	size_t n;
	struct row_found found[FOLLOWUP_MAX_UNITS];
	Khaosat__V1__RegisterRow *row[FOLLOWUP_MAX_UNITS];
	Khaosat__V1__Followup *page; /* owns all that hangs on it; NULL: something failed */
	bool is_spent;               /* memory is what failed */
};

static void
free_followup(void *result)
{
	struct followup *f = result;
	for (size_t i = 0; i < f->n; i++)
		if (f->row[i] != NULL)
			khaosat__v1__register_row__free_unpacked(f->row[i], NULL);
	if (f->page != NULL)
		khaosat__v1__followup__free_unpacked(f->page, NULL);
	free(f);
}

/* ------------------------------------------------------------------------------ one unit */

/* False: memory, or the disk; a contact that is there and not told would be one that nobody calls.
 */
static bool
read_contact(struct request *r, uint64_t round, uint64_t tax_code, const char *name,
    Khaosat__V1__FollowupUnit *out)
{
	uint8_t key[CONTACT_KEY_BYTES], *value = NULL;
	size_t n = 0;
	if (out->contact != NULL || round == 0)
		return true;
	contact_key(round, tax_code, key);
	if (erasable_get(r->server->contacts, key, sizeof(key), &value, &n) != STORE_OK)
		return false;
	if (value == NULL)
		return true;
	enum payload_status status;
	out->contact = payload_unpack(&khaosat__v1__contact__descriptor, value, n, &status);
	explicit_bzero(value, n);
	free(value);
	if (out->contact == NULL)
		return status == PAYLOAD_BAD; /* that is none */
	char *copy = strdup(name);
	if (copy != NULL)
		out->contact_round = copy;
	return copy != NULL;
}

static bool
read_change(void *context, uint64_t number, const uint8_t *bytes, size_t n)
{
	(void)number;
	Khaosat__V1__CaseChange **change = context;
	if (n >= ENTRY_HEADER_BYTES)
		*change = khaosat__v1__case_change__unpack(
		    NULL, n - ENTRY_HEADER_BYTES, bytes + ENTRY_HEADER_BYTES);
	return false;
}

/* What was said when the state was set: most often by the last entry. False: memory, or the log. */
static bool
read_evidence(struct request *r, const struct unit_view *unit, Khaosat__V1__FollowupUnit *out)
{
	struct chain_link link = {.entry = {.kind = ENTRY_SUBMISSION}};
	uint64_t number = unit->set_case != CASE_NONE ? unit->last : 0;
	Khaosat__V1__CaseChange *change = NULL;
	if (number == 0)
		return true;
	while (chain_read(r->server->store, number, &link) && link.entry.kind != ENTRY_CASE_SET &&
	       link.entry.previous < number && link.entry.previous != 0)
		number = link.entry.previous;
	if (link.number != number || link.entry.kind != ENTRY_CASE_SET ||
	    store_read(r->server->store, number, number, read_change, &change) != STORE_OK ||
	    change == NULL)
		return false;
	char *copy = strdup(change->evidence);
	if (copy != NULL)
		out->evidence = copy;
	khaosat__v1__case_change__free_unpacked(change, NULL);
	return copy != NULL;
}

/* False: memory, or the log cannot be read. */
static bool
add_unit(struct request *r, struct followup *f, size_t at)
{
	struct chain_link link = {0};
	const struct unit_view *unit = &f->found[at].unit;
	Khaosat__V1__FollowupUnit *out = malloc(sizeof(*out));
	if (out == NULL)
		return false;
	khaosat__v1__followup_unit__init(out);
	f->page->unit[f->page->n_unit++] = out;
	out->row = f->row[at];
	f->row[at] = NULL;
	out->state = (Khaosat__V1__CaseState)unit->state;
	out->reopened_until_ms = unit->reopened_until_ms;
	if (unit->last != 0 && !chain_read(r->server->store, unit->last, &link))
		return false;
	if (unit->last != 0) {
		out->last_kind = (Khaosat__V1__EntryKind)link.entry.kind;
		out->last_ms = link.entry.time_ms;
	}
	return read_evidence(r, unit, out) &&
	       read_contact(r, f->round.number, unit->row.tax_code, f->round.name, out) &&
	       read_contact(r, f->round.earlier_number, unit->row.tax_code, f->round.earlier, out);
}

/* ------------------------------------------------------------------------------ a page */

/* Rows stand in the order of the chunks. */
static bool
read_rows(struct request *r, struct followup *f)
{
	uint32_t row[FOLLOWUP_MAX_UNITS];
	for (size_t i = 0, end; i < f->n; i = end) {
		uint64_t chunk = f->found[i].unit.chunk;
		for (end = i; end < f->n && f->found[end].unit.chunk == chunk; end++)
			row[end - i] = f->found[end].unit.row_in_chunk;
		if (!row_text_read(r->server->store, chunk, row, end - i, f->row + i))
			return false;
	}
	return true;
}

static bool
fill_page(struct request *r, struct followup *f)
{
	f->page = malloc(sizeof(*f->page));
	if (f->page == NULL)
		return false;
	khaosat__v1__followup__init(f->page);
	f->page->unit = calloc(f->n + 1, sizeof(*f->page->unit));
	f->page->next = f->next;
	bool good = f->page->unit != NULL;
	f->is_spent = !good;
	good = good && read_rows(r, f);
	for (size_t i = 0; i < f->n && good; i++)
		good = add_unit(r, f, i);
	return good;
}

static void
find(struct request *r)
{
	struct followup *f = r->result;
	f->n = state_find_rows(r->server->state, f->round.index, &f->filter, f->from,
	    FOLLOWUP_MAX_UNITS, f->found, &f->next);
	if (fill_page(r, f))
		return;
	if (f->page != NULL)
		khaosat__v1__followup__free_unpacked(f->page, NULL);
	f->page = NULL;
}

static void
found(struct request *r)
{
	const struct followup *f = r->result;
	Khaosat__V1__Response response;
	if (f->page == NULL) {
		answer_status(r, f->is_spent ? KHAOSAT__V1__STATUS__TRY_LATER
					     : KHAOSAT__V1__STATUS__UNAVAILABLE);
		return;
	}
	khaosat__v1__response__init(&response);
	response.status = KHAOSAT__V1__STATUS__DONE;
	response.body_case = KHAOSAT__V1__RESPONSE__BODY_FOLLOWUP;
	response.followup = f->page;
	answer(r, &response);
}

/* ------------------------------------------------------------------------------ what is asked */

/* The code's index; UNKNOWN_CODE for _U. False: answered. */
static bool
take_code(struct request *r, const struct definition *d, enum code_list_id list, const char *field,
    const char *code, bool *is_asked, int16_t *out)
{
	*is_asked = *code != '\0';
	*out = UNKNOWN_CODE;
	if (!*is_asked || strcmp(code, "_U") == 0)
		return true;
	int found = definition_find_code(d, list, code, strlen(code));
	if (found < 0) {
		answer_invalid(r, field, "a code of the survey, or _U");
		return false;
	}
	*out = (int16_t)found;
	return true;
}

/* False: answered. */
static bool
take_states(struct request *r, const Khaosat__V1__ListFollowup *m, struct row_filter *out)
{
	for (int i = CASE_NOT_STARTED; i <= CASE_UNKNOWN; i++)
		out->state[i] = m->n_state == 0 && i != CASE_COMPLETE && i != CASE_OUT_OF_SCOPE;
	for (size_t i = 0; i < m->n_state; i++) {
		if ((int)m->state[i] < CASE_NOT_STARTED || (int)m->state[i] > CASE_UNKNOWN) {
			answer_invalid(r, "list_followup.state", "values of CaseState");
			return false;
		}
		out->state[m->state[i]] = true;
	}
	return true;
}

static bool
take_filter(struct request *r, const Khaosat__V1__ListFollowup *m, struct followup *f)
{
	const struct definition *d = f->round.definition;
	struct row_filter *out = &f->filter;
	return take_states(r, m, out) &&
	       take_code(r, d, CODES_COMMUNE, "list_followup.commune", m->commune, &out->by_commune,
		   &out->commune) &&
	       take_code(
		   r, d, CODES_ZONE, "list_followup.zone", m->zone, &out->by_zone, &out->zone);
}

void
handle_list_followup(struct request *r)
{
	const Khaosat__V1__ListFollowup *m = r->message->list_followup;
	struct followup *f = calloc(1, sizeof(*f));
	if (f == NULL) {
		answer_memory(r);
		return;
	}
	r->result = f;
	r->free_result = free_followup;
	f->from = m->from;
	if (!rates_find_round(r, m->round, &f->round) || !take_filter(r, m, f))
		return;
	if (!request_work(r, r->server->worker, find, found))
		answer_status(r, KHAOSAT__V1__STATUS__TRY_LATER);
}
