/* SPDX-License-Identifier: Apache-2.0 */
/* Register rows and their columns as people write them: a row's cells as in its CSV, cells set by
 * --set COLUMN=VALUE, and what the collector has found in a row that was stored. One thread. */
#ifndef KHAOSAT_CLIENT_ROW_CELLS_H
#define KHAOSAT_CLIENT_ROW_CELLS_H

#include "client/client.h"
#include "proto/khaosat.pb-c.h"
#include "survey/register.h"

struct row_cells {
	struct register_text text; /* points into the bytes */
	uint8_t bytes[8192];
};

/* False: the row is none that a register holds. */
bool row_cells_read(const Khaosat__V1__RegisterRow *row, struct row_cells *out);

/* What a column is, in the client's language: "revenue of the year, million VND". */
const char *row_column_label(const struct client *client, int column);
/* In the client's language what a code of this column stands for; "" where it is no code, or an
 * unknown one. */
const char *row_code_label(const struct client *client, const struct definition *d, int column,
    const char *code, size_t n);

struct row_set {
	Khaosat__V1__RowCell cell[REGISTER_COLUMNS], *cells[REGISTER_COLUMNS];
	size_t n;
};

/* The columns that may be set and what they are, to stderr. */
void row_columns_print(const struct client *client);

/* Take "COLUMN=VALUE" apart; it is written to, and kept. False: said. */
bool row_set_take(const struct client *client, struct row_set *set, char *text);

/* Whatever is to be looked at, to stderr. */
void row_findings_print(const struct client *client, const Khaosat__V1__RowStored *stored);

#endif
