/* SPDX-License-Identifier: Apache-2.0 */
/* Register rows written and walked by hand, against protobuf-c's generated code. */
#include "survey/register.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/khaosat.pb-c.h"

static const char *const full[REGISTER_COLUMNS] = {"3090000014", "Công ty A", "DN", "1 Lê Duẩn",
    "18073", "NONE", "10", "2018", "CP", "2010", "200000", "1000000000000", "999999999999", "0",
    "YES", "ACTIVE", "C-small", "2.5"};

static uint8_t hash[16] = "0123456789abcde";

static struct register_text
cells_of(const char *const text[REGISTER_COLUMNS])
{
	struct register_text row = {.has_code_hash = true};
	for (unsigned i = 0; i < REGISTER_COLUMNS; i++)
		row.cell[i] = (struct cell){text[i], strlen(text[i])};
	memcpy(row.code_hash, hash, sizeof(hash));
	return row;
}

static void
expect_cells(const struct register_text *row, const char *const text[REGISTER_COLUMNS])
{
	for (unsigned i = 0; i < REGISTER_COLUMNS; i++) {
		assert_int_equal(row->cell[i].n, strlen(text[i]));
		if (row->cell[i].n > 0)
			assert_memory_equal(row->cell[i].bytes, text[i], row->cell[i].n);
	}
}

static void
a_row_written_by_hand_is_what_protobuf_c_reads(void **state)
{
	(void)state;
	uint8_t buf[512];
	struct register_text row = cells_of(full);
	size_t n = register_encode(&row, buf, sizeof(buf));
	assert_true(n > 0);
	Khaosat__V1__RegisterRows *rows = khaosat__v1__register_rows__unpack(NULL, n, buf);
	assert_non_null(rows);
	assert_int_equal(rows->n_row, 1);
	const Khaosat__V1__RegisterRow *read = rows->row[0];
	assert_string_equal(read->tax_code, full[REGISTER_TAX_CODE]);
	assert_string_equal(read->name, full[REGISTER_NAME]);
	assert_string_equal(read->unit_type, full[REGISTER_UNIT_TYPE]);
	assert_string_equal(read->address, full[REGISTER_ADDRESS]);
	assert_string_equal(read->commune, full[REGISTER_COMMUNE]);
	assert_string_equal(read->zone, full[REGISTER_ZONE]);
	assert_string_equal(read->vsic, full[REGISTER_VSIC]);
	assert_int_equal(read->vsic_version, 2018);
	assert_string_equal(read->legal_form, full[REGISTER_LEGAL_FORM]);
	assert_int_equal(read->start_year, 2010);
	assert_int_equal(read->employees, 200000);
	assert_true(read->revenue_mvnd == UINT64_C(1000000000000));
	assert_true(read->capital_mvnd == UINT64_C(999999999999));
	assert_true(read->has_employees_prev_case && read->employees_prev == 0);
	assert_string_equal(read->supporting_industry, full[REGISTER_SUPPORTING_INDUSTRY]);
	assert_string_equal(read->status, full[REGISTER_STATUS]);
	assert_string_equal(read->stratum, full[REGISTER_STRATUM]);
	assert_string_equal(read->weight, full[REGISTER_WEIGHT]);
	assert_int_equal(read->code_hash.len, sizeof(hash));
	assert_memory_equal(read->code_hash.data, hash, sizeof(hash));
	khaosat__v1__register_rows__free_unpacked(rows, NULL);
}

