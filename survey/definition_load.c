/* SPDX-License-Identifier: Apache-2.0 */
/* From JSON to a definition: every part is read in an order that has the codes known before a rule
 * names them, and everything wrong is recorded, not only the first thing. */
#include "survey/definition_parts.h"

#include <stdlib.h>
#include <string.h>

#include "survey/register.h"
#include "survey/rule_plan.h"
#include "survey/whole_answers.h"

const char *const builtin_name[BUILTINS] = {
    [BUILTIN_TAX_CODE] = "tax_code",
    [BUILTIN_UNKNOWN_QUESTION] = "unknown_question",
    [BUILTIN_UNKNOWN_CHOICE] = "unknown_choice",
    [BUILTIN_EXCLUSIVE_CHOICE] = "exclusive_choice",
    [BUILTIN_CORE_MISSING] = "core_missing",
    [BUILTIN_IRRELEVANT] = "irrelevant",
    [BUILTIN_PERCENT_RANGE] = "percent_range",
    [BUILTIN_NUMBER_RANGE] = "number_range",
    [BUILTIN_DUPLICATE_UNIT] = "duplicate_unit",
    [BUILTIN_UNKNOWN_UNIT] = "unknown_unit",
    [BUILTIN_TEXT] = "text",
    [BUILTIN_COMMUNE] = "commune",
    [BUILTIN_VSIC] = "vsic",
    [BUILTIN_CODE] = "code",
};

static void
load_column(struct loader *l, const json_t *item, struct column *column)
{
	loader_object(l, item, "code column label required");
	column->code = loader_code(l, item, "code", false);
	column->column = loader_text(l, item, "column", true);
	column->label = loader_label(l, item, "label", true);
	column->required = loader_flag(l, item, "required", false);
	loader_index_add(l, &l->column, column->code, 0);
}

static void
load_register_column(struct loader *l, const json_t *item, size_t index)
{
	struct column *column = &l->d->column[index];
	load_column(l, item, column);
	if (*column->column && register_find_column(column->column, strlen(column->column)) < 0)
		loader_problem_at(
		    l, "column", "'%s' is not a column of the register", column->column);
}

static void
load_contact(struct loader *l, const json_t *item, size_t index)
{
	load_column(l, item, &l->d->contact[index]);
}

static void
load_columns(struct loader *l)
{
	struct definition *d = l->d;
	const json_t *root = l->root;
	d->column =
	    loader_items(l, root, "columns", 0, COLUMNS_MAX, sizeof(struct column), &d->columns);
	d->contact =
	    loader_items(l, root, "contacts", 0, COLUMNS_MAX, sizeof(struct column), &d->contacts);
	if (!loader_index(l, &l->column, d->columns + d->contacts))
		return;
	loader_walk(l, root, "columns", d->columns, load_register_column);
	loader_walk(l, root, "contacts", d->contacts, load_contact);
}

static void
load_labels(struct loader *l)
{
	l->labels = json_object_get(l->root, "labels");
	if (!l->labels)
		return;
	size_t mark = loader_enter(l, "labels");
	if (!json_is_object(l->labels)) {
		loader_problem(l, "must be an object");
		l->labels = NULL;
	} else {
		json_t *labels = (json_t *)(uintptr_t)l->labels; /* for iterating only */
		void *at = json_object_iter(labels);
		for (; at && !l->out_of_memory; at = json_object_iter_next(labels, at)) {
			size_t key = loader_enter(l, json_object_iter_key(at));
			loader_label_value(l, json_object_iter_value(at));
			loader_leave(l, key);
		}
	}
	loader_leave(l, mark);
}

/* Codes and labels first; rules when every code is known. */
static void
declare_score(struct loader *l, const json_t *item, size_t index)
{
	struct score *score = &l->d->score[index];
	loader_object(l, item, "code label items");
	score->code = loader_code(l, item, "code", false);
	score->label = loader_label(l, item, "label", true);
	score->after = -1;
	loader_index_add(l, &l->score, score->code, index);
}

