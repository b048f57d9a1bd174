/* SPDX-License-Identifier: Apache-2.0 */
#include "client/bulk_csv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "survey/text.h"
#include "tests/support/client_rig.h"
#include "tests/support/mini_survey.h"

static struct client_rig rig;
static struct definition *d;
static struct bulk_csv_error error;

static int
set_up(void **state)
{
	(void)state;
	client_rig_open(&rig);
	d = mini_survey();
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	definition_free(d);
	client_rig_close(&rig);
	return 0;
}

static struct bulk_csv *
open_csv(const char *text)
{
	char *path = client_rig_write(&rig, "rows.csv", text);
	memset(&error, 0, sizeof(error));
	struct bulk_csv *csv = bulk_csv_open(path, d, LANGUAGE_EN, &error);
	free(path);
	return csv;
}

/* The next row must be good; its answers, decoded. The bytes live until the next call. */
static struct answers
next_answers(struct bulk_csv *csv, struct bulk_row *row)
{
	static uint8_t *bytes;
	struct answers answers;
	struct findings findings;
	const char *reason;
	enum bulk_csv_status status = bulk_csv_next(csv, row, &error);
	if (status != BULK_CSV_ROW)
		fail_msg("status %d: %s: %s", (int)status, error.column, error.reason);
	free(bytes);
	bytes = row->outgoing.answers;
	assert_int_equal(answers_decode(d, MINI_REF_YEAR, bytes, row->outgoing.answers_bytes,
			     &answers, &findings, &reason),
	    ANSWERS_OK);
	return answers;
}

static struct answer
answer_to(const struct answers *answers, const char *code)
{
	return answers->answer[mini_question(d, code)];
}

static void
rows_are_read_as_people_write_them(void **state)
{
	(void)state;
	struct bulk_csv *csv =
	    open_csv("\xef\xbb\xbftax_code,access_code,B01,B01.other,B03,G01,G03,"
		     "B05,confirm.S_ZERO,seconds\r\n"
		     "3000123455,0123456789abcdef,X; Y|OTHER,in lụa,YES,X,\"12,5\","
		     "\"dòng 1\r\ndòng 2\",,640\r\n"
		     "\r\n"
		     "3000246908,,DK,,NO,NONE,,,một lý do,\r\n");
	struct bulk_row row;
	assert_non_null(csv);
	assert_int_equal(bulk_csv_rows(csv), 2);
	assert_true(bulk_csv_has_codes(csv));
	struct answers answers = next_answers(csv, &row);
	assert_int_equal(row.line, 2);
	assert_string_equal(row.outgoing.tax_code, "3000123455");
	assert_string_equal(row.outgoing.access_code, "0123456789ABCDEF");
	struct answer b01 = answer_to(&answers, "B01");
	const struct question *q = &d->question[mini_question(d, "B01")];
	assert_int_equal(b01.mask, (uint64_t)1 << question_find_choice(q, "X", 1) |
				       (uint64_t)1 << question_find_choice(q, "Y", 1) |
				       (uint64_t)1 << q->other_choice);
	assert_memory_equal(b01.text.bytes, "in lụa", b01.text.n);
	assert_int_equal(answer_to(&answers, "G03").number, 125);
	assert_int_equal(answers.seconds, 640);
	answers = next_answers(csv, &row);
	assert_int_equal(row.line, 5);
	assert_int_equal(answer_to(&answers, "B01").state, ANSWER_DONT_KNOW);
	assert_int_equal(answer_to(&answers, "G03").state, ANSWER_BLANK);
	assert_int_equal(answers.confirmations, 1);
	assert_int_equal(answers.seconds, -1);
	assert_int_equal(bulk_csv_next(csv, &row, &error), BULK_CSV_END);
	bulk_csv_close(csv);
}

static void
a_first_cell_over_several_lines_keeps_its_line(void **state)
{
	(void)state;
	struct bulk_csv *csv = open_csv("B05,tax_code\n\"a\n\nb\nc\",3000123455\nx,3000246908\n");
	struct bulk_row row;
	assert_non_null(csv);
	next_answers(csv, &row);
	assert_int_equal(row.line, 2);
	next_answers(csv, &row);
	assert_int_equal(row.line, 6);
	bulk_csv_close(csv);
}

static void
lines_that_end_with_a_carriage_return_alone_are_counted(void **state)
{
	(void)state;
	struct bulk_csv *csv =
	    open_csv("tax_code,B05\r3000123455,\"a\r\nb\rc\"\r\r3000246908,x\r\n3000123455,");
	struct bulk_row row;
	assert_non_null(csv);
	next_answers(csv, &row);
	assert_int_equal(row.line, 2);
	next_answers(csv, &row);
	assert_int_equal(row.line, 6);
	next_answers(csv, &row);
	assert_int_equal(row.line, 7);
	bulk_csv_close(csv);
}

