/* SPDX-License-Identifier: Apache-2.0 */
/* Sections and questions. A first walk (load_sections) reads what stands alone, so that every code
 * is known; a second one (link_sections), in the same order, compiles relevance and finds checks.
 */
#include "survey/definition_parts.h"

#include <inttypes.h>
#include <string.h>

#define INT_MAX_DEFAULT INT32_MAX
#define TEXT_CHARS_DEFAULT 300
#define TEXT_CHARS_MAX 10000

static const char *const type_name[] = {
    [QUESTION_TEXT] = "text",
    [QUESTION_INT] = "int",
    [QUESTION_MONEY] = "money",
    [QUESTION_PCT] = "pct",
    [QUESTION_SINGLE] = "single",
    [QUESTION_MULTI] = "multi",
    [QUESTION_TRI] = "tri",
    [QUESTION_LIST] = "list",
};

#define QUESTION_TYPES (sizeof(type_name) / sizeof(type_name[0]))
#define KEYS "code type label required core dont_know relevance "
#define PART_KEYS "code type label required core dont_know min max range_check "

static bool
is_number(enum question_type type)
{
	return type == QUESTION_INT || type == QUESTION_MONEY || type == QUESTION_PCT;
}

static const char *
allowed_keys(enum question_type type, bool part)
{
	switch (type) {
	case QUESTION_TEXT:
		return KEYS "max_chars multiline";
	case QUESTION_INT:
	case QUESTION_MONEY:
		return part ? PART_KEYS : KEYS "min max range_check";
	case QUESTION_PCT:
		return part ? PART_KEYS "tenths" : KEYS "min max range_check tenths";
	case QUESTION_SINGLE:
	case QUESTION_MULTI:
		return KEYS "choices";
	case QUESTION_TRI:
		return KEYS;
	case QUESTION_LIST:
		return "code type label required core relevance parts";
	}
	return KEYS;
}

static struct label
common_label(struct loader *l, const char *code)
{
	const json_t *value = json_object_get(l->labels, code);
	if (!value) {
		if (*code)
			loader_problem(l, "'%s' has no label: there is none under /labels", code);
		return (struct label){"", ""};
	}
	/* What is wrong with the label itself is reported once, under /labels. */
	struct definition_problems *problems = l->problems;
	struct definition_problems elsewhere = {.n = DEFINITION_PROBLEMS_MAX};
	l->problems = &elsewhere;
	struct label label = loader_label_value(l, value);
	l->problems = problems;
	return label;
}

static void
add_choice(struct loader *l, struct question *q, const char *code, struct label label)
{
	if (strcmp(code, "DK") == 0)
		loader_problem(l, "'DK' stands for don't know and cannot be a choice");
	if (*code && !code_index_add(&q->choice_index, code, (int16_t)q->choices))
		loader_problem(l, "choice '%s' is listed twice", code);
	uint64_t bit = UINT64_C(1) << q->choices;
	if (q->type == QUESTION_MULTI && strcmp(code, "NONE") == 0) {
		q->none_choice = (int16_t)q->choices;
		q->alone = bit;
	}
	if (strcmp(code, "OTHER") == 0) {
		q->other_choice = (int16_t)q->choices;
		q->other = bit;
	}
	q->choice[q->choices++] = (struct choice){code, label};
}

static bool
choices_room(struct loader *l, struct question *q, size_t n)
{
	q->choice = loader_alloc(l, n, sizeof(*q->choice));
	return q->choice && loader_index(l, &q->choice_index, n);
}

static void
load_choices(struct loader *l, const json_t *item, struct question *q)
{
	const json_t *array = loader_array(l, item, "choices", 1, CHOICES_MAX);
	if (!array || !choices_room(l, q, json_array_size(array)))
		return;
	size_t mark = loader_enter(l, "choices");
	for (size_t i = 0; i < json_array_size(array) && !l->out_of_memory; i++) {
		const json_t *choice = json_array_get(array, i);
		size_t at = loader_enter_index(l, i);
		if (json_is_string(choice)) {
			const char *code = loader_code_value(l, choice, false);
			add_choice(l, q, code, common_label(l, code));
		} else if (loader_object(l, choice, "code label")) {
			const char *code = loader_code(l, choice, "code", false);
			add_choice(l, q, code, loader_label(l, choice, "label", true));
		}
		loader_leave(l, at);
	}
	loader_leave(l, mark);
	if (q->none_choice >= 0 && q->choices == 1)
		loader_problem_at(l, "choices", "NONE excludes all others, but there are none");
}

static void
make_tri(struct loader *l, struct question *q)
{
	if (!choices_room(l, q, 2))
		return;
	add_choice(l, q, "YES", common_label(l, "YES"));
	add_choice(l, q, "NO", common_label(l, "NO"));
}

