/* SPDX-License-Identifier: Apache-2.0 */
/* Keys stand in one array without holes; a row leads to its own through the chain of its hash,
 * which other rows may share. There are as many chains as there is room for keys. */
#include "collector/keys.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define ROOM_FIRST 16u /* rooms are powers of two */

static_assert(sizeof(struct unit_key) == 32, "written as it is: no padding");

void
keys_clear(struct keys *keys)
{
	free(keys->key);
	free(keys->next);
	free(keys->head);
	*keys = (struct keys){0};
}

bool
keys_copy(const struct keys *keys, struct keys *out)
{
	*out = (struct keys){0};
	if (keys->n == 0)
		return true;
	out->key = malloc(keys->n * sizeof(*out->key));
	if (out->key == NULL)
		return false;
	memcpy(out->key, keys->key, keys->n * sizeof(*out->key));
	out->n = out->room = keys->n;
	return true;
}

/* ------------------------------------------------------------------- chains */

static uint32_t *
head_of(const struct keys *keys, uint32_t row)
{
	uint32_t hash = row * UINT32_C(0x9E3779B1);
	return &keys->head[(uint64_t)hash * keys->room >> 32];
}

static void
chain(struct keys *keys, uint32_t at)
{
	uint32_t *head = head_of(keys, keys->key[at].row);
	keys->next[at] = *head;
	*head = at;
}

/* The link that leads to a place. */
static uint32_t *
link_to(const struct keys *keys, uint32_t at)
{
	uint32_t *link = head_of(keys, keys->key[at].row);
	while (*link != at)
		link = &keys->next[*link];
	return link;
}

/* Chains for so many keys, over those that are there. Nothing changes when memory is out. */
static bool
chain_all(struct keys *keys, size_t room)
{
	uint32_t *next = malloc(room * sizeof(*next));
	uint32_t *head = malloc(room * sizeof(*head));
	if (next == NULL || head == NULL) {
		free(next);
		free(head);
		return false;
	}
	free(keys->next);
	free(keys->head);
	keys->next = next;
	keys->head = head;
	keys->room = room;
	memset(head, 0xFF, room * sizeof(*head)); /* KEYS_NONE */
	for (uint32_t at = 0; at < keys->n; at++)
		chain(keys, at);
	return true;
}

static bool
grow(struct keys *keys, size_t room)
{
	struct unit_key *key = realloc(keys->key, room * sizeof(*key));
	if (key == NULL)
		return false;
	keys->key = key;
	return chain_all(keys, room);
}

bool
keys_take(struct keys *keys, struct unit_key *key, size_t n)
{
	size_t room = ROOM_FIRST;
	keys_clear(keys);
	keys->key = key;
	keys->n = n;
	while (room < n)
		room *= 2;
	return n == 0 || grow(keys, room);
}

/* ------------------------------------------------------------------- finding, changing */

static uint32_t
of_row(const struct keys *keys, uint32_t at, uint32_t row)
{
	while (at != KEYS_NONE && keys->key[at].row != row)
		at = keys->next[at];
	return at;
}

uint32_t
keys_first(const struct keys *keys, uint32_t row)
{
	return keys->n == 0 ? KEYS_NONE : of_row(keys, *head_of(keys, row), row);
}

uint32_t
keys_next(const struct keys *keys, uint32_t at)
{
	return of_row(keys, keys->next[at], keys->key[at].row);
}

bool
keys_add(struct keys *keys, const struct unit_key *key)
{
	if (keys->n >= KEYS_MAX ||
	    (keys->n == keys->room && !grow(keys, keys->n > 0 ? keys->n * 2 : ROOM_FIRST)))
		return false;
	keys->key[keys->n] = *key;
	chain(keys, (uint32_t)keys->n++);
	return true;
}

void
keys_remove(struct keys *keys, uint32_t at)
{
	uint32_t last = (uint32_t)keys->n - 1;
	*link_to(keys, at) = keys->next[at];
	if (at != last) {
		*link_to(keys, last) = at;
		keys->key[at] = keys->key[last];
		keys->next[at] = keys->next[last];
	}
	keys->n--;
}
