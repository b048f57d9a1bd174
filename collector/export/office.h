/* SPDX-License-Identifier: Apache-2.0 */
/* What only the office knows: its name, contact, codes for other statistical systems, and its own
 * words under the heads of a quality report. A file of `name = value` lines (install/office.ini
 * shows them all); what is not in it is not made up. The log keeps the file's bytes with each
 * export, so that it can be made again. Immutable once read; any thread. */
#ifndef KHAOSAT_COLLECTOR_EXPORT_OFFICE_H
#define KHAOSAT_COLLECTOR_EXPORT_OFFICE_H

#include <stdbool.h>
#include <stddef.h>

#include "survey/definition.h"

enum office_key {
	/* codes; the same in both languages */
	OFFICE_AGENCY,           /* SDMX agency, "HATINH" */
	OFFICE_DATAFLOW,         /* "DF_DT_GOALS" */
	OFFICE_AREA,             /* code of the whole, "VN42" */
	OFFICE_INDICATOR_PREFIX, /* "DT_" */
	/* words, in both */
	OFFICE_NAME,
	OFFICE_AREA_NAME,
	OFFICE_ADDRESSEE, /* of the report: "Ban Thường vụ Tỉnh ủy" */
	OFFICE_SIMS,      /* the first of the heads, in the order of ESS SIMS 2.0 */
	OFFICE_KEYS = OFFICE_SIMS + 19
};

#define SIMS_HEADS 19

struct office; /* opaque */

#define OFFICE_MAX_BYTES (64u << 10)
#define OFFICE_WHY_BYTES 128
#define OFFICE_MESSAGE_BYTES 512

/* Of the bytes of such a file. NULL: `why` begins with the line: "7: no such name". */
struct office *office_parse(const char *bytes, size_t n, char why[OFFICE_WHY_BYTES]);
void office_free(struct office *office); /* accepts NULL */

/* The bytes of a file that office_parse takes; to be freed. NULL: `message` says what is wrong, and
 * where: "/etc/khaosat/office.ini:7: no such name". */
char *office_load(const char *path, size_t *n, char message[OFFICE_MESSAGE_BYTES]);

/* "" where the office has said nothing; codes have a default. NULL is an empty one. */
struct label office_words(const struct office *office, enum office_key key);
const char *office_code(const struct office *office, enum office_key key);

/* A head of the quality report: "Contact". */
struct label sims_head(size_t head);

#endif
