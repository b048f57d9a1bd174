/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/http_csv.h"

#include <protobuf-c/protobuf-c.h>
#include <stdio.h>
#include <string.h>

#include "collector/export/text.h"
#include "collector/pbjson.h"
#include "proto/khaosat.pb-c.h"

#define ROW_CELLS_MAX 32
#define ROWS_ROW 1
#define BOM "\xef\xbb\xbf"

struct csv {
	const char *at, *end;
	unsigned line;
	struct bytes cell; /* the one just read */
	bool ends_row;     /* it was the last of its row */
	const ProtobufCFieldDescriptor *column[ROW_CELLS_MAX];
	size_t columns;
	struct http_csv_error *error;
};

static bool
blame(struct csv *csv, const char *column, const char *rule)
{
	snprintf(csv->error->where, sizeof(csv->error->where), "line %u%s%.30s", csv->line,
	    column != NULL ? ", column " : "", column != NULL ? column : "");
	text_end(csv->error->where);
	csv->error->rule = rule;
	return false;
}

/* Behind the opening quote; what it brings is put into the cell. */
static bool
read_quoted(struct csv *csv)
{
	for (; csv->at < csv->end; csv->at++) {
		if (*csv->at == '\n')
			csv->line++;
		if (*csv->at != '"') {
			bytes_char(&csv->cell, *csv->at);
			continue;
		}
		if (csv->at + 1 == csv->end || csv->at[1] != '"') {
			csv->at++;
			return true;
		}
		bytes_char(&csv->cell, *csv->at++);
	}
	return blame(csv, NULL, "a quote that is never closed");
}

/* Past the comma or the end of the line that must follow. */
static bool
end_cell(struct csv *csv)
{
	csv->ends_row = csv->at == csv->end || *csv->at != ',';
	if (csv->at == csv->end)
		return true;
	if (*csv->at == ',') {
		csv->at++;
		return true;
	}
	if (*csv->at == '\r' && csv->at + 1 < csv->end && csv->at[1] == '\n')
		csv->at++;
	if (*csv->at != '\n')
		return blame(csv, NULL, "something behind a quote, or CR without LF");
	csv->at++;
	return true;
}

static bool
read_cell(struct csv *csv)
{
	csv->cell.n = 0;
	if (csv->at < csv->end && *csv->at == '"') {
		csv->at++;
		if (!read_quoted(csv))
			return false;
	} else {
		size_t n = 0;
		while (csv->at + n < csv->end && strchr(",\"\r\n", csv->at[n]) == NULL)
			n++;
		bytes_put(&csv->cell, csv->at, n);
		csv->at += n;
	}
	return end_cell(csv);
}

static bool
read_header(struct csv *csv)
{
	do {
		char name[64] = "";
		if (!read_cell(csv))
			return false;
		if (csv->columns == ROW_CELLS_MAX || csv->cell.n >= sizeof(name))
			return blame(csv, NULL, "too many columns, or a name that is too long");
		if (csv->cell.n > 0)
			memcpy(name, csv->cell.at, csv->cell.n);
		const ProtobufCFieldDescriptor *f = protobuf_c_message_descriptor_get_field_by_name(
		    &khaosat__v1__register_row__descriptor, name);
		for (size_t i = 0; i < csv->columns && f != NULL; i++)
			if (csv->column[i] == f)
				f = NULL;
		if (f == NULL)
			return blame(csv, name, "a column of the register, once");
		csv->column[csv->columns++] = f;
	} while (!csv->ends_row);
	csv->line++;
	return true;
}

static bool
read_row(struct csv *csv, struct bytes *row)
{
	size_t i = 0;
	const char *rule;
	row->n = 0;
	do {
		if (!read_cell(csv))
			return false;
		if (i == csv->columns)
			return blame(csv, NULL, "more cells than columns");
		const ProtobufCFieldDescriptor *f = csv->column[i++];
		const char *cell = (const char *)csv->cell.at;
		if (csv->cell.n > 0 && !pbjson_read_text(f, cell, csv->cell.n, row, &rule))
			return blame(csv, f->name, rule);
	} while (!csv->ends_row);
	if (i != csv->columns)
		return blame(csv, NULL, "fewer cells than columns");
	csv->line++;
	return true;
}

bool
http_csv_rows(const char *text, size_t n, struct bytes *rows, struct http_csv_error *error)
{
	struct csv csv = {.at = text, .end = text + n, .line = 1, .error = error};
	struct bytes row = {0};
	if (n >= strlen(BOM) && memcmp(text, BOM, strlen(BOM)) == 0)
		csv.at += strlen(BOM);
	bool good = read_header(&csv);
	while (good && csv.at < csv.end) {
		good = read_row(&csv, &row);
		if (good)
			bytes_field(rows, ROWS_ROW, row.at, row.n);
	}
	rows->failed = rows->failed || row.failed || csv.cell.failed;
	bytes_free(&row);
	bytes_free(&csv.cell);
	return good;
}
