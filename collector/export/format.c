/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/export/format.h"

#include <string.h>

const struct format formats[] = {
    {.name = "csv", .file = {{"observations.csv", write_csv}, {"codes.csv", write_csv_codes}}},
    {.name = "json", .file = {{"goals.json", write_json}}},
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
