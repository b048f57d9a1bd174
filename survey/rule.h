/* SPDX-License-Identifier: Apache-2.0 */
/* Rules: trees compiled from the definition's JSON, evaluated over answers and a register row
 * (survey/definitions/README.md has the operators). Nothing is allocated when they are evaluated.
 * Pure; any thread. */
#ifndef KHAOSAT_SURVEY_RULE_H
#define KHAOSAT_SURVEY_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "survey/answers.h"
#include "survey/definition.h"
#include "survey/register.h"

/* What a rule may look at. All borrowed for the call. */
struct facts {
	const struct definition *definition;
	const struct register_row *row;
	const struct answers *answers;        /* NULL: every answer blank */
	const struct indicator_bits *earlier; /* of the unit in the earlier round; NULL: none */
	const struct definition *earlier_definition; /* of that round; indicators match by code */
	int ref_year;
};

/* A check of the submission that is true or unknown. */
struct raised_check {
	uint8_t check; /* index */
	uint8_t truth; /* enum truth */
};
_Static_assert(CHECKS_MAX <= UINT8_MAX, "a check's index is a byte");

/* Relevance of every question, value of every indicator and check, computed once for one set of
 * facts. */
struct evaluation {
	struct facts facts;
	/* enum truth: TRUE asked, FALSE not applicable, UNKNOWN */
	uint8_t relevance[QUESTIONS_MAX];
	/* UNKNOWN because of a missing or DK answer (hidden), not of an empty register cell (asked,
	 * not required) */
	bool hidden[QUESTIONS_MAX];
	/* What predicates see of an answer (enum truth): TRUE a value, UNKNOWN blank, don't know or
	 * hidden, NA not applicable. One look on the hot path in the place of three. */
	uint8_t seen[QUESTIONS_MAX];
	bool strays; /* some question is answered that is not asked for certain */
	struct indicator_bits bits;
	uint8_t score_lo[SCORES_MAX], score_hi[SCORES_MAX];
	struct raised_check raised[CHECKS_MAX]; /* in the definition's order */
	size_t raised_checks;
};

/* Indicators are evaluated in the definition's order; a rule may name only earlier ones. */
void evaluate(const struct facts *facts, struct evaluation *out);

/* The first four only: relevance, hidden, seen, strays. */
void evaluate_relevance(const struct facts *facts, struct evaluation *out);

/* One rule in an evaluation. */
enum truth rule_evaluate(const struct rule *rule, const struct evaluation *e);

/* One rule that reads the register only. */
enum truth rule_evaluate_row(const struct rule *rule, const struct definition *d,
    const struct register_row *row, int ref_year);

/* Print a rule in the notation of statisticians ("hasany(B01,{EOFFICE,TASK}) ∧ ..."). Writes at
 * most cap bytes with the end, returns what it would need, as snprintf. */
size_t rule_print(const struct definition *d, const struct rule *rule, char *out, size_t cap);

/* Register columns whose unknown cells make a register-only rule unknown for this row: a mask of
 * 1 << register_column. 0 when the rule is known. */
uint32_t rule_blame(const struct rule *rule, const struct definition *d,
    const struct register_row *row, int ref_year);

#endif
