/* SPDX-License-Identifier: Apache-2.0 */
#include "survey/cells.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "survey/kinds.h"

/* What the loader lets through has room here: zones nest once, a code is in so many groups. */
_Static_assert(GROUPS_OF_CODE_MAX <= CELL_GROUPS_MAX, "a code's groups have room");
_Static_assert(5 + (1 + 1) + 2 * (1 + GROUPS_OF_CODE_MAX) +
		       (1 + GROUPS_OF_CODE_MAX) * (GROUPS_OF_CODE_MAX + 1) <=
		   CELLS_OF_UNIT_MAX,
    "a unit's cells have room");

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
	bool is_crossed;
	uint8_t *column; /* by cell: 1 + its place among those crossed of its dimension; or 0 */
	uint8_t columns[DIMENSIONS]; /* there are, by crossed dimension */
	char *words;                 /* codes and labels of crossed cells */
};

static const struct label label_whole = {"Tổng số", "Total"};
static const struct label label_unknown = {"Không rõ", "Unknown"};

static uint16_t
add(struct cells *c, enum dimension dimension, const char *code, struct label label,
    const char *parent)
{
	c->info[c->count] = (struct cell_info){dimension, code, label, parent, {0, 0}};
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

/* ------------------------------------------------------------------- crossed */

#define BETWEEN_CODES "." /* in no code */
#define BETWEEN_LABELS " – "

static bool
is_in_a_group(const struct code_list *list, size_t code)
{
	return *shown_under(list, code) != '\0';
}

/* Of sectors the groups and what is in none; all types of zones; and what is unknown. */
static bool
is_to_be_crossed(const struct cells *c, enum dimension dimension, size_t place)
{
	const struct code_list *sections = &c->d->list[CODES_SECTION];
	if (dimension != DIMENSION_SECTOR || place < sections->groups ||
	    place == sections->groups + sections->codes)
		return true;
	return !is_in_a_group(sections, place - sections->groups);
}

static char *
join(char *at, const char *one, const char *between, const char *other, const char **out)
{
	*out = at;
	return stpcpy(stpcpy(stpcpy(at, one), between), other) + 1;
}

static size_t
words_bytes(const struct cell_info *one, const struct cell_info *other)
{
	return strlen(one->code) + strlen(other->code) + strlen(one->label.vi) +
	       strlen(other->label.vi) + strlen(one->label.en) + strlen(other->label.en) +
	       sizeof(BETWEEN_CODES) + 2 * sizeof(BETWEEN_LABELS);
}

/* Two walks: how many bytes the words take, then the cells. */
static size_t
cross_sizes(struct cells *c, enum dimension crossed, enum dimension with, char *words)
{
	size_t bytes = 0;
	for (size_t s = c->first[DIMENSION_SIZE]; s < c->first[DIMENSION_SIZE + 1]; s++)
		for (size_t w = c->first[with]; w < c->first[with + 1]; w++) {
			const struct cell_info *one = &c->info[s], *other = &c->info[w];
			if (c->column[w] == 0)
				continue;
			bytes += words_bytes(one, other);
			if (words == NULL)
				continue;
			struct cell_info *cell = &c->info[c->count++];
			*cell = (struct cell_info){
			    .dimension = crossed, .parent = "", .of = {(uint16_t)s, (uint16_t)w}};
			words = join(words, one->code, BETWEEN_CODES, other->code, &cell->code);
			words = join(
			    words, one->label.vi, BETWEEN_LABELS, other->label.vi, &cell->label.vi);
			words = join(
			    words, one->label.en, BETWEEN_LABELS, other->label.en, &cell->label.en);
		}
	return bytes;
}

static void
choose_columns(struct cells *c, enum dimension crossed, enum dimension with)
{
	size_t columns = 0;
	for (size_t w = c->first[with]; w < c->first[with + 1]; w++)
		columns += is_to_be_crossed(c, with, w - c->first[with]);
	if (columns > CELLS_CROSSED_MAX)
		return;
	for (size_t w = c->first[with]; w < c->first[with + 1]; w++)
		if (is_to_be_crossed(c, with, w - c->first[with]))
			c->column[w] = ++c->columns[crossed];
}

static bool
add_crossed(struct cells *c)
{
	c->column = calloc(c->count, sizeof(*c->column));
	if (c->column == NULL)
		return false;
	choose_columns(c, DIMENSION_SIZE_SECTOR, DIMENSION_SECTOR);
	choose_columns(c, DIMENSION_SIZE_ZONE_TYPE, DIMENSION_ZONE_TYPE);
	size_t bytes = cross_sizes(c, DIMENSION_SIZE_SECTOR, DIMENSION_SECTOR, NULL);
	size_t more = cross_sizes(c, DIMENSION_SIZE_ZONE_TYPE, DIMENSION_ZONE_TYPE, NULL);
	c->words = malloc(bytes + more + 1);
	if (c->words == NULL)
		return false;
	cross_sizes(c, DIMENSION_SIZE_SECTOR, DIMENSION_SECTOR, c->words);
	c->first[DIMENSION_SIZE_ZONE_TYPE] = c->count;
	cross_sizes(c, DIMENSION_SIZE_ZONE_TYPE, DIMENSION_ZONE_TYPE, c->words + bytes);
	c->first[DIMENSIONS] = c->count;
	c->is_crossed = true;
	return true;
}

/* ------------------------------------------------------------------- all of them */

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
	case DIMENSION_SIZE_SECTOR:
	case DIMENSION_SIZE_ZONE_TYPE:
	case DIMENSIONS:
		assert(false && "dimension");
	}
	c->unknown[dimension] = add(c, dimension, "_U", label_unknown, "");
}

