/* SPDX-License-Identifier: Apache-2.0 */
#include "survey/form.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/survey_group.h"

static struct register_row row;
static struct answers answers;
static struct form form;
static struct findings findings;

static void
start(const char *section)
{
	row = mini_row(d, section);
	struct facts facts = {.definition = d, .row = &row, .ref_year = MINI_REF_YEAR};
	form_start(&form, &facts, &answers);
}

static int
empty_form(void **state)
{
	(void)state;
	memset(&answers, 0, sizeof(answers));
	answers.seconds = -1;
	start("C");
	return 0;
}

static bool
set(const char *question, struct answer answer)
{
	return form_set(&form, mini_question(d, question), &answer, &findings);
}

static bool
choose(const char *question, uint64_t mask)
{
	return set(question, (struct answer){.state = ANSWER_VALUE, .mask = mask});
}

static bool
number(const char *question, int64_t value)
{
	return set(question, (struct answer){.state = ANSWER_VALUE, .number = value});
}

static enum answer_state
state_of(const char *question)
{
	return answers.answer[mini_question(d, question)].state;
}

/* The codes of the questions asked, in order and backwards. */
static void
expect_asked(const char *codes)
{
	char forward[256] = "", backward[256] = "", last[256];
	for (int q = form_next(&form, -1); q >= 0; q = form_next(&form, q)) {
		strcat(forward, forward[0] ? " " : "");
		strcat(forward, d->question[q].code);
	}
	assert_string_equal(forward, codes);
	for (int q = form_previous(&form, -1); q >= 0; q = form_previous(&form, q)) {
		strcpy(last, backward);
		strcpy(backward, d->question[q].code);
		strcat(backward, last[0] ? " " : "");
		strcat(backward, last);
	}
	assert_string_equal(backward, codes);
}

static void
only_what_is_asked_comes_next(void **state)
{
	(void)state;
	expect_asked("B01 B03 B04 B05 D01 G01 H02 H03 H04");
	assert_true(choose("B01", 1));
	expect_asked("B01 B02 B03 B04 B05 D01 G01 H02 H03 H04");
	assert_true(choose("G01", 1));
	expect_asked("B01 B02 B03 B04 B05 D01 G01 G03 G05_A G05_B H02 H03 H04");
	start("G");
	expect_asked("B01 B02 B03 B04 B05 G01 G03 G05_A G05_B H02 H03 H04");
}

static void
what_hangs_on_an_empty_cell_is_asked_but_not_required(void **state)
{
	(void)state;
	size_t machines = mini_question(d, "D01");
	assert_true(form_asks(&form, machines) && form_requires(&form, machines));
	start(NULL);
	assert_true(form_asks(&form, machines));
	assert_false(form_requires(&form, machines));
	assert_false(form_requires(&form, mini_question(d, "B04")));
	assert_true(form_requires(&form, mini_question(d, "B03")));
}

static void
answers_of_questions_no_longer_asked_are_cleared(void **state)
{
	(void)state;
	assert_true(choose("B01", 1) && choose("B02", 1) && choose("B06", 2));
	assert_true(choose("B01", 2));
	assert_int_equal(state_of("B02"), ANSWER_BLANK);
	assert_int_equal(state_of("B06"), ANSWER_BLANK); /* it hangs on B02 */
	assert_int_equal(state_of("B01"), ANSWER_VALUE);
	assert_true(choose("B01", 1) && choose("B02", 1) && choose("B06", 2));
	assert_true(set("B01", (struct answer){.state = ANSWER_DONT_KNOW}));
	assert_int_equal(state_of("B02"), ANSWER_BLANK);
	assert_true(choose("G01", 1) && number("G05_A", 50));
	assert_true(set("G01", (struct answer){.state = ANSWER_BLANK}));
	assert_int_equal(state_of("G05_A"), ANSWER_BLANK);
}

static void
a_draft_keeps_what_is_asked(void **state)
{
	(void)state;
	assert_true(choose("B01", 1) && choose("B02", 1) && choose("D01", 1));
	start("G");
	assert_int_equal(state_of("B02"), ANSWER_VALUE);
	assert_int_equal(state_of("D01"), ANSWER_BLANK);
}

