/* SPDX-License-Identifier: Apache-2.0 */
/* When exports are due, by calendar rules in the zone Asia/Ho_Chi_Minh, which has been seven hours
 * ahead of UTC without summer time since 1975: the rule stands here, so that no machine's time zone
 * data matter. Pure; time comes from whoever asks.
 *
 *   daily 02:00; weekly mon 03:00; monthly 1 04:30    while a round is open
 *   close; preliminary; final                         after it: at once, 30 and 90 days later
 *   preliminary 45                                    or so many days later
 */
#ifndef KHAOSAT_COLLECTOR_EXPORT_SCHEDULE_H
#define KHAOSAT_COLLECTOR_EXPORT_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/export/tables.h"

#define SCHEDULE_RULES_MAX 16
#define SCHEDULE_WHY_BYTES 128

enum schedule_kind {
	SCHEDULE_DAILY,
	SCHEDULE_WEEKLY,
	SCHEDULE_MONTHLY,
	SCHEDULE_CLOSE,
	SCHEDULE_PRELIMINARY,
	SCHEDULE_FINAL
};

struct schedule_rule {
	enum schedule_kind kind;
	unsigned day;    /* weekly: 0 is Monday; monthly: 1 to 31, in shorter months the last one */
	unsigned minute; /* of the day */
	unsigned days;   /* after the close */
};

struct schedule {
	struct schedule_rule rule[SCHEDULE_RULES_MAX];
	size_t rules;
};

/* False: `why` names what is wrong. */
bool schedule_parse(const char *text, struct schedule *out, char why[SCHEDULE_WHY_BYTES]);

/* The latest time up to now at which something was due for a round that opened and closed then (0:
 * not yet). However many were missed, it is one. False: none so far. */
bool schedule_due(const struct schedule *s, int64_t opened_ms, int64_t closed_ms, int64_t now_ms,
    int64_t *due_ms, enum export_stage *stage);

#endif
