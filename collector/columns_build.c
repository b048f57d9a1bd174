/* SPDX-License-Identifier: Apache-2.0 */
/* Columns from register chunks, one after another. A register with a hard finding is still walked
 * to its end, so that the import reports everything at once. */
#include "collector/columns.h"

#include <stdlib.h>
#include <string.h>

#include "collector/columns_fill.h"

struct columns_builder {
	struct columns_spec spec;
	struct columns_report *report;
	struct columns *columns;
	size_t chunk_room;
	enum columns_status status;
	struct register_text text;
	struct register_problems problems;
	struct design_reading design;
};

void
columns_report_free(struct columns_report *report)
{
	free(report->problem);
	*report = (struct columns_report){0};
}

struct columns_builder *
columns_builder_new(const struct columns_spec *spec, struct columns_report *report)
{
	*report = (struct columns_report){0};
	struct columns_builder *b = calloc(1, sizeof(*b));
	if (b == NULL)
		return NULL;
	b->spec = *spec;
	b->report = report;
	if (spec->rows > COLUMNS_UNITS_MAX) {
		b->status = COLUMNS_COUNT;
		return b;
	}
	b->columns = columns_new(spec->definition, spec->ref_year, (uint32_t)spec->rows, 0);
	report->problem = calloc(COLUMNS_PROBLEMS_MAX, sizeof(*report->problem));
	if (b->columns == NULL || report->problem == NULL)
		b->status = COLUMNS_MEMORY;
	return b;
}

/* ------------------------------------------------------------------- findings */

static void
add_problem(void *context, uint64_t row, const struct register_problem *problem)
{
	struct columns_builder *b = context;
	struct columns_report *r = b->report;
	r->total++;
	if (b->spec.definition->check[problem->check].hard)
		r->hard++;
	if (r->n == COLUMNS_PROBLEMS_MAX)
		return;
	r->problem[r->n++] = (struct columns_problem){.row = row, .problem = *problem};
}

static void
add_duplicate(struct columns_builder *b)
{
	struct register_problem problem = {
	    .column = REGISTER_TAX_CODE,
	    .check = b->spec.definition->builtin[BUILTIN_DUPLICATE_UNIT],
	};
	const struct cell *cell = &b->text.cell[REGISTER_TAX_CODE];
	size_t n = cell->n < sizeof(problem.value) ? cell->n : sizeof(problem.value) - 1;
	memcpy(problem.value, cell->bytes, n);
	add_problem(b, b->report->rows, &problem);
	if (!b->spec.definition->check[problem.check].hard)
		b->report
		    ->hard++; /* no column can hold a unit twice, whatever the definition says */
}

/* ------------------------------------------------------------------- rows */

static enum columns_status
give_up(struct columns_builder *b, enum columns_status status, uint64_t chunk)
{
	b->status = status;
	b->report->chunk = chunk;
	b->report->row = b->report->rows;
	return status;
}

static void
add_row(struct columns_builder *b)
{
	struct columns *c = b->columns;
	struct register_row r;
	uint32_t row = (uint32_t)(b->report->rows - 1);
	struct register_problems *problems = b->spec.trusted ? NULL : &b->problems;
	uint8_t stratum;
	bool good = register_judge(b->spec.definition, b->spec.ref_year, &b->text, &r, problems);
	good = design_add(
		   &b->design, b->spec.definition, b->report->rows, &b->text, problems, &stratum) &&
	       good;
	if (!b->spec.trusted) {
		for (size_t i = 0; i < b->problems.n; i++)
			add_problem(b, b->report->rows, &b->problems.problem[i]);
		b->report->skipped += b->problems.skipped;
	}
	if (!good) {
		b->status = COLUMNS_REFUSED;
		return;
	}
	columns_put(c, row, &r);
	c->attributes[row].stratum = stratum;
	if (b->text.has_code_hash)
		memcpy(c->code_hash[row], b->text.code_hash, CODE_HASH_BYTES);
	if (columns_insert(c, row))
		return;
	add_duplicate(b);
	b->status = COLUMNS_REFUSED;
}

static bool
add_chunk(struct columns_builder *b, uint64_t number)
{
	struct columns *c = b->columns;
	if (c->chunks == b->chunk_room) {
		size_t room = b->chunk_room == 0 ? 256 : b->chunk_room * 2;
		struct chunk_rows *grown = realloc(c->chunk, room * sizeof(*grown));
		if (grown == NULL)
			return false;
		c->chunk = grown;
		b->chunk_room = room;
	}
	c->chunk[c->chunks++] = (struct chunk_rows){.number = number, .first_row = b->report->rows};
	return true;
}

enum columns_status
columns_builder_add(struct columns_builder *b, uint64_t number, const uint8_t *bytes, size_t n)
{
	size_t at = 0;
	if (b->status != COLUMNS_OK && b->status != COLUMNS_REFUSED)
		return b->status;
	if (!add_chunk(b, number))
		return give_up(b, COLUMNS_MEMORY, number);
	for (;;) {
		switch (register_next(bytes, n, &at, &b->text)) {
		case REGISTER_END:
			return b->status;
		case REGISTER_MALFORMED:
			b->report->rows++;
			return give_up(b, COLUMNS_MALFORMED, number);
		case REGISTER_ROW:
			break;
		}
		b->report->rows++;
		if (b->text.has_code_hash != design_is_drawn(&b->text))
			return give_up(b, COLUMNS_MALFORMED, number);
		if (b->report->rows > b->spec.rows)
			return give_up(b, COLUMNS_COUNT, number);
		add_row(b);
	}
}

/* Strata were numbered as they came; now all their names are known. */
static void
order_strata(struct columns_builder *b)
{
	uint8_t order[DESIGN_STRATA_MAX + 1];
	struct columns *c = b->columns;
	design_order(&b->design, order);
	for (uint32_t row = 0; b->design.strata > 0 && row < c->units; row++) {
		uint8_t *stratum = &c->attributes[row].stratum;
		*stratum = order[columns_stratum(c, row)] | (*stratum & DESIGN_DRAWN);
	}
}

static void
end_design(struct columns_builder *b)
{
	uint64_t before = b->report->total;
	if (!b->spec.trusted)
		design_end(&b->design, b->spec.definition, add_problem, b);
	if (b->report->total > before)
		b->status = COLUMNS_REFUSED;
	if (b->status != COLUMNS_OK)
		return;
	order_strata(b);
	if (!columns_fill_design(b->columns))
		b->status = COLUMNS_REFUSED;
}

enum columns_status
columns_builder_finish(struct columns_builder *b, struct columns **out)
{
	bool ended = b->status == COLUMNS_OK || b->status == COLUMNS_REFUSED;
	if (ended && b->report->rows != b->spec.rows)
		b->status = COLUMNS_COUNT;
	else if (ended)
		end_design(b);
	enum columns_status status = b->status;
	if (status == COLUMNS_OK)
		*out = b->columns;
	else
		columns_release(b->columns);
	free(b);
	return status;
}
