/* SPDX-License-Identifier: Apache-2.0 */
/* Of which kind a figure is, in a word that stands beside it in files for machines. Pure. */
#ifndef KHAOSAT_COLLECTOR_EXPORT_VALUE_STATUS_H
#define KHAOSAT_COLLECTOR_EXPORT_VALUE_STATUS_H

#include "collector/export/tables.h"

/* "published", "rounded", "kept" (of an earlier vintage), "few_units", "confidential", "empty",
 * "impossible" (no number would do); "not_made" where there is no such figure. */
const char *value_status(
    const struct tables *t, const struct observation *o, const struct value *v);
bool value_is_impossible(const struct value *v);
/* The words for such a status, by number from 0; NULL: there are no more. */
const char *value_status_at(size_t i, struct label *words);

#endif
