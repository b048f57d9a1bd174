/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/export/format.h"

#include <string.h>

const struct format formats[] = {
    {.name = "csv",
	.file = {{"observations.csv", write_csv}, {"codes.csv", write_csv_codes},
	    {"csv-metadata.json", write_csvw}}},
    {.name = "excel-csv", .file = {{"so-lieu-excel.csv", write_csv_vi}}},
    {.name = "json", .file = {{"goals.json", write_json}}},
    {.name = "sdmx-csv",
	.file = {{"sdmx-1.0.csv", write_sdmx_csv_1}, {"sdmx-2.0.csv", write_sdmx_csv_2}}},
    {.name = "sdmx-json",
	.file = {{"sdmx-data.json", write_sdmx_json},
	    {"sdmx-structure.json", write_sdmx_structure}}},
    {.name = "xlsx", .file = {{"goals.xlsx", write_xlsx}}},
    {.name = "report",
	.file = {{"report-vi.html", write_report_vi}, {"report-en.html", write_report_en}}},
    {.name = "quality",
	.with_items = true,
	.file = {{"quality.md", write_quality}, {"quality.json", write_quality_json}}},
    {.name = "ddi", .file = {{"codebook.xml", write_codebook}}},
};
const size_t formats_count = sizeof(formats) / sizeof(formats[0]);

const struct format *
format_find(const char *name, size_t n)
{
	for (size_t i = 0; i < formats_count; i++)
		if (strlen(formats[i].name) == n && memcmp(formats[i].name, name, n) == 0)
			return &formats[i];
	return NULL;
}
