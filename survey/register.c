/* SPDX-License-Identifier: Apache-2.0 */
#include "survey/register.h"

#include <stdio.h>
#include <string.h>

#include "survey/rule.h"
#include "survey/taxcode.h"
#include "survey/text.h"

#define NAME_MAX_CHARS 300

const char *const register_column_name[REGISTER_COLUMNS] = {
    [REGISTER_TAX_CODE] = "tax_code",
    [REGISTER_NAME] = "name",
    [REGISTER_UNIT_TYPE] = "unit_type",
    [REGISTER_ADDRESS] = "address",
    [REGISTER_COMMUNE] = "commune",
    [REGISTER_ZONE] = "zone",
    [REGISTER_VSIC] = "vsic",
    [REGISTER_VSIC_VERSION] = "vsic_version",
    [REGISTER_LEGAL_FORM] = "legal_form",
    [REGISTER_START_YEAR] = "start_year",
    [REGISTER_EMPLOYEES] = "employees",
    [REGISTER_REVENUE_MVND] = "revenue_mvnd",
    [REGISTER_CAPITAL_MVND] = "capital_mvnd",
    [REGISTER_EMPLOYEES_PREV] = "employees_prev",
    [REGISTER_SUPPORTING_INDUSTRY] = "supporting_industry",
    [REGISTER_STATUS] = "status",
    [REGISTER_STRATUM] = "stratum",
    [REGISTER_WEIGHT] = "weight",
};

int
register_find_column(const char *name, size_t n)
{
	for (int c = 0; c < REGISTER_COLUMNS; c++)
		if (strlen(register_column_name[c]) == n &&
		    memcmp(register_column_name[c], name, n) == 0)
			return c;
	return -1;
}

/* One row being judged. */
struct judge {
	const struct definition *d;
	int ref_year;
	const struct register_text *text;
	struct register_row *row;
	struct register_problems *problems; /* NULL: trusted */
	bool refused;
};

/* ------------------------------------------------------------------------------- problems */

static void
add_problem(struct judge *j, enum register_column column, int check)
{
	if (j->d->check[check].hard)
		j->refused = true;
	if (j->problems == NULL || j->problems->n == REGISTER_PROBLEMS_MAX)
		return;
	struct register_problem *p = &j->problems->problem[j->problems->n++];
	p->column = column;
	p->check = (int16_t)check;
	p->words = NULL;
	const struct cell *cell = &j->text->cell[column];
	text_quote(p->value, sizeof(p->value), cell->bytes, cell->n);
}

static void
add_builtin(struct judge *j, enum register_column column, enum builtin builtin)
{
	add_problem(j, column, j->d->builtin[builtin]);
}

/* ------------------------------------------------------------------------------- cells */

static bool
is_blank(const struct cell *cell)
{
	size_t n = 0;
	while (n < cell->n && cell->bytes[n] == ' ')
		n++;
	return n == cell->n;
}

static void
judge_text(struct judge *j, enum register_column column, bool required)
{
	const struct cell *cell = &j->text->cell[column];
	if (j->problems == NULL)
		return;
	if ((required && is_blank(cell)) ||
	    (cell->n > 0 && text_check(cell->bytes, cell->n, NAME_MAX_CHARS, false) != TEXT_OK))
		add_builtin(j, column, BUILTIN_TEXT);
}

static void
judge_tax_code(struct judge *j)
{
	const struct cell *cell = &j->text->cell[REGISTER_TAX_CODE];
	char text[32];
	if (cell->n > 0 && cell->n < sizeof(text) && memchr(cell->bytes, '\0', cell->n) == NULL) {
		memcpy(text, cell->bytes, cell->n);
		text[cell->n] = '\0';
		if (taxcode_parse(text, &j->row->tax_code) == TAXCODE_OK)
			return;
	}
	add_builtin(j, REGISTER_TAX_CODE, BUILTIN_TAX_CODE);
}

/* The index of a cell's code; UNKNOWN_CODE when it is empty or wrong. */
static int
judge_code(
    struct judge *j, enum register_column column, enum code_list_id list, enum builtin builtin)
{
	const struct cell *cell = &j->text->cell[column];
	if (cell->n == 0)
		return UNKNOWN_CODE;
	int code = definition_find_code(j->d, list, cell->bytes, cell->n);
	if (code < 0)
		add_builtin(j, column, builtin);
	return code;
}

/* Digits only, at most `max`; UNKNOWN_NUMBER when the cell is empty or wrong. */
static int64_t
judge_number(struct judge *j, enum register_column column, int64_t min, int64_t max)
{
	const struct cell *cell = &j->text->cell[column];
	if (cell->n == 0)
		return UNKNOWN_NUMBER;
	int64_t value = 0;
	bool good = cell->n <= 15;
	for (size_t i = 0; good && i < cell->n; i++) {
		good = cell->bytes[i] >= '0' && cell->bytes[i] <= '9';
		value = value * 10 + (cell->bytes[i] - '0');
	}
	if (good && value >= min && value <= max)
		return value;
	add_builtin(j, column, BUILTIN_CODE);
	return UNKNOWN_NUMBER;
}

