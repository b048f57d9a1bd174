/* SPDX-License-Identifier: Apache-2.0 */
/* Random rules for the survey of definition_rig.json: every operator, every kind of term, sets of
 * random codes. */
#include "tests/support/naive_rule.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/definition_rig.h"

static json_t *
some_of(uint64_t *seed, const char *words)
{
	char copy[128];
	json_t *array = json_array();
	do {
		snprintf(copy, sizeof(copy), "%s", words);
		char *rest;
		for (char *word = strtok_r(copy, " ", &rest); word;
		     word = strtok_r(NULL, " ", &rest))
			if (random_below(seed, 2))
				json_array_append_new(array, json_string(word));
	} while (json_array_size(array) == 0);
	return array;
}

static const char *
relation(uint64_t *seed)
{
	static const char *const name[] = {"ge", "gt", "le", "lt", "eq", "ne"};
	return name[random_below(seed, 6)];
}

static json_t *
of_choices(uint64_t *seed)
{
	static const char *const question[][2] = {{"Q1", "A B C OTHER NONE"}, {"Q2", "NONE X Y"},
	    {"Q3", "YES NO"}, {"D1", "K L NONE"}, {"D2", "YES NO"}};
	static const char *const name[] = {"any", "ticked", "count"};
	uint64_t q = random_below(seed, 5), op = random_below(seed, 3);
	json_t *rule = json_pack("{s:s}", name[op], question[q][0]);
	if (op < 2 || random_below(seed, 2))
		json_object_set_new(
		    rule, random_below(seed, 4) ? "in" : "except", some_of(seed, question[q][1]));
	if (op == 2)
		json_object_set_new(
		    rule, relation(seed), json_integer((json_int_t)random_below(seed, 4)));
	return rule;
}

static json_t *sum(uint64_t *seed, unsigned depth);

static json_t *
term(uint64_t *seed, unsigned depth)
{
	static const char *const question[] = {"N1", "N2", "P1", "L1_A", "L1_B", "Y1"};
	static const char *const column[] = {
	    "start_year", "employees", "employees_prev", "revenue_mvnd", "capital_mvnd"};
	json_t *t;
	uint64_t kind = random_below(seed, 10);
	if (kind == 0)
		return json_integer((json_int_t)random_below(seed, 300) - 100);
	if (kind == 1)
		return json_string("ref_year");
	if (kind == 2)
		return json_string("seconds");
	if (kind == 3 && depth > 0)
		t = json_pack("{s:o}", "abs", sum(seed, depth - 1));
	else if (kind < 6)
		t = json_pack("{s:s}", "register", column[random_below(seed, 5)]);
	else
		t = json_pack("{s:s}", "question", question[random_below(seed, 6)]);
	if (random_below(seed, 2))
		json_object_set_new(
		    t, "times", json_integer((json_int_t)random_below(seed, 11) - 5));
	return t;
}

static json_t *
sum(uint64_t *seed, unsigned depth)
{
	json_t *terms = json_array();
	for (uint64_t n = 1 + random_below(seed, 3); n > 0; n--)
		json_array_append_new(terms, term(seed, depth));
	return terms;
}

static json_t *
attribute(uint64_t *seed)
{
	static const char *const list[][2] = {{"unit_type", "DN HT BQL"},
	    {"commune", "18073 18100"}, {"zone", "NONE KCN_X KKT_Y KCN_Z"},
	    {"zone_type", "KKT KCN NONE"}, {"section", "A B C D J-2018 BCD"},
	    {"status", "ACTIVE CEASED"}, {"size", "MICRO SMALL MEDIUM LARGE SME"}};
	uint64_t i = random_below(seed, 9);
	if (i >= 7)
		return json_pack("{s:s}", "register", i == 7 ? "dependent" : "supporting_industry");
	return json_pack("{s:s,s:o}", "register", list[i][0], "in", some_of(seed, list[i][1]));
}

static json_t *
of_indicator(uint64_t *seed, unsigned indicators)
{
	char code[24];
	snprintf(code, sizeof(code), "I%u", (unsigned)random_below(seed, indicators));
	json_t *rule = json_pack("{s:s}", "indicator", code);
	if (random_below(seed, 3) == 0)
		json_object_set_new(rule, "round", json_string("earlier"));
	return rule;
}

static json_t *
leaf(uint64_t *seed, unsigned indicators)
{
	static const char *const question[] = {"Q1", "Q2", "N1", "P1", "T1", "D2", "L1_A"};
	switch (random_below(seed, 12)) {
	case 0:
	case 1:
	case 2:
	case 3:
		return of_choices(seed);
	case 4:
	case 5:
		return json_pack(
		    "{s:o,s:o}", "compare", sum(seed, 2), relation(seed), sum(seed, 1));
	case 6:
		return json_pack("{s:s,s:o}", "state", question[random_below(seed, 7)], "is",
		    some_of(seed, "value dont_know blank not_applicable"));
	case 7:
	case 8:
		return attribute(seed);
	case 9:
		return json_pack(
		    "{s:s,s:I}", "score", "SC", relation(seed), (json_int_t)random_below(seed, 4));
	case 10:
		if (indicators > 0)
			return of_indicator(seed, indicators);
		break;
	default:
		break;
	}
	return json_pack("{s:b}", "const", (int)random_below(seed, 2));
}

static json_t *
some_rules(uint64_t *seed, unsigned depth, unsigned indicators)
{
	json_t *parts = json_array();
	for (uint64_t n = 1 + random_below(seed, 4); n > 0; n--)
		json_array_append_new(parts, random_rule(seed, depth, indicators));
	return parts;
}

json_t *
random_rule(uint64_t *seed, unsigned depth, unsigned indicators)
{
	if (depth == 0)
		return leaf(seed, indicators);
	switch (random_below(seed, 6)) {
	case 0:
		return json_pack("{s:o}", "and", some_rules(seed, depth - 1, indicators));
	case 1:
		return json_pack("{s:o}", "or", some_rules(seed, depth - 1, indicators));
	case 2:
		return json_pack("{s:o}", "not", random_rule(seed, depth - 1, indicators));
	case 3: {
		json_t *of = some_rules(seed, depth - 1, indicators);
		json_int_t k = 1 + (json_int_t)random_below(seed, json_array_size(of));
		return json_pack("{s:{s:I,s:o}}", "at_least", "k", k, "of", of);
	}
	case 4:
		return json_pack("{s:o,s:o}", "when", random_rule(seed, depth - 1, indicators),
		    "then", random_rule(seed, depth - 1, indicators));
	default:
		return leaf(seed, indicators);
	}
}
