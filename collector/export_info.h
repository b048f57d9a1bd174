/* SPDX-License-Identifier: Apache-2.0 */
/* An export as answers tell of it. Any thread. */
#ifndef KHAOSAT_COLLECTOR_EXPORT_INFO_H
#define KHAOSAT_COLLECTOR_EXPORT_INFO_H

#include "collector/payload_export.h"
#include "proto/khaosat.pb-c.h"

/* What the state knows of it. */
void export_info_fill(
    Khaosat__V1__ExportInfo *out, const char *round, const struct export_record *record);

/* What stands in the payload of its entry. Both borrow what they are given. */
void export_info_made(Khaosat__V1__ExportInfo *out, const struct payload_export *made,
    char *format[EXPORT_FORMATS_MAX]);

#endif
