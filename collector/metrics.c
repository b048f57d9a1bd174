/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/metrics.h"

#include <stdio.h>
#include <sys/stat.h>

#include "collector/clock.h"
#include "collector/exporter.h"
#include "collector/metrics_parts.h"
#include "collector/metrics_text.h"
#include "collector/tls.h"
#include "storage/layout.h"

static void
gauge(struct bytes *out, const char *name, const char *help, uint64_t value)
{
	metrics_family(out, name, METRICS_GAUGE, help);
	metrics_count(out, name, NULL, value);
}

static void
put_build(struct bytes *out)
{
	const struct metrics_label version[] = {{"version", KHAOSAT_VERSION}, {NULL, NULL}};
	metrics_family(out, "khaosat_build_info", METRICS_GAUGE, "Which khaosatd this is.");
	metrics_count(out, "khaosat_build_info", version, 1);
}

static void
put_store(struct server *server, struct bytes *out)
{
	struct store_health health;
	const struct store_meter *meter = store_meter(server->store);
	store_health(server->store, &health);
	gauge(out, "khaosat_log_last_entry", "Number of the last entry that is durable.",
	    health.last);
	gauge(out, "khaosat_store_accepting", "0 once a commit has failed, for good.",
	    health.accepting ? 1 : 0);
	gauge(out, "khaosat_store_full", "1 while answers are told to try later for want of space.",
	    health.full ? 1 : 0);
	gauge(out, "khaosat_store_queue_entries", "Entries that wait for the writer.",
	    health.waiting_jobs);
	gauge(out, "khaosat_disk_free_bytes",
	    "Free space of the data folder's file system, less what the journal will still take.",
	    health.free_bytes);
	gauge(out, "khaosat_disk_reserve_bytes", "Below so much nothing is accepted.",
	    health.reserve_bytes);
	gauge(out, "khaosat_journal_bytes", "Entries that are in the journal only.",
	    health.journal_bytes);
	gauge(out, "khaosat_journal_room_bytes", "Size of the journal.", health.journal_room_bytes);
	gauge(out, "khaosat_log_map_bytes", "Address space that the log takes.", health.map_bytes);
	gauge(out, "khaosat_log_map_room_bytes",
	    "Address space that it has got: there it ends, until a start with more.",
	    health.map_room_bytes);
	gauge(out, "khaosat_log_map_full", "1 once the log has no address space left.",
	    health.map_full ? 1 : 0);
	metrics_histogram(out, "khaosat_commit_batch_entries", "Entries committed together.",
	    &meter->batch_entries, 1);
	metrics_histogram(out, "khaosat_commit_seconds", "Time to have a batch on stable storage.",
	    &meter->commit_us, 1000000);
}

/* The file's own time: it was written by this run or by one before. */
static void
put_checkpoint(struct server *server, struct bytes *out)
{
	char path[4096];
	struct stat file;
	int n = snprintf(path, sizeof(path), "%s/%s", server->config.data, LAYOUT_CHECKPOINT);
	if (n < 0 || (size_t)n >= sizeof(path) || stat(path, &file) != 0)
		return;
	int64_t age_s = clock_wall_ms() / 1000 - (int64_t)file.st_mtim.tv_sec;
	gauge(out, "khaosat_checkpoint_age_seconds", "Time since the last checkpoint was written.",
	    age_s > 0 ? (uint64_t)age_s : 0);
}

static void
put_workers(struct server *server, struct bytes *out)
{
	const char *const name = "khaosat_worker_tasks";
	const struct metrics_label worker[] = {{"worker", "worker"}, {NULL, NULL}};
	const struct metrics_label scribe[] = {{"worker", "scribe"}, {NULL, NULL}};
	const struct metrics_label warden[] = {{"worker", "warden"}, {NULL, NULL}};
	const struct metrics_label press[] = {{"worker", "press"}, {NULL, NULL}};
	metrics_family(out, name, METRICS_GAUGE,
	    "Tasks at work or waiting: recounts and files, contacts, passwords, exports.");
	metrics_count(out, name, worker, worker_tasks(server->worker));
	metrics_count(out, name, scribe, worker_tasks(server->scribe));
	metrics_count(out, name, warden, worker_tasks(server->warden));
	metrics_count(out, name, press, worker_tasks(server->press));
}

static void
put_exports(struct server *server, struct bytes *out)
{
	const char *const name = "khaosat_exports_total";
	const struct metrics_label made[] = {{"result", "made"}, {NULL, NULL}};
	const struct metrics_label failed[] = {{"result", "failed"}, {NULL, NULL}};
	struct exporter_counts counts;
	exporter_counts(server->exporter, &counts);
	metrics_family(out, name, METRICS_COUNTER, "Exports since start.");
	metrics_count(out, name, made, counts.made);
	metrics_count(out, name, failed, counts.failed);
	gauge(out, "khaosat_export_schedule_failing",
	    "Rounds of which the last run of the schedule failed.", counts.failing);
}

static void
put_output(struct server *server, struct bytes *out)
{
	gauge(out, "khaosat_output_waiting_bytes",
	    "Answers that wait until peers take them, large requests that are not whole.",
	    atomic_load(&server->peers.output.used));
	gauge(out, "khaosat_output_memory_bytes", "Above so much there are no further large ones.",
	    atomic_load(&server->peers.output.most));
}

static void
put_tls(struct server *server, struct bytes *out)
{
	int64_t expires_ms = server->tls == NULL ? INT64_MAX : tls_expires_ms(server->tls);
	if (expires_ms >= 0 && expires_ms < INT64_MAX)
		gauge(out, "khaosat_tls_certificate_expiry_timestamp_seconds",
		    "When the first of the certificates that are shown expires.",
		    (uint64_t)(expires_ms / 1000));
}

void
metrics_write(struct server *server, struct bytes *out)
{
	put_build(out);
	metrics_process(out);
	put_store(server, out);
	put_checkpoint(server, out);
	put_workers(server, out);
	put_output(server, out);
	put_exports(server, out);
	put_tls(server, out);
	metrics_traffic(server, out);
	metrics_goals(server, out);
}
