/* SPDX-License-Identifier: Apache-2.0 */
#include "client/register_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/code.h"
#include "survey/taxcode.h"

#define UNITS 10000
#define ROUND "2025-s2"

static uint64_t made[UNITS];

/* Tax codes that are issued, in rising order. */
static int
make_units(void **state)
{
	(void)state;
	size_t n = 0;
	for (unsigned serial = 300000001; n < UNITS; serial++) {
		uint8_t digits[9];
		unsigned rest = serial;
		for (int i = 9; i-- > 0; rest /= 10)
			digits[i] = (uint8_t)(rest % 10);
		unsigned check = taxcode_check_digit(digits);
		if (check < 10)
			made[n++] = ((uint64_t)serial * 10 + check) * 1000;
	}
	return 0;
}

static uint64_t
unit(size_t i)
{
	return made[i];
}

static void
fill(struct register_table *t, size_t units)
{
	for (size_t i = 0; i < units; i++) {
		char name[400], tax_code[TAXCODE_TEXT_BYTES];
		struct register_text text = {0};
		taxcode_print(unit(i), tax_code);
		/* Lengths differ, so that chunks end in different places. */
		size_t n = 20 + i % 7 * 40;
		memset(name, 'a' + (int)(i % 26), n);
		memcpy(name, "\"A\", ", 5);
		text.cell[REGISTER_TAX_CODE] = (struct cell){tax_code, strlen(tax_code)};
		text.cell[REGISTER_NAME] = (struct cell){name, n};
		text.cell[REGISTER_UNIT_TYPE] = (struct cell){"DN", 2};
		text.cell[REGISTER_EMPLOYEES] = (struct cell){"0", 1};
		assert_true(register_table_add(t, 2 * i + 2, &text, unit(i)));
	}
}

/* The code of the line, from its last comma on. */
static void
code_of_line(const char *line, char canonical[CODE_CHARS + 1])
{
	char printed[CODE_PRINTED_BYTES];
	const char *end = strchr(line, '\r');
	assert_non_null(end);
	assert_int_equal(end[1], '\n');
	memcpy(printed, end - (CODE_PRINTED_BYTES - 1), CODE_PRINTED_BYTES - 1);
	printed[CODE_PRINTED_BYTES - 1] = '\0';
	assert_int_equal(end[-CODE_PRINTED_BYTES], ',');
	assert_true(code_canonical(printed, canonical));
}

static void
every_unit_has_a_code_of_its_own_whose_hash_it_carries(void **state)
{
	(void)state;
	struct register_table t = {0};
	char *bytes = NULL, before[CODE_CHARS + 1] = "";
	size_t n;
	fill(&t, 500);
	FILE *codes = open_memstream(&bytes, &n);
	assert_non_null(codes);
	assert_true(register_table_make_codes(&t, ROUND, codes));
	fclose(codes);
	const char *line = bytes;
	assert_memory_equal(line, "tax_code,name,access_code\r\n30000000", 35);
	assert_memory_equal(strchr(line, '\n') + 11, ",\"\"\"A\"\", a", 10);
	for (size_t i = 0; i < t.rows; i++) {
		char tax_code[TAXCODE_TEXT_BYTES], code[CODE_CHARS + 1];
		uint8_t hash[CODE_HASH_BYTES];
		line = strchr(line, '\n') + 1;
		taxcode_print(unit(i), tax_code);
		assert_memory_equal(line, tax_code, strlen(tax_code));
		code_of_line(line, code);
		code_hash(ROUND, tax_code, code, hash);
		assert_memory_equal(t.row[i].code_hash, hash, sizeof(hash));
		assert_string_not_equal(code, before);
		strcpy(before, code);
	}
	free(bytes);
	register_table_clear(&t);
}

static void
codes_that_cannot_be_written_are_not_taken_for_written(void **state)
{
	(void)state;
	struct register_table t = {0};
	fill(&t, 2000);
	FILE *full = fopen("/dev/full", "w");
	assert_non_null(full);
	assert_false(register_table_make_codes(&t, ROUND, full));
	fclose(full);
	register_table_clear(&t);
}

