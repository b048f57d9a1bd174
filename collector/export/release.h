/* SPDX-License-Identifier: Apache-2.0 */
/* Disclosure control over one round's public releases: what its tables are to survey/disclosure.h,
 * and what it decided, in bytes that go into the log with the release. A cell here is one of a
 * population's cells, once for its certain members and once for those whose membership is unknown;
 * every goal of that population has its figures there. Pure; one thread. */
#ifndef KHAOSAT_COLLECTOR_EXPORT_RELEASE_H
#define KHAOSAT_COLLECTOR_EXPORT_RELEASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/columns.h"
#include "survey/cells.h"
#include "survey/definition.h"
#include "survey/disclosure.h"

/* One byte a cell. Below RELEASE_EMPTY: it keeps the figures of that earlier release, counted from
 * 0 over those that showed anything new. */
enum {
	RELEASE_EMPTY = 0xFC,
	RELEASE_CONFIDENTIAL = 0xFD,
	RELEASE_FEW_UNITS = 0xFE,
	RELEASE_SHOW = 0xFF
};
_Static_assert(DISCLOSURE_EARLIER_MAX < RELEASE_EMPTY, "a release has a byte");

size_t release_cells(const struct definition *d, const struct cells *cells);
size_t release_cell(
    const struct definition *d, const struct cells *cells, unsigned population, size_t cell);
/* Whether a goal's figures in a cell are published at all. */
bool release_tells(const struct definition *d, const struct cells *cells, size_t goal, size_t cell);

/* How much of a population is published. */
enum release_told { TOLD_NOTHING, TOLD_WHOLE, TOLD_CELLS };
enum release_told release_told(const struct definition *d, unsigned population);

/* Whether anything new is shown, so that it counts among the earlier ones of the next. */
bool release_shows(const uint8_t *decision, size_t n);

/* What a head answered to all goals, in one word; 0: none; or this, of a unit that is out of scope.
 */
#define RELEASE_INDICATORS_MAX 31
#define RELEASE_ABSENT UINT64_MAX
uint64_t release_answer(const struct definition *d, const struct indicator_bits *bits);

struct release_input {
	const struct definition *definition;
	const struct cells *cells;
	const struct columns *columns;
	/* [release] The register as it was at the earlier ones: a row that was changed since stood
	 * in other cells. NULL: none was. */
	const struct columns *const *past;
	unsigned frequency;
	unsigned earlier;               /* releases that showed something new, oldest first */
	const uint64_t *const *answer;  /* [release][row], this one last */
	const uint8_t *const *decision; /* [release][cell] of the earlier ones */
	bool (*is_called_off)(const void *context); /* as in disclosure.h */
	const void *context;
};

enum release_status { RELEASE_OK, RELEASE_REFUSED, RELEASE_MEMORY, RELEASE_CALLED_OFF };

struct release_report { /* for staff */
	size_t shown, kept, withheld, empty;
	size_t unproven;     /* cells that hold others back: the search for a proof gave up */
	bool is_held;        /* nothing but headlines could be proven safe */
	const char *problem; /* RELEASE_REFUSED: why */
};

/* out[release_cells]. */
enum release_status release_decide(
    const struct release_input *in, uint8_t *out, struct release_report *report);

/* Whether a unit, and whether each unit, stands in the same cells by both. */
bool release_is_same_row(const struct columns *a, const struct columns *b, uint32_t row);
bool release_is_same_register(const struct columns *a, const struct columns *b);

/* Nothing new: each cell as the latest release that showed it left it. What a run does where
 * nothing has changed since, or where there have been as many releases as can be guarded together.
 */
void release_repeat(const struct release_input *in, uint8_t *out);

#endif
