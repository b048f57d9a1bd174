/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/chain.h"

#include <stdlib.h>
#include <string.h>

#include "proto/khaosat.pb-c.h"

static bool
visit(void *context, uint64_t number, const uint8_t *bytes, size_t n)
{
	struct chain_link *link = context;
	if (entry_decode(bytes, n, false, &link->entry)) {
		memcpy(link->header, bytes, ENTRY_HEADER_BYTES);
		link->number = number;
	}
	return false;
}

bool
chain_read(struct store *store, uint64_t number, struct chain_link *out)
{
	out->number = 0;
	return store_read(store, number, number, visit, out) == STORE_OK && out->number == number;
}

static bool
is_submission(const struct entry *e)
{
	return e->kind == ENTRY_SUBMISSION || e->kind == ENTRY_CORRECTION;
}

static void
look_at(const struct chain_link *link, const struct unit_view *unit, const uint8_t *instance_id,
    const uint8_t *named, struct chain *out)
{
	const struct entry *e = &link->entry;
	bool has_id = is_submission(e) || e->kind == ENTRY_WITHDRAWAL;
	if (entry_is_edit(e->kind) && out->edited.number == 0 && e->replaced == unit->head)
		out->edited = *link;
	if (link->number == unit->head)
		out->head = *link;
	if (has_id && instance_id != NULL && memcmp(e->instance_id, instance_id, UUID_BYTES) == 0)
		out->known = *link;
	out->proposals += e->kind == ENTRY_ROW_PROPOSED;
	if (named != NULL && is_submission(e) && memcmp(e->instance_id, named, UUID_BYTES) == 0)
		out->is_named = true;
}

bool
chain_walk(struct store *store, const struct unit_view *unit, const uint8_t *instance_id,
    const uint8_t *named, struct chain *out)
{
	struct chain_link link;
	uint64_t number = unit->last;
	size_t length = 0;
	/* What has no number has nothing else either. */
	out->head.number = out->edited.number = out->known.number = 0;
	out->is_named = out->is_long = out->is_full = false;
	out->proposals = 0;
	while (number != 0 && length < CHAIN_MAX_ENTRIES) {
		if (!chain_read(store, number, &link))
			return false;
		look_at(&link, unit, instance_id, named, out);
		if (link.entry.previous >= number)
			return false; /* it would never end: the log is not what we wrote */
		number = link.entry.previous;
		length++;
	}
	out->is_long = length >= CHAIN_UNIT_ENTRIES;
	out->is_full = length >= CHAIN_MAX_ENTRIES;
	return true;
}

/* ------------------------------------------------------------------- answers */

struct copying {
	enum chain_status status;
	uint8_t *answers;
	size_t n;
};

static void
copy(struct copying *c, const uint8_t *answers, size_t n)
{
	c->answers = malloc(n + 1);
	c->n = n;
	if (c->answers != NULL && n > 0)
		memcpy(c->answers, answers, n);
	c->status = c->answers != NULL ? CHAIN_OK : CHAIN_MEMORY;
}

/* In an edit they stand inside the payload. */
static bool
copy_answers(void *context, uint64_t number, const uint8_t *bytes, size_t n)
{
	struct copying *c = context;
	const uint8_t *payload = bytes + ENTRY_HEADER_BYTES;
	struct entry e;
	(void)number;
	c->status = CHAIN_NO_ANSWERS;
	if (!entry_decode(bytes, n, false, &e))
		return false;
	if (is_submission(&e))
		copy(c, payload, e.payload_bytes);
	if (!entry_is_edit(e.kind))
		return false;
	Khaosat__V1__AnswerEdit *edit =
	    khaosat__v1__answer_edit__unpack(NULL, e.payload_bytes, payload);
	if (edit == NULL)
		return false;
	copy(c, edit->answers.data, edit->answers.len);
	khaosat__v1__answer_edit__free_unpacked(edit, NULL);
	return false;
}

uint64_t
chain_answers_entry(const struct chain *chain)
{
	return chain->edited.number != 0 ? chain->edited.number : chain->head.number;
}

enum chain_status
chain_answers(struct store *store, uint64_t number, uint8_t **out, size_t *n)
{
	struct copying c = {.status = CHAIN_NO_ANSWERS};
	if (number == 0)
		return CHAIN_NO_ANSWERS;
	if (store_read(store, number, number, copy_answers, &c) != STORE_OK) {
		free(c.answers);
		return CHAIN_STORE;
	}
	*out = c.answers;
	*n = c.n;
	return c.status;
}
