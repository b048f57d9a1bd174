/* SPDX-License-Identifier: Apache-2.0 */
/* What a public export tells, in any of its files, follows from its observations.csv; and what that
 * tells of answers, but for estimates, from the counts in it: so an attack on these counts
 * (test_withheld_attack.c, test_rounded_attack.c) is one on all that is published. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collector/export/format.h"
#include "collector/export/revisions.h"
#include "tests/support/export_rig.h"
#include "tests/support/files_again.h"
#include "tests/support/withheld_rig.h"

#define VINTAGES 3

static void
assert_same_file(const struct export *e, const struct export *again, const struct format_file *file)
{
	size_t n, m;
	char *one = export_rig_write(e, file->write, &n);
	char *other = export_rig_write(again, file->write, &m);
	if (n != m || memcmp(one, other, n) != 0)
		fail_msg("%s tells more than observations.csv", file->name);
	free(one);
	free(other);
}

static void
assert_same_revisions(const struct tables *was, const struct tables *is,
    const struct tables *was_again, const struct tables *again)
{
	struct sink *one = sink_memory(), *other = sink_memory();
	struct sink_result result;
	size_t n, m;
	revisions_write(was, is, one);
	revisions_write(was_again, again, other);
	const char *bytes = sink_bytes(one, &n), *bytes_again = sink_bytes(other, &m);
	assert_int_equal(n, m);
	assert_memory_equal(bytes, bytes_again, n);
	assert_true(sink_close(one, &result) && sink_close(other, &result));
}

/* `before`: NULL, or the vintage before. */
static void
check_files(const struct tables *t, const struct tables *before)
{
	struct tables again, before_again = {0};
	char *csv = rounded_rig_csv(t), *csv_before = NULL;
	files_again(t, csv, &again);
	if (before != NULL) {
		csv_before = rounded_rig_csv(before);
		files_again(before, csv_before, &before_again);
		assert_same_revisions(before, t, &before_again, &again);
	}
	const struct export e = {.tables = t, .before = before};
	const struct export e_again = {
	    .tables = &again, .before = before != NULL ? &before_again : NULL};
	for (size_t i = 0; i < formats_count; i++)
		for (size_t k = 0; k < FORMAT_FILES_MAX && formats[i].file[k].name != NULL; k++)
			if (!formats[i].internal_only)
				assert_same_file(&e, &e_again, &formats[i].file[k]);
	tables_clear(&again);
	tables_clear(&before_again);
	free(csv);
	free(csv_before);
}

static struct withheld_rig rig;

static int
set_up(void **state)
{
	(void)state;
	withheld_rig_open(&rig, 5, 900, 12);
	for (unsigned v = 0; v < VINTAGES; v++) {
		withheld_rig_answer(&rig, v == 0 ? 70 : 15);
		withheld_rig_publish(&rig, WITHHELD_ALL_CARE);
	}
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	withheld_rig_close(&rig);
	return 0;
}

static size_t
count_rows(const struct tables *t, enum figure_state state, bool is_kept)
{
	size_t n = 0;
	for (size_t i = 0; i < t->rows; i++)
		n += t->row[i].members == state &&
		     (t->row[i].vintage != t->facts.vintage) == is_kept;
	return n;
}

static void
every_file_of_an_export_that_withholds_follows_from_one(void **state)
{
	(void)state;
	const struct tables *last = &rig.tables[VINTAGES - 1];
	assert_true(count_rows(&rig.tables[0], FIGURE_FREE, false) > 50);
	assert_true(count_rows(last, FIGURE_FREE, true) > 10);
	assert_true(count_rows(last, FIGURE_CONFIDENTIAL, false) > 50);
	check_files(last, &rig.tables[VINTAGES - 2]);
}

static void
every_file_of_a_rounded_export_follows_from_one(void **state)
{
	(void)state;
	static struct rounded_rig rounded;
	rounded_rig_open(&rounded, 6, 700, 12);
	rounded_rig_answer(&rounded, 60);
	rounded_rig_publish(&rounded, 5, 5);
	check_files(&rounded.tables, NULL);
	rounded_rig_close(&rounded);
}

