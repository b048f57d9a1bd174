/* SPDX-License-Identifier: Apache-2.0 */
/* Text in lines as wide as the terminal, by columns and not by bytes. Uses the locale's LC_CTYPE.
 */
#ifndef KHAOSAT_CLIENT_WRAP_H
#define KHAOSAT_CLIENT_WRAP_H

#include <stddef.h>
#include <stdio.h>

/* Columns that text[0..n) takes; what cannot be shown counts as one. */
size_t wrap_width(const char *text, size_t n);

/* Print `text` in lines of at most `width` columns, broken at blanks, the first behind `first`, the
 * others behind `rest`. A LF in the text begins a new line; a word wider than a line stands alone.
 */
void wrap_print(FILE *to, const char *text, size_t width, const char *first, const char *rest);

/* "  name   text" in a list whose names take so many places; of the text the first line, broken
 * below itself where the terminal is narrower. */
void wrap_item(FILE *to, const char *name, size_t places, const char *text);

/* Notes below a table: lines that end with LF, broken where the terminal is narrower. */
void wrap_notes(FILE *to, const char *text);

#endif
