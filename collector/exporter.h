/* SPDX-License-Identifier: Apache-2.0 */
/* Exports of the collector: those that staff ask for, those that the schedule names, and what
 * becomes of old ones. All runs stand in one line, on a worker of their own (server->press), so
 * that estimates and recounts need not wait. exporter_tick is main's; what is counted may be read
 * by any thread. */
#ifndef KHAOSAT_COLLECTOR_EXPORTER_H
#define KHAOSAT_COLLECTOR_EXPORTER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "collector/export/run.h"
#include "collector/server.h"

struct exporter;

#define EXPORTER_MESSAGE_BYTES 512

struct exporter *exporter_new(
    struct server *server, char message[EXPORTER_MESSAGE_BYTES]); /* NULL: why */
void exporter_free(struct exporter *exporter); /* when the press has stopped; accepts NULL */
/* Runs that are under way end soon, unmade. Any thread. */
void exporter_stop(struct exporter *exporter);

/* What the office says of itself, for runs that begin from now on; NULL: nothing. False: `message`
 * says what is wrong with the file, and what was read before stays. Main. */
bool exporter_read_office(
    struct exporter *exporter, const char *path, char message[EXPORTER_MESSAGE_BYTES]);

/* Every so often: what the schedule says is due, one run after the other; one that failed is tried
 * again after a minute, then two, four, ... up to six hours. And once a day what is old goes. */
void exporter_tick(struct exporter *exporter, int64_t now_ms);
/* What came of the last one, if it has ended; exporter_tick does so first of all. */
void exporter_note_end(struct exporter *exporter, int64_t now_ms);

struct exporter_wish {
	char round[ROUND_NAME_MAX + 1];
	struct export_settings settings; /* its frequency is the collector's */
	bool rounding_is_asked;          /* else that too, but for what run.h says */
	const struct format *format[EXPORT_FORMATS_MAX];
	size_t formats; /* 0: all that its audience may have but microdata */
	int64_t due_ms;
	uint32_t actor;
	/* May who asked for it still do so? If so, its entry rests on that condition. NULL: nobody
	 * asked, the schedule did. On the press. */
	bool (*is_allowed)(void *context, struct store_condition *out);
	void *context;
};

/* On the press. */
void exporter_run(
    struct exporter *exporter, const struct exporter_wish *wish, struct run_result *out);
/* Make a vintage once more and only hash it. False: there is none. */
bool exporter_again(struct exporter *exporter, const struct round_view *round, bool is_public,
    uint32_t vintage, struct run_result *out);

const char *exporter_root(const struct exporter *exporter);

/* Requests of nobody of staff for what is public: a few wait for their turn at a time, so that
 * others in the same line need not wait for a crowd. False: there are too many. Any thread. */
bool exporter_admit(struct exporter *exporter);
void exporter_leave(struct exporter *exporter);

/* For metrics and health. */
struct exporter_counts {
	uint64_t made, failed; /* runs since start */
	int64_t last_made_ms;  /* 0: none since start */
	uint64_t last_cpu_ms;  /* that it took */
	uint64_t failing;      /* rounds of which the last run of the schedule failed */
};
void exporter_counts(struct exporter *exporter, struct exporter_counts *out);
/* Why the last one did, or "" when none is failing. */
void exporter_failure(struct exporter *exporter, struct run_why *out);

#endif
