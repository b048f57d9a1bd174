/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as register rows on the wire. What is walked to its end is a RegisterRows message to
 * protobuf-c too, with as many rows of the same cells. A row without a hard problem is encoded, and
 * walked again it has the same cells, the tax code in its one form. */
#include "survey/register.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/khaosat.pb-c.h"
#include "survey/taxcode.h"
#include "tests/support/mini_survey.h"

#define ENCODED_MAX_BYTES 8192

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static bool
is_cell(const struct cell *cell, const char *text)
{
	/* protobuf-c's text ends at a NUL, the cell does not */
	size_t n = strlen(text);
	if (cell->n == 0)
		return n == 0;
	return cell->n >= n && memcmp(cell->bytes, text, n) == 0 &&
	       (cell->n == n || cell->bytes[n] == '\0');
}

static bool
is_number(const struct cell *cell, bool is_there, uint64_t value)
{
	char digits[24];
	snprintf(digits, sizeof(digits), "%llu", (unsigned long long)value);
	return is_there ? cell->n == strlen(digits) && memcmp(cell->bytes, digits, cell->n) == 0
			: cell->n == 0;
}

static void
expect_cells(const struct register_text *text, const Khaosat__V1__RegisterRow *row)
{
	const struct cell *cell = text->cell;
	assert(is_cell(&cell[REGISTER_TAX_CODE], row->tax_code));
	assert(is_cell(&cell[REGISTER_NAME], row->name));
	assert(is_cell(&cell[REGISTER_UNIT_TYPE], row->unit_type));
	assert(is_cell(&cell[REGISTER_ADDRESS], row->address));
	assert(is_cell(&cell[REGISTER_COMMUNE], row->commune));
	assert(is_cell(&cell[REGISTER_ZONE], row->zone));
	assert(is_cell(&cell[REGISTER_VSIC], row->vsic));
	assert(is_cell(&cell[REGISTER_LEGAL_FORM], row->legal_form));
	assert(is_cell(&cell[REGISTER_SUPPORTING_INDUSTRY], row->supporting_industry));
	assert(is_cell(&cell[REGISTER_STATUS], row->status));
	/* 32 bits there, all of it here: more than that is refused when it is judged */
	if (cell[REGISTER_EMPLOYEES].n < 10)
		assert(is_number(
		    &cell[REGISTER_EMPLOYEES], row->has_employees_case != 0, row->employees));
	assert(is_number(
	    &cell[REGISTER_REVENUE_MVND], row->has_revenue_mvnd_case != 0, row->revenue_mvnd));
	assert(is_number(
	    &cell[REGISTER_CAPITAL_MVND], row->has_capital_mvnd_case != 0, row->capital_mvnd));
	assert(row->code_hash.len == (text->has_code_hash ? sizeof(text->code_hash) : 0));
	assert(!text->has_code_hash ||
	       memcmp(row->code_hash.data, text->code_hash, sizeof(text->code_hash)) == 0);
}

static void
expect_encoded(const struct register_text *text, uint64_t tax_code)
{
	uint8_t *bytes = malloc(ENCODED_MAX_BYTES);
	assert(bytes);
	size_t at = 0, n = register_encode(text, bytes, ENCODED_MAX_BYTES);
	assert(n > 0);
	uint8_t *exact = realloc(bytes, n);
	assert(exact);
	struct register_text again;
	char canonical[TAXCODE_TEXT_BYTES];
	enum register_walk walk = register_next(exact, n, &at, &again);
	assert(walk == REGISTER_ROW && at == n);
	taxcode_print(tax_code, canonical);
	assert(is_cell(&again.cell[REGISTER_TAX_CODE], canonical));
	for (size_t i = REGISTER_NAME; i < REGISTER_COLUMNS; i++)
		assert(again.cell[i].n == text->cell[i].n &&
		       (again.cell[i].n == 0 ||
			   memcmp(again.cell[i].bytes, text->cell[i].bytes, again.cell[i].n) == 0));
	assert(register_encode(text, exact, n) == n && register_encode(text, exact, n - 1) == 0);
	free(exact);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct definition *d;
	static struct register_problems problems;
	if (!d)
		d = mini_survey();
	Khaosat__V1__RegisterRows *theirs = khaosat__v1__register_rows__unpack(NULL, n, data);
	enum register_walk walk;
	struct register_text text;
	size_t at = 0, rows = 0;
	while ((walk = register_next(data, n, &at, &text)) == REGISTER_ROW) {
		struct register_row row, trusted;
		assert(at <= n);
		if (theirs)
			expect_cells(&text, theirs->row[rows]);
		rows++;
		bool good = register_judge(d, MINI_REF_YEAR, &text, &row, &problems);
		register_judge(d, MINI_REF_YEAR, &text, &trusted, NULL);
		if (good) {
			assert(
			    row.tax_code == trusted.tax_code && row.size_mask == trusted.size_mask);
			expect_encoded(&text, row.tax_code);
		}
	}
	if (walk == REGISTER_END)
		assert(at == n && theirs && theirs->n_row == rows);
	if (theirs)
		khaosat__v1__register_rows__free_unpacked(theirs, NULL);
	return 0;
}
