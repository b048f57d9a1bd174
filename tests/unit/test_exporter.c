/* SPDX-License-Identifier: Apache-2.0 */
/* The schedule kept, what failed tried again, what is old let go: over a real log and real folders,
 * with a clock that is the test's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "collector/export/retention.h"
#include "survey/text.h"
#include "tests/support/exporter_rig.h"

#define UNITS 40
#define MINUTE_MS INT64_C(60000)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)
#define NOW_MS (INT64_C(1760000000000) + DAY_MS) /* a day after the rig's rounds open */

static struct exporter_rig x;

static int
tear_down(void **state)
{
	(void)state;
	exporter_rig_free(&x);
	return 0;
}

static struct exporter_counts
counts(void)
{
	struct exporter_counts found;
	exporter_counts(x.exporter, &found);
	return found;
}

static void
put_in_the_way(const char *name)
{
	char path[128];
	snprintf(path, sizeof(path), "%s/%s", x.root, name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fclose(f);
}

static void
take_away(const char *name)
{
	char path[128];
	snprintf(path, sizeof(path), "%s/%s", x.root, name);
	assert_int_equal(unlink(path), 0);
}

/* ------------------------------------------------------------------- the schedule */

static void
a_run_that_fails_is_tried_after_one_two_four_minutes_and_at_most_six_hours(void **state)
{
	(void)state;
	int64_t now_ms = NOW_MS;
	struct run_why why;
	exporter_rig_make(&x, UNITS, false, "daily 02:00");
	put_in_the_way("public");
	exporter_rig_tick(&x, now_ms);
	for (unsigned failed = 1; failed <= 11; failed++) {
		int64_t minutes = INT64_C(1) << (failed - 1);
		int64_t wait_ms = minutes < 360 ? minutes * MINUTE_MS : 6 * HOUR_MS;
		assert_int_equal(counts().failed, failed);
		assert_int_equal(counts().failing, 1);
		exporter_rig_tick(&x, now_ms + wait_ms - 1);
		assert_int_equal(counts().failed, failed);
		now_ms += wait_ms;
		exporter_rig_tick(&x, now_ms);
	}
	exporter_failure(x.exporter, &why);
	assert_non_null(strstr(why.en, "one: "));
	assert_non_null(strstr(why.en, "Not a directory"));
	assert_non_null(strstr(why.vi, "không phải thư mục"));
	take_away("public");
	exporter_rig_tick(&x, now_ms + 6 * HOUR_MS);
	assert_int_equal(counts().made, 1);
	assert_int_equal(counts().failing, 0);
	exporter_failure(x.exporter, &why);
	assert_string_equal(why.vi, "");
	assert_string_equal(why.en, "");
	assert_string_equal(exporter_rig_names(&x, "public/one"), "latest v0001 ");
}

/* A long path in Vietnamese, and as long a reason. */
static void
why_a_run_failed_is_whole_characters_however_long_it_is(void **state)
{
	(void)state;
	char path[256];
	exporter_rig_make(&x, UNITS, false, "daily 02:00");
	for (unsigned pad = 0; pad < 3; pad++) {
		struct run_why why;
		int n = snprintf(path, sizeof(path), "%s/%.*s", x.root, (int)pad, "xx");
		for (unsigned i = 0; i < 30; i++)
			n += snprintf(path + n, sizeof(path) - (size_t)n, "ố");
		assert_int_equal(mkdir(path, 0700), 0);
		for (const char *below = "/public\0/one\0/v0001\0"; *below != '\0';
		     below += strlen(below) + 1) {
			strcat(path, below);
			assert_int_equal(mkdir(path, 0700), 0);
		}
		*strstr(path, "/public") = '\0';
		x.server.config.export_dir = path;
		exporter_rig_restart(&x);
		exporter_rig_tick(&x, NOW_MS);
		exporter_failure(x.exporter, &why);
		assert_non_null(strstr(why.en, "one: "));
		assert_int_equal(text_check(why.vi, strlen(why.vi), SIZE_MAX, false), TEXT_OK);
		assert_int_equal(text_check(why.en, strlen(why.en), SIZE_MAX, false), TEXT_OK);
	}
}

static void
runs_that_were_missed_are_made_up_by_one(void **state)
{
	(void)state;
	size_t n;
	exporter_rig_make(&x, UNITS, false, "daily 02:00; weekly mon 03:00");
	exporter_rig_tick(&x, NOW_MS + 30 * DAY_MS);
	exporter_rig_tick(&x, NOW_MS + 30 * DAY_MS);
	exporter_rig_restart(&x);
	exporter_rig_tick(&x, NOW_MS + 30 * DAY_MS + 1000);
	struct export_record *record = exporter_rig_records(&x, &n);
	assert_int_equal(n, 1);
	assert_true(record[0].due_ms > NOW_MS + 29 * DAY_MS);
	free(record);
	exporter_rig_tick(&x, NOW_MS + 31 * DAY_MS);
	free(exporter_rig_records(&x, &n));
	assert_int_equal(n, 2);
}

static void
a_clock_that_was_far_ahead_keeps_no_run_from_its_time(void **state)
{
	(void)state;
	size_t n;
	exporter_rig_make(&x, UNITS, false, "daily 02:00");
	exporter_rig_tick(&x, NOW_MS + 400 * DAY_MS);
	for (unsigned i = 0; i < 2; i++)
		exporter_rig_tick(&x, NOW_MS);
	free(exporter_rig_records(&x, &n));
	assert_int_equal(n, 2);
	exporter_rig_tick(&x, NOW_MS + DAY_MS);
	exporter_rig_restart(&x);
	exporter_rig_tick(&x, NOW_MS + DAY_MS);
	free(exporter_rig_records(&x, &n));
	assert_int_equal(n, 3);
}

static void
a_round_that_fails_holds_up_no_other(void **state)
{
	(void)state;
	exporter_rig_make(&x, UNITS, true, "daily 02:00");
	char path[128];
	snprintf(path, sizeof(path), "%s/public", x.root);
	assert_int_equal(mkdir(path, 0700), 0);
	put_in_the_way("public/one");
	for (unsigned i = 0; i < 3; i++)
		exporter_rig_tick(&x, NOW_MS);
	assert_int_equal(counts().made, 1);
	assert_int_equal(counts().failed, 1);
	assert_int_equal(counts().failing, 1); /* the other's success hides nothing */
	assert_string_equal(exporter_rig_names(&x, "public/two"), "latest v0001 ");
}

static void
what_the_power_cut_kept_from_its_name_gets_it_at_the_next_start(void **state)
{
	(void)state;
	char name[128], begun[128];
	size_t n;
	exporter_rig_make(&x, UNITS, false, "daily 02:00");
	exporter_rig_tick(&x, NOW_MS);
	snprintf(name, sizeof(name), "%s/public/one/v0001", x.root);
	snprintf(begun, sizeof(begun), "%s/public/one/.new-v0001", x.root);
	assert_int_equal(rename(name, begun), 0);
	take_away("public/one/latest");
	exporter_rig_restart(&x);
	exporter_rig_tick(&x, NOW_MS);
	assert_string_equal(exporter_rig_names(&x, "public/one"), "latest v0001 ");
	assert_true(exporter_rig_is_whole(&x));
	free(exporter_rig_records(&x, &n));
	assert_int_equal(n, 1);
	assert_int_equal(counts().made, 0);
}

static void
a_run_that_is_in_the_log_but_not_the_latest_is_no_other_run_when_tried_again(void **state)
{
	(void)state;
	char latest[128], named[16] = "";
	size_t n;
	exporter_rig_make(&x, UNITS, false, "daily 02:00");
	exporter_rig_tick(&x, NOW_MS);
	take_away("public/one/latest");
	snprintf(latest, sizeof(latest), "%s/public/one/latest", x.root);
	assert_int_equal(mkdir(latest, 0700), 0);
	exporter_rig_tick(&x, NOW_MS + DAY_MS);
	exporter_rig_tick(&x, NOW_MS + DAY_MS + MINUTE_MS);
	assert_int_equal(counts().failed, 1);
	assert_int_equal(counts().failing, 1);
	assert_int_equal(rmdir(latest), 0);
	exporter_rig_tick(&x, NOW_MS + DAY_MS + 3 * MINUTE_MS);
	assert_int_equal(counts().failing, 0);
	assert_int_equal(readlink(latest, named, sizeof(named) - 1), 5);
	assert_string_equal(named, "v0002");
	free(exporter_rig_records(&x, &n));
	assert_int_equal(n, 2);
}

/* ------------------------------------------------------------------- old ones */

static void
run_well(bool is_public)
{
	struct run_result made;
	exporter_rig_run(&x, is_public, &made);
	if (made.status != RUN_OK)
		fail_msg("%s", made.why.en);
	run_result_clear(&made);
}

static void
beyond_those_kept_old_runs_go_and_can_be_made_again(void **state)
{
	(void)state;
	struct run_result first, again;
	struct round_view round;
	size_t n;
	exporter_rig_make(&x, UNITS, false, NULL);
	x.server.config.export_keep = 2;
	exporter_rig_run(&x, false, &first);
	assert_int_equal(first.status, RUN_OK);
	for (unsigned i = 0; i < 4; i++)
		run_well(false);
	assert_string_equal(exporter_rig_names(&x, "internal/one"), "latest v0004 v0005 ");
	free(exporter_rig_records(&x, &n));
	assert_int_equal(n, 5);
	assert_true(state_round(x.rig.state, "one", &round));
	assert_true(exporter_again(x.exporter, &round, false, 1, &again));
	assert_int_equal(again.status, RUN_OK);
	assert_memory_equal(again.made.manifest, first.made.manifest, SHA256_BYTES);
	assert_false(exporter_again(x.exporter, &round, false, 6, &again));
	run_result_clear(&first);
	run_result_clear(&again);
}

static void
a_run_whose_figures_the_newest_still_shows_stays(void **state)
{
	(void)state;
	exporter_rig_make(&x, UNITS, false, NULL);
	x.server.config.export_keep = 1;
	for (unsigned i = 0; i < 4; i++)
		run_well(true);
	assert_string_equal(exporter_rig_names(&x, "public/one"), "latest v0001 v0004 ");
	assert_true(exporter_rig_is_whole(&x));
}

static void
once_a_day_old_runs_go_without_a_new_one(void **state)
{
	(void)state;
	exporter_rig_make(&x, UNITS, false, NULL);
	for (unsigned i = 0; i < 3; i++)
		run_well(false);
	exporter_rig_tick(&x, NOW_MS);
	assert_string_equal(exporter_rig_names(&x, "internal/one"), "latest v0001 v0002 v0003 ");
	x.server.config.export_keep_days = 1; /* none is so old */
	exporter_rig_tick(&x, NOW_MS);
	assert_string_equal(exporter_rig_names(&x, "internal/one"), "latest v0001 v0002 v0003 ");
	x.server.config.export_keep_days = 0;
	x.server.config.export_keep = 2;
	exporter_rig_tick(&x, NOW_MS + DAY_MS - 1);
	assert_string_equal(exporter_rig_names(&x, "internal/one"), "latest v0001 v0002 v0003 ");
	exporter_rig_tick(&x, NOW_MS + DAY_MS);
	assert_string_equal(exporter_rig_names(&x, "internal/one"), "latest v0002 v0003 ");
	x.server.config.export_keep = 1;
	exporter_rig_restart(&x);
	exporter_rig_tick(&x, NOW_MS + DAY_MS);
	assert_string_equal(exporter_rig_names(&x, "internal/one"), "latest v0003 ");
	assert_string_equal(exporter_rig_names(&x, "public"), ""); /* and none is made */
}

/* Who asked for a run: at the first look the account may, and then another one changes; or at each.
 */
struct asker {
	unsigned looks;
	bool keeps, never_rests;
	struct run_why why;
};

static bool
is_allowed(void *context, struct store_condition *out)
{
	struct asker *asker = context;
	struct roster staff;
	assert_true(state_staff(x.rig.state, &staff));
	*out = (struct store_condition){SUBJECT_STAFF, staff.last, false};
	roster_clear(&staff);
	if (asker->looks++ == 0)
		state_rig_staff(
		    &x.rig, ENTRY_ACCOUNT_ADDED, ACCOUNT_FIRST, "lan", ROLE_VIEWER, 1, 0);
	else if (asker->never_rests)
		state_rig_staff(&x.rig, ENTRY_ROLE_SET, ACCOUNT_FIRST, "lan",
		    asker->looks % 2 == 0 ? ROLE_OPERATOR : ROLE_VIEWER, 0, 0);
	return asker->looks == 1 || asker->keeps;
}

static enum run_status
run_asked_by(struct asker *asker)
{
	struct run_result made;
	const struct exporter_wish wish = {.round = "one",
	    .settings = {.is_public = true, .stage = STAGE_INTERIM, .method = INTERVAL_WILSON},
	    .format = {format_find("json", 4)},
	    .formats = 1,
	    .actor = ACCOUNT_FIRST,
	    .is_allowed = is_allowed,
	    .context = asker};
	exporter_run(x.exporter, &wish, &made);
	enum run_status status = made.status;
	asker->why = made.why;
	run_result_clear(&made);
	return status;
}

static void
a_run_whose_account_has_gone_meanwhile_leaves_no_entry_and_no_folder(void **state)
{
	(void)state;
	struct asker asker = {0};
	size_t n;
	exporter_rig_make(&x, UNITS, false, NULL);
	assert_int_equal(run_asked_by(&asker), RUN_REFUSED);
	assert_int_equal(asker.looks, 2);
	free(exporter_rig_records(&x, &n));
	assert_int_equal(n, 0);
	assert_string_equal(exporter_rig_names(&x, "public/one"), "");
	assert_int_equal(counts().failed, 1);
}

static void
a_change_of_another_account_has_no_run_made_again(void **state)
{
	(void)state;
	struct asker asker = {.keeps = true};
	size_t n;
	exporter_rig_make(&x, UNITS, false, NULL);
	assert_int_equal(run_asked_by(&asker), RUN_OK);
	assert_int_equal(asker.looks, 2);
	free(exporter_rig_records(&x, &n));
	assert_int_equal(n, 1);
	assert_string_equal(exporter_rig_names(&x, "public/one"), "latest v0001 ");
}

static void
a_run_that_finds_no_rest_says_so(void **state)
{
	(void)state;
	struct asker asker = {.keeps = true, .never_rests = true};
	exporter_rig_make(&x, UNITS, false, NULL);
	assert_int_equal(run_asked_by(&asker), RUN_MOVED);
	assert_non_null(strstr(asker.why.en, "kept changing"));
	assert_non_null(strstr(asker.why.vi, "thay đổi liên tục"));
}

#define RECORDS 6

static void
what_stays_is_a_matter_of_count_age_and_stage(void **state)
{
	(void)state;
	uint32_t old[RECORDS];
	struct export_record record[RECORDS];
	memset(record, 0, sizeof(record));
	for (uint32_t i = 0; i < RECORDS; i++) {
		record[i].vintage = i + 1;
		record[i].made_ms = (int64_t)i * DAY_MS;
		record[i].stage = STAGE_INTERIM;
	}
	struct retention how = {.record = record, .n = RECORDS, .since_ms = 100 * DAY_MS};
	assert_int_equal(retention_find(&how, old), 0); /* keep 0: all */
	how.keep = 2;
	assert_int_equal(retention_find(&how, old), 4);
	assert_int_equal(old[0], 1);
	assert_int_equal(old[3], 4);
	how.since_ms = 2 * DAY_MS; /* that of the third is not older */
	assert_int_equal(retention_find(&how, old), 2);
	record[0].stage = STAGE_FINAL;
	assert_int_equal(retention_find(&how, old), 1);
	assert_int_equal(old[0], 2);
	record[1].is_public = 1; /* another's turn */
	assert_int_equal(retention_find(&how, old), 0);
	how.keep = RECORDS;
	how.since_ms = 100 * DAY_MS;
	assert_int_equal(retention_find(&how, old), 0);
}

static void
by_age_alone_all_that_are_older_go_but_the_newest(void **state)
{
	(void)state;
	uint32_t old[3];
	const struct export_record record[3] = {
	    {.vintage = 1, .made_ms = 1 * DAY_MS, .stage = STAGE_INTERIM},
	    {.vintage = 2, .made_ms = 2 * DAY_MS, .stage = STAGE_INTERIM},
	    {.vintage = 3, .made_ms = 3 * DAY_MS, .stage = STAGE_INTERIM}};
	struct retention how = {
	    .record = record, .n = 3, .keep = retention_least(0, 30), .since_ms = 3 * DAY_MS};
	assert_int_equal(retention_find(&how, old), 2);
	how.since_ms = 100 * DAY_MS;
	assert_int_equal(retention_find(&how, old), 2);
	assert_int_equal(old[1], 2);
	assert_int_equal(retention_least(0, 0), 0);
	assert_int_equal(retention_least(4, 30), 4);
}

#define TEST(name) cmocka_unit_test_teardown(name, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_run_that_fails_is_tried_after_one_two_four_minutes_and_at_most_six_hours),
	    TEST(why_a_run_failed_is_whole_characters_however_long_it_is),
	    TEST(runs_that_were_missed_are_made_up_by_one),
	    TEST(a_clock_that_was_far_ahead_keeps_no_run_from_its_time),
	    TEST(a_round_that_fails_holds_up_no_other),
	    TEST(what_the_power_cut_kept_from_its_name_gets_it_at_the_next_start),
	    TEST(a_run_that_is_in_the_log_but_not_the_latest_is_no_other_run_when_tried_again),
	    TEST(beyond_those_kept_old_runs_go_and_can_be_made_again),
	    TEST(a_run_whose_figures_the_newest_still_shows_stays),
	    TEST(once_a_day_old_runs_go_without_a_new_one),
	    TEST(a_run_whose_account_has_gone_meanwhile_leaves_no_entry_and_no_folder),
	    TEST(a_change_of_another_account_has_no_run_made_again),
	    TEST(a_run_that_finds_no_rest_says_so),
	    cmocka_unit_test(what_stays_is_a_matter_of_count_age_and_stage),
	    cmocka_unit_test(by_age_alone_all_that_are_older_go_but_the_newest),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
