/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/naive_rule.h"

#include <assert.h>
#include <string.h>

#include "survey/taxcode.h"

__extension__ typedef __int128 wide;

struct world {
	const json_t *survey;
	const struct facts *facts;
};

static const json_t *
item_of(const json_t *array, const char *code)
{
	for (size_t i = 0; i < json_array_size(array); i++) {
		const json_t *item = json_array_get(array, i);
		const char *found = json_string_value(json_object_get(item, "code"));
		if (found && strcmp(found, code) == 0)
			return item;
	}
	return NULL;
}

/* The question's JSON; *section its section, *list the list it is a part of or NULL. */
static const json_t *
question_of(const json_t *survey, const char *code, const json_t **section, const json_t **list)
{
	const json_t *sections = json_object_get(survey, "sections");
	for (size_t s = 0; s < json_array_size(sections); s++) {
		const json_t *questions = json_object_get(json_array_get(sections, s), "questions");
		*section = json_array_get(sections, s);
		for (size_t i = 0; i < json_array_size(questions); i++) {
			*list = json_array_get(questions, i);
			const json_t *part = item_of(json_object_get(*list, "parts"), code);
			if (part)
				return part;
		}
		*list = NULL;
		const json_t *question = item_of(questions, code);
		if (question)
			return question;
	}
	return NULL;
}

enum truth
naive_relevance(const json_t *survey, const struct facts *facts, const char *question, bool *hidden)
{
	const json_t *section, *list;
	const json_t *item = question_of(survey, question, &section, &list);
	assert(item);
	const json_t *outer = json_object_get(section, "relevance");
	const json_t *inner = json_object_get(list ? list : item, "relevance");
	enum truth a = outer ? naive_rule(survey, facts, outer) : TRUTH_TRUE;
	enum truth b = inner ? naive_rule(survey, facts, inner) : TRUTH_TRUE;
	*hidden = false;
	if (a == TRUTH_FALSE || a == TRUTH_NA || b == TRUTH_FALSE || b == TRUTH_NA)
		return TRUTH_FALSE;
	/* The rig's questions read nothing but answers, its sections nothing but the register. */
	*hidden = b == TRUTH_UNKNOWN;
	return a == TRUTH_TRUE && b == TRUTH_TRUE ? TRUTH_TRUE : TRUTH_UNKNOWN;
}

enum seen {
	SEEN_NA,
	SEEN_BLANK, /* or hidden */
	SEEN_DONT_KNOW,
	SEEN_VALUE
};

static enum seen
see(const struct world *w, const char *code, const struct answer **answer)
{
	bool hidden;
	enum truth asked = naive_relevance(w->survey, w->facts, code, &hidden);
	int index = definition_find_question(w->facts->definition, code, strlen(code));
	*answer = &w->facts->answers->answer[index];
	if (asked == TRUTH_FALSE)
		return SEEN_NA;
	if (hidden || (*answer)->state == ANSWER_BLANK)
		return SEEN_BLANK;
	return (*answer)->state == ANSWER_DONT_KNOW ? SEEN_DONT_KNOW : SEEN_VALUE;
}

static bool
names(const json_t *array, const char *code)
{
	for (size_t i = 0; i < json_array_size(array); i++)
		if (strcmp(json_string_value(json_array_get(array, i)), code) == 0)
			return true;
	return false;
}

static enum truth not(enum truth t) {
	return t == TRUTH_TRUE    ? TRUTH_FALSE
	       : t == TRUTH_FALSE ? TRUTH_TRUE
				  : t;
}

/* Parts that are true, false, unknown, not applicable. */
static void
tally(const struct world *w, const json_t *parts, unsigned count[4])
{
	for (size_t i = 0; i < json_array_size(parts); i++)
		count[naive_rule(w->survey, w->facts, json_array_get(parts, i))]++;
}

static enum truth
junction(const unsigned count[4], unsigned wanted)
{
	if (count[0] + count[1] + count[2] == 0)
		return TRUTH_NA;
	if (count[TRUTH_TRUE] >= wanted)
		return TRUTH_TRUE;
	return count[TRUTH_TRUE] + count[TRUTH_UNKNOWN] >= wanted ? TRUTH_UNKNOWN : TRUTH_FALSE;
}

static bool
in_set(const json_t *rule, const char *code)
{
	const json_t *in = json_object_get(rule, "in"), *except = json_object_get(rule, "except");
	if (in)
		return names(in, code);
	if (except)
		return !names(except, code);
	return strcmp(code, "NONE") != 0 && strcmp(code, "OTHER") != 0;
}

