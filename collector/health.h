/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the collector can still do its work, for those who watch over it. Any thread. */
#ifndef KHAOSAT_COLLECTOR_HEALTH_H
#define KHAOSAT_COLLECTOR_HEALTH_H

#include "collector/server.h"
#include "survey/definition.h"

enum health {
	HEALTH_GOOD,
	HEALTH_FAILED,   /* a commit has failed: nothing is accepted any more */
	HEALTH_REMOVED,  /* a file of the log was removed: what it holds is to be saved now */
	HEALTH_DISK_LOW, /* nothing is accepted until there is room */
	HEALTH_MAP_FULL, /* soon nothing is, until a start with more address space */
	HEALTH_STUCK,    /* the writer or a loop has not answered for a while */
	HEALTH_STOPPING
};

/* Look at the store; warns once a minute while the disk is low or a file of the log has been
 * removed, and once of a map that is full. Main's timer. */
void health_look(struct server *server);

/* What was seen last, without waiting for anybody who may hang: can it still commit? Never
 * HEALTH_STOPPING. */
enum health health_of(const struct server *server);
/* Should anybody be sent here? */
enum health health_ready(const struct server *server);

struct label health_words(enum health health); /* for people */

#endif
