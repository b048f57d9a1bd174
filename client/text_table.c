/* SPDX-License-Identifier: Apache-2.0 */
#include "client/text_table.h"

#include <stdlib.h>
#include <string.h>

#include "client/width.h"

struct text_line *
text_table_add(struct text_table *t)
{
	if (t->lines == t->cap) {
		size_t cap = t->cap == 0 ? 32 : t->cap * 2;
		struct text_line *grown = realloc(t->line, cap * sizeof(*grown));
		if (grown == NULL)
			return NULL;
		t->line = grown;
		t->cap = cap;
	}
	struct text_line *line = &t->line[t->lines++];
	memset(line, 0, sizeof(*line));
	return line;
}

bool
text_table_add_words(struct text_table *t, const char *const *words)
{
	struct text_line *line = text_table_add(t);
	for (size_t i = 0; line != NULL && i < t->columns; i++)
		snprintf(line->cell[i], TEXT_CELL_BYTES, "%s", words[i]);
	return line != NULL;
}

void
text_table_print(const struct text_table *t, uint32_t hidden, FILE *to)
{
	size_t width[TEXT_COLUMNS_MAX] = {0}, last = t->columns - 1;
	for (size_t l = 0; l < t->lines; l++)
		for (size_t i = 0; i < t->columns; i++) {
			size_t w = width_of(t->line[l].cell[i]);
			width[i] = w > width[i] ? w : width[i];
		}
	for (size_t l = 0; l < t->lines; l++) {
		const struct text_line *line = &t->line[l];
		width_print(to, line->cell[0], width[0] + 1);
		for (size_t i = 1; i < last; i++)
			if ((hidden >> i & 1) == 0)
				width_print_right(to, line->cell[i], width[i] + 1);
		fprintf(to, " %s\n", line->cell[last]);
	}
}

void
text_table_free(struct text_table *t)
{
	free(t->line);
}
