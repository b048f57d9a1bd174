/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of microdata, read back cell by cell, and the code book as DDI. */
#include "survey/microdata.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "survey/answers.h"
#include "survey/ddi.h"
#include "survey/rule.h"
#include "tests/support/mini_survey.h"

#define CELLS_MAX 256
#define RANDOM_ROWS 600

struct table {
	struct definition *d;
	struct microdata *m;
	struct register_row row;
	struct answers answers;
	char *line;            /* as written */
	char *cell[CELLS_MAX]; /* unquoted */
	size_t cells;
};

static void
begin(struct table *t, const char *section)
{
	memset(t, 0, sizeof(*t));
	t->d = mini_survey();
	t->m = microdata_new(t->d, MINI_REF_YEAR);
	assert_non_null(t->m);
	t->row = mini_row(t->d, section);
	t->row.tax_code = UINT64_C(3000000012001);
	t->answers.seconds = -1;
}

/* One line of RFC 4180 into cells, in place. */
static void
split(struct table *t)
{
	char *to = t->line, *at = t->line;
	t->cells = 0;
	for (bool more = true; more;) {
		t->cell[t->cells++] = to;
		bool quoted = *at == '"';
		at += quoted;
		for (; quoted ? *at != '"' || at[1] == '"' : *at != ',' && *at != '\r'; at++) {
			assert_true(*at != '\0');
			at += quoted && *at == '"';
			*to++ = *at;
		}
		at += quoted;
		more = *at++ == ',';
		*to++ = '\0';
	}
	assert_int_equal(*at, '\n');
	assert_int_equal(at[1], '\0');
}

static void
write_row(struct table *t)
{
	static const uint8_t id[16] = {0xab, 1};
	size_t n, most = microdata_row_max(t->m);
	uint8_t *bytes = answers_encode(t->d, &t->answers, &n);
	const struct microdata_unit unit = {.row = &t->row,
	    .instance_id = id,
	    .time_ms = INT64_C(1795651200000),
	    .revision = 3,
	    .channel = "WEB",
	    .bits = {{TRUTH_UNKNOWN}},
	    .answers = bytes,
	    .n = n};
	free(t->line);
	t->line = malloc(most + 1);
	assert_non_null(bytes);
	assert_non_null(t->line);
	size_t length = microdata_row(t->m, &unit, t->line);
	assert_in_range(length, 1, most);
	t->line[length] = '\0';
	free(bytes);
	split(t);
	assert_int_equal(t->cells, microdata_columns(t->m));
}

static const char *
cell(const struct table *t, const char *name)
{
	for (size_t i = 0; i < microdata_columns(t->m); i++)
		if (strcmp(microdata_column(t->m, i)->name, name) == 0)
			return t->cell[i];
	fail_msg("no column %s", name);
	return NULL;
}

static struct answer *
answer(struct table *t, const char *question)
{
	return &t->answers.answer[mini_question(t->d, question)];
}

static void
end(struct table *t)
{
	free(t->line);
	microdata_free(t->m);
	definition_free(t->d);
}

static void
the_header_names_each_question_and_each_choice_of_several(void **state)
{
	(void)state;
	struct table t;
	begin(&t, "C");
	t.line = malloc(microdata_row_max(t.m) + 1);
	t.line[microdata_header(t.m, t.line)] = '\0';
	split(&t);
	assert_int_equal(t.cells, microdata_columns(t.m));
	assert_string_equal(cell(&t, "B01"), "B01");
	assert_string_equal(cell(&t, "B01/OTHER"), "B01/OTHER");
	assert_string_equal(cell(&t, "B01_other"), "B01_other");
	assert_string_equal(cell(&t, "B02"), "B02"); /* single: no column a choice */
	assert_string_equal(cell(&t, "G05_A"), "G05_A");
	assert_string_equal(cell(&t, "indicator/OPS"), "indicator/OPS");
	end(&t);
}

static void
open_not_applicable_and_dont_know_are_told_apart(void **state)
{
	(void)state;
	struct table t;
	begin(&t, "G"); /* section D is for section C only */
	answer(&t, "B01")->state = ANSWER_DONT_KNOW;
	answer(&t, "G01")->state = ANSWER_VALUE;
	answer(&t, "G01")->mask = 2; /* Y: G03 hangs on X */
	write_row(&t);
	assert_string_equal(cell(&t, "B01"), "DK");
	assert_string_equal(cell(&t, "B01/X"), "DK");
	assert_string_equal(cell(&t, "B01_other"), "");
	assert_string_equal(cell(&t, "B02"), ""); /* hangs on what is not known */
	assert_string_equal(cell(&t, "B03"), "");
	assert_string_equal(cell(&t, "D01"), "NA");
	assert_string_equal(cell(&t, "D01/NONE"), "NA");
	assert_string_equal(cell(&t, "G01"), "Y");
	assert_string_equal(cell(&t, "G01/X"), "0");
	assert_string_equal(cell(&t, "G01/Y"), "1");
	assert_string_equal(cell(&t, "G03"), "NA");
	assert_string_equal(cell(&t, "indicator/OPS"), "U");
	end(&t);
}

