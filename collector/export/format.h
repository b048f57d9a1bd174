/* SPDX-License-Identifier: Apache-2.0 */
/* The formats an export is written in: one table, one line each (format.c). A writer is pure but
 * for its sink: the same tables give the same bytes on every machine. */
#ifndef KHAOSAT_COLLECTOR_EXPORT_FORMAT_H
#define KHAOSAT_COLLECTOR_EXPORT_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

#include "collector/export/sink.h"
#include "collector/export/tables.h"

struct fold;
struct office;
struct round;
struct store;

/* What a writer gets. */
struct export
{
	const struct tables *tables;
	const struct office *office; /* what the office says of itself; NULL: nothing */
	/* Of an internal run, for microdata: the log, and what it said at entry `last`. NULL in a
	 * public one, and in tests without a log. */
	struct store *store;
	const struct fold *fold;
	const struct round *round; /* of that fold */
};

struct format_file {
	const char *name; /* in the run's folder: "goals.csv" */
	void (*write)(const struct export *e, struct sink *out);
};

#define FORMAT_FILES_MAX 8

struct format {
	const char *name;                          /* as options name it: "csv" */
	bool internal_only;                        /* refused in a public run */
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
