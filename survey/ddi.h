/* SPDX-License-Identifier: Apache-2.0 */
/* A questionnaire as a DDI-Codebook 2.5 document: a variable for each column of its microdata
 * (survey/microdata.h), in groups by section and by question, with the wording in both languages,
 * when it is asked, its range, its values and what stands for a missing one. Pure; any thread. */
#ifndef KHAOSAT_SURVEY_DDI_H
#define KHAOSAT_SURVEY_DDI_H

#include <stdint.h>

#include "survey/definition.h"
#include "survey/growing.h"

struct ddi_about {
	int ref_year;
	const char
	    *reference_date; /* NULL: of no round, so wordings keep their {Y} and {ref_date} */
	const char *round;   /* or NULL */
	uint64_t units;      /* of the round's register; 0: of no round */
	uint64_t drawn;      /* in a sample, of them those asked, */
	uint32_t strata;     /* from so many strata; 0: a census */
};

/* Append; growing has failed where memory is out. */
void ddi_write(const struct definition *d, const struct ddi_about *about, struct growing *out);

#endif
