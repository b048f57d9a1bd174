/* SPDX-License-Identifier: Apache-2.0 */
#include "client/register_table.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "client/codes_file.h"
#include "survey/design.h"
#include "survey/taxcode.h"

#define ROW_MAX_BYTES 8192 /* more than register_encode ever writes */
#define HASH_ADDS_BYTES 24 /* tag, length, hash, and a longer length of the row */

static bool
has_room(struct register_table *t)
{
	if (t->rows == t->rows_cap) {
		size_t cap = t->rows_cap == 0 ? 1024 : t->rows_cap * 2;
		struct register_table_row *row = realloc(t->row, cap * sizeof(*row));
		if (row == NULL)
			return false;
		t->row = row;
		t->rows_cap = cap;
	}
	if (t->cap - t->used < ROW_MAX_BYTES) {
		size_t cap = t->cap + t->cap / 2 + 2 * ROW_MAX_BYTES;
		uint8_t *bytes = realloc(t->bytes, cap);
		if (bytes == NULL)
			return false;
		t->bytes = bytes;
		t->cap = cap;
	}
	return true;
}

bool
register_table_add(
    struct register_table *t, uint64_t line, const struct register_text *text, uint64_t tax_code)
{
	if (!has_room(t))
		return false;
	size_t n = register_encode(text, t->bytes + t->used, t->cap - t->used);
	assert(n > 0);
	t->row[t->rows++] =
	    (struct register_table_row){.tax_code = tax_code, .line = line, .at = t->used, .n = n};
	t->used += n;
	return true;
}

bool
register_table_note(struct register_table *t, uint64_t line, uint64_t tax_code)
{
	if (!has_room(t))
		return false;
	t->row[t->rows++] =
	    (struct register_table_row){.tax_code = tax_code, .line = line, .at = t->used};
	return true;
}

/* ------------------------------------------------------------------------------- twice */

static int
by_tax_code_and_line(const void *a, const void *b)
{
	const struct register_table_row *const *x = a, *const *y = b;
	if ((*x)->tax_code != (*y)->tax_code)
		return (*x)->tax_code < (*y)->tax_code ? -1 : 1;
	return (*x)->line < (*y)->line ? -1 : (*x)->line > (*y)->line;
}

bool
register_table_twice(const struct register_table *t,
    void (*on_twice)(void *user, uint64_t line, uint64_t first_line, uint64_t tax_code), void *user)
{
	const struct register_table_row **sorted = calloc(t->rows + 1, sizeof(*sorted));
	size_t first = 0;
	if (sorted == NULL)
		return false;
	for (size_t i = 0; i < t->rows; i++)
		sorted[i] = &t->row[i];
	qsort(sorted, t->rows, sizeof(*sorted), by_tax_code_and_line);
	for (size_t i = 1; i < t->rows; i++) {
		if (sorted[i]->tax_code == sorted[first]->tax_code)
			on_twice(user, sorted[i]->line, sorted[first]->line, sorted[i]->tax_code);
		else
			first = i;
	}
	free(sorted);
	return true;
}

/* ------------------------------------------------------------------------------- codes */

static void
row_text(const struct register_table *t, const struct register_table_row *row,
    struct register_text *text)
{
	size_t at = 0;
	enum register_walk walk = register_next(t->bytes + row->at, row->n, &at, text);
	assert(walk == REGISTER_ROW);
}

bool
register_table_make_codes(struct register_table *t, const char *round, FILE *codes)
{
	struct codes_random random = {.left = 0};
	codes_file_begin(codes);
	for (size_t i = 0; i < t->rows && !ferror(codes); i++) {
		struct register_text text;
		char tax_code[TAXCODE_TEXT_BYTES];
		row_text(t, &t->row[i], &text);
		if (!design_is_drawn(&text))
			continue;
		taxcode_print(t->row[i].tax_code, tax_code);
		codes_file_row(codes, &random, round, tax_code, text.cell[REGISTER_NAME].bytes,
		    text.cell[REGISTER_NAME].n, t->row[i].code_hash);
	}
	explicit_bzero(&random, sizeof(random));
	return !ferror(codes);
}

/* ------------------------------------------------------------------------------- chunks */

size_t
register_table_chunk(
    const struct register_table *t, size_t first, uint8_t *buf, size_t cap, size_t *n)
{
	size_t rows = 0;
	*n = 0;
	while (first + rows < t->rows && rows < REGISTER_CHUNK_MAX_ROWS) {
		const struct register_table_row *row = &t->row[first + rows];
		struct register_text text;
		if (cap - *n < row->n + HASH_ADDS_BYTES)
			break;
		row_text(t, row, &text);
		memcpy(text.code_hash, row->code_hash, sizeof(text.code_hash));
		text.has_code_hash = design_is_drawn(&text);
		size_t put = register_encode(&text, buf + *n, cap - *n);
		assert(put > 0);
		*n += put;
		rows++;
	}
	return rows;
}

void
register_table_clear(struct register_table *t)
{
	free(t->row);
	free(t->bytes);
	*t = (struct register_table){0};
}
