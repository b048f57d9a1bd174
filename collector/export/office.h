/* SPDX-License-Identifier: Apache-2.0 */
/* What only the office knows and no log does: its name, contact, codes for other statistical
 * systems, and its own words under the heads of a quality report. A file of `name = value` lines
 * (install/office.ini shows them all); what is not in it is not made up. Immutable once read; any
 * thread. */
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
	OFFICE_SIMS,      /* the first of the heads, in the order of domain.md 2.8 */
	OFFICE_KEYS = OFFICE_SIMS + 19
};

#define SIMS_HEADS 19

struct office; /* opaque */

/* An empty one: defaults only. NULL: out of memory. */
struct office *office_new(void);
void office_free(struct office *office); /* accepts NULL */
/* Read a file into it. False: `message` says what is wrong, and where. */
bool office_read(struct office *office, const char *path, char message[256]);

/* "" where the office has said nothing; codes have a default. NULL is an empty one. */
struct label office_words(const struct office *office, enum office_key key);
const char *office_code(const struct office *office, enum office_key key);

/* A head of the quality report: "Contact". */
struct label sims_head(size_t head);

#endif
