/* SPDX-License-Identifier: Apache-2.0 */
#include "survey/definition.h"

#include <stdlib.h>
#include <string.h>

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

int
definition_find_indicator(const struct definition *d, const char *code)
{
	for (size_t i = 0; i < d->indicators; i++)
		if (strcmp(d->indicator[i].code, code) == 0)
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
