/* SPDX-License-Identifier: Apache-2.0 */
/* From a rule's JSON to its tree: one operator an object, its keys checked, its parts compiled in
 * turn. What a rule may read depends on where it stands (enum rule_place). */
#include "survey/definition_parts.h"

#include <string.h>

static bool compile_into(struct rule_compiler *c, const json_t *value, struct rule *r);

bool
compiler_node(struct rule_compiler *c)
{
	if (++c->l->rule_nodes <= RULE_NODES_MAX)
		return true;
	if (c->l->rule_nodes == RULE_NODES_MAX + 1)
		loader_problem(
		    c->l, "rules of one definition have more than %d nodes", RULE_NODES_MAX);
	return false;
}

bool
compiler_may_read(struct rule_compiler *c, struct rule *r, enum rule_reads reads)
{
	r->reads |= (uint8_t)reads;
	if (c->place == PLACE_ROW || c->place == PLACE_POPULATION) {
		loader_problem(c->l, "this rule may read the register only");
		return false;
	}
	if (c->place == PLACE_QUESTION && reads == RULE_READS_INDICATORS) {
		loader_problem(
		    c->l, "relevance may not read indicators or scores, which follow from it");
		return false;
	}
	return true;
}

bool
compiler_question(
    struct rule_compiler *c, struct rule *r, const json_t *object, const char *key, unsigned types)
{
	const char *code = loader_code(c->l, object, key, false);
	if (!*code)
		return false;
	int index = loader_find(&c->l->d->question_index, code);
	if (index < 0) {
		loader_problem_at(c->l, key, "'%s' is not a question", code);
		return false;
	}
	if (!(types >> c->l->d->question[index].type & 1)) {
		loader_problem_at(
		    c->l, key, "question '%s' is not of a type for this operator", code);
		return false;
	}
	if (c->place == PLACE_QUESTION && index >= c->limit) {
		loader_problem_at(c->l, key,
		    "relevance may read only questions before its own, '%s' is not one", code);
		return false;
	}
	r->index = (int16_t)index;
	r->may_be_na = true;
	return compiler_may_read(c, r, RULE_READS_ANSWERS);
}

bool
compiler_relation(
    struct rule_compiler *c, const json_t *object, enum relation *out, const char **key)
{
	static const char *const name[RELATIONS] = {"ge", "gt", "le", "lt", "eq", "ne"};
	unsigned found = 0;
	for (int i = 0; i < RELATIONS; i++) {
		if (!json_object_get(object, name[i]))
			continue;
		found++;
		*out = (enum relation)i;
		*key = name[i];
	}
	if (found != 1)
		loader_problem(c->l, "needs one of ge, gt, le, lt, eq, ne; has %u", found);
	return found == 1;
}

static bool
compile_parts(struct rule_compiler *c, const json_t *object, const char *key, struct rule *r)
{
	const json_t *array = loader_array(c->l, object, key, 1, RULE_PARTS_MAX);
	size_t n = json_array_size(array);
	struct rule *part = loader_alloc(c->l, n, sizeof(*part));
	bool right = part != NULL;
	r->part = part;
	r->may_be_na = true;
	size_t mark = loader_enter(c->l, key);
	for (size_t i = 0; part && i < n; i++) {
		size_t at = loader_enter_index(c->l, i);
		right = compile_into(c, json_array_get(array, i), &part[i]) && right;
		r->may_be_na = r->may_be_na && part[i].may_be_na;
		r->reads |= part[i].reads;
		loader_leave(c->l, at);
	}
	loader_leave(c->l, mark);
	r->parts = (uint16_t)(part ? n : 0);
	return right;
}

static bool
compile_members(
    struct rule_compiler *c, const json_t *object, const char *const *key, size_t n, struct rule *r)
{
	struct rule *part = loader_alloc(c->l, n, sizeof(*part));
	bool right = part != NULL;
	for (size_t i = 0; part && i < n; i++) {
		const json_t *value = json_object_get(object, key[i]);
		size_t mark = loader_enter(c->l, key[i]);
		if (!value)
			loader_problem(c->l, "is missing");
		right = value && compile_into(c, value, &part[i]) && right;
		r->reads |= part[i].reads;
		loader_leave(c->l, mark);
	}
	r->part = part;
	r->parts = (uint16_t)(part ? n : 0);
	return right;
}

static bool
compile_junction(struct rule_compiler *c, const json_t *object, struct rule *r)
{
	return compile_parts(c, object, r->op == RULE_AND ? "and" : "or", r);
}

