/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/exporter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "collector/clock.h"
#include "collector/export/office.h"
#include "collector/exporter_parts.h"
#include "collector/log.h"
#include "storage/layout.h"

#define STRANGERS_MAX 4u
#define ATTEMPTS 3 /* where others export the same round */

/* ------------------------------------------------------------------- one run */

static bool
all_formats(const struct exporter_wish *wish, const struct format **out, size_t *n)
{
	for (size_t i = 0; i < formats_count && *n < EXPORT_FORMATS_MAX; i++)
		if (!formats[i].internal_only)
			out[(*n)++] = &formats[i];
	return wish->formats == 0;
}

/* What main may replace meanwhile. */
struct office_copy {
	char *bytes;
	size_t n;
};

/* False: out of memory. */
static bool
copy_office(struct exporter *x, struct office_copy *out)
{
	pthread_mutex_lock(&x->lock);
	out->n = x->office_bytes;
	out->bytes = malloc(out->n + 1);
	if (out->bytes != NULL && out->n > 0)
		memcpy(out->bytes, x->office, out->n);
	pthread_mutex_unlock(&x->lock);
	return out->bytes != NULL;
}

/* False: to be tried once more, another came between. */
static bool
run_once(struct exporter *x, const struct exporter_wish *wish, const struct office_copy *office,
    struct run_result *out)
{
	struct round_view round;
	struct export_record *record;
	size_t n;
	*out = (struct run_result){.status = RUN_REFUSED};
	run_why(&out->why, "không có đợt này", "there is no such round");
	if (!state_round(x->server->state, wish->round, &round))
		return true;
	out->status = RUN_FAILED;
	if (!exporter_claim(x, &out->why))
		return true;
	run_why(&out->why, "hết bộ nhớ", "out of memory");
	if (!state_exports(x->server->state, round.index, &record, &n))
		return true;
	exporter_repair(x, &round, record, n, wish->settings.is_public);
	struct committing committing = {x, &round, n > 0 ? record[n - 1].number : 0, wish};
	const struct format *all[EXPORT_FORMATS_MAX];
	size_t all_n = 0;
	struct run_asked asked = {.store = x->server->store,
	    .root = x->root,
	    .round = &round,
	    .record = record,
	    .records = n,
	    .last = state_last(x->server->state),
	    .settings = wish->settings,
	    .rounding_is_asked = wish->rounding_is_asked,
	    .format = (const struct format *const *)wish->format,
	    .formats = wish->formats,
	    .due_ms = wish->due_ms,
	    .office = office->bytes,
	    .office_bytes = office->n,
	    .is_stopping = &x->is_stopping,
	    .commit = exporter_commit,
	    .context = &committing};
	if (round.strata > 0 && !asked.rounding_is_asked)
		asked.settings.rounding = 0; /* the option is for rounds that can be rounded */
	if (all_formats(wish, all, &all_n)) {
		asked.format = all;
		asked.formats = all_n;
	}
	run_make(&asked, out);
	free(record);
	return out->status != RUN_MOVED;
}

static void
tell(struct exporter *x, const struct exporter_wish *wish, const struct run_result *result,
    uint64_t cpu_ms)
{
	const char *audience = wish->settings.is_public ? "public" : "internal";
	pthread_mutex_lock(&x->lock);
	if (result->status == RUN_OK) {
		x->counts.made++;
		x->counts.last_made_ms = clock_wall_ms();
		x->counts.last_cpu_ms = cpu_ms;
	} else {
		x->counts.failed++;
	}
	pthread_mutex_unlock(&x->lock);
	if (result->status == RUN_OK)
		log_info("export round=%s %s vintage=%u last=%llu cpu_ms=%llu reading_ms=%lld "
			 "deciding_ms=%lld writing_ms=%lld shown=%zu kept=%zu withheld=%zu "
			 "empty=%zu unproven=%zu%s",
		    wish->round, audience, (unsigned)result->made.record.vintage,
		    (unsigned long long)result->made.record.last, (unsigned long long)cpu_ms,
		    (long long)result->cpu_us[RUN_READING] / 1000,
		    (long long)result->cpu_us[RUN_DECIDING] / 1000,
		    (long long)result->cpu_us[RUN_WRITING] / 1000, result->report.shown,
		    result->report.kept, result->report.withheld, result->report.empty,
		    result->report.unproven, result->report.is_held ? " held" : "");
	else
		log_error(
		    "export round=%s %s not made reason=%s", wish->round, audience, result->why.en);
}