static void
chunks_hold_every_row_once_with_its_hash(void **state)
{
	(void)state;
	struct register_table t = {0};
	uint8_t *buf = malloc(REGISTER_CHUNK_MAX_BYTES);
	assert_non_null(buf);
	fill(&t, UNITS);
	for (size_t i = 0; i < t.rows; i++)
		memset(t.row[i].code_hash, (int)(i % 251), CODE_HASH_BYTES);
	size_t row = 0;
	while (row < t.rows) {
		size_t n = 0, at = 0;
		struct register_text text;
		size_t rows = register_table_chunk(&t, row, buf, REGISTER_CHUNK_MAX_BYTES, &n);
		assert_true(rows > 0 && rows <= REGISTER_CHUNK_MAX_ROWS);
		assert_true(n <= REGISTER_CHUNK_MAX_BYTES);
		for (size_t i = 0; i < rows; i++, row++) {
			char tax_code[TAXCODE_TEXT_BYTES];
			assert_int_equal(register_next(buf, n, &at, &text), REGISTER_ROW);
			taxcode_print(unit(row), tax_code);
			assert_int_equal(text.cell[REGISTER_TAX_CODE].n, strlen(tax_code));
			assert_memory_equal(
			    text.cell[REGISTER_TAX_CODE].bytes, tax_code, strlen(tax_code));
			assert_true(text.has_code_hash);
			assert_memory_equal(text.code_hash, t.row[row].code_hash, CODE_HASH_BYTES);
			assert_int_equal(text.cell[REGISTER_NAME].n, 20 + row % 7 * 40);
			assert_int_equal(text.cell[REGISTER_EMPLOYEES].n, 1);
		}
		assert_int_equal(register_next(buf, n, &at, &text), REGISTER_END);
	}
	assert_int_equal(row, UNITS);
	free(buf);
	register_table_clear(&t);
}

static void
a_small_chunk_is_never_overrun(void **state)
{
	(void)state;
	struct register_table t = {0};
	fill(&t, 50);
	for (size_t cap = 1; cap < 2000; cap += 7) {
		size_t n = 0;
		uint8_t *exact = malloc(cap);
		assert_non_null(exact);
		register_table_chunk(&t, 0, exact, cap, &n);
		assert_true(n <= cap);
		free(exact);
	}
	register_table_clear(&t);
}

struct told {
	size_t n;
	uint64_t line[8], first[8];
};

static void
on_twice(void *user, uint64_t line, uint64_t first_line, uint64_t tax_code)
{
	struct told *told = user;
	assert_true(told->n < 8);
	assert_int_equal(tax_code, unit(3));
	told->line[told->n] = line;
	told->first[told->n++] = first_line;
}

static void
a_unit_that_is_there_again_is_told_with_its_first_line(void **state)
{
	(void)state;
	struct register_table t = {0};
	struct told told = {0};
	fill(&t, 100);
	assert_true(register_table_twice(&t, on_twice, &told));
	assert_int_equal(told.n, 0);
	/* Rows with other errors count too. */
	assert_true(register_table_note(&t, 900, unit(3)));
	assert_true(register_table_note(&t, 300, unit(3)));
	assert_true(register_table_twice(&t, on_twice, &told));
	assert_int_equal(told.n, 2);
	assert_int_equal(told.line[0], 300);
	assert_int_equal(told.line[1], 900);
	assert_int_equal(told.first[0], 2 * 3 + 2);
	assert_int_equal(told.first[1], 2 * 3 + 2);
	register_table_clear(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_unit_has_a_code_of_its_own_whose_hash_it_carries),
	    cmocka_unit_test(codes_that_cannot_be_written_are_not_taken_for_written),
	    cmocka_unit_test(chunks_hold_every_row_once_with_its_hash),
	    cmocka_unit_test(a_small_chunk_is_never_overrun),
	    cmocka_unit_test(a_unit_that_is_there_again_is_told_with_its_first_line),
	};
	return cmocka_run_group_tests(tests, make_units, NULL);
}
