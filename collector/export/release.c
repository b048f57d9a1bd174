/* SPDX-License-Identifier: Apache-2.0 */
/* What the tables of a round are to survey/disclosure.h, and what it decided of them. */
#include "collector/export/release.h"

#include <stdlib.h>
#include <string.h>

#include "collector/export/release_layout.h"

/* ------------------------------------------------------------------- cells */

enum release_told
release_told(const struct definition *d, unsigned population)
{
	enum release_told told = TOLD_NOTHING;
	for (size_t g = 0; g < d->goals; g++) {
		if (d->goal[g].population != population)
			continue;
		bool whole = !d->goal[g].headline || d->goal[g].named_list;
		if (told == TOLD_NOTHING || !whole)
			told = whole ? TOLD_WHOLE : TOLD_CELLS;
	}
	return told;
}

size_t
release_cells(const struct definition *d, const struct cells *cells)
{
	return d->populations * (cells_count(cells) + 1);
}

size_t
release_cell(
    const struct definition *d, const struct cells *cells, unsigned population, size_t cell)
{
	(void)d;
	return population * (cells_count(cells) + 1) + cell;
}

bool
release_tells(const struct definition *d, const struct cells *cells, size_t goal, size_t cell)
{
	const struct goal *g = &d->goal[goal];
	return (g->headline && !g->named_list) ||
	       cells_info(cells, cell)->dimension == DIMENSION_WHOLE;
}

bool
release_shows(const uint8_t *decision, size_t n)
{
	return memchr(decision, RELEASE_SHOW, n) != NULL;
}

/* Families are what a reader may know of the register at once: the communes, or all the rest. */
static uint8_t
family_of(enum dimension dimension)
{
	return dimension == DIMENSION_WHOLE     ? DISCLOSURE_COMMON
	       : dimension == DIMENSION_COMMUNE ? 1
						: 2;
}

static bool
is_headline(const struct definition *d, unsigned population)
{
	for (size_t g = 0; g < d->goals; g++)
		if (d->goal[g].headline && d->goal[g].population == population)
			return true;
	return false;
}

static uint64_t
shown_in(const struct release_input *in, size_t cell)
{
	uint64_t shown = 0;
	for (unsigned r = 0; r < in->earlier; r++)
		if (in->decision[r][cell] == RELEASE_SHOW)
			shown |= UINT64_C(1) << r;
	return shown;
}

static void
fill_cells(const struct release_input *in, const struct layout *l, struct disclosure_cell *out)
{
	const struct definition *d = in->definition;
	for (size_t at = 0; at < release_cells(d, in->cells); at++) {
		unsigned p = (unsigned)(at / (cells_count(in->cells) + 1));
		size_t cell = at % (cells_count(in->cells) + 1);
		bool unsure = cell == cells_count(in->cells);
		enum dimension dimension =
		    unsure ? DIMENSION_WHOLE : cells_info(in->cells, cell)->dimension;
		bool whole = dimension == DIMENSION_WHOLE;
		/* A table's number only says what to withhold first. */
		out[at] = (struct disclosure_cell){
		    .family = family_of(dimension),
		    .table = (uint8_t)((p * DIMENSIONS + dimension) % DISCLOSURE_TABLES_MAX),
		    .headline = whole && !unsure && is_headline(d, p),
		    .shown = shown_in(in, at),
		    .unpublished = ~layout_told(l, d, p, whole),
		};
	}
}

/* ------------------------------------------------------------------- decisions */

static uint8_t
byte_of(const struct disclosure_decision *decision)
{
	switch (decision->action) {
	case DISCLOSURE_SHOW:
		return RELEASE_SHOW;
	case DISCLOSURE_KEEP:
		return (uint8_t)decision->kept;
	case DISCLOSURE_EMPTY:
		return RELEASE_EMPTY;
	case DISCLOSURE_WITHHOLD:
		break;
	}
	return disclosure_conf_status(decision) == 'A' ? RELEASE_FEW_UNITS : RELEASE_CONFIDENTIAL;
}

static void
tell(const struct disclosure *disclosure, size_t n, uint8_t *out, struct release_report *report)
{
	report->is_held = disclosure_is_held(disclosure);
	for (size_t i = 0; i < n; i++) {
		const struct disclosure_decision decision = disclosure_of(disclosure, i);
		out[i] = byte_of(&decision);
		report->shown += decision.action == DISCLOSURE_SHOW;
		report->kept += decision.action == DISCLOSURE_KEEP;
		report->withheld += decision.action == DISCLOSURE_WITHHOLD;
		report->empty += decision.action == DISCLOSURE_EMPTY;
		report->unproven += decision.exposed;
	}
}

static enum release_status
run(struct disclosure *disclosure)
{
	switch (disclosure_run(disclosure)) {
	case DISCLOSURE_OK:
		return RELEASE_OK;
	case DISCLOSURE_CALLED_OFF:
		return RELEASE_CALLED_OFF;
	case DISCLOSURE_BAD_INPUT: /* told when the units were added */
	case DISCLOSURE_NO_MEMORY:
		break;
	}
	return RELEASE_MEMORY;
}

enum release_status
release_decide(const struct release_input *in, uint8_t *out, struct release_report *report)
{
	struct layout l;
	size_t n = release_cells(in->definition, in->cells);
	*report = (struct release_report){.problem = layout_make(in, &l)};
	if (report->problem != NULL)
		return RELEASE_REFUSED;
	struct disclosure_rules rules = {
	    .frequency = in->frequency,
	    .measures = l.measures,
	    .responded = RESPONDED,
	    .shares = l.shares,
	    .certain = true,
	    .earlier = in->earlier,
	    .is_called_off = in->is_called_off,
	    .context = in->context,
	};
	memcpy(rules.goal, l.goal, sizeof(rules.goal));
	struct disclosure_cell *cells = calloc(n + 1, sizeof(*cells));
	if (cells == NULL)
		return RELEASE_MEMORY;
	fill_cells(in, &l, cells);
	struct disclosure *disclosure = disclosure_new(&rules, cells, n, &report->problem);
	free(cells);
	if (disclosure == NULL)
		return report->problem != NULL ? RELEASE_REFUSED : RELEASE_MEMORY;
	enum release_status status = release_add_units(disclosure, in, &l, report);
	if (status == RELEASE_OK)
		status = run(disclosure);
	if (status == RELEASE_OK)
		tell(disclosure, n, out, report);
	disclosure_free(disclosure);
	return status;
}

void
release_repeat(const struct release_input *in, uint8_t *out)
{
	size_t n = release_cells(in->definition, in->cells);
	for (size_t cell = 0; cell < n; cell++) {
		out[cell] = RELEASE_CONFIDENTIAL;
		for (unsigned r = 0; r < in->earlier; r++)
			if (in->decision[r][cell] == RELEASE_SHOW)
				out[cell] = (uint8_t)r;
			else if (in->decision[r][cell] >= RELEASE_EMPTY)
				out[cell] = in->decision[r][cell];
	}
}
