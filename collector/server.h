/* SPDX-License-Identifier: Apache-2.0 */
/* What the threads of the daemon share: made by main before they start, freed after they have
 * ended; constant in between but for the atomics. */
#ifndef KHAOSAT_COLLECTOR_SERVER_H
#define KHAOSAT_COLLECTOR_SERVER_H

#include <stdatomic.h>
#include <stddef.h>

#include "collector/config.h"
#include "collector/logins.h"
#include "collector/peers.h"
#include "collector/secrets.h"
#include "collector/staff.h"
#include "collector/state.h"
#include "collector/worker.h"
#include "storage/erasable.h"
#include "storage/store.h"

struct certainty_table;
struct exporter;
struct http_public;
struct loop;
struct meter;
struct tls;

struct server {
	struct config
	    config;      /* main's own once it runs: SIGHUP changes it, loops are sent theirs */
	struct tls *tls; /* NULL: in the clear, on loopback */
	struct staff staff;
	struct state *state;
	struct store *store;
	struct erasable *contacts; /* and what else must be erasable */
	struct secrets *secrets;
	struct logins logins;
	struct worker *worker; /* recounts, checkpoints, registers */
	struct worker *scribe; /* contacts: a sync each, and no recount may hold them up */
	struct worker *warden; /* passwords: some 0.1 s of a core and 64 MiB each, one at a time */
	struct worker *press;  /* exports: one after the other, seconds each */
	struct exporter *exporter;
	struct certainty_table *certainty; /* the worker's */
	struct http_public *public;        /* of HTTP */
	struct loop **loops;
	size_t n_loops;
	struct meter *meters; /* main's, then one a loop */
	size_t n_meters;
	struct peers peers;
	atomic_size_t at_warden; /* requests */
	atomic_bool is_recounting;
	atomic_bool wants_checkpoint; /* a round has closed */
	atomic_bool has_failed;       /* the store said UNAVAILABLE */
	atomic_bool is_disk_low, is_map_full, is_removed;
	atomic_bool is_stopping;
	int64_t warned_ms;           /* main's: of the disk */
	_Atomic int64_t answered_ms; /* when every loop and the writer last had: see watchdog.h */
};

#endif
