/* SPDX-License-Identifier: Apache-2.0 */
/* A table as a terminal shows it: the first column to the left, the last as wide as it comes, those
 * between to the right. One thread. */
#ifndef KHAOSAT_CLIENT_TEXT_TABLE_H
#define KHAOSAT_CLIENT_TEXT_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define TEXT_COLUMNS_MAX 16
#define TEXT_CELL_BYTES 320

struct text_line {
	char cell[TEXT_COLUMNS_MAX][TEXT_CELL_BYTES];
};

/* Zero but for `columns`; the first line is the head. */
struct text_table {
	size_t columns;
	struct text_line *line;
	size_t lines, cap;
};

/* An empty line at the end, valid until the next one. NULL: out of memory. */
struct text_line *text_table_add(struct text_table *table);
bool text_table_add_words(struct text_table *table, const char *const *words);
/* Columns whose bit is set in `hidden` are left out; neither the first nor the last may be. Where
 * not all fit within `places` the rest follows below, beside the first column again. That is cut to
 * three fifths of them; a last column that does not fit beside it is broken between words. */
void text_table_print_within(
    const struct text_table *table, uint32_t hidden, size_t places, FILE *to);
void text_table_print(const struct text_table *table, uint32_t hidden, FILE *to); /* any terminal */
void text_table_free(struct text_table *table); /* what it holds */

#endif
