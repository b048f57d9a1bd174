/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of the survey that ships over a made-up register, without a collector, a log or a disk:
 * for tests of the formats of exports. The same each time. Aborts where memory is out. */
#ifndef KHAOSAT_TESTS_SUPPORT_EXPORT_RIG_H
#define KHAOSAT_TESTS_SUPPORT_EXPORT_RIG_H

#include "collector/export/format.h"

struct export_rig {
	struct definition *definition;
	struct cells *cells;
	struct counters *counters;
	struct tables tables;
	struct export export;
};

/* `units` of the register, seven in ten have answered. In a public one, by a rule of thumb that
 * stands for disclosure control: cells below 5 units are withheld as few, every seventh of the rest
 * as confidential, every fifth is kept from the vintage before. */
void export_rig_open(struct export_rig *rig, uint32_t units, bool is_public);
void export_rig_close(struct export_rig *rig);
/* All rows of its tables, of its counters. */
void export_rig_fill(struct export_rig *rig);
/* Of a public one: as if all counts were rounded, each down to a multiple of `base`. */
void export_rig_round(struct export_rig *rig, unsigned base);
/* As if half of those units were drawn, from so many strata, that have not answered or will not. */
void export_rig_sample(struct export_rig *rig, uint32_t units, uint32_t strata);

/* One of each: set-up and tear-down of a group of tests. */
#define EXPORT_RIG_UNITS 3000
extern struct export_rig internal, public;
int export_rigs_open(void **unused);
int export_rigs_close(void **unused);

/* What a writer makes of it, NUL-terminated; to be freed. */
char *export_rig_write(const struct export *export,
    void (*write)(const struct export *e, struct sink *out), size_t *n);
/* How often `what` stands in it. */
size_t export_rig_count(const char *text, const char *what);

/* The row of a goal in a cell, by code. */
struct observation *export_rig_row(
    struct export_rig *rig, const char *goal, enum dimension dimension, const char *cell);

#endif
