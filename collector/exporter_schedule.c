/* SPDX-License-Identifier: Apache-2.0 */
/* What the schedule says is due, and what failed once more later. The log knows up to which time
 * the schedule was served, so a restart serves nothing twice. A run may be in the log and lack its
 * name on the disk, where that could not be given or the power went: then it gets it, and there is
 * no other run. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/export/text.h"
#include "collector/exporter_parts.h"

#define RETRY_FIRST_MS INT64_C(60000)
#define RETRY_MOST_MS INT64_C(21600000)

static struct retry *
retry_of(struct exporter *x, uint32_t round)
{
	for (size_t i = 0; i < x->retries; i++)
		if (x->retry[i].round == round)
			return &x->retry[i];
	struct retry *grown = realloc(x->retry, (x->retries + 1) * sizeof(*grown));
	if (grown == NULL)
		return NULL;
	x->retry = grown;
	x->retry[x->retries] = (struct retry){.round = round};
	return &x->retry[x->retries++];
}

static void
note(struct retry *retry, bool went_well, int64_t now_ms)
{
	retry->was_looked_at = true;
	if (went_well) {
		retry->failures = 0;
		retry->next_ms = 0;
		return;
	}
	int64_t delay_ms = RETRY_FIRST_MS << (retry->failures < 9 ? retry->failures : 9);
	retry->failures++;
	retry->next_ms = now_ms + (delay_ms < RETRY_MOST_MS ? delay_ms : RETRY_MOST_MS);
}

static uint64_t
failing(const struct exporter *x)
{
	uint64_t n = 0;
	for (size_t i = 0; i < x->retries; i++)
		n += x->retry[i].failures > 0;
	return n;
}

void
exporter_note_end(struct exporter *x, int64_t now_ms)
{
	pthread_mutex_lock(&x->lock);
	struct retry *retry = x->has_ended ? retry_of(x, x->task_round) : NULL;
	if (retry != NULL)
		note(retry, x->went_well, now_ms);
	x->has_ended = false;
	x->counts.failing = failing(x);
	if (x->counts.failing == 0)
		x->failure = (struct run_why){"", ""};
	pthread_mutex_unlock(&x->lock);
}

static void
note_failure(struct exporter *x, const struct run_why *why)
{
	const char *round = x->wish.round;
	snprintf(x->failure.vi, RUN_WHY_BYTES, "%.32s: %.200s", round, why->vi);
	snprintf(x->failure.en, RUN_WHY_BYTES, "%.32s: %.200s", round, why->en);
	text_end(x->failure.vi);
	text_end(x->failure.en);
}

/* ------------------------------------------------------------------- what is due */

/* Up to which time, at most `most_ms`, the log says the schedule was served: a clock that was ahead
 * has runs made for times to come. */
static int64_t
last_due(const struct export_record *record, size_t n, int64_t most_ms)
{
	int64_t until_ms = 0;
	for (size_t i = 0; i < n; i++)
		if (record[i].is_public && record[i].due_ms > until_ms &&
		    record[i].due_ms <= most_ms)
			until_ms = record[i].due_ms;
	return until_ms;
}

static int64_t
served_until(struct exporter *x, uint32_t round, int64_t now_ms)
{
	struct export_record *record;
	size_t n;
	if (!state_exports(x->server->state, round, &record, &n))
		return INT64_MAX; /* memory is out: not now */
	int64_t until_ms = last_due(record, n, now_ms);
	free(record);
	return until_ms;
}

static bool
is_due(struct exporter *x, const struct round_view *round, int64_t now_ms, int64_t *due_ms,
    enum export_stage *stage)
{
	const struct retry *retry = retry_of(x, round->index);
	return retry != NULL && retry->next_ms <= now_ms &&
	       schedule_due(
		   &x->schedule, round->opened_ms, round->closed_ms, now_ms, due_ms, stage) &&
	       (!retry->was_looked_at || retry->failures > 0 ||
		   *due_ms > served_until(x, round->index, now_ms));
}

/* ------------------------------------------------------------------- the task */

/* It is in the log already: all that it may lack is its name. */
static bool
was_served(struct exporter *x, struct run_result *out)
{
	struct round_view round;
	struct export_record *record;
	size_t n;
	if (!state_round(x->server->state, x->wish.round, &round) ||
	    !state_exports(x->server->state, round.index, &record, &n))
		return false;
	bool is_served = last_due(record, n, x->wish.due_ms) == x->wish.due_ms;
	if (is_served) {
		bool has_name = exporter_name(x, &round, record, n, true) == RUN_OK;
		/* Where nothing has failed, somebody may have moved it away. */
		bool is_well = has_name || x->is_first_look;
		*out = (struct run_result){.status = is_well ? RUN_OK : RUN_FAILED};
		run_why(&out->why, "lần xuất mới nhất không có trên đĩa",
		    "the newest export is not on the disk");
	}
	free(record);
	return is_served;
}

void
exporter_work(struct task *task)
{
	struct exporter *x = (struct exporter *)((char *)task - offsetof(struct exporter, task));
	struct run_result result;
	if (!was_served(x, &result))
		exporter_run(x, &x->wish, &result);
	pthread_mutex_lock(&x->lock);
	x->has_ended = true;
	x->went_well = result.status == RUN_OK;
	if (!x->went_well)
		note_failure(x, &result.why);
	pthread_mutex_unlock(&x->lock);
	run_result_clear(&result);
	atomic_store(&x->is_busy, false);
}

void
exporter_tick(struct exporter *x, int64_t now_ms)
{
	size_t n = state_rounds(x->server->state);
	exporter_sweep_daily(x, now_ms);
	if (x->schedule.rules == 0 || atomic_load(&x->is_busy))
		return;
	exporter_note_end(x, now_ms);
	for (uint32_t i = 0; i < n; i++) {
		struct round_view round;
		int64_t due_ms = 0;
		enum export_stage stage = STAGE_INTERIM;
		if (!state_round_at(x->server->state, i, &round) ||
		    !is_due(x, &round, now_ms, &due_ms, &stage))
			continue;
		x->wish = (struct exporter_wish){.due_ms = due_ms,
		    .settings = {.is_public = true, .stage = stage, .method = INTERVAL_WILSON}};
		memcpy(x->wish.round, round.name, sizeof(x->wish.round));
		x->task_round = i;
		x->is_first_look = !retry_of(x, i)->was_looked_at;
		atomic_store(&x->is_busy, true);
		if (!worker_put(x->server->press, &x->task))
			atomic_store(&x->is_busy, false);
		return;
	}
}