static void
what_protobuf_c_writes_is_read_by_hand(void **state)
{
	(void)state;
	char tax_code[] = "3090000014", name[] = "Công ty A", unit_type[] = "HT";
	static const char *const few[REGISTER_COLUMNS] = {"3090000014", "Công ty A", "HT", "", "",
	    "", "", "", "", "", "0", "", "7", "", "", "", "", ""};
	Khaosat__V1__RegisterRow row, none, *both[2];
	Khaosat__V1__RegisterRows rows = KHAOSAT__V1__REGISTER_ROWS__INIT;
	khaosat__v1__register_row__init(&row);
	khaosat__v1__register_row__init(&none);
	row.tax_code = tax_code;
	row.name = name;
	row.unit_type = unit_type;
	row.has_employees_case = KHAOSAT__V1__REGISTER_ROW__HAS_EMPLOYEES_EMPLOYEES;
	row.has_capital_mvnd_case = KHAOSAT__V1__REGISTER_ROW__HAS_CAPITAL_MVND_CAPITAL_MVND;
	row.capital_mvnd = 7;
	row.code_hash = (ProtobufCBinaryData){sizeof(hash), hash};
	both[0] = &row;
	both[1] = &none;
	rows.row = both;
	rows.n_row = 2;
	uint8_t buf[256];
	struct register_text read;
	size_t at = 0, n = khaosat__v1__register_rows__pack(&rows, buf);
	assert_true(n < sizeof(buf));
	assert_int_equal(register_next(buf, n, &at, &read), REGISTER_ROW);
	expect_cells(&read, few);
	assert_true(read.has_code_hash && memcmp(read.code_hash, hash, sizeof(hash)) == 0);
	assert_int_equal(register_next(buf, n, &at, &read), REGISTER_ROW);
	assert_int_equal(read.cell[REGISTER_TAX_CODE].n, 0);
	assert_false(read.has_code_hash); /* nothing stays of the row before */
	assert_int_equal(register_next(buf, n, &at, &read), REGISTER_END);
}

static void
what_is_no_register_row_is_malformed(void **state)
{
	(void)state;
	static const struct {
		uint8_t bytes[24];
		size_t n;
	} broken[] = {
	    {{0x12, 0x00}, 2},                         /* field 2 of RegisterRows */
	    {{0x08, 0x00}, 2},                         /* a number in the place of a row */
	    {{0x0A, 0x05, 0x0A, 0x01, 'x'}, 5},        /* longer than what is there */
	    {{0x0A, 0x02, 0x08, 0x01}, 4},             /* a tax code that is a number */
	    {{0x0A, 0x03, 0x42, 0x01, '1'}, 5},        /* a version that is text */
	    {{0x0A, 0x02, 0x40, 0x80}, 4},             /* a version cut short */
	    {{0x0A, 0x04, 0x12, 0x00, 0x12, 0x00}, 6}, /* a name twice */
	    {{0x0A, 0x03, 0xA2, 0x01, 0x00}, 5},       /* field 20 */
	    {{0x0A, 0x03, 0x90, 0x01, 0x00}, 5},       /* a stratum that is a number */
	    {{0x0A, 0x04, 0x8A, 0x01, 0x01, 'x'}, 6},  /* a hash of one byte */
	    {{0x0A, 0x03, 0x8A, 0x01, 0x00}, 5},       /* a hash of none */
	    {{0x0A, 0x03, 0x12, 0x05, 'x'}, 5},        /* a name beyond the row */
	};
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		uint8_t *exact = malloc(broken[i].n);
		struct register_text read;
		size_t at = 0;
		assert_non_null(exact);
		memcpy(exact, broken[i].bytes, broken[i].n);
		assert_int_equal(register_next(exact, broken[i].n, &at, &read), REGISTER_MALFORMED);
		free(exact);
	}
}

static void
a_row_with_a_wrong_tax_code_is_not_written(void **state)
{
	(void)state;
	uint8_t buf[512];
	struct register_text row = cells_of(full);
	row.cell[REGISTER_TAX_CODE] = (struct cell){"3090000015", 10};
	assert_int_equal(register_encode(&row, buf, sizeof(buf)), 0);
	row.cell[REGISTER_TAX_CODE] = (struct cell){NULL, 0};
	assert_int_equal(register_encode(&row, buf, sizeof(buf)), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_row_written_by_hand_is_what_protobuf_c_reads),
	    cmocka_unit_test(what_protobuf_c_writes_is_read_by_hand),
	    cmocka_unit_test(what_is_no_register_row_is_malformed),
	    cmocka_unit_test(a_row_with_a_wrong_tax_code_is_not_written),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
