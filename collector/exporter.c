/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/exporter.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "collector/clock.h"
#include "collector/export/folder.h"
#include "collector/export/schedule.h"
#include "collector/log.h"
#include "proto/digest.h"
#include "storage/layout.h"

#define ATTEMPTS 3 /* where others export the same round */
#define RETRY_FIRST_MS INT64_C(60000)
#define RETRY_MOST_MS INT64_C(21600000)
#define DAY_MS INT64_C(86400000)

/* A round of which the last scheduled run failed. */
struct retry {
	uint32_t round;
	unsigned failures;
	int64_t next_ms;
};

struct exporter {
	struct server *server;
	char *root;
	struct schedule schedule;
	atomic_bool is_busy, is_stopping;
	struct task task; /* of the schedule */
	uint32_t task_round;
	struct exporter_wish wish;
	struct retry *retry;
	size_t retries;
	struct mailbox box;   /* the press waits here for its entry */
	pthread_mutex_t lock; /* over what follows */
	struct exporter_counts counts;
	char failure[RUN_WHY_BYTES];
	/* what came of the task, for the next tick */
	bool has_ended, went_well;
};

/* ------------------------------------------------------------------- the entry */

struct committing {
	struct exporter *exporter;
	const struct round_view *round;
	uint64_t previous;
	uint32_t actor;
};

static enum run_status
judge(const struct store_job *job, uint64_t *number, char why[RUN_WHY_BYTES])
{
	switch (job->outcome) {
	case STORE_ACCEPTED:
		*number = job->number;
		return RUN_OK;
	case STORE_MOVED:
		return RUN_MOVED;
	case STORE_FULL:
		snprintf(why, RUN_WHY_BYTES, "the disk of the log is full");
		return RUN_FAILED;
	case STORE_OVERLOADED:
		snprintf(why, RUN_WHY_BYTES, "too much waits for the log");
		return RUN_FAILED;
	case STORE_UNAVAILABLE:
		break;
	}
	snprintf(why, RUN_WHY_BYTES, "not known whether the log has it");
	return RUN_UNSURE;
}

static enum run_status
commit(void *context, const struct payload_export *made, uint64_t *number, char why[RUN_WHY_BYTES])
{
	struct committing *c = context;
	struct entry e = {.kind = ENTRY_EXPORT_MADE,
	    .actor = c->actor,
	    .time_ms = clock_wall_ms(),
	    .round = c->round->number,
	    .definition = c->round->definition_number,
	    .previous = c->previous,
	    .revision = made->record.vintage};
	size_t n = 0;
	uint8_t *payload = payload_export_pack(made, &n);
	uint8_t *bytes = payload == NULL ? NULL : malloc(ENTRY_HEADER_BYTES + n);
	enum run_status status = RUN_FAILED;
	snprintf(why, RUN_WHY_BYTES, "out of memory");
	if (bytes != NULL) {
		e.payload_bytes = (uint32_t)n;
		digest_sha256(&(struct digest_part){payload, n}, 1, e.digest);
		entry_encode(&e, bytes);
		memcpy(bytes + ENTRY_HEADER_BYTES, payload, n);
		struct store_job job = {.bytes = bytes,
		    .n = ENTRY_HEADER_BYTES + n,
		    .condition = {{state_exports_subject(c->round->index), c->previous, true}},
		    .reply = &c->exporter->box};
		store_submit(c->exporter->server->store, &job);
		mailbox_wait(&c->exporter->box);
		status = judge(&job, number, why);
	}
	free(bytes);
	free(payload);
	return status;
}

/* ------------------------------------------------------------------- one run */

static bool
all_formats(const struct exporter_wish *wish, const struct format **out, size_t *n)
{
	for (size_t i = 0; i < formats_count && *n < EXPORT_FORMATS_MAX; i++)
		if (!formats[i].internal_only)
			out[(*n)++] = &formats[i];
	return wish->formats == 0;
}