void
exporter_run(struct exporter *x, const struct exporter_wish *wish, struct run_result *out)
{
	struct exporter_wish own = *wish;
	struct office_copy office;
	struct round_view round;
	int64_t from_us = clock_thread_us();
	*out = (struct run_result){.status = RUN_FAILED};
	run_why(&out->why, "hết bộ nhớ", "out of memory");
	own.settings.crossed = CROSSED_TOLD; /* where they may be */
	own.settings.frequency =
	    own.settings.is_public ? (unsigned)x->server->config.export_frequency : 0;
	if (!own.settings.is_public)
		own.settings.rounding = 0;
	else if (!own.rounding_is_asked)
		own.settings.rounding = (unsigned)x->server->config.export_rounding;
	bool has_office = copy_office(x, &office);
	for (unsigned i = 0; has_office && i < ATTEMPTS && !run_once(x, &own, &office, out); i++)
		if (i + 1 < ATTEMPTS)
			run_result_clear(out);
	free(office.bytes);
	tell(x, &own, out, (uint64_t)(clock_thread_us() - from_us) / 1000);
	if (out->status == RUN_OK && state_round(x->server->state, own.round, &round))
		exporter_sweep(x, &round, own.settings.is_public);
}

/* ------------------------------------------------------------------- all of it */

static char *
root_of(const struct config *config)
{
	char *root;
	if (config->export_dir != NULL)
		return strdup(config->export_dir);
	return asprintf(&root, "%s/" LAYOUT_EXPORTS, config->data) < 0 ? NULL : root;
}

bool
exporter_read_office(struct exporter *x, const char *path, char message[EXPORTER_MESSAGE_BYTES])
{
	size_t n = 0;
	char *bytes = path == NULL ? NULL : office_load(path, &n, message);
	if (path != NULL && bytes == NULL)
		return false;
	pthread_mutex_lock(&x->lock);
	free(x->office);
	x->office = bytes;
	x->office_bytes = n;
	pthread_mutex_unlock(&x->lock);
	return true;
}

static bool
take_schedule(struct exporter *x, const char *rules, char message[EXPORTER_MESSAGE_BYTES])
{
	char why[SCHEDULE_WHY_BYTES];
	if (rules == NULL || schedule_parse(rules, &x->schedule, why))
		return true;
	snprintf(message, EXPORTER_MESSAGE_BYTES, "exports: %s", why);
	return false;
}

struct exporter *
exporter_new(struct server *server, char message[EXPORTER_MESSAGE_BYTES])
{
	struct exporter *x = calloc(1, sizeof(*x));
	const struct config *config = &server->config;
	snprintf(message, EXPORTER_MESSAGE_BYTES, "exports: out of memory or descriptors");
	if (x == NULL || !mailbox_open(&x->box)) {
		free(x);
		return NULL;
	}
	pthread_mutex_init(&x->lock, NULL);
	x->server = server;
	x->task.work = exporter_work;
	x->root = root_of(config);
	if (x->root != NULL && take_schedule(x, config->export_schedule, message) &&
	    exporter_read_office(x, config->export_office, message))
		return x;
	exporter_free(x);
	return NULL;
}

void
exporter_free(struct exporter *x)
{
	if (x == NULL)
		return;
	mailbox_close(&x->box);
	pthread_mutex_destroy(&x->lock);
	free(x->retry);
	free(x->office);
	free(x->root);
	free(x);
}

void
exporter_stop(struct exporter *x)
{
	if (x != NULL)
		atomic_store(&x->is_stopping, true);
}

bool
exporter_admit(struct exporter *x)
{
	if (atomic_fetch_add(&x->strangers, 1) < STRANGERS_MAX)
		return true;
	exporter_leave(x);
	return false;
}

void
exporter_leave(struct exporter *x)
{
	atomic_fetch_sub(&x->strangers, 1);
}

const char *
exporter_root(const struct exporter *x)
{
	return x->root;
}

void
exporter_counts(struct exporter *x, struct exporter_counts *out)
{
	pthread_mutex_lock(&x->lock);
	*out = x->counts;
	pthread_mutex_unlock(&x->lock);
}

void
exporter_failure(struct exporter *x, struct run_why *out)
{
	pthread_mutex_lock(&x->lock);
	*out = x->failure;
	pthread_mutex_unlock(&x->lock);
}
