/* SPDX-License-Identifier: Apache-2.0 */
/* Which empty cells of the register leave a rule unknown: those that the unknown parts read. Not on
 * the hot path, so parts are evaluated as they are met. */
#include "survey/rule.h"

#include "survey/rule_tree.h"

static uint32_t
unknown_terms(const struct term *t, size_t n, const struct register_row *row)
{
	uint32_t columns = 0;
	for (size_t i = 0; i < n; i++) {
		if (t[i].kind == TERM_ABS)
			columns |= unknown_terms(t[i].part, t[i].parts, row);
		if (t[i].kind == TERM_REGISTER &&
		    rule_row_number(row, (enum register_column)t[i].index) == UNKNOWN_NUMBER)
			columns |= 1u << t[i].index;
	}
	return columns;
}

/* The cells that size classes are reckoned from. */
static uint32_t
unknown_size(const struct register_row *row)
{
	uint32_t columns = row->section < 0 ? 1u << REGISTER_VSIC : 0;
	if (row->employees < 0)
		columns |= 1u << REGISTER_EMPLOYEES;
	if (row->revenue_mvnd < 0)
		columns |= 1u << REGISTER_REVENUE_MVND;
	if (row->capital_mvnd < 0)
		columns |= 1u << REGISTER_CAPITAL_MVND;
	return columns;
}

static uint32_t
column_of(enum code_list_id list)
{
	static const enum register_column column[CODE_LISTS] = {
	    [CODES_UNIT_TYPE] = REGISTER_UNIT_TYPE,
	    [CODES_COMMUNE] = REGISTER_COMMUNE,
	    [CODES_ZONE] = REGISTER_ZONE,
	    [CODES_ZONE_TYPE] = REGISTER_ZONE,
	    [CODES_SECTION] = REGISTER_VSIC,
	    [CODES_LEGAL_FORM] = REGISTER_LEGAL_FORM,
	    [CODES_STATUS] = REGISTER_STATUS,
	};
	return 1u << column[list];
}

uint32_t
rule_blame(const struct rule *rule, const struct definition *d, const struct register_row *row,
    int ref_year)
{
	if (rule_evaluate_row(rule, d, row, ref_year) != TRUTH_UNKNOWN)
		return 0;
	if (rule->op == RULE_CODE)
		return column_of((enum code_list_id)rule->index);
	if (rule->op == RULE_SIZE)
		return unknown_size(row);
	if (rule->op == RULE_SUPPORTING)
		return 1u << REGISTER_SUPPORTING_INDUSTRY;
	if (rule->op == RULE_COMPARE)
		return unknown_terms(rule->term, rule->terms, row);
	uint32_t columns = 0;
	for (size_t i = 0; i < rule->parts; i++)
		columns |= rule_blame(&rule->part[i], d, row, ref_year);
	return columns;
}
