/* SPDX-License-Identifier: Apache-2.0 */
#include "client/code_units.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "client/csv_reader.h"
#include "client/words.h"

#define RECORD_MAX_BYTES (64u * 1024)

bool
code_units_add(struct code_units *units, uint64_t tax_code, const char *name)
{
	if (units->n == units->room) {
		size_t room = units->room * 2 + 16;
		struct code_unit *grown = realloc(units->unit, room * sizeof(*grown));
		if (grown == NULL)
			return false;
		units->unit = grown;
		units->room = room;
	}
	struct code_unit *unit = &units->unit[units->n];
	*unit = (struct code_unit){.tax_code = tax_code};
	if (name != NULL && (unit->name = strdup(name)) == NULL)
		return false;
	units->n++;
	return true;
}

void
code_units_clear(struct code_units *units)
{
	for (size_t i = 0; i < units->n; i++)
		free(units->unit[i].name);
	free(units->unit);
	*units = (struct code_units){0};
}

/* ------------------------------------------------------------------------------- reading */

struct reading {
	const struct client *client;
	const char *path;
	struct csv_reader *reader;
	struct code_units *units;
	size_t tax_column, name_column; /* SIZE_MAX: none */
};

static bool
out_of_memory(const struct reading *r)
{
	client_error("%s", words_errno(r->client->language, ENOMEM));
	return false;
}

static size_t
column(const struct csv_reader *reader, const char *name)
{
	size_t n;
	for (size_t i = 0; i < csv_reader_cells(reader); i++)
		if (strcmp(csv_reader_cell(reader, i, &n), name) == 0)
			return i;
	return SIZE_MAX;
}

static bool
take_header(struct reading *r)
{
	if (csv_reader_next(r->reader) == CSV_RECORD) {
		r->tax_column = column(r->reader, "tax_code");
		r->name_column = column(r->reader, "name");
		if (r->tax_column != SIZE_MAX)
			return true;
	}
	client_error(
	    client_say(r->client, "%s: không đọc được, hoặc dòng đầu không có cột tax_code",
		"%s: it cannot be read, or its first line has no column tax_code"),
	    r->path);
	return false;
}

static bool
take_record(struct reading *r)
{
	size_t n;
	uint64_t tax_code;
	const char *text = "", *name = NULL;
	if (r->tax_column < csv_reader_cells(r->reader))
		text = csv_reader_cell(r->reader, r->tax_column, &n);
	if (r->name_column < csv_reader_cells(r->reader))
		name = csv_reader_cell(r->reader, r->name_column, &n);
	if (taxcode_parse(text, &tax_code) != TAXCODE_OK) {
		client_error(client_say(r->client, "%s dòng %lu: %s không phải mã số thuế",
				 "%s line %lu: %s is not a tax code"),
		    r->path, csv_reader_line(r->reader), text);
		return false;
	}
	return code_units_add(r->units, tax_code, name) || out_of_memory(r);
}

static int
by_tax_code(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;
	return (*x > *y) - (*x < *y);
}

/* Two codes for one unit would leave one of them void. */
static bool
are_apart(const struct reading *r)
{
	char text[TAXCODE_TEXT_BYTES];
	size_t n = r->units->n;
	uint64_t *sorted = calloc(n + 1, sizeof(*sorted));
	if (sorted == NULL)
		return out_of_memory(r);
	for (size_t i = 0; i < n; i++)
		sorted[i] = r->units->unit[i].tax_code;
	qsort(sorted, n, sizeof(*sorted), by_tax_code);
	size_t at = 1;
	while (at < n && sorted[at] != sorted[at - 1])
		at++;
	if (at < n) {
		taxcode_print(sorted[at], text);
		client_error(client_say(r->client, "%s: %s có hai lần", "%s: %s is there twice"),
		    r->path, text);
	}
	free(sorted);
	return at >= n;
}

static bool
read_all(struct reading *r)
{
	enum csv_status status = CSV_RECORD;
	if (!take_header(r))
		return false;
	while ((status = csv_reader_next(r->reader)) == CSV_RECORD)
		if (!take_record(r))
			return false;
	if (status == CSV_END && r->units->n > 0)
		return are_apart(r);
	client_error(
	    client_say(r->client, "%s dòng %lu: không đọc tiếp được, hoặc không có đơn vị nào",
		"%s line %lu: it cannot be read further, or has no unit"),
	    r->path, csv_reader_line(r->reader));
	return false;
}

int
code_units_read(const struct client *client, const char *path, struct code_units *units)
{
	struct reading r = {.client = client, .path = path, .units = units};
	FILE *stream = fopen(path, "r");
	if (stream == NULL) {
		client_error("%s: %s", path, words_errno(client->language, errno));
		return EXIT_FAILED;
	}
	r.reader = csv_reader_new(stream, RECORD_MAX_BYTES);
	bool good = r.reader != NULL ? read_all(&r) : out_of_memory(&r);
	csv_reader_free(r.reader);
	return good ? EXIT_DONE : EXIT_FAILED;
}
