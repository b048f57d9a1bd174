/* SPDX-License-Identifier: Apache-2.0 */
/* A kind is one bin of each of three axes: size, section, zone. The bins of an axis are found by
 * asking which cells a unit with each of its values counts in; values that agree in all that
 * estimates are made for fall into one bin. */
#include "survey/kinds.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Size classes come from a mask of those still possible, 1 to 15. */
#define MASKS 16
#define BINS_MAX 16 /* of an axis; more (a definition with dozens of groups) share the last */

enum axis_id { AXIS_SIZE, AXIS_SECTION, AXIS_ZONE, AXES };

static const enum dimension dimension_of[AXES] = {
    [AXIS_SIZE] = DIMENSION_SIZE,
    [AXIS_SECTION] = DIMENSION_SECTOR,
    [AXIS_ZONE] = DIMENSION_ZONE_TYPE,
};

struct bin {
	uint8_t key; /* of the stratum */
	uint8_t cells;
	uint16_t cell[CELLS_OF_UNIT_MAX];
	size_t values;
	uint16_t own; /* of a section: its cell; the section is alone where values is 1 */
};

struct axis {
	uint8_t *bin_of; /* by value: mask, or code + 1 */
	struct bin bin[BINS_MAX];
	size_t bins;
};

struct kinds {
	struct axis axis[AXES];
	bool *has_cell;
	size_t cells;
};

/* ------------------------------------------------------------------- strata */

#define SIZES 5      /* unknown, which mostly hides the small, then the four */
#define ACTIVITIES 4 /* A, B to F, the rest, unknown */
#define ZONES 3      /* inside, outside, unknown */

_Static_assert(SIZES *ACTIVITIES *ZONES == KINDS_STRATA, "strata");

static uint8_t
size_key(uint8_t mask)
{
	for (uint8_t i = 0; i < 4; i++)
		if (mask == 1u << i)
			return (uint8_t)(1 + i);
	return 0;
}

/* VSIC sections: the letters A to F mean the same in all versions. */
static uint8_t
activity_key(const struct definition *d, int section)
{
	if (section < 0)
		return 3;
	char letter = d->list[CODES_SECTION].code[section].code[0];
	return letter == 'A' ? 0 : letter >= 'B' && letter <= 'F' ? 1 : 2;
}

static uint8_t
zone_key(const struct definition *d, int zone)
{
	if (zone < 0)
		return 2;
	return strcmp(d->list[CODES_ZONE].code[zone].code, "NONE") == 0 ? 1 : 0;
}

struct kind_stratum
kinds_stratum_keys(unsigned stratum)
{
	assert(stratum < KINDS_STRATA);
	return (struct kind_stratum){(uint8_t)(stratum / ZONES / ACTIVITIES),
	    (uint8_t)(stratum / ZONES % ACTIVITIES), (uint8_t)(stratum % ZONES)};
}

/* ------------------------------------------------------------------- classes */

/* The bin of a unit with one known attribute, before it is looked up among the others. */
static struct bin
bin_of_row(const struct cells *cells, enum dimension dimension, const struct register_row *row,
    uint8_t key)
{
	struct bin out = {.key = key, .values = 1};
	uint16_t cell[CELLS_OF_UNIT_MAX];
	size_t n = cells_of_unit(cells, row, cell);
	for (size_t i = 0; i < n; i++) {
		const struct cell_info *info = cells_info(cells, cell[i]);
		if (info->dimension != dimension)
			continue;
		bool is_one =
		    dimension == DIMENSION_SECTOR && row->section >= 0 &&
		    strcmp(info->code,
			cells_definition(cells)->list[CODES_SECTION].code[row->section].code) == 0;
		if (is_one)
			out.own = cell[i];
		else
			out.cell[out.cells++] = cell[i];
	}
	return out;
}

static bool
is_same(const struct bin *a, const struct bin *b)
{
	return a->key == b->key && a->cells == b->cells &&
	       memcmp(a->cell, b->cell, a->cells * sizeof(a->cell[0])) == 0;
}

static void
unmark(struct kinds *k, const struct bin *bin)
{
	for (size_t i = 0; i < bin->cells; i++)
		k->has_cell[bin->cell[i]] = false;
}

/* What no bin is left for shares the last one, and the cells of neither have estimates: only the
 * whole still has them in its sums. */
static void
add_value(struct kinds *k, struct axis *axis, size_t value, const struct bin *bin)
{
	size_t i = 0;
	while (i < axis->bins && !is_same(&axis->bin[i], bin))
		i++;
	axis->bin_of[value] = (uint8_t)(i < BINS_MAX ? i : BINS_MAX - 1);
	if (i < axis->bins) {
		axis->bin[i].values++;
	} else if (i < BINS_MAX) {
		axis->bin[axis->bins++] = *bin;
	} else {
		unmark(k, bin);
		unmark(k, &axis->bin[BINS_MAX - 1]);
		axis->bin[BINS_MAX - 1].values++;
	}
}

static bool
make_axis(struct kinds *k, enum axis_id id, size_t values)
{
	k->axis[id].bin_of = calloc(values, sizeof(*k->axis[id].bin_of));
	return k->axis[id].bin_of != NULL;
}

