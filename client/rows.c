/* SPDX-License-Identifier: Apache-2.0 */
#include "client/rows.h"

#include <stdio.h>

#include "client/csv_cell.h"

void
rows_begin(const struct rows *rows)
{
	for (size_t i = 0; i < rows->columns && rows->format == FORMAT_CSV; i++)
		printf("%s%s%s", i > 0 ? "," : "", rows->column[i],
		    i + 1 < rows->columns ? "" : "\r\n");
}

static void
print_cell(const json_t *value)
{
	if (json_is_integer(value))
		printf("%" JSON_INTEGER_FORMAT, json_integer_value(value));
	else if (json_is_boolean(value))
		fputs(json_is_true(value) ? "YES" : "NO", stdout);
	else if (json_is_string(value))
		csv_cell_bytes(stdout, json_string_value(value), json_string_length(value));
}

static void
print_csv(const struct rows *rows, const json_t *object)
{
	for (size_t i = 0; i < rows->columns; i++) {
		if (i > 0)
			putchar(',');
		print_cell(json_object_get(object, rows->column[i]));
	}
	fputs("\r\n", stdout);
}

void
rows_add(struct rows *rows, json_t *object)
{
	if (rows->format == FORMAT_CSV)
		print_csv(rows, object);
	if (rows->format == FORMAT_JSON) {
		fputs(rows->printed == 0 ? "[\n " : ",\n ", stdout);
		json_dumpf(object, stdout, JSON_PRESERVE_ORDER);
	}
	json_decref(object);
	rows->printed++;
}

void
rows_add_texts(struct rows *rows, const char *const *cell)
{
	json_t *object = json_object();
	for (size_t i = 0; i < rows->columns; i++)
		json_object_set_new(object, rows->column[i], json_string(cell[i]));
	rows_add(rows, object);
}

void
rows_end(const struct rows *rows)
{
	if (rows->format == FORMAT_JSON)
		puts(rows->printed == 0 ? "[]" : "\n]");
}
