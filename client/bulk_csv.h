/* SPDX-License-Identifier: Apache-2.0 */
/* A CSV file (RFC 4180, UTF-8, BOM and CRLF allowed) of many units' answers, read row by row. One
 * thread. Its columns:
 *
 *   tax_code               required
 *   access_code            not needed by firms and staff
 *   instance_id, corrects  UUIDs, optional
 *   B01, F01, G05_B2C ...  a question's answer; several choices apart by blanks, ';', '|'
 *                          or ','; DK for don't know; empty for none; 12.5 or 12,5 for a
 *                          share in tenths
 *   D01.other              the text of OTHER
 *   confirm.ES03           the reason that confirms a soft check
 *   seconds                time taken
 *   rejected_...           not read: what FILE.rejected.csv adds */
#ifndef KHAOSAT_CLIENT_BULK_CSV_H
#define KHAOSAT_CLIENT_BULK_CSV_H

#include "client/client.h"
#include "client/outgoing.h"
#include "survey/answers.h"

#define BULK_REASON_BYTES 256
#define BULK_COLUMN_BYTES 64
#define BULK_RECORD_MAX_BYTES (1024u * 1024)

struct bulk_csv;

struct bulk_csv_error {
	unsigned long line;             /* 0: of the file as a whole */
	char column[BULK_COLUMN_BYTES]; /* may be empty */
	char reason[BULK_REASON_BYTES];
};

struct bulk_row {
	unsigned long line; /* where it begins, from 1 */
	/* Unit, code, ids as far as the row has them, and the encoded answers, which the caller
	 * owns. */
	struct outgoing outgoing;
	bool has_instance_id;
};

enum bulk_csv_status {
	BULK_CSV_ROW,
	BULK_CSV_BAD_ROW, /* this row only: `error` has line, column, reason */
	BULK_CSV_END,
	BULK_CSV_CHANGED /* there are fewer rows than were counted, or the next is none any more */
};

/* Open, read the header and count the rows, so that a file that breaks off in a quote is refused
 * before anything is sent. NULL: `error` says why. The definition is a loan for as long as it is
 * open. */
struct bulk_csv *bulk_csv_open(const char *path, const struct definition *d, enum language language,
    struct bulk_csv_error *error);
void bulk_csv_close(struct bulk_csv *csv); /* accepts NULL */

uint64_t bulk_csv_rows(const struct bulk_csv *csv);
bool bulk_csv_has_codes(const struct bulk_csv *csv); /* there is a column access_code */

enum bulk_csv_status bulk_csv_next(
    struct bulk_csv *csv, struct bulk_row *row, struct bulk_csv_error *error);

/* The header, or the row last read, as CSV without a newline and without the columns
 * "rejected_...". To be freed; NULL: out of memory. */
char *bulk_csv_header_text(const struct bulk_csv *csv);
char *bulk_csv_row_text(const struct bulk_csv *csv);

#endif