static void
declare_indicator(struct loader *l, const json_t *item, size_t index)
{
	struct indicator *indicator = &l->d->indicator[index];
	loader_object(l, item, "code label rule");
	indicator->code = loader_code(l, item, "code", false);
	indicator->label = loader_label(l, item, "label", true);
	loader_index_add(l, &l->indicator, indicator->code, index);
}

static void
load_builtin(struct loader *l, const json_t *value, size_t check)
{
	const char *name = json_string_value(value);
	for (int i = 0; name && i < BUILTINS; i++) {
		if (strcmp(builtin_name[i], name) != 0)
			continue;
		if (l->d->builtin[i] >= 0)
			loader_problem(l, "builtin '%s' is named twice", name);
		l->d->builtin[i] = (int16_t)check;
		return;
	}
	loader_problem(l, "'%s' is not a builtin", name ? name : "(not a string)");
}

static void
load_builtins(struct loader *l, const json_t *item, size_t check)
{
	const json_t *array = loader_array(l, item, "builtin", 1, BUILTINS);
	size_t mark = loader_enter(l, "builtin");
	for (size_t i = 0; i < json_array_size(array); i++) {
		size_t at = loader_enter_index(l, i);
		load_builtin(l, json_array_get(array, i), check);
		loader_leave(l, at);
	}
	loader_leave(l, mark);
}

static void
declare_check(struct loader *l, const json_t *item, size_t index)
{
	static const char *const severities[] = {"soft", "hard"};
	static const char *const stages[] = {"submission", "register"};
	struct check *check = &l->d->check[index];
	bool builtin = json_object_get(item, "builtin") != NULL;
	loader_object(l, item,
	    builtin ? "code severity questions message builtin"
		    : "code severity questions message stage rule");
	check->code = loader_code(l, item, "code", false);
	check->message = loader_label(l, item, "message", true);
	int severity = loader_word(l, item, "severity", severities, 2);
	check->hard = severity == 1;
	loader_index_add(l, &l->d->check_index, check->code, index);
	if (builtin) {
		check->stage = CHECK_BUILTIN;
		/* What they find cannot be stored, whatever reason is given. */
		if (severity == 0)
			loader_problem_at(l, "severity", "a builtin check is hard");
		load_builtins(l, item, index);
	} else if (json_object_get(item, "stage")) {
		check->stage = loader_word(l, item, "stage", stages, 2) == 1 ? CHECK_REGISTER
									     : CHECK_SUBMISSION;
	}
}

static void
declare_population(struct loader *l, const json_t *item, size_t index)
{
	struct population *population = &l->d->population[index];
	loader_object(l, item, "code label rule");
	population->code = loader_code(l, item, "code", false);
	population->label = loader_label(l, item, "label", true);
	loader_index_add(l, &l->population, population->code, index);
}

static void
declare_rules(struct loader *l)
{
	struct definition *d = l->d;
	const json_t *root = l->root;
	d->score = loader_items(l, root, "scores", 0, SCORES_MAX, sizeof(struct score), &d->scores);
	d->indicator = loader_items(
	    l, root, "indicators", 0, INDICATORS_MAX, sizeof(struct indicator), &d->indicators);
	d->check = loader_items(l, root, "checks", 1, CHECKS_MAX, sizeof(struct check), &d->checks);
	d->population = loader_items(
	    l, root, "populations", 0, POPULATIONS_MAX, sizeof(struct population), &d->populations);
	if (!loader_index(l, &l->score, d->scores) ||
	    !loader_index(l, &l->indicator, d->indicators) ||
	    !loader_index(l, &d->check_index, d->checks) ||
	    !loader_index(l, &l->population, d->populations))
		return;
	loader_walk(l, root, "scores", d->scores, declare_score);
	loader_walk(l, root, "indicators", d->indicators, declare_indicator);
	loader_walk(l, root, "checks", d->checks, declare_check);
	loader_walk(l, root, "populations", d->populations, declare_population);
	for (int i = 0; i < BUILTINS; i++)
		if (d->builtin[i] < 0)
			loader_problem_at(
			    l, "checks", "no check has the builtin '%s'", builtin_name[i]);
}

