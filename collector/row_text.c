/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/row_text.h"

#include <stdlib.h>
#include <string.h>

#include "collector/payload.h"
#include "proto/entry.h"
#include "survey/register.h"

struct wanted {
	const uint32_t *row;
	size_t n, found;
	Khaosat__V1__RegisterRow **out; /* NULL: one row, copied as it stands */
	uint8_t *copy;
	size_t copy_bytes;
};

/* The row as a message of its own: what stands behind its tag and length. */
static Khaosat__V1__RegisterRow *
unpack_row(const uint8_t *bytes, size_t n)
{
	size_t at = 1; /* the tag of field 1 */
	while (at < n && (bytes[at] & 0x80) != 0)
		at++;
	at++;
	Khaosat__V1__RegisterRow *row =
	    at > n ? NULL : khaosat__v1__register_row__unpack(NULL, n - at, bytes + at);
	if (row != NULL) /* the hash is nobody's business */
		row->code_hash.len = 0;
	return row;
}

static bool
take_row(struct wanted *wanted, const uint8_t *bytes, size_t n)
{
	if (wanted->out != NULL) {
		wanted->out[wanted->found] = unpack_row(bytes, n);
		return wanted->out[wanted->found] != NULL;
	}
	wanted->copy = malloc(n);
	if (wanted->copy == NULL)
		return false;
	memcpy(wanted->copy, bytes, n);
	wanted->copy_bytes = n;
	return true;
}

static void
find_rows(struct wanted *wanted, const uint8_t *rows, size_t n)
{
	struct register_text text;
	size_t at = 0;
	for (uint32_t row = 0; wanted->found < wanted->n; row++) {
		size_t from = at;
		if (register_next(rows, n, &at, &text) != REGISTER_ROW)
			return;
		if (row != wanted->row[wanted->found])
			continue;
		if (!take_row(wanted, rows + from, at - from))
			return;
		wanted->found++;
	}
}

static bool
on_entry(void *context, uint64_t number, const uint8_t *bytes, size_t n)
{
	struct entry e;
	struct payload_row change;
	const uint8_t *payload = bytes + ENTRY_HEADER_BYTES;
	(void)number;
	if (!entry_decode(bytes, n, false, &e))
		return false;
	if (e.kind != ENTRY_ROW_CHANGED) {
		find_rows(context, payload, e.payload_bytes);
	} else if (payload_row(payload, e.payload_bytes, &change) == PAYLOAD_OK) {
		find_rows(context, change.rows, change.n);
		payload_row_free(&change);
	}
	return false;
}

bool
row_text_read(struct store *store, uint64_t chunk, const uint32_t *row, size_t n,
    Khaosat__V1__RegisterRow **out)
{
	struct wanted wanted = {.row = row, .n = n, .out = out};
	memset(out, 0, n * sizeof(Khaosat__V1__RegisterRow *));
	return store_read(store, chunk, chunk, on_entry, &wanted) == STORE_OK && wanted.found == n;
}

uint8_t *
row_text_copy(struct store *store, uint64_t chunk, uint32_t row, size_t *n)
{
	struct wanted wanted = {.row = &row, .n = 1};
	if (store_read(store, chunk, chunk, on_entry, &wanted) != STORE_OK)
		return NULL;
	*n = wanted.copy_bytes;
	return wanted.copy;
}
