/* SPDX-License-Identifier: Apache-2.0 */
/* An export as SDMX sees it: dimensions, attributes and code lists, and one observation a share: of
 * the register, of respondents, and weighted. Cells by kind of unit have no dimension there and are
 * left out. */
#ifndef KHAOSAT_COLLECTOR_EXPORT_SDMX_H
#define KHAOSAT_COLLECTOR_EXPORT_SDMX_H

#include "collector/export/format.h"

#define SDMX_ID_BYTES 256
#define SDMX_VERSION_21 "1.0"
#define SDMX_VERSION_30 "1.0.0"

enum sdmx_dimension {
	SDMX_FREQ,
	SDMX_REF_AREA,
	SDMX_INDICATOR,
	SDMX_ACTIVITY,
	SDMX_SIZE_CLASS,
	SDMX_ZONE,
	SDMX_UNIT_MEASURE,
	SDMX_TIME_PERIOD,
	SDMX_DIMENSIONS
};

enum sdmx_attribute {
	SDMX_OBS_STATUS,
	SDMX_CONF_STATUS,
	SDMX_UNIT_MULT,
	SDMX_DECIMALS,
	SDMX_CI_LO,
	SDMX_CI_HI,
	SDMX_BOUND_LO,
	SDMX_BOUND_HI,
	SDMX_N_POP,
	SDMX_N_RESP,
	SDMX_N_MET,
	SDMX_VERDICT,
	SDMX_COMMENT_OBS,
	SDMX_ATTRIBUTES
};

struct sdmx_component {
	const char *id;
	const char *list; /* of its codes: "CL_FREQ"; NULL: it has none */
	const char *type; /* without codes: "Decimal" */
	struct label label;
	unsigned traits;
};
enum sdmx_trait {
	SDMX_ROLE = 1,      /* a cross-domain concept of SDMX: readers know it by its name */
	SDMX_MANDATORY = 2, /* each observation has it */
	SDMX_PARTIAL = 4    /* its list has the codes of this survey's version only */
};
extern const struct sdmx_component sdmx_dimensions[SDMX_DIMENSIONS];
extern const struct sdmx_component sdmx_attributes[SDMX_ATTRIBUTES];
extern const struct sdmx_component sdmx_measure;
/* An attribute of the whole data set; in SDMX-CSV each line repeats it. */
extern const struct sdmx_component sdmx_comment;

struct sdmx_observation {
	char key[SDMX_DIMENSIONS][SDMX_ID_BYTES];
	char value[VALUE_TEXT_BYTES]; /* "": none */
	char attribute[SDMX_ATTRIBUTES][SDMX_ID_BYTES];
};

typedef void sdmx_visit(void *context, const struct sdmx_observation *o);
void sdmx_each(const struct export *e, sdmx_visit *visit, void *context);

/* The codes of a dimension or of a coded attribute, each once, in a fixed order. */
struct sdmx_code {
	char id[SDMX_ID_BYTES];
	char parent[SDMX_ID_BYTES]; /* or "" */
	struct label label;
};
typedef void sdmx_visit_code(void *context, const struct sdmx_code *code);
void sdmx_codes(
    const struct export *e, enum sdmx_dimension dimension, sdmx_visit_code *visit, void *context);
void sdmx_attribute_codes(enum sdmx_attribute attribute, sdmx_visit_code *visit, void *context);

/* That counts are rounded, or of a sample, in both languages; "" where they are neither. */
#define SDMX_COMMENT_BYTES 1088
void sdmx_comment_of(const struct export *e, char out[SDMX_COMMENT_BYTES]);

/* The period that ends at the reference date: a year ("2025"; A), half, quarter, or the month; and
 * its code of CL_FREQ. */
char sdmx_period(const struct export *e, char out[SDMX_ID_BYTES]);
/* Its first and last second, as "2025-01-01T00:00:00Z". */
void sdmx_period_ends(
    const struct export *e, char start[TIME_TEXT_BYTES], char end[TIME_TEXT_BYTES]);

/* "AGENCY:DATAFLOW(1.0.0)" */
void sdmx_dataflow(const struct export *e, const char *version, char out[SDMX_ID_BYTES]);

#endif
