/* SPDX-License-Identifier: Apache-2.0 */
#include "survey/validate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/answers_rig.h"
#include "tests/support/survey_group.h"

static struct register_row row;
static struct answers answers;
static struct validation result, direct;

static struct answer *
at(const char *question)
{
	return &answers.answer[mini_question(d, question)];
}

static void
choose(const char *question, const char *code)
{
	size_t i = mini_question(d, question);
	int choice = question_find_choice(&d->question[i], code, strlen(code));
	assert_true(choice >= 0);
	answers.answer[i].state = ANSWER_VALUE;
	answers.answer[i].mask |= UINT64_C(1) << choice;
}

static void
number(const char *question, int64_t value)
{
	*at(question) = (struct answer){.state = ANSWER_VALUE, .number = value};
}

static void
confirm(const char *check, const char *reason)
{
	answers.confirmed[answers.confirmations++] = (struct confirmation){
	    (int16_t)mini_check(d, check), {reason, (uint32_t)strlen(reason)}};
}

/* A complete form of a firm in section C that passes every check. */
static int
good_form(void **state)
{
	(void)state;
	memset(&answers, 0, sizeof(answers));
	answers.seconds = 640;
	row = mini_row(d, "C");
	choose("B01", "Y");
	choose("B03", "YES");
	choose("D01", "X");
	choose("G01", "NONE");
	return 0;
}

static struct facts
facts_of(void)
{
	return (struct facts){
	    .definition = d, .row = &row, .answers = &answers, .ref_year = MINI_REF_YEAR};
}

/* Through the bytes; the answers without bytes must be judged alike. */
static enum validate_status
judge(void)
{
	struct facts facts = facts_of();
	size_t n;
	uint8_t *bytes = answers_encode(d, &answers, &n);
	assert_non_null(bytes);
	enum validate_status status = validate_bytes(&facts, bytes, n, &result);
	assert_int_equal(validate_answers(&facts, &direct), status);
	assert_int_equal(direct.findings.total, result.findings.total);
	free(bytes);
	return status;
}

static bool
found(const char *question, const char *check)
{
	return mini_found(d, &result.findings, question, check);
}

static void
expect_one(enum validate_status status, const char *question, const char *check)
{
	assert_int_equal(judge(), status);
	assert_int_equal(result.findings.total, 1);
	assert_true(found(question, check));
}

static void
a_form_that_passes_every_check_is_well(void **state)
{
	(void)state;
	assert_int_equal(judge(), VALIDATE_OK);
	assert_int_equal(result.findings.total, 0);
	int ops = definition_find_indicator(d, "OPS");
	assert_int_equal(indicator_bits_get(&result.evaluation.bits, (unsigned)ops), TRUTH_TRUE);
}

static void
what_is_no_message_is_malformed_with_a_reason(void **state)
{
	(void)state;
	struct facts facts = facts_of();
	assert_int_equal(
	    validate_bytes(&facts, (const uint8_t *)"\x0A", 1, &result), VALIDATE_MALFORMED);
	assert_non_null(result.reason);
}

static void
a_missing_core_answer_is_found_where_it_is_surely_asked(void **state)
{
	(void)state;
	at("D01")->state = ANSWER_BLANK;
	expect_one(VALIDATE_REJECTED, "D01", "E_CORE");
	at("D01")->state = ANSWER_DONT_KNOW;
	assert_int_equal(judge(), VALIDATE_OK);
	at("D01")->state = ANSWER_BLANK;
	row = mini_row(d, "G");
	assert_int_equal(judge(), VALIDATE_OK);
	row = mini_row(d, NULL);
	assert_int_equal(judge(), VALIDATE_OK);
}

static void
another_missing_required_answer_is_not_a_finding(void **state)
{
	(void)state;
	at("B03")->state = ANSWER_BLANK;
	assert_int_equal(judge(), VALIDATE_OK);
	assert_int_equal(result.findings.total, 0);
}

static void
an_answer_to_what_is_not_asked_is_found(void **state)
{
	(void)state;
	row = mini_row(d, "G");
	expect_one(VALIDATE_REJECTED, "D01", "E_IRRELEVANT");
	assert_string_equal(result.findings.finding[0].value, "X");
	row = mini_row(d, NULL);
	assert_int_equal(judge(), VALIDATE_OK);
	row = mini_row(d, "C");
	choose("B02", "X");
	expect_one(VALIDATE_REJECTED, "B02", "E_IRRELEVANT");
	*at("B02") = (struct answer){.state = ANSWER_DONT_KNOW};
	expect_one(VALIDATE_REJECTED, "B02", "E_IRRELEVANT");
	choose("B01", "X");
	assert_int_equal(judge(), VALIDATE_OK);
}

