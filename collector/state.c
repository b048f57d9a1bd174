/* SPDX-License-Identifier: Apache-2.0 */
/* Making the state and reading from it: each call takes the lock, copies out and lets go. */
#include "collector/state.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "collector/checkpoint.h"
#include "collector/state_parts.h"

struct state *
state_new(void)
{
	struct state *state = calloc(1, sizeof(*state));
	if (state == NULL)
		return NULL;
	/* Readers come without a pause; the writer must not wait for a moment without any. */
	pthread_rwlockattr_t kind;
	pthread_rwlockattr_init(&kind);
	pthread_rwlockattr_setkind_np(&kind, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	int failed = pthread_rwlock_init(&state->lock, &kind);
	pthread_rwlockattr_destroy(&kind);
	if (failed) {
		free(state);
		return NULL;
	}
	return state;
}

void
state_free(struct state *state)
{
	if (state == NULL)
		return;
	fold_clear(&state->fold);
	pthread_rwlock_destroy(&state->lock);
	free(state);
}

static const struct fold *
read_begin(struct state *state)
{
	pthread_rwlock_rdlock(&state->lock);
	return &state->fold;
}

static void
read_end(struct state *state)
{
	pthread_rwlock_unlock(&state->lock);
}

/* ------------------------------------------------------------------- rounds, definitions */

bool
state_round(struct state *state, const char *name, struct round_view *out)
{
	const struct round *round = fold_round_named(read_begin(state), name);
	if (round != NULL)
		*out = round->view;
	read_end(state);
	return round != NULL;
}

bool
state_round_numbered(struct state *state, uint64_t number, struct round_view *out)
{
	const struct round *round = fold_round(read_begin(state), number);
	if (round != NULL)
		*out = round->view;
	read_end(state);
	return round != NULL;
}

size_t
state_rounds(struct state *state)
{
	size_t n = read_begin(state)->rounds;
	read_end(state);
	return n;
}

bool
state_round_at(struct state *state, uint32_t index, struct round_view *out)
{
	const struct fold *fold = read_begin(state);
	bool found = index < fold->rounds;
	if (found)
		*out = fold->round[index]->view;
	read_end(state);
	return found;
}

bool
state_definition(struct state *state, const char *id, uint32_t version, struct definition_view *out)
{
	const struct fold *fold = read_begin(state);
	bool found = false;
	for (size_t i = 0; i < fold->definitions && !found; i++) {
		const struct definition_record *r = &fold->definition[i];
		found = r->definition->version == version && strcmp(r->definition->id, id) == 0;
		if (found)
			*out = (struct definition_view){r->number, r->definition};
	}
	read_end(state);
	return found;
}

bool
state_definition_numbered(struct state *state, uint64_t number, struct definition_view *out)
{
	const struct fold *fold = read_begin(state);
	bool found = false;
	for (size_t i = 0; i < fold->definitions && !found; i++) {
		const struct definition_record *r = &fold->definition[i];
		found = r->number == number;
		if (found)
			*out = (struct definition_view){r->number, r->definition};
	}
	read_end(state);
	return found;
}

uint64_t
state_catalogue_last(struct state *state)
{
	uint64_t last = read_begin(state)->catalogue_last;
	read_end(state);
	return last;
}

bool
state_exports(struct state *state, uint32_t round_index, struct export_record **out, size_t *n)
{
	bool good = false;
	pthread_rwlock_rdlock(&state->lock);
	if (round_index < state->fold.rounds) {
		const struct round *round = state->fold.round[round_index];
		struct export_record *copy = malloc((round->exports + 1) * sizeof(*copy));
		good = copy != NULL;
		if (good && round->exports > 0)
			memcpy(copy, round->export, round->exports * sizeof(*copy));
		if (good) {
			*out = copy;
			*n = round->exports;
		}
	}
	pthread_rwlock_unlock(&state->lock);
	return good;
}

uint64_t
state_last(struct state *state)
{
	uint64_t last = read_begin(state)->last;
	read_end(state);
	return last;
}

uint64_t
state_chunk(struct state *state, uint32_t round_index, const uint8_t chunk_id[UUID_BYTES])
{
	const struct fold *fold = read_begin(state);
	uint64_t number = 0;
	if (round_index < fold->rounds) {
		const struct round *round = fold->round[round_index];
		for (size_t i = round->pendings; i > 0 && number == 0; i--)
			if (memcmp(round->pending[i - 1].id, chunk_id, UUID_BYTES) == 0)
				number = round->pending[i - 1].number;
	}
	read_end(state);
	return number;
}

/* ------------------------------------------------------------------- staff */

bool
state_staff(struct state *state, struct roster *out)
{
	bool good = roster_copy(&read_begin(state)->staff, out);
	read_end(state);
	return good;
}

bool
state_token(
    struct state *state, const uint8_t id[TOKEN_ID_BYTES], int64_t now_ms, struct token_view *out)
{
	const struct roster *staff = &read_begin(state)->staff;
	const struct token *token = roster_token(staff, id);
	struct token_view view = {0};
	if (token != NULL) {
		view.account = token->account;
		view.role = roster_token_role(staff, token, now_ms);
		view.staff_last = staff->last;
		memcpy(view.account_name, roster_name(staff, token->account),
		    sizeof(view.account_name));
	}
	read_end(state);
	if (view.role == ROLE_NONE)
		return false;
	*out = view;
	return true;
}

bool
state_has_secret(struct state *state, const uint8_t id[UUID_BYTES])
{
	const struct roster *staff = &read_begin(state)->staff;
	bool found = roster_token(staff, id) != NULL;
	for (size_t i = 0; i < staff->accounts && !found; i++)
		found = memcmp(staff->account[i].password_id, id, UUID_BYTES) == 0;
	read_end(state);
	return found;
}

/* ------------------------------------------------------------------- units */

static void
fill_earlier(const struct fold *fold, const struct round *round, struct unit_view *out)
{
	const struct round *earlier = fold_round(fold, round->view.earlier_number);
	if (earlier == NULL)
		return;
	out->earlier_subject = state_unit_subject(earlier->view.index, out->row.tax_code);
	out->earlier_last = fold_last(fold, out->earlier_subject);
	const struct unit_head *before = fold_earlier(fold, round, out->row.tax_code, &earlier);
	if (before == NULL)
		return;
	out->has_earlier = true;
	out->earlier_bits = before->bits;
	out->earlier_definition = earlier->view.definition;
}

/* What stands in the place of the register's code, sub-codes, and grants; more of them than there
 * may be only in a forged checkpoint. */
static void
fill_keys(const struct round *round, uint32_t row, struct unit_view *out)
{
	const struct keys *keys = &round->keys;
	for (uint32_t at = keys_first(keys, row); at != KEYS_NONE; at = keys_next(keys, at)) {
		const struct unit_key *key = &keys->key[at];
		if (key->kind == KEY_MAIN) {
			memcpy(out->code_hash, key->hash, sizeof(out->code_hash));
			out->code_number = key->number;
		} else if (key->kind == KEY_FIRM && out->grants < GRANTS_MAX) {
			out->grant[out->grants].firm = key->firm;
			out->grant[out->grants++].number = key->number;
		} else if (key->kind == KEY_SUB && out->subcodes < SUBCODES_MAX) {
			memcpy(out->subcode[out->subcodes].hash, key->hash, CODE_HASH_BYTES);
			out->subcode[out->subcodes++].number = key->number;
		}
	}
}

static void
fill_note(const struct row_note *note, struct unit_view *out)
{
	if (note == NULL)
		return;
	out->proposed = note->proposed;
	out->decided = note->decided;
	if (note->changed != 0) {
		out->chunk = note->changed;
		out->row_in_chunk = 0;
	}
}

static void
fill_unit(const struct fold *fold, const struct round *round, uint32_t row, struct unit_view *out)
{
	const struct columns *c = round->columns;
	const struct unit_head *h = &round->head[row];
	*out = (struct unit_view){
	    .last = h->last,
	    .head = h->head,
	    .revision = h->revision,
	    .bits = h->bits,
	    .state = unit_case(h),
	    .set_case = (enum case_state)h->set_case,
	    .reopened_until_ms = round_reopened_until(round, row),
	};
	columns_row(c, row, &out->row);
	memcpy(out->code_hash, c->code_hash[row], sizeof(out->code_hash));
	if (h->has_keys)
		fill_keys(round, row, out);
	columns_chunk(c, row, &out->chunk, &out->row_in_chunk);
	fill_note(round_note(round, row), out);
	if (round->view.earlier_number != 0)
		fill_earlier(fold, round, out);
}

static bool
find_unit(
    const struct fold *fold, const struct round *round, uint64_t tax_code, struct unit_view *out)
{
	uint32_t row;
	if (round->columns == NULL || !columns_find(round->columns, tax_code, &row) ||
	    !columns_is_drawn(round->columns, row))
		return false;
	fill_unit(fold, round, row, out);
	return true;
}

bool
state_unit(struct state *state, uint32_t round_index, uint64_t tax_code, struct unit_view *out)
{
	const struct fold *fold = read_begin(state);
	bool found =
	    round_index < fold->rounds && find_unit(fold, fold->round[round_index], tax_code, out);
	read_end(state);
	return found;
}

bool
state_round_unit(struct state *state, const char *name, uint64_t tax_code, struct round_view *round,
    struct unit_view *unit)
{
	const struct fold *fold = read_begin(state);
	const struct round *named = fold_round_named(fold, name);
	bool found = named != NULL && find_unit(fold, named, tax_code, unit);
	if (found)
		*round = named->view;
	read_end(state);
	return found;
}

#define SLICE_ROWS 65536u

static bool
is_wanted(const struct round *round, uint32_t row, const struct row_filter *filter)
{
	const struct attributes *a = &round->columns->attributes[row];
	return columns_is_drawn(round->columns, row) &&
	       filter->state[unit_case(&round->head[row])] &&
	       (!filter->by_commune || a->commune == filter->commune) &&
	       (!filter->by_zone || a->zone == filter->zone);
}

/* Under the lock; *from is moved. */
static size_t
find_in_slice(const struct fold *fold, const struct round *round, const struct row_filter *filter,
    uint32_t *from, size_t most, struct row_found *out)
{
	uint32_t units = round->columns != NULL ? round->columns->units : 0;
	uint32_t end = units - *from > SLICE_ROWS ? *from + SLICE_ROWS : units;
	size_t n = 0;
	for (; *from < end && n < most; ++*from) {
		if (!is_wanted(round, *from, filter))
			continue;
		out[n].row = *from;
		fill_unit(fold, round, *from, &out[n++].unit);
	}
	return n;
}

size_t
state_find_rows(struct state *state, uint32_t round_index, const struct row_filter *filter,
    uint32_t from, size_t most, struct row_found *out, uint32_t *next)
{
	size_t n = 0;
	bool is_over = false;
	while (!is_over && n < most) {
		const struct fold *fold = read_begin(state);
		const struct round *round = fold->round[round_index];
		is_over = round->columns == NULL || from >= round->columns->units;
		if (!is_over)
			n += find_in_slice(fold, round, filter, &from, most - n, out + n);
		read_end(state);
	}
	*next = is_over ? 0 : from;
	return n;
}

size_t
state_find_proposals(struct state *state, uint32_t round_index, uint32_t from, size_t most,
    struct row_found *out, uint32_t *next)
{
	const struct fold *fold = read_begin(state);
	const struct round *round = fold->round[round_index];
	const struct row_notes *notes = &round->notes;
	size_t n = 0, at = row_notes_at(notes, from);
	for (; at < notes->n && n < most; at++) {
		if (!row_note_is_open(&notes->note[at]))
			continue;
		out[n].row = notes->note[at].row;
		fill_unit(fold, round, out[n].row, &out[n].unit);
		n++;
	}
	*next = at < notes->n ? notes->note[at].row : 0;
	read_end(state);
	return n;
}

/* ------------------------------------------------------------------- rates */

uint64_t
state_rates(
    struct state *state, uint32_t round_index, size_t first, size_t count, struct rate_counts *out)
{
	const struct fold *fold = read_begin(state);
	assert(round_index < fold->rounds);
	const struct round *round = fold->round[round_index];
	size_t goals = round->view.definition->goals;
	if (round->counters == NULL) /* no register yet */
		memset(out, 0, count * goals * sizeof(*out));
	else
		for (size_t i = 0; i < count * goals; i++)
			counters_rate(round->counters, first + i / goals, i % goals, &out[i]);
	uint64_t last = fold->last;
	read_end(state);
	return last;
}

uint64_t
state_cases(struct state *state, uint32_t round_index, size_t first, size_t count,
    uint64_t (*out)[CASE_COUNTS])
{
	const struct fold *fold = read_begin(state);
	assert(round_index < fold->rounds);
	const struct counters *counters = fold->round[round_index]->counters;
	if (counters == NULL) /* no register yet */
		memset(out, 0, count * sizeof(*out));
	else
		for (size_t i = 0; i < count; i++)
			counters_cases(counters, first + i, out[i]);
	uint64_t last = fold->last;
	read_end(state);
	return last;
}

struct counters *
state_counters(struct state *state, uint32_t round_index, uint64_t *last)
{
	const struct fold *fold = read_begin(state);
	const struct counters *counters =
	    round_index < fold->rounds ? fold->round[round_index]->counters : NULL;
	struct counters *copy = counters != NULL ? counters_copy(counters) : NULL;
	*last = fold->last;
	read_end(state);
	return copy;
}

const struct cells *
state_cells(struct state *state, uint32_t round_index)
{
	const struct fold *fold = read_begin(state);
	const struct cells *cells =
	    round_index < fold->rounds ? fold->round[round_index]->cells : NULL;
	read_end(state);
	return cells;
}

/* ------------------------------------------------------------------- copies */

/* The lock is for what others may be staging; nobody else changes the rest. */
struct checkpoint *
state_copy(struct state *state)
{
	struct checkpoint *copy = calloc(1, sizeof(*copy));
	if (copy == NULL)
		return NULL;
	bool good = fold_copy(read_begin(state), &copy->fold);
	read_end(state);
	if (good && state->store != NULL) {
		struct store_health health;
		store_health(state->store, &health);
		copy->reserve_bytes = health.reserve_bytes;
		memcpy(copy->log, store_log_id(state->store), sizeof(copy->log));
		good = checkpoint_digest_entry(state->store, copy->fold.last, copy->last_entry);
	}
	if (good)
		return copy;
	checkpoint_free(copy);
	return NULL;
}
