/* SPDX-License-Identifier: Apache-2.0 */
/* Single figures of an export to their last digit: ends of intervals, differences, days. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "collector/export/fill.h"
#include "collector/export/quality.h"
#include "collector/export/revisions.h"
#include "collector/export/value_status.h"
#include "survey/breaks.h"
#include "tests/support/export_rig.h"

#define HOUR_MS INT64_C(3600000)

static struct observation
with_interval(struct interval_end low, struct interval_end high)
{
	struct observation o = *export_rig_row(&internal, "G2_STRICT", DIMENSION_SIZE, "MICRO");
	o.estimate.interval.low = low;
	o.estimate.interval.high = high;
	return o;
}

static void
assert_printed(const struct tables *t, const struct observation *o, enum measure m,
    const char *file, const char *report)
{
	struct value v;
	char text[VALUE_TEXT_BYTES];
	observation_value(t, o, m, &v);
	value_print(t, &v, false, text);
	assert_string_equal(text, file);
	value_print_short(&v, false, text);
	assert_string_equal(text, report);
}

/* A double next to a tenth of a percent is not rounded away from it once more. */
static void
a_public_end_is_the_same_in_every_file(void **state)
{
	(void)state;
	for (unsigned tenths = 0; tenths < 1000; tenths++) {
		char low[VALUE_TEXT_BYTES], high[VALUE_TEXT_BYTES];
		struct observation o =
		    with_interval((struct interval_end){.value = (tenths + 0.5) / 1000},
			(struct interval_end){.value = (tenths + 0.5) / 1000});
		fill_withhold(&internal.tables, &o);
		snprintf(low, sizeof(low), "%u.%u", tenths / 10, tenths % 10);
		snprintf(high, sizeof(high), "%u.%u", (tenths + 1) / 10, (tenths + 1) % 10);
		assert_printed(&public.tables, &o, MEASURE_CI_LOW, low, low);
		assert_printed(&public.tables, &o, MEASURE_CI_HIGH, high, high);
	}
}

/* An end that was clipped to a bound prints as the bound does, not a last digit further out. */
static void
an_end_that_is_exact_is_printed_exactly(void **state)
{
	(void)state;
	for (uint64_t tenths = 0; tenths <= 1000; tenths++) {
		char text[VALUE_TEXT_BYTES], fine[2 * VALUE_TEXT_BYTES];
		const struct interval_end end = {(double)tenths / 1000, {tenths * 7, 7000}};
		struct observation o = with_interval(end, end);
		snprintf(text, sizeof(text), "%u.%u", (unsigned)tenths / 10, (unsigned)tenths % 10);
		snprintf(fine, sizeof(fine), "%s000000", text);
		assert_printed(&internal.tables, &o, MEASURE_CI_LOW, fine, text);
		assert_printed(&internal.tables, &o, MEASURE_CI_HIGH, fine, text);
		fill_withhold(&internal.tables, &o);
		assert_printed(&public.tables, &o, MEASURE_CI_LOW, text, text);
		assert_printed(&public.tables, &o, MEASURE_CI_HIGH, text, text);
	}
}

/* A goal is probably met when its interval begins over 80 %: not where people read 80.0 %. */
static void
what_is_just_over_the_threshold_is_printed_so_for_people(void **state)
{
	(void)state;
	const struct interval_end low = {.value = 0.80004}, high = {.value = 0.84449};
	struct observation *o = export_rig_row(&internal, "G2_STRICT", DIMENSION_WHOLE, "_T");
	const struct observation was = *o;
	size_t n;
	o->estimate.interval.low = low;
	o->estimate.interval.high = high;
	o->estimate.share = 0.80004;
	assert_printed(&internal.tables, o, MEASURE_CI_LOW, "80.0040000", "80.004");
	assert_printed(&internal.tables, o, MEASURE_CI_HIGH, "84.4490000", "84.5");
	assert_printed(&internal.tables, o, MEASURE_ESTIMATE, "80.0040000", "80.004");
	char *text = export_rig_write(&internal.export, write_report_en, &n);
	assert_non_null(strstr(text, "(95\u00a0% interval: 80.004 – 84.5\u00a0%)"));
	free(text);
	text = export_rig_write(&internal.export, write_csv_vi, &n);
	assert_non_null(strstr(text, ";80,004;80,004;84,5;"));
	free(text);
	*o = was;
}

