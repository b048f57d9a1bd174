/* SPDX-License-Identifier: Apache-2.0 */
#include "survey/definition.h"

#include <stdlib.h>
#include <string.h>

#include "survey/code_index.h"
#include "survey/loader.h"

void
definition_free(struct definition *definition)
{
	struct loaded *loaded = (struct loaded *)definition;
	if (!loaded)
		return;
	loader_free_chunks(loaded->chunks);
	free(loaded);
}

static bool
is_same(const char *code, const char *wanted, size_t n)
{
	return strlen(code) == n && memcmp(code, wanted, n) == 0;
}

int
definition_find_question(const struct definition *d, const char *code, size_t n)
{
	if (d->question_index)
		return code_index_find(d->question_index, code, n);
	for (size_t i = 0; i < d->questions; i++)
		if (is_same(d->question[i].code, code, n))
			return (int)i;
	return -1;
}

int
definition_find_indicator(const struct definition *d, const char *code)
{
	for (size_t i = 0; i < d->indicators; i++)
		if (strcmp(d->indicator[i].code, code) == 0)
			return (int)i;
	return -1;
}

int
definition_find_check(const struct definition *d, const char *code)
{
	for (size_t i = 0; i < d->checks; i++)
		if (strcmp(d->check[i].code, code) == 0)
			return (int)i;
	return -1;
}

int
definition_find_score(const struct definition *d, const char *code)
{
	for (size_t i = 0; i < d->scores; i++)
		if (strcmp(d->score[i].code, code) == 0)
			return (int)i;
	return -1;
}

int
definition_find_goal(const struct definition *d, const char *code)
{
	for (size_t i = 0; i < d->goals; i++)
		if (strcmp(d->goal[i].code, code) == 0)
			return (int)i;
	return -1;
}

int
definition_find_population(const struct definition *d, const char *code)
{
	for (size_t i = 0; i < d->populations; i++)
		if (strcmp(d->population[i].code, code) == 0)
			return (int)i;
	return -1;
}

int
definition_find_code(const struct definition *d, enum code_list_id id, const char *code, size_t n)
{
	const struct code_list *list = &d->list[id];
	if (list->index)
		return code_index_find(list->index, code, n);
	for (size_t i = 0; i < list->codes; i++)
		if (is_same(list->code[i].code, code, n))
			return (int)i;
	return -1;
}

int
question_find_choice(const struct question *q, const char *code, size_t n)
{
	if (q->choice_index)
		return code_index_find(q->choice_index, code, n);
	for (size_t i = 0; i < q->choices; i++)
		if (is_same(q->choice[i].code, code, n))
			return (int)i;
	return -1;
}
