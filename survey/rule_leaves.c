/* SPDX-License-Identifier: Apache-2.0 */
/* Compiling the leaves of a rule: choices of a question, its state, codes of the register,
 * indicators and scores. */
#include "survey/definition_parts.h"

#include <string.h>

#include "survey/answers.h"

#define CHOICE_TYPES (1u << QUESTION_SINGLE | 1u << QUESTION_MULTI | 1u << QUESTION_TRI)
#define ANSWER_TYPES (~(1u << QUESTION_LIST))

static bool
choice_set(struct rule_compiler *c, const json_t *object, const char *key, const struct question *q,
    uint64_t *mask)
{
	const json_t *array = loader_array(c->l, object, key, 1, CHOICES_MAX);
	bool right = array != NULL;
	size_t mark = loader_enter(c->l, key);
	*mask = 0;
	for (size_t i = 0; i < json_array_size(array); i++) {
		size_t at = loader_enter_index(c->l, i);
		const char *code = loader_code_value(c->l, json_array_get(array, i), false);
		int choice = question_find_choice(q, code, strlen(code));
		uint64_t bit = choice < 0 ? 0 : UINT64_C(1) << choice;
		if (*code && choice < 0)
			loader_problem(c->l, "'%s' is not a choice of '%s'", code, q->code);
		else if (*mask & bit)
			loader_problem(c->l, "'%s' is named twice", code);
		right = right && bit && !(*mask & bit);
		*mask |= bit;
		loader_leave(c->l, at);
	}
	loader_leave(c->l, mark);
	return right;
}

static uint64_t
bit_of(int16_t choice)
{
	return choice < 0 ? 0 : UINT64_C(1) << choice;
}

static uint64_t
all_choices(const struct question *q)
{
	return q->choices == CHOICES_MAX ? UINT64_MAX : (UINT64_C(1) << q->choices) - 1;
}

/* `in` or `except`, not both; neither only where `optional`: all but NONE and OTHER. */
static bool
in_or_except(struct rule_compiler *c, const json_t *object, struct rule *r, bool optional)
{
	const struct question *q = &c->l->d->question[r->index];
	bool in = json_object_get(object, "in"), except = json_object_get(object, "except");
	if (in && except) {
		loader_problem(c->l, "has both in and except");
		return false;
	}
	if (!except && !in && optional) {
		int none = question_find_choice(q, "NONE", 4);
		r->mask = all_choices(q) & ~bit_of(q->other_choice) & ~bit_of((int16_t)none);
	} else if (!choice_set(c, object, except ? "except" : "in", q, &r->mask)) {
		return false;
	} else if (except) {
		r->mask = all_choices(q) & ~r->mask;
	}
	r->other = bit_of(q->other_choice) & ~r->mask;
	return true;
}

bool
compile_choices(struct rule_compiler *c, const json_t *object, struct rule *r)
{
	const char *key = r->op == RULE_ANY ? "any" : "ticked";
	bool right =
	    compiler_question(c, r, object, key, CHOICE_TYPES) && in_or_except(c, object, r, false);
	if (r->op == RULE_TICKED)
		r->other = 0;
	return right;
}

/* The integer that a count or a score is compared with. */
static bool
compile_relation(struct rule_compiler *c, const json_t *object, struct rule *r)
{
	const char *key;
	if (!compiler_relation(c, object, &r->relation, &key))
		return false;
	r->k = loader_integer(c->l, object, key, 0, 1000, 0);
	return json_is_integer(json_object_get(object, key));
}

bool
compile_count(struct rule_compiler *c, const json_t *object, struct rule *r)
{
	return compiler_question(c, r, object, "count", CHOICE_TYPES) &&
	       in_or_except(c, object, r, true) && compile_relation(c, object, r);
}

bool
compile_state(struct rule_compiler *c, const json_t *object, struct rule *r)
{
	static const char *const name[] = {
	    [ANSWER_BLANK] = "blank",
	    [ANSWER_DONT_KNOW] = "dont_know",
	    [ANSWER_VALUE] = "value",
	    [3] = "not_applicable",
	};
	bool right = compiler_question(c, r, object, "state", ANSWER_TYPES);
	const json_t *array = loader_array(c->l, object, "is", 1, 4);
	r->may_be_na = false;
	size_t mark = loader_enter(c->l, "is");
	for (size_t i = 0; i < json_array_size(array); i++) {
		const char *word = json_string_value(json_array_get(array, i));
		size_t state = 0;
		while (word && state < 4 && strcmp(name[state], word) != 0)
			state++;
		size_t at = loader_enter_index(c->l, i);
		if (!word || state == 4)
			loader_problem(c->l, "must be value, dont_know, blank or not_applicable");
		else if (r->mask >> state & 1)
			loader_problem(c->l, "'%s' is named twice", word);
		else
			r->mask |= UINT64_C(1) << state;
		loader_leave(c->l, at);
	}
	loader_leave(c->l, mark);
	return right && array;
}

static void
set_add(uint64_t *set, int code)
{
	set[code / 64] |= UINT64_C(1) << (code % 64);
}

static bool
add_group(const struct code_list *list, const char *code, uint64_t *set)
{
	for (size_t g = 0; g < list->groups; g++) {
		if (strcmp(list->group[g].code, code) != 0)
			continue;
		for (size_t i = 0; i < list->group[g].members; i++)
			set_add(set, list->group[g].member[i]);
		return true;
	}
	return false;
}

