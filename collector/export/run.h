/* SPDX-License-Identifier: Apache-2.0 */
/* One run of an export: from the log alone to a folder of files that is whole or not there. The
 * entry that says so is committed when all files are synced and before they get their name: what is
 * published is in the log, and what is in the log can be published again. Worker's thread; it takes
 * as long as it takes, and no submission waits for it.
 *
 *   run_make: read the log -> decide -> tables -> files, synced -> entry, committed -> the name
 */
#ifndef KHAOSAT_COLLECTOR_EXPORT_RUN_H
#define KHAOSAT_COLLECTOR_EXPORT_RUN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/export/format.h"
#include "collector/export/release.h"
#include "collector/payload_export.h"
#include "collector/state.h"
#include "storage/store.h"

#define RUN_WHY_BYTES 256

/* Why there is no export: the end of a sentence. */
struct run_why {
	char vi[RUN_WHY_BYTES], en[RUN_WHY_BYTES];
};
void run_why(struct run_why *why, const char *vi, const char *en, ...)
    __attribute__((format(printf, 2, 4), format(printf, 3, 4)));

#define MANIFEST "manifest.json"
#define REVISIONS "revisions.csv"

enum run_status {
	RUN_OK,
	RUN_REFUSED, /* it cannot be: no register yet, a format that is not for the public */
	RUN_FAILED,  /* disk, memory, log: another time it may go well */
	RUN_MOVED,   /* another export of the round was made meanwhile: again */
	RUN_UNSURE   /* not known whether the entry was stored: nothing is taken back */
};

struct run_asked {
	struct store *store;
	const char *root; /* folder of exports; NULL: nothing is written, only hashed */
	const struct round_view *round;
	const struct export_record *record; /* exports of the round before this one, oldest first */
	size_t records;
	uint64_t last; /* S */
	struct export_settings settings;
	bool rounding_is_asked; /* else it is that of the round's exports before, if there are */
	const struct format *const *format;
	size_t formats;
	int64_t due_ms;
	const char *office; /* bytes that office_parse takes; NULL: none */
	size_t office_bytes;
	const atomic_bool *is_stopping; /* NULL: never */
	/* Has the entry committed; its number in *number. Not asked where nothing is written. */
	enum run_status (*commit)(void *context, const struct payload_export *made,
	    uint64_t *number, struct run_why *why);
	void *context;
};

/* Of which the log tells what they cost. */
enum run_step { RUN_READING, RUN_DECIDING, RUN_WRITING, RUN_STEPS };

struct run_result {
	enum run_status status;
	struct run_why why;         /* unless RUN_OK */
	struct payload_export made; /* to be freed; its manifest is that of these files */
	uint64_t number;
	struct release_report report; /* of a public one */
	int64_t cpu_us[RUN_STEPS];
};

/* `out` is always set, to be cleared. */
void run_make(const struct run_asked *asked, struct run_result *out);
void run_result_clear(struct run_result *result);

/* The newest export of either audience stands in the log, and the power went before its folder got
 * its name, or before `latest` named it: that is done now. RUN_FAILED: what was begun is not it, or
 * there is nothing: it has to be made again. RUN_UNSURE: it cannot be looked at, or `latest` cannot
 * name it, and errno says why. */
enum run_status run_finish(const struct run_asked *asked, const struct export_record *record,
    const uint8_t manifest[SHA256_BYTES]);

/* The payload of an export's entry; to be freed. False: it cannot be read. */
bool run_read_payload(struct store *store, uint64_t number, struct payload_export *out);

#endif
