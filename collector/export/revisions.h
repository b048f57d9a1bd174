/* SPDX-License-Identifier: Apache-2.0 */
/* What a vintage says otherwise than the one before it. Pure but for the sink. */
#ifndef KHAOSAT_COLLECTOR_EXPORT_REVISIONS_H
#define KHAOSAT_COLLECTOR_EXPORT_REVISIONS_H

#include "collector/export/sink.h"
#include "collector/export/tables.h"

/* CSV, a row for each figure that differs; as many points or units more as there are. */
void revisions_write(const struct tables *was, const struct tables *is, struct sink *out);

#endif
