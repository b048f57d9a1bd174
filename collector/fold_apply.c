/* SPDX-License-Identifier: Apache-2.0 */
/* What each kind of entry changes. Whoever applies an entry to the state has committed it before,
 * and it was made against conditions that held: an entry that does not fit is a damaged or foreign
 * log. */
#include "collector/fold_keys.h"
#include "collector/fold_parts.h"

#include <stdlib.h>
#include <string.h>

enum fold_status
fold_status_of(enum payload_status status)
{
	switch (status) {
	case PAYLOAD_OK:
		return FOLD_OK;
	case PAYLOAD_BAD:
		return FOLD_BAD_ENTRY;
	case PAYLOAD_MEMORY:
		return FOLD_MEMORY;
	}
	return FOLD_BAD_ENTRY;
}

/* ------------------------------------------------------------------- the catalogue */

static enum fold_status
apply_definition(struct applying *a)
{
	enum fold_status status =
	    fold_add_definition(a->fold, a->number, a->payload, a->e->payload_bytes);
	if (status == FOLD_OK)
		a->fold->catalogue_last = a->number;
	return status;
}

static enum fold_status
apply_round_created(struct applying *a)
{
	struct payload_round p;
	const struct definition_record *d = fold_definition(a->fold, a->e->definition);
	enum payload_status status = payload_round(a->payload, a->e->payload_bytes, &p);
	if (status == PAYLOAD_MEMORY)
		return FOLD_MEMORY;
	if (status == PAYLOAD_BAD || d == NULL || fold_round_named(a->fold, p.name) != NULL)
		return FOLD_BAD_ENTRY;
	const struct round *earlier =
	    p.earlier[0] != '\0' ? fold_round_named(a->fold, p.earlier) : NULL;
	struct round *round = fold_round_new(a->fold);
	if (round == NULL)
		return FOLD_MEMORY;
	struct round_view *v = &round->view;
	memcpy(v->name, p.name, sizeof(v->name));
	memcpy(v->reference_date, p.reference_date, sizeof(v->reference_date));
	memcpy(v->earlier, p.earlier, sizeof(v->earlier));
	v->phase = ROUND_CREATED;
	v->number = v->last = a->number;
	v->definition_number = d->number;
	v->definition = d->definition;
	v->ref_year = (int)strtol(p.reference_date, NULL, 10);
	v->closes_ms = p.closes_ms;
	v->earlier_number = earlier != NULL ? earlier->view.number : 0;
	round->cells = d->cells;
	a->fold->catalogue_last = a->number;
	return FOLD_OK;
}

/* ------------------------------------------------------------------- rounds */

static enum fold_status
apply_chunk(struct applying *a)
{
	struct round *r = a->round;
	if (r->view.phase != ROUND_CREATED)
		return FOLD_OK; /* came too late to mean anything */
	if (r->pendings == r->pending_room) {
		size_t room = r->pending_room * 2 + 16;
		struct pending_chunk *grown = realloc(r->pending, room * sizeof(*grown));
		if (grown == NULL)
			return FOLD_MEMORY;
		r->pending = grown;
		r->pending_room = room;
	}
	struct pending_chunk *chunk = &r->pending[r->pendings++];
	memcpy(chunk->id, a->e->instance_id, sizeof(chunk->id));
	chunk->number = a->number;
	return FOLD_OK;
}

/* The staged columns came from these chunks, and hold so many rows. */
static bool
is_staged(const struct round *round, const struct payload_register *p)
{
	const struct columns *c = round->staged.columns;
	if (c == NULL || c->chunks != p->chunks || c->units != p->rows)
		return false;
	for (size_t i = 0; i < p->chunks; i++)
		if (c->chunk[i].number != p->chunk[i])
			return false;
	return true;
}

static enum fold_status
apply_register(struct applying *a)
{
	struct round *r = a->round;
	struct payload_register p;
	if (r->view.phase != ROUND_CREATED)
		return FOLD_BAD_ENTRY;
	enum fold_status status =
	    fold_status_of(payload_register(a->payload, a->e->payload_bytes, &p));
	if (status != FOLD_OK)
		return status;
	bool staged = is_staged(r, &p);
	payload_register_free(&p);
	if (!staged)
		return FOLD_WANTS_REGISTER;
	r->columns = r->staged.columns;
	r->head = r->staged.head;
	r->counters = r->staged.counters;
	r->staged = (struct staged){0};
	r->view.units = r->columns->units;
	r->view.drawn = columns_drawn(r->columns);
	r->view.strata = r->columns->design.strata;
	r->view.phase = ROUND_LOADED;
	r->view.last = a->number;
	free(r->pending);
	r->pending = NULL;
	r->pendings = r->pending_room = 0;
	return FOLD_OK;
}

static enum fold_status
apply_opened(struct applying *a)
{
	struct round_view *v = &a->round->view;
	if (v->phase != ROUND_LOADED)
		return FOLD_BAD_ENTRY;
	v->phase = ROUND_OPEN;
	v->opened_ms = a->e->time_ms;
	v->last = a->number;
	return FOLD_OK;
}

