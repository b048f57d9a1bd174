/* SPDX-License-Identifier: Apache-2.0 */
/* Microdata: one row a unit that has answered, as CSV (RFC 4180, UTF-8), and the columns that a
 * code book describes. Only for those who may see single answers. A column a question, named by its
 * code; where several choices may be ticked, the question's column holds their codes with blanks
 * between, and a column QUESTION/CHOICE follows for each, 1 or 0, as ODK and KoboToolbox have it;
 * the text of OTHER is in QUESTION_other. In the cell of a question and of its choices:
 *
 *   NA      not applicable: the questionnaire does not ask this unit
 *   DK      don't know was answered
 *   (empty) left open; also where the question it hangs on was, or was answered with don't know
 *
 * A text that a spreadsheet would take for a formula (it begins with = + - @ or a tab), or that
 * begins with ', has one more ' before it: drop one to have it back. Of the register an empty cell
 * is one that it does not tell. Pure; one thread a struct microdata. */
#ifndef KHAOSAT_SURVEY_MICRODATA_H
#define KHAOSAT_SURVEY_MICRODATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "survey/definition.h"
#include "survey/kleene.h"
#include "survey/register.h"

#define MICRODATA_NAME_BYTES (2 * CODE_MAX_BYTES + 16)

enum microdata_source {
	MICRODATA_UNIT, /* of the register and the submission; `index` of microdata_unit_columns */
	MICRODATA_QUESTION,  /* `index` */
	MICRODATA_CHOICE,    /* `index`, `choice` */
	MICRODATA_OTHER,     /* `index` */
	MICRODATA_INDICATOR, /* `index`: 1, 0, U unknown, NA */
};

struct microdata_column {
	enum microdata_source source;
	uint16_t index, choice;
	char name[MICRODATA_NAME_BYTES];
};

/* Columns that stand before the answers. */
struct microdata_unit_column {
	const char *name;
	bool is_number;
	struct label label;
	int list; /* enum code_list_id that its codes are from, or -1 */
};
extern const struct microdata_unit_column microdata_unit_columns[];

struct microdata; /* opaque; borrows the definition */

struct microdata *microdata_new(const struct definition *d, int ref_year); /* NULL: out of memory */
void microdata_free(struct microdata *m);                                  /* accepts NULL */
size_t microdata_columns(const struct microdata *m);
const struct microdata_column *microdata_column(const struct microdata *m, size_t i);

/* No row, nor the header, is longer. */
size_t microdata_row_max(const struct microdata *m);
/* The names; out has room for microdata_row_max. Returns the bytes written. */
size_t microdata_header(const struct microdata *m, char *out);

struct microdata_unit {
	const struct register_row *row;
	const char *stratum, *weight; /* of a sample; NULL in a census */
	const uint8_t *instance_id;   /* 16 bytes */
	int64_t time_ms;
	uint32_t revision;
	const char *channel;
	struct indicator_bits bits; /* as stored with the answers */
	const uint8_t *answers;     /* an Answers message */
	size_t n;
};

/* One row; likewise. 0: the answers cannot be decoded. */
size_t microdata_row(struct microdata *m, const struct microdata_unit *unit, char *out);

#endif