static void
a_wrong_answer_is_left_out_with_its_findings(void **state)
{
	(void)state;
	assert_true(number("H04", 5));
	assert_int_equal(findings.total, 0);
	assert_false(number("H04", 6));
	assert_true(mini_found(d, &findings, "H04", "E_NUMBER"));
	assert_int_equal(answers.answer[mini_question(d, "H04")].number, 5);
	assert_false(choose("B01", 8));
	assert_true(mini_found(d, &findings, "B01", "E_TEXT"));
	assert_false(choose("B01", 17));
	assert_true(mini_found(d, &findings, "B01", "E_EXCLUSIVE"));
	assert_false(choose("B02", 1));
	assert_true(mini_found(d, &findings, "B02", "E_IRRELEVANT"));
	assert_int_equal(state_of("B02"), ANSWER_BLANK);
	assert_false(number("G05", 1));
}

static void
progress_counts_what_is_asked(void **state)
{
	(void)state;
	struct form_progress progress = form_progress(&form);
	assert_true(progress.asked == 9 && progress.answered == 0);
	assert_true(choose("B01", 1));
	assert_true(set("B03", (struct answer){.state = ANSWER_DONT_KNOW}));
	progress = form_progress(&form);
	assert_true(progress.asked == 10 && progress.answered == 2);
}

static void
told(const char *question)
{
	form_findings(&form, mini_question(d, question), &findings);
}

static void
a_question_tells_what_concerns_it(void **state)
{
	(void)state;
	told("B01");
	assert_int_equal(findings.total, 1);
	assert_true(mini_found(d, &findings, "B01", "E_CORE"));
	told("B03");
	assert_int_equal(findings.total, 0);
	assert_true(choose("G01", 1));
	assert_true(number("G03", 0));
	told("G03");
	assert_int_equal(findings.total, 1);
	assert_true(mini_found(d, &findings, "G03", "S_ZERO"));
	assert_string_equal(findings.finding[0].value, "0");
	assert_false(findings.finding[0].confirmed);
	assert_true(form_confirm(&form, (size_t)mini_check(d, "S_ZERO"), (struct span){"x", 1}));
	told("G03");
	assert_true(findings.finding[0].confirmed);
	told("B03"); /* the check fires still, but has to do with other questions */
	assert_int_equal(findings.total, 0);
}

static void
a_check_waits_for_the_questions_still_to_come(void **state)
{
	(void)state;
	assert_true(choose("G01", 1));
	told("G01");
	assert_int_equal(findings.total, 0);
	told("G03");
	assert_true(mini_found(d, &findings, "G03", "E_SHARE"));
	assert_true(number("G03", 10));
	told("G03");
	assert_int_equal(findings.total, 0);
	assert_true(number("G05_A", 60));
	told("G05_A");
	assert_int_equal(findings.total, 0);
	assert_true(number("G05_B", 60));
	told("G05_B");
	assert_true(mini_found(d, &findings, "G05_B", "E_SUM"));
	told("G05_A");
	assert_true(mini_found(d, &findings, "G05_A", "E_SUM"));
}

static void
a_reason_is_replaced_and_taken_back(void **state)
{
	(void)state;
	size_t zero = (size_t)mini_check(d, "S_ZERO"), fast = (size_t)mini_check(d, "S_FAST");
	assert_true(form_confirm(&form, zero, (struct span){"a", 1}));
	assert_true(form_confirm(&form, fast, (struct span){"b", 1}));
	assert_true(form_confirm(&form, zero, (struct span){"cd", 2}));
	assert_int_equal(answers.confirmations, 2);
	assert_int_equal(answers.confirmed[0].reason.n, 2);
	assert_false(form_confirm(&form, zero, (struct span){"\t", 1}));
	assert_false(form_confirm(&form, zero, (struct span){"a\nb", 3}));
	assert_int_equal(answers.confirmed[0].reason.n, 2);
	assert_true(form_confirm(&form, zero, (struct span){NULL, 0}));
	assert_int_equal(answers.confirmations, 1);
	assert_true(answers_confirm(&answers, fast) && !answers_confirm(&answers, zero));
	assert_true(form_confirm(&form, zero, (struct span){NULL, 0}));
	assert_int_equal(answers.confirmations, 1);
}