static size_t
most_cells(const struct definition *d, bool is_crossed)
{
	const struct code_list *sizes = &d->list[CODES_SIZE];
	size_t most = 1 + DIMENSIONS;
	for (unsigned l = 0; l < CODE_LISTS; l++)
		most += d->list[l].codes + d->list[l].groups;
	return most + (is_crossed ? (sizes->groups + sizes->codes + 1) * 2 * CELLS_CROSSED_MAX : 0);
}

static struct cells *
make(const struct definition *d, bool is_crossed)
{
	struct cells *c = calloc(1, sizeof(*c));
	if (c == NULL)
		return NULL;
	size_t most = most_cells(d, is_crossed);
	c->d = d;
	c->info = calloc(most, sizeof(*c->info));
	c->zone = calloc(d->list[CODES_ZONE].codes + 1, sizeof(*c->zone));
	c->zone_type = calloc(d->list[CODES_ZONE].codes + 1, sizeof(*c->zone_type));
	c->section = calloc(d->list[CODES_SECTION].codes + 1, sizeof(*c->section));
	if (c->info == NULL || c->zone == NULL || c->zone_type == NULL || c->section == NULL) {
		cells_free(c);
		return NULL;
	}
	for (unsigned dimension = 0; dimension < DIMENSIONS_COUNTED; dimension++) {
		c->first[dimension] = c->count;
		add_dimension(c, (enum dimension)dimension);
	}
	for (unsigned dimension = DIMENSIONS_COUNTED; dimension <= DIMENSIONS; dimension++)
		c->first[dimension] = c->count;
	if (!is_crossed || add_crossed(c))
		c->kinds = kinds_new(d, c);
	if (c->kinds == NULL) {
		cells_free(c);
		return NULL;
	}
	return c;
}

struct cells *
cells_new(const struct definition *d)
{
	return make(d, false);
}

struct cells *
cells_new_crossed(const struct definition *d)
{
	return make(d, true);
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
	free(cells->column);
	free(cells->words);
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

/* Of a unit whose other cells are known, sizes last but for the kind of unit. */
static size_t
crossed_cells(const struct cells *c, const uint16_t *cell, size_t n, uint16_t *out)
{
	size_t crossed = 0;
	for (size_t i = 0; i < n; i++) {
		if (c->info[cell[i]].dimension != DIMENSION_SIZE)
			continue;
		size_t row = cell[i] - c->first[DIMENSION_SIZE];
		for (size_t k = 0; k < i; k++) {
			if (c->column[cell[k]] == 0)
				continue;
			enum dimension of = c->info[cell[k]].dimension == DIMENSION_SECTOR
						? DIMENSION_SIZE_SECTOR
						: DIMENSION_SIZE_ZONE_TYPE;
			out[crossed++] = (uint16_t)(c->first[of] + row * c->columns[of] +
						    c->column[cell[k]] - 1);
		}
	}
	return crossed;
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
	if (c->is_crossed)
		n += crossed_cells(c, out, n, out + n);
	assert(n <= CELLS_OF_UNIT_MAX);
	return n;
}
