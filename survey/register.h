/* SPDX-License-Identifier: Apache-2.0 */
/* One row of the register: what its cells mean, and what is wrong with them. Rows come as cells
 * (the client reads CSV) or as RegisterRow messages of khaosat.proto (chunks). Size class by Decree
 * 80/2021/ND-CP art. 5, sections by VSIC version. Pure; any thread. */
#ifndef KHAOSAT_SURVEY_REGISTER_H
#define KHAOSAT_SURVEY_REGISTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "survey/definition.h"

#define UNKNOWN_CODE (-1)
#define UNKNOWN_NUMBER (-1)
#define EMPLOYEES_MAX 200000

enum size_class { SIZE_MICRO, SIZE_SMALL, SIZE_MEDIUM, SIZE_LARGE };

/* Register attributes as rules, checks and populations read them. Codes are indices into the
 * definition's lists; -1 is unknown, for codes and numbers alike. */
struct register_row {
	uint64_t tax_code;
	int8_t unit_type;
	int8_t status;
	int8_t legal_form;
	int8_t supporting_industry; /* 1 yes, 0 no, -1 unknown */
	int16_t commune;
	int16_t zone; /* NONE is a code of its own */
	int16_t section;
	uint8_t size_mask; /* bit of each size_class still possible; one bit: known */
	bool has_address;
	int32_t start_year;
	int32_t employees;
	int32_t employees_prev;
	int64_t revenue_mvnd;
	int64_t capital_mvnd;
};

void register_row_clear(struct register_row *row); /* all unknown; tax code 0, no address */

/* The columns of a register file, in the order of RegisterRow's fields: 1 to 16, 18, 19. The last
 * two say how a sample was drawn (survey/design.h). */
enum register_column {
	REGISTER_TAX_CODE,
	REGISTER_NAME,
	REGISTER_UNIT_TYPE,
	REGISTER_ADDRESS,
	REGISTER_COMMUNE,
	REGISTER_ZONE,
	REGISTER_VSIC,
	REGISTER_VSIC_VERSION,
	REGISTER_LEGAL_FORM,
	REGISTER_START_YEAR,
	REGISTER_EMPLOYEES,
	REGISTER_REVENUE_MVND,
	REGISTER_CAPITAL_MVND,
	REGISTER_EMPLOYEES_PREV,
	REGISTER_SUPPORTING_INDUSTRY,
	REGISTER_STATUS,
	REGISTER_STRATUM,
	REGISTER_WEIGHT,
	REGISTER_COLUMNS
};

extern const char *const register_column_name[REGISTER_COLUMNS]; /* "tax_code", ... */
/* The column of that name, of n bytes; -1: there is none. */
int register_find_column(const char *name, size_t n);

/* A span of text; bytes is not NUL-terminated; n == 0 is an empty cell, that is unknown. */
struct cell {
	const char *bytes;
	size_t n;
};

struct register_text {
	struct cell cell[REGISTER_COLUMNS];
	uint8_t code_hash[16];
	bool has_code_hash;
	/* Numbers that arrived as numbers (messages) are printed here, cells point into it. */
	char number[6][24];
};

#define REGISTER_PROBLEMS_MAX 32

struct register_problem {
	enum register_column column;
	int16_t check;             /* index into definition->check */
	const struct label *words; /* of the rule, constant; NULL: those of the check */
	char value[64]; /* shortened at a character boundary, fit to be printed (text_quote) */
};

struct register_problems {
	struct register_problem problem[REGISTER_PROBLEMS_MAX];
	size_t n;
	size_t skipped; /* checks whose input is unknown */
};

/* Judge one row of cells: fills `row` (with what could be understood) and every problem, hard and
 * soft, of the definition's register-stage and built-in checks. True when no hard one was found.
 * `ref_year` is the year of the round's reference date. The empty vsic_version is 2025 when the
 * round's reference year is 2025 or later, else 2018. With `problems` NULL the row is trusted (it
 * was judged before it came into the log): attributes are derived, text and soft checks are left
 * out. */
bool register_judge(const struct definition *d, int ref_year, const struct register_text *text,
    struct register_row *row, struct register_problems *problems);

/* Walk a RegisterRows message: one RegisterRow at a time. `*at` starts at 0 and is moved behind the
 * row. The cells point into `bytes` (numbers: into `out`). */
enum register_walk {
	REGISTER_ROW,
	REGISTER_END,
	REGISTER_MALFORMED /* not a RegisterRows message */
};
enum register_walk register_next(
    const uint8_t *bytes, size_t n, size_t *at, struct register_text *out);

/* Append one RegisterRow to a RegisterRows message in buf[0..cap): the bytes written, or 0 when
 * there is not room. Number cells must be digits (register_judge found no hard problem). */
size_t register_encode(const struct register_text *text, uint8_t *buf, size_t cap);

/* The classes still possible, as a mask of 1 << size_class. Numbers -1 where unknown; `industry` is
 * TRUE for sections A to F, FALSE for the others, UNKNOWN. Revenue and capital in million VND. */
uint8_t size_classes(
    enum truth industry, int64_t employees, int64_t revenue_mvnd, int64_t capital_mvnd);

/* Section of a VSIC code (letter, or 2 to 5 digits) of a version (2018, 2025), or -1. */
int vsic_section(const struct definition *d, const char *code, size_t n, unsigned version);

#endif
