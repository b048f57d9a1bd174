/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/export/past.h"

#include <stdlib.h>

#include "collector/export/release.h"

struct reading {
	int64_t time_ms;
};

static void
note_time(void *context, uint64_t number, struct entry *e, const uint8_t *payload)
{
	struct reading *reading = context;
	(void)number;
	(void)payload;
	reading->time_ms = e->time_ms;
}

static enum past_status
status_of(enum fold_status status)
{
	if (status == FOLD_STOPPED)
		return PAST_STOPPED;
	return status == FOLD_OK ? PAST_OK : status == FOLD_MEMORY ? PAST_MEMORY : PAST_STORE;
}

static uint64_t
answer_of(const struct definition *d, const struct unit_head *h)
{
	if (unit_case(h) == CASE_OUT_OF_SCOPE)
		return RELEASE_ABSENT;
	return unit_responds(h) ? release_answer(d, &h->bits) : 0;
}

static bool
note_answers(const struct round *round, struct past_point *point)
{
	point->answer = malloc(((size_t)round->columns->units + 1) * sizeof(*point->answer));
	if (point->answer == NULL)
		return false;
	for (uint32_t row = 0; row < round->columns->units; row++)
		point->answer[row] = answer_of(round->view.definition, &round->head[row]);
	return true;
}

/* Rows are counted up at the first point, and from there on moved as entries come: that costs less
 * than to count from the beginning, and other rounds are not counted at all. */
static bool
begin_counting(struct past *past, struct round *round, bool is_crossed)
{
	if (round->counters != NULL)
		return true;
	if (is_crossed) {
		past->crossed = cells_new_crossed(round->view.definition);
		if (past->crossed == NULL)
			return false;
		round->cells = past->crossed;
	}
	return round_fill_counters(round);
}

static enum past_status
note_point(struct past *past, const struct past_asked *asked, struct past_point *point)
{
	struct round *round = fold_round(&past->fold, asked->round);
	past->round = round;
	if (round == NULL || round->columns == NULL)
		return PAST_NO_REGISTER;
	point->columns = round->columns;
	columns_hold(point->columns);
	if (!begin_counting(past, round, asked->is_crossed))
		return PAST_MEMORY;
	point->counters = counters_copy(round->counters);
	if (point->counters == NULL || (asked->with_answers && !note_answers(past->round, point)))
		return PAST_MEMORY;
	return PAST_OK;
}

enum past_status
past_read(const struct past_asked *asked, struct past *out)
{
	struct reading reading = {0};
	const struct fold_reading how = {.store = asked->store,
	    .trusted = true,
	    .look = note_time,
	    .context = &reading,
	    .is_stopping = asked->is_stopping};
	*out = (struct past){.point = calloc(asked->points + 1, sizeof(*out->point))};
	if (out->point == NULL)
		return PAST_MEMORY;
	out->points = asked->points;
	enum past_status status = PAST_OK;
	for (size_t i = 0; i < asked->points && status == PAST_OK; i++) {
		status = status_of(fold_log(&out->fold, &how, asked->last[i]));
		if (status == PAST_OK)
			status = note_point(out, asked, &out->point[i]);
		out->point[i].last = asked->last[i];
		out->point[i].time_ms = reading.time_ms;
	}
	return status;
}

void
past_clear(struct past *past)
{
	for (size_t i = 0; i < past->points; i++) {
		counters_free(past->point[i].counters);
		columns_release(past->point[i].columns);
		free(past->point[i].answer);
	}
	free(past->point);
	fold_clear(&past->fold);
	cells_free(past->crossed);
	*past = (struct past){0};
}
