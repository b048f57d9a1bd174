/* SPDX-License-Identifier: Apache-2.0 */
/* The report for those who decide: one HTML file a language, without script or anything from
 * elsewhere, fit for a screen, a telephone and A4. What its files share. */
#ifndef KHAOSAT_COLLECTOR_EXPORT_REPORT_H
#define KHAOSAT_COLLECTOR_EXPORT_REPORT_H

#include "collector/export/format.h"
#include "collector/export/words.h"

struct report {
	const struct export *e;
	const struct tables *t;
	struct sink *out;
	bool english;
};

extern const char report_style[], report_style_places[]; /* report_style.c */

/* HTML as it stands, in the report's language. */
void report_say(const struct report *r, const char *vi, const char *en);
/* Text, escaped. */
void report_text(const struct report *r, struct label label);
/* A count with its thousands apart; a share with its decimals; an em dash where there is none. */
void report_figure(const struct report *r, const struct observation *o, enum measure m);
/* Whether there is one to be told. */
bool report_has(const struct report *r, const struct observation *o, enum measure m);
void report_count(const struct report *r, int64_t count);
void report_verdict(const struct report *r, const struct observation *o, bool small);
/* "met", "not", "open", with " maybe" where it is an estimate's; "": none. */
const char *report_verdict_class(const struct report *r, const struct observation *o);

/* report_picture.c: threshold, bounds, estimate with its interval, from 0 to 100. `small`: for a
 * line of a table, without words. */
void report_picture(const struct report *r, const struct observation *o, bool small);
void report_legend(const struct report *r);

/* report_goals.c: a part for each goal that is a headline, with its variants and breakdowns; then
 * all of them side by side. */
void report_goals(const struct report *r);
void report_annex(const struct report *r);

/* report_method.c: how it was reckoned, what is withheld. */
void report_method(const struct report *r);

#endif
