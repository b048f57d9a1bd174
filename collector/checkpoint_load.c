/* SPDX-License-Identifier: Apache-2.0 */
/* A checkpoint file back into a fold. It is mapped and read with every length compared to what is
 * left, every code to its list: a digest is no signature. So it is read while the digest, which
 * takes as long, is still being reckoned on a thread beside.
 */
#include "collector/checkpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collector/columns_fill.h"
#include "proto/digest.h"

struct input {
	const uint8_t *at, *end;
};

static bool
take(struct input *in, void *out, uint64_t n, size_t item)
{
	if (n > (uint64_t)(in->end - in->at) / item)
		return false;
	if (n > 0)
		memcpy(out, in->at, n * item);
	in->at += n * item;
	return true;
}

static bool
take_new(struct input *in, void *out, uint64_t n, size_t item)
{
	if (n > (uint64_t)(in->end - in->at) / item)
		return false;
	void *array = n > 0 ? malloc(n * item) : NULL;
	memcpy(out, &array, sizeof(array));
	return n == 0 || (array != NULL && take(in, array, n, item));
}

/* ------------------------------------------------------------------- definitions */

struct loading {
	struct fold *fold;
	enum fold_status status;
};

static bool
on_definition(void *context, uint64_t number, const uint8_t *bytes, size_t n)
{
	struct loading *l = context;
	struct entry e;
	l->status = FOLD_BAD_ENTRY;
	if (entry_decode(bytes, n, false, &e) && e.kind == ENTRY_DEFINITION)
		l->status = fold_add_definition(
		    l->fold, number, bytes + ENTRY_HEADER_BYTES, e.payload_bytes);
	return false;
}

static bool
load_definitions(struct input *in, struct store *store, uint64_t n, struct fold *out)
{
	for (uint64_t i = 0; i < n; i++) {
		uint64_t number;
		struct loading l = {.fold = out, .status = FOLD_STORE};
		if (!take(in, &number, 1, sizeof(number)) || number == 0 || number > out->last ||
		    store_read(store, number, number, on_definition, &l) != STORE_OK ||
		    l.status != FOLD_OK)
			return false;
	}
	return true;
}

/* ------------------------------------------------------------------- staff */

static bool
fits_account(const struct account *a)
{
	return a->role >= ROLE_VIEWER && a->role <= ROLE_FIRM &&
	       memchr(a->name, '\0', sizeof(a->name)) != NULL && roster_is_account_name(a->name);
}

static bool
fits_token(const struct token *t, const struct roster *staff)
{
	const struct account *account = roster_account(staff, t->account);
	return t->role >= ROLE_VIEWER && t->role <= ROLE_FIRM &&
	       memchr(t->name, '\0', sizeof(t->name)) != NULL && roster_is_token_name(t->name) &&
	       account != NULL && (t->role == ROLE_FIRM) == (account->role == ROLE_FIRM);
}

static bool
load_staff(struct input *in, const struct checkpoint_head *h, struct roster *out)
{
	if (h->accounts > ACCOUNTS_MAX || h->tokens > ACCOUNTS_MAX * ACCOUNT_TOKENS_MAX ||
	    !take_new(in, &out->account, h->accounts, sizeof(*out->account)) ||
	    !take_new(in, &out->token, h->tokens, sizeof(*out->token)))
		return false;
	out->last = h->staff_last;
	out->accounts = out->account_room = h->accounts;
	out->tokens = out->token_room = h->tokens;
	bool good = true;
	for (size_t i = 0; i < out->accounts && good; i++)
		good = fits_account(&out->account[i]);
	for (size_t i = 0; i < out->tokens && good; i++)
		good = fits_token(&out->token[i], out);
	return good;
}

/* ------------------------------------------------------------------- rounds */

static bool
load_columns(struct input *in, const struct checkpoint_round *h, struct round *round)
{
	uint64_t row_bytes = sizeof(uint64_t) + CODE_HASH_BYTES + sizeof(struct attributes);
	uint64_t left = (uint64_t)(in->end - in->at);
	if (h->units > COLUMNS_UNITS_MAX || h->units > left / row_bytes ||
	    h->chunks > left / sizeof(struct chunk_rows) || (h->units > 0 && h->chunks == 0))
		return false;
	struct columns *c = columns_new(
	    round->view.definition, round->view.ref_year, (uint32_t)h->units, (size_t)h->chunks);
	round->columns = c;
	return c != NULL && take(in, c->chunk, h->chunks, sizeof(*c->chunk));
}

static bool
is_code(const struct definition *d, enum code_list_id list, int code)
{
	return code >= UNKNOWN_CODE && code < (int)d->list[list].codes;
}

/* Codes become indices: none may point outside its list. */
static bool
fits(const struct definition *d, const struct attributes *a)
{
	return is_code(d, CODES_UNIT_TYPE, a->unit_type) && is_code(d, CODES_STATUS, a->status) &&
	       is_code(d, CODES_LEGAL_FORM, a->legal_form) &&
	       is_code(d, CODES_COMMUNE, a->commune) && is_code(d, CODES_ZONE, a->zone) &&
	       is_code(d, CODES_SECTION, a->section) && a->spare == 0;
}

