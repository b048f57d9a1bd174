/* SPDX-License-Identifier: Apache-2.0 */
/* What the two messages of SDMX-JSON share. */
#ifndef KHAOSAT_COLLECTOR_EXPORT_SDMX_JSON_H
#define KHAOSAT_COLLECTOR_EXPORT_SDMX_JSON_H

#include "collector/export/sdmx.h"

/* From the opening brace to the comma behind "meta". */
void sdmx_json_meta(const struct export *e, const char *schema, const char *kind, struct sink *out);

#endif
