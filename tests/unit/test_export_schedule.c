/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/export/schedule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define HOUR_MS INT64_C(3600000)
#define DAY_MS (24 * HOUR_MS)

/* "2026-11-26 02:00" in Ho Chi Minh City; the second reckoning is the library's. */
static int64_t
at(const char *text)
{
	struct tm tm = {0};
	assert_non_null(strptime(text, "%Y-%m-%d %H:%M", &tm));
	return (int64_t)timegm(&tm) * 1000 - 7 * HOUR_MS;
}

static struct schedule
parse(const char *text)
{
	struct schedule s;
	char why[SCHEDULE_WHY_BYTES] = "";
	if (!schedule_parse(text, &s, why))
		fail_msg("%s: %s", text, why);
	return s;
}

static void
expect(const char *text, const char *opened, const char *closed, const char *now, const char *due)
{
	struct schedule s = parse(text);
	int64_t due_ms = 0;
	enum export_stage stage;
	bool is_due =
	    schedule_due(&s, at(opened), closed == NULL ? 0 : at(closed), at(now), &due_ms, &stage);
	assert_int_equal(is_due, due != NULL);
	if (due != NULL)
		assert_int_equal(due_ms, at(due));
}

#define OPENED "2026-01-10 09:00"

static void
a_daily_rule_is_due_at_its_time_there(void **state)
{
	(void)state;
	expect("daily 02:00", OPENED, NULL, "2026-01-10 23:59", NULL);
	expect("daily 02:00", OPENED, NULL, "2026-01-11 01:59", NULL);
	expect("daily 02:00", OPENED, NULL, "2026-01-11 02:00", "2026-01-11 02:00");
	expect("daily 02:00", OPENED, NULL, "2026-01-12 01:59", "2026-01-11 02:00");
	expect("daily 09:30", OPENED, NULL, "2026-01-10 09:31", "2026-01-10 09:30");
}

static void
days_that_were_missed_are_one(void **state)
{
	(void)state;
	expect("daily 02:00", OPENED, NULL, "2026-03-01 12:00", "2026-03-01 02:00");
}

static void
weekly_and_monthly_rules_find_their_day(void **state)
{
	(void)state;
	for (int64_t day = 0; day < 1000; day++) {
		struct schedule weekly = parse("weekly sun 23:30"),
				monthly = parse("monthly 31 00:00");
		int64_t now = at("2027-05-01 12:00") + day * DAY_MS, due;
		enum export_stage stage;
		struct tm tm;
		assert_true(schedule_due(&weekly, 1, 0, now, &due, &stage));
		time_t there = (time_t)((due + 7 * HOUR_MS) / 1000);
		gmtime_r(&there, &tm);
		assert_true(tm.tm_wday == 0 && tm.tm_hour == 23 && tm.tm_min == 30);
		assert_true(due <= now && now - due < 7 * DAY_MS);
		assert_true(schedule_due(&monthly, 1, 0, now, &due, &stage));
		there = (time_t)((due + 7 * HOUR_MS + DAY_MS) / 1000);
		gmtime_r(&there, &tm);
		assert_int_equal(tm.tm_mday, 1); /* a day later it is the first */
		assert_true(due <= now && now - due < 31 * DAY_MS);
	}
	expect("monthly 29 04:30", OPENED, NULL, "2028-03-01 00:00", "2028-02-29 04:30");
	expect("monthly 30 04:30", OPENED, NULL, "2027-03-01 00:00", "2027-02-28 04:30");
}

static void
after_the_close_come_preliminary_and_final_figures(void **state)
{
	(void)state;
	const char *all = "daily 02:00; close;preliminary ; final";
	expect(all, OPENED, "2026-02-01 17:00", "2026-02-01 17:00", "2026-02-01 17:00");
	expect(all, OPENED, "2026-02-01 17:00", "2026-03-03 16:59", "2026-02-01 17:00");
	expect(all, OPENED, "2026-02-01 17:00", "2026-03-03 17:00", "2026-03-03 17:00");
	expect(all, OPENED, "2026-02-01 17:00", "2029-01-01 00:00", "2026-05-02 17:00");
	expect(
	    "preliminary 45", OPENED, "2026-02-01 17:00", "2026-03-18 17:00", "2026-03-18 17:00");
	struct schedule s = parse(all);
	enum export_stage stage;
	int64_t due;
	assert_true(
	    schedule_due(&s, 1, at("2026-02-01 17:00"), at("2026-03-04 00:00"), &due, &stage));
	assert_int_equal(stage, STAGE_PRELIMINARY);
	assert_true(
	    schedule_due(&s, 1, at("2026-02-01 17:00"), at("2026-06-04 00:00"), &due, &stage));
	assert_int_equal(stage, STAGE_FINAL);
}

static void
nothing_is_due_for_a_round_that_has_not_opened(void **state)
{
	(void)state;
	struct schedule s = parse("daily 02:00; close");
	int64_t due;
	enum export_stage stage;
	assert_false(schedule_due(&s, 0, 0, at("2026-02-01 17:00"), &due, &stage));
}

static void
what_is_no_schedule_is_refused_by_its_words(void **state)
{
	(void)state;
	static const char *const wrong[] = {"", ";", "daily", "daily 2:00", "daily 24:00",
	    "daily 02:60", "daily 02:00 03:00", "weekly 02:00", "weekly monday 02:00",
	    "monthly 0 02:00", "monthly 32 02:00", "close 1", "final 0", "final x", "hourly",
	    "daily 02:00;", "daily 02:00, close", "final 99999999999999999999",
	    "weekly mon 03:00 x y z"};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct schedule s;
		char why[SCHEDULE_WHY_BYTES] = "";
		if (schedule_parse(wrong[i], &s, why))
			fail_msg("%s is a schedule", wrong[i]);
		assert_true(strlen(why) > 10);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_daily_rule_is_due_at_its_time_there),
	    cmocka_unit_test(days_that_were_missed_are_one),
	    cmocka_unit_test(weekly_and_monthly_rules_find_their_day),
	    cmocka_unit_test(after_the_close_come_preliminary_and_final_figures),
	    cmocka_unit_test(nothing_is_due_for_a_round_that_has_not_opened),
	    cmocka_unit_test(what_is_no_schedule_is_refused_by_its_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
