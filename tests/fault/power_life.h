/* SPDX-License-Identifier: Apache-2.0 */
/* One life of a program that keeps a store, until the power goes; and what must be found after it.
 * The ledger is memory shared with the harness, which outlives the process that fills it. */
#ifndef KHAOSAT_TESTS_FAULT_POWER_LIFE_H
#define KHAOSAT_TESTS_FAULT_POWER_LIFE_H

#include <stdbool.h>
#include <stdint.h>

#define LEDGER_ENTRIES_MAX 8192 /* of one history */
#define LEDGER_CONTACTS 8

/* The entries of a number as it was last sent. */
struct ledger_entry {
	uint64_t subject, last, serial, n;
};

/* A thing that is replaced, one replacement at a time: it is as it was `done` or as it was `tried`.
 */
struct ledger_version {
	uint64_t done, tried;
};

struct ledger {
	uint64_t accepted; /* entries up to this number are there */
	uint64_t sent;     /* and none behind this one */
	uint64_t serial;   /* no two jobs have the same */
	struct ledger_version contact[LEDGER_CONTACTS];
	struct ledger_version checkpoint; /* the number it was made at */
	bool has_contacts;                /* this history keeps contacts and checkpoints, too */
	uint32_t segments, segment_bytes; /* of its journal */
	char wrong[512];                  /* "": nothing was found wrong */
	struct ledger_entry entry[LEDGER_ENTRIES_MAX];
};

/* Fill an empty folder with a log of format 1, as if all of it had been accepted long ago. */
bool life_make_old_log(const char *folder, struct ledger *ledger, uint64_t seed);

/* Open what is in the folder and compare. What is found there counts as durable from then on, for
 * others have now seen it. False: `wrong` says what is. */
bool life_check(const char *folder, struct ledger *ledger);

/* The same, then work that follows from the seed. Returns at the end of the work, if nobody ends
 * the process before. */
bool life_run(const char *folder, struct ledger *ledger, uint64_t seed);

uint64_t life_draw(uint64_t *seed); /* the next random number */

#endif
