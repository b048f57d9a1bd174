/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the exporter share: exporter.c runs, exporter_entry.c commits, exporter_again.c
 * makes again what the log has, exporter_claim.c asks whose folder it is, exporter_sweep.c lets old
 * ones go, exporter_schedule.c is main's. */
#ifndef KHAOSAT_COLLECTOR_EXPORTER_PARTS_H
#define KHAOSAT_COLLECTOR_EXPORTER_PARTS_H

#include <pthread.h>

#include "collector/export/schedule.h"
#include "collector/exporter.h"
#include "storage/mailbox.h"

/* A round that the schedule looks at. */
struct retry {
	uint32_t round;
	bool was_looked_at; /* since the start */
	unsigned failures;  /* of its last runs */
	int64_t next_ms;
};

struct exporter {
	struct server *server;
	char *root;
	atomic_bool is_stopping;
	atomic_size_t strangers; /* that wait */
	struct mailbox box;      /* the press waits here for its entry */
	/* main's: the schedule */
	struct schedule schedule;
	struct task task;
	uint32_t task_round;
	bool is_first_look;        /* at it, since the start; as the next */
	struct exporter_wish wish; /* the press's while is_busy */
	struct retry *retry;
	size_t retries;
	atomic_bool is_busy;
	/* main's: old ones */
	struct task sweeping;
	int64_t swept_ms; /* when that was last asked for; 0: not yet */
	atomic_bool is_sweeping;
	pthread_mutex_t lock; /* over what follows */
	struct exporter_counts counts;
	struct run_why failure;    /* empty: none */
	bool has_ended, went_well; /* what came of the task, for the next tick */
	char *office;              /* the file's bytes; NULL: none */
	size_t office_bytes;
};

/* exporter_entry.c; the press. What run_make calls with it. */
struct committing {
	struct exporter *exporter;
	const struct round_view *round;
	uint64_t previous;
	const struct exporter_wish *wish;
};
enum run_status exporter_commit(
    void *committing, const struct payload_export *made, uint64_t *number, struct run_why *why);

/* exporter_claim.c; the press. False: nothing may be written or removed where exports stand. */
bool exporter_claim(struct exporter *x, struct run_why *why);

/* exporter_again.c; the press. The newest of that audience has its name, or gets it now.
 * RUN_FAILED: it is not there. RUN_UNSURE: it cannot be looked at, or have its name. */
enum run_status exporter_name(struct exporter *x, const struct round_view *round,
    const struct export_record *record, size_t n, bool is_public);
/* The same, and one that is not there is made again. */
void exporter_repair(struct exporter *x, const struct round_view *round,
    const struct export_record *record, size_t n, bool is_public);

/* exporter_sweep.c; the press. Old ones of that round and audience go. */
void exporter_sweep(struct exporter *x, const struct round_view *round, bool is_public);
/* Main. The same of all rounds at the first look and then once a day, on the press. */
void exporter_sweep_daily(struct exporter *x, int64_t now_ms);

/* exporter_schedule.c: the task's work. */
void exporter_work(struct task *task);

#endif
