/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/rounded_rig.h"

#include <stdlib.h>
#include <string.h>

#include "collector/columns_fill.h"
#include "collector/export/build.h"
#include "tests/support/default_survey.h"
#include "tests/support/export_rig.h"
#include "tests/support/naive_rule.h"

#define REF_YEAR 2025

/* Small codes more often, as in life. */
static unsigned
skewed(uint64_t *seed, unsigned n)
{
	unsigned a = (unsigned)random_below(seed, n), b = (unsigned)random_below(seed, n);
	return a < b ? a : b;
}

static int16_t
random_code(struct rounded_rig *rig, enum code_list_id list, unsigned codes)
{
	size_t n = rig->definition->list[list].codes;
	return (int16_t)(skewed(&rig->seed, codes < n ? codes : (unsigned)n));
}

static void
make_unit(struct rounded_rig *rig, uint32_t i, unsigned codes)
{
	static const uint8_t masks[] = {1, 1, 1, 1, 1, 2, 2, 4, 8, 3, 15};
	const struct definition *d = rig->definition;
	struct register_row row = {.tax_code = (3000000000 + (uint64_t)i * 17) * 1000,
	    .unit_type = (int8_t)definition_find_code(d, CODES_UNIT_TYPE, "DN", 2),
	    .status = (int8_t)definition_find_code(d, CODES_STATUS, "ACTIVE", 6),
	    .legal_form = -1,
	    .supporting_industry = -1,
	    .commune = random_code(rig, CODES_COMMUNE, codes),
	    .zone = random_below(&rig->seed, 3) == 0
			? random_code(rig, CODES_ZONE, codes)
			: (int16_t)definition_find_code(d, CODES_ZONE, "NONE", 4),
	    .section = random_code(rig, CODES_SECTION, codes),
	    .size_mask = masks[random_below(&rig->seed, sizeof(masks))]};
	if (random_below(&rig->seed, 40) == 0)
		row.commune = -1;
	columns_put(rig->columns, i, &row);
	rig->answer[i] = ROUNDED_RIG_SILENT;
}

/* The first ones: two management boards, which are no firms, and investors, which are. In one
 * register of four there are none. */
static void
make_boards(struct rounded_rig *rig)
{
	const struct definition *d = rig->definition;
	int board = definition_find_code(d, CODES_UNIT_TYPE, "BQL", 3);
	int investor = definition_find_code(d, CODES_UNIT_TYPE, "HT", 2);
	uint64_t n = random_below(&rig->seed, 4) == 0 ? 0 : 5 + random_below(&rig->seed, 16);
	for (uint32_t i = 0; i < n && i < rig->units; i++) {
		struct register_row row;
		columns_row(rig->columns, i, &row);
		row.unit_type = (int8_t)(i < 2 ? board : investor);
		columns_put(rig->columns, i, &row);
	}
}

void
rounded_rig_new_codes(struct rounded_rig *rig)
{
	for (uint32_t i = 0; i < rig->units; i++)
		for (size_t k = 0; k < CODE_HASH_BYTES; k++)
			rig->columns->code_hash[i][k] = (uint8_t)random_below(&rig->seed, 256);
}

static void
find_goals(struct rounded_rig *rig)
{
	const struct definition *d = rig->definition;
	for (size_t g = d->goals; g-- > 0;) {
		size_t first = 0;
		while (strcmp(d->goal[first].group, d->goal[g].group) != 0)
			first++;
		rig->goal_of[d->goal[g].indicator] = (uint8_t)first;
	}
}

void
rounded_rig_open(struct rounded_rig *rig, uint64_t seed, uint32_t units, unsigned codes)
{
	memset(rig, 0, sizeof(*rig));
	rig->seed = seed * UINT64_C(0x9e3779b97f4a7c15) ^ seed << 32; /* neighbours far apart */
	for (unsigned i = 0; i < 8; i++)
		random_below(&rig->seed, 2);
	rig->definition = default_survey();
	find_goals(rig);
	rig->cells = cells_new(rig->definition);
	rig->columns = columns_new(rig->definition, REF_YEAR, units, 0);
	rig->units = units;
	rig->met = 5 + (unsigned)random_below(&rig->seed, 90);
	if (rig->cells == NULL || rig->columns == NULL || units > ROUNDED_RIG_UNITS_MAX)
		abort();
	for (uint32_t i = 0; i < units; i++)
		make_unit(rig, i, codes);
	rounded_rig_new_codes(rig);
	make_boards(rig);
}

