/* SPDX-License-Identifier: Apache-2.0 */
/* Compiling comparisons of linear sums. How large each sum can get is reckoned here, so that the
 * evaluator adds and multiplies 64-bit integers without a look. */
#include "survey/definition_parts.h"

#include <string.h>

#define NUMBERS 5 /* columns of the register that a sum may have */
#define NUMBER_TYPES (1u << QUESTION_INT | 1u << QUESTION_MONEY | 1u << QUESTION_PCT)

struct sum {
	struct rule_compiler *c;
	struct rule *rule;
	int64_t reach;  /* greatest absolute value of what was added so far */
	bool questions; /* there is one */
};

static bool compile_sum(struct sum *s, const json_t *array, struct term *term);

/* Add `reach` * |times|, both within limits, or say that the sum gets too large. */
static bool
reach_further(struct sum *s, int64_t reach, int64_t times)
{
	int64_t size;
	if (__builtin_mul_overflow(reach, times < 0 ? -times : times, &size) ||
	    __builtin_add_overflow(s->reach, size, &s->reach) || s->reach > RULE_SUM_MAX) {
		s->reach = 0;
		loader_problem(s->c->l, "the sum could pass %lld", (long long)RULE_SUM_MAX);
		return false;
	}
	return true;
}

static bool
register_number(struct sum *s, const json_t *value, struct term *t)
{
	static const enum register_column column[NUMBERS] = {REGISTER_START_YEAR,
	    REGISTER_EMPLOYEES, REGISTER_EMPLOYEES_PREV, REGISTER_REVENUE_MVND,
	    REGISTER_CAPITAL_MVND};
	const char *name[NUMBERS];
	for (size_t i = 0; i < NUMBERS; i++)
		name[i] = register_column_name[column[i]];
	loader_object(s->c->l, value, "register times");
	int found = loader_word(s->c->l, value, "register", name, NUMBERS);
	t->kind = TERM_REGISTER;
	t->index = (int16_t)(found < 0 ? REGISTER_EMPLOYEES : column[found]);
	return found >= 0 && reach_further(s, RULE_NUMBER_MAX, t->times);
}

static bool
absolute(struct sum *s, const json_t *value, struct term *t)
{
	struct loader *l = s->c->l;
	struct sum inner = {s->c, s->rule, 0, false};
	loader_object(l, value, "abs times");
	const json_t *array = loader_array(l, value, "abs", 1, RULE_TERMS_MAX);
	size_t n = json_array_size(array);
	struct term *part = loader_alloc(l, n, sizeof(*part));
	if (!part || s->c->depth == RULE_DEPTH_MAX) {
		if (part)
			loader_problem(l, "rules may nest %d deep at most", RULE_DEPTH_MAX);
		return false;
	}
	s->c->depth++;
	size_t mark = loader_enter(l, "abs");
	bool right = compile_sum(&inner, array, part);
	loader_leave(l, mark);
	s->c->depth--;
	t->kind = TERM_ABS;
	t->part = part;
	t->parts = n;
	s->questions = s->questions || inner.questions;
	return right && reach_further(s, inner.reach, t->times);
}

static bool
question_number(struct sum *s, const json_t *value, struct term *t)
{
	loader_object(s->c->l, value, "question times");
	t->kind = TERM_QUESTION;
	s->questions = true;
	if (!compiler_question(s->c, s->rule, value, "question", NUMBER_TYPES))
		return false;
	t->index = s->rule->index;
	return reach_further(s, RULE_NUMBER_MAX, t->times);
}

static bool
word_number(struct sum *s, const json_t *value, struct term *t)
{
	const char *word = json_string_value(value);
	if (strcmp(word, "ref_year") == 0) {
		t->kind = TERM_REF_YEAR;
		return reach_further(s, RULE_NUMBER_MAX, 1);
	}
	if (strcmp(word, "seconds") != 0) {
		loader_problem(s->c->l, "'%s' is not a term: ref_year or seconds", word);
		return false;
	}
	t->kind = TERM_SECONDS;
	if (s->c->place == PLACE_QUESTION) {
		loader_problem(s->c->l, "relevance may not read the seconds taken");
		return false;
	}
	return compiler_may_read(s->c, s->rule, RULE_READS_ANSWERS) &&
	       reach_further(s, RULE_NUMBER_MAX, 1);
}