static void
load_range(struct loader *l, const json_t *item, struct question *q)
{
	int64_t limit = q->type == QUESTION_PCT   ? (q->tenths ? 1000 : 100)
			: q->type == QUESTION_INT ? INT_MAX_DEFAULT
						  : MONEY_MAX;
	int64_t least = q->type == QUESTION_PCT ? 0 : -limit;
	const char *max = json_string_value(json_object_get(item, "max"));
	q->min = loader_integer(l, item, "min", least, limit, 0);
	q->max_is_ref_year = max && strcmp(max, "ref_year") == 0;
	/* Until a round says which year it is, the latest one that it may be. */
	q->max = q->max_is_ref_year ? 9999 : loader_integer(l, item, "max", least, limit, limit);
	if (q->max_is_ref_year && q->type != QUESTION_INT)
		loader_problem_at(l, "max", "only an int may end at ref_year");
	if (q->min > q->max)
		loader_problem_at(l, "min", "is %" PRId64 ", above max, %" PRId64, q->min, q->max);
}

/* `required` and `core` of a list are the defaults of its parts: the list itself takes no answer.
 */
static void
load_flags(struct loader *l, const json_t *item, struct question *q)
{
	bool heading = q->type == QUESTION_LIST;
	bool required = loader_flag(l, item, "required", q->list >= 0 && l->list_required);
	bool core = loader_flag(l, item, "core", q->list >= 0 && l->list_core);
	if (heading) {
		l->list_required = required;
		l->list_core = core;
	}
	q->required = required && !heading;
	q->core = core && !heading;
	q->admits_dk = loader_flag(l, item, "dont_know", q->type != QUESTION_TEXT && !heading);
	q->tenths = q->type == QUESTION_PCT && loader_flag(l, item, "tenths", false);
	q->multiline = q->type == QUESTION_TEXT && loader_flag(l, item, "multiline", false);
	if (q->type == QUESTION_TEXT)
		q->text_max_chars = (uint32_t)loader_integer(
		    l, item, "max_chars", 1, TEXT_CHARS_MAX, TEXT_CHARS_DEFAULT);
}

static void
load_head(struct loader *l, const json_t *item, struct question *q)
{
	size_t index = l->next_question++;
	q->code = loader_code(l, item, "code", false);
	if (*q->code && loader_find(&l->column, q->code) >= 0)
		loader_problem_at(l, "code", "'%s' is a column or a contact already", q->code);
	loader_index_add(l, &l->d->question_index, q->code, index);
	q->label = loader_label(l, item, "label", true);
	int type = loader_word(l, item, "type", type_name, QUESTION_TYPES);
	q->type = type < 0 ? QUESTION_TEXT : (enum question_type)type;
	/* An unknown type has been recorded; its keys are not judged. */
	if (type >= 0)
		loader_object(l, item, allowed_keys(q->type, q->list >= 0));
}

static void
load_question(struct loader *l, const json_t *item, uint16_t section, int16_t list)
{
	struct question *q = &l->d->question[l->next_question];
	q->section = section;
	q->list = list;
	q->none_choice = q->other_choice = q->range_check = -1;
	load_head(l, item, q);
	load_flags(l, item, q);
	if (list >= 0 && !is_number(q->type))
		loader_problem_at(l, "type", "a part of a list must be pct, int or money");
	if (is_number(q->type))
		load_range(l, item, q);
	else if (q->type == QUESTION_SINGLE || q->type == QUESTION_MULTI)
		load_choices(l, item, q);
	else if (q->type == QUESTION_TRI)
		make_tri(l, q);
}

/* Visit an array of questions and, below each list, its parts. `parts` says whether a list may
 * stand here: parts do not nest. */
static void
walk_questions(struct loader *l, const json_t *object, const char *key, uint16_t section,
    int16_t list, void (*one)(struct loader *l, const json_t *item, uint16_t section, int16_t list))
{
	const json_t *array = json_object_get(object, key);
	size_t mark = loader_enter(l, key);
	for (size_t i = 0; i < json_array_size(array) && !l->out_of_memory; i++) {
		const json_t *item = json_array_get(array, i);
		size_t at = loader_enter_index(l, i);
		int16_t index = (int16_t)l->next_question;
		one(l, item, section, list);
		if (list < 0 && json_is_array(json_object_get(item, "parts")))
			walk_questions(l, item, "parts", section, index, one);
		loader_leave(l, at);
	}
	loader_leave(l, mark);
}

