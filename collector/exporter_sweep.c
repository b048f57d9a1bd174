/* SPDX-License-Identifier: Apache-2.0 */
/* Old folders go, as export-keep and export-keep-days say. */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collector/clock.h"
#include "collector/export/folder.h"
#include "collector/export/retention.h"
#include "collector/exporter_parts.h"
#include "collector/log.h"

#define DAY_MS INT64_C(86400000)

static void
remove_run(int folder, const char *round, uint32_t vintage)
{
	if (folder_remove(folder, vintage))
		log_info("export round=%s vintage=%u removed", round, (unsigned)vintage);
	else if (errno != ENOENT)
		log_warn("export round=%s vintage=%u not removed reason=%s", round,
		    (unsigned)vintage, strerror(errno));
}

static void
sweep(struct exporter *x, const struct round_view *round, struct retention *how)
{
	struct payload_export newest = {0};
	struct run_why why;
	size_t last = how->n;
	while (last > 0 && (how->record[last - 1].is_public != 0) != how->is_public)
		last--;
	uint32_t *vintage = malloc((how->n + 1) * sizeof(*vintage));
	int folder = folder_look(x->root, how->is_public, round->name);
	if (folder >= 0 && !exporter_claim(x, &why))
		log_warn("export round=%s old ones not removed reason=%s", round->name, why.en);
	else if (vintage != NULL && folder >= 0 && last > 0 &&
		 run_read_payload(x->server->store, how->record[last - 1].number, &newest)) {
		how->decision = newest.decision;
		how->decisions = newest.decisions;
		size_t n = retention_find(how, vintage);
		for (size_t i = 0; i < n; i++)
			remove_run(folder, round->name, vintage[i]);
	}
	if (folder >= 0)
		close(folder);
	payload_export_free(&newest);
	free(vintage);
}

void
exporter_sweep(struct exporter *x, const struct round_view *round, bool is_public)
{
	const struct config *config = &x->server->config;
	struct export_record *record;
	struct retention how = {.is_public = is_public,
	    .keep = retention_least(config->export_keep, config->export_keep_days),
	    .since_ms = clock_wall_ms() - (int64_t)config->export_keep_days * DAY_MS};
	if (how.keep == 0 || !state_exports(x->server->state, round->index, &record, &how.n))
		return;
	how.record = record;
	sweep(x, round, &how);
	free(record);
}

static void
sweep_all(struct task *task)
{
	struct exporter *x =
	    (struct exporter *)((char *)task - offsetof(struct exporter, sweeping));
	size_t n = state_rounds(x->server->state);
	for (uint32_t i = 0; i < n && !atomic_load(&x->is_stopping); i++) {
		struct round_view round;
		if (!state_round_at(x->server->state, i, &round))
			continue;
		exporter_sweep(x, &round, true);
		exporter_sweep(x, &round, false);
	}
	atomic_store(&x->is_sweeping, false);
}

/* A clock that was set back a little waits for its time; one that was far ahead does not. */
void
exporter_sweep_daily(struct exporter *x, int64_t now_ms)
{
	int64_t ago_ms = now_ms - x->swept_ms;
	if (retention_least(x->server->config.export_keep, x->server->config.export_keep_days) ==
		0 ||
	    (ago_ms < DAY_MS && ago_ms > -DAY_MS) || atomic_load(&x->is_sweeping))
		return;
	x->sweeping.work = sweep_all;
	atomic_store(&x->is_sweeping, true);
	if (worker_put(x->server->press, &x->sweeping))
		x->swept_ms = now_ms;
	else
		atomic_store(&x->is_sweeping, false);
}