/* As it was asked for then; its formats may be gone in this version. */
static bool
ask_again(const struct payload_export *made, struct run_asked *asked, const struct format **format)
{
	asked->last = made->record.last;
	asked->due_ms = made->record.due_ms;
	asked->settings = (struct export_settings){.is_public = made->record.is_public != 0,
	    .stage = (enum export_stage)made->record.stage,
	    .method = (enum interval_method)made->method,
	    .frequency = made->frequency};
	asked->format = format;
	asked->formats = made->formats;
	for (size_t i = 0; i < made->formats; i++) {
		format[i] = format_find(made->format[i], strlen(made->format[i]));
		if (format[i] == NULL)
			return false;
	}
	return true;
}

/* What is in the log is made again: the same bytes, or it is not published. */
struct remaking {
	const uint8_t *manifest;
};

static enum run_status
commit_if_same(
    void *context, const struct payload_export *made, uint64_t *number, char why[RUN_WHY_BYTES])
{
	const struct remaking *remaking = context;
	*number = 0;
	if (memcmp(made->manifest, remaking->manifest, SHA256_BYTES) == 0)
		return RUN_OK;
	snprintf(why, RUN_WHY_BYTES, "this version makes other bytes of it");
	return RUN_REFUSED;
}

static void
run_again(struct exporter *x, const struct round_view *round, const struct export_record *record,
    size_t at, const char *root, struct run_result *out)
{
	struct payload_export made;
	const struct format *format[EXPORT_FORMATS_MAX];
	struct run_asked asked = {.store = x->server->store,
	    .root = root,
	    .round = round,
	    .record = record,
	    .records = at,
	    .is_stopping = &x->is_stopping,
	    .commit = commit_if_same};
	*out = (struct run_result){.status = RUN_FAILED, .why = "its entry cannot be read"};
	if (!run_read_payload(x->server->store, record[at].number, &made))
		return;
	struct remaking remaking = {made.manifest};
	asked.context = &remaking;
	if (ask_again(&made, &asked, format))
		run_make(&asked, out);
	else
		snprintf(out->why, sizeof(out->why), "a format of it is no more");
	payload_export_free(&made);
}

/* The newest of this audience has its name, or gets it now. */
static void
repair(struct exporter *x, const struct round_view *round, const struct export_record *record,
    size_t n, bool is_public)
{
	size_t at = n;
	while (at > 0 && (record[at - 1].is_public != 0) != is_public)
		at--;
	if (at == 0)
		return;
	struct payload_export made;
	const struct run_asked asked = {.root = x->root, .round = round};
	if (!run_read_payload(x->server->store, record[at - 1].number, &made))
		return;
	bool stands = run_finish(&asked, &record[at - 1], made.manifest) == RUN_OK;
	payload_export_free(&made);
	if (stands)
		return;
	struct run_result again;
	run_again(x, round, record, at - 1, x->root, &again);
	log_write(again.status == RUN_OK ? LOG_NOTICE : LOG_WARN,
	    "export round=%s vintage=%u was not on the disk %s%s", round->name,
	    (unsigned)record[at - 1].vintage,
	    again.status == RUN_OK ? "made again" : "not made again reason=", again.why);
	run_result_clear(&again);
}

/* False: to be tried once more, another came between. */
static bool
run_once(struct exporter *x, const struct exporter_wish *wish, struct run_result *out)
{
	struct round_view round;
	struct export_record *record;
	size_t n;
	*out = (struct run_result){.status = RUN_REFUSED, .why = "there is no such round"};
	if (!state_round(x->server->state, wish->round, &round))
		return true;
	snprintf(out->why, sizeof(out->why), "out of memory");
	if (!state_exports(x->server->state, round.index, &record, &n))
		return true;
	repair(x, &round, record, n, wish->settings.is_public);
	struct committing committing = {x, &round, n > 0 ? record[n - 1].number : 0, wish->actor};
	const struct format *all[EXPORT_FORMATS_MAX];
	size_t all_n = 0;
	struct run_asked asked = {.store = x->server->store,
	    .root = x->root,
	    .round = &round,
	    .record = record,
	    .records = n,
	    .last = state_last(x->server->state),
	    .settings = wish->settings,
	    .format = (const struct format *const *)wish->format,
	    .formats = wish->formats,
	    .due_ms = wish->due_ms,
	    .is_stopping = &x->is_stopping,
	    .commit = commit,
	    .context = &committing};
	if (all_formats(wish, all, &all_n)) {
		asked.format = all;
		asked.formats = all_n;
	}
	run_make(&asked, out);
	free(record);
	return out->status != RUN_MOVED;
}

