/* SPDX-License-Identifier: Apache-2.0 */
/* Words that the formats for people share, in both languages. */
#ifndef KHAOSAT_COLLECTOR_EXPORT_WORDS_H
#define KHAOSAT_COLLECTOR_EXPORT_WORDS_H

#include "collector/export/tables.h"

struct label words_dimension(enum dimension dimension); /* "Theo quy mô", "By size" */
struct label words_stage(enum export_stage stage);
/* Why there is no figure; empty labels where there is one. */
struct label words_state(enum figure_state state);
/* The verdict of a row in words, with the estimate where there is one; empty where it is withheld.
 * Before the deadline it tells of progress. */
#define VERDICT_WORDS_BYTES 96
void words_verdict(const struct tables *t, const struct observation *o,
    char vi[VERDICT_WORDS_BYTES], char en[VERDICT_WORDS_BYTES]);

/* The codes of verdicts, from i = 0 on, and what each means: two verdicts share one. NULL: there is
 * none at i. */
const char *words_code(size_t i, char vi[VERDICT_WORDS_BYTES], char en[VERDICT_WORDS_BYTES]);

/* A verdict on a goal in words, dates too: "not met yet, due 31 December 2030". */
void words_judged(const struct tables *t, size_t goal, enum verdict verdict,
    char vi[VERDICT_WORDS_BYTES], char en[VERDICT_WORDS_BYTES]);

/* Of which earlier vintage a row's figures are, and of when: "as in vintage 2, as of 1 March 2026,
 * 09:00". Empty where they are of this one. */
#define KEPT_WORDS_BYTES 128
void words_kept(const struct tables *t, const struct observation *o, char vi[KEPT_WORDS_BYTES],
    char en[KEPT_WORDS_BYTES]);

/* What has to be said of all counts at once: that they come from a sample, and how it was drawn;
 * that they are rounded, and how far. Sentences without semicolons; empty where there is neither.
 */
#define NOTE_WORDS_BYTES 512
void words_note(const struct tables *t, char vi[NOTE_WORDS_BYTES], char en[NOTE_WORDS_BYTES]);

/* The row of a goal in a cell; NULL: the run does not tell of it (a public one tells variants of
 * the whole only). */
const struct observation *words_row(const struct tables *t, size_t goal, size_t cell);

/* Whether anything is told of a goal in one of these cells. */
bool words_tell(const struct tables *t, size_t goal, size_t first, size_t count);

static inline const char *
words_in(struct label label, bool english)
{
	return english ? label.en : label.vi;
}

#endif
