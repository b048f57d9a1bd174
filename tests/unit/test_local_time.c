/* SPDX-License-Identifier: Apache-2.0 */
#include "client/local_time.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* 2026-01-31T10:00:00Z */
#define TEN_UTC_MS INT64_C(1769853600000)

static void
a_moment_is_the_same_in_every_zone(void **state)
{
	(void)state;
	static const char *const same[] = {"2026-01-31T10:00Z", "2026-01-31T10:00:00Z",
	    "2026-01-31T17:00:00+07:00", "2026-01-31 17:00+0700", "2026-01-31T05:30-04:30"};
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		int64_t ms = 0;
		assert_true(local_time_parse(same[i], &ms));
		assert_int_equal(ms, TEN_UTC_MS);
	}
}

static void
a_day_ends_with_its_last_millisecond_in_the_province(void **state)
{
	(void)state;
	int64_t ms = 0, next = 0;
	assert_true(local_time_parse("2026-01-31", &ms));
	assert_true(local_time_parse("2026-02-01T00:00+07:00", &next));
	assert_int_equal(ms, next - 1);
	assert_int_equal(ms, TEN_UTC_MS + INT64_C(7) * 3600 * 1000 - 1);
}

static void
what_is_no_time_is_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {"", "2026", "2026-02-30", "2026-13-01", "2026-1-1",
	    "2026-01-31T17:00", "2026-01-31T24:00Z", "2026-01-31T17:60Z", "2026-01-31T17:00:60Z",
	    "2026-01-31T17:00+07:00x", "2026-01-31x", "2026-01-31T17:00+15:00", "31/01/2026",
	    "2026-00-10", "2026-01-00"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int64_t ms = 77;
		assert_false(local_time_parse(bad[i], &ms));
		assert_int_equal(ms, 77);
	}
	assert_true(local_date_is_good("2024-02-29"));
	assert_false(local_date_is_good("2025-02-29"));
	assert_false(local_date_is_good("2025-02-28 "));
}

static void
times_are_printed_as_the_province_reads_them(void **state)
{
	(void)state;
	char text[LOCAL_TIME_BYTES];
	local_time_print(TEN_UTC_MS, false, text);
	assert_string_equal(text, "2026-01-31 17:00:00");
	utc_time_print(TEN_UTC_MS + 999, text);
	assert_string_equal(text, "2026-01-31T10:00:00Z");
	local_time_print(0, false, text);
	assert_string_equal(text, "1970-01-01 07:00:00");
}

static void
no_number_breaks_the_print(void **state)
{
	(void)state;
	static const int64_t ms[] = {INT64_MIN, INT64_MIN + 1, -1, INT64_MAX - 1, INT64_MAX};
	for (size_t i = 0; i < sizeof(ms) / sizeof(ms[0]); i++) {
		char text[LOCAL_TIME_BYTES];
		local_time_print(ms[i], false, text);
		assert_true(text[0] != '\0');
		utc_time_print(ms[i], text);
		assert_true(text[0] != '\0');
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_moment_is_the_same_in_every_zone),
	    cmocka_unit_test(a_day_ends_with_its_last_millisecond_in_the_province),
	    cmocka_unit_test(what_is_no_time_is_refused),
	    cmocka_unit_test(times_are_printed_as_the_province_reads_them),
	    cmocka_unit_test(no_number_breaks_the_print),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
