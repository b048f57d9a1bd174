/* SPDX-License-Identifier: Apache-2.0 */
/* A survey definition, loaded from JSON (survey/definitions/README.md has the format) and compiled
 * once. Immutable afterwards, so any thread may read it; the loader owns all of it, and every
 * pointer in it points into it. */
#ifndef KHAOSAT_SURVEY_DEFINITION_H
#define KHAOSAT_SURVEY_DEFINITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "survey/code_index.h"
#include "survey/kleene.h"

#define QUESTIONS_MAX 128
#define CHOICES_MAX 64
#define CHECKS_MAX 128
#define GOALS_MAX 64
#define POPULATIONS_MAX 16
#define SCORES_MAX 8
#define CODES_MAX 1024       /* in one code list */
#define CODE_GROUPS_MAX 32   /* in one code list */
#define GROUPS_OF_CODE_MAX 3 /* groups that one code may be a member of */
#define SECTIONS_MAX 64
#define COLUMNS_MAX 64
#define SCORE_ITEMS_MAX 64
#define VSIC_RANGES_MAX 256
#define CODE_MAX_BYTES 23
#define DEFINITION_BYTES_MAX (4u << 20)
#define MONEY_MAX 1000000000000 /* million VND */

struct rule;          /* survey/rule.h */
struct rule_plan;     /* survey/rule_plan.h */
struct whole_answers; /* survey/whole_answers.h */

struct label {
	const char *vi;
	const char *en;
};

struct choice {
	const char *code;
	struct label label;
};

enum question_type {
	QUESTION_TEXT,
	QUESTION_INT,
	QUESTION_MONEY,
	QUESTION_PCT,
	QUESTION_SINGLE,
	QUESTION_MULTI,
	QUESTION_TRI, /* a single whose choices are YES and NO */
	QUESTION_LIST /* a heading over its parts, which follow it; takes no answer itself */
};

/* Questions of the answers (B to H and M in the default survey); register questions (A) and contact
 * questions (P) are `columns` and `contacts` below, never answers. What decoding reads comes first.
 */
struct question {
	enum question_type type;
	bool admits_dk;
	bool max_is_ref_year;
	bool multiline;   /* TEXT */
	bool core;        /* missing is a hard finding */
	int64_t min, max; /* INT, MONEY, PCT; of tenths where `tenths` */
	uint64_t other;   /* the bit of OTHER, or 0 */
	uint64_t alone;   /* MULTI: the bit of NONE, which excludes the others, or 0 */
	struct code_index choice_index;
	uint32_t text_max_chars;
	int16_t none_choice;  /* index of NONE where it excludes the others, or -1 */
	int16_t other_choice; /* index of OTHER, or -1 */
	const char *code;
	struct label label; /* may hold {Y} and {ref_date} */
	uint16_t section;   /* index */
	int16_t list;       /* index of the LIST question this is a part of, or -1 */
	bool required;
	bool tenths;                  /* PCT: 1000 is 100 % */
	int16_t range_check;          /* check index fired outside [min, max] */
	struct choice *choice;        /* SINGLE, MULTI, TRI; index is the bit in answer.mask */
	size_t choices;               /* at most CHOICES_MAX */
	const struct rule *relevance; /* the question's own; NULL: always. May read answers */
};

struct section {
	const char *code;
	struct label title;
	struct label note;            /* may be empty strings */
	const struct rule *relevance; /* reads the register only; NULL: always */
	size_t first_question, questions;
};

/* A question of section A or P that is not an answer: labels for forms and exports. */
struct column {
	const char *code;   /* "A04", "P01" */
	const char *column; /* register column "commune" or contact field "name" */
	struct label label;
	bool required;
};

/* One code of a code list. */
struct code {
	const char *code;
	struct label label;
	const char *type;   /* zones: "KKT", ..., "NONE" for the zone NONE; else "" */
	int16_t parent;     /* zones: index, or -1 */
	uint32_t attribute; /* sections: versions they belong to, bit 0 2018, bit 1 2025 */
};

/* A cell that gathers several codes: "BTE". */
struct code_group {
	const char *code;
	struct label label;
	int16_t *member; /* indices into the list */
	size_t members;
};

struct code_list {
	struct code *code;
	size_t codes;
	struct code_group *group;
	size_t groups;
	struct code_index index; /* of the codes */
};

enum code_list_id {
	CODES_UNIT_TYPE,
	CODES_COMMUNE,
	CODES_ZONE, /* holds NONE, "outside zones" */
	CODES_ZONE_TYPE,
	CODES_SECTION,
	CODES_LEGAL_FORM,
	CODES_STATUS,
	CODES_SIZE, /* MICRO, SMALL, MEDIUM, LARGE in this order */
	CODE_LISTS
};

extern const char *const code_list_name[CODE_LISTS]; /* "unit_type", ..., as definitions say */

/* VSIC divisions (first two digits of a code) to sections, for one version. */
struct vsic_range {
	uint16_t version; /* 2018 or 2025 */
	uint8_t from, to; /* divisions, inclusive */
	int16_t section;  /* index in CODES_SECTION */
};

struct indicator {
	const char *code;
	struct label label;
	const struct rule *rule;
};

