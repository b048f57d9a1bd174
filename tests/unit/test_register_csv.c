/* SPDX-License-Identifier: Apache-2.0 */
#include "client/register_csv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* What was read, in words: "2:0100109106|Công ty A|DN" and "3!unknown zonee". */
static char told[8192];

static void
tell(const char *text)
{
	assert_true(strlen(told) + strlen(text) + 1 < sizeof(told));
	strcat(told, text);
}

static void
on_row(void *user, uint64_t line, const struct register_text *text)
{
	char number[32];
	assert_ptr_equal(user, told);
	snprintf(number, sizeof(number), "%llu:", (unsigned long long)line);
	tell(number);
	for (int i = 0; i < REGISTER_COLUMNS; i++) {
		if (text->cell[i].n == 0)
			continue;
		char cell[600];
		snprintf(cell, sizeof(cell), "%s=%.*s;", register_column_name[i],
		    (int)text->cell[i].n, text->cell[i].bytes);
		tell(cell);
	}
	tell("\n");
}

static void
on_problem(void *user, uint64_t line, const char *column, enum register_csv_problem problem,
    const char *value)
{
	static const char *const name[] = {[REGISTER_CSV_READ] = "read",
	    [REGISTER_CSV_EMPTY] = "empty",
	    [REGISTER_CSV_COLUMN_UNKNOWN] = "unknown",
	    [REGISTER_CSV_COLUMN_TWICE] = "twice",
	    [REGISTER_CSV_COLUMN_MISSING] = "missing",
	    [REGISTER_CSV_QUOTES] = "quotes",
	    [REGISTER_CSV_CELLS] = "cells",
	    [REGISTER_CSV_TOO_LARGE] = "large"};
	char text[128];
	assert_ptr_equal(user, told);
	snprintf(text, sizeof(text), "%llu!%s%s%s\n", (unsigned long long)line, name[problem],
	    column, problem == REGISTER_CSV_CELLS ? value : "");
	tell(text);
}

static bool
read_bytes(const char *bytes, size_t n)
{
	const struct register_csv_reader reader = {on_row, on_problem, told};
	char empty = '\0';
	FILE *from = n > 0 ? fmemopen((void *)(uintptr_t)bytes, n, "r") : fmemopen(&empty, 1, "r");
	assert_non_null(from);
	if (n == 0)
		assert_int_equal(fgetc(from), '\0');
	told[0] = '\0';
	bool good = register_csv_read(from, &reader);
	fclose(from);
	return good;
}

static bool
read_text(const char *text)
{
	return read_bytes(text, strlen(text));
}

#define HEAD "tax_code,name,unit_type\n"
#define A "0100109106,Công ty A,DN\n"
#define TOLD_A "tax_code=0100109106;name=Công ty A;unit_type=DN;\n"

static void
rows_come_with_the_line_they_begin_in(void **state)
{
	(void)state;
	assert_true(read_text(HEAD A "\n" A));
	assert_string_equal(told, "2:" TOLD_A "4:" TOLD_A);
	assert_true(read_text(HEAD "0100109106,Công ty A,DN"));
	assert_string_equal(told, "2:" TOLD_A);
}

static void
columns_stand_in_any_order(void **state)
{
	(void)state;
	assert_true(read_text("unit_type,zone,tax_code,name\nDN,,0100109106,Công ty A\n"));
	assert_string_equal(told, "2:" TOLD_A);
	assert_true(read_text(" unit_type , name,tax_code\n DN,Công ty A , 0100109106\n"));
	assert_string_equal(told, "2:" TOLD_A);
}

static void
a_byte_order_mark_is_dropped(void **state)
{
	(void)state;
	assert_true(read_text("\xEF\xBB\xBF" HEAD A));
	assert_string_equal(told, "2:" TOLD_A);
	assert_true(read_text("\xEF\xBB\xBF\"tax_code\",name,unit_type\n" A));
	assert_string_equal(told, "2:" TOLD_A);
}

static void
crlf_counts_as_one_line_end(void **state)
{
	(void)state;
	assert_true(read_text("tax_code,name,unit_type\r\n0100109106,Công ty A,DN\r\n\r\n"
			      "0100109106,Công ty A,DN\r\n"));
	assert_string_equal(told, "2:" TOLD_A "4:" TOLD_A);
	assert_true(read_text("tax_code,name,unit_type\r0100109106,Công ty A,DN\r"));
	assert_string_equal(told, "2:" TOLD_A);
}

