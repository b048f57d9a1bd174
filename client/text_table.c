/* SPDX-License-Identifier: Apache-2.0 */
#include "client/text_table.h"

#include <stdlib.h>
#include <string.h>

#include "client/width.h"
#include "client/wrap.h"

/* Places that a column gets, however narrow the terminal is. */
#define FIRST_LEAST 16
#define LAST_LEAST 12

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

static bool
is_hidden(uint32_t hidden, size_t column)
{
	return (hidden >> column & 1) != 0;
}

/* Behind the columns, from `from` on, that fit beside the first: one at least. */
static size_t
part_end(
    const struct text_table *t, const size_t *width, uint32_t hidden, size_t from, size_t places)
{
	size_t used = width[0] + 2, end = from;
	bool has_one = false;
	for (size_t i = from; i < t->columns; i++) {
		used += is_hidden(hidden, i) ? 0 : width[i] + (i + 1 < t->columns ? 2 : 1);
		if (has_one && used > places)
			break;
		has_one |= !is_hidden(hidden, i);
		end = i + 1;
	}
	return end;
}

/* The last column beside the first alone: where it does not fit it goes on below itself. */
static void
print_last(const char *name, const char *last, size_t width, size_t places, FILE *to)
{
	char lead[2 * TEXT_CELL_BYTES], blanks[TEXT_CELL_BYTES];
	size_t used = width_of(name), least = width + 3 + LAST_LEAST;
	int pad = (int)(width > used ? width - used : 0) + 3;
	snprintf(lead, sizeof(lead), "%s%*s", name, pad, "");
	snprintf(blanks, sizeof(blanks), "%*s", (int)width + 3, "");
	wrap_print(to, last, places > least ? places : least, lead, blanks);
}

static void
print_part(const struct text_table *t, const size_t *width, uint32_t hidden, size_t from,
    size_t end, size_t places, FILE *to)
{
	for (size_t l = 0; l < t->lines; l++) {
		const struct text_line *line = &t->line[l];
		char name[TEXT_CELL_BYTES];
		width_cut(line->cell[0], width[0], name, sizeof(name));
		if (from + 1 == t->columns) {
			print_last(name, line->cell[from], width[0], places, to);
			continue;
		}
		width_print(to, name, width[0] + 1);
		for (size_t i = from; i < end && i + 1 < t->columns; i++)
			if (!is_hidden(hidden, i))
				width_print_right(to, line->cell[i], width[i] + 1);
		if (end == t->columns)
			fprintf(to, " %s", line->cell[end - 1]);
		fputc('\n', to);
	}
}

/* The first column leaves room beside it. */
static size_t
most_of_first(size_t width, size_t places)
{
	size_t most = places / 5 * 3 > FIRST_LEAST ? places / 5 * 3 : FIRST_LEAST;
	return width < most ? width : most;
}

void
text_table_print_within(const struct text_table *t, uint32_t hidden, size_t places, FILE *to)
{
	size_t width[TEXT_COLUMNS_MAX] = {0};
	for (size_t l = 0; l < t->lines; l++)
		for (size_t i = 0; i < t->columns; i++) {
			size_t w = width_of(t->line[l].cell[i]);
			width[i] = w > width[i] ? w : width[i];
		}
	width[0] = most_of_first(width[0], places);
	for (size_t from = 1, end; from < t->columns; from = end) {
		end = part_end(t, width, hidden, from, places);
		if (from > 1)
			fputc('\n', to);
		print_part(t, width, hidden, from, end, places, to);
	}
}

void
text_table_print(const struct text_table *t, uint32_t hidden, FILE *to)
{
	text_table_print_within(t, hidden, width_of_terminal(to), to);
}

void
text_table_free(struct text_table *t)
{
	free(t->line);
}