/* How many chosen codes are in the rule's set; whether an OTHER outside it is among the chosen. */
static unsigned
matches(const struct world *w, const char *code, const json_t *rule, const struct answer *a,
    bool *other)
{
	const struct definition *d = w->facts->definition;
	const struct question *q = &d->question[definition_find_question(d, code, strlen(code))];
	unsigned n = 0;
	*other = false;
	for (size_t i = 0; i < q->choices; i++) {
		if (!(a->mask & UINT64_C(1) << i))
			continue;
		if (in_set(rule, q->choice[i].code))
			n++;
		else if (strcmp(q->choice[i].code, "OTHER") == 0)
			*other = true;
	}
	return n;
}

static enum truth
known_if_same(bool at_one_end, bool at_the_other)
{
	return at_one_end != at_the_other ? TRUTH_UNKNOWN : truth_of(at_one_end);
}

static enum truth
related(const json_t *rule, wide alo, wide ahi, wide blo, wide bhi)
{
	if (json_object_get(rule, "ge"))
		return known_if_same(alo >= bhi, ahi >= blo);
	if (json_object_get(rule, "gt"))
		return known_if_same(alo > bhi, ahi > blo);
	if (json_object_get(rule, "le"))
		return known_if_same(ahi <= blo, alo <= bhi);
	if (json_object_get(rule, "lt"))
		return known_if_same(ahi < blo, alo < bhi);
	enum truth equal = TRUTH_UNKNOWN;
	if (alo > bhi || ahi < blo)
		equal = TRUTH_FALSE;
	else if (alo == ahi && blo == bhi)
		equal = TRUTH_TRUE;
	return json_object_get(rule, "eq") ? equal : not(equal);
}

static const json_t *
bound_of(const json_t *rule)
{
	static const char *const key[] = {"ge", "gt", "le", "lt", "eq", "ne"};
	const json_t *bound = NULL;
	for (int i = 0; i < 6 && !bound; i++)
		bound = json_object_get(rule, key[i]);
	return bound;
}

static enum truth
choices(const struct world *w, const json_t *rule, const char *key)
{
	const char *code = json_string_value(json_object_get(rule, key));
	const struct answer *a;
	bool other;
	enum seen seen = see(w, code, &a);
	if (seen == SEEN_NA)
		return TRUTH_NA;
	if (seen != SEEN_VALUE)
		return TRUTH_UNKNOWN;
	unsigned n = matches(w, code, rule, a, &other);
	if (strcmp(key, "count") == 0) {
		wide bound = json_integer_value(bound_of(rule));
		return related(rule, n, n + other, bound, bound);
	}
	if (n > 0)
		return TRUTH_TRUE;
	return other && strcmp(key, "any") == 0 ? TRUTH_UNKNOWN : TRUTH_FALSE;
}

struct range {
	wide lo, hi;
	unsigned questions, applicable;
};

static struct range range_of_sum(const struct world *w, const json_t *terms);

static struct range
range_of_question(const struct world *w, const char *code)
{
	const struct definition *d = w->facts->definition;
	const struct question *q = &d->question[definition_find_question(d, code, strlen(code))];
	const struct answer *a;
	enum seen seen = see(w, code, &a);
	if (seen == SEEN_NA)
		return (struct range){0, 0, 1, 0};
	if (seen == SEEN_VALUE)
		return (struct range){a->number, a->number, 1, 1};
	return (struct range){q->min, q->max_is_ref_year ? w->facts->ref_year : q->max, 1, 1};
}

static struct range
range_of_register(const struct register_row *row, const char *name)
{
	int64_t number, hi = 200000, lo = 0;
	if (strcmp(name, "start_year") == 0)
		number = row->start_year, lo = 1900, hi = 2100;
	else if (strcmp(name, "employees") == 0)
		number = row->employees;
	else if (strcmp(name, "employees_prev") == 0)
		number = row->employees_prev;
	else
		number = strcmp(name, "revenue_mvnd") == 0 ? row->revenue_mvnd : row->capital_mvnd,
		hi = MONEY_MAX;
	return number < 0 ? (struct range){lo, hi, 0, 0} : (struct range){number, number, 0, 0};
}

