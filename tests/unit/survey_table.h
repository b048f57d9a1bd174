/* SPDX-License-Identifier: Apache-2.0 */
/* What the default survey must hold, code by code, written down a second time and by hand: every
 * question with its choices, a case that fires each check and one that keeps it silent, a case for
 * each value of each indicator, score and population, every goal. Plain data. */
#ifndef KHAOSAT_TESTS_SURVEY_TABLE_H
#define KHAOSAT_TESTS_SURVEY_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "survey/definition.h"

enum question_flag { REQUIRED = 1, CORE = 2, NO_DK = 4, TENTHS = 8, MULTILINE = 16 };

struct question_entry {
	const char *code;
	enum question_type type;
	unsigned flags;
	const char *choices; /* in their order, separated by a blank */
};

struct codes_entry {
	enum code_list_id list;
	size_t count;
	const char *codes; /* in their order; NULL: only counted */
};

struct column_entry {
	const char *code, *column;
};

/* Patches are JSON over the base questionnaire (questionnaire.h), NULL for none. */
struct check_case {
	const char *check;
	bool fires; /* this check and no other; else none at all */
	const char *patch;
};

struct indicator_case {
	const char *indicator;
	enum truth value;
	const char *patch;
};

struct item_case {
	const char *score;
	unsigned item; /* from 1, as the field numbers them */
	enum truth value;
	const char *patch;
};

struct score_case {
	const char *score;
	unsigned lo, hi;
	const char *patch;
};

struct population_case {
	const char *population;
	enum truth value;
	const char *patch;
};

/* The choices of a question that, chosen alone, make an indicator or an item true; OTHER leaves it
 * unknown, any other choice false. */
struct choice_set {
	const char *indicator; /* or NULL */
	const char *score;     /* else, with */
	unsigned item;
	const char *question;
	const char *codes;
	const char *patch;
};

/* The choices of a question that, ticked alone, make another be asked. */
struct relevance_set {
	const char *question;
	const char *parent;
	const char *codes;
};

struct builtin_entry {
	enum builtin builtin;
	const char *check;
	bool hard;
};

/* The questions that a check concerns, the one it is told at first in front. */
struct check_questions {
	const char *check, *questions;
};

struct goal_entry {
	const char *code, *group, *population, *indicator;
	unsigned threshold;
	bool strict, named_list, headline;
	const char *deadline;
};

extern const struct question_entry question_table[];
extern const size_t question_entries;
extern const struct codes_entry codes_table[];
extern const size_t codes_entries;
extern const struct column_entry column_table[]; /* A, then P */
extern const size_t column_entries;
extern const char *const optional_columns; /* the others are required */
extern const char *const check_codes;      /* every one, in order */
extern const char *const hard_codes;
extern const struct check_case check_table[];
extern const size_t check_cases;
extern const struct check_questions check_question_table[]; /* of checks that concern any */
extern const size_t check_question_entries;
extern const struct builtin_entry builtin_table[];
extern const size_t builtin_entries;
extern const char *const indicator_codes;
extern const struct indicator_case indicator_table[];
extern const size_t indicator_cases;
extern const struct item_case item_table[];
extern const size_t item_cases;
extern const struct score_case score_table[];
extern const size_t score_cases;
extern const char *const points_table[13]; /* patches that make DII3 0 to 12 */
extern const struct choice_set choice_table[];
extern const size_t choice_sets;
extern const struct relevance_set relevance_table[];
extern const size_t relevance_sets;
extern const struct population_case population_table[];
extern const size_t population_cases;
extern const struct goal_entry goal_table[];
extern const size_t goal_entries;

/* A JSON object as C text, without a backslash before every quote. */
#define J(...) #__VA_ARGS__

#define ENTRIES(table) (sizeof(table) / sizeof((table)[0]))

#endif
