/* SPDX-License-Identifier: Apache-2.0 */
/* RegisterRow messages of khaosat.proto, walked by hand: start-up reads a million of them, and each
 * cell can stay where it is. A column's field number is its place in enum register_column, from 1;
 * behind the code's hash, from 2. */
#include <stdio.h>
#include <string.h>

#include "survey/register.h"
#include "survey/taxcode.h"
#include "survey/wire.h"

#define FIELD_ROW 1 /* in RegisterRows */
#define FIELD_CODE_HASH 17
#define FIELD_LAST (REGISTER_COLUMNS + 1)
#define CODE_HASH_SIZE 16
#define ROW_BYTES_MAX 4096

/* Columns that travel as numbers; the index is their place in register_text.number. */
static const uint8_t number_columns[6] = {REGISTER_VSIC_VERSION, REGISTER_START_YEAR,
    REGISTER_EMPLOYEES, REGISTER_REVENUE_MVND, REGISTER_CAPITAL_MVND, REGISTER_EMPLOYEES_PREV};

static uint32_t
field_of(uint32_t column)
{
	return column + 1 < FIELD_CODE_HASH ? column + 1 : column + 2;
}

static int
number_index(uint32_t column)
{
	for (int i = 0; i < 6; i++)
		if (number_columns[i] == column)
			return i;
	return -1;
}

/* Digits of a number, without printf: one row has six of them. */
static size_t
print_digits(uint64_t value, char out[24])
{
	char reversed[24];
	size_t n = 0;
	do {
		reversed[n++] = (char)('0' + value % 10);
		value /= 10;
	} while (value > 0);
	for (size_t i = 0; i < n; i++)
		out[i] = reversed[n - 1 - i];
	return n;
}

static bool
read_number(struct wire *w, uint32_t column, int index, struct register_text *out)
{
	uint64_t value;
	if (!wire_varint(w, &value))
		return false;
	char *digits = out->number[index];
	out->cell[column] = (struct cell){digits, print_digits(value, digits)};
	return true;
}

static bool
read_field(struct wire *w, uint32_t field, enum wire_type type, struct register_text *out)
{
	struct wire span;
	uint32_t column = field < FIELD_CODE_HASH ? field - 1 : field - 2;
	int number = number_index(column);
	if (number >= 0)
		return type == WIRE_VARINT && read_number(w, column, number, out);
	if (type != WIRE_BYTES || !wire_bytes(w, &span))
		return false;
	size_t n = (size_t)(span.end - span.at);
	if (field == FIELD_CODE_HASH) {
		out->has_code_hash = n == CODE_HASH_SIZE;
		if (out->has_code_hash)
			memcpy(out->code_hash, span.at, CODE_HASH_SIZE);
		return out->has_code_hash;
	}
	out->cell[column] = (struct cell){(const char *)span.at, n};
	return true;
}

static bool
read_row(struct wire row, struct register_text *out)
{
	uint32_t seen = 0, field;
	enum wire_type type;
	memset(out->cell, 0, sizeof(out->cell));
	out->has_code_hash = false;
	while (row.at < row.end) {
		if (!wire_tag(&row, &field, &type) || field > FIELD_LAST || seen >> field & 1 ||
		    !read_field(&row, field, type, out))
			return false;
		seen |= UINT32_C(1) << field;
	}
	return true;
}

enum register_walk
register_next(const uint8_t *bytes, size_t n, size_t *at, struct register_text *out)
{
	if (*at == n)
		return REGISTER_END;
	struct wire w = {bytes + *at, bytes + n}, row;
	uint32_t field;
	enum wire_type type;
	if (!wire_tag(&w, &field, &type) || field != FIELD_ROW || type != WIRE_BYTES ||
	    !wire_bytes(&w, &row) || !read_row(row, out))
		return REGISTER_MALFORMED;
	*at = (size_t)(w.at - bytes);
	return REGISTER_ROW;
}

/* ------------------------------------------------------------------------------- encoding */

static uint64_t
digits_value(const struct cell *cell)
{
	uint64_t value = 0;
	for (size_t i = 0; i < cell->n; i++)
		value = value * 10 + (uint64_t)(cell->bytes[i] - '0');
	return value;
}

/* The tax code goes out in its one form, whatever blanks and dots the file had. */
static void
put_tax_code(struct wire_out *w, const struct cell *cell)
{
	char text[32] = {0}, canonical[TAXCODE_TEXT_BYTES];
	uint64_t code;
	if (cell->n > 0)
		memcpy(text, cell->bytes, cell->n < sizeof(text) ? cell->n : sizeof(text) - 1);
	if (taxcode_parse(text, &code) != TAXCODE_OK) {
		w->full = true;
		return;
	}
	taxcode_print(code, canonical);
	wire_put_bytes(w, REGISTER_TAX_CODE + 1, canonical, strlen(canonical));
}

static void
put_columns(struct wire_out *w, const struct register_text *text)
{
	put_tax_code(w, &text->cell[REGISTER_TAX_CODE]);
	for (uint32_t column = REGISTER_NAME; column < REGISTER_COLUMNS; column++) {
		const struct cell *cell = &text->cell[column];
		if (cell->n == 0)
			continue;
		if (number_index(column) < 0) {
			wire_put_bytes(w, field_of(column), cell->bytes, cell->n);
			continue;
		}
		wire_put_tag(w, field_of(column), WIRE_VARINT);
		wire_put_varint(w, digits_value(cell));
	}
	if (text->has_code_hash)
		wire_put_bytes(w, FIELD_CODE_HASH, text->code_hash, CODE_HASH_SIZE);
}

size_t
register_encode(const struct register_text *text, uint8_t *buf, size_t cap)
{
	uint8_t row[ROW_BYTES_MAX];
	struct wire_out w = {row, row + sizeof(row), false};
	put_columns(&w, text);
	if (w.full)
		return 0;
	struct wire_out out = {buf, buf + cap, false};
	wire_put_bytes(&out, FIELD_ROW, row, (size_t)(w.at - row));
	return out.full ? 0 : (size_t)(out.at - buf);
}
