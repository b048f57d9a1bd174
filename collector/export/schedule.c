/* SPDX-License-Identifier: Apache-2.0 */
/* Dates after Howard Hinnant's chrono-compatible algorithms: days since 1970 from a civil date and
 * back. */
#include "collector/export/schedule.h"

#include <stdio.h>
#include <string.h>

#define MINUTE_MS INT64_C(60000)
#define DAY_MS INT64_C(86400000)
#define ZONE_MS (7 * 60 * MINUTE_MS)
#define PRELIMINARY_DAYS 30
#define FINAL_DAYS 90
#define WORD_BYTES 16

/* ------------------------------------------------------------------- parsing */

static const char *const kinds[] = {"daily", "weekly", "monthly", "close", "preliminary", "final"};
static const char *const weekdays[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

static bool
find_word(const char *word, const char *const *list, size_t n, unsigned *out)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(word, list[i]) == 0) {
			*out = (unsigned)i;
			return true;
		}
	return false;
}

static bool
parse_number(const char *word, unsigned least, unsigned most, unsigned *out)
{
	unsigned n = 0;
	size_t digits = strlen(word);
	if (digits == 0 || digits > 4 || strspn(word, "0123456789") != digits)
		return false;
	for (const char *at = word; *at != '\0'; at++)
		n = n * 10 + (unsigned)(*at - '0');
	*out = n;
	return n >= least && n <= most;
}

/* "02:30" */
static bool
parse_time(const char *word, unsigned *minute)
{
	char hour[3] = {0};
	unsigned h, m;
	if (strlen(word) != 5 || word[2] != ':')
		return false;
	memcpy(hour, word, 2);
	if (!parse_number(hour, 0, 23, &h) || !parse_number(word + 3, 0, 59, &m))
		return false;
	*minute = h * 60 + m;
	return true;
}

/* Words of one rule. Returns how many, 4 when there are more than any rule has. */
static size_t
split(const char *rule, size_t n, char word[4][WORD_BYTES])
{
	size_t words = 0;
	for (size_t i = 0; i < n;) {
		size_t length = 0;
		while (i < n && (rule[i] == ' ' || rule[i] == '\t'))
			i++;
		while (i + length < n && rule[i + length] != ' ' && rule[i + length] != '\t')
			length++;
		if (length == 0)
			break;
		if (words == 3)
			return 4;
		snprintf(word[words++], WORD_BYTES, "%.*s", (int)length, rule + i);
		i += length;
	}
	return words;
}

static bool
parse_after_close(size_t words, char word[4][WORD_BYTES], struct schedule_rule *out)
{
	out->days = out->kind == SCHEDULE_PRELIMINARY ? PRELIMINARY_DAYS
		    : out->kind == SCHEDULE_FINAL     ? FINAL_DAYS
						      : 0;
	if (words == 1)
		return true;
	return out->kind != SCHEDULE_CLOSE && words == 2 &&
	       parse_number(word[1], 1, 3650, &out->days);
}

static bool
parse_rule(size_t words, char word[4][WORD_BYTES], struct schedule_rule *out)
{
	unsigned kind;
	*out = (struct schedule_rule){0};
	if (words == 0 || !find_word(word[0], kinds, sizeof(kinds) / sizeof(kinds[0]), &kind))
		return false;
	out->kind = (enum schedule_kind)kind;
	switch (out->kind) {
	case SCHEDULE_DAILY:
		return words == 2 && parse_time(word[1], &out->minute);
	case SCHEDULE_WEEKLY:
		return words == 3 && find_word(word[1], weekdays, 7, &out->day) &&
		       parse_time(word[2], &out->minute);
	case SCHEDULE_MONTHLY:
		return words == 3 && parse_number(word[1], 1, 31, &out->day) &&
		       parse_time(word[2], &out->minute);
	case SCHEDULE_CLOSE:
	case SCHEDULE_PRELIMINARY:
	case SCHEDULE_FINAL:
		return parse_after_close(words, word, out);
	}
	return false;
}

bool
schedule_parse(const char *text, struct schedule *out, char why[SCHEDULE_WHY_BYTES])
{
	struct schedule s = {.rules = 0};
	for (const char *at = text; at != NULL;) {
		char word[4][WORD_BYTES];
		size_t n = strcspn(at, ";");
		size_t words = split(at, n, word);
		if (s.rules == SCHEDULE_RULES_MAX) {
			snprintf(why, SCHEDULE_WHY_BYTES, "more than %d rules", SCHEDULE_RULES_MAX);
			return false;
		}
		if (!parse_rule(words, word, &s.rule[s.rules++])) {
			snprintf(why, SCHEDULE_WHY_BYTES,
			    "\"%.*s\" is none of daily HH:MM, weekly mon HH:MM, monthly DAY HH:MM, "
			    "close, "
			    "preliminary, final",
			    n > 30 ? 30 : (int)n, at);
			return false;
		}
		at = at[n] == ';' ? at + n + 1 : NULL;
	}
	*out = s;
	return true;
}

