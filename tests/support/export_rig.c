/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/export_rig.h"

#include <stdlib.h>
#include <string.h>

#include "collector/columns_fill.h"
#include "collector/export/fill.h"
#include "survey/rule.h"
#include "tests/support/default_survey.h"

#define REF_YEAR 2025
#define FREQUENCY 5

static uint32_t
below(uint64_t *seed, uint32_t n)
{
	*seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (uint32_t)((*seed >> 33) % n);
}

static int16_t
random_code(uint64_t *seed, const struct definition *d, enum code_list_id list)
{
	return (int16_t)((int)below(seed, (uint32_t)d->list[list].codes + 1) - 1);
}

static void
make_unit(struct export_rig *rig, uint64_t *seed, struct columns *columns, uint32_t i)
{
	static const uint8_t masks[] = {1, 1, 1, 1, 2, 2, 4, 8, 3, 15};
	const struct definition *d = rig->definition;
	struct register_row row = {.tax_code = (uint64_t)i * 1000,
	    .unit_type = (int8_t)below(seed, 4),
	    .status = (int8_t)definition_find_code(d, CODES_STATUS, "ACTIVE", 6),
	    .legal_form = -1,
	    .supporting_industry = -1,
	    .commune = random_code(seed, d, CODES_COMMUNE),
	    .zone = below(seed, 2) ? random_code(seed, d, CODES_ZONE)
				   : (int16_t)definition_find_code(d, CODES_ZONE, "NONE", 4),
	    .section = random_code(seed, d, CODES_SECTION),
	    .size_mask = masks[below(seed, 10)],
	    .employees = (int32_t)below(seed, 50) - 1};
	struct indicator_bits bits = {{0}};
	columns_put(columns, i, &row);
	bool has_answered = below(seed, 10) < 7;
	for (unsigned k = 0; k < d->indicators; k++)
		indicator_bits_set(&bits, k,
		    below(seed, 20) == 0 ? TRUTH_UNKNOWN
		    : below(seed, 4) > 0 ? TRUTH_TRUE
					 : TRUTH_FALSE);
	const struct standing standing = {
	    has_answered ? &bits : NULL, has_answered ? CASE_COMPLETE : CASE_NOT_STARTED};
	counters_add(rig->counters, columns, i, &standing, 1);
}

/* Not disclosure control: only what its result looks like. */
static void
withhold(struct export_rig *rig)
{
	for (size_t i = 0; i < rig->tables.rows; i++) {
		struct observation *o = &rig->tables.row[i];
		if (o->counts.n > 0 && o->counts.n < FREQUENCY)
			o->members = o->judged = FIGURE_FEW_UNITS;
		else if (o->counts.n > 0 && i % 7 == 3)
			o->members = o->judged = FIGURE_CONFIDENTIAL;
		if (o->counts.n_unknown > 0 && o->counts.n_unknown < FREQUENCY)
			o->unsure = o->judged = FIGURE_FEW_UNITS;
		if (i % 5 == 4) {
			o->vintage--;
			o->time_ms -= INT64_C(7) * 86400 * 1000;
		}
		fill_withhold(&rig->tables, o);
	}
}

void
export_rig_fill(struct export_rig *rig)
{
	for (size_t i = 0; i < rig->tables.rows; i++)
		fill_row(&rig->tables, rig->counters, &rig->tables.row[i]);
}

