/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the quality report share. */
#ifndef KHAOSAT_COLLECTOR_EXPORT_QUALITY_H
#define KHAOSAT_COLLECTOR_EXPORT_QUALITY_H

#include "collector/export/format.h"

struct quality {
	const struct export *e;
	const struct tables *t;
	struct sink *out;
	bool is_json, is_first;
};

/* One fact under the head that is being written. */
void quality_say(struct quality *q, const char *name, struct label label, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* quality_items.c: under accuracy and burden, where the run has items. */
void quality_items(struct quality *q);
void quality_burden(struct quality *q);

/* quality_heads.c: a head each. */
void quality_contact(struct quality *q);
void quality_mandate(struct quality *q);
void quality_policy(struct quality *q);
void quality_frequency(struct quality *q);
void quality_management(struct quality *q);
void quality_relevance(struct quality *q);
void quality_coherence(struct quality *q);
void quality_comment(struct quality *q);

#endif