static void
load_one(struct loader *l, const json_t *item, uint16_t section, int16_t list)
{
	struct question *q = &l->d->question[l->next_question];
	if (!json_is_object(item)) {
		q->code = "";
		loader_problem(l, "must be an object");
		l->next_question++;
		return;
	}
	load_question(l, item, section, list);
	if (q->type == QUESTION_LIST && list < 0)
		loader_array(l, item, "parts", 1, QUESTIONS_MAX);
}

static void
count_one(struct loader *l, const json_t *item, uint16_t section, int16_t list)
{
	(void)item;
	(void)section;
	(void)list;
	l->next_question++;
}

static void
load_section(struct loader *l, const json_t *item, size_t index)
{
	struct section *s = &l->d->section[index];
	loader_object(l, item, "code title note relevance questions");
	s->code = loader_code(l, item, "code", false);
	s->title = loader_label(l, item, "title", true);
	s->note = loader_label(l, item, "note", false);
	for (size_t i = 0; *s->code && i < index; i++)
		if (strcmp(l->d->section[i].code, s->code) == 0)
			loader_problem_at(l, "code", "code '%s' is used twice", s->code);
	loader_array(l, item, "questions", 1, QUESTIONS_MAX);
	s->first_question = l->next_question;
	walk_questions(l, item, "questions", (uint16_t)index, -1, load_one);
	s->questions = l->next_question - s->first_question;
}

static void
count_section(struct loader *l, const json_t *item, size_t index)
{
	l->d->section[index].code = "";
	walk_questions(l, item, "questions", (uint16_t)index, -1, count_one);
}

void
load_sections(struct loader *l)
{
	struct definition *d = l->d;
	d->section = loader_items(
	    l, l->root, "sections", 1, SECTIONS_MAX, sizeof(struct section), &d->sections);
	for (size_t i = 0; i < d->sections; i++)
		d->section[i].code = "";
	loader_walk(l, l->root, "sections", d->sections, count_section);
	size_t n = l->next_question;
	l->next_question = 0;
	if (n > QUESTIONS_MAX) {
		loader_problem_at(
		    l, "sections", "hold %zu questions, at most %d are allowed", n, QUESTIONS_MAX);
		return;
	}
	d->question = loader_alloc(l, n, sizeof(struct question));
	if ((n > 0 && !d->question) || !loader_index(l, &d->question_index, n))
		return; /* without any question its sections say that theirs are missing */
	d->questions = n;
	loader_walk(l, l->root, "sections", d->sections, load_section);
	l->next_question = 0;
}

static int16_t
range_check(struct loader *l, const json_t *item, const struct question *q)
{
	enum builtin builtin =
	    q->type == QUESTION_PCT ? BUILTIN_PERCENT_RANGE : BUILTIN_NUMBER_RANGE;
	if (!json_object_get(item, "range_check"))
		return l->d->builtin[builtin];
	const char *code = loader_code(l, item, "range_check", false);
	int check = loader_find(&l->d->check_index, code);
	if (*code && check < 0)
		loader_problem_at(l, "range_check", "'%s' is not a check", code);
	else if (check >= 0 && !l->d->check[check].hard)
		loader_problem_at(l, "range_check", "'%s' is not a hard check", code);
	return (int16_t)check;
}

static void
link_one(struct loader *l, const json_t *item, uint16_t section, int16_t list)
{
	int index = (int)l->next_question++;
	struct question *q = &l->d->question[index];
	(void)section;
	if (!json_is_object(item))
		return;
	if (is_number(q->type))
		q->range_check = range_check(l, item, q);
	if (list < 0)
		q->relevance =
		    rule_compile(l, item, "relevance", false, PLACE_QUESTION, index, NULL);
}

static void
link_section(struct loader *l, const json_t *item, size_t index)
{
	struct section *s = &l->d->section[index];
	s->relevance = rule_compile(l, item, "relevance", false, PLACE_ROW, 0, NULL);
	walk_questions(l, item, "questions", (uint16_t)index, -1, link_one);
}

static void
list_questions(struct loader *l)
{
	struct definition *d = l->d;
	d->conditional = loader_alloc(l, d->questions, sizeof(*d->conditional));
	d->core = loader_alloc(l, d->questions, sizeof(*d->core));
	for (size_t i = 0; i < d->questions && !l->out_of_memory; i++) {
		const struct question *q = &d->question[i];
		if (q->relevance || q->list >= 0)
			d->conditional[d->conditionals++] = (uint16_t)i;
		if (q->core)
			d->core[d->cores++] = (uint16_t)i;
	}
}

void
link_sections(struct loader *l)
{
	l->next_question = 0;
	if (l->d->questions == 0)
		return;
	loader_walk(l, l->root, "sections", l->d->sections, link_section);
	list_questions(l);
}
