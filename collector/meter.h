/* SPDX-License-Identifier: Apache-2.0 */
/* What a thread has done since the start, counted where it happens and summed up when somebody
 * reads (metrics.h). Each thread that counts has a meter of its own, and nobody else writes it: a
 * count costs a load and a store. A thread without one counts nothing. */
#ifndef KHAOSAT_COLLECTOR_METER_H
#define KHAOSAT_COLLECTOR_METER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "storage/histogram.h"
#include "survey/definition.h"

/* Who or what was turned away, and why. */
enum meter_refusal {
	METER_CONNECTIONS,         /* all are taken */
	METER_ADDRESS_CONNECTIONS, /* its address has too many */
	METER_DESCRIPTORS,         /* none can be accepted for now */
	METER_PLAIN_TEXT,          /* where TLS is spoken */
	METER_HANDSHAKE,           /* refused, by either side */
	METER_HANDSHAKE_LATE,
	METER_TLS_BROKEN,    /* after the handshake */
	METER_RENEGOTIATION, /* that a peer asked for; it goes on without */
	METER_TLS_CHATTER,   /* too many of these on one connection, or of its key updates */
	METER_FRAME,         /* not a frame that holds a Request */
	METER_HTTP,          /* not a request we take */
	METER_SLOW,          /* not complete in time */
	METER_IDLE,
	METER_UNREAD,        /* answers were not taken */
	METER_OUTPUT_MEMORY, /* a large answer or request, while too much waits */
	METER_OVERLOAD,      /* too much under way */
	METER_ADDRESS_RATE,
	METER_UNIT_RATE,
	METER_LOGIN_RATE,
	METER_CODE_RATE,  /* too many wrong access codes */
	METER_CROSS_SITE, /* a cookie without what only our own pages know */
	METER_REFUSALS
};

enum meter_door { METER_DOOR_FRAMES, METER_DOOR_HTTP, METER_DOORS };

#define METER_CODES 600    /* of HTTP */
#define METER_REQUESTS 160 /* fields of a Request's body */
#define METER_STATUSES 24
#define METER_FINDINGS 256 /* checks of all definitions; what comes after them is "other" */

struct meter_finding { /* `code` is written once, before `count` leaves 0 */
	_Atomic uint64_t count;
	bool is_hard;
	char code[CODE_MAX_BYTES + 1];
};

struct meter {
	_Atomic uint64_t answers[METER_REQUESTS][METER_STATUSES];
	_Atomic uint64_t refused[METER_REFUSALS];
	_Atomic uint64_t opened[METER_DOORS], closed[METER_DOORS]; /* connections */
	_Atomic uint64_t handshakes;
	_Atomic uint64_t codes[METER_CODES];
	_Atomic uint64_t under_way;                       /* requests, now */
	struct histogram submit_us;                       /* from the frame to the answer */
	struct meter_finding finding[METER_FINDINGS + 1]; /* the last: of all others */
};

/* From now on this thread's. NULL: none. */
void meter_use(struct meter *meter);

void meter_answer(uint32_t request, uint32_t status);
void meter_refused(enum meter_refusal why);
void meter_opened(enum meter_door door);
void meter_closed(enum meter_door door);
void meter_handshake(void);
void meter_code(int code);
void meter_under_way(size_t n);
void meter_submitted(int64_t took_us);
void meter_finding(const char *code, bool is_hard);

const char *meter_refusal_name(enum meter_refusal why);

#endif
