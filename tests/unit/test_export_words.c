/* SPDX-License-Identifier: Apache-2.0 */
/* What files for people say of their figures: which are open, kept, withheld, and how reckoned. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "tests/support/export_rig.h"

#define HOUR_MS INT64_C(3600000)

/* A register without sizes: the terminal and the workbook call it open. */
static void
a_goal_of_which_only_unsure_units_may_be_members_is_open_in_the_report(void **state)
{
	(void)state;
	struct observation *o = export_rig_row(&internal, "G4_JOIN", DIMENSION_WHOLE, "_T");
	const struct observation was = *o;
	size_t n;
	o->counts = (struct rate_counts){.n_unknown = 1234};
	o->members = FIGURE_EMPTY;
	o->estimate = (struct estimate){.verdict = VERDICT_INSUFFICIENT};
	char *text = export_rig_write(&internal.export, write_report_vi, &n);
	assert_non_null(strstr(text, "chưa đủ dữ liệu, hạn 31/12/2030</span></div>\n<p "
				     "class=\"small\">Không đơn vị nào chắc chắn thuộc diện. Ngoài "
				     "ra, số đơn vị không rõ có thuộc diện hay không: 1.234.</p>"));
	free(text);
	text = export_rig_write(&internal.export, write_csv_vi, &n);
	const char *line = strstr(text, "\nG4_JOIN;");
	assert_non_null(line);
	assert_int_equal(strchr(line, '\r')[-1], ';'); /* no "there is no unit" beside it */
	free(text);
	*o = was;
}

/* 81 of 100, rounded: what is certain of the true counts is not certain of these. */
static void
the_report_is_no_surer_than_rounded_counts_allow(void **state)
{
	(void)state;
	struct observation *o = export_rig_row(&internal, "G4_JOIN", DIMENSION_WHOLE, "_T");
	const struct observation was = *o;
	size_t n;
	o->counts = (struct rate_counts){.n = 100, .met = 81, .not_met = 19, .n_unknown = 10};
	o->within = 3;
	char *text = export_rig_write(&internal.export, write_report_en, &n);
	assert_non_null(strstr(text, "; if none does: 75.7 to 84.5\u00a0%, undecided"));
	free(text);
	*o = was;
}

/* A table of nothing but words for what is withheld says no more than one line does, and nowhere in
 * a sentence stands a date for machines. */
static void
the_report_says_once_what_is_withheld_and_dates_in_words(void **state)
{
	(void)state;
	struct tables t = public.tables;
	struct export e = public.export;
	size_t n;
	e.tables = &t;
	t.row = malloc(t.rows * sizeof(*t.row));
	assert_non_null(t.row);
	memcpy(t.row, public.tables.row, t.rows * sizeof(*t.row));
	for (size_t i = 0; i < t.rows; i++)
		if (cells_info(t.cells, t.row[i].cell)->dimension == DIMENSION_SIZE)
			t.row[i].members = t.row[i].judged = FIGURE_CONFIDENTIAL;
	char *text = export_rig_write(&e, write_report_en, &n);
	assert_non_null(strstr(text, "<strong>By size</strong>: withheld"));
	assert_null(strstr(text, "<th>By size</th>"));
	assert_non_null(strstr(text, "<th>By type of zone</th>"));
	assert_non_null(strstr(text, ", due 31 December 2030"));
	assert_null(strstr(text, "due 2030"));
	free(text);
	free(t.row);
}

/* Else a reader takes the date at the top for theirs. */
static void
figures_that_were_kept_say_of_when_they_are(void **state)
{
	(void)state;
	struct tables t = public.tables;
	struct export e = public.export;
	const char *const words_vi = "như lần công bố 1, đến 07:00 ngày 24/03/2026";
	size_t n, kept = 0, headlines = 0;
	e.tables = &t;
	t.row = malloc(t.rows * sizeof(*t.row));
	assert_non_null(t.row);
	memcpy(t.row, public.tables.row, t.rows * sizeof(*t.row));
	for (size_t i = 0; i < t.rows; i++) {
		struct observation *o = &t.row[i];
		if (o->cell == 0) {
			o->vintage = t.facts.vintage - 1;
			o->time_ms = t.facts.time_ms - 168 * HOUR_MS;
		}
		bool is_kept = o->vintage != t.facts.vintage &&
			       (o->members == FIGURE_FREE || o->judged == FIGURE_FREE);
		kept += is_kept;
		headlines += is_kept && o->cell == 0 && o->members == FIGURE_FREE &&
			     t.definition->goal[o->goal].headline;
	}
	assert_true(kept > 100 && headlines > 0);
	char *text = export_rig_write(&e, write_csv_vi, &n);
	assert_int_equal(export_rig_count(text, words_vi), kept);
	free(text);
	text = export_rig_write(&e, write_report_vi, &n);
	assert_int_equal(export_rig_count(text, words_vi), headlines);
	free(text);
	text = export_rig_write(&e, write_report_en, &n);
	assert_int_equal(
	    export_rig_count(text, "as in vintage 1, as of 24 March 2026, 07:00; too little has"),
	    headlines);
	free(text);
	free(t.row);
}

