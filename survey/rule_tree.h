/* SPDX-License-Identifier: Apache-2.0 */
/* A compiled rule: what rule_compile.c builds, rule.c evaluates and rule_print.c prints. Choices
 * are 64-bit masks, register codes are bitsets over the code list, everything else is an index. For
 * these files and the definition's loader only. Immutable once compiled. */
#ifndef KHAOSAT_SURVEY_RULE_TREE_H
#define KHAOSAT_SURVEY_RULE_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "survey/definition.h"
#include "survey/register.h"

#define RULE_DEPTH_MAX 32
#define RULE_PARTS_MAX 128  /* of one and, or, at_least */
#define RULE_TERMS_MAX 32   /* of one sum */
#define RULE_NODES_MAX 8192 /* of one definition, sums' terms included */

/* Numbers are cut to this before they are multiplied. A sum whose terms could pass RULE_SUM_MAX at
 * that size is refused at load, so that 64 bits always hold it and the difference of two. */
#define RULE_NUMBER_MAX INT64_C(1000000000000) /* MONEY_MAX */
#define RULE_TIMES_MAX INT64_C(1000000)
#define RULE_SUM_MAX INT64_C(4000000000000000000)

enum rule_op {
	RULE_CONST,    /* value */
	RULE_AND,      /* part */
	RULE_OR,       /* part */
	RULE_NOT,      /* part[0] */
	RULE_AT_LEAST, /* k, part */
	RULE_WHEN,     /* part[0]: condition, part[1] */
	RULE_ANY,      /* index: question, mask, other */
	RULE_TICKED,   /* index: question, mask */
	RULE_COUNT,    /* index: question, mask, other, relation, k */
	RULE_COMPARE,  /* relation, term; index, k, most where it is a range */
	RULE_STATE,    /* index: question, mask of 1 << answer_state and RULE_STATE_NA */
	RULE_CODE,     /* index: code_list_id, codes, named */
	RULE_SIZE,     /* mask of 1 << size_class */
	RULE_DEPENDENT,
	RULE_SUPPORTING,
	RULE_INDICATOR, /* index */
	RULE_EARLIER,   /* index */
	RULE_SCORE      /* index, relation, k */
};
#define RULE_OPS (RULE_SCORE + 1)

#define RULE_STATE_NA (UINT64_C(1) << 3) /* beside 1 << ANSWER_BLANK, _DONT_KNOW, _VALUE */

enum relation {
	RELATION_GE,
	RELATION_GT,
	RELATION_LE,
	RELATION_LT,
	RELATION_EQ,
	RELATION_NE,
	RELATIONS
};

enum term_kind {
	TERM_CONST,    /* value */
	TERM_QUESTION, /* index */
	TERM_REGISTER, /* index: register_column of a number */
	TERM_REF_YEAR,
	TERM_SECONDS,
	TERM_ABS /* part */
};

struct term {
	enum term_kind kind;
	int16_t index;
	int64_t value;
	int64_t times; /* with its sign; 1 for constants */
	const struct term *part;
	size_t parts;
};

enum rule_reads {
	RULE_READS_ANSWERS = 1,
	RULE_READS_INDICATORS = 2, /* or scores */
	RULE_READS_EARLIER = 4
};

/* 64 bytes: a cache line's worth, for the evaluator reads little else of a definition. */
struct rule {
	enum rule_op op;
	enum relation relation;
	uint8_t value; /* enum truth */
	uint8_t reads; /* of itself and its parts */
	bool may_be_na;
	bool is_range; /* a comparison of one question with a constant: from k to `most` */
	int16_t index;
	uint16_t parts;       /* 0 where there are none */
	uint16_t left, terms; /* in the left sum, in both */
	int64_t k;
	union {
		uint64_t mask;
		int64_t most;
	};
	uint64_t other; /* the bit of OTHER where it is not in mask; else 0 */
	union {
		const struct rule *part;
		const struct term *term; /* the left sum, then the right one */
		/* bit i: code i of the list (CODES_ZONE_TYPE: of CODES_ZONE) matches */
		const uint64_t *codes;
	};
	const uint64_t *named; /* bit i: code i of the list is named; for printing */
};
_Static_assert(sizeof(struct rule) <= 64, "a rule's node fits a cache line");

static inline bool
code_set_has(const uint64_t *set, int code)
{
	return set[code / 64] >> (code % 64) & 1;
}

/* The number in a column that terms may name, or UNKNOWN_NUMBER. */
static inline int64_t
rule_row_number(const struct register_row *row, enum register_column column)
{
	if (column == REGISTER_START_YEAR)
		return row->start_year;
	if (column == REGISTER_EMPLOYEES)
		return row->employees;
	if (column == REGISTER_EMPLOYEES_PREV)
		return row->employees_prev;
	return column == REGISTER_REVENUE_MVND ? row->revenue_mvnd : row->capital_mvnd;
}

#endif
