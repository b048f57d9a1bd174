/* SPDX-License-Identifier: Apache-2.0 */
/* A cell of a CSV that somebody may open in a spreadsheet. One thread. */
#ifndef KHAOSAT_CLIENT_CSV_CELL_H
#define KHAOSAT_CLIENT_CSV_CELL_H

#include <stddef.h>
#include <stdio.h>

/* Text in quotation marks. What a spreadsheet would take for a formula (it begins with = + - @, a
 * tab or a carriage return) gets an apostrophe in front, which makes it text there. */
void csv_cell(FILE *to, const char *text);
void csv_cell_bytes(FILE *to, const char *text, size_t n);

#endif
