/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/export/series.h"

#include <string.h>

#include "survey/breaks.h"

static const struct round_view *
round_before(const struct past *past)
{
	const struct round_view *now = &past->round->view, *found = NULL;
	for (size_t i = 0; i < past->fold.rounds; i++) {
		const struct round_view *view = &past->fold.round[i]->view;
		if (now->earlier_number != 0 && view->number == now->earlier_number)
			return view;
		bool is_before = strcmp(view->reference_date, now->reference_date) < 0 &&
				 view->phase >= ROUND_OPEN;
		if (is_before &&
		    (found == NULL || strcmp(view->reference_date, found->reference_date) >= 0))
			found = view;
	}
	return found;
}

bool
series_find(const struct past *past, struct tables *t)
{
	const struct round_view *now = &past->round->view, *before = round_before(past);
	bool has_failed = false;
	for (size_t i = 0; before != NULL && i < now->definition->goals; i++) {
		int goal = definition_find_goal(before->definition, now->definition->goal[i].code);
		if (goal < 0)
			continue;
		t->broken[i].round = before->name;
		t->broken[i].kinds = breaks_between(
		    before->definition, (size_t)goal, now->definition, i, &has_failed);
		if ((before->strata > 0) != (now->strata > 0))
			t->broken[i].kinds |= 1u << BREAK_DESIGN;
	}
	return !has_failed;
}

bool
series_is_broken(const struct tables *t, size_t goal, enum dimension dimension)
{
	unsigned all = 1u << BREAK_PREDICATE | 1u << BREAK_POPULATION | 1u << BREAK_DESIGN;
	if (dimension != DIMENSION_WHOLE)
		all |= 1u << BREAK_CLASSIFICATION;
	return (t->broken[goal].kinds & all) != 0;
}