static const struct register_row unknown_row = {.unit_type = UNKNOWN_CODE,
    .status = UNKNOWN_CODE,
    .legal_form = UNKNOWN_CODE,
    .commune = UNKNOWN_CODE,
    .zone = UNKNOWN_CODE,
    .section = UNKNOWN_CODE,
    .size_mask = MASKS - 1};

static void
fill_axes(struct kinds *k, const struct definition *d, const struct cells *cells)
{
	struct register_row row = unknown_row;
	for (uint8_t mask = 1; mask < MASKS; mask++) {
		row.size_mask = mask;
		struct bin c = bin_of_row(cells, DIMENSION_SIZE, &row, size_key(mask));
		add_value(k, &k->axis[AXIS_SIZE], mask, &c);
	}
	row = unknown_row;
	for (int i = -1; i < (int)d->list[CODES_SECTION].codes; i++) {
		row.section = (int16_t)i;
		struct bin c = bin_of_row(cells, DIMENSION_SECTOR, &row, activity_key(d, i));
		add_value(k, &k->axis[AXIS_SECTION], (size_t)(i + 1), &c);
	}
	row = unknown_row;
	for (int i = -1; i < (int)d->list[CODES_ZONE].codes; i++) {
		row.zone = (int16_t)i;
		struct bin c = bin_of_row(cells, DIMENSION_ZONE_TYPE, &row, zone_key(d, i));
		add_value(k, &k->axis[AXIS_ZONE], (size_t)(i + 1), &c);
	}
}

/* A section that shares its bin with no other is a group by itself. */
static void
add_lone_sections(struct kinds *k)
{
	struct axis *axis = &k->axis[AXIS_SECTION];
	for (size_t i = 0; i < axis->bins; i++) {
		struct bin *c = &axis->bin[i];
		if (c->values != 1 || c->own == 0)
			continue;
		c->cell[c->cells++] = c->own;
		k->has_cell[c->own] = true;
	}
}

/* Those of the estimated dimensions, but for single sections. */
static void
mark_cells(struct kinds *k, const struct definition *d, const struct cells *cells)
{
	size_t groups = d->list[CODES_SECTION].groups;
	k->has_cell[0] = true;
	for (unsigned id = 0; id < AXES; id++) {
		size_t first, count;
		cells_of_dimension(cells, dimension_of[id], &first, &count);
		for (size_t i = 0; i < count; i++)
			k->has_cell[first + i] = id != AXIS_SECTION || i < groups || i + 1 == count;
	}
}

struct kinds *
kinds_new(const struct definition *d, const struct cells *cells)
{
	struct kinds *k = calloc(1, sizeof(*k));
	if (k == NULL)
		return NULL;
	k->cells = cells_count(cells);
	k->has_cell = calloc(k->cells, sizeof(*k->has_cell));
	if (k->has_cell == NULL || !make_axis(k, AXIS_SIZE, MASKS) ||
	    !make_axis(k, AXIS_SECTION, d->list[CODES_SECTION].codes + 1) ||
	    !make_axis(k, AXIS_ZONE, d->list[CODES_ZONE].codes + 1)) {
		kinds_free(k);
		return NULL;
	}
	mark_cells(k, d, cells);
	fill_axes(k, d, cells);
	add_lone_sections(k);
	return k;
}

void
kinds_free(struct kinds *k)
{
	if (k == NULL)
		return;
	for (unsigned i = 0; i < AXES; i++)
		free(k->axis[i].bin_of);
	free(k->has_cell);
	free(k);
}

/* ------------------------------------------------------------------- reading */

size_t
kinds_count(const struct kinds *k)
{
	return k->axis[AXIS_SIZE].bins * k->axis[AXIS_SECTION].bins * k->axis[AXIS_ZONE].bins;
}

size_t
kinds_of_unit(const struct kinds *k, const struct register_row *row)
{
	size_t size = k->axis[AXIS_SIZE].bin_of[row->size_mask];
	size_t section = k->axis[AXIS_SECTION].bin_of[row->section + 1];
	size_t zone = k->axis[AXIS_ZONE].bin_of[row->zone + 1];
	return (size * k->axis[AXIS_SECTION].bins + section) * k->axis[AXIS_ZONE].bins + zone;
}

/* The three bins of a kind. */
static void
take_apart(const struct kinds *k, size_t kind, const struct bin *out[AXES])
{
	assert(kind < kinds_count(k));
	for (unsigned i = AXES; i-- > 0; kind /= k->axis[i].bins)
		out[i] = &k->axis[i].bin[kind % k->axis[i].bins];
}

unsigned
kinds_stratum(const struct kinds *k, size_t kind)
{
	const struct bin *bin[AXES];
	take_apart(k, kind, bin);
	return ((unsigned)bin[AXIS_SIZE]->key * ACTIVITIES + bin[AXIS_SECTION]->key) * ZONES +
	       bin[AXIS_ZONE]->key;
}

bool
kinds_has_cell(const struct kinds *k, size_t cell)
{
	assert(cell < k->cells);
	return k->has_cell[cell];
}

bool
kinds_in_cell(const struct kinds *k, size_t kind, size_t cell)
{
	const struct bin *bin[AXES];
	if (cell == 0)
		return true;
	take_apart(k, kind, bin);
	for (unsigned i = 0; i < AXES; i++)
		for (size_t c = 0; c < bin[i]->cells; c++)
			if (bin[i]->cell[c] == cell)
				return true;
	return false;
}
