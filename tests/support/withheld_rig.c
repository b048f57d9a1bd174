/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/withheld_rig.h"

#include <stdlib.h>
#include <string.h>

#include "tests/support/naive_rule.h"

#define FREQUENCY DISCLOSURE_FREQUENCY_PUBLIC
#define FIRST_MS INT64_C(1774915200123)
#define WEEK_MS (INT64_C(7) * 86400 * 1000)

void
withheld_rig_open(struct withheld_rig *rig, uint64_t seed, uint32_t units, unsigned codes)
{
	memset(rig, 0, sizeof(*rig));
	rounded_rig_open(&rig->of, seed, units, codes);
}

void
withheld_rig_close(struct withheld_rig *rig)
{
	for (unsigned v = 0; v < rig->vintages; v++) {
		tables_clear(&rig->tables[v]);
		counters_free(rig->point[v].counters);
		free(rig->decision[v]);
		free(rig->answer[v]);
	}
	rounded_rig_close(&rig->of);
}

void
withheld_rig_answer(struct withheld_rig *rig, unsigned percent)
{
	rounded_rig_answer(&rig->of, percent);
}

static uint64_t
answer_of(const struct rounded_rig *rig, uint32_t unit)
{
	struct indicator_bits bits = {{0}};
	if (rig->answer[unit] == ROUNDED_RIG_SILENT)
		return 0;
	for (unsigned k = 0; k < rig->definition->indicators; k++)
		indicator_bits_set(&bits, k, rounded_rig_truth(rig, unit, k));
	return release_answer(rig->definition, &bits);
}

static void
decide(struct withheld_rig *rig, unsigned v, enum withheld_care care)
{
	bool forget = care == WITHHELD_NO_MEMORY_OF_BEFORE;
	const struct release_input in = {.definition = rig->of.definition,
	    .cells = rig->of.cells,
	    .columns = rig->of.columns,
	    .frequency = FREQUENCY,
	    .earlier = forget ? 0 : v,
	    .answer = (const uint64_t *const *)rig->answer + (forget ? v : 0),
	    .decision = (const uint8_t *const *)rig->decision};
	size_t n = release_cells(in.definition, in.cells);
	if (release_decide(&in, rig->decision[v], &rig->report[v]) != RELEASE_OK)
		abort();
	for (size_t i = 0; i < n && care == WITHHELD_NOTHING_FOR_OTHERS; i++)
		if (rig->decision[v][i] == RELEASE_CONFIDENTIAL)
			rig->decision[v][i] = RELEASE_SHOW;
}

static void
lay_out(struct withheld_rig *rig, unsigned v)
{
	struct round round = rounded_rig_round(&rig->of);
	const struct past past = {.round = &round};
	struct build_source earlier[WITHHELD_VINTAGES_MAX];
	for (unsigned i = 0; i <= v; i++)
		earlier[i] = (struct build_source){&rig->point[i], i + 1, rig->decision[i]};
	const struct build_input in = {.past = &past,
	    .facts = {.product = "0.0.0",
		.settings = {.is_public = true,
		    .stage = STAGE_INTERIM,
		    .method = INTERVAL_WILSON,
		    .frequency = FREQUENCY}},
	    .now = earlier[v],
	    .decision = rig->decision[v],
	    .earlier = earlier};
	if (!build_tables(&in, &rig->tables[v]))
		abort();
	rig->tables[v].facts.round = "2025"; /* what it borrows goes with this function */
	rig->tables[v].facts.reference_date = "2025-12-31";
}

void
withheld_rig_publish(struct withheld_rig *rig, enum withheld_care care)
{
	unsigned v = rig->vintages++;
	if (v == WITHHELD_VINTAGES_MAX)
		abort();
	rig->answer[v] = calloc(rig->of.units + 1, sizeof(*rig->answer[v]));
	rig->decision[v] = calloc(release_cells(rig->of.definition, rig->of.cells) + 1, 1);
	if (rig->answer[v] == NULL || rig->decision[v] == NULL)
		abort();
	for (uint32_t i = 0; i < rig->of.units; i++)
		rig->answer[v][i] = answer_of(&rig->of, i);
	rig->point[v] = (struct past_point){.last = 1000 * (v + 1),
	    .time_ms = FIRST_MS + v * WEEK_MS,
	    .counters = rounded_rig_count(&rig->of)};
	decide(rig, v, care);
	lay_out(rig, v);
}
