/* SPDX-License-Identifier: Apache-2.0 */
/* An exporter over the log and state of a state_rig, with a press of its own and a folder of
 * exports; the test is main, and time is what it says. Aborts where that cannot be had. */
#ifndef KHAOSAT_TESTS_SUPPORT_EXPORTER_RIG_H
#define KHAOSAT_TESTS_SUPPORT_EXPORTER_RIG_H

#include "collector/exporter.h"
#include "tests/support/state_rig.h"

struct exporter_rig {
	struct state_rig rig;
	struct server server;
	struct exporter *exporter;
	char root[64];
};

/* Round "one", and "two" if so wanted, open, of so many units that have answered. The options of
 * exports stand in rig->server.config; NULL: no schedule. */
void exporter_rig_make(struct exporter_rig *x, unsigned units, bool two, const char *schedule);
void exporter_rig_free(struct exporter_rig *x);
/* The collector stops, and starts again over the same log and folders. */
void exporter_rig_restart(struct exporter_rig *x);

/* What the schedule says at that time is begun, and has ended and been taken note of. */
void exporter_rig_tick(struct exporter_rig *x, int64_t now_ms);
/* By hand, on this thread: JSON. */
void exporter_rig_run(struct exporter_rig *x, bool is_public, struct run_result *out);

/* The exports of round "one", to be freed. */
struct export_record *exporter_rig_records(struct exporter_rig *x, size_t *n);
/* Names in a folder below the root, sorted, with a blank behind each: "latest v0001 ". */
const char *exporter_rig_names(struct exporter_rig *x, const char *folder);
/* Every run in public/one has all files of its manifest, byte for byte; `latest`, if it is there,
 * names one of them. */
bool exporter_rig_is_whole(struct exporter_rig *x);

#endif