static void
values_stand_as_numbers_codes_and_times(void **state)
{
	(void)state;
	struct table t;
	begin(&t, "C");
	t.row.employees = 60;
	t.row.size_mask = 1 << SIZE_SMALL;
	*answer(&t, "G01") = (struct answer){.state = ANSWER_VALUE, .mask = 3};
	*answer(&t, "G03") = (struct answer){.state = ANSWER_VALUE, .number = 125};
	*answer(&t, "G05_A") = (struct answer){.state = ANSWER_VALUE, .number = 40};
	*answer(&t, "H02") = (struct answer){.state = ANSWER_VALUE, .number = MONEY_MAX};
	*answer(&t, "H04") = (struct answer){.state = ANSWER_VALUE, .number = -5};
	t.answers.seconds = 610;
	write_row(&t);
	assert_string_equal(cell(&t, "tax_code"), "3000000012-001");
	assert_string_equal(cell(&t, "section"), "C");
	assert_string_equal(cell(&t, "size"), "SMALL");
	assert_string_equal(cell(&t, "employees"), "60");
	assert_string_equal(cell(&t, "revenue_mvnd"), "");
	assert_string_equal(cell(&t, "_uuid"), "ab010000-0000-0000-0000-000000000000");
	assert_string_equal(cell(&t, "_submission_time"), "2026-11-26T00:00:00Z");
	assert_string_equal(cell(&t, "_revision"), "3");
	assert_string_equal(cell(&t, "_seconds"), "610");
	assert_string_equal(cell(&t, "G01"), "X Y");
	assert_string_equal(cell(&t, "G03"), "12.5");
	assert_string_equal(cell(&t, "G05_A"), "40");
	assert_string_equal(cell(&t, "H02"), "1000000000000");
	assert_string_equal(cell(&t, "H04"), "-5");
	end(&t);
}

static void
a_text_that_is_like_a_formula_is_marked_and_can_be_had_back(void **state)
{
	static const char *const texts[] = {
	    "=1+1", "+84", "-5", "@x", "'=x", "a=b", "say \"no\", so", "hai\ndòng", "'"};
	(void)state;
	struct table t;
	begin(&t, "C");
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		*answer(&t, "B05") = (struct answer){
		    .state = ANSWER_VALUE, .text = {texts[i], (uint32_t)strlen(texts[i])}};
		write_row(&t);
		const char *found = cell(&t, "B05");
		assert_null(strchr("=+-@", found[0]));
		assert_string_equal(found[0] == '\'' ? found + 1 : found, texts[i]);
	}
	end(&t);
}

/* Each cell once more, from the answers and from what the form asks. */
static void
assert_cells(const struct table *t, const struct evaluation *e)
{
	for (size_t i = 0; i < t->cells; i++) {
		const struct microdata_column *c = microdata_column(t->m, i);
		const struct answer *a = &t->answers.answer[c->index];
		char expected[512];
		if (c->source == MICRODATA_CHOICE)
			snprintf(expected, sizeof(expected), "%d", (int)(a->mask >> c->choice & 1));
		else if (c->source == MICRODATA_QUESTION)
			answer_print(&t->d->question[c->index], a, expected, sizeof(expected));
		else
			continue;
		for (char *comma; (comma = strstr(expected, ", ")) != NULL && a->mask != 0;)
			memmove(comma, comma + 1, strlen(comma));
		if (e->relevance[c->index] == TRUTH_FALSE)
			strcpy(expected, "NA");
		else if (a->state == ANSWER_DONT_KNOW)
			strcpy(expected, "DK");
		else if (a->state == ANSWER_BLANK)
			strcpy(expected, "");
		if (t->d->question[c->index].type == QUESTION_TEXT ||
		    strchr(expected, '.') != NULL ||
		    (t->d->question[c->index].tenths && a->state == ANSWER_VALUE))
			continue; /* tested above */
		assert_string_equal(t->cell[i], expected);
	}
}

