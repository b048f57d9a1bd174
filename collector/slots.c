/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/slots.h"

#include <stdlib.h>

#define PLACE_BITS 20

static struct slot *
add(struct slots *s)
{
	if (s->n == s->room) {
		size_t room = s->room == 0 ? 64 : s->room * 2;
		if (room > (size_t)1 << PLACE_BITS)
			return NULL;
		struct slot **grown = realloc(s->at, room * sizeof(struct slot *));
		if (grown == NULL)
			return NULL;
		s->at = grown;
		s->room = room;
	}
	struct slot *slot = calloc(1, sizeof(*slot));
	if (slot == NULL)
		return NULL;
	slot->id = s->n;
	s->at[s->n++] = slot;
	return slot;
}

struct slot *
slots_take(struct slots *s)
{
	struct slot *slot = s->first_free;
	if (slot != NULL)
		s->first_free = slot->next_free;
	else
		slot = add(s);
	if (slot != NULL)
		slot->id += (uint64_t)1 << PLACE_BITS;
	return slot;
}

void
slots_give_back(struct slots *s, struct slot *slot)
{
	slot->session = NULL;
	slot->next_free = s->first_free;
	s->first_free = slot;
}

struct slot *
slots_find(const struct slots *s, uint64_t id)
{
	size_t at = (size_t)(id & (((uint64_t)1 << PLACE_BITS) - 1));
	if (at >= s->n || s->at[at]->session == NULL || s->at[at]->id != id)
		return NULL;
	return s->at[at];
}

void
slots_clear(struct slots *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->at[i]);
	free(s->at);
	*s = (struct slots){0};
}
