/* SPDX-License-Identifier: Apache-2.0 */
#include "client/local_time.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define ZONE_MINUTES (7 * 60)
#define MINUTE_MS INT64_C(60000)
#define DAY_MS (24 * 60 * MINUTE_MS)

/* Exactly n digits, moving *at behind them. */
static bool
digits(const char **at, int n, int *out)
{
	int value = 0;
	for (int i = 0; i < n; i++) {
		char c = (*at)[i];
		if (c < '0' || c > '9')
			return false;
		value = value * 10 + (c - '0');
	}
	*at += n;
	*out = value;
	return true;
}

static bool
literal(const char **at, char c)
{
	if (**at != c)
		return false;
	++*at;
	return true;
}

static bool
take_date(const char **at, struct tm *t)
{
	int year, month, day;
	if (!digits(at, 4, &year) || !literal(at, '-') || !digits(at, 2, &month) ||
	    !literal(at, '-') || !digits(at, 2, &day))
		return false;
	*t = (struct tm){.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day};
	struct tm normal = *t;
	/* timegm turns February 30 into March. */
	return year >= 1900 && timegm(&normal) != -1 && normal.tm_mon == month - 1 &&
	       normal.tm_mday == day;
}

static bool
take_clock(const char **at, struct tm *t)
{
	if (!digits(at, 2, &t->tm_hour) || !literal(at, ':') || !digits(at, 2, &t->tm_min))
		return false;
	if (literal(at, ':') && !digits(at, 2, &t->tm_sec))
		return false;
	return t->tm_hour <= 23 && t->tm_min <= 59 && t->tm_sec <= 59;
}

static bool
take_zone(const char **at, int *minutes)
{
	int hours, rest;
	if (literal(at, 'Z')) {
		*minutes = 0;
		return true;
	}
	int sign = literal(at, '+') ? 1 : literal(at, '-') ? -1 : 0;
	if (sign == 0 || !digits(at, 2, &hours))
		return false;
	literal(at, ':');
	if (!digits(at, 2, &rest) || hours > 14 || rest > 59)
		return false;
	*minutes = sign * (hours * 60 + rest);
	return true;
}

bool
local_time_parse(const char *text, int64_t *ms)
{
	struct tm t;
	int zone;
	if (!take_date(&text, &t))
		return false;
	if (*text == '\0') {
		*ms = (int64_t)timegm(&t) * 1000 - ZONE_MINUTES * MINUTE_MS + DAY_MS - 1;
		return true;
	}
	if ((!literal(&text, 'T') && !literal(&text, ' ')) || !take_clock(&text, &t) ||
	    !take_zone(&text, &zone) || *text != '\0')
		return false;
	*ms = (int64_t)timegm(&t) * 1000 - zone * MINUTE_MS;
	return true;
}

bool
local_time_parse_from(const char *text, int64_t *ms)
{
	if (!local_time_parse(text, ms))
		return false;
	if (local_date_is_good(text))
		*ms -= DAY_MS - 1;
	return true;
}

bool
local_date_is_good(const char *text)
{
	struct tm t;
	return take_date(&text, &t) && *text == '\0';
}

static struct tm
broken_down(int64_t ms)
{
	time_t seconds = (time_t)(ms / 1000 - (ms % 1000 < 0)); /* rounded down */
	struct tm t = {0};
	gmtime_r(&seconds, &t);
	return t;
}

void
local_time_print(int64_t ms, bool day_first, char out[LOCAL_TIME_BYTES])
{
	int64_t shift = ZONE_MINUTES * MINUTE_MS;
	struct tm t = broken_down(ms > INT64_MAX - shift ? ms : ms + shift);
	strftime(out, LOCAL_TIME_BYTES, day_first ? "%d/%m/%Y %H:%M:%S" : "%Y-%m-%d %H:%M:%S", &t);
}

void
local_date_print(const char *date, bool day_first, char out[LOCAL_DATE_BYTES])
{
	if (day_first && strlen(date) == 10)
		snprintf(out, LOCAL_DATE_BYTES, "%.2s/%.2s/%.4s", date + 8, date + 5, date);
	else
		snprintf(out, LOCAL_DATE_BYTES, "%s", date);
}

void
utc_time_print(int64_t ms, char out[LOCAL_TIME_BYTES])
{
	struct tm t = broken_down(ms);
	strftime(out, LOCAL_TIME_BYTES, "%Y-%m-%dT%H:%M:%SZ", &t);
}