static int8_t
judge_yes_no(struct judge *j, enum register_column column)
{
	const struct cell *cell = &j->text->cell[column];
	if (cell->n == 0)
		return -1;
	if (cell->n == 3 && memcmp(cell->bytes, "YES", 3) == 0)
		return 1;
	if (cell->n == 2 && memcmp(cell->bytes, "NO", 2) == 0)
		return 0;
	add_builtin(j, column, BUILTIN_CODE);
	return -1;
}

/* ------------------------------------------------------------------------------- sectors */

int
vsic_section(const struct definition *d, const char *code, size_t n, unsigned version)
{
	const struct code_list *sections = &d->list[CODES_SECTION];
	uint32_t bit = version == 2018 ? 1 : version == 2025 ? 2 : 0;
	if (n == 1) {
		for (size_t i = 0; i < sections->codes; i++)
			if (sections->code[i].code[0] == code[0] &&
			    sections->code[i].attribute & bit)
				return (int)i;
		return -1;
	}
	if (n < 2 || n > 5)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (code[i] < '0' || code[i] > '9')
			return -1;
	int division = (code[0] - '0') * 10 + (code[1] - '0');
	for (size_t i = 0; i < d->vsic_ranges; i++) {
		const struct vsic_range *r = &d->vsic[i];
		if (r->version == version && division >= r->from && division <= r->to)
			return r->section;
	}
	return -1;
}

static void
judge_vsic(struct judge *j)
{
	const struct cell *code = &j->text->cell[REGISTER_VSIC];
	unsigned version = j->ref_year >= 2025 ? 2025 : 2018;
	int64_t given = judge_number(j, REGISTER_VSIC_VERSION, 2018, 2025);
	if (given != UNKNOWN_NUMBER)
		version = (unsigned)given;
	if (version != 2018 && version != 2025) {
		add_builtin(j, REGISTER_VSIC_VERSION, BUILTIN_VSIC);
		return;
	}
	if (code->n == 0)
		return;
	j->row->section = (int16_t)vsic_section(j->d, code->bytes, code->n, version);
	if (j->row->section < 0)
		add_builtin(j, REGISTER_VSIC, BUILTIN_VSIC);
}

/* ------------------------------------------------------------------------------- size classes */

/* Decree 80/2021/ND-CP art. 5; columns: industry (sections A to F), trade and services. */
struct size_limits {
	enum size_class size;
	int64_t employees, revenue_mvnd, capital_mvnd;
};

static const struct size_limits limits_industry[3] = {
    {SIZE_MICRO, 10, 3000, 3000},
    {SIZE_SMALL, 100, 50000, 20000},
    {SIZE_MEDIUM, 200, 200000, 100000},
};

static const struct size_limits limits_services[3] = {
    {SIZE_MICRO, 10, 10000, 3000},
    {SIZE_SMALL, 50, 100000, 50000},
    {SIZE_MEDIUM, 100, 300000, 100000},
};

static enum truth
at_most(int64_t value, int64_t limit)
{
	return value == UNKNOWN_NUMBER ? TRUTH_UNKNOWN : truth_of(value <= limit);
}

/* Employees AND (revenue OR capital). */
static enum truth
within(const struct size_limits *l, int64_t employees, int64_t revenue, int64_t capital)
{
	enum truth people = at_most(employees, l->employees);
	enum truth by_revenue = at_most(revenue, l->revenue_mvnd);
	enum truth by_capital = at_most(capital, l->capital_mvnd);
	enum truth money = by_revenue == TRUTH_TRUE || by_capital == TRUTH_TRUE ? TRUTH_TRUE
			   : by_revenue == TRUTH_UNKNOWN || by_capital == TRUTH_UNKNOWN
			       ? TRUTH_UNKNOWN
			       : TRUTH_FALSE;
	if (people == TRUTH_FALSE || money == TRUTH_FALSE)
		return TRUTH_FALSE;
	return people == TRUTH_TRUE && money == TRUTH_TRUE ? TRUTH_TRUE : TRUTH_UNKNOWN;
}

static uint8_t
classes_of(const struct size_limits limits[3], int64_t employees, int64_t revenue, int64_t capital)
{
	uint8_t mask = 0;
	for (unsigned i = 0; i < 3; i++) {
		enum truth t = within(&limits[i], employees, revenue, capital);
		if (t != TRUTH_FALSE)
			mask |= (uint8_t)(1u << limits[i].size);
		if (t == TRUTH_TRUE)
			return mask;
	}
	return mask | 1u << SIZE_LARGE;
}

uint8_t
size_classes(enum truth industry, int64_t employees, int64_t revenue_mvnd, int64_t capital_mvnd)
{
	uint8_t mask = 0;
	if (industry != TRUTH_FALSE)
		mask |= classes_of(limits_industry, employees, revenue_mvnd, capital_mvnd);
	if (industry != TRUTH_TRUE)
		mask |= classes_of(limits_services, employees, revenue_mvnd, capital_mvnd);
	return mask;
}

