/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the register as CSV (RFC 4180): a header with names of RegisterRow's fields, then a row a
 * unit; an empty cell is unknown. Pure; any thread. */
#ifndef KHAOSAT_COLLECTOR_HTTP_CSV_H
#define KHAOSAT_COLLECTOR_HTTP_CSV_H

#include <stdbool.h>
#include <stddef.h>

#include "collector/bytes.h"

struct http_csv_error {
	char where[64]; /* "line 3, column employees" */
	const char *rule;
};

/* Puts a RegisterRows message. False: `error` says what is wrong. */
bool http_csv_rows(const char *text, size_t n, struct bytes *rows, struct http_csv_error *error);

#endif
