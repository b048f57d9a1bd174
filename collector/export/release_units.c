/* SPDX-License-Identifier: Apache-2.0 */
/* A unit counts in the cells of every population that it belongs to, or may belong to; in a sample
 * only if it was drawn, so that few of those drawn are few units, however many they stand for. Most
 * units stand where others do and answered as others did: what was found out of them is kept. */
#include <stdlib.h>
#include <string.h>

#include "collector/export/release_layout.h"

#define KEPT_BITS 14
#define KEPT (UINT32_C(1) << KEPT_BITS)

/* What cells_of_unit and populations tell a unit's place by. */
struct spot {
	int16_t commune, zone, section;
	int8_t unit_type;
	uint8_t size_mask;
	uint32_t membership;
};

struct adding {
	struct disclosure *disclosure;
	const struct release_input *in;
	const struct layout *layout;
	struct release_report *report;
	enum release_told told[POPULATIONS_MAX];
	struct kept_place {
		struct spot spot;
		bool is_set, is_nowhere;
		uint32_t place;
	} place[KEPT];
	struct kept_history {
		bool is_set;
		uint32_t row, history; /* of one that answered so */
	} history[KEPT];
};

static enum release_status
refuse(struct adding *a, const char *problem)
{
	a->report->problem = problem;
	return RELEASE_REFUSED;
}

static enum release_status
status_of(struct adding *a, enum disclosure_status status)
{
	switch (status) {
	case DISCLOSURE_OK:
		return RELEASE_OK;
	case DISCLOSURE_BAD_INPUT:
		return refuse(a, disclosure_problem(a->disclosure));
	case DISCLOSURE_CALLED_OFF: /* not while units are added */
	case DISCLOSURE_NO_MEMORY:
		break;
	}
	return RELEASE_MEMORY;
}

/* The cells of one population that a unit counts in. */
static size_t
put_cells(const struct adding *a, unsigned population, enum truth member, const uint16_t *cell,
    size_t cells, uint16_t *out)
{
	const struct release_input *in = a->in;
	size_t from = release_cell(in->definition, in->cells, population, 0);
	size_t n = a->told[population] == TOLD_CELLS ? cells : 1; /* the first is the whole */
	if (member == TRUTH_UNKNOWN) {
		out[0] = (uint16_t)(from + cells_count(in->cells));
		return 1;
	}
	for (size_t i = 0; i < n; i++)
		out[i] = (uint16_t)(from + cell[i]);
	return n;
}

/* Where a unit stands. Returns DISCLOSURE_CELLS_OF_UNIT_MAX + 1 when that is too much. */
static size_t
stand(const struct adding *a, const struct columns *columns, uint32_t row,
    uint16_t out[DISCLOSURE_CELLS_OF_UNIT_MAX])
{
	struct register_row r;
	uint16_t cell[CELLS_OF_UNIT_MAX];
	size_t n = 0;
	columns_row(columns, row, &r);
	size_t cells = cells_of_unit(a->in->cells, &r, cell);
	for (unsigned p = 0; p < a->in->definition->populations; p++) {
		enum truth member = columns_member(columns, row, p);
		if (a->told[p] == TOLD_NOTHING || (member != TRUTH_TRUE && member != TRUTH_UNKNOWN))
			continue;
		if (n + cells > DISCLOSURE_CELLS_OF_UNIT_MAX)
			return DISCLOSURE_CELLS_OF_UNIT_MAX + 1;
		n += put_cells(a, p, member, cell, cells, out + n);
	}
	return n;
}

static enum release_status
find_place(struct adding *a, const struct columns *columns, uint32_t row, bool *is_nowhere,
    uint32_t *place)
{
	uint16_t cell[DISCLOSURE_CELLS_OF_UNIT_MAX];
	size_t n = stand(a, columns, row, cell);
	*is_nowhere = n == 0;
	if (n > DISCLOSURE_CELLS_OF_UNIT_MAX)
		return refuse(a, "a unit counts in more cells than disclosure control takes");
	return n == 0 ? RELEASE_OK : status_of(a, disclosure_place(a->disclosure, cell, n, place));
}

/* ------------------------------------------------------------------- rows that were changed */

static const struct columns *
columns_in(const struct release_input *in, unsigned r)
{
	return r == in->earlier || in->past == NULL ? in->columns : in->past[r];
}

/* By what cells, strata and populations are made of: turnover, say, is none of it. */
bool
release_is_same_row(const struct columns *a, const struct columns *b, uint32_t row)
{
	const struct attributes *x = &a->attributes[row], *y = &b->attributes[row];
	return a == b ||
	       (a->membership[row] == b->membership[row] && x->commune == y->commune &&
		   x->zone == y->zone && x->section == y->section && x->size_mask == y->size_mask &&
		   x->unit_type == y->unit_type && x->stratum == y->stratum);
}

bool
release_is_same_register(const struct columns *a, const struct columns *b)
{
	uint32_t row = 0;
	while (row < b->units && release_is_same_row(a, b, row))
		row++;
	return row == b->units;
}

