/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the figures of a goal go on from those of the round before, or something else was counted
 * then (survey/METHODS.md). Pure; worker's thread. */
#ifndef KHAOSAT_COLLECTOR_EXPORT_SERIES_H
#define KHAOSAT_COLLECTOR_EXPORT_SERIES_H

#include "collector/export/past.h"
#include "collector/export/tables.h"

/* Fills in t->broken. The round before is the one that this one names as such, else the last of an
 * earlier reference date that had been opened by then. It lends its name. False: out of memory. */
bool series_find(const struct past *past, struct tables *t);

/* Whether a share in cells of that dimension cannot be compared with the round's before: a
 * threshold breaks none, other classifications break all but the whole. */
bool series_is_broken(const struct tables *t, size_t goal, enum dimension dimension);

#endif