static uint64_t
thread_cpu_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
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
		log_info("export round=%s %s vintage=%u last=%llu cpu_ms=%llu shown=%zu kept=%zu "
			 "withheld=%zu empty=%zu%s",
		    wish->round, audience, (unsigned)result->made.record.vintage,
		    (unsigned long long)result->made.record.last, (unsigned long long)cpu_ms,
		    result->report.shown, result->report.kept, result->report.withheld,
		    result->report.empty, result->report.is_held ? " held" : "");
	else
		log_error("export round=%s %s not made reason=\"%s\"", wish->round, audience,
		    result->why);
}

static void sweep(struct exporter *x, const struct exporter_wish *wish);

void
exporter_run(struct exporter *x, const struct exporter_wish *wish, struct run_result *out)
{
	struct exporter_wish own = *wish;
	uint64_t from_ms = thread_cpu_ms();
	own.settings.frequency =
	    own.settings.is_public ? (unsigned)x->server->config.export_frequency : 0;
	for (unsigned i = 0; i < ATTEMPTS && !run_once(x, &own, out); i++)
		if (i + 1 < ATTEMPTS)
			run_result_clear(out);
	tell(x, &own, out, thread_cpu_ms() - from_ms);
	if (out->status == RUN_OK)
		sweep(x, &own);
}

bool
exporter_again(struct exporter *x, const struct round_view *round, bool is_public, uint32_t vintage,
    struct run_result *out)
{
	struct export_record *record;
	size_t n, at = 0;
	*out = (struct run_result){.status = RUN_FAILED, .why = "out of memory"};
	if (!state_exports(x->server->state, round->index, &record, &n))
		return true;
	while (
	    at < n && ((record[at].is_public != 0) != is_public || record[at].vintage != vintage))
		at++;
	if (at < n)
		run_again(x, round, record, at, NULL, out);
	free(record);
	return at < n;
}

/* ------------------------------------------------------------------- old ones */

/* Its figures stand in the newest one too. */
static bool
is_kept_from(const struct payload_export *newest, unsigned release)
{
	return newest->decision != NULL &&
	       memchr(newest->decision, (int)release, newest->decisions) != NULL;
}

struct sweeping {
	const struct export_record *record;
	size_t n;
	bool is_public;
	struct payload_export newest;
	int folder;
	int64_t keep, since_ms;
};

static void
sweep_all(const struct sweeping *s)
{
	unsigned release = 0;
	int64_t newer = 0;
	for (size_t i = 0; i < s->n; i++)
		newer += (s->record[i].is_public != 0) == s->is_public;
	for (size_t i = 0; i < s->n; i++) {
		const struct export_record *r = &s->record[i];
		if ((r->is_public != 0) != s->is_public)
			continue;
		bool is_needed = r->shows && is_kept_from(&s->newest, release);
		release += r->shows != 0;
		newer--; /* that come after it */
		if (newer < s->keep || r->made_ms >= s->since_ms || r->stage != STAGE_INTERIM ||
		    is_needed)
			continue;
		if (folder_remove(s->folder, r->vintage))
			log_info("export vintage=%u removed", (unsigned)r->vintage);
		else if (errno != ENOENT)
			log_warn("export vintage=%u not removed reason=%s", (unsigned)r->vintage,
			    strerror(errno));
	}
}

/* Beyond so many and older than so many days, interim ones go, unless the newest still shows their
 * figures. Their entries stay. */
static void
sweep(struct exporter *x, const struct exporter_wish *wish)
{
	const struct config *config = &x->server->config;
	struct round_view round;
	struct export_record *record;
	size_t n;
	if (config->export_keep == 0 || !state_round(x->server->state, wish->round, &round) ||
	    !state_exports(x->server->state, round.index, &record, &n))
		return;
	struct sweeping s = {.record = record,
	    .n = n,
	    .is_public = wish->settings.is_public,
	    .keep = (int64_t)config->export_keep,
	    .since_ms = clock_wall_ms() - (int64_t)config->export_keep_days * DAY_MS};
	size_t last = n;
	while (last > 0 && (record[last - 1].is_public != 0) != s.is_public)
		last--;
	s.folder = folder_open(x->root, s.is_public, round.name);
	if (last > 0 && s.folder >= 0 &&
	    run_read_payload(x->server->store, record[last - 1].number, &s.newest)) {
		sweep_all(&s);
		payload_export_free(&s.newest);
	}
	if (s.folder >= 0)
		close(s.folder);
	free(record);
}

