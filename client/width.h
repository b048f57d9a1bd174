/* SPDX-License-Identifier: Apache-2.0 */
/* Columns of text as a terminal shows it: a letter with its accents takes one place however many
 * bytes it has. Needs a UTF-8 LC_CTYPE. Any thread. */
#ifndef KHAOSAT_CLIENT_WIDTH_H
#define KHAOSAT_CLIENT_WIDTH_H

#include <stddef.h>
#include <stdio.h>

/* Places that text takes; a byte that is no UTF-8 counts one. */
size_t width_of(const char *text);

/* Text that takes at most `places`, with "…" where it was cut; out holds cap bytes. */
void width_cut(const char *text, size_t places, char *out, size_t cap);

/* The places in a line of the terminal that `to` is; no end of them where it is none. */
size_t width_of_terminal(FILE *to);

/* Text, then blanks up to `places`, and always one more. */
void width_print(FILE *to, const char *text, size_t places);

/* Blanks up to `places`, text, and one blank: for numbers. */
void width_print_right(FILE *to, const char *text, size_t places);

#endif
