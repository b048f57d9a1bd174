/* SPDX-License-Identifier: Apache-2.0 */
/* What staff and firms did, out of the log, in words (audit.h). A request looks at so many entries
 * only, since a loop reads them, and says where to go on. */
#include "collector/answer.h"
#include "collector/audit.h"
#include "collector/dispatch.h"

#include <stdlib.h>
#include <string.h>

#define ACTS_LOOKED_AT 4096u /* entries: some milliseconds of a loop */
#define ACTS_MAX 256u
#define ACTS_BYTES_MAX (1u << 20) /* of entries, and of what is told of them; a little over */

struct acts {
	struct {
		uint64_t number;
		uint8_t *bytes;
		size_t n;
	} entry[ACTS_MAX];
	size_t n;
	size_t bytes;
	uint64_t next;
	bool is_spent;
	Khaosat__V1__Act act[ACTS_MAX], *list[ACTS_MAX];
	size_t told;
};

/* A copy: the entry is a loan, and others may have to be read to tell of it. */
static bool
look(void *context, uint64_t number, const uint8_t *bytes, size_t n)
{
	struct acts *acts = context;
	struct entry e;
	acts->next = number + 1;
	if (!entry_decode(bytes, n, false, &e) || !audit_is_act(&e))
		return true;
	size_t kept = audit_reads_payload(e.kind) ? n : ENTRY_HEADER_BYTES;
	uint8_t *copy = malloc(kept);
	if (copy == NULL) {
		acts->is_spent = true;
		return false;
	}
	memcpy(copy, bytes, kept);
	acts->entry[acts->n].number = number;
	acts->entry[acts->n].bytes = copy;
	acts->entry[acts->n++].n = kept;
	acts->bytes += kept;
	return acts->n < ACTS_MAX && acts->bytes < ACTS_BYTES_MAX;
}

static void
tell(struct acts *acts, struct audit *audit)
{
	for (size_t i = 0; i < acts->n; i++) {
		if (audit_bytes(audit) > ACTS_BYTES_MAX) {
			acts->next = acts->entry[i].number;
			return;
		}
		Khaosat__V1__Act *act = &acts->act[acts->told];
		if (audit_tell(
			audit, acts->entry[i].number, acts->entry[i].bytes, acts->entry[i].n, act))
			acts->list[acts->told++] = act;
	}
}

static void
answer_acts(struct request *r, struct acts *acts, uint64_t last)
{
	Khaosat__V1__Response response;
	Khaosat__V1__Acts body;
	khaosat__v1__response__init(&response);
	khaosat__v1__acts__init(&body);
	body.n_act = acts->told;
	body.act = acts->list;
	body.last = last;
	body.next = acts->next;
	response.status = KHAOSAT__V1__STATUS__DONE;
	response.body_case = KHAOSAT__V1__RESPONSE__BODY_ACTS;
	response.acts = &body;
	answer(r, &response);
}

static void
tell_and_answer(struct request *r, struct acts *acts, uint64_t last)
{
	struct audit audit;
	bool is_open =
	    audit_open(&audit, r->server->state, r->server->store, loop_validation(r->loop));
	if (is_open)
		tell(acts, &audit);
	if (is_open && !audit.is_spent)
		answer_acts(r, acts, last);
	else
		answer_memory(r);
	audit_close(&audit);
}

/* What the state does not know yet is not told yet: it has the names. */
void
handle_list_acts(struct request *r)
{
	uint64_t from = r->message->list_acts->from, last = state_last(r->server->state);
	struct store *store = r->server->store;
	if (from == 0) {
		answer_invalid(r, "list_acts.from", "from 1");
		return;
	}
	struct acts *acts = calloc(1, sizeof(*acts));
	if (acts == NULL) {
		answer_memory(r);
		return;
	}
	uint64_t to = last - from < ACTS_LOOKED_AT ? last : from + ACTS_LOOKED_AT - 1;
	acts->next = from;
	bool is_read = from > last || store_read(store, from, to, look, acts) == STORE_OK;
	if (acts->is_spent)
		answer_memory(r);
	else if (is_read)
		tell_and_answer(r, acts, last);
	else
		answer_status(r, KHAOSAT__V1__STATUS__UNAVAILABLE);
	for (size_t i = 0; i < acts->n; i++)
		free(acts->entry[i].bytes);
	free(acts);
}
