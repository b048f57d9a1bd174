/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/rule_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/definition_rig.h"

struct definition_problems problems;
struct definition *rig;
struct answers answers;
struct register_row row;
struct facts facts;

int
fresh(void **unused)
{
	(void)unused;
	if (!rig) {
		json_t *root = rig_survey();
		rig = rig_load(root, &problems);
		json_decref(root);
	}
	memset(&answers, 0, sizeof(answers));
	answers.seconds = -1;
	row = (struct register_row){.tax_code = 1234567890000,
	    .unit_type = -1,
	    .status = -1,
	    .legal_form = -1,
	    .supporting_industry = -1,
	    .commune = -1,
	    .zone = -1,
	    .section = 1,
	    .size_mask = 15,
	    .start_year = -1,
	    .employees = -1,
	    .employees_prev = -1,
	    .revenue_mvnd = -1,
	    .capital_mvnd = -1};
	facts = (struct facts){.row = &row, .answers = &answers, .ref_year = 2025};
	return 0;
}

static struct answer *
answer_of(const char *code)
{
	return &answers.answer[definition_find_question(rig, code, strlen(code))];
}

void
choose(const char *code, const char *codes)
{
	const struct question *q =
	    &rig->question[definition_find_question(rig, code, strlen(code))];
	struct answer *a = answer_of(code);
	*a = (struct answer){.state = ANSWER_VALUE};
	for (const char *at = codes; *at; at += strspn(at, " ")) {
		size_t n = strcspn(at, " ");
		int choice = question_find_choice(q, at, n);
		assert_true(choice >= 0);
		a->mask |= UINT64_C(1) << choice;
		at += n;
	}
}

void
enter(const char *code, int64_t number)
{
	*answer_of(code) = (struct answer){.state = ANSWER_VALUE, .number = number};
}

void
say_dont_know(const char *code)
{
	*answer_of(code) = (struct answer){.state = ANSWER_DONT_KNOW};
}

void
leave_blank(const char *code)
{
	*answer_of(code) = (struct answer){.state = ANSWER_BLANK};
}

/* The rig's survey with one rule as an indicator R behind its own. */
struct definition *
with_rule(const char *rule)
{
	json_t *root = rig_survey();
	rig_put(root, "/indicators/-",
	    json_pack("{s:s,s:{s:s,s:s},s:o}", "code", "R", "label", "vi", "x", "en", "x", "rule",
		rig_json(rule)));
	struct definition *d = rig_load(root, &problems);
	json_decref(root);
	if (!d)
		fail_msg("%s: %s", problems.problem[0].path, problems.problem[0].reason);
	return d;
}

static enum truth
value(const char *rule)
{
	struct evaluation e;
	struct definition *d = with_rule(rule);
	facts.definition = d;
	evaluate(&facts, &e);
	enum truth t = indicator_bits_get(&e.bits, (unsigned)definition_find_indicator(d, "R"));
	definition_free(d);
	return t;
}

void
expect(char letter, const char *rule)
{
	char found = "FTUN"[value(rule)];
	if (found != letter)
		fail_msg("%s is %c, should be %c", rule, found, letter);
}

void
expect_f(char letter, const char *format, ...)
{
	char rule[1024];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(rule, sizeof(rule), format, arguments);
	va_end(arguments);
	expect(letter, rule);
}

int
release(void **unused)
{
	(void)unused;
	definition_free(rig);
	return 0;
}