static void
a_quoted_cell_may_hold_line_ends(void **state)
{
	(void)state;
	assert_true(read_text(HEAD "0100109106,\"Công ty\n\"\"A\"\", B\",DN\n" A));
	assert_string_equal(
	    told, "2:tax_code=0100109106;name=Công ty\n\"A\", B;unit_type=DN;\n4:" TOLD_A);
	assert_false(read_text(HEAD "1,\"a\n\nb\"\n2,b,DN,x\n"));
	assert_string_equal(told, "2!cells2\n5!cells4\n");
}

static void
a_header_is_refused_with_all_that_is_wrong(void **state)
{
	(void)state;
	assert_false(read_text("tax_code,zonee,tax_code,name\n1,2,3,4\n"));
	assert_string_equal(told, "1!unknownzonee\n1!twicetax_code\n1!missingunit_type\n");
	assert_false(read_text("\n"));
	assert_string_equal(told, "1!empty\n");
	assert_false(read_text(A));
	assert_string_equal(told,
	    "1!unknown0100109106\n1!unknownCông ty A\n1!unknownDN\n1!missingtax_code\n"
	    "1!missingname\n1!missingunit_type\n");
}

static void
a_row_of_another_length_does_not_hide_the_next(void **state)
{
	(void)state;
	assert_false(read_text(HEAD "1,2\n" A "1,2,3,4,5\n" A));
	assert_string_equal(told, "2!cells2\n3:" TOLD_A "4!cells5\n5:" TOLD_A);
}

static void
wrong_quotes_end_the_reading_where_they_are(void **state)
{
	(void)state;
	assert_false(read_text(HEAD A "1,a\"b,DN\n" A));
	assert_string_equal(told, "2:" TOLD_A "3!quotes\n");
	assert_false(read_text(HEAD A "1,\"a\"b,DN\n" A));
	assert_string_equal(told, "2:" TOLD_A "3!quotes\n");
	assert_false(read_text(HEAD A "1,\"never closed\n" A));
	assert_string_equal(told, "2:" TOLD_A "3!quotes\n");
}

static void
a_quote_that_is_never_closed_does_not_take_all_memory(void **state)
{
	(void)state;
	size_t n = strlen(HEAD) + 4 * REGISTER_CSV_ROW_MAX_BYTES;
	char *text = malloc(n + 1);
	assert_non_null(text);
	memset(text, 'x', n);
	memcpy(text, HEAD, strlen(HEAD));
	memcpy(text + strlen(HEAD), "1,\"", 3);
	for (size_t i = strlen(HEAD) + 100; i < n; i += 100)
		text[i] = '\n';
	assert_false(read_bytes(text, n));
	assert_string_equal(told, "2!large\n");
	free(text);
}

static void
a_nul_stays_inside_its_cell(void **state)
{
	(void)state;
	static const char text[] = HEAD "1,a\0b,DN\n";
	assert_true(read_bytes(text, sizeof(text) - 1));
	assert_memory_equal(told, "2:tax_code=1;name=a", 19);
}

/* Whatever the bytes, reading ends and tells of at least one row or problem. */
static void
random_bytes_are_read_to_an_end(void **state)
{
	(void)state;
	static const char alphabet[] = "\",\n\r ab\xEF\xBB\xBF\xC3";
	unsigned seed = 7;
	for (int run = 0; run < 3000; run++) {
		char text[200];
		size_t n = strlen(HEAD);
		memcpy(text, HEAD, n);
		while (n < 60) {
			seed = seed * 1103515245 + 12345;
			text[n++] = alphabet[seed / 65536 % (sizeof(alphabet) - 1)];
		}
		bool good = read_bytes(text, n);
		assert_true(good == (strchr(told, '!') == NULL));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(rows_come_with_the_line_they_begin_in),
	    cmocka_unit_test(columns_stand_in_any_order),
	    cmocka_unit_test(a_byte_order_mark_is_dropped),
	    cmocka_unit_test(crlf_counts_as_one_line_end),
	    cmocka_unit_test(a_quoted_cell_may_hold_line_ends),
	    cmocka_unit_test(a_header_is_refused_with_all_that_is_wrong),
	    cmocka_unit_test(a_row_of_another_length_does_not_hide_the_next),
	    cmocka_unit_test(wrong_quotes_end_the_reading_where_they_are),
	    cmocka_unit_test(a_quote_that_is_never_closed_does_not_take_all_memory),
	    cmocka_unit_test(a_nul_stays_inside_its_cell),
	    cmocka_unit_test(random_bytes_are_read_to_an_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