/* ------------------------------------------------------------------- the schedule */

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

/* What came of the last run. */
static void
take_end(struct exporter *x, int64_t now_ms)
{
	pthread_mutex_lock(&x->lock);
	bool has_ended = x->has_ended, went_well = x->went_well;
	x->has_ended = false;
	pthread_mutex_unlock(&x->lock);
	struct retry *retry = has_ended ? retry_of(x, x->task_round) : NULL;
	if (retry == NULL)
		return;
	if (went_well) {
		*retry = (struct retry){.round = x->task_round};
		return;
	}
	int64_t delay_ms = RETRY_FIRST_MS << (retry->failures < 9 ? retry->failures : 9);
	retry->failures++;
	retry->next_ms = now_ms + (delay_ms < RETRY_MOST_MS ? delay_ms : RETRY_MOST_MS);
}

static void
work(struct task *task)
{
	struct exporter *x = (struct exporter *)((char *)task - offsetof(struct exporter, task));
	struct run_result result;
	exporter_run(x, &x->wish, &result);
	pthread_mutex_lock(&x->lock);
	x->has_ended = true;
	x->went_well = result.status == RUN_OK;
	x->counts.is_failing = !x->went_well;
	snprintf(x->failure, sizeof(x->failure), "%s", x->went_well ? "" : result.why);
	pthread_mutex_unlock(&x->lock);
	run_result_clear(&result);
	atomic_store(&x->is_busy, false);
}

/* Up to which time the log says the schedule was served. */
static int64_t
served_until(struct exporter *x, uint32_t round)
{
	struct export_record *record;
	size_t n;
	int64_t until_ms = 0;
	if (!state_exports(x->server->state, round, &record, &n))
		return INT64_MAX; /* memory is out: not now */
	for (size_t i = 0; i < n; i++)
		if (record[i].is_public && record[i].due_ms > until_ms)
			until_ms = record[i].due_ms;
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
	       *due_ms > served_until(x, round->index);
}

void
exporter_tick(struct exporter *x, int64_t now_ms)
{
	size_t n = state_rounds(x->server->state);
	if (x->schedule.rules == 0 || atomic_load(&x->is_busy))
		return;
	take_end(x, now_ms);
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
		atomic_store(&x->is_busy, true);
		if (!worker_put(x->server->press, &x->task))
			atomic_store(&x->is_busy, false);
		return;
	}
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

struct exporter *
exporter_new(struct server *server)
{
	char why[SCHEDULE_WHY_BYTES] = "";
	struct exporter *x = calloc(1, sizeof(*x));
	const char *schedule = server->config.export_schedule;
	if (x == NULL)
		return NULL;
	x->server = server;
	x->task.work = work;
	x->root = root_of(&server->config);
	if (x->root == NULL || (schedule != NULL && !schedule_parse(schedule, &x->schedule, why)) ||
	    !mailbox_open(&x->box)) {
		log_error("not ready for exports %s", why);
		free(x->root);
		free(x);
		return NULL;
	}
	pthread_mutex_init(&x->lock, NULL);
	return x;
}

void
exporter_free(struct exporter *x)
{
	if (x == NULL)
		return;
	mailbox_close(&x->box);
	pthread_mutex_destroy(&x->lock);
	free(x->retry);
	free(x->root);
	free(x);
}

void
exporter_stop(struct exporter *x)
{
	if (x != NULL)
		atomic_store(&x->is_stopping, true);
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
exporter_failure(struct exporter *x, char out[RUN_WHY_BYTES])
{
	pthread_mutex_lock(&x->lock);
	memcpy(out, x->failure, RUN_WHY_BYTES);
	pthread_mutex_unlock(&x->lock);
}