static void
each_bad_row_is_reported_with_line_and_column_and_the_others_are_read(void **state)
{
	(void)state;
	static const struct {
		const char *row, *column;
	} bad[] = {
	    {"3000123456,X,1,,,", "tax_code"},
	    {",X,1,,,", "tax_code"},
	    {"3000123455,Q,1,,,", "B01"},
	    {"3000123455,X DK,1,,,", "B01"},
	    {"3000123455,X,1.5,,,", "H04"},
	    {"3000123455,X,1e3,,,", "H04"},
	    {"3000123455,X,99999999999999999999,,,", "H04"},
	    {"3000123455,X,1,YES NO,,", "B03"},
	    {"3000123455,X,1,,abc,", "instance_id"},
	    {"3000123455,X,1,,,-4", "seconds"},
	    {"3000123455,X,1", ""},
	    {"3000123455,X,1,,,,,", ""},
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char text[512];
		struct bulk_row row;
		snprintf(text, sizeof(text),
		    "tax_code,B01,H04,B03,instance_id,seconds\n%s\n3000246908,X,-3,NO,,7\n",
		    bad[i].row);
		struct bulk_csv *csv = open_csv(text);
		assert_non_null(csv);
		assert_int_equal(bulk_csv_next(csv, &row, &error), BULK_CSV_BAD_ROW);
		assert_int_equal(error.line, 2);
		assert_string_equal(error.column, bad[i].column);
		assert_true(error.reason[0] != '\0');
		struct answers answers = next_answers(csv, &row);
		assert_int_equal(answer_to(&answers, "H04").number, -3);
		bulk_csv_close(csv);
	}
}

static void
a_header_that_cannot_be_understood_is_refused(void **state)
{
	(void)state;
	static const struct {
		const char *header, *column;
	} bad[] = {
	    {"B01,B03\n", "tax_code"},
	    {"tax_code,B99\n", "B99"},
	    {"tax_code,B01,B01\n", "B01"},
	    {"tax_code,B03.other\n", "B03.other"},
	    {"tax_code,B01.text\n", "B01.text"},
	    {"tax_code,G05\n", "G05"},
	    {"tax_code,confirm.E_SUM\n", "confirm.E_SUM"},
	    {"tax_code,confirm.NONE\n", "confirm.NONE"},
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_null(open_csv(bad[i].header));
		assert_int_equal(error.line, 1);
		assert_string_equal(error.column, bad[i].column);
	}
	assert_null(open_csv(""));
	assert_null(bulk_csv_open("/nowhere.csv", d, LANGUAGE_VI, &error));
}

static void
broken_quotes_are_found_before_any_row_is_given(void **state)
{
	(void)state;
	assert_null(open_csv("tax_code,B04\n3000123455,a\n3000246908,\"b\n"));
	assert_int_equal(error.line, 3);
	assert_null(open_csv("tax_code,B04\n3000123455,\"a\"b\"\n"));
	assert_int_equal(error.line, 2);
}

static void
a_nul_in_a_cell_is_refused(void **state)
{
	(void)state;
	static const char text[] = "tax_code,B04\n3000123455,a\0b\n";
	struct bulk_row row;
	char path[128];
	snprintf(path, sizeof(path), "%s/nul.csv", rig.home);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fwrite(text, 1, sizeof(text) - 1, f);
	fclose(f);
	struct bulk_csv *csv = bulk_csv_open(path, d, LANGUAGE_EN, &error);
	assert_non_null(csv);
	assert_int_equal(bulk_csv_next(csv, &row, &error), BULK_CSV_BAD_ROW);
	assert_string_equal(error.column, "B04");
	bulk_csv_close(csv);
}

static void
a_row_becomes_csv_again_without_what_was_added_to_it(void **state)
{
	(void)state;
	struct bulk_csv *csv = open_csv("tax_code,B04,rejected_line,rejected_reason,B03\n"
					"3000123455,\"a, \"\"b\"\"\",7,why,YES\n");
	struct bulk_row row;
	assert_non_null(csv);
	char *header = bulk_csv_header_text(csv);
	next_answers(csv, &row);
	char *text = bulk_csv_row_text(csv);
	assert_string_equal(header, "tax_code,B04,B03");
	assert_string_equal(text, "3000123455,\"a, \"\"b\"\"\",YES");
	free(header);
	free(text);
	bulk_csv_close(csv);
}

