/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/rates_head.h"

#include <stdio.h>
#include <string.h>

#include "collector/answer.h"
#include "collector/clock.h"
#include "collector/unit.h"

bool
rates_find_round(struct request *r, const char *name, struct round_view *out)
{
	if (!unit_find_round(r, name, out))
		return false;
	if (out->phase != ROUND_CREATED)
		return true;
	answer_say(r, KHAOSAT__V1__STATUS__ALREADY, "Đợt khảo sát chưa có danh sách đơn vị.",
	    "The round has no register yet.");
	return false;
}

static bool
refuse(struct request *r, const struct rates_asked *asked, const char *field, const char *rule)
{
	char place[64];
	snprintf(place, sizeof(place), "%s.%s", asked->body, field);
	answer_invalid(r, place, rule);
	return false;
}

/* A code that no cell of those dimensions has would else give an empty answer without a word. */
static bool
is_cell(const struct figures_wanted *wanted, const char *code)
{
	for (size_t i = 0; i < cells_count(wanted->cells); i++) {
		const struct cell_info *cell = cells_info(wanted->cells, i);
		if (wanted->dimension[cell->dimension] && strcmp(cell->code, code) == 0)
			return true;
	}
	return false;
}

bool
rates_read_wanted(struct request *r, const struct rates_asked *asked, struct figures_wanted *out)
{
	const struct definition *d = out->definition;
	for (size_t i = 0; i < asked->goals; i++) {
		int goal = definition_find_goal(d, asked->goal[i]);
		if (goal < 0)
			return refuse(r, asked, "goal", "codes of the round's goals");
		out->goal[goal] = true;
	}
	for (size_t i = 0; i < asked->dimensions; i++) {
		if ((int)asked->by[i] < 0 || (int)asked->by[i] >= (int)DIMENSIONS_COUNTED)
			return refuse(r, asked, "by", "values of Dimension");
		out->dimension[asked->by[i]] = true;
	}
	if (asked->dimensions == 0)
		out->dimension[DIMENSION_WHOLE] = true;
	for (size_t i = 0; i < asked->cells; i++)
		if (!is_cell(out, asked->cell[i]))
			return refuse(r, asked, "cell", "codes of cells of the dimensions in `by`");
	out->cell = asked->cell;
	out->cell_codes = asked->cells;
	for (size_t i = 0; i < d->goals; i++)
		out->goal[i] = out->goal[i] || asked->goals == 0;
	return true;
}

static void
fill_goal(Khaosat__V1__GoalInfo *out, const struct goal *goal)
{
	khaosat__v1__goal_info__init(out);
	out->code = answer_text(goal->code);
	out->name_vi = answer_text(goal->name.vi);
	out->name_en = answer_text(goal->name.en);
	out->threshold = goal->threshold_pct;
	out->strict = goal->strict;
	out->deadline = answer_text(goal->deadline);
	out->group = answer_text(goal->group);
	out->headline = goal->headline;
}

void
rates_head_fill(struct rates_head *head, const struct round_view *round,
    const struct figures_wanted *wanted, uint64_t last)
{
	Khaosat__V1__Rates *m = &head->message;
	khaosat__v1__rates__init(m);
	for (size_t i = 0; i < round->definition->goals; i++) {
		if (!wanted->goal[i])
			continue;
		fill_goal(&head->goal[m->n_goal], &round->definition->goal[i]);
		head->goals[m->n_goal] = &head->goal[m->n_goal];
		m->n_goal++;
	}
	m->round = answer_text(round->name);
	m->last = last;
	m->time_ms = clock_wall_ms();
	m->goal = head->goals;
	m->strata = round->strata;
	m->units = round->units;
	m->drawn = round->drawn;
}
