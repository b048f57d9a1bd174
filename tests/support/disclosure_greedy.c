/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/disclosure_greedy.h"

static uint64_t
units(const struct rig *rig, size_t cell)
{
	return disclosure_units(rig->last, cell, rig->rules.earlier);
}

/* The one withheld cell of the line's total and parts; -1 when there is none, or more. */
static int
only_withheld(const struct rig_line *line, const bool *withheld)
{
	int only = withheld[line->total] ? line->total : -1;
	for (int c = line->first; c <= line->last; c++) {
		if (!withheld[c])
			continue;
		if (only >= 0)
			return -1;
		only = c;
	}
	return only;
}

static bool
withhold_another(const struct rig *rig, const struct rig_line *line, bool *withheld)
{
	int smallest = -1;
	for (int c = line->first; c <= line->last; c++)
		if (!withheld[c] && units(rig, (size_t)c) > 0 &&
		    (smallest < 0 || units(rig, (size_t)c) < units(rig, (size_t)smallest)))
			smallest = c;
	if (smallest < 0 && !withheld[line->total] && !rig->cell[line->total].headline)
		smallest = line->total;
	if (smallest >= 0)
		withheld[smallest] = true;
	return smallest >= 0;
}

void
greedy_withhold(const struct rig *rig, bool withheld[RIG_CELLS_MAX])
{
	for (size_t c = 0; c < rig->cells; c++)
		withheld[c] = rig_secrets(rig, (struct rig_set){(int)c, -1}) != 0;
	for (bool changed = true; changed;) {
		changed = false;
		for (size_t l = 0; l < rig->lines; l++)
			if (only_withheld(&rig->line[l], withheld) >= 0)
				changed |= withhold_another(rig, &rig->line[l], withheld);
	}
}