static void
random_answers_are_told_cell_by_cell(void **state)
{
	(void)state;
	static struct evaluation e;
	unsigned seed = 7;
	struct table t;
	for (int i = 0; i < RANDOM_ROWS; i++) {
		if (i % 150 == 0) {
			if (i > 0)
				end(&t);
			begin(&t, i % 300 ? "G" : "C");
		}
		mini_answers(t.d, &seed, &t.answers);
		write_row(&t);
		const struct facts facts = {.definition = t.d,
		    .row = &t.row,
		    .answers = &t.answers,
		    .ref_year = MINI_REF_YEAR};
		evaluate(&facts, &e);
		assert_cells(&t, &e);
	}
	end(&t);
}

static void
bytes_that_are_no_answers_make_no_row(void **state)
{
	(void)state;
	struct table t;
	begin(&t, "C");
	char *out = malloc(microdata_row_max(t.m));
	const struct microdata_unit unit = {.row = &t.row,
	    .instance_id = (const uint8_t[16]){0},
	    .channel = "",
	    .answers = (const uint8_t *)"\x0a\x7f",
	    .n = 2};
	assert_int_equal(microdata_row(t.m, &unit, out), 0);
	free(out);
	end(&t);
}

static void
the_code_book_is_escaped_and_keeps_marks_where_there_is_no_round(void **state)
{
	(void)state;
	struct definition *d = mini_survey();
	d->title.vi = "A & B < \"C\"";
	struct growing with = {0}, without = {0};
	ddi_write(d, &(struct ddi_about){.ref_year = MINI_REF_YEAR, .reference_date = "2025-12-31"},
	    &with);
	ddi_write(d, &(struct ddi_about){0}, &without);
	assert_false(with.has_failed || without.has_failed);
	assert_non_null(strstr(with.bytes, "A &amp; B &lt; &quot;C&quot;"));
	assert_non_null(strstr(with.bytes, "% in 2025"));
	assert_non_null(strstr(without.bytes, "% in {Y}"));
	assert_non_null(strstr(with.bytes, "<var ID=\"B01.OTHER\" name=\"B01/OTHER\""));
	free(with.bytes);
	free(without.bytes);
	definition_free(d);
}

static void
an_id_of_the_code_book_begins_with_no_digit(void **state)
{
	(void)state;
	struct definition *d = mini_survey();
	struct growing book = {0};
	d->question[0].code = "1A"; /* was B01 */
	ddi_write(d, &(struct ddi_about){0}, &book);
	assert_false(book.has_failed);
	assert_non_null(strstr(book.bytes, "<var ID=\"var.1A\" name=\"1A\""));
	assert_non_null(strstr(book.bytes, "<var ID=\"var.1A.OTHER\" name=\"1A/OTHER\""));
	assert_non_null(strstr(book.bytes, " name=\"1A\" var=\"var.1A."));
	assert_null(strstr(book.bytes, "ID=\"1A"));
	free(book.bytes);
	definition_free(d);
}

static void
the_code_book_of_a_sample_says_how_it_was_drawn_and_how_to_weigh(void **state)
{
	(void)state;
	struct definition *d = mini_survey();
	struct growing sample = {0}, census = {0}, none = {0};
	ddi_write(d, &(struct ddi_about){.units = 200, .drawn = 50, .strata = 4}, &sample);
	ddi_write(d, &(struct ddi_about){.units = 200}, &census);
	ddi_write(d, &(struct ddi_about){0}, &none);
	assert_non_null(strstr(sample.bytes, "50 of the 200 units of the register, from 4 strata"));
	assert_non_null(strstr(sample.bytes, "<weight xml:lang=\"en\">The variable weight is"));
	assert_non_null(strstr(census.bytes, "A census: all 200 units of the register"));
	assert_null(strstr(none.bytes, "sampProc"));
	free(sample.bytes);
	free(census.bytes);
	free(none.bytes);
	definition_free(d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_header_names_each_question_and_each_choice_of_several),
	    cmocka_unit_test(open_not_applicable_and_dont_know_are_told_apart),
	    cmocka_unit_test(values_stand_as_numbers_codes_and_times),
	    cmocka_unit_test(a_text_that_is_like_a_formula_is_marked_and_can_be_had_back),
	    cmocka_unit_test(random_answers_are_told_cell_by_cell),
	    cmocka_unit_test(bytes_that_are_no_answers_make_no_row),
	    cmocka_unit_test(the_code_book_is_escaped_and_keeps_marks_where_there_is_no_round),
	    cmocka_unit_test(an_id_of_the_code_book_begins_with_no_digit),
	    cmocka_unit_test(the_code_book_of_a_sample_says_how_it_was_drawn_and_how_to_weigh),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
