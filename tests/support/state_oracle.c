/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/state_oracle.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/counters.h"
#include "proto/digest.h"
#include "survey/kinds.h"
#include "survey/rule.h"

/* One unit in one goal, by the words of rates.h. */
static void
add(struct rate_counts *c, enum truth member, bool responded, enum truth value)
{
	if (responded && value == TRUTH_NA)
		return;
	if (member == TRUTH_TRUE) {
		c->n++;
		c->met += responded && value == TRUTH_TRUE;
		c->not_met += responded && value == TRUTH_FALSE;
		c->unknown += responded && value == TRUTH_UNKNOWN;
	}
	if (member == TRUTH_UNKNOWN) {
		c->n_unknown++;
		c->n_unknown_met += responded && value == TRUTH_TRUE;
		c->n_unknown_not_met += responded && value == TRUTH_FALSE;
	}
}

static void
add_unit(const struct round_view *view, const struct cells *cells, const struct unit_view *unit,
    struct rate_counts *counts, uint64_t (*cases)[CASE_COUNTS])
{
	const struct definition *d = view->definition;
	uint16_t cell[CELLS_OF_UNIT_MAX];
	size_t n = cells_of_unit(cells, &unit->row, cell);
	bool has_address = unit->row.has_address && unit->state != CASE_OUT_OF_SCOPE;
	for (size_t i = 0; i < n; i++) {
		cases[cell[i]][unit->state - 1]++;
		cases[cell[i]][CASE_WITH_ADDRESS] += has_address;
		cases[cell[i]][CASE_REACHABLE] += has_address && unit->state != CASE_NON_CONTACT;
	}
	if (unit->state == CASE_OUT_OF_SCOPE)
		return;
	for (size_t goal = 0; goal < d->goals; goal++) {
		const struct goal *g = &d->goal[goal];
		enum truth member = rule_evaluate_row(
		    d->population[g->population].rule, d, &unit->row, view->ref_year);
		enum truth value = indicator_bits_get(&unit->bits, g->indicator);
		for (size_t i = 0; i < n; i++)
			add(&counts[cell[i] * d->goals + goal], member, unit->head != 0, value);
	}
}

/* Cells for which estimates are made, summed up over the groups of units in them. */
static size_t
compare_kinds(struct state *state, uint32_t round, const struct cells *cells, size_t goals,
    const struct rate_counts *naive)
{
	uint64_t last;
	struct counters *counters = state_counters(state, round, &last);
	const struct kinds *kinds = cells_kinds(cells);
	size_t different = 0;
	assert(counters != NULL);
	for (size_t i = 0; i < cells_count(cells) * goals; i++) {
		struct rate_counts sum = {0}, c;
		if (!kinds_has_cell(kinds, i / goals))
			continue;
		for (size_t group = 0; group < counters_groups(counters); group++) {
			if (!kinds_in_cell(kinds, counters_group_kind(counters, group), i / goals))
				continue;
			counters_group(counters, group, i % goals, &c);
			sum.n += c.n;
			sum.met += c.met;
			sum.not_met += c.not_met;
			sum.unknown += c.unknown;
		}
		different += sum.n != naive[i].n || sum.met != naive[i].met ||
			     sum.not_met != naive[i].not_met || sum.unknown != naive[i].unknown;
	}
	counters_free(counters);
	return different;
}

/* Of all cells, against what was counted here. */
static size_t
compare_cases(
    struct state *state, uint32_t round, size_t cells, const uint64_t (*naive)[CASE_COUNTS])
{
	uint64_t(*told)[CASE_COUNTS] = calloc(cells, sizeof(*told));
	assert(told != NULL);
	state_cases(state, round, 0, cells, told);
	bool same = memcmp(told, naive, cells * sizeof(*told)) == 0;
	free(told);
	return !same;
}

size_t
oracle_rates(
    struct state *state, uint32_t round, const uint64_t *tax_code, size_t units, size_t *compared)
{
	struct round_view view;
	bool found = state_round_at(state, round, &view);
	assert(found);
	const struct cells *cells = state_cells(state, round);
	size_t n = cells_count(cells) * view.definition->goals;
	struct rate_counts *naive = calloc(n, sizeof(*naive));
	struct rate_counts *told = calloc(n, sizeof(*told));
	uint64_t(*cases)[CASE_COUNTS] = calloc(cells_count(cells), sizeof(*cases));
	assert(naive != NULL && told != NULL && cases != NULL);
	for (size_t i = 0; i < units; i++) {
		struct unit_view unit;
		found = state_unit(state, round, tax_code[i], &unit);
		assert(found);
		add_unit(&view, cells, &unit, naive, cases);
	}
	state_rates(state, round, 0, cells_count(cells), told);
	size_t different = 0;
	for (size_t i = 0; i < n; i++)
		different += memcmp(&naive[i], &told[i], sizeof(naive[i])) != 0;
	different += compare_kinds(state, round, cells, view.definition->goals, naive);
	different +=
	    compare_cases(state, round, cells_count(cells), (const uint64_t(*)[CASE_COUNTS])cases);
	*compared = n;
	free(cases);
	free(naive);
	free(told);
	return different;
}

void
oracle_digest(struct state *state, const char *path, uint8_t out[32])
{
	struct checkpoint *copy = state_copy(state);
	bool written = copy != NULL && checkpoint_write(copy, path);
	assert(written);
	checkpoint_free(copy);
	FILE *file = fopen(path, "rb");
	assert(file != NULL);
	uint8_t *bytes = malloc(1 << 24);
	size_t n = fread(bytes, 1, 1 << 24, file);
	fclose(file);
	digest_sha256(&(struct digest_part){bytes, n}, 1, out);
	free(bytes);
}
