/* SPDX-License-Identifier: Apache-2.0 */
/* Reading of firms, and of the units that have granted them. A firm's units are looked for among
 * the keys of all units: few have any. */
#include "collector/state.h"

#include <stdio.h>
#include <string.h>

#include "collector/state_parts.h"

bool
state_firm(struct state *state, const char *name, uint32_t account, struct firm_view *out)
{
	pthread_rwlock_rdlock(&state->lock);
	const struct roster *staff = &state->fold.staff;
	const struct account *named = name != NULL ? roster_named(staff, name) : NULL;
	if (named != NULL)
		account = roster_number(staff, named);
	bool found = (name == NULL || named != NULL) && roster_firm(staff, account) != NULL;
	if (found) {
		*out = (struct firm_view){.account = account, .staff_last = staff->last};
		memcpy(out->name, roster_name(staff, account), sizeof(out->name));
	}
	pthread_rwlock_unlock(&state->lock);
	return found;
}

void
state_account_name(struct state *state, uint32_t account, char out[ACCOUNT_NAME_MAX + 1])
{
	pthread_rwlock_rdlock(&state->lock);
	snprintf(out, ACCOUNT_NAME_MAX + 1, "%s", roster_name(&state->fold.staff, account));
	pthread_rwlock_unlock(&state->lock);
}

/* ------------------------------------------------------------------- of one firm */

struct lowest {
	uint32_t *row; /* ascending */
	size_t n, most;
};

static void
take_row(struct lowest *l, uint32_t row)
{
	size_t at = l->n;
	if (l->n == l->most && row > l->row[l->n - 1])
		return;
	if (l->n < l->most)
		l->n++;
	else
		at--;
	for (; at > 0 && l->row[at - 1] > row; at--)
		l->row[at] = l->row[at - 1];
	l->row[at] = row;
}

/* One more than is wanted, which says whether there are more. */
static void
find_rows(const struct keys *keys, uint32_t firm, uint32_t from, struct lowest *out)
{
	for (size_t i = 0; i < keys->n; i++)
		if (keys->key[i].kind == KEY_FIRM && keys->key[i].firm == firm &&
		    keys->key[i].row >= from)
			take_row(out, keys->key[i].row);
}

size_t
state_granted(struct state *state, uint32_t round_index, uint32_t firm, uint32_t from, size_t most,
    uint64_t *tax_code, uint32_t *next)
{
	uint32_t row[GRANTS_PAGE_MAX_UNITS + 1];
	struct lowest lowest = {.row = row};
	*next = 0;
	lowest.most = most < GRANTS_PAGE_MAX_UNITS ? most + 1 : GRANTS_PAGE_MAX_UNITS + 1;
	pthread_rwlock_rdlock(&state->lock);
	if (round_index < state->fold.rounds) {
		const struct round *round = state->fold.round[round_index];
		find_rows(&round->keys, firm, from, &lowest);
		if (lowest.n == lowest.most)
			*next = row[--lowest.n];
		for (size_t i = 0; i < lowest.n; i++)
			tax_code[i] = round->columns->tax_code[row[i]];
	}
	pthread_rwlock_unlock(&state->lock);
	return lowest.n;
}

/* ------------------------------------------------------------------- of all firms */

void
state_count_grants(struct state *state, uint32_t round_index, uint32_t *units, size_t accounts)
{
	memset(units, 0, accounts * sizeof(*units));
	pthread_rwlock_rdlock(&state->lock);
	const struct keys *keys =
	    round_index < state->fold.rounds ? &state->fold.round[round_index]->keys : NULL;
	for (size_t i = 0; keys != NULL && i < keys->n; i++)
		if (keys->key[i].kind == KEY_FIRM && keys->key[i].firm - ACCOUNT_FIRST < accounts)
			units[keys->key[i].firm - ACCOUNT_FIRST]++;
	pthread_rwlock_unlock(&state->lock);
}
