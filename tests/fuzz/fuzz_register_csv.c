/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a register file. Lines never go back; cells stand in the file's order of columns or
 * are empty; a file that has a problem says so. A row that passes its checks goes into the table,
 * from there into chunks, and comes out of them as it was judged, with the hash of a code made for
 * it. */
#include "client/register_csv.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "client/register_table.h"
#include "tests/support/mini_survey.h"

#define ROUND "fuzz"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

struct import {
	struct definition *d;
	struct register_table table;
	struct register_row *row; /* as judged, beside table.row */
	uint64_t line;
	size_t problems;
};

static void
on_row(void *user, uint64_t line, const struct register_text *text)
{
	static struct register_problems problems;
	struct import *import = user;
	struct register_row row;
	assert(line > import->line);
	import->line = line;
	if (!register_judge(import->d, MINI_REF_YEAR, text, &row, &problems))
		return;
	bool added = register_table_add(&import->table, line, text, row.tax_code);
	assert(added);
	size_t rows = import->table.rows;
	import->row = realloc(import->row, rows * sizeof(row));
	assert(import->row);
	import->row[rows - 1] = row;
}

static void
on_problem(void *user, uint64_t line, const char *column, enum register_csv_problem problem,
    const char *value)
{
	struct import *import = user;
	(void)problem;
	assert(column && value && line >= import->line);
	import->problems++;
}

static void
on_twice(void *user, uint64_t line, uint64_t first_line, uint64_t tax_code)
{
	size_t *found = user;
	(void)tax_code;
	assert(first_line < line);
	(*found)++;
}

static size_t
count_twice(const struct register_table *t)
{
	size_t twice = 0;
	for (size_t i = 0; i < t->rows; i++)
		for (size_t j = 0; j < i; j++) {
			if (t->row[i].tax_code != t->row[j].tax_code)
				continue;
			twice++;
			break;
		}
	return twice;
}

/* Rows that passed lose nothing on the wire that judging reads. */
static void
expect_row(const struct import *import, size_t i, const struct register_text *text)
{
	static struct register_problems problems;
	struct register_row row;
	bool good = register_judge(import->d, MINI_REF_YEAR, text, &row, &problems);
	const struct register_row *was = &import->row[i];
	assert(good && text->has_code_hash);
	assert(memcmp(text->code_hash, import->table.row[i].code_hash, CODE_HASH_BYTES) == 0);
	assert(row.tax_code == was->tax_code && row.unit_type == was->unit_type &&
	       row.status == was->status && row.legal_form == was->legal_form &&
	       row.supporting_industry == was->supporting_industry && row.commune == was->commune &&
	       row.zone == was->zone && row.section == was->section &&
	       row.size_mask == was->size_mask && row.start_year == was->start_year &&
	       row.employees == was->employees && row.employees_prev == was->employees_prev &&
	       row.revenue_mvnd == was->revenue_mvnd && row.capital_mvnd == was->capital_mvnd);
}

static void
expect_chunks(const struct import *import)
{
	static uint8_t chunk[16384];
	size_t n, rows;
	for (size_t i = 0; i < import->table.rows; i += rows) {
		rows = register_table_chunk(&import->table, i, chunk, sizeof(chunk), &n);
		assert(rows > 0 && n <= sizeof(chunk));
		size_t at = 0;
		struct register_text text;
		for (size_t row = 0; row < rows; row++) {
			enum register_walk walk = register_next(chunk, n, &at, &text);
			assert(walk == REGISTER_ROW);
			expect_row(import, i + row, &text);
		}
		assert(register_next(chunk, n, &at, &text) == REGISTER_END);
	}
}

static void
make_codes(struct register_table *table)
{
	char *text;
	size_t n;
	FILE *codes = open_memstream(&text, &n);
	assert(codes);
	bool made = register_table_make_codes(table, ROUND, codes);
	assert(made && fclose(codes) == 0);
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct definition *d;
	static const struct register_csv_reader callbacks = {
	    .on_row = on_row, .on_problem = on_problem};
	if (!d)
		d = mini_survey();
	FILE *file = n > 0 ? fmemopen((void *)(uintptr_t)data, n, "rb") : fopen("/dev/null", "rb");
	assert(file);
	struct import import = {.d = d};
	struct register_csv_reader reader = callbacks;
	reader.user = &import;
	bool good = register_csv_read(file, &reader);
	fclose(file);
	assert(good == (import.problems == 0));
	size_t twice = 0;
	bool sorted = register_table_twice(&import.table, on_twice, &twice);
	assert(sorted && (import.table.rows > 2000 || twice == count_twice(&import.table)));
	make_codes(&import.table);
	expect_chunks(&import);
	register_table_clear(&import.table);
	free(import.row);
	return 0;
}