static void
forget_publication(struct rounded_rig *rig)
{
	tables_clear(&rig->tables);
	rounded_clear(&rig->rounded);
	counters_free(rig->counters);
	rig->counters = NULL;
}

void
rounded_rig_close(struct rounded_rig *rig)
{
	forget_publication(rig);
	columns_release(rig->columns);
	cells_free(rig->cells);
	definition_free(rig->definition);
}

void
rounded_rig_answer(struct rounded_rig *rig, unsigned percent)
{
	for (uint32_t i = 0; i < rig->units; i++) {
		if (rig->answer[i] != ROUNDED_RIG_SILENT ||
		    random_below(&rig->seed, 100) >= percent)
			continue;
		rig->answer[i] = random_below(&rig->seed, 15) == 0          ? TRUTH_UNKNOWN
				 : random_below(&rig->seed, 100) < rig->met ? TRUTH_TRUE
									    : TRUTH_FALSE;
	}
}

enum truth
rounded_rig_truth(const struct rounded_rig *rig, uint32_t unit, size_t indicator)
{
	if (!rig->unrelated)
		return (enum truth)rig->answer[unit];
	size_t goal = rounded_rig_goal(rig, indicator);
	uint64_t seed = (unit + 1) * UINT64_C(0x9e3779b97f4a7c15) ^ (uint64_t)goal << 40;
	uint64_t met = 5 + rig->met * (goal + 1) * 7 % 91; /* in percent */
	for (unsigned i = 0; i < 4; i++)
		random_below(&seed, 2);
	return random_below(&seed, 15) == 0     ? TRUTH_UNKNOWN
	       : random_below(&seed, 100) < met ? TRUTH_TRUE
						: TRUTH_FALSE;
}

struct counters *
rounded_rig_count(const struct rounded_rig *rig)
{
	struct counters *counters =
	    counters_new(rig->definition, rig->cells, &rig->columns->design);
	if (counters == NULL)
		abort();
	for (uint32_t i = 0; i < rig->units; i++) {
		struct indicator_bits bits = {{0}};
		bool is_silent = rig->answer[i] == ROUNDED_RIG_SILENT;
		for (unsigned k = 0; k < rig->definition->indicators && !is_silent; k++)
			indicator_bits_set(&bits, k, rounded_rig_truth(rig, i, k));
		const struct standing standing = {
		    is_silent ? NULL : &bits, is_silent ? CASE_NOT_STARTED : CASE_COMPLETE};
		counters_add(counters, rig->columns, i, &standing, 1);
	}
	return counters;
}

struct round
rounded_rig_round(const struct rounded_rig *rig)
{
	struct round round = {
	    .view = {.definition = rig->definition, .ref_year = REF_YEAR}, .cells = rig->cells};
	strcpy(round.view.name, "2025");
	strcpy(round.view.reference_date, "2025-12-31");
	return round;
}

static void
lay_out(struct rounded_rig *rig, unsigned base, unsigned frequency)
{
	struct round round = rounded_rig_round(rig);
	struct past_point point = {.last = 1000, .time_ms = INT64_C(1774915200123)};
	const struct past past = {.round = &round};
	const struct build_source now = {&point, 1, NULL};
	const struct build_input in = {.past = &past,
	    .facts = {.product = "0.0.0",
		.settings = {.is_public = true,
		    .stage = STAGE_INTERIM,
		    .method = INTERVAL_WILSON,
		    .frequency = frequency,
		    .rounding = base}},
	    .now = now,
	    .decision = rig->rounded.decision,
	    .rounded = &rig->rounded,
	    .figures = now};
	if (!build_tables(&in, &rig->tables))
		abort();
	rig->tables.facts.round = "2025"; /* what it borrows goes with this function */
	rig->tables.facts.reference_date = "2025-12-31";
}

void
rounded_rig_publish(struct rounded_rig *rig, unsigned base, unsigned frequency)
{
	struct rounded before = rig->rounded;
	rig->rounded = (struct rounded){0};
	forget_publication(rig);
	rig->counters = rounded_rig_count(rig);
	const struct rounded_input in = {.definition = rig->definition,
	    .cells = rig->cells,
	    .columns = rig->columns,
	    .counters = rig->counters,
	    .base = base,
	    .frequency = frequency,
	    .before = rig->is_series && before.rate != NULL ? &before : NULL};
	if (!rounded_make(&in, &rig->rounded))
		abort();
	rounded_clear(&before);
	lay_out(rig, base, frequency);
}

char *
rounded_rig_csv(const struct tables *tables)
{
	size_t n;
	const struct export export = {.tables = tables};
	return export_rig_write(&export, write_csv, &n);
}