static struct range
range_of_term(const struct world *w, const json_t *term)
{
	if (json_is_integer(term))
		return (struct range){json_integer_value(term), json_integer_value(term), 0, 0};
	const char *word = json_string_value(term);
	if (word && strcmp(word, "ref_year") == 0)
		return (struct range){w->facts->ref_year, w->facts->ref_year, 0, 0};
	int32_t seconds = w->facts->answers->seconds;
	if (word)
		return seconds < 0 ? (struct range){0, INT32_MAX, 0, 0}
				   : (struct range){seconds, seconds, 0, 0};
	struct range r;
	const char *code = json_string_value(json_object_get(term, "question"));
	const char *column = json_string_value(json_object_get(term, "register"));
	if (code) {
		r = range_of_question(w, code);
	} else if (column) {
		r = range_of_register(w->facts->row, column);
	} else {
		r = range_of_sum(w, json_object_get(term, "abs"));
		wide a = r.lo < 0 ? -r.lo : r.lo, b = r.hi < 0 ? -r.hi : r.hi;
		r.lo = r.lo <= 0 && r.hi >= 0 ? 0 : a < b ? a : b;
		r.hi = a > b ? a : b;
	}
	const json_t *times = json_object_get(term, "times");
	wide k = times ? json_integer_value(times) : 1, x = k * r.lo, y = k * r.hi;
	r.lo = x < y ? x : y;
	r.hi = x < y ? y : x;
	return r;
}

static struct range
range_of_sum(const struct world *w, const json_t *terms)
{
	struct range total = {0, 0, 0, 0};
	for (size_t i = 0; i < json_array_size(terms); i++) {
		struct range r = range_of_term(w, json_array_get(terms, i));
		total.lo += r.lo;
		total.hi += r.hi;
		total.questions += r.questions;
		total.applicable += r.applicable;
	}
	return total;
}

static enum truth
compare(const struct world *w, const json_t *rule)
{
	struct range a = range_of_sum(w, json_object_get(rule, "compare"));
	struct range b = range_of_sum(w, bound_of(rule));
	if (a.questions + b.questions > 0 && a.applicable + b.applicable == 0)
		return TRUTH_NA;
	return related(rule, a.lo, a.hi, b.lo, b.hi);
}

static bool
matches_code(const struct world *w, const json_t *rule, const char *list, const char *code)
{
	const json_t *in = json_object_get(rule, "in");
	const json_t *groups =
	    json_object_get(json_object_get(json_object_get(w->survey, "lists"), list), "groups");
	if (names(in, code))
		return true;
	for (size_t g = 0; g < json_array_size(groups); g++) {
		const json_t *group = json_array_get(groups, g);
		if (names(in, json_string_value(json_object_get(group, "code"))) &&
		    names(json_object_get(group, "members"), code))
			return true;
	}
	return false;
}

static enum truth
size(const struct world *w, const json_t *rule)
{
	static const char *const name[] = {"MICRO", "SMALL", "MEDIUM", "LARGE"};
	unsigned inside = 0, outside = 0;
	for (int i = 0; i < 4; i++) {
		if (!(w->facts->row->size_mask >> i & 1))
			continue;
		if (matches_code(w, rule, "size", name[i]))
			inside++;
		else
			outside++;
	}
	return inside && outside ? TRUTH_UNKNOWN : truth_of(inside > 0);
}

static enum truth
zone(const struct world *w, const json_t *rule, bool type)
{
	const struct code_list *zones = &w->facts->definition->list[CODES_ZONE];
	int index = w->facts->row->zone;
	if (index < 0)
		return TRUTH_UNKNOWN;
	const json_t *item = item_of(
	    json_object_get(json_object_get(json_object_get(w->survey, "lists"), "zone"), "codes"),
	    zones->code[index].code);
	const char *of_type = json_string_value(json_object_get(item, "type"));
	const char *parent = json_string_value(json_object_get(item, "parent"));
	const json_t *in = json_object_get(rule, "in");
	if (type)
		return truth_of(names(in, of_type ? of_type : "NONE"));
	return truth_of(names(in, zones->code[index].code) || (parent && names(in, parent)));
}

