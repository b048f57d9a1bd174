/* SPDX-License-Identifier: Apache-2.0 */
/* A register file, CSV as RFC 4180 has it, row by row: UTF-8, a byte order mark is dropped, lines
 * end with LF or CRLF, a quoted cell may hold line ends. The header names the columns in any order.
 * What the cells mean is the caller's affair. Any thread. */
#ifndef KHAOSAT_CLIENT_REGISTER_CSV_H
#define KHAOSAT_CLIENT_REGISTER_CSV_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "survey/register.h"

#define REGISTER_CSV_ROW_MAX_BYTES (64u * 1024)

enum register_csv_problem {
	REGISTER_CSV_READ,           /* the file cannot be read; `value` says why */
	REGISTER_CSV_EMPTY,          /* no header */
	REGISTER_CSV_COLUMN_UNKNOWN, /* `column` */
	REGISTER_CSV_COLUMN_TWICE,
	REGISTER_CSV_COLUMN_MISSING,
	REGISTER_CSV_SEMICOLONS, /* between the columns; ends the reading, as does the next */
	REGISTER_CSV_UTF16,
	REGISTER_CSV_QUOTES,   /* a quote where none may stand, or none where one must; ends the
				  reading */
	REGISTER_CSV_CELLS,    /* not as many cells as the header has; `value` is the number */
	REGISTER_CSV_TOO_LARGE /* a row without end, mostly a quote that is not closed; ends it too
				*/
};

struct register_csv_reader {
	/* One row. `line` is where it begins, from 1; the cells are on loan for the call. */
	void (*on_row)(void *user, uint64_t line, const struct register_text *text);
	void (*on_problem)(void *user, uint64_t line, const char *column,
	    enum register_csv_problem problem, const char *value);
	void *user;
};

/* Read to the end. True when there was no problem at all. */
bool register_csv_read(FILE *from, const struct register_csv_reader *to);

#endif