static void
an_answer_that_hangs_on_dont_know_is_found(void **state)
{
	(void)state;
	*at("B01") = (struct answer){.state = ANSWER_DONT_KNOW};
	choose("B02", "X");
	assert_int_equal(judge(), VALIDATE_REJECTED);
	assert_true(found("B02", "E_IRRELEVANT"));
	*at("B02") = (struct answer){.state = ANSWER_BLANK};
	assert_int_equal(judge(), VALIDATE_OK);
}

static void
a_hard_check_rejects_and_is_not_confirmed_away(void **state)
{
	(void)state;
	*at("G01") = (struct answer){.state = ANSWER_BLANK};
	choose("G01", "X");
	number("G05_A", 60);
	number("G05_B", 40);
	expect_one(VALIDATE_REJECTED, "G01", "E_SHARE");
	confirm("E_SHARE", "vì thế");
	expect_one(VALIDATE_REJECTED, "G01", "E_SHARE");
	assert_false(result.findings.finding[0].confirmed);
	*at("G03") = (struct answer){.state = ANSWER_DONT_KNOW};
	assert_int_equal(judge(), VALIDATE_OK);
	number("G05_B", 41);
	expect_one(VALIDATE_REJECTED, "G05_A", "E_SUM");
	assert_string_equal(result.findings.finding[0].value, "60");
}

static void
a_soft_check_is_accepted_when_confirmed_with_a_reason(void **state)
{
	(void)state;
	answers.seconds = 89;
	expect_one(VALIDATE_UNCONFIRMED, NULL, "S_FAST");
	assert_false(result.findings.finding[0].confirmed);
	confirm("S_FAST", "chép từ phiếu giấy");
	expect_one(VALIDATE_OK, NULL, "S_FAST");
	assert_true(result.findings.finding[0].confirmed);
	choose("B01", "NONE");
	assert_int_equal(judge(), VALIDATE_REJECTED);
}

static void
a_reason_that_is_no_text_is_found_both_ways(void **state)
{
	(void)state;
	static const char *const reason[] = {"", "a\tb", "Ky\xCC\x80"};
	for (size_t i = 0; i < sizeof(reason) / sizeof(reason[0]); i++) {
		good_form(NULL);
		confirm("S_FAST", reason[i]);
		expect_one(VALIDATE_REJECTED, NULL, "E_TEXT");
		assert_string_equal(
		    direct.findings.finding[0].value, result.findings.finding[0].value);
	}
}

static void
one_unconfirmed_among_confirmed_ones_asks_for_confirmation(void **state)
{
	(void)state;
	answers.seconds = 89;
	*at("G01") = (struct answer){.state = ANSWER_BLANK};
	choose("G01", "X");
	number("G03", 0);
	number("G05_A", 60);
	number("G05_B", 40);
	confirm("S_FAST", "x");
	assert_int_equal(judge(), VALIDATE_UNCONFIRMED);
	assert_int_equal(result.findings.total, 2);
	assert_true(found("G03", "S_ZERO") && found(NULL, "S_FAST"));
	const struct finding *zero = &result.findings.finding[0];
	assert_string_equal(zero->value, "0");
	confirm("S_ZERO", "y");
	assert_int_equal(judge(), VALIDATE_OK);
	assert_true(zero->confirmed);
	assert_string_equal(zero->value, ""); /* nobody is shown it */
}

static void
confirming_a_check_that_did_not_fire_is_harmless(void **state)
{
	(void)state;
	confirm("S_FAST", "x");
	confirm("E_CORE", "x");
	assert_int_equal(judge(), VALIDATE_OK);
	assert_int_equal(result.findings.total, 0);
}

static void
a_check_whose_input_is_absent_is_skipped_and_counted(void **state)
{
	(void)state;
	*at("B01") = (struct answer){.state = ANSWER_VALUE};
	choose("B01", "NONE"); /* else NOT OPS is false, whatever came earlier */
	assert_int_equal(judge(), VALIDATE_OK);
	assert_int_equal(result.findings.skipped, 1);
	answers.seconds = -1;
	assert_int_equal(judge(), VALIDATE_OK);
	assert_int_equal(result.findings.skipped, 2);
}

static void
an_earlier_round_lets_its_check_fire(void **state)
{
	(void)state;
	struct facts facts = facts_of();
	struct indicator_bits earlier = {{0, 0}};
	indicator_bits_set(&earlier, (unsigned)definition_find_indicator(d, "OPS"), TRUTH_TRUE);
	facts.earlier = &earlier;
	facts.earlier_definition = d;
	assert_int_equal(validate_answers(&facts, &result), VALIDATE_OK);
	at("B01")->mask = 0;
	choose("B01", "NONE");
	assert_int_equal(validate_answers(&facts, &result), VALIDATE_UNCONFIRMED);
	assert_true(found(NULL, "S_LOST"));
}