static enum fold_status
apply_closed(struct applying *a)
{
	struct round_view *v = &a->round->view;
	if (v->phase != ROUND_OPEN)
		return FOLD_BAD_ENTRY;
	v->phase = ROUND_CLOSED;
	v->closed_ms = a->e->time_ms;
	v->last = a->number;
	return FOLD_OK;
}

static enum fold_status
apply_deadline(struct applying *a)
{
	struct round_view *v = &a->round->view;
	if (v->phase == ROUND_CLOSED)
		return FOLD_BAD_ENTRY;
	v->closes_ms = a->e->argument_ms;
	v->last = a->number;
	return FOLD_OK;
}

/* ------------------------------------------------------------------- staff */

static enum fold_status
apply_staff(struct applying *a)
{
	struct payload_staff change;
	enum fold_status read =
	    fold_status_of(payload_staff(a->payload, a->e->payload_bytes, &change));
	if (read != FOLD_OK)
		return read;
	switch (roster_apply(&a->fold->staff, a->number, a->e, &change)) {
	case ROSTER_OK:
		if (a->e->kind == ENTRY_ACCOUNT_REMOVED)
			fold_drop_grants(a->fold, change.account);
		return FOLD_OK;
	case ROSTER_BAD:
		return FOLD_BAD_ENTRY;
	case ROSTER_MEMORY:
		return FOLD_MEMORY;
	}
	return FOLD_BAD_ENTRY;
}

/* ------------------------------------------------------------------- exports */

static enum fold_status
apply_export(struct applying *a)
{
	struct round *r = a->round;
	struct payload_export made;
	enum fold_status read =
	    fold_status_of(payload_export(a->payload, a->e->payload_bytes, &made));
	if (read != FOLD_OK)
		return read;
	struct export_record record = made.record;
	payload_export_free(&made);
	if (record.last >= a->number || r->columns == NULL)
		return FOLD_BAD_ENTRY;
	struct export_record *grown = realloc(r->export, (r->exports + 1) * sizeof(*grown));
	if (grown == NULL)
		return FOLD_MEMORY;
	record.number = a->number;
	record.made_ms = a->e->time_ms;
	grown[r->exports++] = record;
	r->export = grown;
	return FOLD_OK;
}

/* ------------------------------------------------------------------- any entry */

static enum fold_status
apply_kind(struct applying *a)
{
	switch (a->e->kind) {
	case ENTRY_DEFINITION:
		return apply_definition(a);
	case ENTRY_ROUND_CREATED:
		return apply_round_created(a);
	case ENTRY_REGISTER_CHUNK:
		return apply_chunk(a);
	case ENTRY_REGISTER_LOADED:
		return apply_register(a);
	case ENTRY_ROUND_OPENED:
		return apply_opened(a);
	case ENTRY_ROUND_CLOSED:
		return apply_closed(a);
	case ENTRY_DEADLINE_SET:
		return apply_deadline(a);
	case ENTRY_CONTACTS_ERASED:
		a->round->view.last = a->number;
		return FOLD_OK;
	case ENTRY_UNIT_REOPENED:
	case ENTRY_SUBMISSION:
	case ENTRY_CORRECTION:
	case ENTRY_WITHDRAWAL:
	case ENTRY_CONTACT_KEPT:
	case ENTRY_CONTACT_ERASED:
	case ENTRY_CASE_SET:
	case ENTRY_CODE_ISSUED:
	case ENTRY_CODE_REVOKED:
	case ENTRY_SUBCODE_MADE:
	case ENTRY_SUBCODE_REVOKED:
	case ENTRY_FIRM_GRANTED:
	case ENTRY_GRANT_ENDED:
	case ENTRY_ANSWER_EDITED:
	case ENTRY_ANSWER_RECODED:
	case ENTRY_ROW_PROPOSED:
	case ENTRY_ROW_PROPOSAL_WITHDRAWN:
	case ENTRY_ROW_PROPOSAL_REFUSED:
	case ENTRY_ROW_CHANGED:
		return fold_apply_unit(a);
	case ENTRY_ACCOUNT_ADDED:
	case ENTRY_ROLE_SET:
	case ENTRY_PASSWORD_SET:
	case ENTRY_ACCOUNT_REMOVED:
	case ENTRY_TOKEN_MADE:
	case ENTRY_TOKEN_REVOKED:
		return apply_staff(a);
	case ENTRY_EXPORT_MADE:
		return apply_export(a);
	}
	return FOLD_BAD_ENTRY;
}

static bool
is_of_round(enum entry_kind kind)
{
	return kind != ENTRY_DEFINITION && kind != ENTRY_ROUND_CREATED && !entry_is_of_staff(kind);
}

enum fold_status
fold_apply(struct fold *fold, uint64_t number, const struct entry *e, const uint8_t *payload)
{
	struct applying a = {.fold = fold, .number = number, .e = e, .payload = payload};
	if (number != fold->last + 1)
		return FOLD_BAD_ENTRY;
	if (is_of_round(e->kind)) {
		a.round = fold_round(fold, e->round);
		if (a.round == NULL)
			return FOLD_BAD_ENTRY;
	}
	enum fold_status status = apply_kind(&a);
	if (status == FOLD_OK)
		fold->last = number;
	return status;
}