static void
assert_says(const struct tables *t, const char *report, const char *quality)
{
	struct export e = public.export;
	size_t n;
	e.tables = t;
	char *text = export_rig_write(&e, write_report_en, &n);
	assert_non_null(strstr(text, report));
	free(text);
	text = export_rig_write(&e, write_quality, &n);
	assert_non_null(strstr(text, quality));
	free(text);
}

static void
assert_in_vietnamese(const struct tables *t, const char *words, const char *english)
{
	struct export e = public.export;
	size_t n;
	e.tables = t;
	char *text = export_rig_write(&e, write_report_vi, &n);
	assert_non_null(strstr(text, words));
	assert_null(strstr(text, english));
	free(text);
}

/* To ask for an exact one is to take all units for alike, and Clopper and Pearson's is as wide of
 * all units as of few of many; what is told in steps says so. */
static void
the_method_that_is_told_is_the_one_that_was_used(void **state)
{
	(void)state;
	struct tables t = public.tables;
	assert_says(&t,
	    "(Wilson, corrected for the finite number of units; where all answered alike",
	    "post-strata of the whole by those sizes whose counts are told");
	assert_says(&internal.tables, "their like by size, sector and side of the zones’ fences",
	    "post-strata of size, sector and zone");
	assert_in_vietnamese(&t, "như nhau: siêu bội, nếu có", "hypergeometric");
	t.facts.settings.method = INTERVAL_CLOPPER_PEARSON;
	assert_says(&t, "(Clopper–Pearson, which takes no account of the finite number of units;",
	    "no strata, since the exact method takes all units for alike");
	t.facts.settings.method = INTERVAL_HYPERGEOMETRIC;
	assert_says(&t,
	    "whatever their size, sector and zone; 95\u00a0% interval (hypergeometric). The",
	    "no strata, since the exact method takes all units for alike");
	assert_in_vietnamese(&t, "khoảng tin cậy 95\u00a0% (siêu bội)", "hypergeometric");
	t.facts.strata = 2;
	assert_says(&t, "goes by design weights", "no strata where all weigh the same");
	assert_says(&t,
	    "rounded, and the interval wider by as much: to 0.1\u00a0% where at least 5,000",
	    "0.1 %: ≥ 5000; ...; 5 %: ≥ 100");
}

/* Four answers of a sample that all say no are no estimate to be printed large. */
static void
the_report_of_a_sample_leads_with_estimates_that_have_an_interval(void **state)
{
	(void)state;
	struct tables t = internal.tables;
	struct export e = internal.export;
	size_t n, wanted = 0, found = 0;
	t.facts.strata = 2;
	e.tables = &t;
	for (size_t i = 0; i < t.rows; i++)
		wanted += t.row[i].cell == 0 && t.definition->goal[t.row[i].goal].headline &&
			  t.row[i].estimate.has_interval;
	char *text = export_rig_write(&e, write_report_en, &n);
	for (const char *at = text; (at = strstr(at, "are estimated to meet it")) != NULL; at++)
		found++;
	assert_true(wanted > 0 && wanted < t.definition->goals);
	assert_int_equal(found, wanted);
	free(text);
}

/* Labels may have 2,000 characters, and some files do not have room for all of them. */
static void
a_label_that_is_cut_is_still_text(void **state)
{
	(void)state;
	const char *const was = internal.definition->title.vi, *const name =
								   internal.definition->goal[0]
								       .name.vi;
	char *text = malloc(6001);
	assert_non_null(text);
	for (unsigned shift = 0; shift < 3; shift++) {
		json_error_t error;
		size_t n = 0;
		memset(text, 'x', shift);
		for (n = shift; n + 3 <= 6000; n += 3)
			memcpy(text + n, "ế", 3);
		text[n] = '\0';
		internal.definition->title.vi = internal.definition->goal[0].name.vi = text;
		char *quality = export_rig_write(&internal.export, write_quality_json, &n);
		json_t *root = json_loadb(quality, n, 0, &error);
		assert_non_null(root);
		json_decref(root);
		free(quality);
		char *sdmx = export_rig_write(&internal.export, write_sdmx_json, &n);
		root = json_loadb(sdmx, n, 0, &error);
		assert_non_null(root);
		json_decref(root);
		free(sdmx);
	}
	internal.definition->title.vi = was;
	internal.definition->goal[0].name.vi = name;
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		a_goal_of_which_only_unsure_units_may_be_members_is_open_in_the_report),
	    cmocka_unit_test(the_report_is_no_surer_than_rounded_counts_allow),
	    cmocka_unit_test(the_report_says_once_what_is_withheld_and_dates_in_words),
	    cmocka_unit_test(figures_that_were_kept_say_of_when_they_are),
	    cmocka_unit_test(the_method_that_is_told_is_the_one_that_was_used),
	    cmocka_unit_test(the_report_of_a_sample_leads_with_estimates_that_have_an_interval),
	    cmocka_unit_test(a_label_that_is_cut_is_still_text),
	};
	return cmocka_run_group_tests(tests, export_rigs_open, export_rigs_close);
}