static enum truth
is_industry(const struct definition *d, int section)
{
	if (section < 0)
		return TRUTH_UNKNOWN;
	const char *code = d->list[CODES_SECTION].code[section].code;
	return truth_of(code[0] >= 'A' && code[0] <= 'F' && code[1] == '\0');
}

/* ------------------------------------------------------------------------------- the row */

void
register_row_clear(struct register_row *row)
{
	*row = (struct register_row){
	    .unit_type = UNKNOWN_CODE,
	    .status = UNKNOWN_CODE,
	    .legal_form = UNKNOWN_CODE,
	    .supporting_industry = -1,
	    .commune = UNKNOWN_CODE,
	    .zone = UNKNOWN_CODE,
	    .section = UNKNOWN_CODE,
	    .size_mask = 1 << SIZE_MICRO | 1 << SIZE_SMALL | 1 << SIZE_MEDIUM | 1 << SIZE_LARGE,
	    .start_year = UNKNOWN_NUMBER,
	    .employees = UNKNOWN_NUMBER,
	    .employees_prev = UNKNOWN_NUMBER,
	    .revenue_mvnd = UNKNOWN_NUMBER,
	    .capital_mvnd = UNKNOWN_NUMBER,
	};
}

static void
judge_cells(struct judge *j)
{
	struct register_row *row = j->row;
	judge_tax_code(j);
	judge_text(j, REGISTER_NAME, true);
	judge_text(j, REGISTER_ADDRESS, false);
	row->has_address = j->text->cell[REGISTER_ADDRESS].n > 0;
	row->unit_type = (int8_t)judge_code(j, REGISTER_UNIT_TYPE, CODES_UNIT_TYPE, BUILTIN_CODE);
	if (j->text->cell[REGISTER_UNIT_TYPE].n == 0)
		add_builtin(j, REGISTER_UNIT_TYPE, BUILTIN_CODE);
	row->commune = (int16_t)judge_code(j, REGISTER_COMMUNE, CODES_COMMUNE, BUILTIN_COMMUNE);
	row->zone = (int16_t)judge_code(j, REGISTER_ZONE, CODES_ZONE, BUILTIN_CODE);
	judge_vsic(j);
	row->legal_form =
	    (int8_t)judge_code(j, REGISTER_LEGAL_FORM, CODES_LEGAL_FORM, BUILTIN_CODE);
	row->status = (int8_t)judge_code(j, REGISTER_STATUS, CODES_STATUS, BUILTIN_CODE);
	row->supporting_industry = judge_yes_no(j, REGISTER_SUPPORTING_INDUSTRY);
	row->start_year = (int32_t)judge_number(j, REGISTER_START_YEAR, 1900, 9999);
	row->employees = (int32_t)judge_number(j, REGISTER_EMPLOYEES, 0, EMPLOYEES_MAX);
	row->employees_prev = (int32_t)judge_number(j, REGISTER_EMPLOYEES_PREV, 0, EMPLOYEES_MAX);
	row->revenue_mvnd = judge_number(j, REGISTER_REVENUE_MVND, 0, MONEY_MAX);
	row->capital_mvnd = judge_number(j, REGISTER_CAPITAL_MVND, 0, MONEY_MAX);
	row->size_mask = size_classes(
	    is_industry(j->d, row->section), row->employees, row->revenue_mvnd, row->capital_mvnd);
}

/* The first column that a register-stage rule reads: what is to blame when every cell is empty. */
static enum register_column
column_of(const struct judge *j, const struct rule *rule)
{
	struct register_row empty;
	register_row_clear(&empty);
	uint32_t columns = rule_blame(rule, j->d, &empty, j->ref_year);
	for (unsigned c = 0; c < REGISTER_COLUMNS; c++)
		if (columns >> c & 1)
			return (enum register_column)c;
	return REGISTER_TAX_CODE;
}

static void
judge_rules(struct judge *j)
{
	for (size_t i = 0; i < j->d->checks; i++) {
		const struct check *check = &j->d->check[i];
		if (check->stage != CHECK_REGISTER)
			continue;
		switch (rule_evaluate_row(check->rule, j->d, j->row, j->ref_year)) {
		case TRUTH_TRUE:
			add_problem(j, column_of(j, check->rule), (int)i);
			break;
		case TRUTH_UNKNOWN:
			j->problems->skipped++;
			break;
		case TRUTH_FALSE:
		case TRUTH_NA:
			break;
		}
	}
}

bool
register_judge(const struct definition *d, int ref_year, const struct register_text *text,
    struct register_row *row, struct register_problems *problems)
{
	struct judge j = {
	    .d = d, .ref_year = ref_year, .text = text, .row = row, .problems = problems};
	register_row_clear(row);
	if (problems != NULL)
		problems->n = problems->skipped = 0;
	judge_cells(&j);
	if (problems != NULL)
		judge_rules(&j);
	return !j.refused;
}