static void
a_wrong_core_answer_is_not_also_missing(void **state)
{
	(void)state;
	choose("B01", "NONE");
	expect_one(VALIDATE_REJECTED, "B01", "E_EXCLUSIVE");
}

static void
rules_are_evaluated_beside_structural_findings(void **state)
{
	(void)state;
	number("H04", 6);
	answers.seconds = 3;
	at("D01")->state = ANSWER_BLANK;
	assert_int_equal(judge(), VALIDATE_REJECTED);
	assert_int_equal(result.findings.total, 3);
	assert_true(found("H04", "E_NUMBER") && found("D01", "E_CORE") && found(NULL, "S_FAST"));
}

/* B02 hangs on B01, of which only the unknown choice is to blame. */
static void
what_hangs_on_a_wrong_answer_is_not_blamed(void **state)
{
	(void)state;
	struct facts facts = facts_of();
	struct bytes message = joined(answer_of("B01", choices_of("X Q")),
	    joined(answer_of("B02", text_field(3, "Y")), answer_of("D01", choices_of("X"))));
	assert_int_equal(validate_bytes(&facts, message.at, message.n, &result), VALIDATE_REJECTED);
	assert_int_equal(result.findings.total, 1);
	assert_true(found("B01", "E_CHOICE"));
}

static void
what_could_not_be_recorded_still_rejects(void **state)
{
	(void)state;
	struct facts facts = facts_of();
	uint8_t message[2048];
	size_t n = 0;
	for (int i = 0; i < FINDINGS_MAX; i++) {
		struct bytes soft = answer_of("ZZZ", text_field(5, "x"));
		memcpy(message + n, soft.at, soft.n);
		n += soft.n;
	}
	assert_int_equal(validate_bytes(&facts, message, n, &result), VALIDATE_REJECTED);
	assert_int_equal(result.findings.n, FINDINGS_MAX);
	assert_true(result.findings.total > FINDINGS_MAX); /* B01 and D01 are missing */
}

/* Whatever comes, the outcome follows from what was found. */
static void
random_answers_are_judged_alike_both_ways(void **state)
{
	(void)state;
	static const char *const sections[] = {"C", "G", NULL};
	unsigned seed = 21, outcome[4] = {0};
	for (int round = 0; round < 3000; round++) {
		row = mini_row(d, sections[round % 3]);
		mini_answers(d, &seed, &answers);
		enum validate_status status = judge();
		bool hard = false, open = false;
		assert_int_equal(direct.findings.skipped, result.findings.skipped);
		for (size_t i = 0; i < result.findings.n; i++) {
			const struct finding *f = &result.findings.finding[i];
			hard = hard || d->check[f->check].hard;
			open = open || (!d->check[f->check].hard && !f->confirmed);
		}
		assert_int_equal(status, hard   ? VALIDATE_REJECTED
					 : open ? VALIDATE_UNCONFIRMED
						: VALIDATE_OK);
		outcome[status]++;
	}
	assert_true(
	    outcome[VALIDATE_OK] && outcome[VALIDATE_REJECTED] && outcome[VALIDATE_UNCONFIRMED]);
}

#define TEST(name) cmocka_unit_test_setup(name, good_form)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_form_that_passes_every_check_is_well),
	    TEST(what_is_no_message_is_malformed_with_a_reason),
	    TEST(a_missing_core_answer_is_found_where_it_is_surely_asked),
	    TEST(another_missing_required_answer_is_not_a_finding),
	    TEST(an_answer_to_what_is_not_asked_is_found),
	    TEST(an_answer_that_hangs_on_dont_know_is_found),
	    TEST(a_hard_check_rejects_and_is_not_confirmed_away),
	    TEST(a_soft_check_is_accepted_when_confirmed_with_a_reason),
	    TEST(a_reason_that_is_no_text_is_found_both_ways),
	    TEST(one_unconfirmed_among_confirmed_ones_asks_for_confirmation),
	    TEST(confirming_a_check_that_did_not_fire_is_harmless),
	    TEST(a_check_whose_input_is_absent_is_skipped_and_counted),
	    TEST(an_earlier_round_lets_its_check_fire),
	    TEST(a_wrong_core_answer_is_not_also_missing),
	    TEST(rules_are_evaluated_beside_structural_findings),
	    TEST(what_hangs_on_a_wrong_answer_is_not_blamed),
	    TEST(what_could_not_be_recorded_still_rejects),
	    TEST(random_answers_are_judged_alike_both_ways),
	};
	return cmocka_run_group_tests(tests, load_mini_survey, unload_survey);
}
