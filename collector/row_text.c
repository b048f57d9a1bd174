/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/row_text.h"

#include <string.h>

#include "proto/entry.h"
#include "survey/register.h"

struct wanted {
	const uint32_t *row;
	size_t n, found;
	Khaosat__V1__RegisterRow **out;
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
find_rows(void *context, uint64_t number, const uint8_t *bytes, size_t n)
{
	(void)number;
	struct wanted *wanted = context;
	struct register_text text;
	size_t at = 0;
	if (n < ENTRY_HEADER_BYTES)
		return false;
	const uint8_t *rows = bytes + ENTRY_HEADER_BYTES;
	n -= ENTRY_HEADER_BYTES;
	for (uint32_t row = 0; wanted->found < wanted->n; row++) {
		size_t from = at;
		if (register_next(rows, n, &at, &text) != REGISTER_ROW)
			return false;
		if (row != wanted->row[wanted->found])
			continue;
		Khaosat__V1__RegisterRow *found = unpack_row(rows + from, at - from);
		if (found == NULL)
			return false;
		wanted->out[wanted->found++] = found;
	}
	return false;
}

bool
row_text_read(struct store *store, uint64_t chunk, const uint32_t *row, size_t n,
    Khaosat__V1__RegisterRow **out)
{
	struct wanted wanted = {.row = row, .n = n, .out = out};
	memset(out, 0, n * sizeof(Khaosat__V1__RegisterRow *));
	return store_read(store, chunk, chunk, find_rows, &wanted) == STORE_OK && wanted.found == n;
}
