/* SPDX-License-Identifier: Apache-2.0 */
/* The formats an export is written in: one table, one line each (format.c). A writer is pure but
 * for its sink: the same tables give the same bytes on every machine. */
#ifndef KHAOSAT_COLLECTOR_EXPORT_FORMAT_H
#define KHAOSAT_COLLECTOR_EXPORT_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

#include "collector/export/sink.h"
#include "collector/export/tables.h"

struct items;
struct office;

/* What a writer gets. */
struct export
{
	const struct tables *tables;
	const struct tables *before; /* the vintage before; NULL: none */
	const struct office *office; /* what the office says of itself; NULL: nothing */
	const struct items *items;   /* of an internal run that reports its quality; else NULL */
};

struct format_file {
	const char *name; /* in the run's folder: "goals.csv" */
	void (*write)(const struct export *e, struct sink *out);
};

#define FORMAT_FILES_MAX 8

struct format {
	const char *name;                          /* as options name it: "csv" */
	bool internal_only;                        /* refused in a public run */
	bool with_items;                           /* wants items in an internal one */
	struct format_file file[FORMAT_FILES_MAX]; /* the first without a name ends them */
};

extern const struct format formats[];
extern const size_t formats_count;

/* NULL: none of that name. */
const struct format *format_find(const char *name, size_t n);

/* The writers. */
void write_csv(const struct export *e, struct sink *out);
void write_csv_codes(const struct export *e, struct sink *out);
void write_csvw(const struct export *e, struct sink *out);
void write_csv_vi(const struct export *e, struct sink *out);
void write_json(const struct export *e, struct sink *out);
void write_sdmx_csv_1(const struct export *e, struct sink *out);
void write_sdmx_csv_2(const struct export *e, struct sink *out);
void write_sdmx_json(const struct export *e, struct sink *out);
void write_sdmx_structure(const struct export *e, struct sink *out);
void write_xlsx(const struct export *e, struct sink *out);
void write_report_vi(const struct export *e, struct sink *out);
void write_report_en(const struct export *e, struct sink *out);
void write_quality(const struct export *e, struct sink *out);
void write_quality_json(const struct export *e, struct sink *out);
void write_codebook(const struct export *e, struct sink *out);

#endif