static void
compile_item(struct loader *l, const json_t *item, size_t index, struct score *score)
{
	loader_object(l, item, "label rule");
	int after = -1;
	score->item_label[index] = loader_label(l, item, "label", true);
	score->item[index] = rule_compile(l, item, "rule", true, PLACE_SCORE, 0, &after);
	if (after > score->after)
		score->after = (int16_t)after;
}

static void
compile_score_items(struct loader *l, const json_t *item, size_t index)
{
	struct score *score = &l->d->score[index];
	size_t n;
	score->item = loader_items(l, item, "items", 1, SCORE_ITEMS_MAX, sizeof(*score->item), &n);
	score->item_label = loader_alloc(l, n, sizeof(*score->item_label));
	if (!score->item_label)
		return;
	score->items = n;
	const json_t *array = json_object_get(item, "items");
	size_t mark = loader_enter(l, "items");
	for (size_t i = 0; i < n && !l->out_of_memory; i++) {
		size_t at = loader_enter_index(l, i);
		if (json_is_object(json_array_get(array, i)))
			compile_item(l, json_array_get(array, i), i, score);
		loader_leave(l, at);
	}
	loader_leave(l, mark);
}

static void
compile_indicator_rule(struct loader *l, const json_t *item, size_t index)
{
	l->d->indicator[index].rule =
	    rule_compile(l, item, "rule", true, PLACE_INDICATOR, (int)index, NULL);
}

static void
link_questions(struct loader *l, const json_t *item, struct check *check)
{
	const json_t *array = loader_array(l, item, "questions", 0, QUESTIONS_MAX);
	size_t n = json_array_size(array);
	check->question = loader_alloc(l, n, sizeof(*check->question));
	if (!check->question)
		return;
	size_t mark = loader_enter(l, "questions");
	for (size_t i = 0; i < n; i++) {
		size_t at = loader_enter_index(l, i);
		const char *code = loader_code_value(l, json_array_get(array, i), false);
		int question = loader_find(&l->d->question_index, code);
		if (*code && question < 0)
			loader_problem(l, "'%s' is not a question", code);
		else if (question >= 0)
			check->question[check->questions++] = (int16_t)question;
		loader_leave(l, at);
	}
	loader_leave(l, mark);
}

static void
compile_check(struct loader *l, const json_t *item, size_t index)
{
	struct check *check = &l->d->check[index];
	link_questions(l, item, check);
	if (check->stage == CHECK_BUILTIN)
		return;
	enum rule_place place = check->stage == CHECK_REGISTER ? PLACE_ROW : PLACE_CHECK;
	check->rule = rule_compile(l, item, "rule", true, place, 0, NULL);
}

static void
compile_population(struct loader *l, const json_t *item, size_t index)
{
	l->d->population[index].rule =
	    rule_compile(l, item, "rule", true, PLACE_POPULATION, 0, NULL);
}

static bool
is_date(const char *text)
{
	static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	if (strlen(text) != 10 || text[4] != '-' || text[7] != '-')
		return false;
	unsigned part[3] = {0, 0, 0};
	for (int i = 0, at = 0; i < 10; i++) {
		if (i == 4 || i == 7) {
			at++;
			continue;
		}
		if (text[i] < '0' || text[i] > '9')
			return false;
		part[at] = part[at] * 10 + (unsigned)(text[i] - '0');
	}
	unsigned year = part[0], month = part[1], day = part[2];
	if (year < 1900 || month < 1 || month > 12 || day < 1)
		return false;
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	return day <= days[month - 1] + (month == 2 && leap ? 1u : 0u);
}

static uint16_t
goal_names(struct loader *l, const json_t *item, const char *key, const struct code_index *index)
{
	const char *code = loader_code(l, item, key, false);
	int found = loader_find(index, code);
	if (*code && found < 0)
		loader_problem_at(l, key, "'%s' is not one of the %ss", code, key);
	return (uint16_t)(found < 0 ? 0 : found);
}