/* That concerns shares of units that met it; of who answered, a half is what verdicts ask for. */
static void
a_rate_of_response_is_not_held_to_the_goal_s_threshold(void **state)
{
	(void)state;
	struct observation o = *export_rig_row(&internal, "G2_STRICT", DIMENSION_WHOLE, "_T");
	o.counts = (struct rate_counts){.n = 100000, .met = 80046};
	assert_printed(&internal.tables, &o, MEASURE_RESPONSE_RATE, "80.0", "80.0");
	assert_printed(&internal.tables, &o, MEASURE_REGISTER_SHARE, "80.05", "80.05");
	o.counts = (struct rate_counts){.n = 10000, .met = 4996};
	assert_printed(&internal.tables, &o, MEASURE_RESPONSE_RATE, "49.96", "49.96");
	o.employees = (struct employee_counts){UINT64_C(1) << 40, UINT64_C(1) << 39};
	assert_printed(&internal.tables, &o, MEASURE_RESPONSE_RATE_EMPLOYEES, "50.0", "50.0");
}

static void
no_error_is_told_where_answers_show_none(void **state)
{
	(void)state;
	struct observation o = *export_rig_row(&internal, "G2_STRICT", DIMENSION_SIZE, "MICRO");
	struct value v;
	o.estimate.has_error = false;
	o.estimate.variance = 0;
	observation_value(&internal.tables, &o, MEASURE_STANDARD_ERROR, &v);
	assert_int_equal(v.kind, VALUE_NONE);
	assert_string_equal(value_status(&internal.tables, &o, &v), "not_made");
}

/* ------------------------------------------------------------------- revisions */

/* The same rows, `within` of the true ones. */
static struct tables
vintage_of(const struct tables *from, uint32_t vintage, unsigned within)
{
	struct tables t = *from;
	t.facts.vintage = vintage;
	t.row = malloc(t.rows * sizeof(*t.row));
	assert_non_null(t.row);
	memcpy(t.row, from->row, t.rows * sizeof(*t.row));
	for (size_t i = 0; i < t.rows; i++)
		t.row[i].within = within;
	return t;
}

static char *
revisions_between(const struct tables *was, const struct tables *is)
{
	size_t n;
	struct sink *s = sink_memory();
	assert_non_null(s);
	revisions_write(was, is, s);
	char *text = strdup(sink_bytes(s, &n));
	sink_discard(s);
	return text;
}

static void
figures_that_are_kept_are_no_revision(void **state)
{
	(void)state;
	for (unsigned within = 0; within <= 3; within += 3) {
		struct tables was = vintage_of(&public.tables, public.tables.facts.vintage, within);
		struct tables is =
		    vintage_of(&public.tables, public.tables.facts.vintage + 1, within);
		char *text = revisions_between(&was, &is);
		assert_string_equal(strchr(text, '\n'), "\n");
		free(text);
		free(was.row);
		free(is.row);
	}
}

/* 29 of 36 is 80.555...: what prints in as many decimals as it takes differs in as many. "Cannot be
 * any more" is no number that one could take from another. */
static void
a_difference_is_of_numbers_and_as_fine_as_they_are(void **state)
{
	(void)state;
	struct tables was = vintage_of(&internal.tables, 1, 0),
		      is = vintage_of(&internal.tables, 1, 0);
	for (size_t i = 0; i < is.rows; i++)
		if (&internal.tables.row[i] ==
		    export_rig_row(&internal, "G2_STRICT", DIMENSION_WHOLE, "_T")) {
			was.row[i].counts = (struct rate_counts){.n = 10000, .met = 8001};
			is.row[i].counts =
			    (struct rate_counts){.n = 10000, .met = 7999, .not_met = 2001};
		}
	char *text = revisions_between(&was, &is);
	assert_non_null(strstr(text, ",register_share,percent,80.01,79.99,-0.02,"));
	assert_non_null(strstr(text, ",needed,count,0,,,published,impossible"));
	free(text);
	free(was.row);
	free(is.row);
}

/* Neither in the files for machines nor in those for people: who sums up a column must not take it
 * for a number. */
