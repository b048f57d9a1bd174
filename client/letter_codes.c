/* SPDX-License-Identifier: Apache-2.0 */
#include "client/letter_codes.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/csv_reader.h"
#include "client/words.h"
#include "survey/taxcode.h"

#define RECORD_MAX_BYTES (64u * 1024)

static_assert(sizeof(struct letter_code) == 32, "as the header says");

struct reading {
	const struct client *client;
	const char *path;
	struct csv_reader *reader;
	struct letter_codes *codes;
	size_t tax_column, code_column; /* SIZE_MAX: none */
};

static bool
refuse(const struct reading *r, const char *what)
{
	client_error(client_say(r->client, "%s dòng %lu: %s", "%s line %lu: %s"), r->path,
	    csv_reader_line(r->reader), what);
	return false;
}

static const char *
cell(const struct reading *r, size_t column)
{
	size_t n;
	return column < csv_reader_cells(r->reader) ? csv_reader_cell(r->reader, column, &n) : "";
}

static bool
take_header(struct reading *r)
{
	r->tax_column = r->code_column = SIZE_MAX;
	if (csv_reader_next(r->reader) != CSV_RECORD)
		return refuse(r, client_say(r->client, "không đọc được", "it cannot be read"));
	for (size_t i = 0; i < csv_reader_cells(r->reader); i++) {
		if (strcmp(cell(r, i), "tax_code") == 0)
			r->tax_column = i;
		if (strcmp(cell(r, i), "access_code") == 0)
			r->code_column = i;
	}
	return (r->tax_column != SIZE_MAX && r->code_column != SIZE_MAX) ||
	       refuse(r, client_say(r->client, "cần cột tax_code và access_code",
			     "columns tax_code and access_code are needed"));
}

static bool
make_room(struct letter_codes *codes)
{
	if (codes->n < codes->room)
		return true;
	size_t room = codes->room * 2 + 1024;
	struct letter_code *grown = realloc(codes->code, room * sizeof(*grown));
	if (grown == NULL)
		return false;
	codes->code = grown;
	codes->room = room;
	return true;
}

static bool
take_record(struct reading *r)
{
	char canonical[CODE_CHARS + 1];
	struct letter_code code = {.is_used = false};
	if (taxcode_parse(cell(r, r->tax_column), &code.tax_code) != TAXCODE_OK)
		return refuse(
		    r, client_say(r->client, "không phải mã số thuế", "it is not a tax code"));
	if (!code_canonical(cell(r, r->code_column), canonical))
		return refuse(
		    r, client_say(r->client, "không phải mã truy cập", "it is not an access code"));
	if (!make_room(r->codes))
		return refuse(r, words_errno(r->client->language, ENOMEM));
	memcpy(code.code, canonical, CODE_CHARS);
	explicit_bzero(canonical, sizeof(canonical));
	r->codes->code[r->codes->n++] = code;
	return true;
}

static int
by_tax_code(const void *a, const void *b)
{
	const struct letter_code *x = a, *y = b;
	return (x->tax_code > y->tax_code) - (x->tax_code < y->tax_code);
}

static bool
are_apart(const struct reading *r)
{
	const struct letter_codes *codes = r->codes;
	char text[TAXCODE_TEXT_BYTES];
	for (size_t i = 1; i < codes->n; i++) {
		if (codes->code[i].tax_code != codes->code[i - 1].tax_code)
			continue;
		taxcode_print(codes->code[i].tax_code, text);
		client_error(client_say(r->client, "%s: %s có hai lần", "%s: %s is there twice"),
		    r->path, text);
		return false;
	}
	return true;
}

static bool
read_all(struct reading *r)
{
	enum csv_status status;
	if (!take_header(r))
		return false;
	while ((status = csv_reader_next(r->reader)) == CSV_RECORD)
		if (!take_record(r))
			return false;
	if (status != CSV_END || r->codes->n == 0)
		return refuse(r, client_say(r->client, "không đọc tiếp được, hoặc không có mã nào",
				     "it cannot be read further, or has no code"));
	qsort(r->codes->code, r->codes->n, sizeof(*r->codes->code), by_tax_code);
	return are_apart(r);
}

bool
letter_codes_read(const struct client *client, const char *path, struct letter_codes *codes)
{
	struct reading r = {.client = client, .path = path, .codes = codes};
	FILE *stream = fopen(path, "r");
	if (stream != NULL)
		r.reader = csv_reader_new(stream, RECORD_MAX_BYTES);
	if (r.reader == NULL) {
		client_error("%s: %s", path, words_errno(client->language, errno));
		return false;
	}
	bool good = read_all(&r);
	csv_reader_free(r.reader);
	return good;
}

struct letter_code *
letter_codes_find(const struct letter_codes *codes, uint64_t tax_code)
{
	const struct letter_code key = {.tax_code = tax_code};
	return bsearch(&key, codes->code, codes->n, sizeof(key), by_tax_code);
}

void
letter_codes_clear(struct letter_codes *codes)
{
	if (codes->code != NULL)
		explicit_bzero(codes->code, codes->n * sizeof(*codes->code));
	free(codes->code);
	*codes = (struct letter_codes){0};
}
