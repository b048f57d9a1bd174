/* SPDX-License-Identifier: Apache-2.0 */
/* What staff and firms did, out of the log: the entries that somebody made who is not a unit, and
 * what units granted to firms, without the answers, registers and questionnaires in them; of an
 * edit what it was of and why. A request looks at so many entries only, since a loop reads them,
 * and says where to go on. */
#include "collector/answer.h"
#include "collector/dispatch.h"

#include <stdlib.h>
#include <string.h>

#define ACTS_LOOKED_AT 4096u /* entries: some milliseconds of a loop */
#define ACTS_MAX 256u
#define ACT_PAYLOAD_MAX_BYTES 16384u /* a row changed, with its name and address */

struct acts {
	Khaosat__V1__LoggedEntry entry[ACTS_MAX];
	size_t n;
	uint64_t next;
	bool is_spent;
};

/* But for what a unit sends, an entry is staff's, or the clock's in their stead. */
static bool
is_act(const struct entry *e)
{
	return e->actor != 0 || !(entry_moves_head(e->kind) || entry_is_of_code(e->kind) ||
				    entry_is_of_row(e->kind));
}

static bool
has_payload(const struct entry *e)
{
	return (e->kind == ENTRY_ROUND_CREATED || entry_is_of_staff(e->kind) ||
		   entry_is_of_code(e->kind) || entry_is_of_grant(e->kind) ||
		   entry_is_of_row(e->kind) ||
		   (e->kind >= ENTRY_CASE_SET && e->kind <= ENTRY_CONTACTS_ERASED)) &&
	       e->payload_bytes <= ACT_PAYLOAD_MAX_BYTES;
}

/* The payload of an edit without the answers. */
static size_t
put_edit(const uint8_t *payload, size_t n, uint8_t *out)
{
	Khaosat__V1__AnswerEdit *edit = khaosat__v1__answer_edit__unpack(NULL, n, payload);
	if (edit == NULL)
		return 0;
	ProtobufCBinaryData answers = edit->answers;
	edit->answers = (ProtobufCBinaryData){0};
	size_t written = khaosat__v1__answer_edit__pack(edit, out);
	edit->answers = answers;
	khaosat__v1__answer_edit__free_unpacked(edit, NULL);
	return written;
}

/* What of it is told; `out` has room for all of it. */
static size_t
put_payload(const struct entry *e, const uint8_t *payload, uint8_t *out)
{
	if (entry_is_edit(e->kind))
		return put_edit(payload, e->payload_bytes, out);
	if (!has_payload(e))
		return 0;
	memcpy(out, payload, e->payload_bytes);
	return e->payload_bytes;
}

static bool
look(void *context, uint64_t number, const uint8_t *bytes, size_t n)
{
	struct acts *acts = context;
	struct entry e;
	acts->next = number + 1;
	if (!entry_decode(bytes, n, false, &e) || !is_act(&e))
		return true;
	bool has_any = has_payload(&e) || entry_is_edit(e.kind);
	uint8_t *copy = malloc(ENTRY_HEADER_BYTES + (has_any ? e.payload_bytes : 0));
	if (copy == NULL) {
		acts->is_spent = true;
		return false;
	}
	size_t kept = put_payload(&e, bytes + ENTRY_HEADER_BYTES, copy + ENTRY_HEADER_BYTES);
	memcpy(copy, bytes, ENTRY_HEADER_BYTES);
	Khaosat__V1__LoggedEntry *out = &acts->entry[acts->n++];
	khaosat__v1__logged_entry__init(out);
	out->number = number;
	out->header = answer_bytes(copy, ENTRY_HEADER_BYTES);
	out->payload = answer_bytes(copy + ENTRY_HEADER_BYTES, kept);
	return acts->n < ACTS_MAX;
}

static void
answer_acts(struct request *r, struct acts *acts, uint64_t last)
{
	Khaosat__V1__LoggedEntry *list[ACTS_MAX];
	Khaosat__V1__Response response;
	Khaosat__V1__LogEntries entries;
	khaosat__v1__response__init(&response);
	khaosat__v1__log_entries__init(&entries);
	for (size_t i = 0; i < acts->n; i++)
		list[i] = &acts->entry[i];
	entries.n_entry = acts->n;
	entries.entry = list;
	entries.last = last;
	entries.next = acts->next;
	response.status = KHAOSAT__V1__STATUS__DONE;
	response.body_case = KHAOSAT__V1__RESPONSE__BODY_LOG_ENTRIES;
	response.log_entries = &entries;
	answer(r, &response);
}

void
handle_list_acts(struct request *r)
{
	uint64_t from = r->message->list_acts->from, last = store_last(r->server->store);
	if (from == 0) {
		answer_invalid(r, "list_acts.from", "from 1");
		return;
	}
	uint64_t to = last - from < ACTS_LOOKED_AT ? last : from + ACTS_LOOKED_AT - 1;
	struct acts acts = {.next = from};
	bool is_read =
	    from > last || store_read(r->server->store, from, to, look, &acts) == STORE_OK;
	if (acts.is_spent)
		answer_memory(r);
	else if (is_read)
		answer_acts(r, &acts, last);
	else
		answer_status(r, KHAOSAT__V1__STATUS__UNAVAILABLE);
	for (size_t i = 0; i < acts.n; i++)
		free(acts.entry[i].header.data);
}