static bool
compile_not(struct rule_compiler *c, const json_t *object, struct rule *r)
{
	static const char *const key[] = {"not"};
	bool right = compile_members(c, object, key, 1, r);
	r->may_be_na = right && r->part[0].may_be_na;
	return right;
}

static bool
compile_when(struct rule_compiler *c, const json_t *object, struct rule *r)
{
	static const char *const key[] = {"when", "then"};
	r->may_be_na = true;
	return compile_members(c, object, key, 2, r);
}

static bool
compile_at_least(struct rule_compiler *c, const json_t *object, struct rule *r)
{
	const json_t *value = json_object_get(object, "at_least");
	size_t mark = loader_enter(c->l, "at_least");
	bool right = loader_object(c->l, value, "k of") && compile_parts(c, value, "of", r);
	if (right) {
		r->k = loader_integer_required(c->l, value, "k", 1, (int64_t)r->parts);
		right = json_is_integer(json_object_get(value, "k"));
	}
	loader_leave(c->l, mark);
	return right;
}

static bool
compile_const(struct rule_compiler *c, const json_t *object, struct rule *r)
{
	r->value = (uint8_t)truth_of(loader_flag(c->l, object, "const", false));
	return true;
}

struct rule_operator {
	const char *key;
	enum rule_op op;
	const char *allowed;
	bool (*compile)(struct rule_compiler *c, const json_t *object, struct rule *r);
};

static const struct rule_operator operators[] = {
    {"and", RULE_AND, "and", compile_junction},
    {"or", RULE_OR, "or", compile_junction},
    {"not", RULE_NOT, "not", compile_not},
    {"at_least", RULE_AT_LEAST, "at_least", compile_at_least},
    {"when", RULE_WHEN, "when then", compile_when},
    {"any", RULE_ANY, "any in except", compile_choices},
    {"ticked", RULE_TICKED, "ticked in except", compile_choices},
    {"count", RULE_COUNT, "count in except ge gt le lt eq ne", compile_count},
    {"compare", RULE_COMPARE, "compare ge gt le lt eq ne", compile_compare},
    {"state", RULE_STATE, "state is", compile_state},
    {"register", RULE_CODE, "register in", compile_register},
    {"indicator", RULE_INDICATOR, "indicator round", compile_indicator},
    {"score", RULE_SCORE, "score ge gt le lt eq ne", compile_score},
    {"const", RULE_CONST, "const", compile_const},
};

static const struct rule_operator *
operator_of(const json_t *object)
{
	for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++)
		if (json_object_get(object, operators[i].key))
			return &operators[i];
	return NULL;
}

/* False when anything is wrong; the definition is refused then, so the tree is never looked at. */
static bool
compile_into(struct rule_compiler *c, const json_t *value, struct rule *r)
{
	struct loader *l = c->l;
	if (l->out_of_memory || !compiler_node(c))
		return false;
	if (c->depth == RULE_DEPTH_MAX) {
		loader_problem(l, "rules may nest %d deep at most", RULE_DEPTH_MAX);
		return false;
	}
	if (!json_is_object(value)) {
		loader_problem(l, "a rule must be an object");
		return false;
	}
	const struct rule_operator *found = operator_of(value);
	if (!found) {
		loader_problem(l,
		    "no operator: one of and, or, not, at_least, when, any, ticked, count, "
		    "compare, state, register, indicator, score, const");
		return false;
	}
	loader_object(l, value, found->allowed);
	r->op = found->op;
	c->depth++;
	bool right = found->compile(c, value, r);
	c->depth--;
	return right;
}

const struct rule *
rule_compile(struct loader *l, const json_t *object, const char *key, bool required,
    enum rule_place place, int limit, int *last_indicator)
{
	struct rule_compiler c = {l, place, limit, -1, 0};
	const json_t *value = json_object_get(object, key);
	if (!value) {
		if (required)
			loader_problem_at(l, key, "is missing");
		return NULL;
	}
	struct rule *rule = loader_alloc(l, 1, sizeof(*rule));
	if (!rule)
		return NULL;
	size_t mark = loader_enter(l, key);
	bool right = compile_into(&c, value, rule);
	if (right && place == PLACE_POPULATION && rule->may_be_na)
		loader_problem(l, "a population's rule must never be not applicable");
	loader_leave(l, mark);
	if (last_indicator)
		*last_indicator = c.last_indicator;
	return right ? rule : NULL;
}