/* Sorted, of rows that say so, and each of those has one. */
static bool
fit_frame_rows(const struct columns *c)
{
	uint64_t rows = 0;
	for (size_t i = 0; i < c->frame_rows; i++) {
		const struct frame_row *was = &c->frame_row[i];
		if (was->row >= c->units || (i > 0 && was->row <= c->frame_row[i - 1].row) ||
		    !c->attributes[was->row].is_corrected ||
		    was->attributes.stratum != c->attributes[was->row].stratum ||
		    was->attributes.is_corrected || !fits(c->definition, &was->attributes))
			return false;
	}
	for (uint32_t row = 0; row < c->units; row++) {
		rows += c->attributes[row].is_corrected;
		if (c->attributes[row].is_corrected && c->attributes[row].stratum == 0)
			return false;
	}
	return rows == c->frame_rows;
}

static bool
load_rows(struct input *in, const struct checkpoint_round *h, struct round *round)
{
	struct columns *c = round->columns;
	round->head = heads_new(c->units);
	if (!take_new(in, &c->frame_row, h->frame_rows, sizeof(*c->frame_row)))
		return false;
	c->frame_rows = h->frame_rows;
	if (round->head == NULL || !take(in, c->tax_code, c->units, sizeof(*c->tax_code)) ||
	    !take(in, c->code_hash, c->units, sizeof(*c->code_hash)) ||
	    !take(in, c->attributes, c->units, sizeof(*c->attributes)) ||
	    !take(in, c->membership, c->units, sizeof(*c->membership)) ||
	    !take(in, round->head, c->units, sizeof(*round->head)))
		return false;
	for (uint32_t row = 0; row < c->units; row++)
		if (!fits(c->definition, &c->attributes[row]) ||
		    !case_may_be_set(
			(enum case_state)round->head[row].set_case, round->head[row].head != 0))
			return false;
	if (!fit_frame_rows(c) || !columns_insert_all(c) || !columns_fill_design(c))
		return false;
	round->view.strata = c->design.strata;
	round->view.drawn = columns_drawn(c);
	return true;
}

static bool
load_view(const struct checkpoint_round *h, const struct fold *fold, struct round *round)
{
	struct round_view *v = &round->view;
	const struct definition_record *d = fold_definition(fold, h->definition_number);
	bool loaded = h->phase > ROUND_CREATED;
	if (d == NULL || h->phase < ROUND_CREATED || h->phase > ROUND_CLOSED ||
	    loaded != (h->has_columns != 0) || h->earlier_number >= h->number)
		return false;
	memcpy(v->name, h->name, sizeof(v->name) - 1);
	memcpy(v->earlier, h->earlier, sizeof(v->earlier) - 1);
	memcpy(v->reference_date, h->reference_date, sizeof(v->reference_date) - 1);
	v->phase = (enum round_phase)h->phase;
	v->number = h->number;
	v->last = h->last;
	v->definition_number = d->number;
	v->definition = d->definition;
	v->ref_year = (int)strtol(v->reference_date, NULL, 10);
	v->opened_ms = h->opened_ms;
	v->closes_ms = h->closes_ms;
	v->closed_ms = h->closed_ms;
	v->earlier_number = h->earlier_number;
	v->units = h->units;
	v->responded = h->responded;
	v->out_of_scope = h->out_of_scope;
	round->cells = d->cells;
	return true;
}

static bool
fits_key(const struct unit_key *key, const struct roster *staff)
{
	if (key->kind == KEY_FIRM)
		return roster_firm(staff, key->firm) != NULL;
	return (key->kind == KEY_MAIN || key->kind == KEY_SUB) && key->firm == 0;
}

/* Of rows that say so, and each of those has one. */
static bool
fit_keys(const struct round *round, const struct roster *staff, uint64_t units)
{
	uint64_t rows = 0, firsts = 0;
	for (size_t i = 0; i < round->keys.n; i++) {
		const struct unit_key *key = &round->keys.key[i];
		if (key->row >= units || !round->head[key->row].has_keys || !fits_key(key, staff))
			return false;
		firsts += keys_first(&round->keys, key->row) == i;
	}
	for (uint64_t row = 0; row < units; row++)
		rows += round->head[row].has_keys;
	return rows == firsts;
}

/* Sorted, of rows that say so, and each of those has one. */
static bool
fit_notes(const struct round *round, uint64_t units, uint64_t last)
{
	const struct row_notes *notes = &round->notes;
	uint64_t rows = 0;
	for (size_t i = 0; i < notes->n; i++) {
		const struct row_note *note = &notes->note[i];
		if (note->row >= units || !round->head[note->row].has_note ||
		    (i > 0 && note->row <= notes->note[i - 1].row) || note->changed > last ||
		    note->proposed > last)
			return false;
	}
	for (uint64_t row = 0; row < units; row++)
		rows += round->head[row].has_note;
	return rows == notes->n;
}