static enum truth
attribute(const struct world *w, const json_t *rule)
{
	const char *name = json_string_value(json_object_get(rule, "register"));
	const struct register_row *row = w->facts->row;
	const struct definition *d = w->facts->definition;
	if (strcmp(name, "dependent") == 0)
		return truth_of(taxcode_is_dependent(row->tax_code));
	if (strcmp(name, "supporting_industry") == 0)
		return row->supporting_industry < 0 ? TRUTH_UNKNOWN
						    : truth_of(row->supporting_industry);
	if (strcmp(name, "size") == 0)
		return size(w, rule);
	if (strcmp(name, "zone") == 0 || strcmp(name, "zone_type") == 0)
		return zone(w, rule, name[4] != '\0');
	int index = strcmp(name, "section") == 0     ? row->section
		    : strcmp(name, "status") == 0    ? row->status
		    : strcmp(name, "unit_type") == 0 ? row->unit_type
						     : row->commune;
	enum code_list_id id = strcmp(name, "section") == 0     ? CODES_SECTION
			       : strcmp(name, "status") == 0    ? CODES_STATUS
			       : strcmp(name, "unit_type") == 0 ? CODES_UNIT_TYPE
								: CODES_COMMUNE;
	if (index < 0)
		return TRUTH_UNKNOWN;
	return truth_of(matches_code(w, rule, name, d->list[id].code[index].code));
}

static enum truth
state(const struct world *w, const json_t *rule)
{
	static const char *const name[] = {"not_applicable", "blank", "dont_know", "value"};
	const struct answer *a;
	enum seen seen = see(w, json_string_value(json_object_get(rule, "state")), &a);
	return truth_of(names(json_object_get(rule, "is"), name[seen]));
}

static enum truth
indicator(const struct world *w, const json_t *rule)
{
	const char *code = json_string_value(json_object_get(rule, "indicator"));
	if (json_object_get(rule, "round")) {
		int index = definition_find_indicator(w->facts->earlier_definition, code);
		if (!w->facts->earlier || index < 0)
			return TRUTH_UNKNOWN;
		return indicator_bits_get(w->facts->earlier, (unsigned)index);
	}
	const json_t *item = item_of(json_object_get(w->survey, "indicators"), code);
	return naive_rule(w->survey, w->facts, json_object_get(item, "rule"));
}

static enum truth
score(const struct world *w, const json_t *rule)
{
	const char *code = json_string_value(json_object_get(rule, "score"));
	const json_t *item = item_of(json_object_get(w->survey, "scores"), code);
	const json_t *items = json_object_get(item, "items");
	unsigned count[4] = {0, 0, 0, 0};
	for (size_t i = 0; i < json_array_size(items); i++)
		count[naive_rule(
		    w->survey, w->facts, json_object_get(json_array_get(items, i), "rule"))]++;
	wide lo = count[TRUTH_TRUE], bound = json_integer_value(bound_of(rule));
	return related(rule, lo, lo + count[TRUTH_UNKNOWN], bound, bound);
}

static enum truth
connective(const struct world *w, const json_t *rule)
{
	unsigned count[4] = {0, 0, 0, 0};
	const json_t *parts = json_object_get(rule, "and");
	const json_t *at_least = json_object_get(rule, "at_least");
	if (parts) {
		tally(w, parts, count);
		return junction(count, count[0] + count[1] + count[2]);
	}
	if (at_least) {
		tally(w, json_object_get(at_least, "of"), count);
		return junction(
		    count, (unsigned)json_integer_value(json_object_get(at_least, "k")));
	}
	tally(w, json_object_get(rule, "or"), count);
	return junction(count, 1);
}

enum truth
naive_rule(const json_t *survey, const struct facts *facts, const json_t *rule)
{
	struct world w = {survey, facts};
	const json_t *part;
	if (json_object_get(rule, "and") || json_object_get(rule, "or") ||
	    json_object_get(rule, "at_least"))
		return connective(&w, rule);
	if ((part = json_object_get(rule, "not")))
		return not(naive_rule(survey, facts, part));
	if ((part = json_object_get(rule, "when"))) {
		enum truth condition = naive_rule(survey, facts, part);
		if (condition == TRUTH_UNKNOWN)
			return TRUTH_UNKNOWN;
		return condition != TRUTH_TRUE
			   ? TRUTH_NA
			   : naive_rule(survey, facts, json_object_get(rule, "then"));
	}
	if (json_object_get(rule, "any"))
		return choices(&w, rule, "any");
	if (json_object_get(rule, "ticked"))
		return choices(&w, rule, "ticked");
	if (json_object_get(rule, "count"))
		return choices(&w, rule, "count");
	if (json_object_get(rule, "compare"))
		return compare(&w, rule);
	if (json_object_get(rule, "state"))
		return state(&w, rule);
	if (json_object_get(rule, "register"))
		return attribute(&w, rule);
	if (json_object_get(rule, "indicator"))
		return indicator(&w, rule);
	if (json_object_get(rule, "score"))
		return score(&w, rule);
	return truth_of(json_is_true(json_object_get(rule, "const")));
}