static void
where_all_answers_would_not_do_no_number_stands_and_every_file_says_why(void **state)
{
	(void)state;
	static const struct {
		void (*write)(const struct export *e, struct sink *out);
		const char *says;
	} files[] = {
	    {write_csv, ",needed,count,,impossible,"},
	    {write_json, "\"needed\": null, \"needed_status\": \"impossible\""},
	    {write_csv_vi, ";không thể;"},
	    {write_csv_codes, "status,impossible,,"},
	    {write_csvw, "impossible: all answers still open would not be enough"},
	};
	struct tables t = vintage_of(&internal.tables, 1, 0);
	struct export e = internal.export;
	e.tables = &t;
	for (size_t i = 0; i < t.rows; i++)
		t.row[i].counts = (struct rate_counts){.n = 10, .not_met = 9};
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		size_t n;
		char *text = export_rig_write(&e, files[i].write, &n);
		assert_non_null(strstr(text, files[i].says));
		assert_null(strstr(text, ",-1,"));
		assert_null(strstr(text, ": -1,"));
		free(text);
	}
	free(t.row);
}

/* ------------------------------------------------------------------- breaks */

static void
a_series_is_broken_by_what_is_counted_and_not_by_what_is_aimed_at(void **state)
{
	(void)state;
	struct tables t = internal.tables;
	struct export e = internal.export;
	size_t n, goal = export_rig_row(&internal, "G2_STRICT", DIMENSION_WHOLE, "_T")->goal;
	e.tables = &t;
	t.broken[goal] = (struct series_break){"2024", 1u << BREAK_THRESHOLD};
	char *text = export_rig_write(&e, write_sdmx_csv_2, &n);
	assert_int_equal(export_rig_count(text, ",B,F,"), 0);
	free(text);
	t.broken[goal].kinds |= 1u << BREAK_CLASSIFICATION;
	text = export_rig_write(&e, write_sdmx_csv_2, &n);
	size_t in_cells = export_rig_count(text, ",B,F,");
	assert_true(in_cells > 10);
	free(text);
	t.broken[goal].kinds |= 1u << BREAK_PREDICATE;
	text = export_rig_write(&e, write_sdmx_csv_2, &n);
	assert_int_equal(
	    export_rig_count(text, ",B,F,"), in_cells + 3); /* the three shares of the whole */
	assert_int_equal(
	    export_rig_count(text, "break in series from round 2024: predicate, threshold"),
	    export_rig_count(text, "from round 2024"));
	free(text);
}

/* ------------------------------------------------------------------- days */

static void
assert_days(int64_t time_ms, int64_t closed_ms, const char *from_reference, const char *from_close)
{
	size_t n;
	char fact[160];
	struct tables t = internal.tables;
	struct export e = internal.export;
	t.facts.time_ms = time_ms;
	t.facts.closed_ms = closed_ms;
	e.tables = &t;
	char *text = export_rig_write(&e, write_quality, &n);
	snprintf(fact, sizeof(fact), "(TP1): %s\n", from_reference);
	assert_non_null(strstr(text, fact));
	snprintf(fact, sizeof(fact), "Days since collection closed: %s\n", from_close);
	assert_non_null(strstr(text, fact));
	free(text);
}

/* The reference date, 31 December 2025, ends at 17:00 UTC. */
static void
days_are_those_of_the_survey_not_of_utc(void **state)
{
	(void)state;
	const int64_t midnight = INT64_C(1767225600000); /* 2026-01-01, UTC */
	assert_days(midnight - 7 * HOUR_MS, midnight - 8 * HOUR_MS, "1", "1");
	assert_days(midnight - 7 * HOUR_MS - 1, midnight - 8 * HOUR_MS, "0", "0");
	assert_days(midnight + 16 * HOUR_MS, midnight - 7 * HOUR_MS, "1", "0");
	/* over the leap day of 2028, from 28 February to 1 March */
	const int64_t eve = INT64_C(1835308800000) - 7 * HOUR_MS;
	assert_days(eve + 48 * HOUR_MS, eve, "791", "2");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_public_end_is_the_same_in_every_file),
	    cmocka_unit_test(an_end_that_is_exact_is_printed_exactly),
	    cmocka_unit_test(what_is_just_over_the_threshold_is_printed_so_for_people),
	    cmocka_unit_test(a_rate_of_response_is_not_held_to_the_goal_s_threshold),
	    cmocka_unit_test(no_error_is_told_where_answers_show_none),
	    cmocka_unit_test(figures_that_are_kept_are_no_revision),
	    cmocka_unit_test(a_difference_is_of_numbers_and_as_fine_as_they_are),
	    cmocka_unit_test(
		where_all_answers_would_not_do_no_number_stands_and_every_file_says_why),
	    cmocka_unit_test(a_series_is_broken_by_what_is_counted_and_not_by_what_is_aimed_at),
	    cmocka_unit_test(days_are_those_of_the_survey_not_of_utc),
	};
	return cmocka_run_group_tests(tests, export_rigs_open, export_rigs_close);
}
