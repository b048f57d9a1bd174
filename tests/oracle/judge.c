/* SPDX-License-Identifier: Apache-2.0 */
/* What the product says of questionnaires and registers, one JSON object a line, for the second
 * opinion in oracle.py to be held against.
 *
 * in:   {"row": {"tax_code": "...", "employees": "12", ...}, "answers": {...} or null}   one unit
 *       {"goals": true}                                    the register made of the units since the
 * last out:  {"indicators": {"OPS": "T"|"F"|"U"|"N", ...}, "scores": {"DII3": [lo, hi], ...}}  or
 * null
 *       {"G1": {"n", "met", "not_met", "unknown", "n_unknown", "n_unknown_met",
 * "n_unknown_not_met", "verdict": "DAT"|..., "needed"}, ...}
 *
 * Cells are text, as in a register file; answers as in a submission file. Answers are not judged
 * for acceptance here: the oracle makes its own sense of what is irrelevant. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "survey/answers_json.h"
#include "survey/rates.h"
#include "survey/rule.h"
#include "tests/support/default_survey.h"

#define REF_YEAR 2025

static const char truth_letter[] = "FTUN";

static struct rate_counts counts[GOALS_MAX];

static void
die(const char *what, const char *line)
{
	fprintf(stderr, "judge: %s: %.400s\n", what, line);
	exit(1);
}

static void
read_row(const struct definition *d, const json_t *cells, struct register_row *row)
{
	struct register_text text;
	struct register_problems problems;
	memset(&text, 0, sizeof(text));
	for (unsigned c = 0; c < REGISTER_COLUMNS; c++) {
		const char *value =
		    json_string_value(json_object_get(cells, register_column_name[c]));
		if (value != NULL)
			text.cell[c] = (struct cell){value, strlen(value)};
	}
	if (!register_judge(d, REF_YEAR, &text, row, &problems))
		die("bad register row", problems.problem[0].value);
}

/* Where a unit stands in a goal: its membership, then its indicator. */
static void
count(const struct definition *d, const struct register_row *row, const struct evaluation *e)
{
	for (size_t g = 0; g < d->goals; g++) {
		struct rate_counts *c = &counts[g];
		enum truth member =
		    rule_evaluate_row(d->population[d->goal[g].population].rule, d, row, REF_YEAR);
		enum truth value =
		    e == NULL ? TRUTH_UNKNOWN : indicator_bits_get(&e->bits, d->goal[g].indicator);
		if (member == TRUTH_FALSE || value == TRUTH_NA)
			continue;
		bool certain = member == TRUTH_TRUE;
		*(certain ? &c->n : &c->n_unknown) += 1;
		if (e == NULL)
			continue;
		if (value == TRUTH_TRUE)
			*(certain ? &c->met : &c->n_unknown_met) += 1;
		else if (value == TRUTH_FALSE)
			*(certain ? &c->not_met : &c->n_unknown_not_met) += 1;
		else if (certain)
			c->unknown++;
	}
}

static void
print_evaluation(const struct definition *d, const struct evaluation *e)
{
	printf("{\"indicators\": {");
	for (unsigned i = 0; i < d->indicators; i++)
		printf("%s\"%s\": \"%c\"", i > 0 ? ", " : "", d->indicator[i].code,
		    truth_letter[indicator_bits_get(&e->bits, i)]);
	printf("}, \"scores\": {");
	for (size_t s = 0; s < d->scores; s++)
		printf("%s\"%s\": [%u, %u]", s > 0 ? ", " : "", d->score[s].code, e->score_lo[s],
		    e->score_hi[s]);
	printf("}}\n");
}

static void
judge_unit(const struct definition *d, const json_t *line, const char *text)
{
	static struct answers answers;
	static struct evaluation evaluation;
	struct findings findings = {.n = 0};
	struct answers_json_errors errors = {.n = 0};
	struct register_row row;
	read_row(d, json_object_get(line, "row"), &row);
	if (!json_is_object(json_object_get(line, "answers"))) {
		count(d, &row, NULL);
		printf("null\n");
		return;
	}
	if (!answers_from_json(d, line, &answers, &findings, &errors))
		die(errors.error[0].reason, text);
	struct facts facts = {
	    .definition = d, .row = &row, .answers = &answers, .ref_year = REF_YEAR};
	evaluate(&facts, &evaluation);
	count(d, &row, &evaluation);
	print_evaluation(d, &evaluation);
}

static void
print_goals(const struct definition *d)
{
	for (size_t g = 0; g < d->goals; g++) {
		const struct rate_counts *c = &counts[g];
		struct threshold t = {d->goal[g].threshold_pct, d->goal[g].strict};
		printf(
		    "%s\"%s\": {\"n\": %llu, \"met\": %llu, \"not_met\": %llu, \"unknown\": %llu, "
		    "\"n_unknown\": %llu, \"n_unknown_met\": %llu, \"n_unknown_not_met\": %llu, "
		    "\"verdict\": \"%s\", \"needed\": %lld}",
		    g > 0 ? ", " : "{", d->goal[g].code, (unsigned long long)c->n,
		    (unsigned long long)c->met, (unsigned long long)c->not_met,
		    (unsigned long long)c->unknown, (unsigned long long)c->n_unknown,
		    (unsigned long long)c->n_unknown_met, (unsigned long long)c->n_unknown_not_met,
		    verdict_code(rate_verdict(t, c)), (long long)rate_needed(t, c));
	}
	printf("}\n");
	memset(counts, 0, sizeof(counts));
}

int
main(void)
{
	static char text[1 << 17];
	struct definition *d = default_survey();
	while (fgets(text, sizeof(text), stdin) != NULL) {
		json_t *line = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
		if (line == NULL)
			die("not JSON", text);
		if (json_is_true(json_object_get(line, "goals")))
			print_goals(d);
		else
			judge_unit(d, line, text);
		json_decref(line);
	}
	definition_free(d);
	return 0;
}
