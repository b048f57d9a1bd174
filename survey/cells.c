/* SPDX-License-Identifier: Apache-2.0 */
#include "survey/cells.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "survey/kinds.h"

/* What the loader lets through has room here: zones nest once, a code is in so many groups. */
_Static_assert(GROUPS_OF_CODE_MAX <= CELL_GROUPS_MAX, "a code's groups have room");
_Static_assert(
    5 + (1 + 1) + 2 * (1 + GROUPS_OF_CODE_MAX) <= CELLS_OF_UNIT_MAX, "a unit's cells have room");

/* The cells one code counts in: its own, then groups or parents. */
struct code_cells {
	uint8_t n;
	uint16_t cell[CELL_GROUPS_MAX + 1];
};

struct cells {
	const struct definition *d;
	struct cell_info *info;
	size_t count;
	size_t first[DIMENSIONS + 1];
	struct code_cells *zone, *section; /* by index in the list */
	uint16_t *zone_type;               /* by zone: cell of its type */
	uint16_t unknown[DIMENSIONS];      /* the cell _U */
	uint16_t size[4];                  /* by class */
	struct kinds *kinds;
};

static const struct label label_whole = {"Tổng số", "Total"};
static const struct label label_unknown = {"Không rõ", "Unknown"};

static uint16_t
add(struct cells *c, enum dimension dimension, const char *code, struct label label,
    const char *parent)
{
	c->info[c->count] = (struct cell_info){dimension, code, label, parent};
	return (uint16_t)c->count++;
}

static void
belongs(struct code_cells *code, uint16_t cell)
{
	assert(code->n <= CELL_GROUPS_MAX);
	code->cell[code->n++] = cell;
}

/* A zone, then the zones inside it. `above` are the cells of what contains it. */
static void
add_zones(struct cells *c, int parent, const struct code_cells *above)
{
	const struct code_list *zones = &c->d->list[CODES_ZONE];
	for (size_t i = 0; i < zones->codes; i++) {
		if (zones->code[i].parent != parent)
			continue;
		uint16_t cell = add(c, DIMENSION_ZONE, zones->code[i].code, zones->code[i].label,
		    parent < 0 ? "" : zones->code[parent].code);
		belongs(&c->zone[i], cell);
		for (unsigned k = 0; k < above->n; k++)
			belongs(&c->zone[i], above->cell[k]);
		add_zones(c, (int)i, &c->zone[i]);
	}
}

static void
add_zone_types(struct cells *c)
{
	const struct code_list *types = &c->d->list[CODES_ZONE_TYPE];
	const struct code_list *zones = &c->d->list[CODES_ZONE];
	for (size_t t = 0; t < types->codes; t++) {
		uint16_t cell =
		    add(c, DIMENSION_ZONE_TYPE, types->code[t].code, types->code[t].label, "");
		for (size_t z = 0; z < zones->codes; z++) {
			bool outside = strcmp(zones->code[z].code, "NONE") == 0;
			if (strcmp(outside ? "NONE" : zones->code[z].type, types->code[t].code) ==
			    0)
				c->zone_type[z] = cell;
		}
	}
}

static bool
is_member(const struct code_group *group, size_t code)
{
	for (size_t i = 0; i < group->members; i++)
		if (group->member[i] == (int)code)
			return true;
	return false;
}

/* The first group that holds a code is the one it is shown under. */
static const char *
shown_under(const struct code_list *list, size_t code)
{
	for (size_t g = 0; g < list->groups; g++)
		if (is_member(&list->group[g], code))
			return list->group[g].code;
	return "";
}

/* Groups, then codes. `of_code` may be NULL. */
static void
add_grouped(struct cells *c, enum dimension dimension, const struct code_list *list,
    struct code_cells *of_code)
{
	uint16_t group_cell = (uint16_t)c->count;
	for (size_t g = 0; g < list->groups; g++)
		add(c, dimension, list->group[g].code, list->group[g].label, "");
	for (size_t i = 0; i < list->codes; i++) {
		uint16_t cell = add(
		    c, dimension, list->code[i].code, list->code[i].label, shown_under(list, i));
		if (of_code == NULL)
			continue;
		belongs(&of_code[i], cell);
		for (size_t g = 0; g < list->groups; g++)
			if (is_member(&list->group[g], i))
				belongs(&of_code[i], (uint16_t)(group_cell + g));
	}
}

static void
add_dimension(struct cells *c, enum dimension dimension)
{
	const struct code_cells nothing = {0};
	const struct code_list *sizes = &c->d->list[CODES_SIZE];
	switch (dimension) {
	case DIMENSION_WHOLE:
		add(c, dimension, "_T", label_whole, "");
		return; /* everyone is in it */
	case DIMENSION_ZONE:
		add_zones(c, -1, &nothing);
		break;
	case DIMENSION_ZONE_TYPE:
		add_zone_types(c);
		break;
	case DIMENSION_COMMUNE:
		add_grouped(c, dimension, &c->d->list[CODES_COMMUNE], NULL);
		break;
	case DIMENSION_SECTOR:
		add_grouped(c, dimension, &c->d->list[CODES_SECTION], c->section);
		break;
	case DIMENSION_SIZE:
		add_grouped(c, dimension, sizes, NULL);
		for (unsigned i = 0; i < 4; i++)
			c->size[i] = (uint16_t)(c->first[dimension] + sizes->groups + i);
		break;
	case DIMENSION_UNIT_TYPE:
		add_grouped(c, dimension, &c->d->list[CODES_UNIT_TYPE], NULL);
		break;
	case DIMENSIONS:
		assert(false && "dimension");
	}
	c->unknown[dimension] = add(c, dimension, "_U", label_unknown, "");
}

