/* SPDX-License-Identifier: Apache-2.0 */
/* libcsv tells where cells and rows end, but not in which line they began, so it is fed one
 * physical line at a time. A row begins in the first line fed after the last row has ended. */
#include "client/register_csv.h"

#include <csv.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS_MAX 64

struct reading {
	const struct register_csv_reader *to;
	struct csv_parser parser;
	uint64_t line, row_line;
	bool has_header, in_row, row_ended;
	bool stopped, found_problem;
	int column[COLUMNS_MAX]; /* register_column of each cell, or -1 */
	size_t columns;
	/* the row that is being read: its cells stand one behind the other */
	char bytes[REGISTER_CSV_ROW_MAX_BYTES];
	size_t used;
	size_t start[COLUMNS_MAX], length[COLUMNS_MAX];
	size_t cells; /* may exceed COLUMNS_MAX; those are only counted */
};

static void
problem(struct reading *r, const char *column, enum register_csv_problem what, const char *value)
{
	r->found_problem = true;
	r->to->on_problem(r->to->user, r->row_line, column, what, value);
}

static void
stop(struct reading *r, enum register_csv_problem what, const char *value)
{
	if (!r->stopped)
		problem(r, "", what, value);
	r->stopped = true;
}

/* ------------------------------------------------------------------------------- header */

/* Not one column is misnamed: the whole file is not what it should be. */
static bool
is_of_another_kind(struct reading *r, const char *name)
{
	if (memcmp(name, "\xff\xfe", 2) == 0 || memcmp(name, "\xfe\xff", 2) == 0)
		stop(r, REGISTER_CSV_UTF16, "");
	else if (strchr(name, ';') != NULL)
		stop(r, REGISTER_CSV_SEMICOLONS, "");
	return r->stopped;
}

static void
take_header(struct reading *r)
{
	bool seen[REGISTER_COLUMNS] = {false};
	r->has_header = true;
	r->columns = r->cells < COLUMNS_MAX ? r->cells : COLUMNS_MAX;
	for (size_t i = 0; i < r->columns; i++) {
		char name[64] = "";
		int c = register_find_column(r->bytes + r->start[i], r->length[i]);
		snprintf(name, sizeof(name), "%.*s",
		    r->length[i] < sizeof(name) ? (int)r->length[i] : (int)sizeof(name) - 1,
		    r->bytes + r->start[i]);
		if (c < 0 && is_of_another_kind(r, name))
			return;
		if (c < 0)
			problem(r, name, REGISTER_CSV_COLUMN_UNKNOWN, "");
		else if (seen[c])
			problem(r, name, REGISTER_CSV_COLUMN_TWICE, "");
		else
			seen[c] = true;
		r->column[i] = c;
	}
	static const enum register_column required[] = {
	    REGISTER_TAX_CODE, REGISTER_NAME, REGISTER_UNIT_TYPE};
	for (size_t i = 0; i < sizeof(required) / sizeof(required[0]); i++)
		if (!seen[required[i]])
			problem(
			    r, register_column_name[required[i]], REGISTER_CSV_COLUMN_MISSING, "");
	/* Rows under a header that is not understood would only repeat its errors. */
	r->stopped = r->found_problem;
}

/* ------------------------------------------------------------------------------- rows */

static void
take_row(struct reading *r)
{
	struct register_text text = {0};
	if (r->cells != r->columns) {
		char count[24];
		snprintf(count, sizeof(count), "%zu", r->cells);
		problem(r, "", REGISTER_CSV_CELLS, count);
		return;
	}
	for (size_t i = 0; i < r->columns; i++)
		text.cell[r->column[i]] = (struct cell){r->bytes + r->start[i], r->length[i]};
	r->to->on_row(r->to->user, r->row_line, &text);
}

static void
on_cell(void *bytes, size_t n, void *user)
{
	struct reading *r = user;
	if (r->stopped)
		return;
	if (n > sizeof(r->bytes) - r->used) {
		stop(r, REGISTER_CSV_TOO_LARGE, "");
		return;
	}
	if (r->cells < COLUMNS_MAX) {
		r->start[r->cells] = r->used;
		r->length[r->cells] = n;
		if (n > 0)
			memcpy(r->bytes + r->used, bytes, n);
		r->used += n;
	}
	r->cells++;
}

static void
on_row_end(int c, void *user)
{
	(void)c;
	struct reading *r = user;
	if (!r->stopped) {
		if (r->has_header)
			take_row(r);
		else
			take_header(r);
	}
	r->row_ended = true;
	r->used = r->cells = 0;
}

/* ------------------------------------------------------------------------------- lines */

static bool
is_blank(const char *line, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strchr(" \t\r\n", line[i]) == NULL || line[i] == '\0')
			return false;
	return true;
}

static void
feed_line(struct reading *r, const char *line, size_t n)
{
	r->line++;
	if (!r->in_row)
		r->row_line = r->line;
	r->row_ended = false;
	if (csv_parse(&r->parser, line, n, on_cell, on_row_end, r) != n) {
		stop(r, REGISTER_CSV_QUOTES, "");
		return;
	}
	r->in_row = !r->row_ended && (r->in_row || !is_blank(line, n));
	/* A quoted cell that has not ended is still inside the parser. */
	if (r->parser.entry_pos > REGISTER_CSV_ROW_MAX_BYTES)
		stop(r, REGISTER_CSV_TOO_LARGE, "");
}

/* Lines may also end with CR alone. */
static void
feed(struct reading *r, const char *text, size_t n)
{
	size_t start = 0;
	for (size_t i = 0; i + 1 < n && !r->stopped; i++) {
		if (text[i] == '\r' && text[i + 1] != '\n') {
			feed_line(r, text + start, i + 1 - start);
			start = i + 1;
		}
	}
	if (start < n && !r->stopped)
		feed_line(r, text + start, n - start);
}

static void
read_lines(struct reading *r, FILE *from)
{
	char *line = NULL;
	size_t cap = 0;
	bool first = true;
	for (ssize_t n; !r->stopped && (n = getline(&line, &cap, from)) > 0; first = false) {
		size_t skip = first && n >= 3 && memcmp(line, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
		feed(r, line + skip, (size_t)n - skip);
	}
	if (ferror(from))
		stop(r, REGISTER_CSV_READ, strerror(errno));
	free(line);
}

bool
register_csv_read(FILE *from, const struct register_csv_reader *to)
{
	struct reading *r = calloc(1, sizeof(*r));
	if (r == NULL || csv_init(&r->parser, CSV_STRICT | CSV_STRICT_FINI) != 0) {
		to->on_problem(to->user, 0, "", REGISTER_CSV_READ, strerror(ENOMEM));
		free(r);
		return false;
	}
	r->to = to;
	read_lines(r, from);
	if (!r->stopped && csv_fini(&r->parser, on_cell, on_row_end, r) != 0)
		stop(r, REGISTER_CSV_QUOTES, "");
	if (r->row_line == 0)
		r->row_line = 1;
	if (!r->stopped && !r->has_header)
		stop(r, REGISTER_CSV_EMPTY, "");
	bool good = !r->found_problem;
	csv_free(&r->parser);
	free(r);
	return good;
}
