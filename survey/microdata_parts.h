/* SPDX-License-Identifier: Apache-2.0 */
/* What the two files of microdata share. */
#ifndef KHAOSAT_SURVEY_MICRODATA_PARTS_H
#define KHAOSAT_SURVEY_MICRODATA_PARTS_H

#include "survey/answers.h"
#include "survey/microdata.h"
#include "survey/rule.h"

#define MICRODATA_VALUE_BYTES 40 /* a number, a code, an identifier or a time, and its comma */

enum unit_column {
	UNIT_TAX_CODE,
	UNIT_TYPE,
	UNIT_COMMUNE,
	UNIT_ZONE,
	UNIT_SECTION,
	UNIT_SIZE,
	UNIT_LEGAL_FORM,
	UNIT_START_YEAR,
	UNIT_EMPLOYEES,
	UNIT_EMPLOYEES_PREV,
	UNIT_REVENUE,
	UNIT_CAPITAL,
	UNIT_SUPPORTING,
	UNIT_STATUS,
	UNIT_STRATUM,
	UNIT_WEIGHT,
	UNIT_UUID,
	UNIT_TIME,
	UNIT_REVISION,
	UNIT_CHANNEL,
	UNIT_SECONDS,
	UNIT_CONFIRMED,
	MICRODATA_UNIT_COLUMNS
};

/* What is copied into cells whole, as many bytes as it has room for, whatever its length: one or
 * two moves of the processor. So rows have that much room behind their last cell. */
struct fragment {
	char text[CODE_MAX_BYTES];
	uint8_t n;
};
#define FRAGMENT_CHOICES 8 /* of a question that stand in one fragment of flags */
#define MICRODATA_SLACK sizeof(struct fragment)

struct microdata_fragments {
	struct fragment *choice;       /* codes of all questions' choices */
	uint32_t first[QUESTIONS_MAX]; /* by question, the first of its */
	char flags[1 << FRAGMENT_CHOICES][2 * FRAGMENT_CHOICES]; /* "1,0,0,..." by a mask */
	char not_applicable[3 * (CHOICES_MAX + 1)];              /* "NA,NA,..." */
	char dont_know[3 * (CHOICES_MAX + 1)];
	char hex[256][2];
};

struct microdata {
	const struct definition *d;
	struct microdata_fragments fragments;
	int ref_year;
	struct microdata_column *column;
	size_t n, room;
	size_t names_bytes, values_bytes;
	/* of the row being written */
	struct answers answers;
	struct findings findings;
	struct evaluation evaluation;
	/* the day that `date` says, since units come in bunches */
	int64_t day;
	char date[12];
};

#endif