static void
load_goal(struct loader *l, const json_t *item, size_t index)
{
	struct goal *goal = &l->d->goal[index];
	loader_object(l, item,
	    "code group name population indicator threshold strict named_list headline deadline");
	goal->code = loader_code(l, item, "code", false);
	loader_index_add(l, &l->goal, goal->code, index);
	goal->group = loader_code(l, item, "group", false);
	goal->name = loader_label(l, item, "name", true);
	goal->population = goal_names(l, item, "population", &l->population);
	goal->indicator = goal_names(l, item, "indicator", &l->indicator);
	goal->threshold_pct = (uint32_t)loader_integer_required(l, item, "threshold", 0, 100);
	goal->strict = loader_flag(l, item, "strict", false);
	goal->named_list = loader_flag(l, item, "named_list", false);
	goal->headline = loader_flag(l, item, "headline", false);
	goal->deadline = loader_text(l, item, "deadline", true);
	if (goal->strict && goal->threshold_pct == 100)
		loader_problem_at(l, "strict", "no share is above 100 %%");
	if (*goal->deadline && !is_date(goal->deadline))
		loader_problem_at(l, "deadline", "'%s' is not a date YYYY-MM-DD", goal->deadline);
}

static void
load_goals(struct loader *l)
{
	struct definition *d = l->d;
	d->goal = loader_items(l, l->root, "goals", 0, GOALS_MAX, sizeof(struct goal), &d->goals);
	if (loader_index(l, &l->goal, d->goals))
		loader_walk(l, l->root, "goals", d->goals, load_goal);
}

static void
compile_rules(struct loader *l)
{
	struct definition *d = l->d;
	if (d->questions == 0)
		return; /* recorded; every rule would only say that it knows no question */
	link_sections(l);
	loader_walk(l, l->root, "scores", d->scores, compile_score_items);
	loader_walk(l, l->root, "indicators", d->indicators, compile_indicator_rule);
	loader_walk(l, l->root, "checks", d->checks, compile_check);
	loader_walk(l, l->root, "populations", d->populations, compile_population);
}

static void
load_all(struct loader *l)
{
	struct definition *d = l->d;
	if (!loader_object(l, l->root,
		"id version title statement dont_know labels columns contacts lists vsic sections "
		"scores indicators checks populations goals"))
		return;
	d->id = loader_code(l, l->root, "id", true);
	d->version = (uint32_t)loader_integer_required(l, l->root, "version", 1, INT32_MAX);
	d->title = loader_label(l, l->root, "title", true);
	d->statement = loader_label(l, l->root, "statement", false);
	d->dk = loader_label(l, l->root, "dont_know", true);
	static void (*const parts[])(struct loader *) = {load_labels, load_columns, load_code_lists,
	    load_vsic, load_sections, declare_rules, compile_rules, load_goals};
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && !l->out_of_memory; i++)
		parts[i](l);
}

static json_t *
parse(struct loader *l, const char *json, size_t n)
{
	json_error_t error;
	if (n > DEFINITION_BYTES_MAX) {
		loader_problem(l, "is longer than %u bytes", DEFINITION_BYTES_MAX);
		return NULL;
	}
	json_t *root = json_loadb(json, n, JSON_REJECT_DUPLICATES, &error);
	if (!root)
		loader_problem(l, "line %d, column %d: %s", error.line, error.column, error.text);
	return root;
}

struct definition *
definition_load(const char *json, size_t n, struct definition_problems *problems)
{
	struct loader l = {.problems = problems};
	problems->n = 0;
	json_t *root = parse(&l, json, n);
	if (!root)
		return NULL;
	l.loaded = calloc(1, sizeof(*l.loaded));
	if (!l.loaded) {
		loader_problem(&l, "out of memory");
		json_decref(root);
		return NULL;
	}
	l.d = &l.loaded->definition;
	l.root = root;
	for (int i = 0; i < BUILTINS; i++)
		l.d->builtin[i] = -1;
	load_all(&l);
	json_decref(root);
	if (!l.failed && !l.out_of_memory)
		l.d->whole = whole_answers_make(&l);
	if (!l.failed && !l.out_of_memory)
		l.d->plan = rule_plan_make(&l);
	if (!l.failed && !l.out_of_memory)
		return l.d;
	if (problems->n == 0)
		loader_problem(&l, "out of memory");
	definition_free(l.d);
	return NULL;
}
