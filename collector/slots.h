/* SPDX-License-Identifier: Apache-2.0 */
/* The sessions of a loop, in a table of slots: an id is a slot's place and how often it has been
 * used, so that an answer for a session that has gone finds nobody. One loop's thread. */
#ifndef KHAOSAT_COLLECTOR_SLOTS_H
#define KHAOSAT_COLLECTOR_SLOTS_H

#include <stddef.h>
#include <stdint.h>

struct session;

struct slot {
	struct session *session; /* NULL: free */
	uint64_t peer;           /* see peers_key */
	uint64_t id;             /* of the session that is here, or was last */
	struct slot *next_free;
};

struct slots { /* all zero: empty */
	struct slot **at;
	size_t n, room;
	struct slot *first_free;
};

void slots_clear(struct slots *s); /* no session is freed */

/* With an id that is new; its session is still to be put there. NULL: out of memory, or full. */
struct slot *slots_take(struct slots *s);
void slots_give_back(struct slots *s, struct slot *slot);
struct slot *slots_find(const struct slots *s, uint64_t id); /* NULL: it has gone */

#endif
