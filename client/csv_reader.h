/* SPDX-License-Identifier: Apache-2.0 */
/* The records of a CSV file one at a time, each with the line it begins on: the pulling side of
 * libcsv, which pushes. One thread. */
#ifndef KHAOSAT_CLIENT_CSV_READER_H
#define KHAOSAT_CLIENT_CSV_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct csv_reader;

enum csv_status {
	CSV_RECORD,
	CSV_END,
	CSV_QUOTES,    /* a quote where none may be, or the file ends inside quotes */
	CSV_TOO_LARGE, /* a record over the limit */
	CSV_READ,      /* the file cannot be read: errno */
	CSV_MEMORY
};

/* Takes the stream over. Skips a byte order mark. NULL: out of memory; the stream is closed then.
 */
struct csv_reader *csv_reader_new(FILE *stream, size_t record_max_bytes);
void csv_reader_free(struct csv_reader *reader); /* accepts NULL; closes the stream */

/* The next record that is not an empty line. On an error there is nothing more to read. */
enum csv_status csv_reader_next(struct csv_reader *reader);

/* Of the last record. A cell ends in a NUL behind its n bytes, and may hold more of them. */
size_t csv_reader_cells(const struct csv_reader *reader);
const char *csv_reader_cell(const struct csv_reader *reader, size_t i, size_t *n);
unsigned long csv_reader_line(const struct csv_reader *reader); /* from 1; where it begins */

#endif