/* Chunks of the reader end anywhere: rows around 64 KiB of text come out whole. */
static void
rows_longer_than_a_chunk_come_out_whole(void **state)
{
	(void)state;
	size_t n = 200000;
	char *text = malloc(n + 256);
	struct bulk_row row;
	assert_non_null(text);
	strcpy(text, "tax_code,rejected_x,B03\n3000123455,\"");
	size_t at = strlen(text);
	memset(text + at, 'a', n);
	strcpy(text + at + n, "\",YES\n3000246908,,NO\n");
	struct bulk_csv *csv = open_csv(text);
	free(text);
	assert_non_null(csv);
	assert_int_equal(bulk_csv_rows(csv), 2);
	next_answers(csv, &row);
	struct answers answers = next_answers(csv, &row);
	assert_string_equal(row.outgoing.tax_code, "3000246908");
	assert_int_equal(row.line, 3);
	assert_int_equal(answer_to(&answers, "B03").state, ANSWER_VALUE);
	bulk_csv_close(csv);
}

static void
a_row_without_end_is_refused(void **state)
{
	(void)state;
	size_t n = 2 * BULK_RECORD_MAX_BYTES;
	char *text = malloc(n + 64);
	assert_non_null(text);
	strcpy(text, "tax_code,B04\n3000123455,\"");
	size_t at = strlen(text);
	memset(text + at, 'a', n);
	strcpy(text + at + n, "\"\n");
	assert_null(open_csv(text));
	assert_int_equal(error.line, 2);
	free(text);
}

static void
what_is_shown_of_a_cell_is_whole_and_can_be_printed(void **state)
{
	(void)state;
	static const char *const cells[] = {
	    "\x1b[2J", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaốốốố"};
	for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++) {
		char text[256];
		struct bulk_row row;
		snprintf(text, sizeof(text), "tax_code,H04\n3000123455,%s\n", cells[i]);
		struct bulk_csv *csv = open_csv(text);
		assert_non_null(csv);
		assert_int_equal(bulk_csv_next(csv, &row, &error), BULK_CSV_BAD_ROW);
		assert_int_equal(
		    text_check(error.reason, strlen(error.reason), SIZE_MAX, false), TEXT_OK);
		bulk_csv_close(csv);
	}
}

static void
append_rows(const char *path, size_t rows)
{
	FILE *to = fopen(path, "a");
	assert_non_null(to);
	for (size_t i = 0; i < rows; i++)
		fputs("3000123455\n", to);
	assert_int_equal(fclose(to), 0);
}

static void
rows_added_while_it_is_read_wait_until_it_is_read_again(void **state)
{
	(void)state;
	const size_t rows = 20000; /* more than are read at once */
	struct bulk_row row;
	size_t read = 0;
	char *path = client_rig_write(&rig, "growing.csv", "tax_code\n");
	append_rows(path, rows);
	struct bulk_csv *csv = bulk_csv_open(path, d, LANGUAGE_EN, &error);
	assert_non_null(csv);
	append_rows(path, 1);
	for (; bulk_csv_next(csv, &row, &error) == BULK_CSV_ROW; read++)
		free(row.outgoing.answers);
	assert_int_equal(read, rows);
	assert_int_equal(bulk_csv_rows(csv), rows);
	bulk_csv_close(csv);
	free(path);
}

static void
rows_that_are_gone_when_it_is_read_are_told(void **state)
{
	(void)state;
	const size_t rows = 20000, left = 10000; /* more than are read at once */
	struct bulk_row row;
	char *path = client_rig_write(&rig, "shrinking.csv", "tax_code\n");
	append_rows(path, rows);
	struct bulk_csv *csv = bulk_csv_open(path, d, LANGUAGE_EN, &error);
	assert_non_null(csv);
	size_t bytes = strlen("tax_code\n") + left * strlen("3000123455\n");
	assert_int_equal(truncate(path, (off_t)bytes), 0);
	enum bulk_csv_status status = bulk_csv_next(csv, &row, &error);
	while (status == BULK_CSV_ROW) {
		free(row.outgoing.answers);
		status = bulk_csv_next(csv, &row, &error);
	}
	assert_int_equal(status, BULK_CSV_CHANGED);
	bulk_csv_close(csv);
	free(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(rows_are_read_as_people_write_them),
	    cmocka_unit_test(a_first_cell_over_several_lines_keeps_its_line),
	    cmocka_unit_test(lines_that_end_with_a_carriage_return_alone_are_counted),
	    cmocka_unit_test(each_bad_row_is_reported_with_line_and_column_and_the_others_are_read),
	    cmocka_unit_test(a_header_that_cannot_be_understood_is_refused),
	    cmocka_unit_test(broken_quotes_are_found_before_any_row_is_given),
	    cmocka_unit_test(a_nul_in_a_cell_is_refused),
	    cmocka_unit_test(a_row_becomes_csv_again_without_what_was_added_to_it),
	    cmocka_unit_test(rows_longer_than_a_chunk_come_out_whole),
	    cmocka_unit_test(a_row_without_end_is_refused),
	    cmocka_unit_test(what_is_shown_of_a_cell_is_whole_and_can_be_printed),
	    cmocka_unit_test(rows_added_while_it_is_read_wait_until_it_is_read_again),
	    cmocka_unit_test(rows_that_are_gone_when_it_is_read_are_told),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