static bool
compile_term(struct sum *s, const json_t *value, struct term *t)
{
	struct loader *l = s->c->l;
	t->times = 1;
	if (!compiler_node(s->c))
		return false;
	if (json_is_integer(value)) {
		t->kind = TERM_CONST;
		t->value = json_integer_value(value);
		if (t->value < -RULE_SUM_MAX || t->value > RULE_SUM_MAX)
			return reach_further(s, RULE_SUM_MAX, 2);
		return reach_further(s, t->value < 0 ? -t->value : t->value, 1);
	}
	if (json_is_string(value))
		return word_number(s, value, t);
	if (!json_is_object(value)) {
		loader_problem(l, "a term must be an integer, a word or an object");
		return false;
	}
	t->times = loader_integer(l, value, "times", -RULE_TIMES_MAX, RULE_TIMES_MAX, 1);
	if (json_object_get(value, "question"))
		return question_number(s, value, t);
	if (json_object_get(value, "register"))
		return register_number(s, value, t);
	if (json_object_get(value, "abs"))
		return absolute(s, value, t);
	loader_problem(l, "a term needs one of question, register, abs");
	return false;
}

static bool
compile_sum(struct sum *s, const json_t *array, struct term *term)
{
	bool right = true;
	for (size_t i = 0; i < json_array_size(array); i++) {
		size_t at = loader_enter_index(s->c->l, i);
		right = compile_term(s, json_array_get(array, i), &term[i]) && right;
		loader_leave(s->c->l, at);
	}
	return right;
}

/* One question against a constant: an answer is in a range then, or not, and nothing need be summed
 * up. */
static void
find_range(struct rule *r)
{
	const struct term *question = &r->term[0], *constant = &r->term[1];
	if (r->terms != 2 || r->left != 1 || question->kind != TERM_QUESTION ||
	    question->times != 1 || constant->kind != TERM_CONST || r->relation == RELATION_NE)
		return;
	bool has_least = r->relation != RELATION_LE && r->relation != RELATION_LT;
	bool has_most = r->relation != RELATION_GE && r->relation != RELATION_GT;
	int64_t least = constant->value + (r->relation == RELATION_GT);
	int64_t most = constant->value - (r->relation == RELATION_LT);
	/* Numbers are cut to RULE_NUMBER_MAX: further off a limit holds always or never. */
	bool never =
	    (has_least && least > RULE_NUMBER_MAX) || (has_most && most < -RULE_NUMBER_MAX);
	r->is_range = true;
	r->k = never ? 1 : has_least && least > -RULE_NUMBER_MAX ? least : INT64_MIN;
	r->most = never ? 0 : has_most && most < RULE_NUMBER_MAX ? most : INT64_MAX;
}

bool
compile_compare(struct rule_compiler *c, const json_t *object, struct rule *r)
{
	struct loader *l = c->l;
	const char *key;
	if (!compiler_relation(c, object, &r->relation, &key))
		return false;
	const json_t *left = loader_array(l, object, "compare", 1, RULE_TERMS_MAX);
	const json_t *right = loader_array(l, object, key, 1, RULE_TERMS_MAX);
	r->left = (uint16_t)json_array_size(left);
	r->terms = (uint16_t)(r->left + json_array_size(right));
	struct term *term = loader_alloc(l, r->terms, sizeof(*term));
	if (!left || !right || !term)
		return false;
	r->term = term;
	struct sum s = {c, r, 0, false};
	size_t mark = loader_enter(l, "compare");
	bool good = compile_sum(&s, left, term);
	loader_leave(l, mark);
	mark = loader_enter(l, key);
	s.reach = 0;
	good = compile_sum(&s, right, term + r->left) && good;
	loader_leave(l, mark);
	r->may_be_na = s.questions;
	if (good)
		find_range(r);
	return good;
}
