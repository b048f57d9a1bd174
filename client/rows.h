/* SPDX-License-Identifier: Apache-2.0 */
/* A listing as data, written row by row as it comes: a CSV with its header, or a JSON list of
 * objects. What people read is each command's own affair; for FORMAT_TABLE nothing here does
 * anything. One thread. */
#ifndef KHAOSAT_CLIENT_ROWS_H
#define KHAOSAT_CLIENT_ROWS_H

#include <jansson.h>

#include "client/figure_options.h"

struct rows {
	enum format format;
	const char *const *column;
	size_t columns;
	uint64_t printed; /* tables count here too */
};

/* The header of a CSV. */
void rows_begin(const struct rows *rows);

/* One row; takes the object, whose members stand under the columns' names and in their order. In a
 * CSV what it has not is an empty cell, and true and false are YES and NO. */
void rows_add(struct rows *rows, json_t *object);

/* The same, a text for each column. */
void rows_add_texts(struct rows *rows, const char *const *cell);

/* The end of a JSON list. */
void rows_end(const struct rows *rows);

#endif
