/* SPDX-License-Identifier: Apache-2.0 */
/* Old folders go, as export-keep and export-keep-days say. */
#include <errno.h>
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
	size_t last = how->n;
	while (last > 0 && (how->record[last - 1].is_public != 0) != how->is_public)
		last--;
	uint32_t *vintage = malloc((how->n + 1) * sizeof(*vintage));
	int folder = folder_open(x->root, how->is_public, round->name);
	if (vintage != NULL && folder >= 0 && last > 0 &&
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
exporter_sweep(struct exporter *x, const struct exporter_wish *wish)
{
	const struct config *config = &x->server->config;
	struct round_view round;
	struct export_record *record;
	struct retention how = {.is_public = wish->settings.is_public,
	    .keep = retention_least(config->export_keep, config->export_keep_days),
	    .since_ms = clock_wall_ms() - (int64_t)config->export_keep_days * DAY_MS};
	if (how.keep == 0 || !state_round(x->server->state, wish->round, &round) ||
	    !state_exports(x->server->state, round.index, &record, &how.n))
		return;
	how.record = record;
	sweep(x, &round, &how);
	free(record);
}