struct cells *
cells_new(const struct definition *d)
{
	struct cells *c = calloc(1, sizeof(*c));
	if (c == NULL)
		return NULL;
	size_t most = 1 + DIMENSIONS;
	for (unsigned l = 0; l < CODE_LISTS; l++)
		most += d->list[l].codes + d->list[l].groups;
	c->d = d;
	c->info = calloc(most, sizeof(*c->info));
	c->zone = calloc(d->list[CODES_ZONE].codes + 1, sizeof(*c->zone));
	c->zone_type = calloc(d->list[CODES_ZONE].codes + 1, sizeof(*c->zone_type));
	c->section = calloc(d->list[CODES_SECTION].codes + 1, sizeof(*c->section));
	if (c->info == NULL || c->zone == NULL || c->zone_type == NULL || c->section == NULL) {
		cells_free(c);
		return NULL;
	}
	for (unsigned dimension = 0; dimension < DIMENSIONS; dimension++) {
		c->first[dimension] = c->count;
		add_dimension(c, (enum dimension)dimension);
	}
	c->first[DIMENSIONS] = c->count;
	c->kinds = kinds_new(d, c);
	if (c->kinds == NULL) {
		cells_free(c);
		return NULL;
	}
	return c;
}

void
cells_free(struct cells *cells)
{
	if (cells == NULL)
		return;
	kinds_free(cells->kinds);
	free(cells->info);
	free(cells->zone);
	free(cells->zone_type);
	free(cells->section);
	free(cells);
}

size_t
cells_count(const struct cells *cells)
{
	return cells->count;
}

const struct definition *
cells_definition(const struct cells *cells)
{
	return cells->d;
}

const struct kinds *
cells_kinds(const struct cells *cells)
{
	return cells->kinds;
}

const struct cell_info *
cells_info(const struct cells *cells, size_t cell)
{
	assert(cell < cells->count);
	return &cells->info[cell];
}

void
cells_of_dimension(
    const struct cells *cells, enum dimension dimension, size_t *first, size_t *count)
{
	*first = cells->first[dimension];
	*count = cells->first[dimension + 1] - cells->first[dimension];
}

/* Size is a set of classes still possible: one class is known; a group holds the unit as soon as
 * all that is possible lies inside it, so a firm of unknown class may still be certain to be an
 * SME. */
static size_t
size_cells(const struct cells *c, uint8_t mask, uint16_t *out)
{
	const struct code_list *sizes = &c->d->list[CODES_SIZE];
	size_t n = 0;
	uint16_t cell = c->unknown[DIMENSION_SIZE];
	for (unsigned i = 0; i < 4; i++)
		if (mask == 1u << i)
			cell = c->size[i];
	out[n++] = cell;
	for (size_t g = 0; g < sizes->groups; g++) {
		unsigned inside = 0;
		for (size_t i = 0; i < sizes->group[g].members; i++)
			inside |= 1u << sizes->group[g].member[i];
		if ((mask & ~inside) == 0)
			out[n++] = (uint16_t)(c->first[DIMENSION_SIZE] + g);
	}
	return n;
}

static size_t
code_cells_of(const struct code_cells *code, uint16_t *out)
{
	memcpy(out, code->cell, code->n * sizeof(*out));
	return code->n;
}

size_t
cells_of_unit(
    const struct cells *c, const struct register_row *row, uint16_t out[CELLS_OF_UNIT_MAX])
{
	size_t n = 0;
	out[n++] = 0;
	if (row->zone < 0) {
		out[n++] = c->unknown[DIMENSION_ZONE];
		out[n++] = c->unknown[DIMENSION_ZONE_TYPE];
	} else {
		n += code_cells_of(&c->zone[row->zone], out + n);
		out[n++] = c->zone_type[row->zone];
	}
	out[n++] = row->commune < 0
		       ? c->unknown[DIMENSION_COMMUNE]
		       : (uint16_t)(c->first[DIMENSION_COMMUNE] + c->d->list[CODES_COMMUNE].groups +
				    (size_t)row->commune);
	if (row->section < 0)
		out[n++] = c->unknown[DIMENSION_SECTOR];
	else
		n += code_cells_of(&c->section[row->section], out + n);
	n += size_cells(c, row->size_mask, out + n);
	out[n++] = row->unit_type < 0
		       ? c->unknown[DIMENSION_UNIT_TYPE]
		       : (uint16_t)(c->first[DIMENSION_UNIT_TYPE] +
				    c->d->list[CODES_UNIT_TYPE].groups + (size_t)row->unit_type);
	assert(n <= CELLS_OF_UNIT_MAX);
	return n;
}