struct score {
	const char *code;
	struct label label;
	const struct rule **item; /* TRUE 1, UNKNOWN 0 or 1, FALSE and NA 0 */
	struct label *item_label;
	size_t items;
	int16_t after; /* last indicator that an item names: the score follows it; -1: none */
};

enum check_stage {
	CHECK_SUBMISSION, /* a rule over answers and register */
	CHECK_REGISTER,   /* a rule over the register row, at import */
	CHECK_BUILTIN     /* structural: fired by code, named by `builtin` */
};

/* Structural checks that code fires; the definition gives them code and message. One check may
 * serve several. */
enum builtin {
	BUILTIN_TAX_CODE,         /* register: form or check digit of a tax code */
	BUILTIN_UNKNOWN_QUESTION, /* question code not in the definition, or not an answer */
	BUILTIN_UNKNOWN_CHOICE,
	BUILTIN_EXCLUSIVE_CHOICE, /* NONE or DK with others */
	BUILTIN_CORE_MISSING,
	BUILTIN_IRRELEVANT, /* an answer to a question that is not asked */
	BUILTIN_PERCENT_RANGE,
	BUILTIN_NUMBER_RANGE,   /* outside the declared range, or the wrong type of value */
	BUILTIN_DUPLICATE_UNIT, /* register: twice in one file */
	BUILTIN_UNKNOWN_UNIT,   /* bulk input: not in the register */
	BUILTIN_TEXT,           /* UTF-8, NFC, control characters, length; OTHER without text */
	BUILTIN_COMMUNE,        /* register: unknown commune code */
	BUILTIN_VSIC,           /* register: code or section not in that version */
	BUILTIN_CODE, /* register: unknown code of another list, or a number not in range */
	BUILTINS
};

struct check {
	const char *code;
	bool hard;
	enum check_stage stage;
	struct label message;
	const struct rule *rule; /* NULL for BUILTIN */
	int16_t *question;       /* questions it concerns, indices; may be empty */
	size_t questions;
};

struct population {
	const char *code;
	struct label label;
	const struct rule *rule; /* reads the register only; never NA */
};

/* One variant of a goal: a population, an indicator, a threshold. */
struct goal {
	const char *code;  /* "G2_STRICT_IND" */
	const char *group; /* "G2" */
	struct label name;
	uint16_t population, indicator; /* indices */
	uint32_t threshold_pct;
	bool strict;     /* > threshold; else >= */
	bool named_list; /* a census of named units */
	bool headline;
	const char *deadline; /* YYYY-MM-DD */
};

struct definition {
	const char *id; /* "HT-DT" */
	uint32_t version;
	struct label title, statement;
	struct label dk; /* "Không biết" / "Don't know" */
	struct section *section;
	size_t sections;
	struct question *question;
	size_t questions;
	uint16_t *conditional; /* questions with a rule of their own and parts of lists, in order */
	size_t conditionals;
	uint16_t *core; /* questions that must be answered, in order */
	size_t cores;
	struct column *column; /* section A */
	size_t columns;
	struct column *contact; /* P */
	size_t contacts;
	struct code_list list[CODE_LISTS];
	struct vsic_range *vsic;
	size_t vsic_ranges;
	struct indicator *indicator;
	size_t indicators;
	struct score *score;
	size_t scores;
	struct check *check;
	size_t checks;
	int16_t builtin[BUILTINS]; /* check index for each */
	struct population *population;
	size_t populations;
	struct goal *goal;
	size_t goals;
	struct code_index question_index, check_index;
	const struct whole_answers *whole;
	const struct rule_plan *plan; /* scores, indicators and checks to be evaluated in one go */
};

struct definition_problem {
	char path[128]; /* "/checks/12/rule/and/0" */
	char reason[256];
};

#define DEFINITION_PROBLEMS_MAX 64

struct definition_problems {
	struct definition_problem problem[DEFINITION_PROBLEMS_MAX];
	size_t n; /* recorded, at most DEFINITION_PROBLEMS_MAX; all are looked for in one go */
};

/* Parse, check and compile. NULL when anything is wrong, with at least one problem recorded.
 * Nothing of `json` is kept. To be freed with definition_free. */
struct definition *definition_load(
    const char *json, size_t n, struct definition_problems *problems);
void definition_free(struct definition *definition); /* accepts NULL */

/* Indices by code, or -1. */
int definition_find_indicator(const struct definition *d, const char *code);
int definition_find_score(const struct definition *d, const char *code);
int definition_find_goal(const struct definition *d, const char *code);

static inline int
definition_find_question(const struct definition *d, const char *code, size_t n)
{
	return code_index_find(&d->question_index, code, n);
}

static inline int
definition_find_check(const struct definition *d, const char *code, size_t n)
{
	return code_index_find(&d->check_index, code, n);
}

static inline int
definition_find_code(const struct definition *d, enum code_list_id list, const char *code, size_t n)
{
	return code_index_find(&d->list[list].index, code, n);
}

static inline int
question_find_choice(const struct question *q, const char *code, size_t n)
{
	return code_index_find(&q->choice_index, code, n);
}

#endif