static bool
named_codes(struct rule_compiler *c, const json_t *object, enum code_list_id id, uint64_t *set)
{
	const struct code_list *list = &c->l->d->list[id];
	const json_t *array = loader_array(c->l, object, "in", 1, CODES_MAX);
	bool right = array != NULL;
	size_t mark = loader_enter(c->l, "in");
	for (size_t i = 0; i < json_array_size(array); i++) {
		size_t at = loader_enter_index(c->l, i);
		const char *code = loader_code_value(c->l, json_array_get(array, i), true);
		int index = definition_find_code(c->l->d, id, code, strlen(code));
		if (index >= 0)
			set_add(set, index);
		else if (*code && !add_group(list, code, set)) {
			loader_problem(c->l, "'%s' is not a code of this list", code);
			right = false;
		}
		loader_leave(c->l, at);
	}
	loader_leave(c->l, mark);
	return right;
}

/* The zones that a set of zones or of zone types matches. */
static void
match_zones(const struct definition *d, enum code_list_id id, const uint64_t *named, uint64_t *set)
{
	const struct code_list *zones = &d->list[CODES_ZONE];
	for (size_t i = 0; i < zones->codes; i++) {
		const struct code *zone = &zones->code[i];
		int wanted = (int)i;
		if (id == CODES_ZONE_TYPE)
			wanted = definition_find_code(d, id, zone->type, strlen(zone->type));
		bool through_parent =
		    id == CODES_ZONE && zone->parent >= 0 && code_set_has(named, zone->parent);
		if ((wanted >= 0 && code_set_has(named, wanted)) || through_parent)
			set_add(set, (int)i);
	}
}

static bool
compile_codes(struct rule_compiler *c, const json_t *object, enum code_list_id id, struct rule *r)
{
	/* One size for all lists, so that a zone's index fits a set that zone types were named in.
	 */
	const size_t words = CODES_MAX / 64;
	uint64_t *named = loader_alloc(c->l, words, sizeof(*named));
	uint64_t *set = loader_alloc(c->l, words, sizeof(*set));
	if (!named || !set || !named_codes(c, object, id, named))
		return false;
	r->index = (int16_t)id;
	r->named = named;
	r->codes = named;
	r->mask = named[0];
	if (id == CODES_SIZE)
		r->op = RULE_SIZE;
	if (id == CODES_ZONE || id == CODES_ZONE_TYPE) {
		match_zones(c->l->d, id, named, set);
		r->codes = set;
	}
	return true;
}

bool
compile_register(struct rule_compiler *c, const json_t *object, struct rule *r)
{
	const char *name[CODE_LISTS + 2];
	memcpy(name, code_list_name, sizeof(code_list_name));
	name[CODE_LISTS] = "dependent";
	name[CODE_LISTS + 1] = register_column_name[REGISTER_SUPPORTING_INDUSTRY];
	int id = loader_word(c->l, object, "register", name, CODE_LISTS + 2);
	if (id < 0)
		return false;
	if (id < CODE_LISTS)
		return compile_codes(c, object, (enum code_list_id)id, r);
	if (json_object_get(object, "in"))
		loader_problem_at(c->l, "in", "'%s' takes no codes", name[id]);
	r->op = id == CODE_LISTS ? RULE_DEPENDENT : RULE_SUPPORTING;
	return true;
}

bool
compile_indicator(struct rule_compiler *c, const json_t *object, struct rule *r)
{
	static const char *const rounds[] = {"earlier"};
	const char *code = loader_code(c->l, object, "indicator", false);
	int index = loader_find(&c->l->indicator, code);
	bool earlier = json_object_get(object, "round") != NULL;
	r->may_be_na = true;
	if (earlier && loader_word(c->l, object, "round", rounds, 1) < 0)
		return false;
	if (!*code || index < 0) {
		if (*code)
			loader_problem_at(c->l, "indicator", "'%s' is not an indicator", code);
		return false;
	}
	r->index = (int16_t)index;
	r->op = earlier ? RULE_EARLIER : RULE_INDICATOR;
	if (earlier)
		return compiler_may_read(c, r, RULE_READS_EARLIER);
	if (!compiler_may_read(c, r, RULE_READS_INDICATORS))
		return false;
	if (c->place == PLACE_INDICATOR && index >= c->limit) {
		loader_problem_at(c->l, "indicator",
		    "'%s' comes later: an indicator may name only those before it", code);
		return false;
	}
	if (index > c->last_indicator)
		c->last_indicator = index;
	return true;
}

bool
compile_score(struct rule_compiler *c, const json_t *object, struct rule *r)
{
	const char *code = loader_code(c->l, object, "score", false);
	int index = loader_find(&c->l->score, code);
	if (!*code || index < 0) {
		if (*code)
			loader_problem_at(c->l, "score", "'%s' is not a score", code);
		return false;
	}
	r->index = (int16_t)index;
	if (!compiler_may_read(c, r, RULE_READS_INDICATORS) || !compile_relation(c, object, r))
		return false;
	if (c->place == PLACE_SCORE) {
		loader_problem_at(c->l, "score", "an item of a score may not name a score");
		return false;
	}
	int after = c->l->d->score[index].after;
	if (c->place == PLACE_INDICATOR && after >= c->limit) {
		loader_problem_at(c->l, "score",
		    "'%s' rests on the indicator '%s', which comes later", code,
		    c->l->d->indicator[after].code);
		return false;
	}
	if (after > c->last_indicator)
		c->last_indicator = after;
	return true;
}
