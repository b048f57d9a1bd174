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

struct microdata {
	const struct definition *d;
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
