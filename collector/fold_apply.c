/* SPDX-License-Identifier: Apache-2.0 */
/* What each kind of entry changes. Whoever applies an entry to the state has committed it before,
 * and it was made against conditions that held: an entry that does not fit is a damaged or foreign
 * log. */
#include "collector/fold.h"

#include <stdlib.h>
#include <string.h>

#include "collector/payload.h"

/* An entry on its way in. */
struct applying {
	struct fold *fold;
	uint64_t number;
	const struct entry *e;
	const uint8_t *payload;
	struct round *round; /* of kinds that have one */
};

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
	enum payload_status status = payload_register(a->payload, a->e->payload_bytes, &p);
	if (status != PAYLOAD_OK)
		return status == PAYLOAD_MEMORY ? FOLD_MEMORY : FOLD_BAD_ENTRY;
	bool staged = is_staged(r, &p);
	payload_register_free(&p);
	if (!staged)
		return FOLD_WANTS_REGISTER;
	r->columns = r->staged.columns;
	r->head = r->staged.head;
	r->counters = r->staged.counters;
	r->staged = (struct staged){0};
	r->view.units = r->columns->units;
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

/* ------------------------------------------------------------------- units */

/* The first reopening of this row or a later one. */
static size_t
reopening_at(const struct round *round, uint32_t row)
{
	size_t low = 0, high = round->reopenings;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (round->reopening[middle].row < row)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

int64_t
round_reopened_until(const struct round *round, uint32_t row)
{
	if (!round->head[row].is_reopened) /* nearly always */
		return 0;
	size_t at = reopening_at(round, row);
	bool found = at < round->reopenings && round->reopening[at].row == row;
	return found ? round->reopening[at].until_ms : 0;
}

static enum fold_status
reopen(struct round *round, uint32_t row, int64_t until_ms)
{
	size_t at = reopening_at(round, row);
	if (at == round->reopenings || round->reopening[at].row != row) {
		struct reopening *grown =
		    realloc(round->reopening, (round->reopenings + 1) * sizeof(*grown));
		if (grown == NULL)
			return FOLD_MEMORY;
		memmove(&grown[at + 1], &grown[at], (round->reopenings - at) * sizeof(*grown));
		grown[at] = (struct reopening){.row = row};
		round->reopening = grown;
		round->reopenings++;
		round->head[row].is_reopened = 1;
	}
	round->reopening[at].until_ms = until_ms;
	return FOLD_OK;
}

static struct indicator_bits
bits_of(const struct entry *e)
{
	struct indicator_bits bits = {{0}};
	for (size_t i = 0; i < ENTRY_BITS_BYTES; i++)
		bits.word[i / 8] |= (uint64_t)e->bits[i] << i % 8 * 8;
	return bits;
}

/* A key of that kind and number, or of any number; KEYS_NONE: there is none. */
static uint32_t
find_key(const struct keys *keys, uint32_t row, enum key_kind kind, uint64_t number)
{
	uint32_t at = keys_first(keys, row);
	while (at != KEYS_NONE &&
	       (keys->key[at].kind != kind || (number != 0 && keys->key[at].number != number)))
		at = keys_next(keys, at);
	return at;
}

static enum fold_status
status_of(enum payload_status status)
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

/* Who had the old code may have made sub-codes: they end with it. */
static enum fold_status
set_code(const struct applying *a, uint32_t row)
{
	struct keys *keys = &a->round->keys;
	struct unit_key key = {.number = a->number & HEAD_NUMBER_MAX, .kind = KEY_MAIN, .row = row};
	enum fold_status status =
	    status_of(payload_code(a->payload, a->e->payload_bytes, key.hash));
	if (status != FOLD_OK)
		return status;
	uint32_t at = find_key(keys, row, KEY_MAIN, 0);
	if (at != KEYS_NONE)
		keys->key[at] = key;
	else if (!keys_add(keys, &key))
		return FOLD_MEMORY;
	while ((at = find_key(keys, row, KEY_SUB, 0)) != KEYS_NONE)
		keys_remove(keys, at);
	return FOLD_OK;
}

static enum fold_status
add_subcode(const struct applying *a, uint32_t row)
{
	struct keys *keys = &a->round->keys;
	struct unit_key key = {.number = a->number & HEAD_NUMBER_MAX, .kind = KEY_SUB, .row = row};
	enum fold_status status =
	    status_of(payload_subcode(a->payload, a->e->payload_bytes, key.hash));
	unsigned n = 0;
	if (status != FOLD_OK)
		return status;
	for (uint32_t at = keys_first(keys, row); at != KEYS_NONE; at = keys_next(keys, at))
		n += keys->key[at].kind == KEY_SUB;
	if (n >= SUBCODES_MAX)
		return FOLD_BAD_ENTRY;
	return keys_add(keys, &key) ? FOLD_OK : FOLD_MEMORY;
}

static enum fold_status
remove_subcode(const struct applying *a, uint32_t row)
{
	uint64_t number;
	enum fold_status status =
	    status_of(payload_subcode_number(a->payload, a->e->payload_bytes, &number));
	if (status != FOLD_OK)
		return status;
	uint32_t at = number != 0 ? find_key(&a->round->keys, row, KEY_SUB, number) : KEYS_NONE;
	if (at == KEYS_NONE)
		return FOLD_BAD_ENTRY;
	keys_remove(&a->round->keys, at);
	return FOLD_OK;
}

static enum fold_status
change_keys(const struct applying *a, uint32_t row, struct unit_head *now)
{
	enum fold_status status = a->e->kind == ENTRY_SUBCODE_MADE      ? add_subcode(a, row)
				  : a->e->kind == ENTRY_SUBCODE_REVOKED ? remove_subcode(a, row)
									: set_code(a, row);
	now->has_keys = keys_first(&a->round->keys, row) != KEYS_NONE;
	return status;
}

/* From here on the unit stands so. */
static void
change_unit(struct round *round, uint32_t row, const struct unit_head *now)
{
	struct unit_head *h = &round->head[row];
	const struct standing old = unit_standing(h), new = unit_standing(now);
	if (round->counters != NULL)
		counters_move(round->counters, round->columns, row, &old, &new);
	round->view.responded += unit_responds(now);
	round->view.responded -= unit_responds(h);
	round->view.out_of_scope += new.state == CASE_OUT_OF_SCOPE;
	round->view.out_of_scope -= old.state == CASE_OUT_OF_SCOPE;
	*h = *now;
}

static enum fold_status
set_case(const struct applying *a, struct unit_head *now)
{
	struct payload_case change;
	enum payload_status status = payload_case(a->payload, a->e->payload_bytes, &change);
	if (status == PAYLOAD_MEMORY)
		return FOLD_MEMORY;
	if (status == PAYLOAD_BAD || !case_may_be_set(change.after, now->head != 0))
		return FOLD_BAD_ENTRY;
	now->set_case = (uint64_t)change.after & 0xF;
	return FOLD_OK;
}

/* What an entry does to the head; a unit that is out of scope stays so. */
static void
move_head(const struct applying *a, struct unit_head *now)
{
	bool answers = a->e->kind != ENTRY_WITHDRAWAL;
	now->head = answers ? a->number & HEAD_NUMBER_MAX : 0;
	now->bits = answers ? bits_of(a->e) : (struct indicator_bits){{0}};
	if (answers)
		now->revision = a->e->revision & HEAD_REVISION_MAX;
	if (now->set_case != CASE_OUT_OF_SCOPE)
		now->set_case = CASE_NONE;
}

static enum fold_status
apply_unit(struct applying *a)
{
	struct round *r = a->round;
	uint32_t row;
	if (r->columns == NULL || !columns_find(r->columns, a->e->tax_code, &row))
		return FOLD_BAD_ENTRY;
	enum fold_status status = FOLD_OK;
	struct unit_head now = r->head[row];
	now.last = a->number & HEAD_NUMBER_MAX;
	switch (a->e->kind) {
	case ENTRY_SUBMISSION:
	case ENTRY_CORRECTION:
	case ENTRY_WITHDRAWAL:
		move_head(a, &now);
		break;
	case ENTRY_CASE_SET:
		status = set_case(a, &now);
		break;
	case ENTRY_ANSWER_EDITED:
	case ENTRY_ANSWER_RECODED:
		now.bits = bits_of(a->e);
		if (now.head == 0 || a->e->replaced != now.head)
			status = FOLD_BAD_ENTRY;
		break;
	case ENTRY_UNIT_REOPENED:
		if (reopen(r, row, a->e->argument_ms) != FOLD_OK)
			return FOLD_MEMORY;
		r->head[row].last = now.last;
		return FOLD_OK;
	case ENTRY_CODE_ISSUED:
	case ENTRY_CODE_REVOKED:
	case ENTRY_SUBCODE_MADE:
	case ENTRY_SUBCODE_REVOKED:
		status = change_keys(a, row, &now);
		break;
	case ENTRY_CONTACT_KEPT:
	case ENTRY_CONTACT_ERASED:
		break;
	case ENTRY_DEFINITION:
	case ENTRY_ROUND_CREATED:
	case ENTRY_REGISTER_CHUNK:
	case ENTRY_REGISTER_LOADED:
	case ENTRY_ROUND_OPENED:
	case ENTRY_ROUND_CLOSED:
	case ENTRY_ACCOUNT_ADDED:
	case ENTRY_ROLE_SET:
	case ENTRY_PASSWORD_SET:
	case ENTRY_ACCOUNT_REMOVED:
	case ENTRY_TOKEN_MADE:
	case ENTRY_TOKEN_REVOKED:
	case ENTRY_DEADLINE_SET:
	case ENTRY_CONTACTS_ERASED:
	case ENTRY_EXPORT_MADE:
		return FOLD_BAD_ENTRY;
	}
	if (status == FOLD_OK)
		change_unit(r, row, &now);
	return status;
}

/* ------------------------------------------------------------------- staff */

static enum fold_status
apply_staff(struct applying *a)
{
	struct payload_staff change;
	enum payload_status read = payload_staff(a->payload, a->e->payload_bytes, &change);
	if (read != PAYLOAD_OK)
		return read == PAYLOAD_MEMORY ? FOLD_MEMORY : FOLD_BAD_ENTRY;
	switch (roster_apply(&a->fold->staff, a->number, a->e, &change)) {
	case ROSTER_OK:
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
	enum payload_status read = payload_export(a->payload, a->e->payload_bytes, &made);
	if (read != PAYLOAD_OK)
		return read == PAYLOAD_MEMORY ? FOLD_MEMORY : FOLD_BAD_ENTRY;
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
	case ENTRY_ANSWER_EDITED:
	case ENTRY_ANSWER_RECODED:
		return apply_unit(a);
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