/* Beside the counts of a row nothing is told but what follows from them, and its estimate. */
static void
all_that_is_told_but_estimates_follows_from_counts(void **state)
{
	(void)state;
	const struct tables *t = &rig.tables[VINTAGES - 1];
	struct tables again;
	assert_true(tables_make(&again, &t->facts, t->definition, t->cells));
	for (size_t i = 0; i < t->rows; i++) {
		struct observation *o = &again.row[i];
		const struct observation *from = &t->row[i];
		const struct rate_counts *c = &from->counts;
		bool is_told = from->members == FIGURE_FREE;
		o->members = from->members;
		o->unsure = from->unsure;
		o->judged = from->judged;
		o->vintage = from->vintage;
		o->time_ms = from->time_ms;
		o->has_estimate = from->has_estimate;
		o->estimate = from->estimate;
		o->counts.n_unknown = c->n_unknown;
		if (is_told) {
			o->counts.n = c->n;
			o->counts.met = c->met;
			o->counts.not_met = c->not_met;
			o->counts.unknown = c->unknown;
		}
		if (from->unsure == FIGURE_FREE) {
			o->counts.n_unknown_met = c->n_unknown_met;
			o->counts.n_unknown_not_met = c->n_unknown_not_met;
		}
		assert_true(is_told || !from->has_estimate);
	}
	char *one = rounded_rig_csv(t), *other = rounded_rig_csv(&again);
	assert_string_equal(one, other);
	free(one);
	free(other);
	tables_clear(&again);
}

/* Employees, revenue, capital: a sum would need protection of its own (disclosure_magnitude.h). */
static void
no_public_figure_is_a_sum_of_anything_but_units(void **state)
{
	(void)state;
	for (unsigned v = 0; v < VINTAGES; v++)
		for (size_t i = 0; i < rig.tables[v].rows; i++) {
			const struct observation *o = &rig.tables[v].row[i];
			struct value value;
			assert_int_equal(o->employees.all + o->employees.responded, 0);
			assert_true(o->response == 0);
			observation_value(
			    &rig.tables[v], o, MEASURE_RESPONSE_RATE_EMPLOYEES, &value);
			assert_int_equal(value.kind, VALUE_NONE);
		}
}

/* Shares lie between 0 and 1, and no figure is none. */
static void
assert_figures(const struct tables *t)
{
	char *csv = rounded_rig_csv(t);
	assert_null(strstr(csv, ",nan"));
	assert_null(strstr(csv, ",inf"));
	assert_null(strstr(csv, ",-"));
	for (size_t i = 0; i < t->rows; i++) {
		struct value value;
		observation_value(t, &t->row[i], MEASURE_REGISTER_SHARE, &value);
		assert_true(value.kind == VALUE_NONE ||
			    (value.kind == VALUE_FRACTION && value.fraction.den > 0 &&
				value.fraction.num <= value.fraction.den));
	}
	free(csv);
}

/* So many units, of whom these percents answer, and meet every goal; its threshold. */
static void
publish_extreme(uint32_t units, unsigned answered, unsigned met, uint32_t threshold)
{
	static struct withheld_rig extreme;
	withheld_rig_open(&extreme, 9, units, 3);
	extreme.of.met = met;
	for (size_t g = 0; g < extreme.of.definition->goals; g++)
		extreme.of.definition->goal[g].threshold_pct = threshold;
	withheld_rig_answer(&extreme, answered);
	withheld_rig_publish(&extreme, WITHHELD_ALL_CARE);
	withheld_rig_publish(&extreme, WITHHELD_ALL_CARE); /* nothing has changed since */
	assert_figures(&extreme.tables[0]);
	assert_figures(&extreme.tables[1]);
	rounded_rig_publish(&extreme.of, 5, 5);
	assert_figures(&extreme.of.tables);
	if (units < DISCLOSURE_FREQUENCY_PUBLIC)
		assert_int_equal(extreme.report[0].shown, 0);
	withheld_rig_close(&extreme);
}

static void
registers_of_one_unit_of_silence_and_of_all_alike_give_figures_or_none(void **state)
{
	(void)state;
	static const uint32_t units[] = {1, 2, 60};
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		for (unsigned threshold = 0; threshold <= 100; threshold += 100) {
			publish_extreme(units[i], 0, 50, threshold);
			publish_extreme(units[i], 100, 0, threshold);
			publish_extreme(units[i], 100, 100, threshold);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_file_of_an_export_that_withholds_follows_from_one),
	    cmocka_unit_test(every_file_of_a_rounded_export_follows_from_one),
	    cmocka_unit_test(all_that_is_told_but_estimates_follows_from_counts),
	    cmocka_unit_test(
		registers_of_one_unit_of_silence_and_of_all_alike_give_figures_or_none),
	    cmocka_unit_test(no_public_figure_is_a_sum_of_anything_but_units),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
