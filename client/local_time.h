/* SPDX-License-Identifier: Apache-2.0 */
/* Times as people of the province write and read them: UTC+7 the whole year, whatever the machine's
 * own zone. Pure; any thread. */
#ifndef KHAOSAT_CLIENT_LOCAL_TIME_H
#define KHAOSAT_CLIENT_LOCAL_TIME_H

#include <stdbool.h>
#include <stdint.h>

#define LOCAL_TIME_BYTES 32

/* "2026-01-31": the end of that day, its last millisecond. "2026-01-31T17:00Z",
 * "2026-01-31T17:00:00+07:00": that moment; a time of day without its zone is refused. In
 * milliseconds since 1970-01-01 UTC. */
bool local_time_parse(const char *text, int64_t *ms);
/* The same, but a day means its first millisecond: what begins then, not what ends. */
bool local_time_parse_from(const char *text, int64_t *ms);

/* A day that exists, YYYY-MM-DD. */
bool local_date_is_good(const char *text);

/* "2026-01-31 17:00:00"; day first, as Vietnamese is written: "31/01/2026 17:00:00" */
void local_time_print(int64_t ms, bool day_first, char out[LOCAL_TIME_BYTES]);

/* A day "2025-12-31" as it is, or day first: "31/12/2025". */
#define LOCAL_DATE_BYTES 16
void local_date_print(const char *date, bool day_first, char out[LOCAL_DATE_BYTES]);

/* "2026-01-31T10:00:00Z" */
void utc_time_print(int64_t ms, char out[LOCAL_TIME_BYTES]);

#endif