static bool
load_round(struct input *in, struct fold *fold)
{
	struct checkpoint_round h;
	struct unit_key *key = NULL;
	struct round *round = fold_round_new(fold);
	if (round == NULL || !take(in, &h, 1, sizeof(h)) || !load_view(&h, fold, round))
		return false;
	if (h.has_columns && !load_columns(in, &h, round))
		return false;
	if (!take_new(in, &round->reopening, h.reopenings, sizeof(*round->reopening)) ||
	    !take_new(in, &round->pending, h.pendings, sizeof(*round->pending)) ||
	    !take_new(in, &round->export, h.exports, sizeof(*round->export)))
		return false;
	if (h.keys > KEYS_MAX || !take_new(in, &key, h.keys, sizeof(*key))) {
		free(key);
		return false;
	}
	round->reopenings = h.reopenings;
	round->exports = h.exports;
	round->pendings = round->pending_room = h.pendings;
	if (!keys_take(&round->keys, key, h.keys) ||
	    !take_new(in, &round->notes.note, h.notes, sizeof(*round->notes.note)))
		return false;
	round->notes.n = round->notes.room = h.notes;
	if (!h.has_columns)
		return h.keys == 0 && h.notes == 0 && h.frame_rows == 0;
	return load_rows(in, &h, round) && fit_keys(round, &fold->staff, h.units) &&
	       fit_notes(round, h.units, fold->last);
}

/* ------------------------------------------------------------------- the file */

/* Why it is not for us, or NULL. */
static const char *
mismatch(const struct checkpoint_head *h, struct store *store)
{
	uint8_t digest[SHA256_BYTES];
	if (memcmp(h->magic, CHECKPOINT_MAGIC, sizeof(CHECKPOINT_MAGIC)) != 0)
		return "it is no checkpoint";
	if (h->version != CHECKPOINT_VERSION || h->byte_order != CHECKPOINT_BYTE_ORDER ||
	    strncmp(h->product, KHAOSAT_VERSION, sizeof(h->product)) != 0)
		return "another version of khaosatd made it";
	if (memcmp(h->log, store_log_id(store), sizeof(h->log)) != 0)
		return "it belongs to another log";
	if (h->last > store_last(store))
		return "it is ahead of the log";
	if (!checkpoint_digest_entry(store, h->last, digest) ||
	    memcmp(h->last_entry, digest, sizeof(digest)) != 0)
		return "its last entry is another in this log";
	return NULL;
}

/* The digest at the end, of the n bytes before it. */
struct sum {
	const uint8_t *bytes;
	size_t n;
	bool fits;
};

static void *
check_sum(void *argument)
{
	struct sum *sum = argument;
	uint8_t digest[SHA256_BYTES];
	digest_sha256(&(struct digest_part){sum->bytes, sum->n}, 1, digest);
	sum->fits = memcmp(digest, sum->bytes + sum->n, sizeof(digest)) == 0;
	return NULL;
}

static bool
load_all(struct input *in, const struct checkpoint_head *h, struct store *store, struct fold *out)
{
	out->last = h->last;
	out->catalogue_last = h->catalogue_last;
	bool good =
	    load_definitions(in, store, h->definitions, out) && load_staff(in, h, &out->staff);
	for (uint64_t i = 0; i < h->rounds && good; i++)
		good = load_round(in, out);
	return good && in->at == in->end;
}

static const char *
load(const uint8_t *bytes, size_t n, struct store *store, struct fold *out)
{
	struct checkpoint_head h;
	pthread_t beside;
	if (n < sizeof(h) + SHA256_BYTES)
		return "it is too short";
	memcpy(&h, bytes, sizeof(h));
	const char *why = mismatch(&h, store);
	if (why != NULL)
		return why;
	struct sum sum = {.bytes = bytes, .n = n - SHA256_BYTES};
	bool is_beside = pthread_create(&beside, NULL, check_sum, &sum) == 0;
	if (!is_beside)
		check_sum(&sum);
	struct input in = {bytes + sizeof(h), bytes + sum.n};
	bool good = load_all(&in, &h, store, out);
	if (is_beside)
		pthread_join(beside, NULL);
	if (!sum.fits)
		return "its digest does not fit";
	return good ? NULL : "it does not read as one, or memory is out";
}

static bool
load_file(int fd, struct store *store, struct fold *out, const char **why)
{
	struct stat st;
	*why = "it cannot be read";
	if (fstat(fd, &st) != 0 || st.st_size < 0)
		return false;
	size_t n = (size_t)st.st_size;
	*why = "it is empty";
	if (n == 0)
		return false;
	void *map = mmap(NULL, n, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
	*why = "it cannot be mapped";
	if (map == MAP_FAILED)
		return false;
	*why = load(map, n, store, out);
	munmap(map, n);
	return *why == NULL;
}

bool
checkpoint_load(const char *path, struct store *store, struct fold *out, char message[256])
{
	const char *why;
	*out = (struct fold){0};
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return false;
	if (fd < 0) {
		snprintf(message, 256, "checkpoint not used: %s", strerror(errno));
		return false;
	}
	bool good = load_file(fd, store, out, &why);
	close(fd);
	if (good)
		return true;
	fold_clear(out);
	snprintf(message, 256, "checkpoint not used: %s", why);
	return false;
}