void
export_rig_open(struct export_rig *rig, uint32_t units, bool is_public)
{
	uint64_t seed = 57;
	const struct export_facts facts = {
	    .round = "2025",
	    .reference_date = "2025-12-31",
	    .ref_year = REF_YEAR,
	    .opened_ms = INT64_C(1767225600000),
	    .closed_ms = INT64_C(1772323200000),
	    .last = 123456,
	    .time_ms = INT64_C(1774915200123), /* 2026-03-31T00:00:00.123Z */
	    .vintage = 2,
	    .product = "0.0.0",
	    .settings = {.is_public = is_public,
		.stage = STAGE_PRELIMINARY,
		.method = INTERVAL_WILSON,
		.frequency = is_public ? FREQUENCY : 0,
		.crossed = is_public ? CROSSED_LEFT_OUT : CROSSED_TOLD},
	};
	rig->definition = default_survey();
	rig->cells = is_public ? cells_new(rig->definition) : cells_new_crossed(rig->definition);
	rig->counters = counters_new(rig->definition, rig->cells, &(struct design){0});
	struct columns *columns = columns_new(rig->definition, REF_YEAR, units, 0);
	if (rig->cells == NULL || rig->counters == NULL || columns == NULL ||
	    !tables_make(&rig->tables, &facts, rig->definition, rig->cells))
		abort();
	for (uint32_t i = 0; i < units; i++)
		make_unit(rig, &seed, columns, i);
	columns_release(columns);
	export_rig_fill(rig);
	if (is_public)
		withhold(rig);
	rig->export = (struct export){.tables = &rig->tables};
}

void
export_rig_round(struct export_rig *rig, unsigned base)
{
	struct tables *t = &rig->tables;
	t->facts.settings.rounding = base;
	t->within = base - 1;
	for (size_t i = 0; i < t->rows; i++) {
		struct rate_counts c;
		counters_rate(rig->counters, t->row[i].cell, t->row[i].goal, &c);
		c.n -= c.n % base;
		c.met -= c.met % base;
		c.not_met -= c.not_met % base;
		c.unknown -= c.unknown % base;
		c.n_unknown_met = c.n_unknown_not_met = 0;
		fill_rounded(t, &c, t->within, &t->row[i]);
	}
}

void
export_rig_sample(struct export_rig *rig, uint32_t units, uint32_t strata)
{
	struct tables *t = &rig->tables;
	t->facts.strata = strata;
	t->facts.units = units;
	t->facts.drawn = units / 2;
	for (size_t i = 0; i < t->rows; i++) {
		struct rate_counts *c = &t->row[i].counts;
		c->undrawn = (c->n - rate_responded(c)) / 2;
	}
}

void
export_rig_close(struct export_rig *rig)
{
	tables_clear(&rig->tables);
	counters_free(rig->counters);
	cells_free(rig->cells);
	definition_free(rig->definition);
}

char *
export_rig_write(
    const struct export *export, void (*write)(const struct export *e, struct sink *out), size_t *n)
{
	struct sink *sink = sink_memory();
	struct sink_result result;
	if (sink == NULL)
		abort();
	write(export, sink);
	if (sink_has_failed(sink))
		abort();
	const char *bytes = sink_bytes(sink, n);
	char *text = malloc(*n + 1);
	if (text != NULL)
		memcpy(text, bytes, *n + 1); /* a workbook has zeros in it */
	if (text == NULL || !sink_close(sink, &result) || result.bytes != *n)
		abort();
	return text;
}

struct observation *
export_rig_row(struct export_rig *rig, const char *goal, enum dimension dimension, const char *cell)
{
	for (size_t i = 0; i < rig->tables.rows; i++) {
		struct observation *o = &rig->tables.row[i];
		const struct cell_info *info = cells_info(rig->cells, o->cell);
		if (strcmp(rig->definition->goal[o->goal].code, goal) == 0 &&
		    info->dimension == dimension && strcmp(info->code, cell) == 0)
			return o;
	}
	abort();
}

size_t
export_rig_count(const char *text, const char *what)
{
	size_t n = 0;
	for (const char *at = text; (at = strstr(at, what)) != NULL; at++)
		n++;
	return n;
}

/* ------------------------------------------------------------------- one of each */

struct export_rig internal, public;

int
export_rigs_open(void **unused)
{
	(void)unused;
	export_rig_open(&internal, EXPORT_RIG_UNITS, false);
	export_rig_open(&public, EXPORT_RIG_UNITS, true);
	return 0;
}

int
export_rigs_close(void **unused)
{
	(void)unused;
	export_rig_close(&internal);
	export_rig_close(&public);
	return 0;
}
