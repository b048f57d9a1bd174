/* SPDX-License-Identifier: Apache-2.0 */
/* Text as the formats of an export need it. */
#ifndef KHAOSAT_COLLECTOR_EXPORT_TEXT_H
#define KHAOSAT_COLLECTOR_EXPORT_TEXT_H

#include <stdint.h>

#include "collector/export/sink.h"
#include "survey/definition.h"

/* A string of JSON with its quotation marks. */
void sink_json(struct sink *out, const char *text);
/* "name": "vi", "names": {"vi": ..., "en": ...} as SDMX-JSON has it; no comma before or behind. */
void sink_json_names(struct sink *out, struct label label);
/* Content or attribute of XML and HTML. */
void sink_xml(struct sink *out, const char *text);
/* A field of CSV, quoted where it must be; what a spreadsheet would take for a formula gets an
 * apostrophe in front. Not for numbers. */
void sink_cell(struct sink *out, const char *text, char separator);

/* Of UTF-8 that was cut to fit: without what is left of a character that was not whole any more. */
void text_end(char *text);

/* "31/12/2025" and "31 December 2025" of "2025-12-31"; as it is where it is no date. */
#define DATE_WORDS_BYTES 32
void date_words(const char *date, bool english, char out[DATE_WORDS_BYTES]);

/* The time of an entry where the survey is made, "26/11/2026 16:00" and "26 November 2026, 16:00",
 * and its day since 1970-01-01. UTC + 7: Viet Nam has had no other since 1975. */
#define TIME_WORDS_BYTES 48
void time_words(int64_t ms, char vi[TIME_WORDS_BYTES], char en[TIME_WORDS_BYTES]);
int64_t time_day(int64_t ms);

/* How many lines its words take where so many characters fit on one, for those who must be told. */
unsigned text_lines(const char *text, size_t width);

#endif
