/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of one export out of the past: for staff the figures as they stand, for the public
 * what disclosure control decided, with the figures of whichever release they are those of.
 * Worker's thread. */
#ifndef KHAOSAT_COLLECTOR_EXPORT_BUILD_H
#define KHAOSAT_COLLECTOR_EXPORT_BUILD_H

#include "collector/export/past.h"
#include "collector/export/rounded.h"
#include "collector/export/tables.h"

/* Where the figures of a release stand. */
struct build_source {
	const struct past_point *point;
	uint32_t vintage;
	const uint8_t *decision; /* of an earlier release: its own, see release.h */
};

struct build_input {
	const struct past *past;
	struct export_facts facts; /* time, opened and closed are filled in */
	struct build_source now;
	const uint8_t *decision;            /* public: see release.h */
	const struct build_source *earlier; /* releases that a decision may keep figures of */
	const struct rounded *rounded;      /* public: all figures are these, or NULL; */
	struct build_source figures;        /* and where they stand */
};

/* To be cleared; false: out of memory. */
bool build_tables(const struct build_input *in, struct tables *out);

#endif
