/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/fold_keys.h"

#include "collector/fold_parts.h"

/* A key of that kind and number, or of any number; KEYS_NONE: there is none. */
static uint32_t
find(const struct keys *keys, uint32_t row, enum key_kind kind, uint64_t number)
{
	uint32_t at = keys_first(keys, row);
	while (at != KEYS_NONE &&
	       (keys->key[at].kind != kind || (number != 0 && keys->key[at].number != number)))
		at = keys_next(keys, at);
	return at;
}

static struct unit_key
new_key(const struct key_change *c, enum key_kind kind)
{
	return (struct unit_key){
	    .number = c->number & HEAD_NUMBER_MAX, .kind = kind & 0xFFFF, .row = c->row};
}

/* The last place of what stands beside the unit's own code; KEYS_NONE: nothing does. */
static uint32_t
last_beside(const struct keys *keys, uint32_t row)
{
	uint32_t last = KEYS_NONE;
	for (uint32_t at = keys_first(keys, row); at != KEYS_NONE; at = keys_next(keys, at))
		if (keys->key[at].kind != KEY_MAIN && (last == KEYS_NONE || at > last))
			last = at;
	return last;
}

/* Who had the old code may have made sub-codes and granted firms: they end with it. From the last
 * place on, whatever order the chains have: that is another after a restart. */
static enum fold_status
set_code(struct keys *keys, const struct key_change *c)
{
	struct unit_key key = new_key(c, KEY_MAIN);
	enum fold_status status = fold_status_of(payload_code(c->payload, c->n, key.hash));
	if (status != FOLD_OK)
		return status;
	uint32_t at = find(keys, c->row, KEY_MAIN, 0);
	if (at != KEYS_NONE)
		keys->key[at] = key;
	else if (!keys_add(keys, &key))
		return FOLD_MEMORY;
	while ((at = last_beside(keys, c->row)) != KEYS_NONE)
		keys_remove(keys, at);
	return FOLD_OK;
}

static unsigned
count(const struct keys *keys, uint32_t row, enum key_kind kind)
{
	unsigned n = 0;
	for (uint32_t at = keys_first(keys, row); at != KEYS_NONE; at = keys_next(keys, at))
		n += keys->key[at].kind == kind;
	return n;
}

static enum fold_status
add_subcode(struct keys *keys, const struct key_change *c)
{
	struct unit_key key = new_key(c, KEY_SUB);
	enum fold_status status = fold_status_of(payload_subcode(c->payload, c->n, key.hash));
	if (status != FOLD_OK)
		return status;
	if (count(keys, c->row, KEY_SUB) >= SUBCODES_MAX)
		return FOLD_BAD_ENTRY;
	return keys_add(keys, &key) ? FOLD_OK : FOLD_MEMORY;
}

static enum fold_status
remove_subcode(struct keys *keys, const struct key_change *c)
{
	uint64_t number;
	enum fold_status status = fold_status_of(payload_subcode_number(c->payload, c->n, &number));
	if (status != FOLD_OK)
		return status;
	uint32_t at = number != 0 ? find(keys, c->row, KEY_SUB, number) : KEYS_NONE;
	if (at == KEYS_NONE)
		return FOLD_BAD_ENTRY;
	keys_remove(keys, at);
	return FOLD_OK;
}

/* ------------------------------------------------------------------- firms */

static uint32_t
find_grant(const struct keys *keys, uint32_t row, uint32_t firm)
{
	uint32_t at = keys_first(keys, row);
	while (at != KEYS_NONE && (keys->key[at].kind != KEY_FIRM || keys->key[at].firm != firm))
		at = keys_next(keys, at);
	return at;
}

static enum fold_status
add_grant(struct keys *keys, const struct roster *staff, const struct key_change *c)
{
	struct unit_key key = new_key(c, KEY_FIRM);
	enum fold_status status = fold_status_of(payload_grant(c->payload, c->n, &key.firm));
	if (status != FOLD_OK)
		return status;
	if (roster_firm(staff, key.firm) == NULL ||
	    find_grant(keys, c->row, key.firm) != KEYS_NONE ||
	    count(keys, c->row, KEY_FIRM) >= GRANTS_MAX)
		return FOLD_BAD_ENTRY;
	return keys_add(keys, &key) ? FOLD_OK : FOLD_MEMORY;
}

static enum fold_status
remove_grant(struct keys *keys, const struct key_change *c)
{
	uint32_t firm;
	enum fold_status status = fold_status_of(payload_grant(c->payload, c->n, &firm));
	if (status != FOLD_OK)
		return status;
	uint32_t at = find_grant(keys, c->row, firm);
	if (at == KEYS_NONE)
		return FOLD_BAD_ENTRY;
	keys_remove(keys, at);
	return FOLD_OK;
}

/* From the end on: what moves into a place has been looked at. */
static void
drop_grants_of_round(struct round *round, uint32_t firm)
{
	struct keys *keys = &round->keys;
	for (uint32_t at = (uint32_t)keys->n; at > 0; at--) {
		const struct unit_key key = keys->key[at - 1];
		if (key.kind != KEY_FIRM || key.firm != firm)
			continue;
		keys_remove(keys, at - 1);
		round->head[key.row].has_keys = keys_first(keys, key.row) != KEYS_NONE;
	}
}

void
fold_drop_grants(struct fold *fold, uint32_t firm)
{
	for (size_t i = 0; i < fold->rounds; i++)
		drop_grants_of_round(fold->round[i], firm);
}

/* ------------------------------------------------------------------- any key */

enum fold_status
fold_change_keys(struct keys *keys, const struct roster *staff, const struct key_change *change)
{
	if (change->kind == ENTRY_FIRM_GRANTED)
		return add_grant(keys, staff, change);
	if (change->kind == ENTRY_GRANT_ENDED)
		return remove_grant(keys, change);
	if (change->kind == ENTRY_SUBCODE_MADE)
		return add_subcode(keys, change);
	if (change->kind == ENTRY_SUBCODE_REVOKED)
		return remove_subcode(keys, change);
	return set_code(keys, change);
}
