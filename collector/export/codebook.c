/* SPDX-License-Identifier: Apache-2.0 */
/* The questionnaire of the round as DDI-Codebook (survey/ddi.h). */
#include <errno.h>
#include <stdlib.h>

#include "collector/export/format.h"
#include "survey/ddi.h"

void
write_codebook(const struct export *e, struct sink *out)
{
	const struct export_facts *f = &e->tables->facts;
	const struct ddi_about about = {.ref_year = f->ref_year,
	    .reference_date = f->reference_date,
	    .round = f->round,
	    .units = f->units,
	    .drawn = f->drawn,
	    .strata = f->strata};
	struct growing text = {0};
	ddi_write(e->tables->definition, &about, &text);
	if (text.has_failed)
		sink_fail(out, ENOMEM);
	else
		sink_put(out, text.bytes, text.n);
	free(text.bytes);
}