/* As what a unit counts in the releases in which it stood as in `first`, which are marked. */
static void
count_alike(const struct adding *a, uint32_t row, unsigned first, bool *is_added, uint32_t *as)
{
	const struct release_input *in = a->in;
	for (unsigned r = 0; r <= in->earlier; r++) {
		bool is_alike = release_is_same_row(columns_in(in, first), columns_in(in, r), row);
		as[r] =
		    is_alike ? layout_counted_as(a->layout, in->answer[r][row]) : DISCLOSURE_ABSENT;
		is_added[r] |= is_alike;
	}
}

static enum release_status
add_as(struct adding *a, const struct columns *columns, uint32_t row, const uint32_t *as)
{
	bool is_nowhere;
	uint32_t place, history;
	enum release_status status = find_place(a, columns, row, &is_nowhere, &place);
	if (status != RELEASE_OK || is_nowhere)
		return status;
	status = status_of(a, disclosure_history(a->disclosure, as, &history));
	return status != RELEASE_OK
		   ? status
		   : status_of(a, disclosure_add_at(a->disclosure, place, history));
}

/* It is a unit for each of the places it stood in, absent from the releases when it stood
 * elsewhere. */
static enum release_status
add_changed(struct adding *a, uint32_t row)
{
	uint32_t as[DISCLOSURE_EARLIER_MAX + 1];
	bool is_added[DISCLOSURE_EARLIER_MAX + 1] = {false};
	enum release_status status = RELEASE_OK;
	for (unsigned first = 0; first <= a->in->earlier && status == RELEASE_OK; first++) {
		if (is_added[first])
			continue;
		count_alike(a, row, first, is_added, as);
		status = add_as(a, columns_in(a->in, first), row, as);
	}
	return status;
}

static bool
was_changed(const struct release_input *in, uint32_t row)
{
	for (unsigned r = 0; r < in->earlier; r++)
		if (!release_is_same_row(columns_in(in, r), in->columns, row))
			return true;
	return false;
}

/* ------------------------------------------------------------------- all others */

static uint32_t
slot_of(uint64_t hash)
{
	return (uint32_t)(hash * UINT64_C(0x9e3779b97f4a7c15) >> (64 - KEPT_BITS));
}

static enum release_status
find_kept_place(struct adding *a, uint32_t row, const struct kept_place **out)
{
	const struct attributes *at = &a->in->columns->attributes[row];
	const struct spot spot = {at->commune, at->zone, at->section, at->unit_type, at->size_mask,
	    a->in->columns->membership[row]};
	uint64_t hash;
	memcpy(&hash, &spot, sizeof(hash));
	struct kept_place *kept = &a->place[slot_of(hash ^ (uint64_t)spot.membership << 20)];
	*out = kept;
	if (kept->is_set && memcmp(&kept->spot, &spot, sizeof(spot)) == 0)
		return RELEASE_OK;
	kept->spot = spot;
	kept->is_set = true;
	return find_place(a, a->in->columns, row, &kept->is_nowhere, &kept->place);
}

static bool
answered_alike(const struct release_input *in, uint32_t row, uint32_t other)
{
	for (unsigned r = 0; r <= in->earlier; r++)
		if (in->answer[r][row] != in->answer[r][other])
			return false;
	return true;
}

static enum release_status
find_kept_history(struct adding *a, uint32_t row, uint32_t *history)
{
	const struct release_input *in = a->in;
	uint32_t as[DISCLOSURE_EARLIER_MAX + 1];
	uint64_t hash = 0;
	for (unsigned r = 0; r <= in->earlier; r++)
		hash = hash * 31 + in->answer[r][row];
	struct kept_history *kept = &a->history[slot_of(hash)];
	if (kept->is_set && answered_alike(in, row, kept->row)) {
		*history = kept->history;
		return RELEASE_OK;
	}
	for (unsigned r = 0; r <= in->earlier; r++)
		as[r] = layout_counted_as(a->layout, in->answer[r][row]);
	enum disclosure_status status = disclosure_history(a->disclosure, as, history);
	*kept = (struct kept_history){status == DISCLOSURE_OK, row, *history};
	return status_of(a, status);
}

static enum release_status
add_unit(struct adding *a, uint32_t row)
{
	const struct kept_place *at;
	uint32_t history = 0;
	if (was_changed(a->in, row))
		return add_changed(a, row);
	enum release_status status = find_kept_place(a, row, &at);
	if (status != RELEASE_OK || at->is_nowhere)
		return status;
	status = find_kept_history(a, row, &history);
	return status != RELEASE_OK
		   ? status
		   : status_of(a, disclosure_add_at(a->disclosure, at->place, history));
}

enum release_status
release_add_units(struct disclosure *disclosure, const struct release_input *in,
    const struct layout *l, struct release_report *report)
{
	struct adding *a = calloc(1, sizeof(*a));
	enum release_status status = a != NULL ? RELEASE_OK : RELEASE_MEMORY;
	if (a == NULL)
		return status;
	a->disclosure = disclosure;
	a->in = in;
	a->layout = l;
	a->report = report;
	for (unsigned p = 0; p < in->definition->populations; p++)
		a->told[p] = release_told(in->definition, p);
	for (uint32_t row = 0; row < in->columns->units && status == RELEASE_OK; row++)
		if (in->is_called_off != NULL && in->is_called_off(in->context))
			status = RELEASE_CALLED_OFF;
		else if (columns_is_drawn(in->columns, row))
			status = add_unit(a, row);
	free(a);
	return status;
}