static void
the_whole_form_is_judged_as_the_collector_does(void **state)
{
	(void)state;
	static struct validation here, there;
	struct facts facts = {.definition = d, .row = &row, .ref_year = MINI_REF_YEAR};
	assert_int_equal(form_validate(&form, &here), VALIDATE_REJECTED);
	assert_true(mini_found(d, &here.findings, "B01", "E_CORE"));
	assert_true(mini_found(d, &here.findings, "D01", "E_CORE"));
	assert_true(choose("B01", 2) && choose("D01", 1));
	answers.seconds = 3;
	size_t n;
	uint8_t *bytes = answers_encode(d, &answers, &n);
	assert_int_equal(form_validate(&form, &here), VALIDATE_UNCONFIRMED);
	assert_int_equal(validate_bytes(&facts, bytes, n, &there), VALIDATE_UNCONFIRMED);
	assert_int_equal(here.findings.total, there.findings.total);
	free(bytes);
}

/* Whoever walks through the form, answering each question as it comes, never ends with an answer to
 * a question that is not asked, nor with one missing that must be there. */
static void
a_form_walked_through_at_random_has_no_structural_finding(void **state)
{
	(void)state;
	static struct validation whole;
	static const char *const sections[] = {"C", "G", NULL};
	unsigned seed = 31;
	for (int round = 0; round < 300; round++) {
		struct answers chosen;
		memset(&answers, 0, sizeof(answers));
		answers.seconds = -1;
		start(sections[round % 3]);
		for (int q = form_next(&form, -1); q >= 0; q = form_next(&form, q)) {
			mini_answers(d, &seed, &chosen);
			const struct answer dk = {.state = ANSWER_DONT_KNOW};
			bool blank = chosen.answer[q].state == ANSWER_BLANK;
			const struct answer *answer =
			    blank && d->question[q].core ? &dk : &chosen.answer[q];
			assert_true(form_set(&form, (size_t)q, answer, &findings));
		}
		form_validate(&form, &whole);
		for (size_t i = 0; i < whole.findings.n; i++) {
			int check = whole.findings.finding[i].check;
			assert_int_equal(d->check[check].stage, CHECK_SUBMISSION);
		}
	}
}

static void
labels_take_the_year_and_the_date(void **state)
{
	(void)state;
	char out[32];
	label_expand("Tại {ref_date}, năm {Y}?", 2025, "31/12/2025", out, sizeof(out));
	assert_string_equal(out, "Tại 31/12/2025, năm 2025?");
	label_expand("{Y}{Y} {y} {ref} {", 2025, "", out, sizeof(out));
	assert_string_equal(out, "20252025 {y} {ref} {");
	label_expand("", 2025, "", out, sizeof(out));
	assert_string_equal(out, "");
}

static void
a_label_too_long_is_cut_at_a_character(void **state)
{
	(void)state;
	for (size_t cap = 1; cap < 24; cap++) {
		char *out = malloc(cap);
		assert_non_null(out);
		label_expand("năm {Y} ở đây", 2025, "", out, cap);
		size_t n = strlen(out);
		assert_true(n < cap && strncmp(out, "năm 2025 ở đây", n) == 0);
		/* no character that would have fitted is missing, none is cut */
		assert_true(n + 3 >= cap || n == strlen("năm 2025 ở đây"));
		assert_true(((unsigned char)"năm 2025 ở đây"[n] & 0xC0) != 0x80);
		free(out);
	}
}

#define TEST(name) cmocka_unit_test_setup(name, empty_form)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(only_what_is_asked_comes_next),
	    TEST(what_hangs_on_an_empty_cell_is_asked_but_not_required),
	    TEST(answers_of_questions_no_longer_asked_are_cleared),
	    TEST(a_draft_keeps_what_is_asked),
	    TEST(a_wrong_answer_is_left_out_with_its_findings),
	    TEST(progress_counts_what_is_asked),
	    TEST(a_question_tells_what_concerns_it),
	    TEST(a_check_waits_for_the_questions_still_to_come),
	    TEST(a_reason_is_replaced_and_taken_back),
	    TEST(the_whole_form_is_judged_as_the_collector_does),
	    TEST(a_form_walked_through_at_random_has_no_structural_finding),
	    TEST(labels_take_the_year_and_the_date),
	    TEST(a_label_too_long_is_cut_at_a_character),
	};
	return cmocka_run_group_tests(tests, load_mini_survey, unload_survey);
}