/* ------------------------------------------------------------------- the calendar */

struct civil {
	int64_t year;
	unsigned month, day;
};

static int64_t
days_of(struct civil c)
{
	int64_t year = c.month <= 2 ? c.year - 1 : c.year;
	int64_t era = (year >= 0 ? year : year - 399) / 400;
	int64_t of_era = year - era * 400;
	int64_t of_year =
	    (153 * (int64_t)(c.month > 2 ? c.month - 3 : c.month + 9) + 2) / 5 + c.day - 1;
	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static struct civil
civil_of(int64_t days)
{
	days += 719468;
	int64_t era = (days >= 0 ? days : days - 146096) / 146097;
	int64_t of_era = days - era * 146097;
	int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * of_year + 2) / 153;
	struct civil c = {.year = year + era * 400,
	    .month = (unsigned)(month < 10 ? month + 3 : month - 9),
	    .day = (unsigned)(of_year - (153 * month + 2) / 5 + 1)};
	c.year += c.month <= 2;
	return c;
}

static int64_t
floor_divide(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* The day of that rule in the month of `c`; `months` before. */
static int64_t
day_of_month(struct civil c, unsigned months, unsigned day)
{
	int64_t month = c.year * 12 + c.month - 1 - months;
	struct civil first = {
	    floor_divide(month, 12), (unsigned)(month - floor_divide(month, 12) * 12) + 1, 1};
	struct civil next = {first.month == 12 ? first.year + 1 : first.year,
	    first.month == 12 ? 1 : first.month + 1, 1};
	int64_t length = days_of(next) - days_of(first);
	return days_of(first) + (day > length ? length : day) - 1;
}

/* The latest time of a rule that is no later than `until`, in UTC. */
static int64_t
latest(const struct schedule_rule *rule, int64_t until_ms)
{
	int64_t local = until_ms + ZONE_MS, minute = rule->minute * MINUTE_MS;
	int64_t today = floor_divide(local - minute, DAY_MS); /* the last day whose time has come */
	int64_t day = today;
	if (rule->kind == SCHEDULE_WEEKLY) /* day 0 was a Thursday */
		day = today - (today + 3 - rule->day - floor_divide(today + 3 - rule->day, 7) * 7);
	if (rule->kind == SCHEDULE_MONTHLY) {
		day = day_of_month(civil_of(today), 0, rule->day);
		if (day > today)
			day = day_of_month(civil_of(today), 1, rule->day);
	}
	return day * DAY_MS + minute - ZONE_MS;
}

static enum export_stage
stage_of(enum schedule_kind kind)
{
	return kind == SCHEDULE_FINAL         ? STAGE_FINAL
	       : kind == SCHEDULE_PRELIMINARY ? STAGE_PRELIMINARY
					      : STAGE_INTERIM;
}

/* 0: it has not been due. */
static int64_t
due_by(const struct schedule_rule *rule, int64_t opened_ms, int64_t closed_ms, int64_t now_ms)
{
	if (rule->kind >= SCHEDULE_CLOSE) {
		int64_t at = closed_ms + rule->days * DAY_MS;
		return closed_ms != 0 && at <= now_ms ? at : 0;
	}
	bool is_open = closed_ms == 0 || closed_ms > now_ms;
	int64_t at = latest(rule, is_open ? now_ms : closed_ms);
	return at > opened_ms ? at : 0;
}

bool
schedule_due(const struct schedule *s, int64_t opened_ms, int64_t closed_ms, int64_t now_ms,
    int64_t *due_ms, enum export_stage *stage)
{
	int64_t found = 0;
	for (size_t i = 0; i < s->rules && opened_ms != 0; i++) {
		int64_t at = due_by(&s->rule[i], opened_ms, closed_ms, now_ms);
		bool is_later =
		    at > found || (at == found && at != 0 && stage_of(s->rule[i].kind) > *stage);
		if (!is_later)
			continue;
		found = at;
		*stage = stage_of(s->rule[i].kind);
	}
	if (found != 0)
		*due_ms = found;
	return found != 0;
}
